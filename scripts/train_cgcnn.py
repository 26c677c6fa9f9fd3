"""Train crystal graph networks and their baseline until validation no longer falls, for notebook 11.

Every choice (epochs, learning rate, width of the baseline) is made on validation crystals. For each way of
splitting the computed (CHGNet) prototype crystals, three times drawn, a CGCNN and a network that knows the
formula and the name of the structure type are trained and tested. A learning curve follows. Two networks are
kept with their weights. A control tells the baseline the volume per atom as well, because the distances that
the CGCNN reads carry that number, and it comes from the same relaxation as the energy.

    python scripts/train_cgcnn.py

takes about twenty-five minutes on one core; with ``--only-missing`` it trains what the table lacks. Errors
differ by a few per cent from one machine to another, since training amplifies rounding.
"""

import argparse
from collections.abc import Iterator
from functools import partial
from itertools import product
from pathlib import Path
from time import perf_counter

import numpy as np
import pandas as pd
import torch
from make_frames import write
from tqdm.auto import tqdm

from matnn_lab.datasets import prototype_crystals
from matnn_lab.models.cgcnn import CGCNN
from matnn_lab.models.cgcnn_runs import (
    COLUMNS,
    CURVES,
    NETWORK_SEEDS,
    NETWORKS_FILE,
    SPLITS,
    training_runs,
)
from matnn_lab.representations.composition import composition_features
from matnn_lab.representations.graph import CrystalGraphs
from matnn_lab.training import NetworkRegressor, fit, warm_up_and_cosine
from matnn_lab.training.threads import one_thread

TARGET = Path(__file__).parents[1] / "matnn_lab" / "models" / "cgcnn_runs.npz"
SEEDS = (0, 1, 2)
EPOCHS, LEARNING_RATE = 100, 0.02
LABEL_EPOCHS, LABEL_WIDTHS = 100, (128, 128)
# what else was tried on the validation crystals of new formulas, without a look at test crystals
TRIED_EPOCHS = (200, 50)
TRIED_RATES = (0.01, 0.04)
TRIED_LABEL_EPOCHS = (200, 50)
TRIED_WIDTHS = ((256, 256, 256),)
SIZES = (200, 800)


