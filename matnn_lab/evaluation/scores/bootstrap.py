"""How sure a number is that was computed from a sample: draw the sample again from itself, many times."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from matnn_lab.evaluation.scores.inputs import group_numbers, share, whole
from matnn_lab.text import gettext as _

# index entries at a time, so that memory stays below some 100 MB
BLOCK = 4_000_000


def resamples(
    rows: np.ndarray,
    statistic: Callable[[np.ndarray, np.ndarray], np.ndarray],
    groups: ArrayLike | None = None,
    *,
    n_resamples: int = 1000,
    seed: int = 0,
) -> np.ndarray:
    """Compute a statistic that is made of sums over rows, for each of many resamples of the rows.

    Parameters
    ----------
    rows : numpy.ndarray, shape (n, k)
        What is summed.
    statistic : callable
        From totals of shape (m, k) and row counts of shape (m,) to an array of shape (..., m).
    groups : array_like, shape (n,), optional
        Rows that are drawn together; a row whose group is missing is drawn alone.
    n_resamples, seed : int

    Returns
    -------
    numpy.ndarray, shape (..., n_resamples)

    Raises
    ------
    ValueError
        If there are fewer than two rows or groups, or groups are not one a row.
    """
    n_resamples = whole(n_resamples, "n_resamples", 1)
    sizes = np.ones(len(rows))
    if groups is not None:
        codes = group_numbers(groups, len(rows))
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
    return statistic(np.concatenate(totals), np.concatenate(counts))


def interval(values: np.ndarray, confidence: float = 0.95) -> tuple[np.ndarray, np.ndarray]:
    """Cut the same share off both ends of resampled values: the percentile interval.

    Parameters
    ----------
    values : numpy.ndarray, shape (..., n_resamples)
        As from `resamples`; NaN are left out.
    confidence : float
        Between 0 and 1.

    Returns
    -------
    low, high : numpy.ndarray, shape (...)
        NaN where all values are.

    Raises
    ------
    ValueError
        If confidence is not between 0 and 1.
    """
    tail = (1 - share(confidence, "confidence")) / 2
    undefined = np.isnan(values).all(axis=-1, keepdims=True)
    ends = np.nanquantile(np.where(undefined, 0.0, values), [tail, 1 - tail], axis=-1)
    low, high = np.where(undefined[..., 0], np.nan, ends)
    return low, high
