"""From a formula to numbers: statistics of element properties, weighted by the element fractions.

The idea and the statistics are those of Ward et al., npj Comput. Mater. 2, 16028 (2016),
doi:10.1038/npjcompumats.2016.28 ("Magpie"); the property values are pymatgen's.
"""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import NamedTuple

import numpy as np
import pandas as pd

from matnn_lab.text import gettext as _

LAST_ELEMENT = 103
STATISTICS = ("minimum", "maximum", "range", "mean", "average deviation", "mode")
NORMS = (2, 3, 5, 7, 10)
ORBITALS = {"s": 2, "p": 6, "d": 10, "f": 14}
# name of the property: its key in pymatgen's periodic table
TABULATED = {
    "Number": "Atomic no",
    "MendeleevNumber": "Mendeleev no",
    "AtomicWeight": "Atomic mass",
    "Electronegativity": "X",
    "AtomicRadius": "Atomic radius",
    "VanDerWaalsRadius": "Van der waals radius",
    "MolarVolume": "Molar volume",
    "MeltingT": "Melting point",
    "BoilingT": "Boiling point",
    "BulkModulus": "Bulk modulus",
    "ElectronAffinity": "Electron affinity",
}
_NUMBER = r"\d+\.?\d*|\.\d+"
_TERM = re.compile(rf"([A-Z][a-z]?)({_NUMBER})?")
_PLAIN = re.compile(rf"(?:[A-Z][a-z]?(?:{_NUMBER})?)+")
_GROUP = re.compile(rf"[(\[{{]({_PLAIN.pattern})[)\]}}]({_NUMBER})?")

Formula = str | Mapping


class Fractions(NamedTuple):
    """Element fractions of n formulas with at most k elements each, padded with zeros.

    Attributes
    ----------
    numbers : numpy.ndarray of int, shape (n, k)
        Atomic numbers; where a formula has fewer than k elements, its first one is repeated.
    amounts : numpy.ndarray, shape (n, k)
        Fraction of the atoms, each row sums to one; zero in the padding.
    """

    numbers: np.ndarray
    amounts: np.ndarray


def element_properties() -> pd.DataFrame:
    """Tabulate the properties of the elements H to Lr from pymatgen's periodic table.

    Returns
    -------
    pandas.DataFrame
        103 rows (symbols) and one column a property, without gaps: radii in Å, molar volume in
        cm³/mol, temperatures in K, moduli in GPa, electron affinity and first ionization energy in eV,
        electronegativity on Pauling's scale, valence electrons (outside the noble-gas core) and
        vacancies in the shells that they have opened, lowest and highest common oxidation state.
        ``attrs["imputed"]`` says which elements had no value in which column: theirs is
        interpolated between the nearest elements with one on Pettifor's chemical scale (the
        Mendeleev number), where chemically similar elements stand next to each other.
    """
    return _table().copy()


@cache
def _table() -> pd.DataFrame:
    from pymatgen.core import Element

    elements = [Element.from_Z(number) for number in range(1, LAST_ELEMENT + 1)]
    rows = {element.symbol: _properties_of(element) for element in elements}
    table = pd.DataFrame.from_dict(rows, orient="index")
    imputed = {name: tuple(table.index[table[name].isna()]) for name in table}
    along_chemistry = table.set_index("MendeleevNumber", drop=False).sort_index()
    filled = along_chemistry.interpolate(method="index", limit_direction="both")
    table = filled.set_index(filled["Number"].astype(int)).sort_index().set_axis(table.index)
    table.attrs["imputed"] = {name: symbols for name, symbols in imputed.items() if symbols}
    return table


def _properties_of(element) -> dict[str, float]:
    data = element.data
    values = {name: _number(data.get(key)) for name, key in TABULATED.items()}
    values |= {"Row": float(element.row), "Column": float(element.group)}
    values["FirstIonizationEnergy"] = _number(data["Ionization energies"][0])
    electrons = dict.fromkeys(ORBITALS, 0)
    for shell, n in re.findall(r"\d([spdf])(\d+)", data["Electronic structure"]["0"]):
        electrons[shell] += int(n)
    empty = {shell: (ORBITALS[shell] - n if n else 0) for shell, n in electrons.items()}
    values |= {f"N{shell}Valence": float(n) for shell, n in electrons.items()}
    values |= {f"N{shell}Unfilled": float(n) for shell, n in empty.items()}
    values |= {"NValence": float(sum(electrons.values())), "NUnfilled": float(sum(empty.values()))}
    states = data.get("Common oxidation states") or [0]
    return values | {"LowestCharge": float(min(states)), "HighestCharge": float(max(states))}


def _number(value) -> float:
    return float(value) if isinstance(value, int | float) else np.nan


