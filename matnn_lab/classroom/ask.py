"""Turn a learner's answer into plain numbers before it is judged.

Each function gives back exact built-in or NumPy values, or raises a ``Hint`` that says in one sentence what
the answer is and what it should be. Judge only what these functions give back: an answer may be a mock
that accepts every call, or an object that says it is equal to everything. :func:`agrees` compares plain
numbers with the right ones, :func:`raise_for_known_mistakes` with those that a likely mistake gives, and
:func:`apart` writes a wrong number and the right one with enough digits to differ.

A right answer is right in single precision too, PyTorch's default, and as a list, a tuple, an array, a
tensor or a pandas column: compare with :func:`agrees` and take pairs apart with :func:`parts`.
"""

import copy
import decimal
import fractions
import inspect
import math
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from matnn_lab.classroom.exercises import Hint
from matnn_lab.classroom.explain import explain
from matnn_lab.text import gettext as _

LARGEST = 10_000_000  # elements of an array that is looked at
ROUND_OFF = 1e-12  # what is left of a number that should be zero
SINGLE = 1e-5  # tolerance with which numbers in single precision agree
DIGITS = 4  # with which a hint shows a number, unless it needs more


def describe(value: Any) -> str:
    """Return a few words for a value, without asking anything of an object we do not know."""
    kind = type(value)
    if value is None:
        return _("nothing (None), as if a `return` were missing")
    if kind is bool or issubclass(kind, np.bool_):
        return _("a truth value")
    if kind is float or (kind is int and abs(value) < 10**15):
        return f"{value:.6g}"
    if kind is int:
        return _("a very large number")
    if issubclass(kind, np.number):
        return _("a {kind} number").format(kind=kind.__name__)
    if kind is str:
        return _("a text")
    if kind in (list, tuple, dict, set):
        return _("a {kind} of {count}").format(kind=kind.__name__, count=len(value))
    if kind is np.ndarray or _is_tensor(value):
        shape = tuple(value.shape)
        if "bool" in str(value.dtype):
            return _("an array of truth values of shape {shape}").format(shape=shape)
        return _("an array of shape {shape}").format(shape=shape)
    if inspect.isroutine(value):
        return _("a function")
    return _("an object of type {kind}").format(kind=kind.__name__)


def number(value: object, name: str | None = None) -> float:
    """Return the value as a float.

    Accepted are Python and NumPy numbers, fractions and decimals, and arrays or tensors with one element
    and no axis; refused are truth values, texts, complex numbers, NaN and infinity.

    Parameters
    ----------
    value
        The answer, or a part of it.
    name
        What the hint calls it, such as "`slope(2.0)`"; "Your answer" if left out.
    """
    return float(array(value, (), name))


def integer(value: object, name: str | None = None) -> int:
    """Return the value as an int if it is a whole number."""
    given = number(value, name)
    if not given.is_integer():
        raise Hint(
            _("{name} should be a whole number, but is {found:g}.").format(
                name=name or _("Your answer"), found=given
            )
        )
    return int(given)


def array(
    value: object, shape: tuple[int | None, ...] | None = None, name: str | None = None
) -> np.ndarray:
    """Return the value as a new float64 array of finite numbers.

    Accepted are numbers, nested lists and tuples, NumPy arrays, torch tensors, pandas columns and tables.

    Parameters
    ----------
    value
        The answer, or a part of it.
    shape
        The shape it should have; None stands for any length. () asks for one number.
    name
        What the hint calls it; "Your answer" if left out.
    """
    name = name or _("Your answer")
    plain = _plain_array(value)
    if _is_complex(value, plain):
        raise Hint(
            _(
                "{name} is complex, but real numbers are asked for; take the real part, .real, or the size, "
                "abs(…), whichever you mean."
            ).format(name=name)
        )
    if plain is None or plain.dtype.kind not in "iuf":
        raise Hint(_wanted(shape).format(name=name, found=describe(value)))
    if shape is not None and not _fits(plain.shape, shape):
        if type(value) is tuple and len(value) == 1 and type(value[0]) is np.ndarray:
            raise Hint(
                _(
                    "{name} is a tuple with one array in it, as `np.where(condition)` gives it; take "
                    "[0], the array itself."
                ).format(name=name)
            )
        found = describe(plain if plain.ndim else plain.item())
        raise Hint(_wanted(shape).format(name=name, found=found))
    if plain.size > LARGEST:
        raise Hint(_("{name} is larger than this exercise can need.").format(name=name))
    numbers = np.array(plain, dtype=np.float64)
    if np.isnan(numbers).any():
        raise Hint(
            _(
                "{name} contains NaN, which is not a number: look for 0/0, or for a root, a logarithm or an "
                "arcsine of what has none."
            ).format(name=name)
        )
    if np.isinf(numbers).any():
        raise Hint(_("{name} is infinite or contains infinity.").format(name=name))
    return numbers


