"""Losses that the course explains by hand, written with NumPy."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


def huber(residuals: ArrayLike, delta: float) -> Array:
    """Return Huber's loss of each residual: half its square up to δ, a straight line beyond."""
    size = np.abs(residuals)
    return np.where(size <= delta, size**2 / 2, delta * (size - delta / 2))


def huber_location(data: ArrayLike, delta: float) -> float:
    """Return the number that minimizes the mean Huber loss to the data.

    Notes
    -----
    The slope, the mean of the residuals clipped at ±δ, never falls with the estimate; its zero is found
    by bisection. Where a whole interval is as good, its middle is returned.
    """
    data = np.asarray(data, dtype=float)

    def first(condition) -> float:
        low, high = data.min() - 1, data.max() + 1
        for _step in range(60):
            middle = (low + high) / 2
            slope = np.clip(middle - data, -delta, delta).sum()
            low, high = (low, middle) if condition(slope) else (middle, high)
        return (low + high) / 2

    tiny = 1e-9 * delta
    return (first(lambda slope: slope > -tiny) + first(lambda slope: slope > tiny)) / 2
