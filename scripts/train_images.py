"""Train the networks of notebook 08 on computed images until validation no longer falls, and keep the scores.

    python scripts/train_images.py textures conductivity "section 4" cracks specimens pixels orientation

writes ``image_runs.csv`` and ``image_weights.npz`` of the lesson anew, as far as parts, seeds and sizes are
named. Scores differ a little from one machine to another, since training amplifies rounding.
"""

import argparse
import hashlib
import time
from itertools import product

import numpy as np
import pandas as pd
import torch
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from torch import nn

from matnn_lab.datasets.ebsd import misorientation_deg, random_orientations
from matnn_lab.datasets.microstructures import grain_films
from matnn_lab.lessons.images_cnn_and_vit import data, orientations, pixels
from matnn_lab.lessons.images_cnn_and_vit.runs import (
    FILE,
    ORIENTATION_NETWORK,
    U_NET,
    WEIGHTS,
    FlipsAndTurns,
    trained_on_patches,
)
from matnn_lab.models.cnn import CNN, ShiftsAndFlips, UNet
from matnn_lab.models.vit import ViT
from matnn_lab.training import fit
from matnn_lab.training.threads import one_thread

SEEDS = (0, 1, 2)
SIZES = (100, 400, 2000)
NETWORKS = ("forest", "CNN", "ViT")  # "forest" is two: with and without `data.spans`
EPOCHS, PATIENCE = 1000, 20
# Stop only after 250 steps without a better validation: an epoch has 4 steps with 100 images, 63 with 2,000
PATIENCE_BY_SIZE = {100: 80, 400: 20, 2000: 8}
FEATURES = {"forest": data.spectrum_features, "forest, with direction": data.directed_features}
COLUMNS = [
    "task", "network", "augmented", "split", "measure", "n_train", "seed", "epochs", "score",
]  # fmt: skip
TRAINING = ["task", "network", "augmented", "n_train", "seed"]


def networks(n_outputs: int, padding: str = "periodic") -> dict[str, nn.Module]:
    return {
        "CNN": CNN((8, 16, 32), n_outputs, padding=padding),
        "ViT": ViT(data.SIZE, 4, width=32, depth=2, n_outputs=n_outputs),
    }


def trained(network, train, validation, *, loss, augment, seed, patience=PATIENCE):
    """Train with early stopping; return the network and the epochs that it saw."""
    model = nn.Sequential(augment, network) if augment else network
    history = fit(
        model, train, validation, loss=loss, epochs=EPOCHS, patience=patience, seed=seed,
        batch_size=32, progress=False,
        optimizer=lambda parameters: torch.optim.AdamW(parameters, lr=2e-3, weight_decay=1e-2),
    )  # fmt: skip
    return network.eval(), history.best_epoch


@torch.no_grad()
def answers(network, images):
    parts = torch.tensor(images, dtype=torch.float32).split(200)
    return torch.cat([network(part) for part in parts]).numpy()


def textures(seed, chosen, rows, weights):
    test, classes = data.textures(60, seed=1000)
    validation = data.textures(20, seed=2000)
    for n in (20,):
        train = data.textures(n, seed)
        for name, features in FEATURES.items():
            forest = RandomForestClassifier(300, random_state=seed)
            forest.fit(features(train[0]), train[1])
            score = (forest.predict(features(test)) == classes).mean()
            add(rows, "textures", name, False, "specimens", "accuracy", 5 * n, seed, 0, score)
        for name in ("CNN", "ViT"):
            torch.manual_seed(seed)
            network, epochs = trained(
                networks(5, padding="zeros")[name], train, validation, seed=seed, augment=FlipsAndTurns(),
                loss=nn.functional.cross_entropy, patience=PATIENCE_BY_SIZE[5 * n],
            )  # fmt: skip
            score = (answers(network, test).argmax(axis=1) == classes).mean()
            add(rows, "textures", name, True, "specimens", "accuracy", 5 * n, seed, epochs, score)
            if name == "CNN" and seed == 0:
                weights |= kept("textures", network)


