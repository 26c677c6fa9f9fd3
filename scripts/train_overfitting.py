"""Train networks on few measured enthalpies until nothing gets better, for notebook 04.

Writes five tables: errors of one network on 25 to 1,200 compounds, and of networks on 100 compounds with one
remedy against overfitting in several strengths. The third repeats the slowest of these with twice the epochs,
to show that nothing is left to gain. These hold the errors at the end and at the lowest point. The fourth
follows some trainings epoch by epoch, and the fifth holds the errors on the test set, without a remedy and
with the one that validation chose.

    python scripts/train_overfitting.py

takes a few minutes on one core. Errors differ in the third digit from one machine to another, since training
amplifies rounding.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from matnn_lab.lessons.overfitting_and_regularisation import runs
from matnn_lab.training.side_by_side import SideBySideRun, fit_side_by_side
from matnn_lab.training.threads import one_thread


def learning_curves() -> pd.DataFrame:
    """Train on more and more compounds, each size twice as long again."""
    data = runs.enthalpies()
    tables = []
    for n in runs.SIZES:
        rows = np.array([data.draw(n, seed) for seed in range(3)])
        for epochs in runs.LEARNING_EPOCHS:
            run = fit_side_by_side(
                runs.wide_network,
                data.part(rows),
                data.part(data.validation),
                optimizer=runs.adam,
                schedule=runs.schedule,
                epochs=epochs,
                note_every=10,
            )
            tables.append(runs.as_table(run, n=n, epochs=epochs))
            print(
                n,
                epochs,
                run.training[-1].round(3),
                run.end.round(3),
                run.lowest.round(3),
                flush=True,
            )
    return pd.concat(tables, ignore_index=True)


def remedies() -> pd.DataFrame:
    """Train on the same twelve draws of 100 compounds with each remedy in each strength."""
    tried = [(name, strength) for name in runs.STRENGTHS for strength in runs.STRENGTHS[name]]
    return compare(tried, runs.EPOCHS)


def longer() -> pd.DataFrame:
    """Train twice as long with the remedies whose validation error falls longest."""
    return compare(runs.SLOW, 2 * runs.EPOCHS)


def compare(tried: list[tuple[str, float]], epochs: int) -> pd.DataFrame:
    """Train on twelve draws of 100 compounds with remedies of given strengths."""
    data = runs.enthalpies()
    rows = np.array([data.draw(100, seed) for seed in range(12)])
    tables = []
    for name, strength in tried:
        run = train_as_remedies(rows, name, strength, seed=0, epochs=epochs)
        tables.append(runs.as_table(run, remedy=name, strength=strength))
        print(name, strength, f"{run.end.mean():.3f} {run.lowest.mean():.3f}", flush=True)
    return pd.concat(tables, ignore_index=True)


def followed() -> pd.DataFrame:
    """Follow the training on three draws of each size with each remedy."""
    data = runs.enthalpies()
    tables = []
    for n in runs.FOLLOWED_SIZES:
        rows = np.array([data.draw(n, seed) for seed in range(3)])
        for name, strength in runs.FOLLOWED.items():
            run = train_as_remedies(rows, name, strength, seed=0)
            for draw in range(3):
                errors = {"training": run.training[:, draw], "validation": run.validation[:, draw]}
                labels = {"n": n, "remedy": name, "epoch": run.epochs, "draw": draw}
                tables.append(pd.DataFrame(labels | errors))
            print(n, name, run.training[-1].round(3), run.end.round(3), flush=True)
    return pd.concat(tables, ignore_index=True)


def test_set() -> pd.DataFrame:
    """Measure on the test set what validation chose, and no remedy, on twelve new draws of 100 compounds."""
    data = runs.enthalpies()
    compared = runs.against_none(runs.remedy_runs(), "L2")
    inputs, answers = data.x[data.test], data.y[data.test].double().numpy()
    tables = []
    for draws in runs.TEST_DRAWS:
        rows = np.array([data.draw(100, seed) for seed in draws])
        for name, strength in (("none", 0), ("L2", compared["stopped"].idxmin())):
            run = train_as_remedies(rows, name, strength, seed=2)
            away = run.predict(inputs, best=name != "none") - answers
            errors = {"rmse": np.sqrt(np.mean(away**2, axis=1)), "mae": abs(away).mean(axis=1)}
            labels = {"remedy": name, "strength": strength, "draw": draws}
            tables.append(pd.DataFrame(labels | errors))
            print(name, strength, errors["rmse"].round(3), flush=True)
    return pd.concat(tables, ignore_index=True)


def train_as_remedies(
    rows: np.ndarray, name: str, strength: float, *, seed: int, epochs: int = runs.EPOCHS
) -> SideBySideRun:
    """Train one network on each line of row numbers, with a remedy."""
    data = runs.enthalpies()
    make_network, optimizer = runs.remedy(name, strength)
    return fit_side_by_side(
        make_network,
        data.part(rows),
        data.part(data.validation),
        optimizer=optimizer,
        epochs=epochs,
        note_every=runs.NOTE_EVERY,
        seed=seed,
    )


def main() -> None:
    """Make the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    tables = {
        "learning": learning_curves,
        "remedies": remedies,
        "longer": longer,
        "followed": followed,
        "test_set": test_set,
    }
    parser.add_argument("--only", choices=tables, help="make one of them")
    wanted = parser.parse_args().only
    one_thread()
    for name, make in tables.items():
        if wanted in (None, name):
            path = Path(runs.__file__).with_name(f"{name}.csv")
            make().round(5).to_csv(path, index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
