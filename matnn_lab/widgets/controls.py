"""What a reader can set in an explorer: a slider, a choice, a toggle.

Every control is discrete: a short list of values, each with the text that stands beside it. So an explorer
is a grid of figures, which can be drawn by Python in JupyterLab and looked up on the published page.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from numbers import Real
from typing import Any

from matnn_lab.text import gettext as _


class Control:
    """The values of one argument of an explorer's figure.

    Attributes
    ----------
    kind : str
        ``"slider"``, ``"choice"`` or ``"toggle"``.
    values : tuple
        What the figure's function receives.
    texts : tuple of str
        What the reader sees, one for each value.
    label : str or None
        Name of the control; without one, the explorer makes it from the argument's name.
    start : int
        Index of the value with which the explorer opens.
    """

    kind: str

    def __init__(
        self, values: Sequence[Any], texts: Sequence[str], label: str | None, start: int
    ) -> None:
        self.values = tuple(values)
        self.texts = tuple(texts)
        self.label = label
        self.start = start

    def index(self, value: Any) -> int:
        """Give the position of a value, or of its text, among the control's values.

        Raises
        ------
        ValueError
            If the control does not have it.
        """
        if isinstance(value, str) and value in self.texts:
            return self.texts.index(value)
        for index, own in enumerate(self.values):
            if own is value or (isinstance(own, (str, Real)) and own == value):
                return index
        if self.kind == "slider" and _is_number(value):  # 0.1 + 0.2 is meant as 0.3
            gaps = [abs(b - a) for a, b in zip(self.values, self.values[1:], strict=False)]
            for index, own in enumerate(self.values):
                if abs(own - value) < 1e-6 * min(gaps):
                    return index
        raise ValueError(
            _("{value!r} is not among the control's values; please choose one of {texts}.").format(
                value=value, texts=", ".join(self.texts)
            )
        )


class Slider(Control):
    """A number from a list.

    Parameters
    ----------
    values : iterable of float
        At least two numbers, increasing or decreasing.
    label : str, optional
        Name of the control.
    default : float, optional
        Where the slider stands at first; the first value if not given.
    unit : str, optional
        Shown behind the number.

    Raises
    ------
    TypeError
        If the values are not a list of numbers.
    ValueError
        If there are fewer than two, one is not finite, they are not in order, or the default is not
        among them.
    """

    kind = "slider"

    def __init__(
        self,
        values: Iterable[float],
        label: str | None = None,
        default: float | None = None,
        unit: str = "",
    ) -> None:
        values = _listed(values)
        if not all(_is_number(value) for value in values):
            raise TypeError(
                _(
                    "A slider got {values!r}, expected numbers; please use Choice for others."
                ).format(values=values)
            )
        steps = [after - before for before, after in zip(values, values[1:], strict=False)]
        ordered = all(step > 0 for step in steps) or all(step < 0 for step in steps)
        if len(values) < 2 or not ordered or not all(map(math.isfinite, values)):
            raise ValueError(
                _(
                    "A slider got {values!r}, expected two or more finite numbers in order; please "
                    "sort them and drop repeated ones."
                ).format(values=values)
            )
        space = "\N{NO-BREAK SPACE}" if unit not in ("", "°") else ""
        texts = [f"{text}{space}{unit}" for text in _numbers_as_text(values)]
        super().__init__(values, texts, label, 0)
        if default is not None:
            self.start = self.index(default)


class Choice(Control):
    """One of several options.

    Parameters
    ----------
    options : mapping of str to object, or iterable
        Label and value of each option; from a list, the values themselves are the labels.
    label : str, optional
        Name of the control.
    default : object, optional
        Label or value of the option that is chosen at first; the first one if not given.

    Raises
    ------
    TypeError
        If the options are not a list or a mapping.
    ValueError
        If there are fewer than two, two have the same label, or the default is not among them.
    """

    kind = "choice"

    def __init__(
        self,
        options: Mapping[str, Any] | Iterable[Any],
        label: str | None = None,
        default: Any = None,
    ) -> None:
        if isinstance(options, Mapping):
            values, texts = list(options.values()), [str(text) for text in options]
        else:
            values = _listed(options)
            numbers = all(_is_number(value) for value in values)
            texts = _numbers_as_text(values) if numbers else [str(value) for value in values]
        if len(texts) < 2 or len(set(texts)) < len(texts):
            raise ValueError(
                _(
                    "A choice got the options {texts!r}, expected two or more different ones; please "
                    "give each option its own label."
                ).format(texts=texts)
            )
        super().__init__(values, texts, label, 0)
        if default is not None:
            self.start = self.index(default)


class Toggle(Control):
    """On or off.

    Parameters
    ----------
    label : str, optional
        Name of the control.
    default : bool, optional
        Whether it is on at first.

    Raises
    ------
    TypeError
        If the default is not a bool.
    """

    kind = "toggle"

    def __init__(self, label: str | None = None, default: bool = False) -> None:
        if not isinstance(default, bool):
            raise TypeError(
                _("A toggle got the default {default!r}, expected True or False.").format(
                    default=default
                )
            )
        super().__init__((False, True), (_("off"), _("on")), label, int(default))


def as_control(name: str, control: Any) -> Control:
    """Make a control from its short form: a list of numbers, other options, or a bool.

    Raises
    ------
    TypeError
        If it is none of these.
    """
    if isinstance(control, Control):
        return control
    if isinstance(control, bool):
        return Toggle(default=control)
    if isinstance(control, str) or not isinstance(control, Iterable):
        raise TypeError(
            _(
                "The control {name} is {given!r}, expected a Slider, a Choice, a Toggle, a list or a "
                "bool; please list the values that it can take."
            ).format(name=name, given=control)
        )
    if isinstance(control, Mapping):
        return Choice(control)
    values = _listed(control)
    return Slider(values) if all(_is_number(value) for value in values) else Choice(values)


def _is_number(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


def _listed(values: Iterable[Any]) -> list[Any]:
    """List the values, NumPy's numbers as Python's own."""
    if isinstance(values, (str, Mapping)) or not isinstance(values, Iterable):
        raise TypeError(
            _("A control got {values!r}, expected a list of the values that it can take.").format(
                values=values
            )
        )
    return [value.item() if hasattr(value, "item") else value for value in values]


def _numbers_as_text(values: Sequence[float]) -> list[str]:
    """Write numbers with the fewest digits, four or more, that tell them apart."""
    for digits in range(4, 18):
        texts = [_number_as_text(value, digits) for value in values]
        if len(set(texts)) == len(values):
            break
    return texts


def _number_as_text(value: float, digits: int) -> str:
    text = str(value) if isinstance(value, int) else f"{value:.{digits}g}"
    mantissa, e, exponent = text.partition("e")
    text = f"{mantissa}e{int(exponent)}" if e else text
    return text.replace("-", "\N{MINUS SIGN}")