def text(value: object, options: tuple[str, ...], name: str | None = None) -> str:
    """Return the value if it is one of the given texts."""
    if type(value) is not str or value not in options:
        found = f'"{value[:40]}"' if type(value) is str else describe(value)
        raise Hint(
            _("{name} should be one of {options}, but is {found}.").format(
                name=name or _("Your answer"),
                options=", ".join(f'"{option}"' for option in options),
                found=found,
            )
        )
    return value


def truths(value: object, n: int, name: str | None = None) -> np.ndarray:
    """Return the value as a new array of n truth values.

    Accepted are lists and tuples of truth values, and NumPy arrays, torch tensors and pandas columns of them.

    Parameters
    ----------
    value
        The answer, or a part of it.
    n
        How many there should be.
    name
        What the hint calls it; "Your answer" if left out.
    """
    plain = _plain_truths(value)
    if plain is None:
        raise Hint(
            _("{name} should be an array of True and False, but is {found}.").format(
                name=name or _("Your answer"), found=describe(value)
            )
        )
    if plain.shape != (n,):
        raise Hint(
            _("{name} should be an array of {n} truth values, but is {found}.").format(
                name=name or _("Your answer"), n=n, found=describe(plain)
            )
        )
    return np.array(plain, dtype=bool)


def parts(value: object, form: str, names: str) -> tuple:
    """Return the value as a tuple if it has a part for each name.

    Accepted are tuples, lists, NumPy arrays, torch tensors and pandas columns: whatever Python would unpack
    as ``low, high = value`` in this order.

    Parameters
    ----------
    value
        The answer, or what the learner's function returns.
    form
        How that is called, such as "halves(x)".
    names
        What it should be, such as "(low, high)".
    """
    count = names.count(",") + 1
    several = _in_order(value)
    if several is None or len(several) != count:
        wanted = _("the pair `{names}`") if count == 2 else "`{names}`"
        raise Hint(
            _("`{form}` should return {wanted}, but returns {found}.").format(
                form=form, wanted=wanted.format(names=names), found=describe(value)
            )
        )
    return tuple(several)


def instance(value: object, kind: type, name: str | None = None) -> object:
    """Return the value if it is an object of this class; what the object says of itself is not asked."""
    if not issubclass(type(value), kind):
        raise Hint(
            _("{name} should be an object of type {kind}, but is {found}.").format(
                name=name or _("Your answer"), kind=kind.__name__, found=describe(value)
            )
        )
    return value


def function(value: object, form: str) -> "Function":
    """Return the learner's function, ready to be called with care.

    Parameters
    ----------
    value
        The answer.
    form
        How it is called, such as "slope(x)" or "step(theta, gradient)"; hints repeat it.
    """
    name, _bracket, parameters = form.rstrip(")").partition("(")
    names = tuple(p.strip() for p in parameters.split(",") if p.strip())
    if not callable(value):
        raise Hint(
            _("Your answer should be a function to be called as `{form}`, but is {found}.").format(
                form=form, found=describe(value)
            )
        )
    try:
        signature = inspect.signature(value)
    except ValueError:  # some compiled functions have none
        signature = None
    if signature is not None:
        try:
            signature.bind(*names)
        except TypeError:
            raise Hint(
                _("Your function cannot be called as `{form}`: it takes {found}.").format(
                    form=form, found=f"`{signature}`".replace("\n", " ")
                )
            ) from None
    return Function(value, name, names)


