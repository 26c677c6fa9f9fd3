"""Examination questions whose numbers are drawn from a seed, and how their answers are marked.

A lesson's ``examination.py`` holds functions that take a generator of random numbers and return a
:class:`Question`, and lists them in ``QUESTIONS``. Each brings the likely mistakes as values with their
hints; where two of its values could be taken for each other, :func:`draw` draws again.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pprint import pformat
from typing import Any

import numpy as np

from matnn_lab.classroom import ask
from matnn_lab.classroom.exercises import Hint
from matnn_lab.classroom.explain import explain
from matnn_lab.text import gettext as _

MOST_POINTS = 3
ATTEMPTS = 1000  # to draw numbers for which the answer and the mistakes lie apart


@dataclass(frozen=True)
class Question:
    """A question with its numbers, its right answer and the likely mistakes.

    Parameters
    ----------
    text
        The question in Markdown, with the names of ``given`` as places to fill.
    given
        The numbers, lists and arrays that it names; they also stand in the cell for the answer.
    way
        Lines of Python that lead from them to the answer, one step a line; the last one is its expression.
    answer
        A number or an array of numbers. Whole numbers have to be met exactly.
    mistakes
        Pairs of a value of the same form, and the hint for it.
    unit
        Of the answer; empty if it has none.
    decimals
        How many are asked for. One in the last of them may be amiss, so that rounding costs nobody a point.
    """

    text: str
    given: Mapping[str, Any]
    way: str
    answer: Any
    mistakes: Sequence[tuple[Any, str]]
    unit: str = ""
    decimals: int = 3

    @property
    def whole(self) -> bool:
        """Whether the answer is in whole numbers."""
        return np.asarray(self.answer).dtype.kind in "iu"

    @property
    def points(self) -> int:
        """What a right answer counts: a point for each step of the way, and three at most."""
        return min(len(self.way.splitlines()), MOST_POINTS)

    @property
    def tolerance(self) -> float:
        """The largest difference with which a number is right."""
        return 1e-3 if self.whole else 1.01 * 10.0**-self.decimals  # 1.01 for single precision

    def read(self, answer: object) -> np.ndarray:
        """Return an answer as an array; raise a ``Hint`` if it has another form."""
        try:
            return ask.array(answer, np.shape(self.answer))
        except Hint:
            raise
        except Exception as error:  # a list that holds itself, and the like
            raise Hint(explain(error)) from None

    def noted(self, answer: object) -> str:
        """Tell whether an answer has the right form, and nothing else of it."""
        try:
            return _("Noted: {found}.").format(found=self.shown(self.read(answer)))
        except Hint as hint:
            return _("Not noted: {hint}").format(hint=hint)

    def same(self, one: Any, other: Any, times: float = 1.0) -> bool:
        """Tell whether two values lie within so many times the tolerance."""
        return bool(np.max(np.abs(np.subtract(one, other))) <= times * self.tolerance)

    def hint(self, answer: object) -> str | None:
        """Return None if the answer is right, else a sentence about it."""
        try:
            found = self.read(answer)
        except Hint as hint:
            return str(hint)
        if self.same(found, self.answer):
            return None
        for value, hint in self.mistakes:
            if self.same(found, value):
                return hint
        return _("The right answer is {right}, but yours is {found}.").format(
            right=self.shown(self.answer), found=self.shown(found)
        )

    def shown(self, value: Any) -> str:
        """Return a value as a sentence shows it."""
        return ", ".join(f"{number:.6g}" for number in np.ravel(value))

    def is_clear(self) -> bool:
        """Tell whether all values are finite and no two of them can be taken for each other."""
        values = [self.answer, *(value for value, _hint in self.mistakes)]
        if not all(np.isfinite(value).all() for value in values):
            return False
        pairs = [(one, two) for count, one in enumerate(values) for two in values[:count]]
        return not any(self.same(one, two, times=2.1) for one, two in pairs)

    def code(self) -> str:
        """Return what is given as lines of Python."""
        return "\n".join(f"{name} = {_code(value)}" for name, value in self.given.items())

    def fingerprint(self) -> int:
        """Return a number that differs where other numbers are given."""
        return zlib.crc32(self.code().encode())


def draw(question: Callable[[np.random.Generator], Question], seed: Sequence[int]) -> Question:
    """Draw a question anew until its answer and its mistakes lie apart."""
    rng = np.random.default_rng(seed)
    for _attempt in range(ATTEMPTS):
        drawn = question(rng)
        if drawn.is_clear():
            return drawn
    raise RuntimeError(
        f"In {ATTEMPTS} draws of {question.__name__} two values always lay within the tolerance; "
        "give it other numbers or more decimals."
    )


def rounded(
    rng: np.random.Generator, low: float, high: float, decimals: int, size: Any = None
) -> Any:
    """Return a float, or an array of this size, between the limits and with so many decimals."""
    values = np.round(rng.uniform(low, high, size), decimals)
    return values if size is not None else float(values)


def _code(value: Any) -> str:
    if isinstance(value, np.ndarray):
        rows = pformat(value.tolist(), width=84, compact=True)
        return f"np.array({rows})".replace("\n", "\n" + " " * 9)
    return pformat(value.item() if isinstance(value, np.generic) else value, width=84, compact=True)
