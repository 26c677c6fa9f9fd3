"""Read formulas: from text or a mapping to exact amounts of the elements.

What has one meaning is read: ``Fe2O3``, ``Fe₂O₃``, ``Ca(OH)2``, ``CuSO4·5H2O``, ``Li[Ni1/3Mn1/3Co1/3]O2``.
What has two is refused with the reason (`matnn_lab.representations.unread`). Amounts are counted in whole
numbers, so that one composition has the same fractions to the last bit, however it is written.
Deuterium and tritium, D and T, are read as hydrogen, as pymatgen's ``Composition`` does.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from fractions import Fraction
from functools import lru_cache
from math import floor, lcm, log10
from numbers import Rational, Real
from types import MappingProxyType
from typing import Any, NamedTuple

import pandas as pd

from matnn_lab.representations.unread import (
    Refusal,
    capitals,
    copy_number,
    doubt,
    hides_a_symbol,
    in_capitals,
    no_formula,
    two_percents,
    typing,
    why_not,
)
from matnn_lab.text import gettext as _

Formula = str | Mapping
Amounts = dict[str, float]

_PERIODS = (
    "H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar",
    "K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br Kr",
    "Rb Sr Y Zr Nb Mo Tc Ru Rh Pd Ag Cd In Sn Sb Te I Xe",
    "Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm Yb Lu Hf Ta W Re Os Ir Pt Au Hg Tl Pb Bi Po At Rn",
    "Fr Ra Ac Th Pa U Np Pu Am Cm Bk Cf Es Fm Md No Lr",
)
SYMBOLS = tuple(" ".join(_PERIODS).split())
ATOMIC_NUMBERS = {symbol: z for z, symbol in enumerate(SYMBOLS, start=1)}
_ELEMENTS = {symbol: symbol for symbol in SYMBOLS} | {"D": "H", "T": "H"}

LONGEST = 500  # characters
REMEMBERED = 2**15  # formulas, about 20 MB
MIDDLE_DOTS = "·•∙⋅・‧*"
_NUMBER = r"\d+\.?\d*|\.\d+"
_TERM = re.compile(rf"([A-Z][a-z]?)({_NUMBER})?")
_PLAIN = re.compile(rf"(?:[A-Z][a-z]?(?:{_NUMBER})?)+")
_TOKEN = re.compile(rf"([A-Z][a-z]?|[(\[{{]|[)\]}}])(\d+/\d+|{_NUMBER})?")
_COEFFICIENT = re.compile(rf"(\d+/\d+|{_NUMBER})?(.*)")
_OPEN = {"(": ")", "[": "]", "{": "}"}
# Fe$_2$O$_{3}$, Fe_2O_3 and Fe<sub>2</sub>O<sub>3</sub>
_MARKUP = re.compile(r"\$?_\{?([\d./]+)\}?\$?|<sub>([\d./]+)</sub>")
# "CuSO4 . 5H2O" and "CaO.SiO2": no number goes on across such a full stop
_FULL_STOP = re.compile(r"\s+\.\s*|\.\s+|\.(?=[A-Z(\[])")
# how near a float is to a simple fraction that it stands for; 2/3 and 0.1 * 3 are such floats
_NEAR, _DENOMINATOR = 1e-14, 10**6


class ReadFormulas(NamedTuple):
    """What `read_formulas` read, and what it did not.

    Attributes
    ----------
    amounts : list of n dict or None
        Elements, by atomic number, with their amounts as written; None where nothing was read.
    fractions : list of n dict or None
        The same, with the fraction of the atoms.
    unread : pandas.DataFrame
        One row a formula that was not read: ``row`` (its position in the column), ``label`` (its index
        label, the position where the column has no index), ``formula`` (as given), ``kind`` (one of
        `matnn_lab.representations.unread.KINDS`) and ``reason``.
    """

    amounts: list[Amounts | None]
    fractions: list[Amounts | None]
    unread: pd.DataFrame


def read_formulas(column: Iterable[object]) -> ReadFormulas:
    """Read a column of formulas as it is found in the wild, and never stop at a bad one.

    Parameters
    ----------
    column : iterable of n cells
        A list or a Series. What is neither text nor a mapping is among the unread.

    Returns
    -------
    ReadFormulas

    Examples
    --------
    >>> found = read_formulas(["Fe₂O₃", "CuSO4.5H2O", None])
    >>> found.amounts[0]
    {'O': 3.0, 'Fe': 2.0}
    >>> found.unread["kind"].tolist()
    ['hydrate', 'missing']
    """
    _refuse_lone_formula(column)
    amounts: list[Amounts | None] = []
    fractions: list[Amounts | None] = []
    unread = []
    cells = list(column)
    labels = column.index if isinstance(column, pd.Series) else range(len(cells))
    # where FE2O3 stands, CO2 may be cobalt
    shouted = any(capitals(cell) and _is_unknown(cell) for cell in set(filter(capitals, cells)))
    for row, (label, formula) in enumerate(zip(labels, cells, strict=True)):
        try:
            counts, scale = _read(formula)
            if shouted and capitals(formula) and hides_a_symbol(formula, ATOMIC_NUMBERS):
                raise in_capitals(formula)
        except Refusal as refusal:
            amounts.append(None)
            fractions.append(None)
            unread.append((row, label, formula, refusal.kind, refusal.reason))
        else:
            amounts.append({symbol: n / scale for symbol, n in counts.items()})
            fractions.append(_shares(counts))
    table = pd.DataFrame(unread, columns=["row", "label", "formula", "kind", "reason"])
    return ReadFormulas(amounts, fractions, table)


def formula_fractions(formulas: Iterable[Formula]) -> list[Amounts]:
    """Read formulas into fractions of the atoms.

    Parameters
    ----------
    formulas : iterable of n formulas
        Strings such as ``"Fe2O3"`` or ``"Ca(OH)2"``, or mappings from symbol to amount, pymatgen's
        ``Composition`` among them.

    Returns
    -------
    list of n dict
        Fraction of each element, in the order of the atomic numbers: equal to the last bit for
        ``"NaCl"``, ``"Cl2Na2"`` and ``{"Na": 0.5, "Cl": 0.5}``.

    Raises
    ------
    ValueError, TypeError
        If a formula is empty, cannot be read or may mean two things, has an amount that is not
        positive, or an element beyond Lr; the sentence names the row and the formula. Use
        `read_formulas` to see all of them at once.
    """
    _refuse_lone_formula(formulas)
    fractions = []
    for row, formula in enumerate(formulas):
        try:
            fractions.append(_shares(_read(formula)[0]))
        except Refusal as refusal:
            kind = TypeError if refusal.no_text else ValueError
            sentence = _("Row {row}: {reason}.").format(row=row, reason=refusal.reason)
            raise kind(sentence) from None
    return fractions


def formula_amounts(formula: Formula) -> Amounts:
    """Read one formula into amounts as written, ``{'O': 3.0, 'Fe': 2.0}`` for ``"Fe2O3"``.

    Parameters and errors are those of `formula_fractions`, without a row; the elements come by atomic
    number.
    """
    try:
        counts, scale = _read(formula)
    except Refusal as refusal:
        reason = refusal.reason
        sentence = _("{reason}.").format(reason=reason[0].upper() + reason[1:])
        raise (TypeError if refusal.no_text else ValueError)(sentence) from None
    return {symbol: n / scale for symbol, n in counts.items()}


def composition_label(fractions: Amounts) -> str:
    """Name a composition: elements in alphabetical order with their fractions, to four digits.

    ``"Fe0.4 O0.6"`` is the label of Fe2O3 and of Fe4O6. Of a small fraction two digits that count are
    kept, so that a dopant of 10 ppm is another one than of 20 ppm.
    """
    return " ".join(f"{symbol}{_rounded(x):g}" for symbol, x in sorted(fractions.items()))


def _rounded(fraction: float) -> float:
    return round(fraction, max(4, 1 - floor(log10(fraction))))


def _is_unknown(formula: str) -> bool:
    try:
        _read(formula)
    except Refusal as refusal:
        return refusal.kind == "unknown element"
    return False


def _refuse_lone_formula(formulas: object) -> None:
    if isinstance(formulas, pd.DataFrame):
        raise TypeError(
            _("A table was given; give one column of it, such as table[{name!r}].").format(
                name=next(iter(formulas.columns), "formula")
            )
        )
    if isinstance(formulas, str | Mapping):
        raise TypeError(
            _(
                "One formula, {formula!r}, was given; give a list of formulas, such as [{formula!r}]."
            ).format(formula=str(formulas))
        )


def _shares(counts: Mapping[str, int]) -> Amounts:
    total = sum(counts.values())
    # the quotient of two whole numbers is rounded once, so that 1/3 and 2/6 are one float
    return {symbol: n / total for symbol, n in counts.items()}


def _read(formula: object) -> tuple[Mapping[str, int], int]:
    """Give each element's amount, by atomic number, in units of 1/scale."""
    if isinstance(formula, str):
        return _read_text(formula)
    if isinstance(formula, Mapping):
        terms, scale = _mapped(formula)
        return _counted(terms, scale, formula), scale
    raise no_formula(formula)