def conductivity(seed, chosen, rows, weights):
    test = data.conductivities(300, seed=1000)
    validation = data.conductivities(200, seed=2000)
    images, log_k = data.conductivities(max(chosen.sizes), seed)
    how = ("specimens", "MAE of log10 k")
    for n in chosen.sizes:
        if "forest" in chosen.networks:
            # the networks choose their epoch by the validation images, so the forests learn from them
            seen = np.concatenate([images[:n], validation[0]])
            target = np.concatenate([log_k[:n], validation[1]])
            for name, features in data.CONDUCTION_FEATURES.items():
                forest = RandomForestRegressor(300, random_state=seed).fit(features(seen), target)
                score = np.abs(forest.predict(features(test[0])) - test[1]).mean()
                add(rows, "conductivity", name, False, *how, n, seed, 0, score)
        for name, augmented in product(("CNN", "ViT"), (True, False)):
            if name not in chosen.networks or (chosen.plain and augmented):
                continue
            torch.manual_seed(seed)
            network, epochs = trained(
                networks(1)[name], signed(images[:n], log_k[:n]), signed(*validation),
                seed=seed, augment=ShiftsAndFlips() if augmented else None, loss=nn.functional.mse_loss,
                patience=PATIENCE_BY_SIZE[n],
            )  # fmt: skip
            found = answers(network, signed(*test)[0]) + 1
            score = np.abs(found - test[1]).mean()
            add(rows, "conductivity", name, augmented, *how, n, seed, epochs, score)


def section_4(seed, chosen, rows, weights, n=400):
    """Train as section 4 of the notebook does, and test on its test images, a crack and grain films."""
    train, validation = (data.conductivities(*each) for each in ((n, 0), (200, 2000)))
    torch.manual_seed(seed)
    network = networks(1)["CNN"]
    fit(
        nn.Sequential(ShiftsAndFlips(), network), signed(*train), signed(*validation), epochs=30,
        patience=10, batch_size=32, progress=False,
        optimizer=lambda parameters: torch.optim.AdamW(parameters, lr=2e-3, weight_decay=1e-2),
    )  # fmt: skip
    films = grain_films(100, seed=3)
    for split, (images, log_k) in {
        "specimens": data.conductivities(300, seed=1000),
        "crack: no": data.cracked(300, 1000, "no"),
        "crack: whole": data.cracked(300, 1000, "whole"),
        "grain films": (films, data.log_conductivity(films)),
    }.items():
        away = answers(network.eval(), signed(images, log_k)[0]) + 1 - log_k
        for measure, score in (("MAE", np.abs(away).mean()), ("mean error", away.mean())):
            what = f"{measure} of log10 k"
            add(rows, "section 4", "CNN", True, split, what, n, seed, 0, score)


def cracks(seed, chosen, rows, weights, n=400):
    """Train with no cracks, with cracks through some images, and with such and others that end half-way.

    Test without cracks, with cracks through the whole image and with cracks through a half of it.
    """
    test = {crack: data.cracked(300, 1000, crack) for crack in ("no", "whole", "half")}
    for name, kinds in data.SHOWN_CRACKS.items():
        train, validation = (
            data.partly_cracked(size, start, kinds) for size, start in ((n, seed), (200, 2000))
        )
        torch.manual_seed(seed)
        network, epochs = trained(
            networks(1)["CNN"], signed(*train), signed(*validation), seed=seed,
            augment=ShiftsAndFlips(), loss=nn.functional.mse_loss,
        )  # fmt: skip
        for crack, (images, log_k) in test.items():
            away = answers(network, signed(images, log_k)[0]) + 1 - log_k
            for measure, score in (("MAE", np.abs(away).mean()), ("mean error", away.mean())):
                split, what = f"crack: {crack}", f"{measure} of log10 k"
                add(rows, "cracks", name, True, split, what, n, seed, epochs, score)


def signed(images, log_k):
    """Return phases as -1 and 1, and targets around 0."""
    return 2.0 * images.astype(np.float32) - 1, (log_k - 1).astype(np.float32)


