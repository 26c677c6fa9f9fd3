"""From a formula to numbers: statistics of element properties, weighted by the element fractions.

The idea and the statistics are those of Ward et al., npj Comput. Mater. 2, 16028 (2016),
doi:10.1038/npjcompumats.2016.28 ("Magpie"); the property values are pymatgen's.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from matnn_lab.representations.formulas import (
    ATOMIC_NUMBERS,
    SYMBOLS,
    Amounts,
    Formula,
    formula_fractions,
)

if TYPE_CHECKING:
    from pymatgen.core import Element

LAST_ELEMENT = len(SYMBOLS)
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
# formulas whose statistics are computed at once
BLOCK = 4096


class Fractions(NamedTuple):
    """Element fractions of n formulas with at most k elements each, padded with zeros.

    Attributes
    ----------
    numbers : numpy.ndarray of int, shape (n, k)
        Atomic numbers in rising order; where a formula has fewer than k elements, its first one is
        repeated.
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


def _properties_of(element: "Element") -> dict[str, float]:
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


def _number(value: object) -> float:
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
        beyond Lr; the sentence names the row and the formula. `formulas.read_formulas` lists all such
        rows at once.

    Notes
    -----
    With the fractions f_i and the values p_i of one property, the mean is p̄ = Σ f_i p_i, the
    average deviation Σ f_i |p_i − p̄|, and the mode the value of the most abundant element (of the
    smallest value if several are equally abundant), as in Ward et al. (2016). One composition has
    the same row to the last bit, in whatever order and multiple its formula is written and whatever
    other formulas stand beside it; where all elements of a formula agree in a property, its mean is
    their value and its deviation zero, without round-off.
    """
    read = formula_fractions(formulas)
    features = np.empty((len(read), len(_names())))
    # formulas with equally many elements need no padding, which costs time and memory
    alike: dict[int, list[int]] = defaultdict(list)
    for row, each in enumerate(read):
        alike[len(each)].append(row)
    for rows in alike.values():
        for start in range(0, len(rows), BLOCK):
            block = rows[start : start + BLOCK]
            features[block] = _features(_padded([read[row] for row in block]))
    return pd.DataFrame(features, columns=_names())


@cache
def _names() -> list[str]:
    names = [f"{statistic} {name}" for name in _table() for statistic in STATISTICS]
    names += [f"{p}-norm" for p in (0, *NORMS)]
    names += [f"share of {shell} electrons" for shell in ORBITALS]
    return names + [
        "mean ionic character",
        "maximum ionic character",
        "mean squared electronegativity difference",
        "charge imbalance",
    ]


def _features(fractions: Fractions) -> np.ndarray:
    return np.hstack(
        [
            property_statistics(fractions, _values()),
            _norms(fractions),
            _valence_shares(fractions),
            _ionicity(fractions),
        ]
    )


@cache
def _values() -> np.ndarray:
    return _table().to_numpy()


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
    mean = _mean(amounts, values)
    deviation = (amounts * np.abs(values - mean[:, None])).sum(axis=1)
    most_abundant = np.isclose(amounts, amounts.max(axis=1, keepdims=True))
    mode = np.where(most_abundant, values, np.inf).min(axis=1)
    statistics = np.stack([lowest, highest, highest - lowest, mean, deviation, mode], axis=2)
    return statistics.reshape(len(statistics), table.shape[1] * len(STATISTICS))


def _mean(amounts: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Average over axis 1, so that the mean of equal values is that value and no round-off is added."""
    first = values[:, 0]
    return first + (amounts * (values - first[:, None])).sum(axis=1)


def _norms(fractions: Fractions) -> np.ndarray:
    # sorted, since the last bit of a sum hangs on the order
    amounts = np.sort(fractions.amounts, axis=1)
    counts = (amounts > 0).sum(axis=1)
    return np.column_stack([counts, *((amounts**p).sum(axis=1) ** (1 / p) for p in NORMS)])


def _valence_shares(fractions: Fractions) -> np.ndarray:
    counts = _table()[[f"N{shell}Valence" for shell in ORBITALS]].to_numpy()
    mean = _mean(fractions.amounts[:, :, None], counts[fractions.numbers - 1])
    return mean / mean.sum(axis=1, keepdims=True)


def _ionicity(fractions: Fractions) -> np.ndarray:
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
    return np.column_stack(
        [
            (pairs * character).sum(axis=(1, 2)),
            character.max(axis=(1, 2)),
            (pairs * difference**2).sum(axis=(1, 2)),
            imbalance,
        ]
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
    return _padded(formula_fractions(formulas))


def _padded(read: list[Amounts]) -> Fractions:
    width = max((len(each) for each in read), default=1)
    numbers = np.empty((len(read), width), dtype=int)
    amounts = np.zeros((len(read), width))
    for row, each in enumerate(read):
        z = [ATOMIC_NUMBERS[symbol] for symbol in each]
        numbers[row, : len(z)] = z
        numbers[row, len(z) :] = z[0]
        amounts[row, : len(z)] = list(each.values())
    return Fractions(numbers, amounts)


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
    return pd.DataFrame(matrix, columns=list(SYMBOLS))