# features, splits and reports read the same column again and again
@lru_cache(maxsize=REMEMBERED)
def _read_text(formula: str) -> tuple[Mapping[str, int], int]:
    if not formula.isascii() or len(formula) > LONGEST or not _PLAIN.fullmatch(formula):
        terms, scale = _written_out(formula)
    else:
        terms, scale = _plain(formula, formula)
    return _counted(terms, scale, formula), scale


def _counted(terms: list[tuple[str, int]], scale: int, formula: Formula) -> Mapping[str, int]:
    """Add up the terms of each element, in the order of the atomic numbers."""
    counts: dict[str, int] = {}
    for symbol, amount in terms:
        element = _ELEMENTS.get(symbol)
        if element is None:
            raise Refusal(
                "unknown element",
                _(
                    "{symbol!r} in the formula {formula!r} is not an element from H to Lr; correct the"
                    " symbol or leave the row out"
                ).format(symbol=symbol, formula=str(formula)),
            )
        if amount <= 0:
            raise _not_positive(symbol, amount / scale, formula)
        counts[element] = counts.get(element, 0) + amount
    if len(counts) > 1:
        counts = dict(sorted(counts.items(), key=_by_atomic_number))
    return MappingProxyType(counts)


def _by_atomic_number(term: tuple[str, int]) -> int:
    return ATOMIC_NUMBERS[term[0]]


