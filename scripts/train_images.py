"""Train the networks of notebook 08 on computed images until validation no longer falls, and keep the scores.

    python scripts/train_images.py textures conductivity orientation

writes ``image_runs.csv`` and ``image_weights.npz`` of the lesson anew, as far as parts and seeds are
named. Scores differ a little from one machine to another, since training amplifies rounding.
"""

import argparse
import hashlib
import time

import numpy as np
import pandas as pd
import torch
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from torch import nn

from matnn_lab.datasets.ebsd import misorientation_deg, random_orientations
from matnn_lab.lessons.images_cnn_and_vit import data, orientations
from matnn_lab.lessons.images_cnn_and_vit.runs import (
    FILE,
    ORIENTATION_NETWORK,
    WEIGHTS,
)
from matnn_lab.models.cnn import CNN, ShiftsAndFlips
from matnn_lab.models.vit import ViT
from matnn_lab.training import fit

SEEDS = (0, 1, 2)
SIZES = (100, 400)
EPOCHS, PATIENCE = 300, 20
FEATURES = {"forest": data.spectrum_features, "forest, with direction": data.directed_features}
COLUMNS = ["task", "network", "augmented", "split", "n_train", "seed", "epochs", "score"]


def networks(n_outputs: int) -> dict[str, nn.Module]:
    return {
        "CNN": CNN((8, 16, 32), n_outputs),
        "ViT": ViT(data.SIZE, 4, width=32, depth=2, n_outputs=n_outputs),
    }


def trained(network, train, validation, *, loss, augmented, seed):
    """Train with early stopping; return the network and the epochs that it saw."""
    model = nn.Sequential(ShiftsAndFlips(), network) if augmented else network
    history = fit(
        model, train, validation, loss=loss, epochs=EPOCHS, patience=PATIENCE, seed=seed,
        batch_size=32, progress=False,
        optimizer=lambda parameters: torch.optim.AdamW(parameters, lr=2e-3, weight_decay=1e-2),
    )  # fmt: skip
    return network.eval(), history.best_epoch


@torch.no_grad()
def answers(network, images):
    parts = torch.tensor(images, dtype=torch.float32).split(200)
    return torch.cat([network(part) for part in parts]).numpy()


def textures(seed, rows, weights):
    test, classes = data.textures(60, seed=1000)
    validation = data.textures(20, seed=2000)
    for n in (20,):
        train = data.textures(n, seed)
        for name, features in FEATURES.items():
            forest = RandomForestClassifier(300, random_state=seed)
            forest.fit(features(train[0]), train[1])
            score = (forest.predict(features(test)) == classes).mean()
            add(rows, "textures", name, False, "specimens", 5 * n, seed, 0, score)
        for name in ("CNN", "ViT"):
            torch.manual_seed(seed)
            network, epochs = trained(
                networks(5)[name], train, validation, seed=seed, augmented=True,
                loss=nn.functional.cross_entropy,
            )  # fmt: skip
            score = (answers(network, test).argmax(axis=1) == classes).mean()
            add(rows, "textures", name, True, "specimens", 5 * n, seed, epochs, score)
            if name == "CNN" and seed == 0:
                weights |= kept("textures", network)


def conductivity(seed, rows, weights):
    test = data.conductivities(300, seed=1000)
    validation = data.conductivities(200, seed=2000)
    images, log_k = data.conductivities(max(SIZES), seed)
    for n in SIZES:
        forest = RandomForestRegressor(300, random_state=seed)
        forest.fit(data.direction_features(images[:n]), log_k[:n])
        found = forest.predict(data.direction_features(test[0]))
        score = np.abs(found - test[1]).mean()
        add(rows, "conductivity", "forest", False, "specimens", n, seed, 0, score)
        for name in ("CNN", "ViT"):
            torch.manual_seed(seed)
            network, epochs = trained(
                networks(1)[name], signed(images[:n], log_k[:n]), signed(*validation),
                seed=seed, augmented=True, loss=nn.functional.mse_loss,
            )  # fmt: skip
            found = answers(network, signed(*test)[0]) + 1
            score = np.abs(found - test[1]).mean()
            add(rows, "conductivity", name, True, "specimens", n, seed, epochs, score)


def signed(images, log_k):
    """Return phases as -1 and 1, and targets around 0."""
    return 2.0 * images.astype(np.float32) - 1, (log_k - 1).astype(np.float32)


def orientation(seed, rows, weights, steps=2000, batch=48):
    entries = random_orientations(20_000, seed=77)
    tensors = orientations.cubic_tensors(entries)
    mean = tensors.mean(axis=0)
    test = {"clean": orientations.simulated(300, seed=1000), "measured": orientations.measured()}
    torch.manual_seed(seed)
    network = CNN(**ORIENTATION_NETWORK)
    optimizer = torch.optim.AdamW(network.parameters(), lr=3e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 3e-3, total_steps=steps)
    for step in range(steps):
        patterns, truth = orientations.simulated(batch, seed=10_000 * (seed + 1) + step)
        target = torch.tensor(orientations.cubic_tensors(truth) - mean, dtype=torch.float32)
        loss = nn.functional.mse_loss(network(torch.tensor(patterns)), target)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    network.eval()
    for split, (patterns, truth) in test.items():
        found = entries[orientations.nearest(answers(network, patterns) + mean, tensors)]
        score = np.median(misorientation_deg(found, truth))
        add(rows, "orientation", "CNN", False, split, steps * batch, seed, 1, score)
    if seed == 0:
        weights |= kept("orientation", network)


def kept(name, network):
    """Return the weights of a network in half precision."""
    state = {key: value.numpy() for key, value in network.state_dict().items()}
    return {
        f"{name}/{key}": value.astype(np.float16) if value.dtype == np.float32 else value
        for key, value in state.items()
    }


def add(rows, *values):
    rows.append(values)
    print(*values, f"{time.process_time():.0f} s", flush=True)


PARTS = {each.__name__: each for each in (textures, conductivity, orientation)}


def save(part, seed, rows, weights):
    """Put the rows and weights of a part and a seed in the place of what the files held of them."""
    table = pd.DataFrame(rows, columns=COLUMNS).round({"score": 4})
    if FILE.is_file():
        old = pd.read_csv(FILE)
        table = pd.concat([old[(old["task"] != part) | (old["seed"] != seed)], table])
    table.sort_values(COLUMNS[:-1]).to_csv(FILE, index=False)
    if weights:
        if WEIGHTS.is_file():
            with np.load(WEIGHTS) as kept_before:
                weights = {name: kept_before[name] for name in kept_before.files} | weights
        np.savez_compressed(WEIGHTS, **weights)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="+", choices=PARTS)
    parser.add_argument("--seeds", nargs="+", type=int, default=SEEDS)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    for seed in arguments.seeds:
        for part in arguments.parts:
            rows, weights = [], {}
            PARTS[part](seed, rows, weights)
            save(part, seed, rows, weights)
    for path in (FILE, WEIGHTS):
        print(path.name, hashlib.sha256(path.read_bytes()).hexdigest())


if __name__ == "__main__":
    main()
