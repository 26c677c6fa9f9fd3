"""How the longer parts of notebook 15 are made, and what ``scripts/search_designs.py`` stored of them."""

from functools import cache
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from matnn_lab.lessons.surrogates_and_inverse_design import designs
from matnn_lab.models.cnn import CNN

STORED = Path(__file__).with_name("runs.npz")
SEEDS = (0, 1, 2)
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
            key.removeprefix(prefix): torch.tensor(widened(content[key]))
            for key in content.files
            if key.startswith(prefix)
        }
    with torch.random.fork_rng(devices=[]):
        model = CNN(designs.WIDTHS)
    model.load_state_dict(state)
    return model.eval()


def widened(values: NDArray) -> NDArray:
    """Return numbers that were kept in half precision in single precision, others as they are."""
    return values.astype(np.float32) if values.dtype == np.float16 else values


SPACES = {
    "pixels": designs.pixels,
    "waves to 8": lambda: designs.waves(8),
    "waves to 4": lambda: designs.waves(4),
    "waves to 2": lambda: designs.waves(2),
}
