"""Splits that leave something out on purpose: an element, a region of feature space, the future.

Used like those of `splits`; training sets are not of equal size, and the tests need not add up to all rows.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.cluster import KMeans
from sklearn.model_selection import BaseCrossValidator
from sklearn.preprocessing import StandardScaler

from matnn_lab.evaluation.scores.inputs import whole
from matnn_lab.evaluation.splitting.labels import element_sets
from matnn_lab.evaluation.splitting.splits import GroupsSplit
from matnn_lab.text import gettext as _


class LeaveOneElementOut(GroupsSplit):
    """Test on all compounds of an element that the training set has never seen.

    One test set an element, in alphabetical order. A compound comes back in the test set of each of its
    elements, so the tests overlap; the training sets lose more rows the commoner the element is.

    Parameters
    ----------
    elements : sequence of str, optional
        Which elements to leave out; by default all with enough rows.
    n_least : int
        By default an element is left out if at least so many rows have it, and as many have not.

    Notes
    -----
    ``groups`` are formulas, shape (n,). Raises a ValueError if no element has enough rows, or one
    that was asked for is in no row or in all, or ``elements`` is a text instead of a list.
    """

    _asks_for = "formulas"

    def __init__(self, elements: Sequence[str] | None = None, *, n_least: int = 20) -> None:
        self.elements = elements
        self.n_least = n_least

    def left_out(self, groups: Iterable[str]) -> list[str]:
        """Return the elements in the order of the splits; ``groups`` are formulas."""
        return self._chosen(element_sets(groups))

    def _chosen(self, sets: list[set[str]]) -> list[str]:
        self._check_elements()
        counts = Counter(element for each in sets for element in each)
        if self.elements is None:
            n_least = whole(self.n_least, "n_least", 1)
            enough = [e for e, n in sorted(counts.items()) if min(n, len(sets) - n) >= n_least]
            if not enough:
                raise ValueError(
                    _(
                        "No element is in at least {n_least} of the {n} rows and missing in as many;"
                        " lower n_least."
                    ).format(n_least=self.n_least, n=len(sets))
                )
            return enough
        for element in self.elements:
            if not 0 < counts.get(element, 0) < len(sets):
                raise ValueError(
                    _(
                        "{element} is in {n_with} of {n} rows; leave out an element that some rows have"
                        " and some have not."
                    ).format(element=element, n_with=counts.get(element, 0), n=len(sets))
                )
        return list(self.elements)

    def _check_elements(self) -> None:
        if isinstance(self.elements, str):
            raise ValueError(
                _(
                    "elements={given!r} was given; give a list of symbols, such as [{given!r}]."
                ).format(given=self.elements)
            )

    def _iter_test_masks(
        self, X: ArrayLike, y: ArrayLike | None, groups: Iterable[str]
    ) -> Iterator[np.ndarray]:
        sets = element_sets(groups)
        for element in self._chosen(sets):
            yield np.array([element in each for each in sets])

    def get_n_splits(
        self, X: object = None, y: object = None, groups: Iterable[str] | None = None
    ) -> int:
        """Return the number of elements that will be left out."""
        self._check_elements()
        if self.elements is not None:
            return len(self.elements)
        if groups is None:
            raise ValueError(
                _("How many elements there are depends on the formulas; pass groups=formulas.")
            )
        return len(self.left_out(groups))


class LeaveOneClusterOut(BaseCrossValidator):
    """Group the rows by their features and test on one cluster at a time: how far does it reach?

    k-means on standardised features, as proposed by Meredig et al., Mol. Syst. Des. Eng. 3, 819 (2018),
    doi:10.1039/C8ME00012C.

    Parameters
    ----------
    n_clusters : int
        Number of clusters, at least two, each tested once; they differ in size.
    random_state : int, RandomState or None
        Fixes the clustering.

    Notes
    -----
    The clusters come from X, shape (n, n_features); ``groups`` are not used. Raises a ValueError if
    fewer rows of X differ than clusters are asked for.
    """

    def __init__(
        self, n_clusters: int = 5, *, random_state: int | np.random.RandomState | None = 0
    ) -> None:
        self.n_clusters = n_clusters
        self.random_state = random_state

    def _iter_test_masks(
        self, X: ArrayLike, y: object = None, groups: object = None
    ) -> Iterator[np.ndarray]:
        n_clusters = whole(self.n_clusters, "n_clusters", 2)
        features = StandardScaler().fit_transform(X)
        n_different = len(np.unique(features, axis=0))
        if n_different < n_clusters:
            raise ValueError(
                _(
                    "{n_clusters} clusters of {n_different} different rows were asked for; ask for fewer"
                    " clusters."
                ).format(n_clusters=n_clusters, n_different=n_different)
            )
        means = KMeans(n_clusters, n_init=3, random_state=self.random_state)
        clusters = means.fit_predict(features)
        for cluster in range(n_clusters):
            yield clusters == cluster

    def get_n_splits(self, X: object = None, y: object = None, groups: object = None) -> int:
        """Return the number of clusters."""
        return self.n_clusters


class TimeSplit(GroupsSplit):
    """Train on the past and test on what came next: how well will it do on tomorrow's materials?

    The years are cut into ``n_splits`` + 1 periods with about as many rows each; every period but the
    first is tested once, by a model that knows all earlier ones. A year is never on both sides.

    Parameters
    ----------
    n_splits : int
        Number of tests.

    Notes
    -----
    ``groups`` are years (any numbers that order the rows) or dates, shape (n,). Raises a ValueError if
    one is missing or a text, or if there are too few different ones.
    """

    _asks_for = "years"

    def __init__(self, n_splits: int = 5) -> None:
        self.n_splits = n_splits

    def split(
        self, X: ArrayLike, y: ArrayLike | None = None, groups: ArrayLike | None = None
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield the row numbers of each train and test set; ``groups`` are years."""
        for _train, test in super().split(X, y, groups):
            assert groups is not None  # or nothing would have been split
            years = _times(groups)
            yield np.flatnonzero(years < years[test].min()), test

    def _iter_test_masks(
        self, X: ArrayLike, y: ArrayLike | None, groups: ArrayLike
    ) -> Iterator[np.ndarray]:
        period = self._periods(groups)
        for each in range(1, period.max() + 1):
            yield period == each

    def _periods(self, groups: ArrayLike) -> np.ndarray:
        """Return the number of the period of each row, from 0."""
        years = _times(groups)
        different, row, counts = np.unique(years, return_inverse=True, return_counts=True)
        n_splits = whole(self.n_splits, "n_splits", 1)
        n_periods = n_splits + 1
        if len(different) < n_periods:
            raise ValueError(
                _(
                    "{n_splits} splits in time need {n_periods} different years, but there are"
                    " {n_years}; ask for fewer splits."
                ).format(n_splits=n_splits, n_periods=n_periods, n_years=len(different))
            )
        period_of_year, period, held, rest = [], 0, 0, len(years)
        for years_left, count in zip(range(len(counts), 0, -1), counts, strict=True):
            periods_left = n_periods - period
            full = periods_left > 1 and held + count / 2 > rest / periods_left
            if held and (full or years_left < periods_left):
                period, held, rest = period + 1, 0, rest - held
            period_of_year.append(period)
            held += count
        return np.array(period_of_year)[row]

    def get_n_splits(self, X: object = None, y: object = None, groups: object = None) -> int:
        """Return the number of tests."""
        return self.n_splits


