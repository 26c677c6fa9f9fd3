"""What ``scripts/train_images.py`` found when it trained longer than a notebook may, and kept weights."""

from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from matnn_lab.datasets.files import read_shipped
from matnn_lab.models.cnn import CNN

FILE = Path(__file__).with_name("image_runs.csv")
SHA256 = "eb606e5e60ba0b7a692ab1ff3baacdc22ce830c7fcb572499d168d076387a42c"
WEIGHTS = Path(__file__).with_name("image_weights.npz")
WEIGHTS_SHA256 = "78df7e305810bbcaa45f1c2be4e68e4a725978e7e58bab70a8b6743e034a6cda"

ORIENTATION_NETWORK: dict[str, Any] = {
    "widths": (16, 32, 64, 64),
    "n_outputs": 15,
    "padding": "zeros",
    "size": 30,
}


def training_runs() -> pd.DataFrame:
    """Load the scores of all trainings on computed images.

    Returns
    -------
    pandas.DataFrame
        One row a training: ``task`` ("textures", "conductivity", "orientation"),
        ``network``, ``augmented``, ``split`` ("specimens"; "clean" or "measured" patterns), ``n_train``,
        ``seed``, ``epochs`` and ``score``: accuracy of textures, mean absolute error of log10 k, median error
        of orientations in degrees.

    Raises
    ------
    DataFileError
        If the shipped file is missing or damaged.
    """
    return pd.read_csv(BytesIO(read_shipped(FILE, SHA256)))


def texture_network() -> CNN:
    """Load the network that tells five computed textures apart, trained on 20 images of each."""
    return _network("textures", CNN((8, 16, 32), n_outputs=5))


def orientation_network() -> CNN:
    """Load the network (seed 0) that gives the orientation tensor of clean simulated EBSD patterns."""
    return _network("orientation", CNN(**ORIENTATION_NETWORK))


def widened(values: NDArray) -> NDArray:
    """Return numbers that were kept in half precision in single precision, others as they are."""
    return values.astype(np.float32) if values.dtype == np.float16 else values


def _network(name: str, network: CNN) -> CNN:
    with np.load(BytesIO(read_shipped(WEIGHTS, WEIGHTS_SHA256))) as content:
        state = {
            key.removeprefix(f"{name}/"): torch.tensor(widened(content[key]))
            for key in content.files
            if key.startswith(f"{name}/")
        }
    network.load_state_dict(state)
    return network.eval()
