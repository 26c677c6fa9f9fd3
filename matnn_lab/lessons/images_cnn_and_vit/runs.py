"""What ``scripts/train_images.py`` found when it trained longer than a notebook may, and kept weights."""

from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import nn

from matnn_lab.datasets.files import read_shipped
from matnn_lab.lessons.images_cnn_and_vit.data import Patches, left_out_and_new
from matnn_lab.models.cnn import CNN, UNet
from matnn_lab.models.inputs import check_shape
from matnn_lab.training import fit, warm_up_and_cosine

Network = TypeVar("Network", CNN, UNet)
FILE = Path(__file__).with_name("image_runs.csv")
SHA256 = "c479370b5bdf0c4e3ab3f3efd9f39beec2229f01f08eb256ad28e7012e9d02f3"
WEIGHTS = Path(__file__).with_name("image_weights.npz")
WEIGHTS_SHA256 = "f8b9c4075e87831bdfe4ef91951843f150b80692075f73ec97c3a6236abf9945"

ORIENTATION_NETWORK: dict[str, Any] = {
    "widths": (16, 32, 64, 64),
    "n_outputs": 15,
    "padding": "zeros",
    "size": 30,
}
U_NET: dict[str, Any] = {"width": 8}


class FlipsAndTurns(nn.Module):
    """In training, flip and turn a batch by a random multiple of 90°: eight views that a square has.

    For images that end at their edges, where a shift would have to bring in what was not recorded.
    """

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return images (n, size, size) of the same shape; unchanged outside training."""
        if not self.training:
            return images
        check_shape(images, ("n", "size", "size"))
        quarter, flip = (int(each) for each in torch.randint(4, (2,)))
        turned = images.rot90(quarter, (1, 2))
        return turned.flip(2) if flip % 2 else turned


def training_runs() -> pd.DataFrame:
    """Load the scores of all trainings on computed images.

    Returns
    -------
    pandas.DataFrame
        One row a score: ``task`` ("textures", "conductivity", "section 4" for the short training of that
        section, "cracks", "specimens", "pixels" or "orientation"), ``network``, ``augmented``, ``split``
        (what was tested: other specimens, unless it says otherwise), ``measure``, ``n_train``, ``seed``,
        ``epochs`` and ``score`` in the unit of the measure.

    Raises
    ------
    DataFileError
        If the shipped file is missing or damaged.
    """
    return pd.read_csv(BytesIO(read_shipped(FILE, SHA256)))


def texture_network() -> CNN:
    """Load the network that tells five computed textures apart, trained on 20 images of each."""
    return _network("textures", CNN((8, 16, 32), n_outputs=5, padding="zeros"))


def pixel_network() -> UNet:
    """Load the network (seed 0) that tells the phase of each pixel, trained on 100 images."""
    return _network("pixels", UNet(**U_NET))


def orientation_network() -> CNN:
    """Load the network (seed 0) that gives the orientation tensor of clean simulated EBSD patterns."""
    return _network("orientation", CNN(**ORIENTATION_NETWORK))


def trained_on_patches(patches: Patches, seed: int, epochs: int) -> CNN:
    """Train on the patches that `left_out_and_new` leaves, for so many epochs; nothing stops it earlier."""
    rest, new = left_out_and_new(patches, seed)
    used = ~(rest | new)
    torch.manual_seed(seed)
    network = CNN((16, 32, 64))
    fit(
        network, (patches.images[used], patches.label[used].astype(np.float32)),
        optimizer=partial(torch.optim.AdamW, lr=3e-3), epochs=epochs, batch_size=32, seed=seed,
        progress=False, schedule=warm_up_and_cosine,
    )  # fmt: skip
    return network


def widened(values: NDArray) -> NDArray:
    """Return numbers that were kept in half precision in single precision, others as they are."""
    return values.astype(np.float32) if values.dtype == np.float16 else values


def _network(name: str, network: Network) -> Network:
    with np.load(BytesIO(read_shipped(WEIGHTS, WEIGHTS_SHA256))) as content:
        state = {
            key.removeprefix(f"{name}/"): torch.tensor(widened(content[key]))
            for key in content.files
            if key.startswith(f"{name}/")
        }
    network.load_state_dict(state)
    return network.eval()
