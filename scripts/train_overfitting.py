"""Train networks on few measured enthalpies until nothing gets better, for notebook 04.

Writes three tables: errors of one network on 25 to 1,200 compounds, and of networks on 100 compounds with one
remedy against overfitting in several strengths. The third repeats the slowest of these with twice the epochs,
to show that nothing is left to gain. The tables hold the errors at the end and at the lowest point.

    python scripts/train_overfitting.py

takes a few minutes on one core. Errors differ in the third digit from one machine to another, since training
amplifies rounding.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from matnn_lab.lessons.overfitting_and_regularisation import runs
from matnn_lab.training.side_by_side import fit_side_by_side


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
        make_network, optimizer = runs.remedy(name, strength)
        run = fit_side_by_side(
            make_network,
            data.part(rows),
            data.part(data.validation),
            optimizer=optimizer,
            epochs=epochs,
            note_every=runs.NOTE_EVERY,
        )
        tables.append(runs.as_table(run, remedy=name, strength=strength))
        print(name, strength, f"{run.end.mean():.3f} {run.lowest.mean():.3f}", flush=True)
    return pd.concat(tables, ignore_index=True)


def main() -> None:
    """Make the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--only", choices=("learning", "remedies", "longer"), help="make one of them"
    )
    wanted = parser.parse_args().only
    torch.set_num_threads(1)
    tables = {"learning": learning_curves, "remedies": remedies, "longer": longer}
    for name, make in tables.items():
        if wanted in (None, name):
            path = Path(runs.__file__).with_name(f"{name}.csv")
            make().round(5).to_csv(path, index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
