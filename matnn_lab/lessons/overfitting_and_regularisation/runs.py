"""Networks on few measured enthalpies: how they are trained, and tables of runs that were made beforehand.

``scripts/train_overfitting.py`` makes the tables; the notebook repeats some of their rows.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import nn

from matnn_lab.datasets import formation_enthalpies
from matnn_lab.models.mlp import MLP
from matnn_lab.representations.composition import composition_features
from matnn_lab.text import gettext as _
from matnn_lab.training.loop import warm_up_and_cosine
from matnn_lab.training.side_by_side import SideBySideRun, gains

SIZES = (25, 50, 100, 200, 400, 1200)
LEARNING_EPOCHS = (200, 400)
EPOCHS, NOTE_EVERY = 200, 4
STRENGTHS = {
    "none": (0,),
    "L2": (0.03, 0.1, 0.3),
    "AdamW": (1, 3, 10),
    "dropout": (0.1, 0.3, 0.5),
    "noise": (0.2, 0.5, 1),
}
# those whose validation error falls longest, trained once more with twice the epochs
SLOW = [("L2", 0.1), ("noise", 0.5), ("AdamW", 3)]
# followed epoch by epoch, on three draws of each size
FOLLOWED = {"none": 0, "L2": 0.1, "AdamW": 3, "dropout": 0.3, "noise": 0.5}
FOLLOWED_SIZES = (50, 100, 300)
# draws for the test set, in groups of three that are trained side by side
TEST_DRAWS = ((100, 101, 102), (103, 104, 105), (106, 107, 108), (109, 110, 111))
schedule = warm_up_and_cosine
adam = partial(torch.optim.Adam, lr=0.003, fused=True)


@dataclass(frozen=True)
class Enthalpies:
    """The measured enthalpies in three parts, as notebook 04 splits them.

    Attributes
    ----------
    x, y : torch.Tensor, shapes (2135, 170) and (2135,)
        Features, scaled with the mean and spread of the training part; eV/atom.
    train, validation, test : numpy.ndarray of int
        Row numbers.
    """

    x: torch.Tensor
    y: torch.Tensor
    train: NDArray[np.int_]
    validation: NDArray[np.int_]
    test: NDArray[np.int_]

    def draw(self, n: int, seed: int) -> NDArray[np.int_]:
        """Draw n rows of the training part."""
        return np.random.default_rng(seed).permutation(self.train)[:n]

    def part(self, rows: torch.Tensor | NDArray[np.int_]) -> tuple[torch.Tensor, torch.Tensor]:
        """Give inputs and targets of rows, in an array of any shape."""
        return self.x[rows], self.y[rows]


@cache
def enthalpies() -> Enthalpies:
    """Load and split the data, 60 %, 20 % and 20 %."""
    measured = formation_enthalpies()
    features = composition_features(measured["formula"]).to_numpy()
    targets = measured["formation_enthalpy_ev_per_atom"].to_numpy()
    order = np.random.default_rng(0).permutation(len(targets))
    train, validation, test = np.split(order, [1280, 1708])
    spread = features[train].std(axis=0)
    scaled = (features - features[train].mean(axis=0)) / np.where(spread > 0, spread, 1)
    x, y = (torch.tensor(array, dtype=torch.float32) for array in (scaled, targets))
    return Enthalpies(x, y, train, validation, test)


def wide_network(dropout: float = 0.0) -> MLP:
    """Make a network with one hidden layer of 128 units."""
    return MLP(170, hidden=(128,), dropout=dropout)


class Noise(nn.Module):
    """Add noise of standard deviation σ to the inputs, in training only."""

    def __init__(self, sigma: float):
        super().__init__()
        self.sigma = sigma

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Add the noise."""
        return x + self.sigma * torch.randn_like(x) if self.training else x


def noisy_network(sigma: float) -> nn.Sequential:
    """Make the network with noise on its inputs."""
    return nn.Sequential(Noise(sigma), wide_network())


