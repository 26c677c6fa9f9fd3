"""What a function was given, as an array of real numbers, or one sentence on what is wrong with it."""

from numbers import Integral
from typing import Any, TypeGuard

import numpy as np
from numpy.typing import NDArray

from matnn_lab.text import gettext as _

Array = NDArray[np.float64]

# the least that the largest number of an image or a spectrum may be; its square is still a number
SMALLEST_UNIT = 1e-60
# standard deviation in pixels of a Gaussian: a narrower one changes nothing, a wider one is in another unit
BLUR = {"least": 0.5, "most": 1e4}


def as_floats(values: Any, name: str, unreadable: str) -> Array:
    """Return values as an array of floats, of the shape that they have; missing and masked ones are NaN.

    Parameters
    ----------
    values : array_like
        Also a pandas column with gaps of any kind, or a tensor that requires a gradient.
    name : str
        What messages call them, in the language of the edition.
    unreadable : str
        The sentence for values that are no numbers, with a place for the name.

    Raises
    ------
    ValueError
        If the values are complex, or no numbers.
    """
    try:
        if hasattr(values, "detach"):
            values = values.detach().cpu()
            # NumPy knows no bfloat16
            values = values.double() if values.is_floating_point() else values
        if type(values).__module__.startswith("pandas.") and hasattr(values, "to_numpy"):
            values = values.to_numpy(dtype=None if _is_complex(values) else float, na_value=np.nan)
        if np.ma.isMaskedArray(values) and not _is_complex(values):
            values = np.ma.filled(values.astype(float), np.nan)
        array = np.asarray(values)
        if not _is_complex(array):
            return np.asarray(array, dtype=float)
    except (TypeError, ValueError, RuntimeError):
        raise ValueError(unreadable.format(name=name)) from None
    raise ValueError(
        _(
            "The {name} are complex; give real numbers, such as their real parts (.real) or sizes (abs)."
        ).format(name=name)
    )


def _is_complex(values: Any) -> bool:
    return getattr(getattr(values, "dtype", None), "kind", "") == "c"


def real_numbers(
    values: Any,
    name: str,
    *,
    above: float | None = None,
    least: float | None = None,
    most: float | None = None,
) -> Array:
    """Return values of any shape as an array of finite numbers of double precision.

    Parameters
    ----------
    values : array_like
        Also a tensor that requires a gradient. Masked values count as missing.
    name : str
        What messages call them, in the plural, with the unit: ``"distances (Å)"``. It is translated here,
        where something is wrong; ``course/editions.py`` knows it as the second argument.
    above, least, most : float, optional
        They must be greater than, at least, at most this.

    Raises
    ------
    ValueError
        If the values cannot be read as real numbers, are not all finite, or lie outside.
    """
    array = as_floats(
        values,
        _(name),
        _(
            "The {name} cannot be read as real numbers; give an array of them, with rows of one length."
        ),
    )
    low, high = array.min(initial=np.inf), array.max(initial=-np.inf)  # NaN if one of them is
    if array.size and not (-np.inf < low and high < np.inf):
        raise ValueError(
            _(
                "Of the {name}, {count} are NaN, infinite or masked; leave these out or fill them in."
            ).format(name=_(name), count=int((~np.isfinite(array)).sum()))
        )
    if above is not None and low <= above:
        expected = _("greater than {above:.4g}").format(above=above)
    elif least is not None and most is not None and (low < least or high > most):
        expected = _("from {least:.4g} to {most:.4g}").format(least=least, most=most)
    elif least is not None and low < least:
        expected = _("of at least {least:.4g}").format(least=least)
    else:
        return array
    raise ValueError(
        _("The {name} go from {low:g} to {high:g}; give numbers {expected}.").format(
            name=_(name), low=low, high=high, expected=expected
        )
    )


def real_number(value: Any, name: str, **limits: float) -> float:
    """Return one number as a float; names, limits and errors are those of `real_numbers`."""
    number = real_numbers(value, name, **limits)
    if number.size != 1:
        raise ValueError(
            _("Of the {name}, {count} were given; give one number.").format(
                name=_(name), count=number.size
            )
        )
    return float(number.reshape(()))


