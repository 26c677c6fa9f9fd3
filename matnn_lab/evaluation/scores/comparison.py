"""Is one model really better than the other, or was it luck?"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import t as student

from matnn_lab.evaluation.scores.bootstrap import interval, resamples
from matnn_lab.evaluation.scores.inputs import matching, share, whole
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
        if self.value < 0:
            size, low, high = -self.value, -self.high, -self.low
            sentence = _(
                "The second is worse than the first by {size} ({percent:.0f} % interval {low:.3g} …"
                " {high:.3g}, p = {p_value:.2g})."
            )
        else:
            size, low, high = self.value, self.low, self.high
            sentence = _(
                "The second is better than the first by {size} ({percent:.0f} % interval {low:.3g} …"
                " {high:.3g}, p = {p_value:.2g})."
            )
        return sentence.format(
            size=f"{size:.3g} {self.unit}".strip(),
            percent=100 * self.confidence,
            low=low,
            high=high,
            p_value=self.p_value,
        )


def paired_bootstrap(
    true: ArrayLike,
    first: ArrayLike,
    second: ArrayLike,
    *,
    unit: str,
    groups: ArrayLike | None = None,
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

    def mean(totals: np.ndarray, counts: np.ndarray) -> np.ndarray:
        return totals[:, 0] / counts

    values = resamples(gain, mean, groups, n_resamples=n_resamples, seed=random_state)
    low, high = interval(values, confidence)
    above, below = (values >= 0).sum(), (values <= 0).sum()
    p_value = min(1.0, 2 * (1 + min(above, below)) / (n_resamples + 1))
    return Difference(float(gain.mean()), float(low), float(high), float(p_value), unit, confidence)


def corrected_t_test(
    first: ArrayLike,
    second: ArrayLike,
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
        If there are fewer than two folds, the folds do not match, a number of rows is not whole and
        positive, or confidence is not between 0 and 1.
    """
    first, second = matching(first, second, (_("scores of the first"), _("scores of the second")))
    n_train, n_test = whole(n_train, "n_train", 1), whole(n_test, "n_test", 1)
    share(confidence, "confidence")
    if len(first) < 2:
        raise ValueError(
            _("The scores of {n} fold were given; give those of at least two.").format(n=len(first))
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
