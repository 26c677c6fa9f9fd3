"""Train what is too long for notebook 10, and store the results and some networks for it.

python scripts/train_signals.py [--only cycles surveys ...] [--again]

Every training is seeded and stored as soon as it ends; one that is stored already is passed over. About
an hour and three quarters on one core in all.
"""

import argparse
from collections.abc import Callable, Iterator
from functools import partial
from itertools import product
from pathlib import Path

import numpy as np
import torch
from sklearn.model_selection import GroupKFold

from matnn_lab.lessons.signals_transformer import rates, runs, surveys
from matnn_lab.training.threads import one_thread

TARGET = Path(runs.__file__).with_name("runs.npz")
SEEDS = (0, 1, 2)
Found = dict[str, np.ndarray]
Pieces = Iterator[tuple[str, Callable[[], Found]]]


def cycles() -> Pieces:
    """Restore a hidden stretch: the test error, the validation, and some networks."""
    for (task, names), seed in product(runs.TRAINED.items(), SEEDS):
        for name in names:
            yield f"cycles/{name}/{task}/{seed}", partial(one_restoring, name, task, seed)


def one_restoring(name: str, task: str, seed: int) -> Found:
    periods, _steps = runs.TASKS[task]
    clean, measured = runs.specimens(1000, periods, seed=9000)
    hidden = runs.hide(1000, seed=9001)
    model, curve = runs.train_to_restore(name, task, seed)
    with torch.no_grad():
        error = runs.error(model(measured, hidden), clean, hidden)
    found = {f"cycles/{name}/{task}/{seed}": np.array(error)}
    found[f"validation/{name}/{task}/{seed}"] = np.array(curve)
    if (name, task) in runs.KEPT:
        found[f"by period/{name}/{task}/{seed}"] = runs.errors_by_period(model)
        if seed == 0:
            found |= weights(name, task, model)
    return found


def averages() -> Pieces:
    """Restore the hidden cycle from the mean of those in view by a dense network: the engineer's rival."""
    for steps, seed in product(runs.AVERAGE_STEPS, SEEDS):
        yield f"averages/{steps}/{seed}", partial(one_average, steps, seed)


def one_average(steps: int, seed: int) -> Found:
    clean, measured = runs.specimens(1000, runs.ONE_PERIOD, seed=9000)
    hidden = runs.hide(1000, seed=9001)
    model, curve = runs.train_on_average(seed, steps)
    mean, _copies = runs.averaged_cycle(measured, hidden, runs.CYCLE)
    with torch.no_grad():
        error = runs.error(runs.repeat_cycle(model(mean)), clean, hidden)
    return {
        f"averages/{steps}/{seed}": np.array(error),
        f"average curves/{steps}/{seed}": np.array(curve),
    }


def weights(name: str, task: str, model: torch.nn.Module) -> Found:
    """Give the weights of a network under the keys that `runs.stored_network` reads."""
    return {
        f"weights/{name}/{task}/{key}": value.numpy()
        for key, value in model.state_dict().items()
        if not key.endswith("_extra_state")
    }


def raman() -> Pieces:
    """Predict NBO/T of each glass from its spectrum, in five folds."""
    for name, split, seed in product(runs.RAMAN_MODELS, runs.SPLITS, SEEDS):
        yield f"raman/{name}/{split}/{seed}", partial(one_raman, name, split, seed)
        yield f"raman/{name}, SNV/{split}/{seed}", partial(one_raman, name, split, seed, "SNV")
    for name, split, seed in product(runs.RAMAN_CONTROLS, runs.SPLITS, SEEDS):
        yield f"raman/{name}/{split}/{seed}", partial(one_raman, name, split, seed)


def one_raman(name: str, split: str, seed: int, preparation: str = "raw") -> Found:
    spectra, targets, _systems = runs.glasses()
    if preparation == "SNV":
        spectra = torch.tensor(runs.standard_normal_variate(spectra.numpy())).float()
    predicted = np.empty(len(targets), dtype=np.float32)
    for train, test in runs.folds(split):
        torch.manual_seed(seed)
        model = (runs.RAMAN_MODELS | runs.RAMAN_CONTROLS)[name]()
        predict = runs.fit_spectra(model, spectra[train], targets[train], seed)
        predicted[test] = predict(spectra[test])
    prepared = "" if preparation == "raw" else f", {preparation}"
    return {f"raman/{name}{prepared}/{split}/{seed}": predicted}


def baselines_of_raman() -> Pieces:
    """Predict NBO/T by ridge, PLS and SVR in the same folds, with the settings that inner folds chose."""
    for name, split in product(runs.BASELINES, runs.SPLITS):
        yield f"raman/{name}/{split}/0", partial(one_baseline, name, split)