def composition_features(formulas: Iterable[Formula]) -> pd.DataFrame:
    """Describe each formula by fixed numbers that a model can learn from.

    Parameters
    ----------
    formulas : iterable of n formulas
        Strings such as ``"Fe2O3"`` or ``"Ca(OH)2"``, or mappings from symbol to amount, pymatgen's
        ``Composition`` among them. Only the proportions count: ``"NaCl"`` and ``"Na2Cl2"`` give
        the same row.

    Returns
    -------
    pandas.DataFrame
        n rows in the order of the input, indexed 0 … n − 1, of float64 without NaN: six statistics
        (minimum, maximum, range, mean, average deviation, mode) of each column of
        `element_properties`, norms of the fractions, the shares of s, p, d and f among the valence
        electrons, and four measures of ionicity.

    Raises
    ------
    ValueError
        If a formula is empty, cannot be read, has an amount that is not positive, or an element
        beyond Lr; the sentence names the row and the formula.

    Notes
    -----
    With the fractions f_i and the values p_i of one property, the mean is p̄ = Σ f_i p_i, the
    average deviation Σ f_i |p_i − p̄|, and the mode the value of the most abundant element (of the
    smallest value if several are equally abundant), as in Ward et al. (2016).
    """
    fractions = element_fractions(formulas)
    table = _table()
    statistics = property_statistics(fractions, table.to_numpy())
    names = [f"{statistic} {name}" for name in table for statistic in STATISTICS]
    blocks = [
        pd.DataFrame(statistics, columns=names),
        _norms(fractions),
        _valence_shares(fractions),
        _ionicity(fractions),
    ]
    return pd.concat(blocks, axis=1)


def property_statistics(fractions: Fractions, table: np.ndarray) -> np.ndarray:
    """Compute six statistics of every property over every formula.

    Parameters
    ----------
    fractions : Fractions
        Of n formulas.
    table : numpy.ndarray, shape (elements, p)
        Row Z − 1 holds the p properties of element Z.

    Returns
    -------
    numpy.ndarray, shape (n, 6 p)
        For each property in turn, the statistics in the order of `STATISTICS`.
    """
    amounts = fractions.amounts[:, :, None]
    # the padding repeats the first element, so that it changes neither minimum nor maximum
    values = table[fractions.numbers - 1]
    lowest, highest = values.min(axis=1), values.max(axis=1)
    mean = (amounts * values).sum(axis=1)
    deviation = (amounts * np.abs(values - mean[:, None])).sum(axis=1)
    most_abundant = np.isclose(amounts, amounts.max(axis=1, keepdims=True))
    mode = np.where(most_abundant, values, np.inf).min(axis=1)
    statistics = np.stack([lowest, highest, highest - lowest, mean, deviation, mode], axis=2)
    return statistics.reshape(len(statistics), table.shape[1] * len(STATISTICS))


def _norms(fractions: Fractions) -> pd.DataFrame:
    columns = {"0-norm": (fractions.amounts > 0).sum(axis=1).astype(float)}
    columns |= {f"{p}-norm": (fractions.amounts**p).sum(axis=1) ** (1 / p) for p in NORMS}
    return pd.DataFrame(columns)


def _valence_shares(fractions: Fractions) -> pd.DataFrame:
    counts = _table()[[f"N{shell}Valence" for shell in ORBITALS]].to_numpy()
    mean = (fractions.amounts[:, :, None] * counts[fractions.numbers - 1]).sum(axis=1)
    shares = mean / mean.sum(axis=1, keepdims=True)
    return pd.DataFrame(shares, columns=[f"share of {shell} electrons" for shell in ORBITALS])


def _ionicity(fractions: Fractions) -> pd.DataFrame:
    """Measure how far electrons can be expected to pass from one element to another.

    The ionic character of a pair is Pauling's 1 − exp(−(χ_i − χ_j)²/4). The charge imbalance (e per
    atom) is what is left when the most electronegative element takes its lowest common oxidation
    state and the others any between their lowest and highest: zero for a formula that can balance.
    """
    numbers, amounts = fractions
    table = _table()
    chi = table["Electronegativity"].to_numpy()[numbers - 1]
    difference = chi[:, :, None] - chi[:, None, :]
    pairs = amounts[:, :, None] * amounts[:, None, :]
    character = 1 - np.exp(-(difference**2) / 4)
    lowest = table["LowestCharge"].to_numpy()[numbers - 1] * amounts
    highest = table["HighestCharge"].to_numpy()[numbers - 1] * amounts
    anion = chi == chi.max(axis=1, keepdims=True)
    taken = -np.where(anion, np.minimum(lowest, 0), 0).sum(axis=1)
    least = np.where(anion, 0, np.maximum(lowest, 0)).sum(axis=1)
    most = np.where(anion, 0, np.maximum(highest, 0)).sum(axis=1)
    imbalance = np.maximum(taken - most, 0) + np.maximum(least - taken, 0)
    return pd.DataFrame(
        {
            "mean ionic character": (pairs * character).sum(axis=(1, 2)),
            "maximum ionic character": character.max(axis=(1, 2)),
            "mean squared electronegativity difference": (pairs * difference**2).sum(axis=(1, 2)),
            "charge imbalance": imbalance,
        }
    )


