"""Intervals that cover the truth as often as they say, if the new rows are like the old ones."""

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, RegressorMixin, clone
from sklearn.model_selection import GroupShuffleSplit, ShuffleSplit
from sklearn.utils.validation import check_is_fitted, has_fit_parameter

from matnn_lab.evaluation.scores.inputs import chosen, group_numbers, numbers, rows_of, share
from matnn_lab.text import gettext as _


def conformal_quantile(
    scores: ArrayLike, coverage: float = 0.9, *, groups: ArrayLike | None = None
) -> float:
    """Return the score that a new row stays below with at least the asked probability.

    Of n calibration scores it takes the ⌈(n + 1) · coverage⌉-th smallest, the finite-sample quantile of
    split conformal prediction (Lei et al., J. Am. Stat. Assoc. 113, 1094 (2018),
    doi:10.1080/01621459.2017.1307116; Angelopoulos and Bates, doi:10.1561/2200000101). The promise
    holds for new rows that are exchangeable with the calibration rows, and for no others.

    Parameters
    ----------
    scores : array_like, shape (n,)
        One a calibration row, in any unit: |true − predicted|, or that divided by a predicted standard
        deviation, which lets the width follow the model's doubt.
    coverage : float
        As in 0.9, between 0 and 1.
    groups : array_like, shape (n,), optional
        Rows that resemble each other, such as those of one alloy or one paper. The promise is then made
        for a row of a **new** group, if groups are exchangeable: each of the K groups counts as one
        piece of evidence, its rows sharing the weight 1 / (K + 1) (Lee, Barber and Willett 2023,
        doi:10.48550/arXiv.2306.06342). A row whose group is missing is a group of its own.

    Returns
    -------
    float
        In the unit of the scores; infinite where so few rows or groups cannot promise such a coverage.

    Raises
    ------
    ValueError
        If the coverage is not between 0 and 1, a score is NaN or there is none, or groups are not one
        a row.
    """
    share(coverage, _("coverage"))
    scores = numbers(scores, _("scores"))
    if not len(scores) or np.isnan(scores).any():
        raise ValueError(
            _("Scores of shape {shape} were given; give at least one and none that is NaN.").format(
                shape=scores.shape
            )
        )
    codes = np.arange(len(scores)) if groups is None else group_numbers(groups, len(scores))
    sizes = np.bincount(codes)
    order = np.argsort(scores, kind="stable")
    held = np.cumsum(1 / sizes[codes[order]])
    # a little less, so that rounding never turns an exact whole number into the next one
    place = np.searchsorted(held, (len(sizes) + 1) * coverage - 1e-9)
    return float(scores[order[place]]) if place < len(scores) else float("inf")


class ConformalRegressor(RegressorMixin, BaseEstimator):
    """Put an interval of one width around the predictions of any regressor.

    Part of the training rows is held out; the interval reaches as far as the regressor errs there.

    Parameters
    ----------
    estimator : scikit-learn regressor
    coverage : float
        Share of new rows that the interval is to hold, if they are like the old ones.
    calibration_fraction : float
        Share of the training rows, or of the groups if there are any, that is held out.
    random_state : int, RandomState or None
        Chooses the rows that are held out.

    Attributes
    ----------
    estimator_ : the trained regressor
    half_width_ : float
        In the unit of y.

    Raises
    ------
    ValueError
        As `conformal_quantile`.
    """

    def __init__(
        self,
        estimator: BaseEstimator,
        *,
        coverage: float = 0.9,
        calibration_fraction: float = 0.25,
        random_state: int | np.random.RandomState | None = 0,
    ) -> None:
        self.estimator = estimator
        self.coverage = coverage
        self.calibration_fraction = calibration_fraction
        self.random_state = random_state

    def fit(
        self, X: ArrayLike, y: ArrayLike, groups: ArrayLike | None = None
    ) -> "ConformalRegressor":
        """Train on one part of the rows, measure the errors on the other.

        Parameters
        ----------
        X : array-like or DataFrame, shape (n, n_features)
        y : array-like, shape (n,)
        groups : array-like, shape (n,), optional
            What will be new in use: alloys, papers, chemical systems. Whole groups are then held out,
            so that the errors are those on new groups (see `conformal_quantile`). Without groups, rows
            of one alloy stand on both sides and the interval is too narrow for a new one. They are
            handed on to the estimator if its ``fit`` takes groups.

        Returns
        -------
        ConformalRegressor
            Itself.
        """
        X, y = rows_of(X), numbers(y, _("targets"))
        codes = None if groups is None else group_numbers(groups, len(y))
        options = {"test_size": self.calibration_fraction, "random_state": self.random_state}
        splitter = ShuffleSplit(1, **options) if groups is None else GroupShuffleSplit(1, **options)
        learn, check = next(splitter.split(X, y, codes))
        for_fit = {}
        if codes is not None and has_fit_parameter(self.estimator, "groups"):
            for_fit["groups"] = codes[learn]
        self.estimator_ = clone(self.estimator).fit(chosen(X, learn), y[learn], **for_fit)
        errors = np.abs(y[check] - self.estimator_.predict(chosen(X, check)))
        of_errors = None if codes is None else codes[check]
        self.half_width_ = conformal_quantile(errors, self.coverage, groups=of_errors)
        return self

    def predict(self, X: ArrayLike) -> np.ndarray:
        """Predict, shape (n,), as the regressor does."""
        check_is_fitted(self)
        return self.estimator_.predict(X)

    def predict_interval(self, X: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
        """Return the lower and the upper end of the intervals, both of shape (n,), in the unit of y."""
        middle = self.predict(X)
        return middle - self.half_width_, middle + self.half_width_
