"""Errors of the extra trees of notebook 16 on its two largest tables, with three seeds.

The files are made by ``scripts/train_splits.py``; the notebook repeats the runs of seed 0.
"""

from pathlib import Path

import pandas as pd

CRYSTALS = Path(__file__).with_name("crystal_runs.csv")
MINERALS = CRYSTALS.with_name("mineral_runs.csv")
SPLITS = ("random", "formula", "chemical system", "structure type", "element", "cluster")
MINERAL_SPLITS = ("random", "formula", "time")
SEEDS = (0, 1, 2)
CRYSTAL_COLUMNS = ("description", "crystals in a leaf", "split", "seed", "model", "mean")
MINERAL_COLUMNS = ("split", "seed", "period", "model", "mean")


def crystal_runs() -> pd.DataFrame:
    """Load the errors of extra trees on the computed (CHGNet) prototype crystals.

    Returns
    -------
    pandas.DataFrame
        One row a run: ``description`` ("formula alone", "+ name of the type" or "+ five numbers" about the
        structure), least number of ``crystals in a leaf``, ``split``, ``seed`` of the cut and of the trees,
        and in eV/atom the mean absolute errors over all tested crystals of the ``model`` and of the
        ``mean`` of each training part.
    """
    return pd.read_csv(CRYSTALS)


def mineral_runs() -> pd.DataFrame:
    """Load the errors of extra trees on the densities of the measured minerals.

    Returns
    -------
    pandas.DataFrame
        ``split``, ``seed`` of the cut and of the trees, ``period`` (the text "all", or for the time split
        also "1" to "5"), and in g/cm³ the mean absolute errors of the ``model`` and of the ``mean`` of
        each training part.
    """
    return pd.read_csv(MINERALS, dtype={"period": str})