def specimens(seed, chosen, rows, weights):
    """Train on three in four patches of 64 specimens, and ask for the other patches and for new specimens."""
    patches = data.patches_of_specimens(128, seed)
    rest, new = data.left_out_and_new(patches, seed)
    for epochs in (5, 20, 80):
        network = trained_on_patches(patches, seed, epochs)
        for split, of in (("left-out patches", rest), ("new specimens", new)):
            found, true = answers(network, patches.images[of]), patches.label[of]
            score = 1 - np.mean((found - true) ** 2) / np.var(true)
            add(rows, "specimens", "CNN", False, split, "R2", 432, seed, epochs, score)


def pixel_by_pixel(seed, chosen, rows, weights, n=100):
    """Train a U-Net, and choose how a threshold is prepared on the validation images."""
    train, validation, test = (
        pixels.recorded_phases(size, start + seed)
        for size, start in ((n, 0), (50, 2000), (100, 1000))
    )
    ways = list(product((None, 3, 4, 6, 10, 16), (0, 0.5, 1, 1.5, 2)))
    overlaps = [
        pixels.overlap(pixels.by_threshold(validation[0], *way), validation[1]) for way in ways
    ]
    best = ways[int(np.argmax(overlaps))]
    print("light, blur:", best)
    torch.manual_seed(seed)
    network, epochs = trained(
        UNet(**U_NET), *((images, phase.astype(np.float32)) for images, phase in (train, validation)),
        loss=nn.functional.binary_cross_entropy_with_logits, augment=None, seed=seed,
        patience=PATIENCE_BY_SIZE[n],
    )  # fmt: skip
    found = {
        "majority": (False, 0, np.zeros_like(test[1])),
        "Otsu": (False, 0, pixels.by_threshold(test[0])),
        "Otsu, light and noise taken off": (False, 0, pixels.by_threshold(test[0], *best)),
        "U-Net": (False, epochs, answers(network, test[0]) > 0),
    }
    for name, (augmented, epochs, phase) in found.items():
        for measure, score in (
            ("accuracy", np.mean(phase == test[1])), ("IoU", pixels.overlap(phase, test[1])),
        ):  # fmt: skip
            add(rows, "pixels", name, augmented, "specimens", measure, n, seed, epochs, score)
    if seed == 0:
        weights |= kept("pixels", network)


def orientation(seed, chosen, rows, weights, steps=2000, batch=48):
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
        how = (split, "median error in degrees", steps * batch)
        add(rows, "orientation", "CNN", False, *how, seed, 1, score)
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


PARTS = {
    "textures": textures,
    "conductivity": conductivity,
    "section 4": section_4,
    "cracks": cracks,
    "specimens": specimens,
    "pixels": pixel_by_pixel,
    "orientation": orientation,
}


def save(rows, weights):
    """Put rows and weights in the place of what the files held of the same trainings."""
    table = pd.DataFrame(rows, columns=COLUMNS).round({"score": 4})
    if FILE.is_file():
        old = pd.read_csv(FILE)
        again = old[TRAINING].merge(table[TRAINING].drop_duplicates(), how="left", indicator=True)
        table = pd.concat([old[(again["_merge"] == "left_only").to_numpy()], table])
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
    parser.add_argument("--sizes", nargs="+", type=int, default=SIZES, help="of conductivity")
    parser.add_argument("--networks", nargs="+", default=NETWORKS, help="of conductivity")
    parser.add_argument(
        "--plain", action="store_true", help="conductivity without augmentation only"
    )
    arguments = parser.parse_args()
    one_thread()
    for seed in arguments.seeds:
        for part in arguments.parts:
            rows, weights = [], {}
            PARTS[part](seed, arguments, rows, weights)
            save(rows, weights)
    for path in (FILE, WEIGHTS):
        print(path.name, hashlib.sha256(path.read_bytes()).hexdigest())


if __name__ == "__main__":
    main()
