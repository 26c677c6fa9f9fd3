"""Why a text is not read as a formula: what has two meanings, or says more than a formula can."""

import re
import unicodedata
from collections.abc import Container
from typing import TypeGuard

import pandas as pd

from matnn_lab.text import gettext as _

# the labels of `ReadFormulas.unread`, from what needs a look to what is lost
KINDS = (
    "hydrate",
    "phase",
    "polymorph",
    "charge",
    "oxidation state",
    "variable amount",
    "dopant",
    "percent",
    "decimal comma",
    "list of elements",
    "designation",
    "typing",
    "character",
    "unknown element",
    "amount",
    "no formula",
    "no text",
    "missing",
)

# what stands for a missing value. "NaN" does not: it is sodium nitride, and pandas writes "nan" or nothing
_MISSING_WORDS = (
    "nan NAN NA na N/A n/a n.a. N.A. None none NONE NULL null <NA> NaT no - -- – — ? unknown"
)
MISSING = frozenset(["", *_MISSING_WORDS.split()])
# short names that are made of symbols of elements; KOH, HCN and their like are not among them
_NAMES = (
    "YBCO BSCCO BFO BTO STO BST FTO ITO KDP KTP KNN SBN BBO PVC KBBF COF CNT TNT"
    " PVDF PVP PVK PVB PBO PBS SBS SIS PCBN CBN HBN CNF CNC NBC"
)
NAMES = frozenset([*_NAMES.split(), "CP Ti", "Ti CP"])
LARGEST_OF_ONE = 100  # Al7075 is an alloy and Fe203 a slip; C60 and Al100 are formulas
_SYMBOL = (
    "A[cglmrstu]|B[aehikr]?|C[adeflmorsu]?|D[y]?|E[rsu]|F[emr]?|G[ade]|H[efgo]?|I[nr]?|Kr?|L[airu]|"
    "M[dgno]|N[abdeiop]?|Os?|P[abdmortu]?|R[abehnu]|S[bceimnr]?|T[abcehilm]?|U|V|W|Xe|Yb?|Z[nr]"
)
_ADDUCT = r"\(?(?:H2O2?|D2O|NH3|HF|HCl|CO2|SO[23]|C\d*H(?![a-z]))[\w()]*$"
# 5H2O after CuSO4., and 6Fe2O3 after BaO.; a lone zero before the full stop belongs to a decimal
_HYDRATE = re.compile(
    rf"(?:[1-9A-Za-z)\]]|\d\d)\.[\d./]*\d{_ADDUCT}|O(?:[1-9]\d*)?\.\d+[A-Z(].*O\d*$"
)
_BESIDE = re.compile(rf"\s\d+\.?\d*{_ADDUCT}")
# one search for all that a text of plain symbols and amounts can hide
_SUSPECT = re.compile(r"\.[\d./]*[A-Z(]|[A-Za-z]0\d|\d{3}|[/ ]|\((?:I|V)")
_DESIGNATION = re.compile(r"(?:SUS|SS|IN|AISI|SAE|UNS|EN|AA|DIN|JIS)[ -]?[A-Z]?\d{3}")
_ROMAN = re.compile(r"\((?:I|II|III|IV|V|VI|VII|VIII)\)")
_PHASE = re.compile(
    rf"(?:{_SYMBOL}|[\d.()\[\] ])+(?:\s*[(\[]\s*[a-zα-ω][\w\s-]*[)\]]|[-–_ ,]\s*[a-z]{{3,}})"
)
_POLYMORPH = re.compile(r"(?:[α-ωΑ-Ω]|[a-z]{1,7}\d?)['′]?[-–—_ ]+(?=[A-Z(\[])|[α-ωΑ-Ω]['′]?[A-Z]")
_VARIABLE = re.compile(r"[xyznmwδε]")
_HALVES = "½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞"
_SMALL = _HALVES + "₀₁₂₃₄₅₆₇₈₉"
# a number, or a temper, that may belong to either side: Ti 6Al 4V, Ti 6 Al 4 V, Al 7075 T6
_APART = re.compile(
    r"(?:^|\s)\d+\.?\d*[A-Z]|\s\d+\.?\d*\s+[A-Z][a-z]?$|[A-Z][a-z]?\s\d{3,}|\d\s+(?:\.?\d(?!\S*[-+−])|T\d+$)"
)
_FRACTION = re.compile(r"([A-Z][a-z]?)(\d+)/(\d+)")
# an amount as LaTeX writes it, or the number of a copy
_UNDERSCORE = re.compile(r"\$?_(\{[\d./]+\}|[\d./]+)\$?")
_CAPITALS = re.compile(r"(?=(?:.*[A-Z]){2})[A-Z\d.()\[\] ]+")
# T for tritium beside I for iodine, and S before I at the front or before O, are TiO2 and SiO2
_HIDDEN = re.compile(r"T.*I|I.*T|^T[BC]|^SI|SIO")
# amounts of a metallic glass add up to this, within rounding
HUNDRED, ROUNDED = 100.0, 0.5