def one_baseline(name: str, split: str) -> Found:
    spectra, targets, _systems = runs.glasses()
    predicted, chosen, prepared = np.empty(len(targets), dtype=np.float32), [], []
    for train, test in runs.folds(split):
        search = runs.fit_baseline(name, split, train)
        predicted[test] = np.ravel(search.predict(spectra[test].numpy().astype(float)))
        best = dict(search.best_params_)
        prepared.append(best.pop("preparation") is not runs.PREPARATIONS["raw"])
        chosen.append(list(best.values()))
    print(name, split, chosen, prepared, np.abs(predicted - targets.numpy()).mean())
    return {
        f"raman/{name}/{split}/0": predicted,
        f"settings/{name}/{split}/0": np.array(chosen),
        f"SNV chosen/{name}/{split}/0": np.array(prepared),
    }


def epochs() -> Pieces:
    """Validate the length of the training on glasses that are in the training set of the first fold."""
    for name, length, seed in product(runs.RAMAN_MODELS, runs.EPOCHS_TRIED, SEEDS):
        yield f"epochs/{name}/{length}/{seed}", partial(one_length, name, length, seed)


def one_length(name: str, length: int, seed: int) -> Found:
    spectra, targets, systems = runs.glasses()
    train, _test = runs.folds("whole systems")[0]
    inner, held = next(iter(GroupKFold(4).split(train, groups=systems[train])))
    torch.manual_seed(seed)
    model = runs.RAMAN_MODELS[name]()
    rows = train[inner]
    predict = runs.fit_spectra(model, spectra[rows], targets[rows], seed, length)
    away = predict(spectra[train[held]]) - targets[train[held]].numpy()
    return {f"epochs/{name}/{length}/{seed}": np.abs(away).mean()}


def surveys_of_elements() -> Pieces:
    """Find the elements in computed surveys: F1 on test surveys, and the validation."""
    tried = [*product(surveys.STEPS, surveys.MODELS), *product(surveys.STEPS[:2], surveys.CONTROLS)]
    for (steps, name), seed in product(tried, SEEDS):
        yield f"surveys/{name}/{steps}/{seed}", partial(one_survey, name, steps, seed)


def least_squares_of_surveys() -> Pieces:
    """Find the elements by least squares, with a threshold chosen on validation surveys."""
    yield "least squares/named/0", least_squares


def least_squares() -> Found:
    held, there = surveys.draw(200, seed=2000)
    shares = surveys.fit_templates(held)
    threshold = max(surveys.THRESHOLDS, key=lambda share: surveys.f1(shares > share, there))
    counts, present = surveys.draw(1000, seed=9000)
    named = surveys.fit_templates(counts) > threshold
    print("threshold", threshold, "F1", round(surveys.f1(named, present), 4))
    return {"least squares/named/0": named, "least squares/threshold/0": np.array(threshold)}


def one_survey(name: str, steps: int, seed: int) -> Found:
    model, curve = surveys.train(name, seed, steps)
    counts, present = surveys.draw(1000, seed=9000)
    score = surveys.f1(surveys.probabilities(model, counts) > 0.5, present)
    key = f"{name}/{steps}/{seed}"
    return {f"surveys/{key}": np.array(score), f"survey curves/{key}": curve}


def rate_of_waveforms() -> Pieces:
    """Read ln c from whole waveforms: the mean absolute error on 300 others."""
    for seed in SEEDS:
        yield f"rates/CNN/{seed}", partial(one_rate, seed)


def one_rate(seed: int) -> Found:
    log_rates, signals = rates.waveforms(300, seed=2)
    return {f"rates/CNN/{seed}": np.abs(rates.train(seed)(signals) - log_rates).mean()}


def posterior_of_waveforms() -> Pieces:
    """Read ln c of the same 300 waveforms by the posterior under the law that they were drawn from."""
    yield "rates/posterior/0", posterior


def posterior() -> Found:
    log_rates, signals = rates.waveforms(300, seed=2)
    found = np.log([rates.by_posterior(signal) for signal in signals])
    return {"rates/posterior/0": np.abs(found - log_rates).mean()}


PARTS: dict[str, Callable[[], Pieces]] = {
    "cycles": cycles,
    "averages": averages,
    "surveys": surveys_of_elements,
    "least squares": least_squares_of_surveys,
    "baselines": baselines_of_raman,
    "raman": raman,
    "epochs": epochs,
    "rates": rate_of_waveforms,
    "posterior": posterior_of_waveforms,
}


if __name__ == "__main__":
    one_thread()
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", choices=PARTS, nargs="*", default=list(PARTS))
    parser.add_argument("--again", action="store_true", help="train what is stored already, too")
    asked = parser.parse_args()
    stored = dict(np.load(TARGET)) if TARGET.exists() else {}
    for part in asked.only:
        for key, make in PARTS[part]():
            if asked.again or key not in stored:
                found = make()
                stored |= found
                np.savez_compressed(TARGET, **stored)
                print(key, np.round(found[key], 4) if found[key].ndim == 0 else "", flush=True)
    print(f"{TARGET.name}: {TARGET.stat().st_size} bytes")