class Data:
    """The crystals, in all forms that the networks read."""

    def __init__(self):
        self.table = prototype_crystals()
        self.energy = self.table["formation_energy_ev_per_atom"].to_numpy()
        self.targets = torch.tensor(self.energy, dtype=torch.float32)
        self.graphs = CrystalGraphs.from_structures(
            self.table["structure"], cutoff=8.0, max_neighbors=12
        )
        labels = pd.get_dummies(self.table["prototype_name"], dtype=float)
        self.features = composition_features(self.table["formula"]).join(labels)
        self.with_volume = self.features.join(self.table["volume_a3_per_atom"])

    def split(self, name: str, draw: int) -> list[np.ndarray]:
        """Return rows for training, validation and test, with whole groups on one side."""
        groups = self.table[SPLITS[name]]
        names = np.random.default_rng(draw).permutation(pd.unique(groups))
        test, validation = names[: len(names) // 5], names[len(names) // 5 : 3 * len(names) // 10]
        part = np.where(np.isin(groups, test), 2, np.isin(groups, validation))
        return [np.flatnonzero(part == number) for number in range(3)]

    def mae(self, predicted: np.ndarray, rows: np.ndarray) -> float:
        return float(np.abs(predicted - self.energy[rows]).mean())


def trained_cgcnn(data: Data, train, validation, seed, epochs, rate) -> tuple[CGCNN, list[float]]:
    """Return the network and the validation error after each epoch; the notebook trains likewise."""
    torch.manual_seed(seed)
    y = data.targets[train]
    model = CGCNN(32, 2, 64, head_on="sites", shift=y.mean(), scale=y.std())
    history = fit(
        model,
        (data.graphs[train], y),
        (data.graphs[validation], data.targets[validation]),
        epochs=epochs,
        batch_size=128,
        loss=torch.nn.functional.l1_loss,
        optimizer=partial(torch.optim.AdamW, lr=rate, fused=True),
        schedule=warm_up_and_cosine,
        seed=seed,
        progress=False,
    )
    return model, history.frame["validation_loss"].tolist()


def graph_network(data: Data, train, validation, seed, epochs, rate) -> tuple[object, list[float]]:
    """Return what predicts rows, and the validation error after each epoch."""
    model, curve = trained_cgcnn(data, train, validation, seed, epochs, rate)

    def predict(rows):
        with torch.no_grad():
            return model(data.graphs[rows]).numpy()

    return predict, curve


def label_network(data: Data, train, _validation, seed, epochs, widths) -> tuple[object, list]:
    """Return what predicts rows from the formula and the name of the structure type."""
    model = NetworkRegressor(widths, epochs=epochs, validation_fraction=0, random_state=seed)
    model.fit(data.features.iloc[train], data.energy[train])
    return lambda rows: model.predict(data.features.iloc[rows]), []


def volume_network(data: Data, train, _validation, seed, epochs, widths) -> tuple[object, list]:
    """Return what predicts rows from the formula, the name of the structure type and the volume."""
    model = NetworkRegressor(widths, epochs=epochs, validation_fraction=0, random_state=seed)
    model.fit(data.with_volume.iloc[train], data.energy[train])
    return lambda rows: model.predict(data.with_volume.iloc[rows]), []


NETWORKS = {
    "CGCNN": graph_network,
    "formula + label": label_network,
    "formula + label + volume": volume_network,
}


def settings() -> Iterator[tuple]:
    """List the runs: purpose, network, split, seed, number of crystals, epochs, and what is special.

    That is the learning rate of the CGCNN, and the widths of the network of the formula and the label.
    """
    graph, label, volume, formulas = *NETWORKS, "new formulas"
    for seed, split in product(SEEDS, SPLITS):
        yield "test", graph, split, seed, None, EPOCHS, LEARNING_RATE
        yield "test", label, split, seed, None, LABEL_EPOCHS, LABEL_WIDTHS
    for epochs, seed in product(TRIED_EPOCHS, SEEDS):
        yield "choose", graph, formulas, seed, None, epochs, LEARNING_RATE
    for epochs, seed in product(TRIED_LABEL_EPOCHS, SEEDS):
        yield "choose", label, formulas, seed, None, epochs, LABEL_WIDTHS
    for widths, seed in product(TRIED_WIDTHS, SEEDS):
        yield "choose", label, formulas, seed, None, LABEL_EPOCHS, widths
    for size, seed in product(SIZES, SEEDS):
        yield "learn", graph, formulas, seed, size, EPOCHS, LEARNING_RATE
        yield "learn", label, formulas, seed, size, LABEL_EPOCHS, LABEL_WIDTHS
    for rate in TRIED_RATES:
        yield "choose", graph, formulas, 0, None, EPOCHS, rate
    for split, seed in product((formulas, "new structure types"), SEEDS):
        yield "control", volume, split, seed, None, LABEL_EPOCHS, LABEL_WIDTHS


def one_run(data: Data, setting: tuple) -> tuple[dict, list[float]]:
    """Train one network; return its row of the table and its validation errors.

    The draw of the split has the seed of the network. A part of the training crystals is trained on for as
    many steps as all of them.
    """
    purpose, network, split, seed, size, epochs, special = setting
    train, validation, test = data.split(split, seed)
    passes = epochs
    if size is not None:
        passes = round(epochs * len(train) / size)
        train = np.sort(np.random.default_rng(seed).permutation(train)[:size])
    start = perf_counter()
    predict, curve = NETWORKS[network](data, train, validation, seed, passes, special)
    seconds = perf_counter() - start
    graph = network == "CGCNN"
    row = {
        "purpose": purpose,
        "network": network,
        "split": split,
        "seed": seed,
        "n_train": len(train),
        "epochs": passes,
        "learning_rate": special if graph else NetworkRegressor().learning_rate,
        "widths": "32, 2 convolutions" if graph else ", ".join(map(str, special)),
        "train_mae": data.mae(predict(train), train),
        "validation_mae": data.mae(predict(validation), validation),
        # a choice is made without the test crystals
        "test_mae": np.nan if purpose == "choose" else data.mae(predict(test), test),
        "seconds": seconds,
    }
    return row, curve


def write_networks(data: Data, target: Path) -> None:
    """Train two networks that differ in the random start only, and keep their weights and curves."""
    train, validation, _test = data.split("new formulas", 0)
    arrays = {}
    for seed in NETWORK_SEEDS:
        model, curve = trained_cgcnn(data, train, validation, seed, EPOCHS, LEARNING_RATE)
        arrays[f"curve_{seed}"] = np.float32(curve)
        for name, values in model.state_dict().items():
            arrays[f"weights_{seed}.{name}"] = values.numpy()
        print("network", seed, f"{min(curve):.3f} eV/atom on validation crystals", flush=True)
    write(target, arrays)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--target", type=Path, default=TARGET, help="the file to write")
    parser.add_argument("--networks", type=Path, default=NETWORKS_FILE, help="that of the networks")
    parser.add_argument("--only-networks", action="store_true", help="leave the table as it is")
    parser.add_argument("--only-missing", action="store_true", help="keep the runs of the table")
    arguments = parser.parse_args()
    one_thread()
    data = Data()
    if not arguments.only_missing:
        write_networks(data, arguments.networks)
    if arguments.only_networks:
        return
    rows, curves, lengths = [], [], []
    if arguments.only_missing:
        stored = training_runs()
        rows = stored[list(COLUMNS)].to_dict("records")
        curves = np.concatenate(stored["validation_curve"]).tolist()
        lengths = stored["validation_curve"].map(len).tolist()
    # the table has the order of the settings, so what it lacks is at their end
    for setting in tqdm(list(settings())[len(rows) :], unit="run"):
        row, curve = one_run(data, setting)
        rows.append(row)
        curves += curve
        lengths.append(len(curve))
        print(*row.values(), flush=True)
        arrays = {name: np.array([row[name] for row in rows]) for name in COLUMNS}
        arrays |= dict(zip(CURVES, (np.float32(curves), np.array(lengths)), strict=True))
        write(arguments.target, arrays)


if __name__ == "__main__":
    main()