@dataclass(frozen=True)
class Function:
    """A learner's function: fails with a hint, and is caught when it changes its arguments."""

    function: Callable
    name: str
    parameters: tuple[str, ...]

    def __call__(self, *arguments: object) -> Any:
        """Call it and return what it returns, unjudged; arrays and lists are handed over as copies."""
        handed = [copy.deepcopy(a) if _is_data(a) else a for a in arguments]
        try:
            result = self.function(*handed)
        except Hint:
            raise
        except Exception as error:
            raise Hint(explain(error, self.call(*arguments))) from None
        for parameter, before, after in zip(self.parameters, arguments, handed, strict=False):
            if _is_data(before) and not _same(before, after):
                raise Hint(
                    _(
                        "`{call}` changes its argument `{parameter}`; make a new one instead."
                    ).format(call=self.call(*arguments), parameter=parameter)
                )
        return result

    def number(self, *arguments: object) -> float:
        """Call it and return its result as a float."""
        return number(self(*arguments), f"`{self.call(*arguments)}`")

    def array(self, *arguments: object, shape: tuple[int | None, ...] | None = None) -> np.ndarray:
        """Call it and return its result as a float64 array of finite numbers."""
        return array(self(*arguments), shape, f"`{self.call(*arguments)}`")

    def call(self, *arguments: object) -> str:
        """Return the call as a learner would write it; long arguments by their names."""
        shown = [
            f"{argument:g}" if type(argument) in (int, float) else parameter
            for parameter, argument in zip(self.parameters, arguments, strict=False)
        ]
        return f"{self.name}({', '.join(shown)})"


def agrees(
    found: Any, expected: Any, tolerance: float = SINGLE, *, size: float | None = None
) -> bool:
    """Return whether plain numbers or arrays are the expected ones, in shape and in size.

    Numbers that were calculated in single precision agree, unless a tolerance is given that is too small
    for them.

    Parameters
    ----------
    found, expected
        Numbers or arrays of finite numbers.
    tolerance
        Largest difference, as a share of ``size``; round-off is allowed besides.
    size
        The size of the numbers that the result was made of. To be given where they nearly cancel: single
        precision loses digits there, since a difference is only as exact as the numbers. The largest
        expected number, if left out.
    """
    if np.shape(found) != np.shape(expected):
        return False
    difference = np.max(np.abs(np.subtract(found, expected)), initial=0.0)
    if size is None:
        size = np.max(np.abs(expected), initial=0.0)
    return bool(difference <= tolerance * size + ROUND_OFF)


def apart(found: float, expected: float, digits: int = DIGITS) -> tuple[str, str]:
    """Return two different numbers as texts that differ, with no more digits than that needs.

    Parameters
    ----------
    found, expected
        The number of a learner and the right one.
    digits
        How many significant digits are shown at least.
    """
    for count in range(digits, 18):
        texts = f"{found:.{count}g}", f"{expected:.{count}g}"
        if texts[0] != texts[1]:
            break
    return texts


def raise_for_known_mistakes(found: object, mistakes: Iterable[tuple[object, str]]) -> None:
    """Raise the hint of the first mistake, a pair of result and hint, whose result is what was found."""
    for result, hint in mistakes:
        if agrees(found, result):
            raise Hint(hint)


def _plain_array(value: Any) -> np.ndarray | None:
    """Return an exact NumPy array of what the value holds, or None where it holds something else."""
    kind = type(value)
    if kind is np.ndarray:
        return value
    if kind is float:
        return np.array(value)
    if kind is int:
        return np.array(float(value) if abs(value) < 1e300 else math.inf)
    if kind in (fractions.Fraction, decimal.Decimal):
        return np.array(_as_float(value))
    if issubclass(kind, np.generic) and kind.__module__ == "numpy":
        return np.array(value)
    if kind in (list, tuple):
        return _from_rows(value)
    if _is_tensor(value):
        dense = value.detach().cpu()
        return (dense.double() if dense.is_floating_point() else dense).numpy()
    if kind.__module__.startswith("pandas."):
        plain = value.to_numpy()
        return plain if type(plain) is np.ndarray else None
    return None


