"""Losses that the course explains by hand, written with NumPy."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from matnn_lab.text import gettext as _

Array = NDArray[np.float64]


def huber(residuals: ArrayLike, delta: float) -> Array:
    """Return Huber's loss of each residual: half its square up to δ, a straight line beyond.

    Huber 1964, doi:10.1214/aoms/1177703732.

    Parameters
    ----------
    residuals : array-like
        In any unit and of any shape.
    delta : float
        Where the square becomes a line, in the unit of the residuals; above zero.

    Returns
    -------
    numpy.ndarray
        Of the shape of the residuals, in the square of their unit.

    Raises
    ------
    ValueError
        If δ is not above zero.
    """
    _check_positive(delta)
    size = np.abs(np.asarray(residuals, dtype=float))
    return np.where(size <= delta, size**2 / 2, delta * (size - delta / 2))


def huber_location(data: ArrayLike, delta: float) -> float:
    """Return the number that minimizes the mean Huber loss to the data.

    Parameters
    ----------
    data : array-like, shape (n,)
        Finite numbers, at least one.
    delta : float
        As in `huber`; a large one gives the mean, a small one the median.

    Raises
    ------
    ValueError
        If there are no data, or NaN or infinity among them, or δ is not above zero.

    Notes
    -----
    The slope, the mean of the residuals clipped at ±δ, never falls with the estimate; its zero is found
    by bisection. Where a whole interval is as good, its middle is returned.
    """
    _check_positive(delta)
    data = np.asarray(data, dtype=float)
    if not data.size or not np.isfinite(data).all():
        raise ValueError(
            _(
                "The data are {n} numbers, {bad} of them NaN or infinite; give at least one number and"
                " finite ones only."
            ).format(n=data.size, bad=int((~np.isfinite(data)).sum()))
        )

    def first(condition: Callable[[float], bool]) -> float:
        low, high = data.min() - 1, data.max() + 1
        for _step in range(60):
            middle = (low + high) / 2
            slope = np.clip(middle - data, -delta, delta).sum()
            low, high = (low, middle) if condition(slope) else (middle, high)
        return (low + high) / 2

    tiny = 1e-9 * delta
    return (first(lambda slope: slope > -tiny) + first(lambda slope: slope > tiny)) / 2


def _check_positive(delta: float) -> None:
    if not delta > 0:
        raise ValueError(_("δ = {delta} was given; give a number above zero.").format(delta=delta))
