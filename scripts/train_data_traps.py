"""Match the minerals and train the models of notebook 19 that take too long for it, and store what they say.

The first table tells which refinements of common minerals have one structure. The second holds what networks
expect of each measured enthalpy, from the other two folds: with 2 % of the values in kJ/mol, after these were
mended, and as they were measured. The third holds the answers of forests for compounds of six elements, of
which 0 to 25 compounds were known.

    python scripts/train_data_traps.py

takes about a minute on one core. Predictions of the networks differ a little from one machine to another,
since training amplifies rounding.
"""

import argparse
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
from make_frames import write
from sklearn.ensemble import ExtraTreesRegressor
from sklearn.model_selection import KFold

from matnn_lab.datasets import formation_enthalpies, mineral_structures, minerals
from matnn_lab.evaluation import predict_folds, structure_groups, unit_slips
from matnn_lab.lessons.data_traps import runs
from matnn_lab.representations.composition import composition_features, fraction_matrix
from matnn_lab.training.regressor import NetworkRegressor
from matnn_lab.training.threads import one_thread

FOLDER = Path(runs.__file__).parent
KJ_PER_MOL = 96.485


def write_phases() -> None:
    """Match the structures of the compounds that the database holds at least 15 times."""
    entries = minerals()
    times = entries.groupby("formula")["formula"].transform("size")
    compound = entries["formula"].str.count("[A-Z]") > 1
    sample = entries[compound & (times >= 15) & (entries["n_atoms"] <= 60)]
    phase = structure_groups(mineral_structures(sample["amcsd_id"].tolist()))
    table = pd.DataFrame({"amcsd_id": sample["amcsd_id"].to_numpy(), "phase": phase})
    table.to_csv(FOLDER / "phases.csv", index=False, lineterminator="\n")


class Enthalpies:
    """The measured enthalpies, described by their composition."""

    def __init__(self):
        table = formation_enthalpies()
        self.values = table["formation_enthalpy_ev_per_atom"].to_numpy()
        self.inputs = composition_features(table["formula"]).to_numpy(np.float32)
        self.fractions = fraction_matrix(table["formula"])

    def out_of_fold(self, values: np.ndarray, seed: int) -> pd.DataFrame:
        """Predict every row from the others, in three folds."""
        robust = NetworkRegressor(
            (64, 64), epochs=20, learning_rate=0.01, batch_size=256, random_state=seed
        )
        folds = KFold(3, shuffle=True, random_state=seed)
        return predict_folds(robust, self.inputs, values, folds).sort_values("row")

    def test_element(self, element: str, seed: int, k: int) -> pd.DataFrame:
        """Test on half of the compounds of an element; k of the others are in the training set."""
        holds = (self.fractions[element] > 0).to_numpy()
        mixed = np.random.default_rng(seed).permutation(np.flatnonzero(holds))
        test, pool = mixed[: len(mixed) // 2], mixed[len(mixed) // 2 :]
        train = np.concatenate([np.flatnonzero(~holds), pool[:k]])
        forest = ExtraTreesRegressor(6, max_features=0.12, random_state=seed)
        forest.fit(self.inputs[train], self.values[train])
        tested = pd.DataFrame({"row": test, "predicted": forest.predict(self.inputs[test])})
        baseline = self.values[train].mean()
        return tested.assign(element=element, rows=k, seed=seed, baseline=baseline)


def mend(values: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """Divide what looks like kJ/mol by the factor."""
    found = unit_slips(values, expected, "energy", tolerance=0.7)
    suspects = found.loc[found["perhaps"] == "kJ/mol read as eV", "row"]
    values = values.copy()
    values[suspects] /= KJ_PER_MOL
    return values


def write_slips(data: Enthalpies) -> None:
    """Train on slipped, mended and right values, with three seeds."""
    stored = {
        name: np.zeros((3, 3, len(data.values)), np.int32) for name in ("predicted", "baseline")
    }

    def train(place: int, seed: int, values: np.ndarray) -> None:
        tested = data.out_of_fold(values, seed)
        for name, array in stored.items():
            array[place, seed] = runs.counts(tested[name])
        print(
            runs.VALUES[place], seed, (tested["predicted"] - tested["true"]).abs().mean().round(3)
        )

    for seed in runs.SEEDS:
        bad = np.random.default_rng(seed).random(len(data.values)) < 0.02
        slipped = np.where(bad, KJ_PER_MOL * data.values, data.values)
        train(0, seed, slipped)
        train(1, seed, mend(slipped, runs.STEP * stored["predicted"][0, seed]))
        train(2, seed, data.values)
    write(FOLDER / "slips.npz", stored)


def write_elements(data: Enthalpies) -> None:
    """Test six elements with a few compounds of them in training, or none."""
    asked = product(runs.ELEMENTS, runs.SEEDS, runs.ROWS)
    table = pd.concat([data.test_element(*each) for each in asked])
    arrays = {each: table[each].to_numpy(np.uint16) for each in ("rows", "seed", "row")}
    arrays["element"] = table["element"].map(runs.ELEMENTS.index).to_numpy(np.uint8)
    arrays |= {each: runs.counts(table[each]) for each in ("predicted", "baseline")}
    write(FOLDER / "elements.npz", arrays)


def main() -> None:
    """Make the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=["phases", "slips", "elements"], help="make one of them")
    wanted = parser.parse_args().only
    one_thread()
    if wanted in (None, "phases"):
        write_phases()
    data = Enthalpies() if wanted != "phases" else None
    if wanted in (None, "slips"):
        write_slips(data)
    if wanted in (None, "elements"):
        write_elements(data)


if __name__ == "__main__":
    main()
