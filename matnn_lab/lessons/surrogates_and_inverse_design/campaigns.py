"""Design with the oracle in the loop: sixteen new images a round, whose true values are paid for.

A campaign begins with images that nature made, and each of its rounds proposes new ones; what counts is the
best true value found after so many calls of the oracle.
"""

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from matnn_lab.lessons.surrogates_and_inverse_design import designs
from matnn_lab.representations.images import sector_power_spectrum

Array = NDArray[np.float64]
Images = NDArray[np.bool_]

N_START, N_ROUND, N_ROUNDS = 80, 16, 6


def nature(seed: int) -> Array:
    """Go on drawing images from where the first ones came from: random search."""
    made = designs.made_by_nature(N_START + N_ROUND * N_ROUNDS, 100 + seed)
    return designs.log_k(made)


def random_waves(seed: int, highest: int = 4) -> Array:
    """Draw images of a few waves at random, without any surrogate."""
    generator = torch.Generator().manual_seed(seed)
    basis = designs.waves(highest)
    numbers = torch.randn(N_ROUND * N_ROUNDS, len(basis), generator=generator)
    return _after_start(seed, designs.log_k(designs.halves(designs.fields_of(numbers, basis))))


def evolution(seed: int, highest: int = 4) -> Array:
    """Evolve images of a few waves on the oracle itself, without a surrogate: 16 children a round."""
    basis, asked = designs.waves(highest), []

    def judge(images: torch.Tensor) -> torch.Tensor:
        asked.append(designs.log_k(images.numpy() > 0.5))
        return torch.tensor(asked[-1])

    designs.evolve(judge, basis, n=N_ROUND, children=N_ROUND, generations=N_ROUNDS - 1, seed=seed)
    return _after_start(seed, np.concatenate(asked))


def active(seed: int, highest: int, boldness: float = 0.0) -> tuple[Array, Array]:
    """Let a surrogate propose, ask the oracle, teach the surrogate what it said, and go on.

    The surrogate is a Gaussian process on the power spectrum by direction: with so few images a network has
    no advantage over it. Its promise is climbed by evolution.

    Parameters
    ----------
    seed : int
    highest : int
        Periods of the waves across the image.
    boldness : float
        What is climbed is the mean plus so many times the standard deviation of the surrogate.

    Returns
    -------
    values : numpy.ndarray, shape (n_start + n_rounds · n_round,)
        True values in the order in which the oracle was asked.
    promises : numpy.ndarray, shape (n_rounds, n_round)
        What the surrogate had promised for the proposals of each round.
    """
    images = designs.made_by_nature(N_START, 100 + seed)
    values, promises = designs.log_k(images), []
    for turn in range(N_ROUNDS):
        surrogate = taught(images, values)

        def judge(soft: torch.Tensor, surrogate: Pipeline = surrogate) -> torch.Tensor:
            mean, spread = surrogate.predict(spectrum(soft.numpy() > 0.5), return_std=True)
            return torch.tensor(mean + boldness * spread)

        run = designs.evolve(
            judge, designs.waves(highest), n=N_ROUND, children=32, generations=40, every=40,
            seed=10 * seed + turn,
        )  # fmt: skip
        found = run.images[-1]
        promises.append(surrogate.predict(spectrum(found)))
        images = np.concatenate([images, found])
        values = np.concatenate([values, designs.log_k(found)])
    return values, np.array(promises)


def spectrum(images: Images) -> Array:
    """Describe images by their power in eight rings and four directions, as log10, shape (n, 32)."""
    power = sector_power_spectrum(images.astype(float), 4, 8)
    return np.log10(power + 1e-6).reshape(len(images), -1)


def taught(images: Images, values: Array) -> Pipeline:
    """Fit a Gaussian process with one length scale to images and their true values."""
    kernel = ConstantKernel(1.0) * RBF(5.0, (0.5, 100)) + WhiteKernel(0.1, (1e-5, 1))
    model = GaussianProcessRegressor(kernel, normalize_y=True, random_state=0)
    return make_pipeline(StandardScaler(), model).fit(spectrum(images), values)


def best_so_far(values: Array) -> Array:
    """Return the best value known when a round ends, shape (n_rounds + 1,); the first is the start's."""
    ends = N_START + N_ROUND * np.arange(N_ROUNDS + 1)
    return np.maximum.accumulate(values)[ends - 1]


UNTAUGHT: dict[str, Callable[[int], Array]] = {
    "random images": nature,
    "random waves to 4": random_waves,
    "random waves to 2": lambda seed: random_waves(seed, 2),
    "evolution on the oracle, waves to 4": evolution,
    "evolution on the oracle, waves to 2": lambda seed: evolution(seed, 2),
}
# highest period of the waves, and boldness
TAUGHT = {
    "taught, waves to 4": (4, 0.0),
    "taught, waves to 4, bold": (4, 1.0),
    "taught, waves to 2": (2, 0.0),
}


def _after_start(seed: int, values: Array) -> Array:
    """Put the values of the first images before those of a search."""
    start = designs.log_k(designs.made_by_nature(N_START, 100 + seed))
    return np.concatenate([start, values])
