"""Exercises that answer with a hint: ``check("03.1", answer)`` in :mod:`matnn_lab.lessons`.

The exercises of a lesson are functions in its ``exercises.py``::

    @exercise("03.1")
    def slope(answer):
        slope = ask.function(answer, "slope(x)")
        if slope.number(3.0) == 9.0:
            return _("That is the function itself; the exercise asks for its derivative.")
        if not isclose(slope.number(3.0), 6.0):
            return _("At x = 3 the slope of x² is 6.")

The function gets the learner's answer and returns None when it is right, else a hint, which it may also
raise as ``Hint``. It may fail in any way: what goes wrong inside is told in one sentence.
"""

import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from matnn_lab.classroom import markup
from matnn_lab.classroom.explain import explain
from matnn_lab.classroom.timelimit import Failed, OutOfTime, run_within
from matnn_lab.text import gettext as _


class Hint(Exception):
    """Raised by an exercise: the answer is not right yet, and this sentence helps."""


@dataclass(frozen=True)
class Result:
    """Whether an answer is right, and a sentence about it; true or false as a condition."""

    right: bool
    message: str

    def __bool__(self) -> bool:
        return self.right

    def __repr__(self) -> str:
        return f"{markup.verdict(self.right)} {self.message}"

    def _repr_html_(self) -> str:
        return markup.verdict_html(self.right, self.message)


@dataclass(frozen=True)
class Exercise:
    """One exercise: its number, the function that looks at an answer, and the time it may take.

    Where it asks for a function, it may know the right one, and likely mistakes with their hints.
    """

    number: str
    test: Callable[[object], str | None]
    seconds: float = 5.0
    right: Callable[..., object] | None = None
    mistakes: Sequence[tuple[Callable[..., object], str]] = ()

    def hint(self, answer: object) -> str | None:
        """Return None if the answer is right, else a sentence that helps."""
        if answer is None or answer is Ellipsis or answer is NotImplemented:
            return _(
                "This exercise is not solved yet: replace the line `raise NotImplementedError()`."
            )
        try:
            hint = run_within(self.seconds, self.test, answer)
        except Failed as failed:
            hint = str(failed.error) if type(failed.error) is Hint else explain(failed.error)
        except OutOfTime as late:
            sentence = (
                _(
                    "Your answer was still running after {seconds:g} seconds and was stopped: "
                    "look for a loop that never ends, or do less work in it."
                )
                if late.stopped
                else _(
                    "Your answer is still running after {seconds:g} seconds and cannot be stopped: "
                    "look for a loop that never ends, and restart the kernel."
                )
            )
            return sentence.format(seconds=self.seconds)
        if hint is None or (type(hint) is str and hint):
            return hint
        return _("The check of this exercise is at fault, not you: please report it.")


_EXERCISES: dict[str, Exercise] = {}


def exercise(number: str, *, seconds: float = 5.0) -> Callable[[Callable], Callable]:
    """Register the function below as the check of the exercise with this number, such as "03.1"."""

    def decorate(test: Callable) -> Callable:
        register(Exercise(number, test, seconds))
        return test

    return decorate


def register(exercise: Exercise) -> None:
    """Add an exercise to those that can be asked for by number.

    Raises
    ------
    ValueError
        If its number is no number of an exercise.
    """
    if not re.fullmatch(r"\d\d\.\d+", exercise.number):
        raise ValueError(
            f"The exercise number is {exercise.number!r}; it should be the notebook, a dot and a "
            'count, such as "03.1".'
        )
    _EXERCISES[exercise.number] = exercise


def registered(notebook: str) -> list[Exercise]:
    """Return the exercises of a notebook such as "03" that were registered, in order."""
    numbers = [number for number in _EXERCISES if number.startswith(f"{notebook}.")]
    return [_EXERCISES[number] for number in sorted(numbers, key=lambda n: int(n.split(".")[1]))]


def judge(number: object, answer: object, exercises: Callable[[str], Sequence[Exercise]]) -> Result:
    """Tell whether an answer is right, with a hint if it is not.

    Parameters
    ----------
    number
        The exercise, such as "03.1".
    answer
        What a learner gave.
    exercises
        Function that gives the exercises of a notebook such as "03".

    Raises
    ------
    AssertionError
        With the hint, when nbgrader executes the notebook, so that the cell gets no points.
    """
    result = _result(number, answer, exercises)
    if not result and os.environ.get("NBGRADER_EXECUTION"):
        raise AssertionError(result.message)
    return result


def _result(
    number: object, answer: object, exercises: Callable[[str], Sequence[Exercise]]
) -> Result:
    notebook = re.fullmatch(r"(\d\d)\.\d+", number) if type(number) is str else None
    if notebook is None:
        sentence = (
            _(
                'There is no exercise "{number}": the notebook has two digits, as in '
                '`check("03.1", answer)`.'
            ).format(number=number)
            if type(number) is str
            else _('The number of an exercise is written in quotes, as in `check("03.1", answer)`.')
        )
        return Result(False, sentence)
    known = {exercise.number: exercise for exercise in exercises(notebook[1])}
    if not known:
        return Result(
            False, _("Notebook {notebook} has no exercises.").format(notebook=notebook[1])
        )
    if number not in known:
        return Result(
            False,
            _("There is no exercise {number}; those of this notebook are {known}.").format(
                number=number, known=", ".join(known)
            ),
        )
    hint = known[number].hint(answer)
    if hint is None:
        return Result(True, _("Exercise {number} is solved.").format(number=number))
    return Result(False, hint)
