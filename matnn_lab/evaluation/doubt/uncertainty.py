"""Does the model know when it is wrong? Calibration of predicted standard deviations, and its repair.

Everything here takes what a model says, a mean and a standard deviation for each row, read as a normal
distribution. Where they come from: ``NetworkRegressor(n_members=…).predict(X, return_std=True)`` (deep
ensemble) and ``predict_dropout`` (MC dropout), both without the noise of the measurements.
"""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.stats import norm
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from matnn_lab.evaluation.scores.inputs import matching, numbers, share, whole
from matnn_lab.text import gettext as _

SET_ASIDE = np.round(np.linspace(0, 0.9, 46), 2)  # shares of the rows


def calibration_curve(
    true: ArrayLike, mean: ArrayLike, std: ArrayLike, *, n_levels: int = 19
) -> pd.DataFrame:
    """Compare how often central intervals hold the truth with how often they should.

    Parameters
    ----------
    true, mean, std : array_like of float, shape (n,)
        All in one unit.
    n_levels : int
        Evenly spaced levels between 0 and 1; 19 gives 5 % to 95 %.

    Returns
    -------
    pandas.DataFrame
        Columns ``expected`` and ``observed``, shares from 0 to 1. Observed below expected:
        over-confident.

    Raises
    ------
    ValueError
        If shapes differ, a value is not finite, or a standard deviation is not positive.
    """
    n_levels = whole(n_levels, "n_levels", 1)
    expected = np.arange(1, n_levels + 1) / (n_levels + 1)
    needed = _needed_level(true, mean, std)
    observed = np.searchsorted(np.sort(needed), expected, side="right") / len(needed)
    return pd.DataFrame({"expected": expected, "observed": observed})


def miscalibration_area(true: ArrayLike, mean: ArrayLike, std: ArrayLike) -> float:
    """Return the area between the calibration curve and the diagonal: 0 is perfect, 0.5 the worst.

    Integrated exactly under the steps of the curve of all levels (Tran et al., Mach. Learn.: Sci.
    Technol. 1, 025006 (2020), doi:10.1088/2632-2153/ab7e1a, use 100 levels). The intervals are central
    ones, which hold the truth on either side, so that a bias hardly shows: means that are off by one
    whole standard deviation have an area of 0.14 only. Look at the mean error too. Parameters and
    errors are those of `calibration_curve`.
    """
    edges = np.concatenate([[0], np.sort(_needed_level(true, mean, std)), [1]])
    steps = np.arange(len(edges) - 1) / (len(edges) - 2)
    left, right = edges[:-1] - steps, edges[1:] - steps
    # ∫ |p − step| dp from left to right of each step
    return float(np.sum(right * np.abs(right) - left * np.abs(left)) / 2)


def sharpness(std: ArrayLike) -> float:
    """Return the root mean square of the predicted standard deviations, in their unit.

    Among calibrated models the sharper one, with the smaller number, says more (Tran et al. 2020).
    Raises a ValueError if one is not positive and finite.
    """
    return float(np.sqrt(np.mean(np.square(_positive(numbers(std, _("standard deviations")))))))


def coverage(true: ArrayLike, low: ArrayLike, high: ArrayLike) -> float:
    """Return the share of rows whose truth lies between both ends of their interval, ends included.

    An end may be infinite. Raises a ValueError if the columns differ in length, a truth is not finite
    or an end is NaN: such a row would count as a miss without a word.
    """
    true = matching(true, true)[0]
    low, high = numbers(low, _("lower ends")), numbers(high, _("upper ends"))
    if not len(true) == len(low) == len(high) or np.isnan(low).any() or np.isnan(high).any():
        raise ValueError(
            _(
                "{n} true values came with {low} lower and {high} upper ends, of which {nan} are NaN;"
                " give one interval a row."
            ).format(
                n=len(true), low=len(low), high=len(high), nan=int(np.isnan([*low, *high]).sum())
            )
        )
    return float(np.mean((low <= true) & (true <= high)))


