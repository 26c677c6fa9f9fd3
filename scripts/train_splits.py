"""Train the extra trees of notebook 16 on its two largest tables with three seeds, and store their errors.

These are the computed crystals and the measured minerals. The notebook trains with seed 0 itself and
compares, and reads the other two seeds from the tables that are written here.

    python scripts/train_splits.py

takes about a minute on one core.
"""

from collections.abc import Iterator
from itertools import product
from typing import NamedTuple

import numpy as np
import pandas as pd
from pymatgen.core import Structure
from sklearn.ensemble import ExtraTreesRegressor
from sklearn.model_selection import BaseCrossValidator, KFold

from matnn_lab.datasets import minerals, prototype_crystals
from matnn_lab.evaluation import (
    ChemicalSystemKFold,
    FormulaKFold,
    LeaveOneClusterOut,
    LeaveOneElementOut,
    PrototypeKFold,
    TimeSplit,
    predict_folds,
)
from matnn_lab.lessons.splits import runs
from matnn_lab.representations.composition import composition_features
from matnn_lab.training.threads import one_thread

LEFT_OUT = ["Al", "Cu", "Fe", "Ni", "Ti", "Zr"]


class Run(NamedTuple):
    """What the crystals are described by, how many stay in a leaf, and which split is asked."""

    description: str
    leaf: int
    split: str
    seed: int


def planned() -> Iterator[Run]:
    """Name all runs in the order of the table."""
    for split, seed in product(runs.SPLITS, runs.SEEDS):
        yield Run("+ five numbers", 1, split, seed)
    for split, seed in product(("random", "formula", "structure type"), runs.SEEDS):
        yield Run("formula alone", 1, split, seed)
    for split, seed in product(("random", "formula"), runs.SEEDS):
        yield Run("formula alone", 5, split, seed)
    for split, seed in product(("random", "structure type"), runs.SEEDS):
        yield Run("+ name of the type", 1, split, seed)


def splitter(split: str, seed: int) -> tuple[BaseCrossValidator, str | None]:
    """Return the splitter and the column that it needs."""
    return {
        "random": (KFold(5, shuffle=True, random_state=seed), None),
        "formula": (FormulaKFold(5, random_state=seed), "formula"),
        "chemical system": (ChemicalSystemKFold(5, random_state=seed), "formula"),
        "structure type": (PrototypeKFold(5, random_state=seed), "prototype"),
        "element": (LeaveOneElementOut(LEFT_OUT), "formula"),
        "time": (TimeSplit(5), "year"),
        "cluster": (LeaveOneClusterOut(5, random_state=seed), None),
    }[split]


def surroundings(structure: Structure) -> tuple[float, ...]:
    """Count neighbors (mean, least, most), and give the shortest distance and the number of atoms.

    The distance is in units of the edge of a cube that holds one atom.
    """
    length = (structure.volume / len(structure)) ** (1 / 3)
    numbers, shortest = [], []
    for neighbors in structure.get_all_neighbors(2.2 * length):
        distances = np.array([each.nn_distance for each in neighbors])
        numbers.append((distances < 1.2 * distances.min()).sum())
        shortest.append(distances.min() / length)
    return np.mean(numbers), min(numbers), max(numbers), np.mean(shortest), len(structure)


def described(crystals: pd.DataFrame) -> dict[str, np.ndarray]:
    """Describe the crystals in three ways, shapes (n, n_features)."""
    composition = composition_features(crystals["formula"]).to_numpy(np.float32)
    examples = crystals.drop_duplicates("prototype").set_index("prototype")["structure"]
    shapes = {prototype: surroundings(each) for prototype, each in examples.items()}
    shape = np.array([shapes[each] for each in crystals["prototype"]], dtype=np.float32)
    names = pd.get_dummies(crystals["prototype"]).to_numpy(np.float32)
    return {
        "formula alone": composition,
        "+ name of the type": np.hstack([composition, names]),
        "+ five numbers": np.hstack([composition, shape]),
    }


def errors(run: Run, crystals: pd.DataFrame, inputs: np.ndarray) -> tuple[float, float]:
    """Return the mean absolute errors of the trees and of the training means, in eV/atom."""
    cut, column = splitter(run.split, run.seed)
    energy = crystals["formation_energy_ev_per_atom"]
    trees = forest(run.seed, run.leaf)
    return off(predict_folds(trees, inputs, energy, cut, crystals.get(column)))


def forest(seed: int, leaf: int = 1) -> ExtraTreesRegressor:
    """Return the model of the notebook."""
    return ExtraTreesRegressor(10, max_features=0.1, min_samples_leaf=leaf, random_state=seed)


def off(tested: pd.DataFrame) -> tuple[float, float]:
    """Return the mean absolute errors of the model and of the training means."""
    mae = tested[["predicted", "baseline"]].sub(tested["true"], axis=0).abs().mean()
    return mae["predicted"], mae["baseline"]


def crystal_rows() -> Iterator[list]:
    """Yield the rows of the crystals' table."""
    crystals = prototype_crystals()
    inputs = described(crystals)
    for run in planned():
        yield [*run, *errors(run, crystals, inputs[run.description])]


def mineral_rows() -> Iterator[list]:
    """Yield the rows of the minerals' table: each run as a whole, and that in time by period too."""
    stones = minerals()
    inputs = composition_features(stones["formula"]).to_numpy(np.float32)
    for split, seed in product(runs.MINERAL_SPLITS, runs.SEEDS):
        cut, column = splitter(split, seed)
        density = stones["density_g_per_cm3"]
        tested = predict_folds(forest(seed), inputs, density, cut, stones.get(column))
        yield [split, seed, "all", *off(tested)]
        if split == "time":
            for period, part in tested.groupby("fold"):
                yield [split, seed, period, *off(part)]


def main() -> None:
    """Make both tables."""
    one_thread()
    for path, columns, rows in (
        (runs.CRYSTALS, runs.CRYSTAL_COLUMNS, crystal_rows()),
        (runs.MINERALS, runs.MINERAL_COLUMNS, mineral_rows()),
    ):
        table = pd.DataFrame(rows, columns=columns)
        table.to_csv(path, index=False, float_format="%.6f", lineterminator="\n")
        print(table.to_string())


if __name__ == "__main__":
    main()