def is_count(value: object, least: int = 1) -> TypeGuard[int]:
    """Tell whether a value is a whole number of at least this; True and 3.0 are none."""
    return isinstance(value, Integral) and not isinstance(value, bool) and int(value) >= least


def check_counts(*, least: int = 1, **settings: int) -> None:
    """Raise a `ValueError` in one sentence where a setting is no whole number, or less than the least."""
    for name, value in settings.items():
        if not is_count(value, least):
            raise ValueError(
                _("{name}={value!r} was given; give a whole number of at least {least}.").format(
                    name=name, value=value, least=least
                )
            )


def generator(seed: Any, *further: int) -> np.random.Generator:
    """Return a generator of random numbers made from a seed, or the one that was given.

    Parameters
    ----------
    seed : int or numpy.random.Generator
        Also whatever else `numpy.random.default_rng` takes but None, with which nothing could be repeated.
    further : int
        Whole numbers that go with the seed, so that two functions do not draw the same from one; the seed is
        then one whole number.

    Raises
    ------
    ValueError
        If the seed is negative, no whole number or none at all.
    """
    try:
        if seed is not None and (not further or is_count(seed, 0)):
            return np.random.default_rng([seed, *further] if further else seed)
    except (TypeError, ValueError):
        pass
    raise ValueError(
        _("The seed {seed!r} was given; give a whole number of at least 0{other}.").format(
            seed=seed, other="" if further else _(", or a numpy.random.Generator")
        )
    )


def chosen_rows(rows: Any, n: int, name: str) -> NDArray[np.intp]:
    """Return the numbers of some of n rows, which may be asked for as of an array, in that order.

    Raises
    ------
    ValueError
        If there is no such row, or they are no whole numbers, as many booleans as rows, or a slice.
    """
    try:
        chosen = np.atleast_1d(np.arange(n)[rows])
    except (IndexError, TypeError, ValueError):
        chosen = np.empty((0, 0), dtype=np.intp)
    if chosen.ndim == 1:
        return chosen
    raise ValueError(
        _(
            "Of {n} {name}, {rows!r} were asked for; give whole numbers from {first} to {last}, {n} "
            "booleans, or a slice."
        ).format(n=n, name=_(name), rows=rows, first=-n, last=n - 1)
    )


def rising(values: Any, name: str) -> Array:
    """Return an axis of a measurement, shape (n,), if each number is greater than the one before.

    Raises
    ------
    ValueError
        As `real_numbers`, or if the axis has another shape, falls or repeats a number.
    """
    axis = real_numbers(values, name)
    if axis.ndim != 1 or not len(axis):
        raise ValueError(
            _("The {name} have the shape {shape}; give one row of them.").format(
                name=_(name), shape=axis.shape
            )
        )
    if not (np.diff(axis) > 0).all():
        raise ValueError(
            _(
                "The {name} must rise; turn falling ones and what belongs to them round with [::-1], sort "
                "others, and leave out repeated ones."
            ).format(name=_(name))
        )
    return axis


def number_rows(
    values: Any, name: str, n_points: int | None = None, *, least: float | None = None
) -> Array:
    """Return rows of numbers, shape (n, n_points), such as spectra or signals.

    Raises
    ------
    ValueError
        As `real_numbers`, or if they have another shape.
    """
    rows = real_numbers(values, name, least=least)
    if rows.ndim != 2 or not rows.shape[1] or n_points not in (None, rows.shape[1]):
        expected = "n_points" if n_points is None else n_points
        raise ValueError(
            _(
                "The {name} have the shape {shape}; give (n, {n_points}), one row each, as [one] makes them "
                "of a single one."
            ).format(name=_(name), shape=rows.shape, n_points=expected)
        )
    _check_unit(rows, name)
    return rows


def _check_unit(values: NDArray, name: str) -> None:
    """Raise a `ValueError` in one sentence where squares of the numbers would be infinite or zero."""
    largest = np.abs(values).max(initial=0)
    if largest and not SMALLEST_UNIT < largest < 1 / SMALLEST_UNIT:
        raise ValueError(
            _("The largest of the {name} is {largest:.1e}; give them in a usual unit.").format(
                name=_(name), largest=largest
            )
        )