class Refusal(Exception):
    """One formula is not read: the kind of reason and the reason, a clause without a full stop."""

    def __init__(self, kind: str, reason: str, *, no_text: bool = False):
        super().__init__(reason)
        self.kind, self.reason, self.no_text = kind, reason, no_text


def no_formula(value: object) -> Refusal:
    """Refuse what is neither text nor a mapping."""
    missing = pd.api.types.is_scalar(value) and pd.isna(value)
    return Refusal(
        "missing" if missing else "no text",
        _(
            "{value!r} is no formula; give a string such as 'Fe2O3' or a mapping such as {{'Fe': 2, 'O': 3}}"
        ).format(value=value),
        no_text=True,
    )


def copy_number(text: str, formula: str) -> Refusal | None:
    """Refuse ``Fe2O3_1`` and ``NaCl_3``: what stands after the underscore may be the number of a copy.

    Parameters
    ----------
    text
        The formula, before its markup is taken out; in ``Fe_2O_3`` every amount has its underscore.
    """
    found = list(_UNDERSCORE.finditer(text))
    if not found:
        return None
    last = found[-1]
    before = _UNDERSCORE.sub("", text[: last.start()])
    lone = len(found) == 1 and re.fullmatch(r"_[\d./]+", last[0]) and last.end() == len(text)
    several = len(re.findall("[A-Z]", before)) > 1 and text[last.start() - 1].isalpha()
    after_a_number = any(text[each.start() - 1 : each.start()] in "0123456789$}" for each in found)
    if after_a_number or re.search(r"[A-Za-z)\]}]\d", before) or (lone and several):
        return _refusal(
            "typing",
            formula,
            _("the number after the underscore may be an amount or the number of a copy"),
        )
    return None


def two_percents(inside: float, outside: float, formula: str) -> Refusal | None:
    """Refuse ``(Cu50Zr50)95Al5``, where 95 may count bracketed units or their share in percent.

    Parameters
    ----------
    inside, outside : float
        Sum of the amounts in a bracket that has a number, and of that number and all amounts beside it.
    """
    if max(abs(inside - HUNDRED), abs(outside - HUNDRED)) > ROUNDED:
        return None
    return _refusal(
        "percent",
        formula,
        _(
            "its brackets hold a hundred atoms or percent of what is a part of a hundred itself; multiply"
            " them out"
        ),
    )


def capitals(text: object) -> TypeGuard[str]:
    """Tell whether a cell is a text in capitals, two or more: SIO2, KOH."""
    return isinstance(text, str) and bool(_CAPITALS.fullmatch(text))


def hides_a_symbol(text: str, symbols: Container[str]) -> bool:
    """Tell whether two neighboring capitals, one of them written small, are a symbol: CO2, but not KOH."""
    pairs = (text[place : place + 2].capitalize() for place in range(len(text) - 1))
    return any(pair.isalpha() and pair in symbols for pair in pairs)


def in_capitals(formula: str) -> Refusal:
    """Refuse a formula whose capitals may hide small letters."""
    return _refusal(
        "typing",
        formula,
        _("in capitals its letters have two meanings; write the second letter of a symbol small"),
    )


def doubt(text: str, formula: str) -> Refusal | None:
    """Say why a text that could be read as a formula is not: it may mean something else.

    Parameters
    ----------
    text
        The formula, with its dots, subscripts and blanks brought to one form or as it was given.
    formula
        As it was given, for the sentence.
    """
    if text in MISSING:
        return _refusal("missing", formula, _("it stands for a missing value"))
    if text in NAMES or _DESIGNATION.match(text):
        return _designation(formula)
    if _HIDDEN.search(text) and capitals(text):
        return in_capitals(formula)
    if not _SUSPECT.search(text):
        return None
    parts = [re.sub(r"^[\d./]+", "", part) for part in text.replace(" ", "").split("·")]
    if any(_HYDRATE.search(part) for part in parts) or _BESIDE.search(text):
        return _hydrate(text, formula)
    if _ROMAN.search(text):
        return _refusal(
            "oxidation state",
            formula,
            _("a Roman number in brackets is an oxidation state; take it out"),
        )
    if "/" in text and _separates(text):
        return _refusal(
            "designation",
            formula,
            _(
                "its slash may be a fraction or may separate two materials; write decimals or two rows"
            ),
        )
    if re.search(r"[A-Za-z]0\d", text):
        return _refusal(
            "typing", formula, _("the zero before a digit may be meant as the letter O")
        )
    lone = re.fullmatch(r"[A-Z][a-z]? ?(\d{3,})\.?\d*", text)
    if lone and int(lone[1]) > LARGEST_OF_ONE:
        if re.fullmatch(r"[A-Z][a-z]?[1-9]0\d", text):
            return _refusal("typing", formula, _("the zero in it may be meant as the letter O"))
        return _designation(formula)
    return _designation(formula) if " " in text and _APART.search(text) else None


