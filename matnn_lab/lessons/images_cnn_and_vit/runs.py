"""What ``scripts/train_images.py`` found when it trained longer than a notebook may, and kept weights."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from matnn_lab.datasets.files import read_shipped
from matnn_lab.models.cnn import CNN

FILE = Path(__file__).with_name("image_runs.csv")
SHA256 = "96d52f3da0d41464a2604e99bad9dbc5148906de1fe0995d7504ccd4a1bedbcd"
WEIGHTS = Path(__file__).with_name("image_weights.npz")
WEIGHTS_SHA256 = "8f26cb6c7f210d3397eca24830a2d4fdbd92d4f1a4860ffafbcced1b85de3080"


def training_runs() -> pd.DataFrame:
    """Load the scores of all trainings on computed images.

    Returns
    -------
    pandas.DataFrame
        One row a training or an epoch of it: ``task`` ("textures", "conductivity"),
        ``network``, ``augmented``, ``split``, ``n_train``, ``seed``, ``epochs`` and ``score``: accuracy of
        textures, mean absolute error of log10 k.

    Raises
    ------
    DataFileError
        If the shipped file is missing or damaged.
    """
    return pd.read_csv(BytesIO(read_shipped(FILE, SHA256)))


def texture_network() -> CNN:
    """Load the network that tells five computed textures apart, trained on 20 images of each."""
    return _network("textures", CNN((8, 16, 32), n_outputs=5))


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
