"""Train what is too long for notebook 20, and store the scores of each fold for it.

    python scripts/train_capstone.py [--only scores intervals …] [--minutes 9]

Needs the package gpvisc, from which the measured viscosities are read; what is stored are scores, and no rows
of its table. Every training is seeded; a fold that is stored already is passed over, so that the script can
be stopped and started again. About half an hour on one free core in all.
"""

import argparse
import json
import time
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
import pandas as pd
import torch
from scipy.stats import spearmanr
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import RidgeCV

from matnn_lab.evaluation import conformal_quantile
from matnn_lab.lessons.capstone import runs
from matnn_lab.training.threads import one_thread

FAMILY = runs.SPLITS[-1]
NETWORKS = ("network of 1/T", "network in VFT")
COVERAGE = 0.9
Z_SCORE = 1.645  # of a normal distribution, two-sided 90 %
Found = list[dict]
Pieces = Iterator[tuple[dict, Callable[[], Found]]]

table = runs.prepared()
y = table["log10_viscosity_pa_s"].to_numpy()
target = runs.target(table)
seen = {kind: runs.inputs(table, kind) for kind in ("oxides", "oxides + structure")}
family = table["family"].to_numpy()


def for_trees(z: torch.Tensor) -> np.ndarray:
    return torch.cat([z[:, :-1], 1 / z[:, -1:]], dim=1).numpy()


def for_arrhenius(z: torch.Tensor) -> np.ndarray:
    x, inverse = z[:, :-1], 1 / z[:, -1:]
    return torch.cat([x, inverse, x * inverse], dim=1).numpy()


def forest(z: torch.Tensor, rows: np.ndarray, seed: int) -> Callable[[torch.Tensor], np.ndarray]:
    model = RandomForestRegressor(100, max_features=0.5, random_state=seed)
    model.fit(for_trees(z[rows]), y[rows])
    return lambda new: model.predict(for_trees(new))


def arrhenius(z: torch.Tensor, rows: np.ndarray, seed: int) -> Callable[[torch.Tensor], np.ndarray]:
    model = RidgeCV(np.logspace(-4, 2, 7)).fit(for_arrhenius(z[rows]), y[rows])
    return lambda new: model.predict(for_arrhenius(new))


def linear_vft(
    z: torch.Tensor, rows: np.ndarray, seed: int
) -> Callable[[torch.Tensor], np.ndarray]:
    return runs.linear_vft(z, target, rows)


def mean(z: torch.Tensor, rows: np.ndarray, seed: int) -> Callable[[torch.Tensor], np.ndarray]:
    return lambda new: np.full(len(new), y[rows].mean())


SIMPLE = {"mean": mean, "Arrhenius, linear": arrhenius, "random forest": forest}
CONTROL = "VFT, linear in the oxides"


def number(repeat: int, fold: int) -> int:
    return 100 * repeat + fold


def scored(predicted: np.ndarray, test: np.ndarray) -> dict:
    off = np.abs(predicted - y[test])
    return {"rmse": runs.rmse(y[test], predicted), "mae": off.mean(), "median": np.median(off)}


def one_simple(name: str, key: dict, train: np.ndarray, test: np.ndarray) -> Found:
    z = seen["oxides"]
    make = linear_vft if name == CONTROL else SIMPLE[name]
    predict = make(z, train, number(key["repeat"], key["fold"]))
    return [key | scored(predict(z[test]), test)]


def one_network(key: dict, train: np.ndarray, test: np.ndarray, settings: dict) -> Found:
    seed = number(key["repeat"], key["fold"])
    rows, held = runs.set_aside(table, train, key["split"], seed)
    z = seen[key["inputs"]]
    trained = runs.train(key["model"], z, target, rows, held, seed, **settings)
    about = {"validation": runs.rmse(y[held], trained.predict(z[held]))}
    about["best_epoch"] = trained.history.best_epoch
    return [key | about | scored(trained.predict(z[test]), test)]


