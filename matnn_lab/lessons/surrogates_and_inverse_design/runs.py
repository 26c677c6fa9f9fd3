"""How the longer parts of notebook 15 are made, and what ``scripts/search_designs.py`` stored of them."""

from functools import cache
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from matnn_lab.lessons.surrogates_and_inverse_design import alloys, designs
from matnn_lab.models.cnn import CNN

STORED = Path(__file__).with_name("runs.npz")
SEEDS = (0, 1, 2)
WEIGHTS = (0.5, 0.6, 0.7, 0.85, 1.0)  # of k_xx against k_yy
N_TRAIN, N_CHECK, N_TEST = 400, 100, 200


def stored(part: str = "") -> dict[str, NDArray]:
    """Load what the script stored, all keys that begin with a part, without it."""
    with np.load(STORED) as content:
        return {
            key.removeprefix(part): content[key]
            for key in content.files
            if key.startswith(part) and not key.startswith("weights/")
        }


@cache
def images(which: str) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Make the "train", "check" or "test" images (computed) and ask the oracle for their log10 k."""
    n, seed = {"train": (N_TRAIN, 0), "check": (N_CHECK, 2000), "test": (N_TEST, 1000)}[which]
    made = designs.made_by_nature(n, seed)
    return made, designs.log_k(made)


def network(seed: int) -> CNN:
    """Load a network of the script, kept in half precision."""
    prefix = f"weights/{seed}/"
    with np.load(STORED) as content:
        state = {
            key.removeprefix(prefix): torch.tensor(content[key])
            for key in content.files
            if key.startswith(prefix)
        }
    with torch.random.fork_rng(devices=[]):
        model = CNN(designs.WIDTHS)
    model.load_state_dict(state)  # which turns half precision into single
    return model.eval()


SPACES = {
    "pixels": designs.pixels,
    "waves to 8": lambda: designs.waves(8),
    "waves to 4": lambda: designs.waves(4),
    "waves to 2": lambda: designs.waves(2),
}


# the draws of states to learn from: plates and fluids of different seeds
DRAWS = (0, 2, 3, 4, 5)


def plates(which: str, draw: int = 0) -> NDArray[np.float64]:
    """Give plates as rows of hole width over plate width, and a/b.

    "train" and "test" have widths from 0.1 to 0.6 and a/b from 0.5 to 3, the latter even in its logarithm;
    "outside" has wider and sharper holes, twelve of each. Each draw of "train" has other plates.
    """
    from scipy.stats import qmc

    if which == "outside":
        wide = [(width, 1.0) for width in np.linspace(0.6, 0.85, 12)]
        sharp = [(0.3, aspect) for aspect in np.linspace(3.0, 8.0, 12)]
        return np.array(wide + sharp)
    n, seed = {"train": (64, DRAWS[draw]), "test": (48, 1)}[which]
    drawn = qmc.LatinHypercube(2, rng=seed).random(n)
    drawn = qmc.scale(drawn, [0.1, np.log(0.5)], [0.6, np.log(3.0)])
    return np.stack([drawn[:, 0], np.exp(drawn[:, 1])], axis=1)


# runs of each fluid to learn from, and of each to compare with
RUNS_TO_LEARN, RUNS_TO_TEST = 2, 8
# argon at 94.4 K and 1.374 g/cm³ with σ = 3.4 Å and ε = 120 K k, as Rahman (1964) has it: ρσ³ and kT/ε
ARGON = (0.814, 0.787)


def fluids(which: str, draw: int = 0) -> NDArray[np.float64]:
    """Give states of the Lennard-Jones fluid as rows of density (ρσ³) and temperature (kT/ε).

    "train" and "test" have densities from 0.4 to 0.85 and temperatures from 1.4 to 2.6; "outside" has colder
    fluids of the density 0.85. Each draw of "train" has other states.
    """
    from scipy.stats import qmc

    if which == "outside":
        return np.array([(0.85, temperature) for temperature in np.linspace(0.85, 1.3, 12)])
    n, seed = {"train": (60, DRAWS[draw]), "test": (40, 1)}[which]
    return qmc.scale(qmc.LatinHypercube(2, rng=seed).random(n), [0.4, 1.4], [0.85, 2.6])


def alloy_sets() -> dict[str, NDArray[np.bool_]]:
    """Give the occupations whose energies are stored; "train" holds at most one half of gold."""
    ordered = np.array(list(alloys.ordered_alloys().values()))
    pure = np.array([np.zeros(alloys.N_ATOMS, bool), np.ones(alloys.N_ATOMS, bool)])
    rich = alloys.random_alloys(200, 2)
    return {
        "pure": pure,
        "train": alloys.random_alloys(60, 0, most_gold=0.5),
        "test": alloys.random_alloys(20, 1, most_gold=0.5),
        "rich in gold": rich[rich.mean(axis=1) > 0.6][:12],
        "ordered": ordered,
    }