def _plain(text: str, formula: str) -> tuple[list[tuple[str, int]], int]:
    """Read symbols with amounts, without brackets and dots."""
    if (refusal := doubt(text, formula)) is not None:
        raise refusal
    terms = _TERM.findall(text)
    if "." not in text:
        return [(symbol, int(number or 1)) for symbol, number in terms], 1
    numbers = [(number or "1").partition(".") for _symbol, number in terms]
    digits = max(len(decimals) for _whole, _point, decimals in numbers)
    counts = [int(whole + decimals.ljust(digits, "0")) for whole, _point, decimals in numbers]
    symbols = [symbol for symbol, _amount in terms]
    return list(zip(symbols, counts, strict=True)), 10**digits


def _written_out(formula: str) -> tuple[list[tuple[str, int]], int]:
    """Read what is more than symbols with amounts: subscripts, brackets, dots, fractions, blanks."""
    if len(formula) > LONGEST:
        raise why_not("", formula[:40] + "…")
    clean = "".join(c for c in formula if unicodedata.category(c) != "Cf").strip()
    if (refusal := typing(clean, formula)) is not None:
        raise refusal
    clean = unicodedata.normalize("NFKC", clean).replace("\N{FRACTION SLASH}", "/")
    if (refusal := copy_number(clean, formula)) is not None:
        raise refusal
    clean = _MARKUP.sub(r"\1\2", clean)
    for dot in MIDDLE_DOTS:
        clean = clean.replace(dot, "·")
    clean = _FULL_STOP.sub("·", clean)
    if (refusal := doubt(clean, formula)) is not None:
        raise refusal
    parts = re.split(r"\s*·\s*", clean)
    terms: list[tuple[str, Fraction]] = []
    for part in parts:
        whole = _COEFFICIENT.fullmatch(part.replace(" ", ""))
        if whole is None:  # a line break
            raise why_not(clean, formula)
        number, body = whole.groups()
        # a number before the formula counts only beside a dot: 2CaSO4·H2O, but not 304L
        if number and len(parts) == 1:
            raise why_not(clean, formula)
        factor = Fraction(number or 1)
        terms += [(symbol, factor * n) for symbol, n in _bracketed(body, clean, formula)]
    return _in_whole_numbers(terms)


