"""Is one model really better than the other, or was it luck?"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student

from matnn_lab.evaluation.scores.bootstrap import bootstrap_interval, matching
from matnn_lab.text import gettext as _


@dataclass(frozen=True)
class Difference:
    """How much better the second model is than the first.

    Attributes
    ----------
    value : float
        Error of the first minus error of the second, or score of the second minus that of the first:
        positive if the second is better.
    low, high : float
        Confidence interval.
    p_value : float
        Two-sided; how often chance alone would give a difference as large, were the models equal.
    unit : str
    confidence : float
    """

    value: float
    low: float
    high: float
    p_value: float
    unit: str
    confidence: float

    def __repr__(self) -> str:
        return _(
            "The second is better than the first by {gain} ({percent:.0f} % interval {low:.3g} …"
            " {high:.3g}, p = {p_value:.2g})."
        ).format(
            gain=f"{self.value:.3g} {self.unit}".strip(),
            percent=100 * self.confidence,
            low=self.low,
            high=self.high,
            p_value=self.p_value,
        )


def paired_bootstrap(
    true: Sequence[float],
    first: Sequence[float],
    second: Sequence[float],
    *,
    unit: str,
    groups: Sequence | None = None,
    confidence: float = 0.95,
    n_resamples: int = 2000,
    random_state: int = 0,
) -> Difference:
    """Compare the mean absolute errors of two models on the same test rows.

    It answers for these two trained models and new rows like these; it does not know how much another
    training would change (for that see `corrected_t_test`).

    Parameters
    ----------
    true, first, second : array_like of float, shape (n,)
        Targets and the predictions of both models, in ``unit``.
    unit : str
    groups, confidence, n_resamples, random_state
        As in `matnn_lab.evaluation.scores.metrics.regression_score`.

    Returns
    -------
    Difference
        The p-value is twice the share of resamples on the other side of zero, at least
        2 / (n_resamples + 1).

    Raises
    ------
    ValueError
        As in `regression_score`.
    """
    true, first = matching(true, first)
    true, second = matching(true, second)
    gain = (np.abs(first - true) - np.abs(second - true))[:, None]
    values = []

    def mean(totals: np.ndarray, counts: np.ndarray) -> np.ndarray:
        values.append(totals[:, 0] / counts)
        return values[0]

    options = {"confidence": confidence, "n_resamples": n_resamples, "seed": random_state}
    low, high = bootstrap_interval(gain, mean, groups, **options)
    above, below = (values[0] >= 0).sum(), (values[0] <= 0).sum()
    p_value = min(1.0, 2 * (1 + min(above, below)) / (n_resamples + 1))
    return Difference(float(gain.mean()), float(low), float(high), float(p_value), unit, confidence)


def corrected_t_test(
    first: Sequence[float],
    second: Sequence[float],
    *,
    n_train: int,
    n_test: int,
    unit: str = "",
    confidence: float = 0.95,
) -> Difference:
    """Compare the scores of two models over the same folds of (repeated) cross-validation.

    Training sets of different folds overlap, so that fold scores are not independent and the ordinary
    t-test finds differences where there are none. Nadeau and Bengio, Mach. Learn. 52, 239 (2003),
    doi:10.1023/A:1024068626366, widen the variance of the mean from s²/J to s² (1/J + n_test/n_train).

    Parameters
    ----------
    first, second : array_like, shape (J,)
        Scores of both models, higher is better (give negative errors), fold by fold.
    n_train, n_test : int
        Rows in a training and in a test set.
    unit : str
    confidence : float

    Returns
    -------
    Difference

    Raises
    ------
    ValueError
        If there are fewer than two folds, the folds do not match, or a size is not positive.
    """
    first, second = matching(first, second)
    if len(first) < 2 or n_train < 1 or n_test < 1:
        raise ValueError(
            _(
                "{n} folds with {n_train} training and {n_test} test rows were given; give at least two"
                " folds and positive numbers of rows."
            ).format(n=len(first), n_train=n_train, n_test=n_test)
        )
    gain = second - first
    error = np.sqrt(gain.var(ddof=1) * (1 / len(gain) + n_test / n_train))
    freedom = len(gain) - 1
    mean = float(gain.mean())
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.nan_to_num(abs(mean) / error, nan=0.0)
    reach = float(student.ppf((1 + confidence) / 2, freedom) * error)
    p_value = float(2 * student.sf(ratio, freedom))
    return Difference(mean, mean - reach, mean + reach, p_value, unit, confidence)
