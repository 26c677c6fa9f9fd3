"""Numbers that stand in a table as text: read where they are certain, listed where they are not."""

import re
import unicodedata
from collections.abc import Iterable
from decimal import Decimal
from numbers import Real
from typing import NamedTuple

import numpy as np
import pandas as pd

from matnn_lab.datasets.decimals import Signs, plain_number, signs_of
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
# commas and full stops are for `matnn_lab.datasets.decimals`
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(?:([ '’])\d{3})(?:\1\d{3})*(?:\.\d+)?")
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


def read_numbers(
    column: Iterable[object], unit: str | None = None, *, decimal: str | None = None
) -> ReadNumbers:
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
    decimal : {",", ".", "?"}, optional
        The sign before decimals; "?" if there is no telling from the file, so that "1,234" and "1.234" are
        read only where other cells of the column show what they mean. By default what
        `matnn_lab.datasets.read_table` noted of the file, if the column is a Series of its table.

    Returns
    -------
    ReadNumbers
        Ranges ("10-20") and bounds (">1000") are not read: what to make of them is a decision. "1,234" is
        read as 1234 unless other cells of the column have a decimal comma ("12,5"); where they do, it is
        1.234, or not read if others have a decimal point. Beside a decimal comma, or where full stops stand
        between thousands ("1.234.567"), "1.234" is not read. In a column whose name says that it holds
        differences, "25 °C" is 25 K.

    Raises
    ------
    TypeError
        If a text or a table is given and not a column.
    ValueError
        If ``decimal`` is something else.
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
    if decimal is None and isinstance(column, pd.Series):
        decimal = column.attrs.get("decimal")
    cells = list(column)
    written = [_written(cell) for cell in cells if isinstance(cell, str)]
    style = _Style(unit, signs_of(written, decimal), difference)
    values = np.full(len(cells), np.nan)
    texts = []
    for row, cell in enumerate(cells):
        if isinstance(cell, str):
            kind, value = _read(_written(cell), style)
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
    signs: Signs
    difference: bool  # of two temperatures, say


def _written(cell: str) -> str:
    """Return a cell in the letters that numbers are read in: 10⁻³ as 10^-3, full-width digits as digits."""
    if cell.isascii():
        return cell.strip()
    if any(unicodedata.category(c) == "No" and c in "⁰¹²³⁴⁵⁶⁷⁸⁹" for c in cell):
        cell = re.sub(r"10([⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+)", r"10^\1", cell)
    return unicodedata.normalize("NFKC", cell).strip().replace("−", "-").replace("⁻", "-")


def _read(text: str, style: _Style) -> tuple[str, float]:
    """Return what kind of number a text is, and the number."""
    plain = plain_number(text, style.signs)
    if plain is None:
        return "decimal comma or thousands", np.nan
    if _NUMBER.fullmatch(plain):
        return ("thousands" if len(plain) < len(text) else "number"), float(plain)
    if text.lower() in _MISSING:
        return "missing", np.nan
    if power := _POWER.fullmatch(text):
        return "number", float(power[1]) * 10.0 ** int(power[2])
    if _THOUSANDS.fullmatch(text):
        return "thousands", float(re.sub(r"[ '’]", "", text))
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