def variants() -> Iterator[tuple[str, str, str, str, dict]]:
    """List what is trained: split, model, inputs, name of the setting, and the setting."""
    for split in reversed(runs.SPLITS):
        for name in NETWORKS:
            yield split, name, "oxides", "as given", {}
    yield FAMILY, "network of T", "oxides", "as given", {}
    yield FAMILY, "network in Arrhenius", "oxides", "as given", {}
    for name in NETWORKS:
        yield FAMILY, name, "oxides + structure", "as given", {}
    yield FAMILY, "network in VFT, one limit", "oxides", "as given", {}
    for setting, settings in list(runs.SETTINGS.items())[1:]:
        yield FAMILY, "network in VFT", "oxides", setting, settings


def scores(repeat: int) -> Pieces:
    """Score every model on every fold."""
    for split in reversed(runs.SPLITS):
        for fold, (train, test) in enumerate(runs.folds(table, split, repeat)):
            for name in (*SIMPLE, CONTROL) if split == FAMILY else SIMPLE:
                key = {"part": "scores", "split": split, "model": name, "inputs": "oxides"}
                key |= {"setting": "as given", "repeat": repeat, "fold": fold}
                yield key, partial(one_simple, name, key, train, test)
    for split, name, kind, setting, settings in variants():
        for fold, (train, test) in enumerate(runs.folds(table, split, repeat)):
            key = {"part": "scores", "split": split, "model": name, "inputs": kind}
            key |= {"setting": setting, "repeat": repeat, "fold": fold}
            yield key, partial(one_network, key, train, test, settings)


def intervals(repeat: int) -> Pieces:
    """Ask an ensemble for intervals, calibrated on families of papers that it has not seen."""
    for fold, (train, test) in enumerate(runs.folds(table, FAMILY, repeat)):
        key = {"part": "intervals", "repeat": repeat, "fold": fold}
        yield key, partial(one_ensemble, key, train, test)


def one_ensemble(key: dict, train: np.ndarray, test: np.ndarray) -> Found:
    seed, z = number(key["repeat"], key["fold"]), seen["oxides"]
    members, check = runs.ensemble(table, train, seed)
    of_check = np.array([each.predict(z[check]) for each in members])
    of_test = np.array([each.predict(z[test]) for each in members])
    error = np.abs(of_check.mean(0) - y[check])
    spread, unsure = of_check.std(0) + runs.FLOOR, of_test.std(0) + runs.FLOOR
    width = np.full(len(test), 1.0)
    ways = {
        "spread of the members": Z_SCORE * of_test.std(0),
        "conformal, rows": conformal_quantile(error, COVERAGE) * width,
        "conformal, families": conformal_quantile(error, COVERAGE, groups=family[check]) * width,
        "conformal, families, by spread": unsure
        * conformal_quantile(error / spread, COVERAGE, groups=family[check]),
    }
    off = np.abs(of_test.mean(0) - y[test])
    single = np.mean([runs.rmse(y[test], each) for each in of_test])
    about = {"rmse": runs.rmse(y[test], of_test.mean(0)), "rmse_single": single}
    about["rank"] = spearmanr(off, of_test.std(0)).statistic
    return [
        key | about | {"way": way} | covered(off <= half, half, test) for way, half in ways.items()
    ]


def covered(inside: np.ndarray, half: np.ndarray, test: np.ndarray) -> dict:
    """Tell how often the truth was inside, over rows, families and ranges of viscosity."""
    by_family = pd.Series(inside).groupby(family[test]).mean()
    found = {"rows": inside.mean(), "families": by_family.mean(), "half_width": np.median(half)}
    found["worst_tenth"] = by_family.quantile(0.1)
    ranges = {"melts": y[test] < runs.MELT, "glasses": y[test] > runs.GLASS}
    ranges["between"] = ~(ranges["melts"] | ranges["glasses"])
    return found | {name: inside[where].mean() for name, where in ranges.items() if where.any()}