class ScaleRecalibration(BaseEstimator):
    """Multiply every standard deviation by one factor, learned on rows that trained nothing.

    The factor √mean(z²), z = (true − mean) / std, maximises the likelihood of the calibration rows
    (Levi et al., Sensors 22, 5540 (2022), doi:10.3390/s22155540).

    Attributes
    ----------
    factor_ : float
        Above 1 if the model was over-confident.
    """

    def fit(self, true: ArrayLike, mean: ArrayLike, std: ArrayLike) -> "ScaleRecalibration":
        """Learn the factor; parameters and errors are those of `calibration_curve`."""
        self.factor_ = float(np.sqrt(np.mean(_z(true, mean, std) ** 2)))
        return self

    def transform(self, std: ArrayLike) -> np.ndarray:
        """Return the repaired standard deviations, shape (n,)."""
        check_is_fitted(self, "factor_")
        return np.asarray(std, dtype=float) * self.factor_

    def interval(
        self, mean: ArrayLike, std: ArrayLike, level: float = 0.9
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return both ends of the central interval that is to hold the truth with this probability."""
        reach = norm.ppf((1 + share(level, _("level"))) / 2) * self.transform(std)
        return np.asarray(mean) - reach, np.asarray(mean) + reach


class IsotonicRecalibration(BaseEstimator):
    """Learn which level of the model stands for which share of the truth.

    A monotone map from the predicted cumulative probability to the observed one (Kuleshov, Fenner and
    Ermon 2018, doi:10.48550/arXiv.1807.00263). They fit it by isotonic regression; the points of
    one set of rows are in order already, so that the fit passes through all of them and the map is the
    observed distribution of z = (true − mean) / std. It also mends distributions that are lopsided or
    have heavy tails, and needs some hundred rows: of n rows none lies below a share of 1 / (n + 1), so
    that an interval which reaches further out is infinite.

    Attributes
    ----------
    z_ : numpy.ndarray
        In rising order.
    """

    def fit(self, true: ArrayLike, mean: ArrayLike, std: ArrayLike) -> "IsotonicRecalibration":
        """Learn the map; parameters and errors are those of `calibration_curve`."""
        self.z_ = np.sort(_z(true, mean, std))
        return self

    def quantile(self, mean: ArrayLike, std: ArrayLike, probability: float) -> np.ndarray:
        """Return the values, shape (n,), below which the truth is to lie with this probability.

        Infinite where the calibration rows are too few to know.
        """
        check_is_fitted(self, "z_")
        rank = share(probability, _("probability")) * (len(self.z_) + 1)
        if rank < 1 - 1e-9:
            level = -np.inf
        elif rank > len(self.z_) + 1e-9:
            level = np.inf
        else:
            level = np.quantile(self.z_, probability, method="weibull")
        return np.asarray(mean) + level * np.asarray(std)

    def interval(
        self, mean: ArrayLike, std: ArrayLike, level: float = 0.9
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return both ends of the central interval that is to hold the truth with this probability."""
        tail = (1 - share(level, _("level"))) / 2
        return self.quantile(mean, std, tail), self.quantile(mean, std, 1 - tail)


def _z(true: ArrayLike, mean: ArrayLike, std: ArrayLike) -> np.ndarray:
    """Return errors in units of their predicted standard deviations."""
    true, mean = matching(true, mean, (_("true values"), _("means")))
    true, std = matching(true, std, (_("true values"), _("standard deviations")))
    return (true - mean) / _positive(std)


def _positive(std: np.ndarray) -> np.ndarray:
    bad = ~((std > 0) & np.isfinite(std))
    if bad.any() or not len(std):
        raise ValueError(
            _("{n} of {total} standard deviations are not positive; leave these rows out.").format(
                n=int(bad.sum()), total=len(std)
            )
        )
    return std


def _needed_level(true: ArrayLike, mean: ArrayLike, std: ArrayLike) -> np.ndarray:
    """Return the level of the smallest central interval that holds each truth."""
    return 2 * norm.cdf(np.abs(_z(true, mean, std))) - 1


def retained_curve(
    errors: ArrayLike, scores: ArrayLike, shares: ArrayLike = SET_ASIDE
) -> np.ndarray:
    """Return the mean error of what is left when the rows with the highest scores are set aside.

    Parameters
    ----------
    errors, scores : array_like of float, shape (n,)
        Absolute errors, and how much each row is doubted.
    shares : array_like of float, shape (n_shares,)
        Shares of the rows that are set aside, from 0 to below 1.

    Returns
    -------
    numpy.ndarray, shape (n_shares,)
        In the unit of the errors. At least one row is left.

    Raises
    ------
    ValueError
        If errors and scores do not match or are not finite, or a share is below 0 or not below 1.
    """
    errors, scores = matching(errors, scores, (_("errors"), _("scores")))
    shares = numbers(shares, _("shares"))
    if not ((shares >= 0) & (shares < 1)).all():
        raise ValueError(
            _("The shares {given} were given; give numbers from 0 to below 1.").format(
                given=shares.tolist()
            )
        )
    kept = errors[np.argsort(scores, kind="stable")]
    left = np.maximum(1, len(kept) - np.round(shares * len(kept)).astype(int))
    return (np.cumsum(kept) / np.arange(1, len(kept) + 1))[left - 1]
