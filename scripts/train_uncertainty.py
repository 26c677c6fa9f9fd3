"""Train the networks of notebook 18 under all splits, three times each, and store what they predict.

Each run trains a deep ensemble of four networks and one network with dropout, and asks both for the rows of
calibration and test. The number of epochs was chosen by the validation loss of the random splits, which
hardly falls when they are trained twice as long; these longer runs are stored too. The last table tells how
a simulated search for stiff crystals went with four strategies and five seeds.

    python scripts/train_uncertainty.py

takes about ten minutes on one core. Predictions differ a little from one machine to another, since training
amplifies rounding.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from make_frames import write
from sklearn.model_selection import GroupKFold, KFold, train_test_split

from matnn_lab.datasets import alloys, formation_enthalpies, prototype_crystals
from matnn_lab.evaluation import (
    ChemicalSystemKFold,
    LeaveOneClusterOut,
    LeaveOneElementOut,
    PrototypeKFold,
    TimeSplit,
    chemical_systems,
    neighbor_distance,
)
from matnn_lab.lessons.uncertainty import runs
from matnn_lab.representations.composition import composition_features, fraction_matrix
from matnn_lab.training.regressor import NetworkRegressor
from matnn_lab.training.threads import one_thread

SEEDS = (0, 1, 2)
EPOCHS = 60
SEARCH_EPOCHS = 20  # cross-validated on 105 known crystals: 27.4 GPa, and 29.6 GPa with 60
ELEMENTS = ("Ni", "O", "F", "Cl")
Split = tuple[str, np.ndarray, np.ndarray]


class Enthalpies:
    """The measured enthalpies, with seven ways to choose a test."""

    longer = "random"  # the split that is trained twice as long as well

    def __init__(self):
        table = formation_enthalpies()
        self.formulas = table["formula"].to_numpy()
        fractions = fraction_matrix(self.formulas).loc[:, lambda f: f.any()]
        self.inputs = composition_features(self.formulas).join(fractions)
        self.values = table["formation_enthalpy_ev_per_atom"].to_numpy()
        self.groups = chemical_systems(self.formulas)
        left_out = LeaveOneElementOut(list(ELEMENTS)).split(self.inputs, groups=self.formulas)
        self.without = dict(zip(ELEMENTS, left_out, strict=True))

    def splits(self, seed: int) -> Iterator[Split]:
        yield "random", *next(KFold(5, shuffle=True, random_state=seed).split(self.inputs))
        by_system = ChemicalSystemKFold(5, random_state=seed)
        yield "chemical system", *next(by_system.split(self.inputs, groups=self.formulas))
        yield "cluster", *next(LeaveOneClusterOut(5, random_state=seed).split(self.inputs))
        for element, (rest, test) in self.without.items():
            yield f"no {element}", rest, test


class Crystals:
    """1,500 prototype crystals (computed, CHGNet), of known and of new structure types."""

    longer = None

    def __init__(self):
        table = prototype_crystals().sample(1500, random_state=0).reset_index(drop=True)
        types = pd.get_dummies(table["prototype"], dtype=float)
        self.inputs = composition_features(table["formula"]).join(types)
        self.values = table["formation_energy_ev_per_atom"].to_numpy()
        self.groups = table["prototype"].to_numpy()

    def splits(self, seed: int) -> Iterator[Split]:
        yield (
            "crystals, random",
            *next(KFold(5, shuffle=True, random_state=seed).split(self.inputs)),
        )
        by_type = PrototypeKFold(5, random_state=seed)
        for rest, test in by_type.split(self.inputs, groups=self.groups):
            yield "new types", rest, test


class Alloys:
    """Measured yield strengths, of known and of new papers, and of the last year."""

    longer = None

    def __init__(self):
        table = alloys().dropna(subset=["yield_strength_mpa", "temperature_c"])
        table = table.reset_index(drop=True)
        self.inputs = composition_features(table["formula"])
        self.inputs = self.inputs.assign(temperature=table["temperature_c"])
        self.values = table["yield_strength_mpa"].to_numpy()
        self.groups, self.years = table["reference_id"].to_numpy(), table["year"]

    def splits(self, seed: int) -> Iterator[Split]:
        yield "alloys, random", *next(KFold(5, shuffle=True, random_state=seed).split(self.inputs))
        by_paper = GroupKFold(5, shuffle=True, random_state=seed)
        for rest, test in by_paper.split(self.inputs, groups=self.groups):
            yield "new papers", rest, test
        yield "last year", *list(TimeSplit(5).split(self.inputs, groups=self.years))[-1]


DATA = {"enthalpies": Enthalpies, "crystals": Crystals, "alloys": Alloys}


def train_both(data, rows: np.ndarray, seed: int, epochs: int) -> list[NetworkRegressor]:
    """Train the ensemble and the network with dropout; the notebook trains likewise."""
    same = {"hidden": (64, 64), "learning_rate": 0.01, "batch_size": 256, "epochs": epochs}
    ensemble = NetworkRegressor(n_members=4, random_state=seed, **same)
    dropped = NetworkRegressor(dropout=0.1, random_state=seed, **same)
    for model in (ensemble, dropped):
        model.fit(data.inputs.iloc[rows], data.values[rows], groups=data.groups[rows])
    return [ensemble, dropped]


def one_run(data, split: Split, seed: int, epochs: int) -> tuple[dict, np.ndarray, pd.DataFrame]:
    """Train and predict once; return what describes the run, the part of each row, and predictions."""
    name, rest, test = split
    train, calibration = train_test_split(rest, test_size=0.2, random_state=seed)
    models = train_both(data, train, seed, epochs)
    part = np.zeros(len(data.values), dtype=np.uint8)
    for number, rows in enumerate((train, calibration, test), start=1):
        part[rows] = number
    known = data.inputs.iloc[train]
    new = data.inputs.iloc[np.sort(np.concatenate([calibration, test]))]
    table = pd.DataFrame()
    table["mean"], table["std"] = models[0].predict(new, return_std=True)
    table["dropout mean"], table["dropout std"] = models[1].predict_dropout(new, n_passes=30)
    if isinstance(data, Enthalpies):
        latent = [models[0].latent(each) for each in (known, new)]
        table[runs.LATENT] = neighbor_distance(*latent)
    lowest = [
        np.mean([history.frame["validation_loss"].min() for history in model.histories_])
        for model in models
    ]
    about = {"split": name, "epochs": epochs, "validation": lowest[0]}
    return about | {"dropout validation": lowest[1]}, part, table


def settings(data) -> Iterator[tuple[Split, int, int]]:
    """List the runs: split, seed and number of epochs."""
    for seed in SEEDS:
        for split in data.splits(seed):
            yield split, seed, EPOCHS
            if split[0] == data.longer:
                yield split, seed, 2 * EPOCHS


class Search:
    """A simulated search for the stiffest of 1,500 crystals (computed, CHGNet), as the notebook plays it."""

    strategies = ("random", "highest prediction", "prediction + 2 spreads", "largest spread")

    def __init__(self):
        table = prototype_crystals().sample(1500, random_state=0).reset_index(drop=True)
        types = pd.get_dummies(table["prototype"], dtype=float)
        self.inputs = composition_features(table["formula"]).join(types).to_numpy()
        self.modulus = table["bulk_modulus_gpa"].to_numpy()
        self.hits = self.modulus >= np.sort(self.modulus)[-50]

    def surrogate(self, known: np.ndarray, seed: int) -> NetworkRegressor:
        network = NetworkRegressor(
            (32,),
            learning_rate=0.02,
            epochs=SEARCH_EPOCHS,
            batch_size=128,
            validation_fraction=0,
            n_members=3,
            random_state=seed,
        )
        return network.fit(self.inputs[known], self.modulus[known])

    def choose(self, strategy: str, known: np.ndarray, left: np.ndarray, seed: int) -> np.ndarray:
        if strategy == "random":
            return np.random.default_rng([seed, len(known)]).choice(left, 25, replace=False)
        mean, std = self.surrogate(known, seed).predict(self.inputs[left], return_std=True)
        wish = dict(zip(self.strategies[1:], (mean, mean + 2 * std, std), strict=True))[strategy]
        return left[np.argsort(-wish)[:25]]

    def campaign(self, strategy: str, seed: int) -> dict:
        order = np.random.default_rng(seed).permutation(len(self.modulus))
        spare, pool = order[:300], order[300:]
        known, row = pool[:30], {"strategy": strategy, "seed": seed}
        for turn in range(1, 4):
            left = np.setdiff1d(pool, known)
            known = np.concatenate([known, self.choose(strategy, known, left, seed)])
            row[f"found {turn}"] = self.hits[known].sum()
        said = self.surrogate(known, seed).predict(self.inputs[spare])
        row["MAE"] = np.abs(said - self.modulus[spare]).mean()
        return row | {"trivial": np.abs(self.modulus[known].mean() - self.modulus[spare]).mean()}

    def table(self) -> pd.DataFrame:
        rows = []
        for seed in range(5):
            for strategy in self.strategies:
                rows.append(self.campaign(strategy, seed))
                print(*rows[-1].values(), flush=True)
        return pd.DataFrame(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=[*DATA, "search"], help="make one of the tables")
    wanted = parser.parse_args().only
    one_thread()
    for name in [*DATA, "search"] if wanted is None else [wanted]:
        if name == "search":
            path = Path(runs.__file__).with_name("search.csv")
            Search().table().round(3).to_csv(path, index=False, lineterminator="\n")
            continue
        data, done = DATA[name](), []
        for split, seed, epochs in settings(data):
            about, part, table = one_run(data, split, seed, epochs)
            before = [(run["split"], run["epochs"]) for run, _part, _table in done]
            about["number"] = before.count((about["split"], epochs))
            done.append((about, part, table))
            print(seed, *about.values(), flush=True)
        arrays = runs.pack(*zip(*done, strict=True), runs.STEPS[name])
        write(Path(runs.__file__).with_name(f"{name}.npz"), arrays)


if __name__ == "__main__":
    main()