def _from_rows(rows: list | tuple) -> np.ndarray | None:
    """Stack the rows of a nested list; None where they are not plain or not of one shape."""
    if len(rows) > LARGEST:
        return None
    if rows and all(type(row) is float for row in rows):  # the common case, fast
        return np.array(rows)
    plain = []
    for row in map(_plain_array, rows):
        if row is None or row.dtype.kind not in "iuf":
            return None
        plain.append(row)
    if len({row.shape for row in plain}) > 1:
        return None
    return np.stack(plain) if plain else np.empty(0)


def _is_complex(value: Any, plain: np.ndarray | None) -> bool:
    """Tell whether a value is a complex number or holds one."""
    if plain is not None:
        return plain.dtype.kind == "c"
    several = type(value) in (list, tuple) and len(value) <= LARGEST
    return type(value) is complex or (
        several and any(_is_complex(each, _plain_array(each)) for each in value)
    )


def _plain_truths(value: Any) -> np.ndarray | None:
    """Return a NumPy array of the truth values that the value holds, or None where it holds others."""
    if type(value) in (list, tuple):
        if not all(type(each) is bool or issubclass(type(each), np.bool_) for each in value):
            return None
        return np.array(value, dtype=bool)
    plain = _plain_array(value)
    return plain if plain is not None and plain.dtype.kind == "b" else None


def _in_order(value: Any) -> list | tuple | np.ndarray | None:
    """Return what Python would unpack part by part; None for what has no order or is not known."""
    if type(value) in (list, tuple):
        return value
    if _is_pandas(value) and value.ndim == 1:  # a table unpacks into its columns' names
        value = value.to_numpy()
    known = type(value) is np.ndarray or _is_tensor(value)
    return value if known and value.ndim else None


def _as_float(value: fractions.Fraction | decimal.Decimal) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf
    except ValueError:  # a signalling NaN
        return math.nan


def _is_pandas(value: object) -> bool:
    pandas = sys.modules.get("pandas")
    return pandas is not None and type(value) in (pandas.Series, pandas.DataFrame)


def _is_tensor(value: object) -> bool:
    torch = sys.modules.get("torch")
    return torch is not None and type(value) in (torch.Tensor, torch.nn.Parameter)


def _fits(found: tuple[int, ...], wanted: tuple[int | None, ...]) -> bool:
    return len(found) == len(wanted) and all(
        w is None or f == w for f, w in zip(found, wanted, strict=True)
    )


def _wanted(shape: tuple[int | None, ...] | None) -> str:
    """Return the sentence that says what was expected, with places for name and found."""
    if shape is None:
        return _("{name} should be an array of numbers, but is {found}.")
    if shape == ():
        return _("{name} should be one number, but is {found}.")
    lengths = ", ".join(_("any") if length is None else str(length) for length in shape)
    lengths += "," if len(shape) == 1 else ""
    return _("{name} should be an array of shape ({lengths}), but is {found}.").replace(
        "{lengths}", lengths
    )


def _is_data(value: Any) -> bool:
    """Tell whether a function could change the value and has no business to."""
    return (
        type(value) in (np.ndarray, list, dict)
        or _is_pandas(value)
        or (_is_tensor(value) and not value.requires_grad)
    )


def _same(before: Any, after: Any) -> bool:
    if type(before) is np.ndarray:
        return np.array_equal(before, after, equal_nan=before.dtype.kind == "f")
    if _is_tensor(before):
        tracked = after.requires_grad or after.grad is not None
        return not tracked and before.shape == after.shape and bool((before == after).all())
    if _is_pandas(before):
        return before.equals(after)
    if type(before) is list:
        return len(before) == len(after) and all(map(_same, before, after))
    if type(before) is dict:
        return before.keys() == after.keys() and all(_same(before[k], after[k]) for k in before)
    return type(before) not in (int, float, str) or before == after
