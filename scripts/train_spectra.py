"""Train forests and networks on simulated powder patterns, for notebook 09.

Writes three tables: how often each method is right, for two ways of splitting, three seeds, patterns with and
without distortions in training and in the test, and each distortion alone; how the networks fared on
validation patterns after each epoch; and what they say of the measured patterns. One network is trained for
twice as long, to show what is left to gain.

    python scripts/train_spectra.py

takes about three minutes of one core. Shares differ by one or two hundredths from one machine to another.
"""

from functools import partial

import numpy as np
import pandas as pd
import torch
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import balanced_accuracy_score

from matnn_lab.lessons.spectra_cnn.powders import SYSTEMS, measured_patterns, powders, split
from matnn_lab.lessons.spectra_cnn.runs import (
    CURVES,
    EPOCHS,
    FILE,
    MEASURED,
    best_match,
    predict,
    realistic,
    train,
    without_ground,
)
from matnn_lab.models.spectrum import SpectrumCNN
from matnn_lab.representations.spectra import DISTORTIONS, Measurement, Reflections, powder_patterns

SEEDS, COPIES, TREES, SHIFTS = (0, 1, 2), 3, 60, 3

CURVE = ["training_loss", "validation_loss", "accuracy"]


def forest(patterns: np.ndarray, targets: np.ndarray, seed: int) -> RandomForestClassifier:
    return RandomForestClassifier(TREES, random_state=seed).fit(patterns, targets)


def flattened(reflections: Reflections, first: int, epoch: int) -> np.ndarray:
    return without_ground(realistic(reflections, first + epoch))


def same(patterns: np.ndarray, epoch: int) -> np.ndarray:
    return patterns


def fresh(reflections: Reflections, first: int, epoch: int) -> np.ndarray:
    return realistic(reflections, first + epoch)


def one_seed(seed: int, rows: list[dict], curves: list[pd.DataFrame], measured: list[dict]) -> None:
    table, reflections = powders()
    target = table["target"].to_numpy()
    clean = powder_patterns(reflections, Measurement.ideal(len(table)), np.random.default_rng(0))

    def keep(how: dict, answers: dict[str, np.ndarray], true: np.ndarray) -> None:
        for tested, found in answers.items():
            shares = {
                "accuracy": np.mean(found == true),
                "balanced": balanced_accuracy_score(true, found),
            }
            rows.append({"seed": seed, **how, "tested": tested} | shares)
        print(rows[-len(answers)], flush=True)

    def watch(how: dict, curve: np.ndarray) -> None:
        part = pd.DataFrame(curve, columns=CURVE)
        part.insert(0, "epoch", np.arange(1, len(part) + 1))
        curves.append(part.assign(seed=seed, **how))

    def ask(model: SpectrumCNN, how: dict) -> None:
        for sample, pattern in measured_patterns().items():
            if "ground off" in how["trained"]:
                pattern = without_ground(pattern[None])[0]
            probability = predict(model, pattern[None]).softmax(dim=1)[0].tolist()
            said = dict(zip(SYSTEMS, probability, strict=True))
            measured.append({"seed": seed, "trained": how["trained"], "sample": sample} | said)

    for name, groups in (("entry", np.arange(len(table))), ("formula", table["formula"])):
        learn, validation, test = split(np.asarray(groups), seed)
        tests = {"ideal": clean[test]}
        if name == "formula":
            for number, kinds in enumerate([DISTORTIONS, *([each] for each in DISTORTIONS)]):
                kind = "all" if number == 0 else kinds[0]
                tests[kind] = realistic(reflections[test], 1000 + seed, kinds)
            tests["all, ground off"] = without_ground(tests["all"])
        how = {"split": name, "trained": "ideal", "method": "majority"}
        most = np.bincount(target[learn]).argmax()
        keep(how, {"ideal": np.full(len(test), most)}, target[test])

        how["method"] = "forest"
        trees = forest(clean[learn], target[learn], seed)
        keep(how, {kind: trees.predict(each) for kind, each in tests.items()}, target[test])

        how["method"] = "match"
        found = {kind: best_match(each, clean[learn]) for kind, each in tests.items()}
        keep(how, {kind: target[learn][row] for kind, row in found.items()}, target[test])

        how["method"] = "CNN"
        watched = (clean[validation], target[validation])
        model, curve = train(partial(same, clean[learn]), target[learn], watched, seed=seed)
        watch(how, curve)
        answers = {kind: predict(model, each).argmax(dim=1).numpy() for kind, each in tests.items()}
        keep(how, answers, target[test])
        if name == "entry":
            continue
        ask(model, how)

        how = {"split": name, "trained": "disturbed, ground off", "method": "forest"}
        many = [flattened(reflections[learn], 100 * seed, copy) for copy in range(COPIES)]
        trees = forest(np.concatenate(many), np.tile(target[learn], COPIES), seed)
        off = {"all, ground off": tests["all, ground off"]}
        keep(how, {kind: trees.predict(each) for kind, each in off.items()}, target[test])

        how["method"] = "CNN"
        watched = (flattened(reflections[validation], 2000 + seed, 0), target[validation])
        model, curve = train(
            partial(flattened, reflections[learn], 10_000 * (seed + 1)),
            target[learn],
            watched,
            seed=seed,
        )
        watch(how, curve)
        answers = {kind: predict(model, each).argmax(dim=1).numpy() for kind, each in off.items()}
        keep(how, answers, target[test])
        ask(model, how)

        how = {"split": name, "trained": "disturbed", "method": "forest"}
        many = [realistic(reflections[learn], 100 * seed + copy) for copy in range(COPIES)]
        trees = forest(np.concatenate(many), np.tile(target[learn], COPIES), seed)
        keep(how, {kind: trees.predict(each) for kind, each in tests.items()}, target[test])

        how |= {"method": "match, moved", "trained": "ideal"}
        found = {kind: best_match(each, clean[learn], SHIFTS) for kind, each in tests.items()}
        keep(how, {kind: target[learn][row] for kind, row in found.items()}, target[test])

        how |= {"method": "CNN", "trained": "disturbed"}
        model, curve = on_disturbed(reflections, target, (learn, validation), seed, EPOCHS)
        watch(how, curve)
        answers = {kind: predict(model, each).argmax(dim=1).numpy() for kind, each in tests.items()}
        keep(how, answers, target[test])
        ask(model, how)