def remedy(name: str, strength: float) -> tuple[Callable, Callable]:
    """Give what makes the network and what makes the optimizer.

    Parameters
    ----------
    name : {"none", "L2", "AdamW", "dropout", "noise"}
    strength : float
        λ of the penalty λ‖W‖² in the loss, λ of AdamW, share of units off, or standard deviation.
    """
    if name == "L2":  # PyTorch's penalty is half of its weight_decay times the square
        return wide_network, partial(adam, weight_decay=2 * strength)
    if name == "AdamW":
        return wide_network, partial(torch.optim.AdamW, lr=0.003, weight_decay=strength, fused=True)
    networks: dict[str, Callable] = {
        "none": wide_network,
        "dropout": partial(wide_network, strength),
        "noise": partial(noisy_network, strength),
    }
    if name not in networks:
        raise ValueError(
            _("The remedy {given!r} is not known; choose one of {known}.").format(
                given=name, known=", ".join(STRENGTHS)
            )
        )
    return networks[name], adam


def as_table(run: SideBySideRun, **labels: object) -> pd.DataFrame:
    """Give one row a draw: the errors (eV/atom) at the end and at the lowest point."""
    return pd.DataFrame(
        labels
        | {
            "draw": range(len(run.end)),
            "training_rmse": run.training[-1],
            "validation_rmse": run.end,
            "lowest_rmse": run.lowest,
            "best_epoch": run.best_epoch,
        }
    )


def learning_runs() -> pd.DataFrame:
    """Load the errors of networks on 25 to 1,200 compounds, three draws of each size.

    Returns
    -------
    pandas.DataFrame
        One row a run: ``n``, ``epochs`` (of five steps each), ``draw``, and RMSE in eV/atom on the training
        and the validation compounds at the end, the lowest on the validation compounds, and its epoch.
    """
    return pd.read_csv(Path(__file__).with_name("learning.csv"))


def remedy_runs(longer: bool = False) -> pd.DataFrame:
    """Load the errors of networks on twelve draws of 100 compounds, for each remedy and strength.

    Parameters
    ----------
    longer : bool
        Those that were repeated with twice the epochs.

    Returns
    -------
    pandas.DataFrame
        One row a run of 200 epochs of five steps: ``remedy``, ``strength``, and the rest as
        `learning_runs`.
    """
    name = "longer.csv" if longer else "remedies.csv"
    return pd.read_csv(Path(__file__).with_name(name))


def followed_runs() -> pd.DataFrame:
    """Load the errors during the training of networks on 50, 100 and 300 compounds, with each remedy.

    Returns
    -------
    pandas.DataFrame
        One row a note: ``n``, ``remedy``, ``epoch``, ``draw``, and ``training`` and ``validation``, RMSE in
        eV/atom.
    """
    return pd.read_csv(Path(__file__).with_name("followed.csv"))


def test_set_runs() -> pd.DataFrame:
    """Load the errors on the test set of networks on twelve new draws of 100 compounds.

    Returns
    -------
    pandas.DataFrame
        One row a run: ``remedy``, ``strength``, ``draw``, and ``rmse`` and ``mae`` (eV/atom) on the test
        compounds, without a remedy at the end, with one at its lowest validation error.
    """
    return pd.read_csv(Path(__file__).with_name("test_set.csv"))


def against_none(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """Compare a remedy with no remedy, draw by draw, when training goes to the end and when it stops in time.

    Parameters
    ----------
    table : pandas.DataFrame
        As `remedy_runs` gives it.
    name : str
        A remedy of the table.

    Returns
    -------
    pandas.DataFrame
        One row a strength: mean validation RMSE (eV/atom), mean fall against no remedy, and the standard
        error of that mean, at the end and at the lowest point.
    """
    none = table[table["remedy"] == "none"]
    lines = []
    for strength, tried in table[table["remedy"] == name].groupby("strength"):
        line = {_("strength"): strength}
        for column, when in (("validation_rmse", _("at the end")), ("lowest_rmse", _("stopped"))):
            fall, error = gains(none[column], tried[column])
            line |= {when: tried[column].mean(), _("gain, {when}").format(when=when): fall}
            line[_("±, {when}").format(when=when)] = error
        lines.append(line)
    return pd.DataFrame(lines).set_index(_("strength"))