def check_varied(rows: NDArray, name: str) -> None:
    """Raise a `ValueError` in one sentence where a row or an image has the same value everywhere."""
    flat = rows.reshape(len(rows), -1 if len(rows) else 1)
    same = (flat == flat[:, :1]).all(axis=1)
    if same.any():
        raise ValueError(
            _(
                "Number {row} of the {name}, counted from 0, has the same value everywhere; leave it out."
            ).format(row=int(same.argmax()), name=_(name))
        )


def marks(values: Any, name: str) -> NDArray[np.bool_]:
    """Return zeros and ones, or booleans, of any shape as booleans.

    Raises
    ------
    ValueError
        As `real_numbers`, or if there are other numbers, such as grey values or probabilities.
    """
    numbers = real_numbers(values, name)
    if not ((numbers == 0) | (numbers == 1)).all():
        raise ValueError(
            _(
                "The {name} go from {low:g} to {high:g} and are not all 0 or 1; give booleans, as "
                "values > threshold makes them."
            ).format(name=_(name), low=numbers.min(), high=numbers.max())
        )
    return numbers == 1


def check_same_shape(pair: tuple[NDArray, NDArray], name: str) -> None:
    """Raise a `ValueError` in one sentence where two arrays do not match value by value."""
    first, second = pair
    if first.shape != second.shape or not first.size:
        raise ValueError(
            _(
                "The {name} have the shapes {first} and {second}; give both in one shape, and not empty."
            ).format(name=_(name), first=first.shape, second=second.shape)
        )


def check_broadcast(pair: tuple[NDArray, NDArray], name: str) -> None:
    """Raise a `ValueError` in one sentence where two arrays of other shapes do not broadcast to one."""
    first, second = pair
    try:
        np.broadcast_shapes(first.shape, second.shape)
    except ValueError:
        raise ValueError(
            _(
                "The {name} have the shapes {first} and {second}; give one for all, or both in one shape."
            ).format(name=_(name), first=first.shape, second=second.shape)
        ) from None


def gray_images(values: Any, name: str) -> Array:
    """Return images (n, height, width) or (height, width), one real number a pixel.

    Raises
    ------
    ValueError
        As `real_numbers`, or if the images have another shape, or that of a picture in colors.
    """
    images = real_numbers(values, name)
    if images.ndim not in (2, 3) or min(images.shape, default=0) < 1:
        raise ValueError(
            _(
                "The {name} have the shape {shape}; give (n, height, width) or (height, width)."
            ).format(name=_(name), shape=images.shape)
        )
    if in_colors(images.shape):
        raise ValueError(
            _(
                "The {name} have the shape {shape}, that of one picture in colours; make it grey first, as "
                "image.mean(axis=-1) does."
            ).format(name=_(name), shape=images.shape)
        )
    _check_unit(images, name)
    return images


def in_colors(shape: tuple[int, ...]) -> bool:
    """Say whether a shape (n, height, width) is rather that of one picture (height, width, 3 or 4 colors)."""
    return len(shape) == 3 and shape[-1] in (3, 4) and min(shape[:2]) > 4


def rotation_matrices(values: Any, name: str) -> Array:
    """Return matrices (…, 3, 3) if each turns and does nothing else.

    Raises
    ------
    ValueError
        As `real_numbers`, or if they have another shape, stretch, or mirror.
    """
    matrices = real_numbers(values, name)
    square = matrices.ndim >= 2 and matrices.shape[-2:] == (3, 3)
    if square:
        a, b, c, d, e, f, g, h, i = np.ascontiguousarray(matrices.reshape(-1, 9).T)
        determinant = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)
        squares = np.einsum("...ij,...ij", matrices, matrices)
        # three singular values of product 1, whose squares have the mean 1, are all 1
        square = np.allclose(determinant, 1, atol=1e-5) and np.allclose(squares, 3, atol=1e-5)
    if not square:
        raise ValueError(
            _(
                "The {name} of shape {shape} are no rotation matrices; give orthogonal ones (n, 3, 3) of "
                "determinant 1, as orientation_matrices makes them of Euler angles."
            ).format(name=_(name), shape=matrices.shape)
        )
    return matrices
