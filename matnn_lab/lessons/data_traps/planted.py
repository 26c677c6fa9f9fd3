"""Tables that are spoiled on purpose: one source in another unit, and a file as people type it."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from matnn_lab.evaluation.auditing.units import FACTORS

UNITS = ("kJ/mol", "kcal/mol", "meV", "eV per formula unit")
SOURCES = tuple("ABCDEF")


def planted_table(
    formulas: Sequence[str],
    enthalpies: ArrayLike,
    expected: ArrayLike,
    n_atoms: ArrayLike,
    *,
    unit: str = "kcal/mol",
    seed: int = 19,
) -> pd.DataFrame:
    """Hand enthalpies out to six sources, one of which writes them in another unit than it says.

    Parameters
    ----------
    formulas : sequence of n str
    enthalpies, expected : sequence of n floats
        True values and rough expectations, eV/atom.
    n_atoms : sequence of n ints
        Atoms in the formula unit.
    unit : str
        One of `UNITS`.
    seed : int
        Decides which row comes from which source, and which source is the culprit.

    Returns
    -------
    pandas.DataFrame
        Columns ``formula``, ``source``, ``n_atoms``, ``value``, ``expected``.
    """
    rng = np.random.default_rng(seed)
    n_atoms = np.asarray(n_atoms)
    source = rng.choice(SOURCES, size=len(formulas))
    culprit = rng.choice(SOURCES)
    factors = {unit: FACTORS["energy"][f"{unit} read as eV"] for unit in UNITS[:3]}
    factor = factors.get(unit, n_atoms)
    values = np.asarray(enthalpies, dtype=float)
    return pd.DataFrame(
        {
            "formula": list(formulas),
            "source": source,
            "n_atoms": n_atoms,
            "value": np.where(source == culprit, values * factor, values),
            "expected": np.asarray(expected, dtype=float),
        }
    )


# formulas as they stand in supplementary tables; the last one can be read
TYPED = (
    "Ti-6Al-4V",
    "Al 7075",
    "AlxCoCrFeNi",
    "Al0,5CoCrFeNi",
    "γ-Fe0.7Ni0.3",
    "Fe2O3(s)",
    "CuSO4.5H2O",
    "FeNi steel",
    "Al₀.₃CoCrFeNi",
)


def messy_csv(table: pd.DataFrame, *, seed: int = 19) -> str:
    """Write alloys into a file as people type it.

    Parameters
    ----------
    table : pandas.DataFrame, n rows
        Alloys with ``formula``, ``yield_strength_mpa``, ``temperature_c``, ``test_type`` and ``doi``;
        200 rows or more.
    seed : int
        Decides which rows are spoiled.

    Returns
    -------
    str
        Comma-separated values with n + 10 rows. Of them 12 have a strength in GPa, 22 one with a sign,
        a range, a unit or a word, 3 have -999, 15 a temperature in kelvin, 9 an odd formula, and 10 are
        pasted twice.
    """
    rng = np.random.default_rng(seed)
    rows = rng.permutation(len(table)).tolist()
    take = iter(rows).__next__
    strengths = table["yield_strength_mpa"].tolist()
    typed = [f"{value:,.0f}" for value in strengths]
    temperatures = table["temperature_c"].tolist()
    formulas = table["formula"].str.replace(" ", "").tolist()
    for _row in range(12):
        row = take()
        typed[row] = f"{strengths[row] / 1000:.3f}"
    for form in ("~{0:.0f}", "{0:.0f}±20", "{0:.0f}-{1:.0f}", ">{0:.0f}", "{2:.2f} GPa", "n.a."):
        for _row in range(4 if form != ">{0:.0f}" else 2):
            row = take()
            value = strengths[row]
            typed[row] = form.format(value, value + 100, value / 1000)
    for _row in range(3):
        typed[take()] = "-999"
    for _row in range(15):
        temperatures[take()] += 273.15
    for formula in TYPED:
        formulas[take()] = formula
    frame = pd.DataFrame(
        {
            "No": range(1, len(table) + 1),
            "Alloy": formulas,
            "YS (MPa)": typed,
            "T (°C)": temperatures,
            "Test": table["test_type"].tolist(),
            "DOI": table["doi"].tolist(),
        }
    )
    pasted = frame.iloc[rows[-10:]].assign(No=range(len(frame) + 1, len(frame) + 11))
    return pd.concat([frame, pasted]).to_csv(index=False)
