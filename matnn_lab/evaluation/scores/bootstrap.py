"""How sure a number is that was computed from a sample: draw the sample again from itself, many times."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from matnn_lab.text import gettext as _

# index entries at a time, so that memory stays below some 100 MB
BLOCK = 4_000_000


def bootstrap_interval(
    rows: np.ndarray,
    statistic: Callable[[np.ndarray, np.ndarray], np.ndarray],
    groups: Sequence | None = None,
    *,
    confidence: float = 0.95,
    n_resamples: int = 1000,
    seed: int = 0,
) -> tuple[np.ndarray, np.ndarray]:
    """Give the percentile bootstrap interval of a statistic that is made of sums over rows.

    Parameters
    ----------
    rows : numpy.ndarray, shape (n, k)
        What is summed.
    statistic : callable
        From totals of shape (m, k) and row counts of shape (m,) to an array of shape (..., m).
    groups : sequence, shape (n,), optional
        Rows that are drawn together.
    confidence, n_resamples, seed
        As in `regression_score`.

    Returns
    -------
    low, high : numpy.ndarray

    Raises
    ------
    ValueError
        If there are fewer than two rows or groups, or confidence is not between 0 and 1.
    """
    if not 0 < confidence < 1:
        raise ValueError(
            _("The confidence {given} was given; give a number between 0 and 1.").format(
                given=confidence
            )
        )
    sizes = np.ones(len(rows))
    if groups is not None:
        codes = pd.factorize(np.asarray(groups, dtype=object))[0]
        sizes = np.bincount(codes).astype(float)
        rows = np.stack([np.bincount(codes, weights=column) for column in rows.T], axis=1)
    n = len(rows)
    if n < 2:
        raise ValueError(
            _("{n} row or group was given; a confidence interval needs at least two.").format(n=n)
        )
    rng = np.random.default_rng(seed)
    totals, counts = [], []
    for start in range(0, n_resamples, step := max(1, BLOCK // n)):
        drawn = rng.integers(n, size=(min(step, n_resamples - start), n))
        times = np.stack([np.bincount(each, minlength=n) for each in drawn]).astype(float)
        totals.append(times @ rows)
        counts.append(times @ sizes)
    values = statistic(np.concatenate(totals), np.concatenate(counts))
    tail = 50 * (1 - confidence)
    low, high = np.nanpercentile(values, [tail, 100 - tail], axis=-1)
    return low, high


def matching(true: Sequence[float], predicted: Sequence[float]) -> tuple[np.ndarray, np.ndarray]:
    """Return both as arrays of finite numbers of one shape (n,)."""
    true, predicted = np.asarray(true, dtype=float), np.asarray(predicted, dtype=float)
    if true.shape != predicted.shape or true.ndim != 1:
        raise ValueError(
            _(
                "{true} true values and {predicted} predictions were given; give one of each a row."
            ).format(true=true.shape, predicted=predicted.shape)
        )
    bad = ~(np.isfinite(true) & np.isfinite(predicted))
    if bad.any():
        raise ValueError(
            _("{n} of {total} rows have a value that is not finite; leave them out first.").format(
                n=int(bad.sum()), total=len(true)
            )
        )
    return true, predicted
