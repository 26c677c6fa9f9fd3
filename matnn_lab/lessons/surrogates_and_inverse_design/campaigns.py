"""Design with the oracle in the loop: sixteen new images a round, whose true values are paid for.

A campaign begins with images that nature made, and each of its rounds proposes new ones; what counts is the
best true value found after so many calls of the oracle.
"""

from collections.abc import Callable
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from matnn_lab.lessons.surrogates_and_inverse_design import designs
from matnn_lab.models.cnn import CNN, ShiftsAndFlips
from matnn_lab.training import fit

Array = NDArray[np.float64]
Images = NDArray[np.bool_]

N_START, N_ROUND, N_ROUNDS = 80, 16, 6
MEMBERS = 2
HIGHEST = 4  # periods of the waves across the image


def nature(seed: int) -> Array:
    """Go on drawing images from where the first ones came from: random search."""
    made = designs.made_by_nature(N_START + N_ROUND * N_ROUNDS, 100 + seed)
    return designs.log_k(made)


def random_waves(seed: int) -> Array:
    """Draw images of a few waves at random, without any network."""
    generator = torch.Generator().manual_seed(seed)
    basis = designs.waves(HIGHEST)
    numbers = torch.randn(N_ROUND * N_ROUNDS, len(basis), generator=generator)
    return _after_start(seed, designs.log_k(designs.halves(designs.fields_of(numbers, basis))))


def evolution(seed: int) -> Array:
    """Evolve images of a few waves on the oracle itself, without a network: 16 children a round."""
    basis, asked = designs.waves(HIGHEST), []

    def judge(images: torch.Tensor) -> torch.Tensor:
        asked.append(designs.log_k(images.numpy() > 0.5))
        return torch.tensor(asked[-1])

    designs.evolve(
        judge, basis, n=N_ROUND, children=N_ROUND, generations=N_ROUNDS - 1, seed=seed
    )
    return _after_start(seed, np.concatenate(asked))


def active(seed: int, basis: torch.Tensor, boldness: float = 0.0) -> tuple[Array, Array]:
    """Let networks propose, ask the oracle, teach the networks what it said, and go on.

    Parameters
    ----------
    seed : int
    basis : torch.Tensor
        How designs are written down.
    boldness : float
        The search climbs the mean of the networks plus so many times their spread.

    Returns
    -------
    values : numpy.ndarray, shape (n_start + n_rounds · n_round,)
        True values in the order in which the oracle was asked.
    promises : numpy.ndarray, shape (n_rounds, n_round)
        What the networks had promised for the proposals of each round.
    """
    images = designs.made_by_nature(N_START, 100 + seed)
    values = designs.log_k(images)
    networks = []
    for member in range(MEMBERS):
        torch.manual_seed(100 * seed + member)
        networks.append(CNN(designs.WIDTHS))
    promises = []
    for turn in range(N_ROUNDS):
        for member, network in enumerate(networks):
            _teach(network, images, values, epochs=25 if turn else 80, seed=1000 * seed + member)
        judge = designs.mean_of(networks, caution=-boldness)
        found = designs.climb(
            judge, basis, n=N_ROUND, steps=80, every=80, seed=10 * seed + turn
        ).images[-1]
        promises.append(designs.predicted(networks, found))
        images = np.concatenate([images, found])
        values = np.concatenate([values, designs.log_k(found)])
    return values, np.array(promises)


def best_so_far(values: Array) -> Array:
    """Return the best value known when a round ends, shape (n_rounds + 1,); the first is the start's."""
    ends = N_START + N_ROUND * np.arange(N_ROUNDS + 1)
    return np.maximum.accumulate(values)[ends - 1]


WITHOUT_NETWORK: dict[str, Callable[[int], Array]] = {
    "random images": nature,
    "random waves": random_waves,
    "evolution on the oracle": evolution,
}
WITH_NETWORKS: dict[str, tuple[Callable[[], torch.Tensor], float]] = {
    "networks, pixels": (designs.pixels, 0.0),
    "networks, waves": (lambda: designs.waves(HIGHEST), 0.0),
    "networks, waves, bold": (lambda: designs.waves(HIGHEST), 1.0),
}


def _after_start(seed: int, values: Array) -> Array:
    """Put the values of the first images before those of a search."""
    start = designs.log_k(designs.made_by_nature(N_START, 100 + seed))
    return np.concatenate([start, values])


def _teach(network: nn.Module, images: Images, values: Array, *, epochs: int, seed: int) -> None:
    """Go on training a network for so many epochs on all that the oracle has said."""
    fit(
        nn.Sequential(ShiftsAndFlips(), network),
        (designs.signed(images), values.astype(np.float32) - 0.5),
        optimizer=partial(torch.optim.AdamW, lr=2e-3, weight_decay=1e-2),
        epochs=epochs, batch_size=32, seed=seed, progress=False,
    )  # fmt: skip
    network.eval()
