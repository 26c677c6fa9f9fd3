"""A table with one source that writes another unit than it says; the exercise finds out which."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from matnn_lab.evaluation.auditing.units import FACTORS

UNITS = ("kJ/mol", "kcal/mol", "meV", "eV per formula unit")
SOURCES = tuple("ABCDEF")


def planted_table(
    formulas: Sequence[str],
    enthalpies: Sequence[float],
    expected: Sequence[float],
    n_atoms: Sequence[int],
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