def _times(groups: ArrayLike) -> np.ndarray:
    """Return years, or dates in nanoseconds, as numbers that order the rows."""
    given = pd.Series(groups)
    if missing := int(given.isna().sum()):
        raise ValueError(
            _("{n} of {total} years are missing; leave these rows out.").format(
                n=missing, total=len(given)
            )
        )
    try:
        if isinstance(given.dtype, pd.PeriodDtype):
            given = given.dt.start_time
        if pd.api.types.is_datetime64_any_dtype(given):
            return given.dt.as_unit("ns").astype("int64").to_numpy()
        if pd.api.types.infer_dtype(given) in ("date", "datetime", "datetime64"):
            # times in several zones have one order if each says its zone
            zoned = all(getattr(each, "tzinfo", None) is not None for each in given)
            return pd.to_datetime(given, utc=zoned).dt.as_unit("ns").astype("int64").to_numpy()
        times = given.to_numpy(dtype=float) if given.map(np.isreal).all() else None
    except (TypeError, ValueError):
        times = None
    if times is None or not np.isfinite(times).all():
        raise ValueError(
            _(
                "The years hold {example!r}, which is no number and no date; give years as numbers, or"
                " dates as pd.to_datetime makes them of texts."
            ).format(example=next((v for v in given if not _is_time(v)), given.iloc[0]))
        )
    return times


def _is_time(value: Any) -> bool:
    return bool(np.isreal(value)) and np.isfinite(value)


def element_errors(tested: pd.DataFrame) -> pd.DataFrame:
    """Return for each element the number of compounds and the three mean absolute errors.

    Parameters
    ----------
    tested : pandas.DataFrame
        Columns ``element``, ``true``, ``seen``, ``unseen`` and ``baseline``: what is true, and what was
        predicted with the element in the training set, without it, and by the mean.

    Returns
    -------
    pandas.DataFrame
        Columns ``compounds``, ``seen``, ``unseen``, ``baseline``, one row an element.
    """
    off = tested[["seen", "unseen", "baseline"]].sub(tested["true"], axis=0).abs()
    off.insert(0, "compounds", 1)
    return off.groupby(tested["element"]).agg(
        {"compounds": "size", "seen": "mean", "unseen": "mean", "baseline": "mean"}
    )
