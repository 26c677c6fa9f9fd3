"""An exercise as data: the right function, the likely mistakes with their hints, and what to try them on.

::

    task(
        "04.4",
        "adamw_step(theta, direction, eta, lam)",
        right=lambda w, d, eta, lam: (1 - eta * lam) * w - eta * d,
        mistakes=[
            (lambda w, d, eta, lam: w - eta * d, _("The decay is missing: …")),
            (lambda w, d, eta, lam: (1 - eta * lam) * w, _("Only the decay is there: …")),
        ],
        otherwise=_("For eta = {eta:g} and lam = {lam:g} the new theta is not …"),
        cases=steps,
    )

Each mistake is written once: the check compares with it, and the tests hand it in as an answer and want its
hint. Exercises that are no comparison of two functions stay functions of their own (see ``exercises.py``).
"""

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from matnn_lab.classroom import ask
from matnn_lab.classroom.exercises import Exercise, Hint, register
from matnn_lab.text import gettext as _

Case = tuple[object, ...]
Mistake = tuple[Callable[..., object], str]
ROUNDED = 0.02  # how far, as a share, rounding may have moved a right result
EXACT = 3e-7  # tolerance with which a rounded number is the same in single precision


def task(
    number: str,
    form: str,
    *,
    right: Callable[..., object],
    mistakes: Sequence[Mistake],
    otherwise: str | Callable[..., str],
    cases: Callable[[], Iterable[Case]],
    tolerance: float = ask.SINGLE,
    seconds: float = 5.0,
) -> None:
    """Register an exercise that asks for a function and compares it with the right one.

    Parameters
    ----------
    number
        Such as "04.4".
    form
        How the learner's function is called, such as "slope(x)"; its parameters name the arguments.
    right
        The right function; returns a number or an array.
    mistakes
        Pairs of a function that makes a likely mistake, and the hint for it. Told is the first that gives the
        learner's results in each of the first wrong cases; they may have another shape than the right ones.
    otherwise
        The hint for anything else, with the names of the arguments, ``found`` and ``right`` (numbers or
        arrays) as places to fill; or a function that writes it from the arguments.
    cases
        Returns the arguments of each call to try, in order.
    tolerance
        As in :func:`matnn_lab.classroom.ask.agrees`; by default answers in single precision are right.
    seconds
        Longest time.
    """
    names = [name.strip() for name in form.rstrip(")").partition("(")[2].split(",")]

    def judge(answer: object) -> str | None:
        function = ask.function(answer, form)
        told, wrong = (
            None,
            [],
        )  # the hint for what no known mistake explains; the cases that went wrong
        for case in cases():
            expected = np.asarray(right(*case), dtype=float)
            try:
                result = function(*case)
            except Hint as hint:
                told = told or hint
                break
            try:
                found = ask.array(result, expected.shape, f"`{function.call(*case)}`")
                if ask.agrees(found, expected, tolerance):
                    continue
                told = told or Hint(_otherwise(otherwise, names, case, found, expected))
            except Hint as hint:  # another shape than the right one
                told, found = told or hint, _loosely(result)
            wrong.append((case, found))
        if told is None:
            return None
        return _known(mistakes, wrong, tolerance) or _rounded(right, wrong) or str(told)

    register(Exercise(number, judge, seconds, right, tuple(mistakes)))


def _otherwise(
    otherwise: str | Callable[..., str],
    names: Sequence[str],
    case: Case,
    found: np.ndarray,
    right: np.ndarray,
) -> str:
    if callable(otherwise):
        return otherwise(*case)
    values = dict(zip(names, case, strict=True))
    return otherwise.format(**values, found=found[()], right=right[()])


def _loosely(result: object) -> np.ndarray | None:
    """Return a result of any shape as an array, None if it is no array of numbers."""
    try:
        return ask.array(result)
    except Hint:
        return None


def _known(
    mistakes: Sequence[Mistake],
    wrong: Sequence[tuple[Case, np.ndarray | None]],
    tolerance: float,
) -> str | None:
    """Return the hint of the first mistake that explains all of these cases.

    In a single case another mistake may give the same result by chance. Cases in which a mistake gives NaN
    tell nothing.
    """
    for mistake, hint in mistakes:
        agreed = False
        for case, found in wrong:
            with np.errstate(all="ignore"):
                result = np.asarray(mistake(*case), dtype=float)
            if not np.isfinite(result).all():
                continue
            agreed = found is not None and ask.agrees(found, result, tolerance)
            if not agreed:
                break
        if agreed:
            return hint
    return None


def _rounded(
    right: Callable[..., object], wrong: Sequence[tuple[Case, np.ndarray | None]]
) -> str | None:
    """Return a hint if all of these results are the right ones, rounded."""
    if not wrong:  # a call failed
        return None
    for case, found in wrong:
        expected = np.asarray(right(*case), dtype=float)
        if found is None or not ask.agrees(found, expected, ROUNDED):
            return None
        if not any(ask.agrees(found, np.round(expected, places), EXACT) for places in range(7)):
            return None
    return _(
        "This is right, but rounded: return what comes out of the calculation, and round only when you print "
        "it."
    )
