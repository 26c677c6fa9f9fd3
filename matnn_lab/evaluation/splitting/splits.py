"""Ways to cut a table of materials into train and test, each of which asks another question.

All are scikit-learn splitters. What a splitter has to know about the rows goes where scikit-learn wants it,
into ``groups``, and may be the column as it is:

>>> cross_val_score(model, X, y, groups=frame["formula"], cv=FormulaKFold(5))  # doctest: +SKIP

The random split is scikit-learn's own ``KFold(5, shuffle=True)``: it asks how well a model fills gaps
between materials that it knows. `leakage_report` says what train and test share.
"""

from abc import abstractmethod
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.model_selection import BaseCrossValidator
from sklearn.utils import check_random_state

from matnn_lab.evaluation.scores.inputs import whole
from matnn_lab.evaluation.splitting.labels import (
    chemical_systems,
    compositions,
    prototypes,
)
from matnn_lab.text import gettext as _


class GroupsSplit(BaseCrossValidator):
    """A splitter that asks for ``groups``, with metadata routing too."""

    __metadata_request__split = {"groups": True}
    # what the groups are, for the message when they are missing
    _asks_for = "groups"

    def split(
        self, X: ArrayLike, y: ArrayLike | None = None, groups: ArrayLike | None = None
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield the row numbers of each train and test set.

        Parameters
        ----------
        X : array-like, shape (n, n_features)
        y : ignored
        groups : array-like, shape (n,)
            What the class says; raises a ValueError if missing.
        """
        if groups is None:
            raise ValueError(
                _("{splitter} was given no groups; pass groups={what}, one entry a row.").format(
                    splitter=type(self).__name__, what=self._asks_for
                )
            )
        yield from super().split(X, y, groups)


class _LabelKFold(GroupsSplit):
    """Folds of whole groups: rows with one label are never on both sides.

    The groups come in random order, each into the fold that has the fewest rows so far.
    """

    def __init__(
        self, n_splits: int = 5, *, random_state: int | np.random.RandomState | None = 0
    ) -> None:
        self.n_splits = n_splits
        self.random_state = random_state

    @abstractmethod
    def _labels(self, groups: Iterable[Any]) -> np.ndarray:
        """Return the label of each row."""

    def _iter_test_indices(
        self, X: ArrayLike, y: ArrayLike | None, groups: Iterable[Any]
    ) -> Iterator[np.ndarray]:
        # numbers, since labels of several kinds, such as 225 and "Fm-3m", have no order
        labels = _ranked(self._labels(groups))
        n_splits = whole(self.n_splits, "n_splits", 2)
        n_labels = len(set(labels))
        if n_labels < n_splits:
            raise ValueError(
                _(
                    "{splitter} was asked for {n_splits} folds of {n_labels} different groups; ask for"
                    " at most {n_labels}."
                ).format(splitter=type(self).__name__, n_splits=n_splits, n_labels=n_labels)
            )
        fold_of = {}
        sizes = np.zeros(n_splits)
        counts = Counter(labels)
        for label in check_random_state(self.random_state).permutation(sorted(counts)):
            fold_of[label] = int(sizes.argmin())
            sizes[fold_of[label]] += counts[label]
        fold = np.array([fold_of[label] for label in labels])
        for each in range(n_splits):
            yield np.flatnonzero(fold == each)

    def get_n_splits(self, X: object = None, y: object = None, groups: object = None) -> int:
        """Return the number of folds."""
        return self.n_splits


def _ranked(labels: np.ndarray) -> np.ndarray:
    """Number the labels in their order; those of several kinds by kind first."""
    codes, different = pd.factorize(labels)
    try:
        order = sorted(range(len(different)), key=different.__getitem__)
    except TypeError:
        kinds = [(type(each).__name__, str(each)) for each in different]
        order = sorted(range(len(different)), key=kinds.__getitem__)
    return np.argsort(order)[codes]


class FormulaKFold(_LabelKFold):
    """Keep all rows of one composition together: how well does it do on a new compound?

    Without it, a polymorph or a second measurement of a test compound can stand in the training set.

    Parameters
    ----------
    n_splits : int
        Number of folds, at least two; each composition is tested once.
    random_state : int, RandomState or None
        Fixes which compositions come into which fold.

    Notes
    -----
    ``groups`` are formulas, shape (n,); Fe2O3 and Fe4O6 are one composition. Raises a ValueError or
    TypeError if they are missing, one is or cannot be read, or they are fewer than the folds.
    """

    _asks_for = "formulas"

    def _labels(self, groups: Iterable[Any]) -> np.ndarray:
        return compositions(groups)


class ChemicalSystemKFold(_LabelKFold):
    """Keep all compounds of the same elements together: how well does it do in a new system?

    Without it, Fe2O3 and FeO can teach the model what it is then asked about Fe3O4. Parameters and
    ``groups`` (formulas) are those of `FormulaKFold`.
    """

    _asks_for = "formulas"

    def _labels(self, groups: Iterable[Any]) -> np.ndarray:
        return chemical_systems(groups)


class PrototypeKFold(_LabelKFold):
    """Keep all crystals of one structure type together: how well does it do on a new type?

    Parameters are those of `FormulaKFold`. ``groups`` are the structure types, shape (n,), or
    pymatgen structures, whose types are then found with `matnn_lab.evaluation.splitting.labels.prototypes`
    (slow: find them once if you split often).
    """

    _asks_for = "structure types"

    def _labels(self, groups: Iterable[Any]) -> np.ndarray:
        groups = list(groups)
        if missing := int(sum(each is None or each is pd.NA or each != each for each in groups)):
            raise ValueError(
                _("{n} of {total} structure types are missing; leave these rows out.").format(
                    n=missing, total=len(groups)
                )
            )
        if groups and hasattr(groups[0], "lattice"):
            return prototypes(groups)
        return np.array(groups, dtype=object)