def on_disturbed(
    reflections: Reflections,
    target: np.ndarray,
    parts: tuple[np.ndarray, np.ndarray],
    seed: int,
    epochs: int,
) -> tuple[SpectrumCNN, np.ndarray]:
    """Train on distortions drawn anew in each epoch, as the notebook does for seed 0."""
    learn, validation = parts
    watched = (realistic(reflections[validation], 2000 + seed), target[validation])
    draw = partial(fresh, reflections[learn], 10_000 * (seed + 1))
    return train(draw, target[learn], watched, epochs=epochs, seed=seed)


def twice_as_long(seed: int, rows: list[dict], curves: list[pd.DataFrame]) -> None:
    table, reflections = powders()
    target = table["target"].to_numpy()
    learn, validation, test = split(table["formula"].to_numpy(), seed)
    model, curve = on_disturbed(reflections, target, (learn, validation), seed, 2 * EPOCHS)
    how = {"split": "formula", "trained": "disturbed", "method": "CNN, twice as long"}
    part = pd.DataFrame(curve, columns=CURVE)
    part.insert(0, "epoch", np.arange(1, len(part) + 1))
    curves.append(part.assign(seed=seed, **how))
    answer = predict(model, realistic(reflections[test], 1000 + seed)).argmax(dim=1).numpy()
    shares = {
        "accuracy": np.mean(answer == target[test]),
        "balanced": balanced_accuracy_score(target[test], answer),
    }
    rows.append({"seed": seed, **how, "tested": "all"} | shares)


def main() -> None:
    torch.set_num_threads(1)
    rows: list[dict] = []
    curves: list[pd.DataFrame] = []
    measured: list[dict] = []
    for seed in SEEDS:
        print(f"seed {seed}")
        one_seed(seed, rows, curves, measured)
        write(rows, curves, measured)
    twice_as_long(SEEDS[0], rows, curves)
    write(rows, curves, measured)


def write(rows: list[dict], curves: list[pd.DataFrame], measured: list[dict]) -> None:
    pd.DataFrame(measured).round(4).to_csv(MEASURED, index=False)
    pd.DataFrame(rows).round(4).to_csv(FILE, index=False)
    pd.concat(curves).round(4).to_csv(CURVES, index=False)


if __name__ == "__main__":
    main()
