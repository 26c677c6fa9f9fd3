"""Numbers that stand in a table as text: read where they are certain, listed where they are not."""

import re
import unicodedata
from collections.abc import Iterable
from decimal import Decimal
from numbers import Real
from typing import NamedTuple

import numpy as np
import pandas as pd

from matnn_lab.evaluation.auditing.headers import converted, is_difference, unit_of
from matnn_lab.text import gettext as _

# what a cell is, besides a number; the last four are not read
KINDS = (
    "thousands",
    "approximate",
    "uncertainty",
    "unit",
    "missing",
    "decimal comma or thousands",
    "range",
    "bound",
    "text",
)
_WORDS = "n.a. n/a na nan none null - -- – — ? * . / x nd n.d. tbd unknown missing #n/a <na>"
_MISSING = frozenset(
    [
        "",
        "not measured",
        "not available",
        "not reported",
        "no data",
        "not determined",
        *_WORDS.split(),
    ]
)
_PLAIN = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_NUMBER = re.compile(_PLAIN)
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(?:([, '’])\d{3})(?:\1\d{3})*(?:\.\d+)?")
# 1.234.567 and 1.234,56, with full stops where English has commas
_POINTS = re.compile(r"[+-]?[1-9]\d{0,2}(?:\.\d{3})+")
_POINTS_COMMA = re.compile(r"[+-]?[1-9]\d{0,2}(?:\.\d{3})+,\d+")
_COMMA = re.compile(r"[+-]?\d+,\d+(?:[eE][+-]?\d+)?")
_POWER = re.compile(rf"({_PLAIN})\s*[x×·*]\s*10\^?([+-]?\d+)")
_ABOUT = re.compile(r"(?:~|≈|≃|∼|ca\.?|c\.|circa|about|approx\.?|approximately)\s*")
_PLUS_MINUS = re.compile(r"^(.*?\d)\s*(?:±|\+/-|\+-)\s*\d.*?(\s*[^\d\s.,]*)$")
_LAST_DIGITS = re.compile(rf"({_PLAIN})\((\d+)\)")
_RANGE = re.compile(r"\d[\d.,]*\s*(?:-|–|—|\.\.\.?|…|to|bis)\s*\d[\d.,]*(?:\s*\D*)?")
_BOUND = re.compile(r"(?:[<>≤≥]=?|up to|over|under|at least|at most)\s*\d")
_WITH_UNIT = re.compile(rf"({_PLAIN})\s*(\D.*)")


class ReadNumbers(NamedTuple):
    """What `read_numbers` made of a column.

    Attributes
    ----------
    values : numpy.ndarray, shape (n,)
        In the unit of the column; NaN where there is no number or none that is certain.
    texts : pandas.DataFrame
        One row a cell that is text and no ordinary number: ``row`` (position), ``text``, ``kind`` (one of
        `KINDS`) and ``value`` (NaN if it was not read).
    """

    values: np.ndarray
    texts: pd.DataFrame

    @property
    def unread(self) -> pd.DataFrame:
        """The cells that hold something, but no number that is certain."""
        return self.texts[self.texts["value"].isna() & (self.texts["kind"] != "missing")]


def read_numbers(column: Iterable[object], unit: str | None = None) -> ReadNumbers:
    """Read a column of numbers as people write them.

    Parameters
    ----------
    column : iterable of n cells
        Numbers, texts such as ``"1,234"``, ``"~1500"``, ``"850±20"``, ``"5.43(1)"`` or ``"1.2 GPa"``,
        missing values.
    unit : str, optional
        Unit of the column, as `matnn_lab.evaluation.auditing.headers.unit_of` names it; by default
        taken from the name of a Series. A number with another unit of that dimension is converted, and
        without a unit of the column it is not read.

    Returns
    -------
    ReadNumbers
        Ranges ("10-20") and bounds (">1000") are not read: what to make of them is a decision. "1,234" is
        read as 1234 unless other cells of the column have a decimal comma ("12,5"); and where they do, or
        where full stops stand between thousands ("1.234.567"), "1.234" is not read. In a column whose name
        says that it holds differences, "25 °C" is 25 K.

    Raises
    ------
    TypeError
        If a text or a table is given and not a column.
    """
    if isinstance(column, str | pd.DataFrame):
        raise TypeError(
            _("A {kind} was given; give one column, such as table[{name!r}] or a list.").format(
                kind=_("table") if isinstance(column, pd.DataFrame) else _("text"),
                name=str(next(iter(getattr(column, "columns", [])), "hardness")),
            )
        )
    difference = isinstance(column, pd.Series) and is_difference(column.name)
    if unit is None and isinstance(column, pd.Series):
        unit = unit_of(column.name)
    cells = list(column)
    written = [cell.strip() for cell in cells if isinstance(cell, str)]
    comma = any(_is_decimal_comma(text) for text in written)
    points = comma or any(_POINTS.fullmatch(t) and t.count(".") > 1 for t in written)
    style = _Style(unit, comma, points, difference)
    values = np.full(len(cells), np.nan)
    texts = []
    for row, cell in enumerate(cells):
        if isinstance(cell, str):
            kind, value = _read(cell, style)
            values[row] = value
            if kind != "number":
                texts.append((row, cell, kind, value))
        elif isinstance(cell, Real | np.bool_ | Decimal):
            try:
                values[row] = float(cell)
            except (OverflowError, ValueError):  # 10**400, and a signalling NaN
                kind = "missing" if isinstance(cell, Decimal) else "text"
                texts.append((row, str(cell)[:80], kind, np.nan))
        elif not (pd.api.types.is_scalar(cell) and pd.isna(cell)):
            texts.append((row, str(cell), "text", np.nan))
    return ReadNumbers(values, pd.DataFrame(texts, columns=["row", "text", "kind", "value"]))


class _Style(NamedTuple):
    """How the numbers of a column are written."""

    unit: str | None
    comma: bool  # some have a decimal comma
    points: bool  # a full stop may stand between thousands
    difference: bool  # of two temperatures, say


def _is_decimal_comma(text: str) -> bool:
    if _POINTS_COMMA.fullmatch(text):
        return True
    return bool(_COMMA.fullmatch(text)) and not _THOUSANDS.fullmatch(text)


def _read(cell: str, style: _Style) -> tuple[str, float]:
    """Return what kind of number a text is, and the number."""
    if style.points and _POINTS.fullmatch(cell.strip()):
        return "decimal comma or thousands", np.nan
    if _NUMBER.fullmatch(cell):  # the common case
        return "number", float(cell)
    if any(unicodedata.category(c) == "No" and c in "⁰¹²³⁴⁵⁶⁷⁸⁹" for c in cell):
        cell = re.sub(r"10([⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+)", r"10^\1", cell)
    text = unicodedata.normalize("NFKC", cell).strip().replace("−", "-").replace("⁻", "-")
    if text.lower() in _MISSING:
        return "missing", np.nan
    if (value := _certain(text, style.comma)) is not None:
        return ("thousands" if _THOUSANDS.fullmatch(text) else "number"), value
    if _COMMA.fullmatch(text):
        return "decimal comma or thousands", np.nan
    if about := _ABOUT.match(text):
        kind, value = _read(text[about.end() :], style)
        return ("approximate" if value == value else kind), value
    if last := _LAST_DIGITS.fullmatch(text):
        return "uncertainty", float(last[1])
    if spread := _PLUS_MINUS.match(text):
        kind, value = _read(spread[1] + spread[2], style)
        return ("uncertainty" if value == value else kind), value
    if _BOUND.match(text):
        return "bound", np.nan
    if _RANGE.fullmatch(text):
        return "range", np.nan
    if (parts := _WITH_UNIT.fullmatch(text)) and (given := unit_of(f"({parts[2]})")) is not None:
        value = None
        if style.unit is not None:
            number, difference = float(parts[1]), style.difference
            value = converted(number, given, style.unit, difference=difference)
        return "unit", np.nan if value is None else value
    return "text", np.nan


def _certain(text: str, comma: bool) -> float | None:
    if _NUMBER.fullmatch(text):
        return float(text)
    if power := _POWER.fullmatch(text):
        return float(power[1]) * 10.0 ** int(power[2])
    if _THOUSANDS.fullmatch(text) and not (comma and "," in text):
        return float(re.sub(r"[, '’]", "", text))
    if _POINTS_COMMA.fullmatch(text):
        return float(text.replace(".", "").replace(",", "."))
    if comma and _is_decimal_comma(text):
        return float(text.replace(",", "."))
    return None
