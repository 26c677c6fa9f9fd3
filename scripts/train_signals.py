"""Train what is too long for notebook 10, and store the results and one network for it.

python scripts/train_signals.py [--only raman|cycles]

Everything is seeded; about an hour on one core.
"""

import argparse
from itertools import product
from pathlib import Path

import numpy as np
import torch

from matnn_lab.lessons.signals_transformer import runs

TARGET = Path(runs.__file__).with_name("runs.npz")
SEEDS = (0, 1, 2)


def raman() -> dict[str, np.ndarray]:
    """Predict NBO/T of each glass from its spectrum: model, split, seed and glass."""
    spectra, targets, _systems = runs.glasses()
    found = {}
    for name, split in product(runs.RAMAN_MODELS, runs.SPLITS):
        predicted = np.empty((len(SEEDS), len(targets)), dtype=np.float32)
        for seed, (train, test) in product(SEEDS, runs.folds(split)):
            torch.manual_seed(seed)
            model = runs.RAMAN_MODELS[name]()
            predict = runs.fit_spectra(model, spectra[train], targets[train], seed)
            predicted[seed, test] = predict(spectra[test])
        found[f"raman/{name}/{split}"] = predicted
        print(name, split, np.abs(predicted - targets.numpy()).mean(axis=1).round(4), flush=True)
    return found


def cycles() -> dict[str, np.ndarray]:
    """Restore a hidden cycle: errors of each model and seed, the validation, and two networks."""
    found = {}
    rounds = [(task, name) for task, names in runs.TRAINED.items() for name in names]
    for task, name in rounds:
        periods, _steps = runs.TASKS[task]
        errors, curves = [], []
        clean, measured = runs.specimens(1000, periods, seed=9000)
        hidden = runs.hide(1000, seed=9001)
        for seed in SEEDS:
            model, curve = runs.train_to_restore(name, task, seed)
            with torch.no_grad():
                errors.append(runs.error(model(measured, hidden), clean, hidden))
            curves.append(curve)
            if seed == 0 and (name, task) in runs.KEPT:
                for key, value in model.state_dict().items():
                    if not key.endswith("_extra_state"):
                        found[f"weights/{name}/{task}/{key}"] = value.numpy()
            print(name, task, seed, round(errors[-1], 4), np.round(curve, 3), flush=True)
        found[f"cycles/{name}/{task}"] = np.array(errors)
        found[f"validation/{name}/{task}"] = np.array(curves)
    return found


if __name__ == "__main__":
    torch.set_num_threads(1)
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", choices=["raman", "cycles"])
    only = parser.parse_args().only
    stored = dict(np.load(TARGET)) if TARGET.exists() else {}
    for part in (raman, cycles):
        if only in (None, part.__name__):
            stored |= part()
    np.savez_compressed(TARGET, **stored)
    print(f"{TARGET.name}: {TARGET.stat().st_size} bytes")