def extrapolation(repeat: int) -> Pieces:
    """Learn from the melts of some families, and be asked for the glass formers of others."""
    for fold, (train, test) in enumerate(runs.folds(table, FAMILY, repeat)):
        key = {"part": "extrapolation", "repeat": repeat, "fold": fold}
        yield key, partial(one_extrapolation, key, train, test)


def one_extrapolation(key: dict, train: np.ndarray, test: np.ndarray) -> Found:
    seed, z = number(key["repeat"], key["fold"]), seen["oxides"]
    melts, glasses = train[y[train] < runs.MELT], test[y[test] > runs.GLASS]
    found = [
        key | {"model": name} | scored(make(z, melts, seed)(z[glasses]), glasses)
        for name, make in SIMPLE.items()
    ]
    rows, held = runs.set_aside(table, melts, FAMILY, seed)
    for name in (*NETWORKS, "network in VFT, one limit"):
        trained = runs.train(name, z, target, rows, held, seed)
        about = {"model": name, "validation": runs.rmse(y[held], trained.predict(z[held]))}
        found.append(key | about | scored(trained.predict(z[glasses]), glasses))
    return found


def ranking(repeat: int) -> Pieces:
    """Put the glasses of new families in the order of their glass transitions."""
    for fold, (train, test) in enumerate(runs.folds(table, FAMILY, repeat)):
        key = {"part": "ranking", "repeat": repeat, "fold": fold}
        yield key, partial(one_ranking, key, train, test)


def one_ranking(key: dict, train: np.ndarray, test: np.ndarray) -> Found:
    seed, z = number(key["repeat"], key["fold"]), seen["oxides"]
    known, asked = (runs.glass_transitions(table.iloc[rows]) for rows in (train, test))
    x_known, x_asked = (runs.inputs(part)[:, :-1] for part in (known, asked))
    direct = RandomForestRegressor(200, max_features=0.5, random_state=seed)
    answers = {
        "mean": np.full(len(asked), known["tg_k"].mean()),
        "linear in the oxides": RidgeCV(np.logspace(-4, 2, 7))
        .fit(x_known, known["tg_k"])
        .predict(x_asked),
        "random forest": direct.fit(x_known, known["tg_k"]).predict(x_asked),
    }
    rows, held = runs.set_aside(table, train, FAMILY, seed)
    trained = runs.train("network in VFT", z, target, rows, held, seed)
    with torch.no_grad():
        answers["network in VFT"] = trained.model.curve(x_asked).tg_k.numpy()
    return [key | {"model": name} | runs.ranked(asked, said) for name, said in answers.items()]


PARTS = {
    "extrapolation": extrapolation,
    "intervals": intervals,
    "ranking": ranking,
    "scores": scores,
}
NAMES = ("part", "split", "model", "inputs", "setting", "repeat", "fold")


def name_of(row: dict, part: str) -> tuple:
    names = NAMES if part == "scores" else ("part", "repeat", "fold")
    return tuple(row.get(name) for name in names)


def write(found: list[dict]) -> None:
    lines = []
    for row in found:
        plain = {k: round(float(v), 4) if isinstance(v, float) else v for k, v in row.items()}
        lines.append(json.dumps(plain, ensure_ascii=False))
    runs.STORED.write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=PARTS, nargs="*", default=list(PARTS))
    parser.add_argument("--minutes", type=float, default=np.inf, help="stop after so many minutes")
    asked = parser.parse_args()
    one_thread()
    found = json.loads(runs.STORED.read_text("utf-8")) if runs.STORED.exists() else []
    done = {name_of(row, row["part"]) for row in found}
    start = time.monotonic()
    for repeat in runs.REPEATS:
        for part in asked.only:
            for key, make in PARTS[part](repeat):
                if name_of(key, part) in done:
                    continue
                if time.monotonic() - start > 60 * asked.minutes:
                    print("stopped; start again to go on")
                    return
                found += make()
                write(found)
                print({k: v for k, v in found[-1].items() if k != "part"}, flush=True)


if __name__ == "__main__":
    main()
