"""Settings of a regressor, checked in one place before anything is trained."""

from collections.abc import Sequence
from math import isfinite
from numbers import Integral, Real
from typing import Any

import numpy as np

from matnn_lab.arrays import check_counts
from matnn_lab.text import gettext as _

# numbers that a network can be trained on in single precision: nothing larger, and no spread smaller
LARGEST, SMALLEST = 1e150, 1e-150


def require_settings(model: Any) -> None:
    """Raise if a setting of a `NetworkRegressor` or a `CrystalRegressor` makes no sense.

    Parameters
    ----------
    model
        With ``n_members``, ``epochs``, ``batch_size``, ``patience``, ``validation_fraction``,
        ``learning_rate`` and ``weight_decay``, and whole-number widths or ``hidden``.

    Raises
    ------
    TypeError, ValueError
        In a sentence: what was given, and what to give.
    """
    if isinstance(model.n_members, Integral) and model.n_members < 1:
        raise ValueError(
            _("An ensemble of {given} networks was asked for; ask for at least one.").format(
                given=model.n_members
            )
        )
    for name in ("n_members", "epochs", "batch_size", "width", "n_convolutions", "n_hidden"):
        if hasattr(model, name):
            _count(name, getattr(model, name))
    if model.patience is not None:
        _count("patience", model.patience)
    share = model.validation_fraction
    _number("validation_fraction", share)
    if not 0 <= share < 1:
        raise ValueError(
            _(
                "validation_fraction={given} was given; give a share of at least 0 and below 1, such as"
                " 0.1."
            ).format(given=share)
        )
    for name in ("learning_rate", "weight_decay"):
        value = getattr(model, name)
        _number(name, value)
        if not isfinite(value) or value < 0 or (name == "learning_rate" and value == 0):
            raise ValueError(
                _("{name}={given} was given; give a positive number.").format(
                    name=name, given=value
                )
            )
    hidden = getattr(model, "hidden", ())
    if isinstance(hidden, str) or not isinstance(hidden, Sequence | np.ndarray):
        raise TypeError(
            _(
                "hidden={given!r} was given; give a list of the widths of the hidden layers, such as"
                " (128, 128)."
            ).format(given=hidden)
        )


def _number(name: str, value: object) -> None:
    if not isinstance(value, Real) or isinstance(value, bool):
        raise TypeError(
            _("{name}={given!r} was given; give a number.").format(name=name, given=value)
        )


def _count(name: str, value: Any) -> None:
    _number(name, value)
    check_counts(**{name: value})


def require_size(values: np.ndarray, name: str) -> None:
    """Raise if numbers are so large or their spread so small that their squares are no numbers.

    Parameters
    ----------
    values : numpy.ndarray
    name : str
        What the message calls them.

    Raises
    ------
    ValueError
    """
    largest = np.abs(values).max(initial=0.0)
    if largest > LARGEST:
        raise ValueError(
            _("The {name} reach {largest:.0e}; give them in a larger unit.").format(
                name=name, largest=largest
            )
        )


def target_scale(targets: np.ndarray) -> np.ndarray:
    """Return the standard deviation of each target, zero where it is constant but for rounding.

    Raises
    ------
    ValueError
        If targets are too large or too small for a computer to square them.
    """
    require_size(targets, _("targets"))
    spread, largest = targets.std(axis=0), np.abs(targets).max(axis=0)
    small = (largest > 0) & (largest < SMALLEST)
    if np.any(small):
        raise ValueError(
            _("The targets reach {largest:.0e} only; give them in a smaller unit.").format(
                largest=float(np.max(np.where(small, largest, 0)))
            )
        )
    return np.where(spread <= 1e-12 * largest, 0.0, spread)
