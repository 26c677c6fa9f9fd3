"""Train forests and networks on simulated powder patterns, for notebook 09.

Writes four tables: how often each method is right, for two ways of splitting, three seeds, patterns with and
without distortions in training and in the test, and each distortion alone; how the networks fared on
validation patterns after each epoch; what they say of the measured patterns, and of computed patterns of the
same crystals; and what they lose when a line is covered or a foreign one put in. Networks of each seed are
also trained with another head, which takes far longer to learn, and for a quarter and for twice of the
epochs, to show what is left to gain.
Smaller parts follow: all distortions but one, with a table of its own; a Transformer and a forest on lists of
peaks, whose rows join the first table; and amounts in mixtures, with a table of their own.

    python scripts/train_spectra.py systems peaks mixtures "one left out"

takes about an hour of one core; `--seeds 0` makes the rows of one seed and leaves the others. Shares
differ by a few hundredths from one machine to another.
"""

import argparse
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import balanced_accuracy_score
from torch import nn

from matnn_lab.lessons.spectra_cnn.mixtures import (
    PHASES,
    SHIFTS_DEG,
    WIDTHS_DEG,
    by_least_squares,
    mixtures,
    named_rightly,
)
from matnn_lab.lessons.spectra_cnn.places import changed
from matnn_lab.lessons.spectra_cnn.powders import (
    SYSTEM_OF,
    SYSTEMS,
    computed_twins,
    measured_patterns,
    powders,
    split,
)
from matnn_lab.lessons.spectra_cnn.runs import (
    CURVES,
    EPOCHS,
    FILE,
    LEFT_OUT,
    LOOKED,
    MEASURED,
    MIXTURES,
    best_match,
    predict,
    realistic,
    train,
    train_on,
    without_ground,
)
from matnn_lab.models.attention import EncoderBlock
from matnn_lab.models.spectrum import SpectrumCNN
from matnn_lab.representations.spectra import (
    DISTORTIONS,
    GRID,
    Measurement,
    Reflections,
    powder_patterns,
)
from matnn_lab.training import fit
from matnn_lab.training.threads import one_thread

SEEDS, COPIES, TREES, SHIFTS, PEAKS = (0, 1, 2), 16, 60, 3, 32
N_TWINS, N_PLACES, N_MIXTURES = 210, 5, 2500
PEAK_LIST = {"split": "formula", "trained": "peak list", "tested": "peak list"}

CURVE = ["training_loss", "validation_loss", "accuracy"]


def forest(patterns: np.ndarray, targets: np.ndarray, seed: int) -> RandomForestClassifier:
    return RandomForestClassifier(TREES, random_state=seed).fit(patterns, targets)


def scores(answer: np.ndarray, true: np.ndarray) -> dict[str, float]:
    """Give the share of right answers, and its mean over the classes."""
    return {
        "accuracy": np.mean(answer == true),
        "balanced": balanced_accuracy_score(true, answer),
    }


