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

Case = tuple[object, ...]
Mistake = tuple[Callable[..., object], str]


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
        Pairs of a function that makes a likely mistake, and the hint for it. The first whose result is the
        learner's is told; its result may have another shape than the right one.
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
        for case in cases():
            expected = np.asarray(right(*case), dtype=float)
            result = function(*case)
            called = f"`{function.call(*case)}`"
            try:
                found = ask.array(result, expected.shape, called)
            except Hint as hint:
                raise _other_shape(result, case, mistakes, tolerance) or hint from None
            if ask.agrees(found, expected, tolerance):
                continue
            known = _mistake(found, case, mistakes, tolerance)
            if known is not None:
                return known
            if callable(otherwise):
                return otherwise(*case)
            values = dict(zip(names, case, strict=True))
            return otherwise.format(**values, found=found[()], right=expected[()])
        return None

    register(Exercise(number, judge, seconds, right, tuple(mistakes)))


def _mistake(
    found: np.ndarray, case: Case, mistakes: Sequence[Mistake], tolerance: float
) -> str | None:
    """Return the hint of the first mistake that gives what was found."""
    with np.errstate(all="ignore"):
        for mistake, hint in mistakes:
            wrong = np.asarray(mistake(*case), dtype=float)
            if np.isfinite(wrong).all() and ask.agrees(found, wrong, tolerance):
                return hint
    return None


def _other_shape(
    result: object, case: Case, mistakes: Sequence[Mistake], tolerance: float
) -> Hint | None:
    """Return the hint of a mistake whose result has another shape than the right one."""
    try:
        found = ask.array(result)
    except Hint:
        return None
    hint = _mistake(found, case, mistakes, tolerance)
    return Hint(hint) if hint else None
