"""What commas and full stops mean in a column of numbers: decimals, thousands, or no telling."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from matnn_lab.text import gettext as _

_NUMBER = re.compile(r"\d(?:[\d.,]*\d)?(?:[eE][+-]?\d+)?")
# 1,234 and 1,234,567: the sign stands between thousands, if there is one only perhaps before decimals
_GROUPS = {sign: re.compile(rf"[+-]?[1-9]\d{{0,2}}(?:{re.escape(sign)}\d{{3}})+") for sign in ",."}
# 0,5 and 1.234,56
_DECIMAL = {
    sign: re.compile(
        rf"[+-]?(?:\d+|[1-9]\d{{0,2}}(?:{re.escape(other)}\d{{3}})+){re.escape(sign)}\d+(?:[eE][+-]?\d+)?"
    )
    for sign, other in (",.", ".,")
}


class Signs(NamedTuple):
    """What is to stand in place of a comma and of a full stop before three digits.

    A full stop where the sign stands before decimals, nothing between thousands, None if there is no telling.
    """

    comma: str | None
    point: str | None


def signs_of(cells: Iterable[str], decimal: str | None = None) -> Signs:
    """Tell from the numbers of one column what its commas and full stops mean.

    Parameters
    ----------
    cells : iterable of str
    decimal : {",", ".", "?"}, optional
        The sign before decimals, if it is known; "?" if either is likely, so that only the column itself can
        show it. By default a comma is taken for one between thousands unless the column shows otherwise.

    Raises
    ------
    ValueError
        If ``decimal`` is something else.
    """
    if decimal not in (None, ",", ".", "?"):
        raise ValueError(
            _(
                'The sign before decimals cannot be {given!r}; give "," or ".", or leave it out.'
            ).format(given=decimal)
        )
    marked = (cell.split("(")[0] for cell in cells if "," in cell or "." in cell)
    numbers = {number for cell in marked for number in _NUMBER.findall(cell)}
    seen = {sign_in(number) for number in numbers}
    if decimal == ",":
        return Signs(".", None if "." in seen else "")
    if decimal == ".":
        return Signs(None if "," in seen else "", ".")
    if "," in seen:
        return Signs(None if "." in seen else ".", None)
    if decimal is None or any("," in number and sign_in(number) == "." for number in numbers):
        return Signs("", ".")
    return Signs(None, "." if "." in seen else None)


def sign_in(number: str) -> str:
    """Return the sign before decimals that a number leaves no doubt of; empty if it leaves one."""
    for sign, other in (",.", ".,"):
        if _GROUPS[other].fullmatch(number):
            return sign if number.count(other) > 1 else ""
        if _DECIMAL[sign].fullmatch(number) and not _GROUPS[sign].fullmatch(number):
            return sign
    return ""


def plain_number(text: str, signs: Signs) -> str | None:
    """Write a number with a decimal point and nothing between thousands; None if there is no telling.

    What is no number with such signs is returned as it stands.
    """
    for sign, meaning in zip(",.", signs, strict=True):
        if _GROUPS[sign].fullmatch(text):
            if meaning is None or (meaning and text.count(sign) > 1):
                return None
            return text.replace(sign, meaning)
    sign = sign_in(text)
    return text.replace("." if sign == "," else ",", "").replace(sign, ".") if sign else text


def is_ambiguous(text: str) -> bool:
    """Tell whether a text is a number such as 1,234 or 1.234."""
    return plain_number(text, Signs(None, None)) is None and not sign_in(text)