def typing(text: str, formula: str) -> Refusal | None:
    """Say what small raised characters mean, before they are turned into ordinary ones."""
    for character in text:
        if unicodedata.category(character) != "No" or character in _SMALL:
            continue
        return _charge(formula)
    if re.search(rf"\d[{_HALVES}]", text):
        return _refusal("typing", formula, _("write a mixed number such as 1½ as a decimal, 1.5"))
    return None


def why_not(text: str, formula: str) -> Refusal:
    """Say why a text cannot be read; ``text`` is the cleaned form of ``formula``."""
    left = re.sub(_SYMBOL, " ", re.sub(r"[\d.]+", "", text))
    letters = re.findall(r"[^\W\d_]+", left)
    if _POLYMORPH.match(text):
        return _refusal(
            "polymorph",
            formula,
            _(
                "what stands before it is not part of it; give phase or polymorph a column of its own"
            ),
        )
    if ":" in text:
        return _refusal(
            "dopant", formula, _("how much of the dopant after the colon there is, is not said")
        )
    if "%" in text or re.search(r"\b(?:wt|at|mol)\b", text):
        return _refusal("percent", formula, _("give the amounts as atoms, without a percent sign"))
    if re.search(r"\d,\d", text):
        return _refusal("decimal comma", formula, _("write a decimal with a full stop"))
    if "," in text and re.search(r"[A-Z][a-z]?,\s*[A-Z]", text):
        return _refusal(
            "list of elements", formula, _("how the elements share the place is not said")
        )
    if letters and all(len(each) == 1 and _VARIABLE.match(each) for each in letters):
        return _refusal(
            "variable amount",
            formula,
            _("an amount is given as a letter; put a number in its place"),
        )
    if _PHASE.fullmatch(text):
        return _refusal(
            "phase", formula, _("what stands after it is not part of it; give the phase a column")
        )
    if re.search(r"\+\s*[A-Z(]", text):
        return _designation(formula)
    if re.search(r"[+^]|[\d\s\])A-Za-z][-−–]\s*[\])}]?$", text):
        return _charge(formula)
    if re.search(r"[A-Za-z\d)][-‐‑–—−/][\dA-Z(]", text) or re.match(r"\d+[A-Z]", text):
        return _designation(formula)
    odd = [c for c in text if not (c.isascii() and (c.isalnum() or c in "()[]{}. /·")) and c != "·"]
    if odd:
        return _refusal(
            "character",
            formula,
            _("the character {character!r} ({name}) does not belong in it").format(
                character=odd[0], name=unicodedata.name(odd[0], _("no name")).lower()
            ),
        )
    return Refusal(
        "no formula",
        _(
            "the formula {formula!r} cannot be read; write element symbols with positive amounts, such as"
            " 'Fe2O3' or 'Ca(OH)2'"
        ).format(formula=formula),
    )


def _refusal(kind: str, formula: str, reason: str) -> Refusal:
    sentence = _("the formula {formula!r} cannot be read: {reason}").format(
        formula=formula, reason=reason
    )
    return Refusal(kind, sentence)


def _designation(formula: str) -> Refusal:
    return _refusal(
        "designation",
        formula,
        _("it looks like the name of an alloy or a material; write its composition in atoms"),
    )


def _charge(formula: str) -> Refusal:
    return _refusal("charge", formula, _("a formula has no charge; take the charge out"))


def _hydrate(text: str, formula: str) -> Refusal:
    hydrate = re.sub(r"[.\s]+(\d[\d./]*\(?[A-Z][\w()]*)$", r"·\1", text)
    return _refusal(
        "hydrate",
        formula,
        _(
            "its full stop or blank has two meanings; write {hydrate} with a middle dot if it is a hydrate"
            " or the like, or brackets around the last group if the number belongs before it"
        ).format(hydrate=hydrate),
    )


def _separates(text: str) -> bool:
    """Tell whether a slash may separate the parts of a composite; in Ni1/3Mn1/3Co1/3 it cannot."""
    found = list(_FRACTION.finditer(text))
    proper = all(0 < int(each[2]) < int(each[3]) for each in found)
    left = re.sub(r"(?:^|[·)\]}])\s*\d+/\d+", "", _FRACTION.sub("", text))
    if "/" in left or len(found) != 1:
        return "/" in left
    first = re.fullmatch(r"(?:.*[(\[{])?", text[: found[0].start()]) is not None
    last = re.fullmatch(r"[)\]}\d.]*", text[found[0].end() :]) is not None
    return not (proper and (first or last))
