"""Two-phase images as designs: how they are written down, two searches, and a network that judges them.

Half of each image is the good conductor, always; the question is where to put it so that the current along
x is largest. The images are computed, and `matnn_lab.datasets.conductivity` is the oracle.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import nn

from matnn_lab.datasets.conductivity import effective_conductivity, mean_current, wiener_bounds
from matnn_lab.datasets.microstructures import specimens
from matnn_lab.models.cnn import CNN, ShiftsAndFlips
from matnn_lab.text import gettext as _
from matnn_lab.training import fit

Array = NDArray[np.float64]
Images = NDArray[np.bool_]
Judge = Callable[[torch.Tensor], torch.Tensor]

SIZE = 32  # pixels along an edge
CONTRAST = 10.0  # conductivity of the good phase, that of the poor one being 1
BOUND = float(np.log10(wiener_bounds(0.5, 1.0, CONTRAST)[1]))  # log10 k of layers along the current
KINDS = (
    "spinodal",
    "droplets",
)  # among the computed stripes there are perfect layers: no search needed
WIDTHS = (8, 16, 16)


def halves(fields: ArrayLike) -> Images:
    """Give the good conductor to the higher half of the pixels of each field, shape (n, size, size)."""
    values = np.asarray(fields, dtype=float)
    flat = values.reshape(len(values), -1)
    ranks = flat.argsort(axis=1, kind="stable").argsort(axis=1, kind="stable")
    return (ranks >= flat.shape[1] // 2).reshape(values.shape)


def made_by_nature(n: int, seed: int) -> Images:
    """Compute n images of demixed alloys, half of each the good conductor; two kinds take turns."""
    fields = np.empty((n, SIZE, SIZE))
    for turn, kind in enumerate(KINDS):
        numbers = range(turn, n, len(KINDS))
        fields[turn :: len(KINDS)] = specimens(kind, numbers, SIZE, seed)
    return halves(fields)


def log_k(images: ArrayLike) -> Array:
    """Ask the oracle: log10 of k_xx of images, in units of the poor conductor, shape (n,)."""
    return np.log10(mean_current(np.where(np.asarray(images, dtype=bool), CONTRAST, 1.0))[:, 0])


def log_k_both(images: ArrayLike) -> Array:
    """Ask the oracle for both directions: log10 of k_xx and k_yy, shape (n, 2)."""
    tensors = effective_conductivity(np.where(np.asarray(images, dtype=bool), CONTRAST, 1.0))
    return np.log10(tensors[:, [0, 1], [0, 1]])


def best_pairs(k_xx: ArrayLike) -> Array:
    """Return the largest k_yy that any arrangement of two equal halves can have beside a given k_xx.

    Notes
    -----
    With the conductivity β of the good phase, all two-phase materials in two dimensions keep
    1/(β − k_xx) + 1/(β − k_yy) ≤ 1/(β − k_a) + 1/(β − k_h), where k_a and k_h are Wiener's bounds (Lurie and
    Cherkaev 1984; Tartar 1985). Layers of layers reach it.
    """
    harmonic, arithmetic = wiener_bounds(0.5, 1.0, CONTRAST)
    whole = 1 / (CONTRAST - arithmetic) + 1 / (CONTRAST - harmonic)
    return CONTRAST - 1 / (whole - 1 / (CONTRAST - np.asarray(k_xx, dtype=float)))


# How a design is written down


def pixels() -> torch.Tensor:
    """Return the basis in which each pixel has a number of its own, shape (1024, 1024)."""
    return torch.eye(SIZE**2)


def waves(highest: int) -> torch.Tensor:
    """Return the basis of periodic waves with at most so many periods across the image.

    Returns
    -------
    torch.Tensor, shape (n_waves, 1024)
        A cosine and a sine for each direction; rows of length 1.
    """
    place = 2 * torch.pi * torch.arange(SIZE) / SIZE
    rows = []
    for ky in range(highest + 1):
        for kx in range(-highest, highest + 1):
            if kx**2 + ky**2 > highest**2 or (ky == 0 and kx <= 0):
                continue
            phase = kx * place[None, :] + ky * place[:, None]
            rows += [torch.cos(phase).flatten(), torch.sin(phase).flatten()]
    basis = torch.stack(rows)
    return basis / basis.norm(dim=1, keepdim=True)


def fields_of(numbers: torch.Tensor, basis: torch.Tensor) -> torch.Tensor:
    """Turn the numbers of designs, shape (n, n_numbers), into fields of median 0 and deviation 1."""
    fields = numbers @ basis
    fields = fields - fields.median(dim=1, keepdim=True).values
    return (fields / fields.std(dim=1, keepdim=True)).reshape(-1, SIZE, SIZE)


# Searches


class Search(NamedTuple):
    """Steps at which a search was looked at, and the designs there, shape (n_steps, n, 32, 32)."""

    steps: list[int]
    images: Images


def climb(
    judge: Judge,
    basis: torch.Tensor,
    *,
    n: int = 24,
    steps: int = 120,
    every: int = 10,
    seed: int = 0,
    start: torch.Tensor | None = None,
    tether: float = 0.0,
) -> Search:
    """Improve designs by the gradient of what a network says about them.

    A half-open image, between poor (0) and good (1), is what the gradient needs; it is sharpened step by
    step, and what is kept are sharp images.

    Parameters
    ----------
    judge : callable
        Takes soft images (n, 32, 32) between 0 and 1, and gives the promise of each, shape (n,).
    basis : torch.Tensor, shape (n_numbers, 1024)
        How designs are written down, see `pixels` and `waves`.
    n, steps, every, seed : int
        Number of designs, steps of Adam, steps between two looks, seed of the random start.
    start : torch.Tensor, shape (n, n_numbers), optional
        Where to begin instead.
    tether : float
        Price in log10 k of changing a whole image; holds designs near their start.
    """
    generator = torch.Generator().manual_seed(seed)
    first = torch.randn(n, len(basis), generator=generator) if start is None else start
    numbers = first.clone().requires_grad_(True)
    optimizer = torch.optim.Adam([numbers], lr=0.1)
    seen, images = [0], [halves(fields_of(first, basis))]
    home = torch.tensor(images[0]).float()
    for step in range(1, steps + 1):
        soft = torch.sigmoid(fields_of(numbers, basis) * (2 + 12 * step / steps))
        price = tether * (soft - home).square().mean(dim=(1, 2))
        optimizer.zero_grad()
        (price - judge(soft)).sum().backward()
        optimizer.step()
        if step % every == 0:
            seen.append(step)
            images.append(halves(fields_of(numbers.detach(), basis)))
    return Search(seen, np.array(images))


def evolve(
    judge: Judge,
    basis: torch.Tensor,
    *,
    n: int = 24,
    generations: int = 60,
    every: int = 5,
    children: int = 48,
    seed: int = 0,
) -> Search:
    """Improve designs without a gradient: mix two parents, change the child a little, keep the best n.

    Parameters
    ----------
    judge, basis, n, every, seed
        As for `climb`; steps are generations.
    generations, children : int
        Number of generations, and of children in each.
    """
    generator = torch.Generator().manual_seed(seed)

    def promise(numbers: torch.Tensor) -> torch.Tensor:
        with torch.no_grad():
            return judge(torch.tensor(halves(fields_of(numbers, basis))).float())

    parents = torch.randn(n, len(basis), generator=generator)
    value = promise(parents)
    seen, images = [0], [halves(fields_of(parents, basis))]
    for generation in range(1, generations + 1):
        pair = torch.randint(n, (2, children), generator=generator)
        mine = torch.rand(children, len(basis), generator=generator) < 0.5
        young = torch.where(mine, parents[pair[0]], parents[pair[1]])
        young = young + 0.2 * torch.randn(young.shape, generator=generator)
        everyone = torch.cat([parents, young])
        value = torch.cat([value, promise(young)])
        best = value.argsort(descending=True)[:n]
        parents, value = everyone[best], value[best]
        if generation % every == 0:
            seen.append(generation)
            images.append(halves(fields_of(parents, basis)))
    return Search(seen, np.array(images))


# The network that judges


def trained(
    images: Images,
    targets: ArrayLike,
    validation: tuple[Images, ArrayLike],
    *,
    seed: int = 0,
    epochs: int = 120,
    patience: int = 15,
    widths: Sequence[int] = WIDTHS,
) -> CNN:
    """Train a CNN on images and their log10 k until validation no longer falls.

    Returns
    -------
    CNN
        It answers log10 k minus 0.5, the value of a material that does not care which phase is which.
    """
    torch.manual_seed(seed)
    network = CNN(widths)
    held, truth = validation
    fit(
        nn.Sequential(ShiftsAndFlips(), network),
        (signed(images), np.asarray(targets, dtype=np.float32) - 0.5),
        (signed(held), np.asarray(truth, dtype=np.float32) - 0.5),
        optimizer=partial(torch.optim.AdamW, lr=2e-3, weight_decay=1e-2),
        epochs=epochs, patience=patience, batch_size=32, seed=seed, progress=False,
    )  # fmt: skip
    return network.eval()


def signed(images: ArrayLike) -> NDArray[np.float32]:
    """Write the phases as −1 and 1, as the network wants them."""
    return 2 * np.asarray(images, dtype=np.float32) - 1


def mean_of(networks: Sequence[nn.Module], caution: float = 0.0) -> Judge:
    """Judge by the mean of networks, less ``caution`` times the spread of their answers.

    The spread is that of a sample, divided by one less than the number of networks.

    Raises
    ------
    ValueError
        If caution is asked of a single network: one opinion has no spread.
    """
    if caution and len(networks) < 2:
        raise ValueError(
            _(
                "caution={caution:g} was asked of one network, whose answers have no spread; give "
                "two or more."
            ).format(caution=caution)
        )

    def judge(soft: torch.Tensor) -> torch.Tensor:
        answers = torch.stack([network(2 * soft - 1) for network in networks]) + 0.5
        mean = answers.mean(dim=0)
        return mean - caution * answers.std(dim=0) if caution else mean

    return judge


def weighted(along_x: Judge, weight: float) -> Judge:
    """Judge by ``weight`` times the promise along x and the rest times that along y.

    The conductivity of an image along y is that of the transposed image along x, so one judge knows both.
    """

    def judge(soft: torch.Tensor) -> torch.Tensor:
        return weight * along_x(soft) + (1 - weight) * along_x(soft.transpose(1, 2))

    return judge


def predicted(networks: Sequence[nn.Module] | nn.Module, images: Images) -> Array:
    """Return what one or several networks promise for sharp images: log10 k, the mean of all, shape (n,)."""
    several = [networks] if isinstance(networks, nn.Module) else networks
    with torch.no_grad():
        parts = torch.tensor(np.asarray(images, dtype=np.float32)).split(200)
        return torch.cat([mean_of(several)(part) for part in parts]).double().numpy()