def _bracketed(body: str, clean: str, formula: str) -> list[tuple[str, Fraction]]:
    """Multiply out the brackets."""
    tokens = _TOKEN.findall(body)
    if not tokens or "".join(token + number for token, number in tokens) != body:
        raise why_not(clean, formula)
    levels: list[list[tuple[str, Fraction]]] = [[]]
    closing: list[str] = []
    # amounts as they stand on each level, where a bracket counts as its number, and sums of such brackets
    written: list[list[Fraction]] = [[]]
    brackets: list[list[Fraction]] = [[]]
    for token, number in tokens:
        if token in _OPEN and not number:
            levels.append([])
            written.append([])
            brackets.append([])
            closing.append(_OPEN[token])
        elif closing and token == closing[-1] and levels[-1]:
            inside, factor = levels.pop(), Fraction(number or 1)
            _check_percents(written[-1], brackets.pop(), formula)
            brackets[-1].append(sum(written.pop(), Fraction()))
            closing.pop()
            written[-1].append(factor)
            levels[-1] += [(symbol, factor * n) for symbol, n in inside]
        elif token.isalpha():
            written[-1].append(Fraction(number or 1))
            levels[-1].append((token, written[-1][-1]))
        else:
            raise why_not(clean, formula)
    if closing:
        raise why_not(clean, formula)
    _check_percents(written[0], brackets[0], formula)
    return levels[0]


def _check_percents(amounts: list[Fraction], brackets: list[Fraction], formula: str) -> None:
    """Refuse a hundred in brackets as a part of a hundred."""
    if len(amounts) < 2:
        return
    for inside in brackets:
        refusal = two_percents(float(inside), float(sum(amounts)), formula)
        if refusal is not None:
            raise refusal


def _mapped(formula: Mapping) -> tuple[list[tuple[str, int]], int]:
    terms = []
    for key, amount in formula.items():
        symbol = str(getattr(key, "symbol", key))
        terms.append((symbol, _exact(symbol, amount, formula)))
    if not terms:
        raise why_not("", str(formula))
    return _in_whole_numbers(terms)


def _exact(symbol: str, amount: Any, formula: Mapping) -> Fraction:
    """Return the amount as a fraction, simple where the float can stand for a simple one."""
    if isinstance(amount, Rational):
        value = Fraction(amount)
    else:
        try:
            number = float(amount)
        except (TypeError, ValueError):
            number = float("nan")
        if not 0 < number < float("inf"):
            raise _not_positive(symbol, amount, formula)
        value = Fraction(number)
    simple = value.limit_denominator(_DENOMINATOR)
    return simple if abs(simple - value) <= _NEAR * value else value


def _in_whole_numbers(terms: list[tuple[str, Fraction]]) -> tuple[list[tuple[str, int]], int]:
    scale = lcm(*(amount.denominator for _symbol, amount in terms))
    return [(s, amount.numerator * (scale // amount.denominator)) for s, amount in terms], scale


def _not_positive(symbol: object, amount: object, formula: object) -> Refusal:
    shown = f"{amount:g}" if isinstance(amount, Real) else repr(amount)
    return Refusal(
        "amount",
        _(
            "the amount of {symbol} in the formula {formula!r} is {amount}; give amounts greater than"
            " zero"
        ).format(symbol=symbol, formula=str(formula), amount=shown),
    )
