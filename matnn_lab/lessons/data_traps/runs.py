"""What took notebook 19 too long: matched minerals, networks on slipped enthalpies, forests on rare elements.

The files are made by ``scripts/train_data_traps.py``; the notebook repeats a part of each.
"""

from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matnn_lab.datasets.files import read_shipped

SHA256 = {
    "slips": "f4ccd6ef6c60eedb1d62e35f3172edb8af9b17c0cb47bee9afdee3b5c5ead5e7",
    "elements": "8b5e4009bbd3c07819269d0f4f95f275a35e2ca3e686d869698ffecb1f703cf4",
}
STEP = 1e-4  # what one count of the stored whole numbers stands for, eV/atom
VALUES = ("slipped", "mended", "never slipped")
ELEMENTS = ("O", "F", "Cl", "N", "Ni", "La")
ROWS = (0, 3, 10, 25)
SEEDS = (0, 1, 2)


def phases() -> pd.DataFrame:
    """Load which entries of the mineral database the matcher put into one group.

    Returns
    -------
    pandas.DataFrame
        ``amcsd_id`` and ``phase`` (counted from 0) of each entry of a compound with at least 15 entries,
        of at most 60 atoms in the cell.
    """
    return pd.read_csv(Path(__file__).with_name("phases.csv"))


def slips() -> dict[tuple[str, int], pd.DataFrame]:
    """Load what networks expect of each measured enthalpy, trained on the other two folds.

    Returns
    -------
    dict of pandas.DataFrame
        For each pair of what they were trained on ("slipped", "mended" or "never slipped") and seed one row
        a compound, in the order of the data: ``predicted``, and ``baseline``, the mean of the training
        rows, in eV/atom.
    """
    content = _read("slips")
    tables = {}
    for i, name in enumerate(VALUES):
        for seed in SEEDS:
            columns = {each: STEP * content[each][i, seed] for each in ("predicted", "baseline")}
            tables[name, seed] = pd.DataFrame(columns)
    return tables


def element_tests() -> pd.DataFrame:
    """Load what forests predict for compounds of an element of which they knew a few compounds or none.

    Returns
    -------
    pandas.DataFrame
        One row a test: ``element``, ``rows`` (training compounds that hold it), ``seed``, ``row`` (place in
        the data), and in eV/atom ``predicted`` and ``baseline``, the mean of the training rows.
    """
    content = _read("elements")
    table = pd.DataFrame({each: content[each] for each in ("rows", "seed", "row")})
    table.insert(0, "element", np.array(ELEMENTS)[content["element"]])
    for each in ("predicted", "baseline"):
        table[each] = STEP * content[each]
    return table


def counts(values: pd.Series | NDArray[np.float64]) -> NDArray[np.int32]:
    """Turn energies (eV/atom) into the whole numbers that are stored."""
    return np.rint(np.asarray(values) / STEP).astype(np.int32)


def _read(name: str) -> dict[str, np.ndarray]:
    path = Path(__file__).with_name(f"{name}.npz")
    with np.load(BytesIO(read_shipped(path, SHA256[name]))) as content:
        return dict(content)