def element_fractions(formulas: Iterable[Formula]) -> Fractions:
    """Read formulas into padded arrays of atomic numbers and fractions.

    Parameters
    ----------
    formulas : iterable of n formulas
        As for `composition_features`.

    Returns
    -------
    Fractions
        Shapes (n, k) with k the largest number of elements in one formula.

    Raises
    ------
    ValueError, TypeError
        As for `composition_features`.
    """
    if isinstance(formulas, str | Mapping):
        raise TypeError(
            _(
                "One formula, {formula!r}, was given; give a list of formulas, such as [{formula!r}]."
            ).format(formula=str(formulas))
        )
    amounts = [_amounts(row, formula) for row, formula in enumerate(formulas)]
    width = max((len(each) for each in amounts), default=1)
    padded_numbers = np.empty((len(amounts), width), dtype=int)
    padded_amounts = np.zeros((len(amounts), width))
    for row, each in enumerate(amounts):
        padded_numbers[row] = next(iter(each))
        padded_numbers[row, : len(each)] = list(each)
        padded_amounts[row, : len(each)] = list(each.values())
    return Fractions(padded_numbers, padded_amounts / padded_amounts.sum(axis=1, keepdims=True))


def fraction_matrix(formulas: Iterable[Formula]) -> pd.DataFrame:
    """Give each formula as its row of element fractions, one column an element from H to Lr.

    Parameters
    ----------
    formulas : iterable of n formulas
        As for `composition_features`.

    Returns
    -------
    pandas.DataFrame, n × 103
        Each row sums to one.
    """
    numbers, amounts = element_fractions(formulas)
    matrix = np.zeros((len(numbers), LAST_ELEMENT))
    np.add.at(matrix, (np.arange(len(numbers))[:, None], numbers - 1), amounts)
    return pd.DataFrame(matrix, columns=_table().index)


@cache
def _atomic_numbers() -> dict[str, int]:
    return {symbol: z for z, symbol in enumerate(_table().index, start=1)}


def _amounts(row: int, formula: Formula) -> dict[int, float]:
    """Give the amount of each element of one formula, by atomic number."""
    terms = _terms(row, formula)
    known = _atomic_numbers()
    amounts: dict[int, float] = {}
    for symbol, amount in terms:
        if symbol not in known:
            raise ValueError(
                _(
                    "Row {row}: {symbol!r} in the formula {formula!r} is not an element from H to"
                    " Lr; correct the symbol or leave the row out."
                ).format(row=row, symbol=symbol, formula=str(formula))
            )
        if not 0 < amount < np.inf:
            raise ValueError(
                _(
                    "Row {row}: the amount of {symbol} in the formula {formula!r} is {amount:g};"
                    " give amounts greater than zero."
                ).format(row=row, symbol=symbol, formula=str(formula), amount=amount)
            )
        amounts[known[symbol]] = amounts.get(known[symbol], 0.0) + amount
    return amounts


def _terms(row: int, formula: Formula) -> list[tuple[str, float]]:
    """Split a formula into symbols with amounts; one symbol may appear several times."""
    if isinstance(formula, Mapping):
        terms = [(getattr(key, "symbol", key), float(amount)) for key, amount in formula.items()]
    elif isinstance(formula, str):
        flat = formula if _PLAIN.fullmatch(formula) else _without_brackets(formula)
        terms = [(symbol, float(amount or 1)) for symbol, amount in _TERM.findall(flat)]
        if not _PLAIN.fullmatch(flat):
            terms = []
    else:
        raise TypeError(
            _(
                "Row {row}: {value!r} is no formula; give a string such as 'Fe2O3' or a mapping"
                " such as {{'Fe': 2, 'O': 3}}."
            ).format(row=row, value=formula)
        )
    if not terms:
        raise ValueError(
            _(
                "Row {row}: the formula {formula!r} cannot be read; write element symbols with"
                " positive amounts, such as 'Fe2O3' or 'Ca(OH)2'."
            ).format(row=row, formula=str(formula))
        )
    return terms


def _without_brackets(formula: str) -> str:
    """Multiply out the brackets of a formula: Ca(OH)2 becomes CaO2H2."""
    flat = formula.replace(" ", "")
    flat, count = _GROUP.subn(_multiplied, flat)
    return _without_brackets(flat) if count else flat


def _multiplied(group: re.Match) -> str:
    inside, factor = group[1], float(group[2] or 1)
    return "".join(f"{s}{float(n or 1) * factor:.12f}" for s, n in _TERM.findall(inside))
