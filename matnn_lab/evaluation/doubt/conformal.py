"""Intervals that cover the truth as often as they say, if the new rows are like the old ones."""

from collections.abc import Sequence

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin, clone
from sklearn.model_selection import train_test_split
from sklearn.utils.validation import check_is_fitted

from matnn_lab.text import gettext as _


def conformal_quantile(scores: Sequence[float], coverage: float = 0.9) -> float:
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

    Returns
    -------
    float
        In the unit of the scores; infinite where so few rows cannot promise such a coverage.

    Raises
    ------
    ValueError
        If the coverage is not between 0 and 1, or a score is NaN or there is none.
    """
    if not 0 < coverage < 1:
        raise ValueError(
            _("The coverage {given} was given; give a number between 0 and 1, such as 0.9.").format(
                given=coverage
            )
        )
    scores = np.sort(np.asarray(scores, dtype=float))
    if scores.ndim != 1 or not len(scores) or np.isnan(scores).any():
        raise ValueError(
            _("Scores of shape {shape} were given; give at least one and none that is NaN.").format(
                shape=scores.shape
            )
        )
    # a little less, so that rounding never turns an exact whole number into the next one
    rank = int(np.ceil((len(scores) + 1) * coverage - 1e-9))
    return float(scores[rank - 1]) if rank <= len(scores) else float("inf")


class ConformalRegressor(RegressorMixin, BaseEstimator):
    """Put an interval of one width around the predictions of any regressor.

    Part of the training rows is held out; the interval reaches as far as the regressor errs there.

    Parameters
    ----------
    estimator : scikit-learn regressor
    coverage : float
        Share of new rows that the interval is to hold, if they are like the old ones.
    calibration_fraction : float
        Share of the training rows that is held out.
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

    def __init__(self, estimator, *, coverage=0.9, calibration_fraction=0.25, random_state=0):
        self.estimator = estimator
        self.coverage = coverage
        self.calibration_fraction = calibration_fraction
        self.random_state = random_state

    def fit(self, X, y):
        """Train on one part of the rows, measure the errors on the other.

        Parameters
        ----------
        X : array-like or DataFrame, shape (n, n_features)
        y : array-like, shape (n,)

        Returns
        -------
        ConformalRegressor
            Itself.
        """
        learn_x, check_x, learn_y, check_y = train_test_split(
            X, y, test_size=self.calibration_fraction, random_state=self.random_state
        )
        self.estimator_ = clone(self.estimator).fit(learn_x, learn_y)
        errors = np.abs(np.asarray(check_y, dtype=float) - self.estimator_.predict(check_x))
        self.half_width_ = conformal_quantile(errors, self.coverage)
        return self

    def predict(self, X):
        """Predict, shape (n,), as the regressor does."""
        check_is_fitted(self)
        return self.estimator_.predict(X)

    def predict_interval(self, X) -> tuple[np.ndarray, np.ndarray]:
        """Return the lower and the upper end of the intervals, both of shape (n,), in the unit of y."""
        middle = self.predict(X)
        return middle - self.half_width_, middle + self.half_width_