def by_epoch(curve: np.ndarray, seed: int, how: dict) -> pd.DataFrame:
    """Give the curve of a training as rows of its table, at most 128 of them."""
    part = pd.DataFrame(curve, columns=CURVE)
    part.insert(0, "epoch", np.arange(1, len(part) + 1))
    every = max(1, len(part) // 128)
    return part[part["epoch"] % every == 0].assign(seed=seed, **how)


def flattened(reflections: Reflections, first: int, epoch: int) -> np.ndarray:
    return without_ground(realistic(reflections, first + epoch))


def same(patterns: np.ndarray, epoch: int) -> np.ndarray:
    return patterns


def fresh(reflections: Reflections, first: int, epoch: int) -> np.ndarray:
    return realistic(reflections, first + epoch)


def one_seed(
    seed: int,
    rows: list[dict],
    curves: list[pd.DataFrame],
    measured: list[dict],
    looked: list[dict],
) -> None:
    table, reflections = powders()
    target = table["target"].to_numpy()
    clean = powder_patterns(reflections, Measurement.ideal(len(table)), np.random.default_rng(0))

    def keep(how: dict, answers: dict[str, np.ndarray], true: np.ndarray) -> None:
        for tested, found in answers.items():
            rows.append({"seed": seed, **how, "tested": tested} | scores(found, true))
        print(rows[-len(answers)], flush=True)

    def watch(how: dict, curve: np.ndarray) -> None:
        curves.append(by_epoch(curve, seed, how))

    def ask(model: SpectrumCNN, how: dict) -> None:
        for sample, kind, patterns in asked_patterns(seed):
            if "ground off" in how["trained"]:
                patterns = without_ground(patterns)
            probability = predict(model, patterns).softmax(dim=1).numpy()
            right = probability.argmax(axis=1) == SYSTEMS.index(SYSTEM_OF[sample])
            said = dict(zip(SYSTEMS, probability.mean(axis=0).tolist(), strict=True))
            about = {"seed": seed, "trained": how["trained"], "sample": sample, "pattern": kind}
            measured.append(about | said | {"n": len(patterns), "right": right.sum()})

    def look(model: SpectrumCNN, how: dict, test: np.ndarray) -> None:
        def rightly(patterns: np.ndarray) -> np.ndarray:
            return predict(model, patterns).argmax(dim=1).numpy() == target[test]

        before = rightly(clean[test])
        for draw in range(N_PLACES):
            has_all, patterns = changed(clean[test], draw)
            for kind, each in patterns.items():
                lost = 1 - np.mean(rightly(each)[before & has_all])
                about = {"seed": seed, "trained": how["trained"], "place": kind, "draw": draw}
                looked.append(about | {"lost": lost, "n": (before & has_all).sum()})

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

        for how["method"], shifts in (("match", 0), ("match, moved", SHIFTS)):
            found = {kind: best_match(each, clean[learn], shifts) for kind, each in tests.items()}
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
        look(model, how, test)

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

        how["method"] = "CNN"
        parts = learn, validation
        model, curve = on_disturbed(reflections, target, parts, seed)
        watch(how, curve)
        answers = {kind: predict(model, each).argmax(dim=1).numpy() for kind, each in tests.items()}
        keep(how, answers, target[test])
        ask(model, how)
        look(model, how, test)

        trained_otherwise(seed, rows, curves)


def trained_otherwise(seed: int, rows: list[dict], curves: list[pd.DataFrame]) -> None:
    """Train networks with another head, and for a quarter or twice of the epochs."""
    table, reflections = powders()
    target = table["target"].to_numpy()
    clean = powder_patterns(reflections, Measurement.ideal(len(table)), np.random.default_rng(0))
    learn, validation, test = split(table["formula"].to_numpy(), seed)
    tests = {"ideal": clean[test], "all": realistic(reflections[test], 1000 + seed)}
    for method, options in (
        ("CNN, mean head", {"head": "mean"}),
        ("CNN, mean head, 16 times as long", {"head": "mean", "epochs": 16 * EPOCHS}),
        ("CNN, a quarter as long", {"epochs": EPOCHS // 4}),
        ("CNN, twice as long", {"epochs": 2 * EPOCHS}),
    ):
        parts = learn, validation
        networks = {"disturbed": on_disturbed(reflections, target, parts, seed, **options)}
        if method != "CNN, twice as long":
            watched = (clean[validation], target[validation])
            draw = partial(same, clean[learn])
            networks["ideal"] = train(draw, target[learn], watched, seed=seed, **options)
        for trained, (model, curve) in networks.items():
            how = {"split": "formula", "trained": trained, "method": method}
            curves.append(by_epoch(curve, seed, how))
            for tested, patterns in tests.items():
                answer = predict(model, patterns).argmax(dim=1).numpy()
                rows.append({"seed": seed, **how, "tested": tested} | scores(answer, target[test]))
                print(rows[-1], flush=True)


def asked_patterns(seed: int) -> list[tuple[str, str, np.ndarray]]:
    """Give the measured patterns, and computed ones of the same crystals, ideal and disturbed."""
    asked = []
    for sample, pattern in measured_patterns().items():
        twins = computed_twins(sample)
        ideal = Measurement.ideal(twins.n_crystals)
        many = twins[np.arange(N_TWINS) % twins.n_crystals]
        asked += [
            (sample, "measured", pattern[None]),
            (sample, "computed", powder_patterns(twins, ideal, np.random.default_rng(0))),
            (sample, "computed, disturbed", realistic(many, 3000 + seed)),
        ]
    return asked


def on_disturbed(
    reflections: Reflections,
    target: np.ndarray,
    parts: tuple[np.ndarray, np.ndarray],
    seed: int,
    **options,
) -> tuple[SpectrumCNN, np.ndarray]:
    """Train on distortions drawn anew in each epoch, as the notebook does for seed 0."""
    learn, validation = parts
    watched = (realistic(reflections[validation], 2000 + seed), target[validation])
    draw = partial(fresh, reflections[learn], 10_000 * (seed + 1))
    return train(draw, target[learn], watched, seed=seed, **options)


def peak_list(reflections: Reflections, crystal: int) -> np.ndarray:
    """Return log 1/d and the root of the intensity of the strongest lines, in order; else 0."""
    lines = reflections.lines(crystal)
    lines = lines[lines["two_theta_deg"].between(GRID[0], GRID[-1])]
    lines = lines.nlargest(PEAKS, "intensity").sort_values("two_theta_deg")
    peaks = np.zeros((PEAKS, 2), dtype=np.float32)
    peaks[: len(lines), 0] = -np.log(lines["d_a"])
    peaks[: len(lines), 1] = np.sqrt(lines["intensity"] / 100)
    return peaks


class Scaled(nn.Module):
    """In training, make each cell larger or smaller by up to 3 %, which leaves the crystal system alone."""

    def forward(self, peaks: torch.Tensor) -> torch.Tensor:
        if not self.training:
            return peaks
        peaks = peaks.clone()
        peaks[..., 0] += 0.06 * torch.rand(len(peaks), 1) - 0.03
        return peaks


class PeakTransformer(nn.Module):
    """Let the lines of a pattern listen to each other, and read the answer from their mean."""

    def __init__(self, width: int = 48, depth: int = 2):
        super().__init__()
        self.register_buffer("frequency", torch.pi * 2.0 ** torch.arange(8))
        self.embed = nn.Linear(17, width)
        self.blocks = nn.ModuleList(EncoderBlock(width, 4, dropout=0.1) for _ in range(depth))
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, len(SYSTEMS))

    def forward(self, peaks: torch.Tensor) -> torch.Tensor:
        there = peaks[..., 1] > 0
        angle = peaks[..., :1] * self.frequency
        words = self.embed(torch.cat([angle.sin(), angle.cos(), peaks[..., 1:]], dim=-1))
        silent = torch.zeros_like(peaks[..., 1]).masked_fill(~there, -1e9)[:, None, None]
        for block in self.blocks:
            words = block(words, silent)
        words = self.norm(words) * there[..., None]
        return self.head(words.sum(dim=1) / there.sum(dim=1, keepdim=True))


def on_peak_lists(seed: int) -> list[dict]:
    """Train a Transformer, and a forest, on lists of peaks in place of patterns, on the same crystals."""
    table, reflections = powders()
    target, rows = table["target"].to_numpy(), []
    lists = np.array([peak_list(reflections, crystal) for crystal in range(len(table))])
    learn, validation, test = split(table["formula"].to_numpy(), seed)
    trees = forest(lists[learn].reshape(len(learn), -1), target[learn], seed)
    torch.manual_seed(seed)
    network = PeakTransformer()
    history = fit(
        nn.Sequential(Scaled(), network),
        (lists[learn], target[learn]), (lists[validation], target[validation]),
        loss=nn.functional.cross_entropy, epochs=300, patience=20, seed=seed, progress=False,
        optimizer=partial(torch.optim.AdamW, lr=1e-3, weight_decay=0.01),
    )  # fmt: skip
    with torch.no_grad():
        said = network(torch.tensor(lists[test])).argmax(dim=1).numpy()
    found = {"forest": trees.predict(lists[test].reshape(len(test), -1)), "Transformer": said}
    for method, answer in found.items():
        rows.append({"seed": seed, "method": method, **PEAK_LIST} | scores(answer, target[test]))
        print(rows[-1], history.best_epoch, flush=True)
    return rows


def amounts(seed: int) -> list[dict]:
    """Find shares of minerals in mixtures by least squares and by networks that get fresh mixtures."""
    rows, networks = [], {}
    for faults, kinds in (("noise", ["noise"]), ("all", DISTORTIONS)):
        torch.manual_seed(seed)
        networks[faults] = SpectrumCNN(len(GRID), len(PHASES))
        draw = partial(fresh_mixtures, kinds, 10_000 * (seed + 1))
        curve = train_on(networks[faults], draw, mixtures(500, 2000 + seed, kinds))
        print(seed, faults, curve[[15, 31, 47, -1]].round(4).tolist(), flush=True)
    for tested, kinds in (("noise", ["noise"]), ("all", DISTORTIONS)):
        seen, true = mixtures(300, 1000 + seed, kinds)
        found = {
            "always the mean": np.full_like(true, 1 / len(PHASES)),
            "least squares": by_least_squares(seen),
            "least squares, moved": by_least_squares(seen, SHIFTS_DEG, WIDTHS_DEG, 0.5),
        }
        for faults, network in networks.items():
            found[f"CNN, on {faults}"] = predict(network, seen).softmax(dim=1).numpy()
        for method, each in found.items():
            row = {"seed": seed, "method": method, "tested": tested}
            row |= {"mae": np.abs(each - true).mean(), "named": named_rightly(each, true)}
            rows.append(row)
            print(row, flush=True)
    return rows


def fresh_mixtures(kinds: list[str], first: int, epoch: int) -> tuple[np.ndarray, np.ndarray]:
    patterns, shares = mixtures(N_MIXTURES, first + epoch, kinds)
    return patterns, shares.astype(np.float32)


def one_left_out(seed: int) -> list[dict]:
    """Ask networks and search and match, trained on ideal patterns, for all distortions but one."""
    table, reflections = powders()
    target, rows = table["target"].to_numpy(), []
    clean = powder_patterns(reflections, Measurement.ideal(len(table)), np.random.default_rng(0))
    learn, validation, test = split(table["formula"].to_numpy(), seed)
    watched = (clean[validation], target[validation])
    model, _curve = train(partial(same, clean[learn]), target[learn], watched, seed=seed)
    tests = {"ideal": clean[test], "all": realistic(reflections[test], 1000 + seed)}
    for without in DISTORTIONS:
        kinds = [each for each in DISTORTIONS if each != without]
        tests[f"all but {without}"] = realistic(reflections[test], 1000 + seed, kinds)
    for tested, patterns in tests.items():
        for ground, seen in (("there", patterns), ("off", without_ground(patterns))):
            found = {
                "CNN": predict(model, seen).argmax(dim=1).numpy(),
                "match, moved": target[learn][best_match(seen, clean[learn], SHIFTS)],
            }
            for method, answer in found.items():
                row = {"seed": seed, "method": method, "tested": tested, "ground": ground}
                rows.append(row | {"balanced": balanced_accuracy_score(target[test], answer)})
    print(pd.DataFrame(rows).round(3).to_string(), flush=True)
    return rows


def systems(seed: int) -> None:
    rows: list[dict] = []
    curves: list[pd.DataFrame] = []
    measured: list[dict] = []
    looked: list[dict] = []
    one_seed(seed, rows, curves, measured, looked)
    for path, table in (
        (FILE, pd.DataFrame(rows)),
        (CURVES, pd.concat(curves)),
        (MEASURED, pd.DataFrame(measured)),
        (LOOKED, pd.DataFrame(looked)),
    ):
        replace_rows(path, table.round(4))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "parts", nargs="+", choices=["systems", "peaks", "mixtures", "one left out"]
    )
    parser.add_argument("--seeds", nargs="+", type=int, default=SEEDS)
    asked = parser.parse_args()
    one_thread()
    if "systems" in asked.parts:
        for seed in asked.seeds:
            systems(seed)
    for part, path, make in (
        ("peaks", FILE, on_peak_lists),
        ("one left out", LEFT_OUT, one_left_out),
        ("mixtures", MIXTURES, amounts),
    ):
        if part in asked.parts:
            for seed in asked.seeds:
                replace_rows(path, pd.DataFrame(make(seed)).round(4))


def replace_rows(path: Path, rows: pd.DataFrame) -> None:
    """Put rows in the place of those that the table held of the same methods, trainings and seeds."""
    if path.is_file():
        table = pd.read_csv(path)
        keys = [key for key in ("seed", "method", "trained") if key in rows]
        again = table[keys].merge(rows[keys].drop_duplicates(), how="left", indicator=True)
        rows = pd.concat([table[(again["_merge"] == "left_only").to_numpy()], rows])
    rows.sort_values("seed", kind="stable").to_csv(path, index=False)


if __name__ == "__main__":
    main()
