"""What scores are made of: numbers that match row by row, and groups of rows, checked in one place."""

from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from matnn_lab.arrays import as_floats
from matnn_lab.text import gettext as _


def numbers(values: ArrayLike, name: str) -> np.ndarray:
    """Return a column as an array of float, shape (n,); gaps become NaN.

    Parameters
    ----------
    values : array_like, shape (n,)
        Also a pandas column, with missing values of any kind, or a tensor that requires a gradient.
    name : str
        What messages call it, as in ``"scores"``.

    Raises
    ------
    ValueError
        If the values are no numbers, or have another shape.
    """
    array = as_floats(
        values,
        name,
        _(
            "The {name} cannot be read as numbers; give one number a row, as in pd.to_numeric(column)."
        ),
    )
    if array.ndim != 1:
        raise ValueError(
            _(
                "The {name} have the shape {shape}; give one number a row, as np.ravel(…) makes it of a"
                " column."
            ).format(name=name, shape=array.shape)
        )
    return array


def matching(
    true: ArrayLike,
    predicted: ArrayLike,
    names: tuple[str, str] | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Return both as arrays of finite numbers of one shape (n,).

    Parameters
    ----------
    true, predicted : array_like of float, shape (n,)
    names : (str, str), optional
        What messages call them; true values and predictions by default.

    Raises
    ------
    ValueError
        If there are none, they are not as many, or not all finite.
    """
    names = names or (_("true values"), _("predictions"))
    true, predicted = numbers(true, names[0]), numbers(predicted, names[1])
    if true.shape != predicted.shape:
        raise ValueError(
            _(
                "{n_first} {first} and {n_second} {second} were given; give one of each a row."
            ).format(n_first=len(true), first=names[0], n_second=len(predicted), second=names[1])
        )
    if not len(true):
        raise ValueError(_("No rows were given; give at least one."))
    bad = ~(np.isfinite(true) & np.isfinite(predicted))
    if bad.any():
        raise ValueError(
            _("{n} of {total} rows have a value that is not finite; leave them out first.").format(
                n=int(bad.sum()), total=len(true)
            )
        )
    return true, predicted


def group_numbers(groups: Any, n_rows: int, name: str = "groups") -> np.ndarray:
    """Number the groups of rows 0, 1, 2, …; a row whose label is missing is a group of its own.

    Nothing says that two rows without a label belong together, so they never share a number.

    Parameters
    ----------
    groups : array_like, shape (n_rows,)
        Labels of any kind; None, NaN, NaT and ``pandas.NA`` are missing.
    n_rows : int
    name : str
        What messages call them.

    Returns
    -------
    numpy.ndarray of int, shape (n_rows,)

    Raises
    ------
    ValueError
        If the labels are not one a row, or cannot be compared.
    """
    one_each = hasattr(groups, "__len__") and len(groups) == n_rows and np.ndim(groups) > 0
    if isinstance(groups, str) or not one_each:
        raise ValueError(
            _("{n} entries of {name} were given for {rows} rows; give one a row.").format(
                n=len(groups) if hasattr(groups, "__len__") else 1, name=name, rows=n_rows
            )
        )
    labels = np.empty(n_rows, dtype=object)
    labels[:] = list(groups)
    try:
        codes = pd.factorize(labels)[0]
    except TypeError:
        raise ValueError(
            _(
                "The entries of {name} cannot be compared with each other; give a text or a number a row."
            ).format(name=name)
        ) from None
    missing = codes < 0
    codes[missing] = codes.max(initial=-1) + 1 + np.arange(missing.sum())
    return codes


def rows_of(X: Any) -> Any:
    """Return a table of inputs of which rows can be chosen: as it is, or as an array with a row each.

    Parameters
    ----------
    X : DataFrame, Series, sparse matrix, packed data, or sequence of n rows or of n objects
        Objects, such as crystal structures, stay whole: NumPy would take their atoms for columns.
    """
    if hasattr(X, "iloc") or isinstance(X, np.ndarray):
        return X
    if hasattr(X, "tocsr"):
        return X.tocsr()
    if hasattr(X, "shape") or not hasattr(X, "__len__"):
        return np.asarray(X)
    if all(isinstance(each, Real | str | list | tuple | np.ndarray | pd.Series) for each in X):
        return np.asarray(X)
    if not isinstance(X, Sequence):
        return X
    objects = np.empty(len(X), dtype=object)
    for row, each in enumerate(X):
        objects[row] = each
    return objects


def row_count(X: Any) -> int:
    """Return how many rows a table of inputs has; a sparse matrix has no length."""
    return X.shape[0] if hasattr(X, "shape") else len(X)


def chosen(X: Any, rows: np.ndarray) -> Any:
    """Return some rows of what `rows_of` returned."""
    return X.iloc[rows] if hasattr(X, "iloc") else X[rows]


def share(value: float, name: str) -> float:
    """Return a number if it lies between 0 and 1, both excluded; otherwise raise a ValueError."""
    if not isinstance(value, Real) or not 0 < value < 1:
        raise ValueError(
            _("The {name} {given} was given; give a number between 0 and 1, such as 0.9.").format(
                name=name, given=value
            )
        )
    return value


def whole(value: float, name: str, least: int, most: int | None = None) -> int:
    """Return a whole number if it is not below ``least`` nor above ``most``.

    Raises
    ------
    ValueError
        If it has a fraction, as ``0.1 * n`` has, or lies outside.
    """
    is_whole = isinstance(value, Real) and (
        isinstance(value, Integral) or float(value).is_integer()
    )
    if not is_whole or value < least or (most is not None and value > most):
        expected = (
            _("at least {least}").format(least=least)
            if most is None
            else _("{least} to {most}").format(least=least, most=most)
        )
        raise ValueError(
            _("{name}={given} was given; give a whole number, {expected}.").format(
                name=name, given=value, expected=expected
            )
        )
    return int(value)
