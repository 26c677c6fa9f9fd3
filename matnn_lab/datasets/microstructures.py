"""Computed microstructures, made when they are asked for: demixing, grains, magnetic domains.

Specimen number k of a kind and a seed is the same image whatever else is asked for at the same time. All
images are periodic, and lengths are in pixels: the equations know no other unit.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from matnn_lab.arrays import check_counts, gray_images, real_number, real_numbers
from matnn_lab.datasets.cards import Card
from matnn_lab.text import gettext as _

if TYPE_CHECKING:
    import torch

Array = NDArray[np.float32]

KINDS = ("spinodal", "droplets", "grains", "maze", "stripes")
TWO_PHASE = ("spinodal", "droplets", "maze", "stripes")
TIME_STEP = 2.0  # of the Cahn-Hilliard equation
DOMAIN_STEPS = 60

CARD = Card(
    name="computed_microstructures",
    title=_("Microstructures in two dimensions, computed"),
    kind="computed",
    source=_(
        "Made when asked for by `matnn_lab.datasets.computed_microstructures`: demixing by the Cahn-Hilliard "
        "equation, grains as Voronoi cells, magnetic domains as patterns of the Swift-Hohenberg equation. "
        "No microscope was involved."
    ),
    doi=("10.1063/1.1744102", "10.1103/PhysRevA.15.319"),
    licence=_("CC BY 4.0, as the text of the course"),
    n=50,
    units={
        "kind": "label",
        "specimen": "count",
        "image": "array (size, size) of dimensionless values, mean 0 and standard deviation 1",
    },
    notes=(
        _(
            "By default ten specimens of each of five kinds, 64 × 64 pixels, periodic. A pixel has "
            "no size in "
            "nanometres: the equations have no unit of length."
        ),
        _(
            "Patches cut from one specimen are no independent samples: split by `specimen` and `kind` "
            "together."
        ),
        _(
            "Composition, age, wavelength and direction differ from specimen to specimen; both "
            "signs occur, so "
            "that the bright phase is not always the minority."
        ),
    ),
)


def computed_microstructures(
    kinds: Iterable[str] = KINDS, n: int = 10, size: int = 64, seed: int = 0
) -> pd.DataFrame:
    """Compute microstructures of several kinds.

    Parameters
    ----------
    kinds : iterable of {"spinodal", "droplets", "grains", "maze", "stripes"}
    n : int
        Specimens of each kind, numbered from 0.
    size : int
        Pixels along each edge, 8 or more.
    seed : int
        Another seed gives other specimens.

    Returns
    -------
    pandas.DataFrame
        One row a specimen; ``image`` holds an array (size, size) with mean 0 and standard deviation 1.

    Raises
    ------
    ValueError
        If a kind is unknown, or n, size or seed is not a whole number in its range.
    """
    check_counts(n=n)
    rows = [
        (kind, number, image)
        for kind in _listed(kinds)
        for number, image in enumerate(specimens(kind, range(n), size, seed))
    ]
    frame = pd.DataFrame(rows, columns=list(CARD.units))
    frame.attrs["card"] = CARD
    return frame


def specimens(kind: str, numbers: Iterable[int], size: int = 64, seed: int = 0) -> Array:
    """Compute numbered specimens of one kind.

    Parameters
    ----------
    kind : {"spinodal", "droplets", "grains", "maze", "stripes"}
    numbers : iterable of int
        Which specimens.
    size, seed : int
        As in `computed_microstructures`.

    Returns
    -------
    numpy.ndarray, shape (n, size, size)
        Each image with mean 0 and standard deviation 1.

    Raises
    ------
    ValueError
        As in `computed_microstructures`.
    """
    if kind not in KINDS:
        raise ValueError(
            _("There is no kind of microstructure {given!r}; choose one of {kinds}.").format(
                given=kind, kinds=", ".join(KINDS)
            )
        )
    size, seed = _size(size), _seed(seed)
    place, numbers = KINDS.index(kind), _listed(numbers)
    for number in numbers:
        check_counts(least=0, number=number)
    random = [np.random.default_rng([seed, place, int(number)]) for number in numbers]
    if not random:
        return np.empty((0, size, size), dtype=np.float32)
    if kind == "grains":
        fields = np.stack([_grains(size, rng) for rng in random])
    elif kind in ("spinodal", "droplets"):
        fields = _demixed(kind, size, random)
    else:
        fields = _domains(kind, size, random)
    fields = fields * np.array([rng.choice([-1, 1]) for rng in random])[:, None, None]
    fields = fields - fields.mean(axis=(1, 2), keepdims=True)
    return (fields / fields.std(axis=(1, 2), keepdims=True)).astype(np.float32)


def two_phase(n: int, size: int = 32, seed: int = 0) -> NDArray[np.bool_]:
    """Compute two-phase images of mixed kinds, with volume fractions drawn evenly from 0.2 to 0.8.

    Parameters
    ----------
    n, size, seed : int
        Number of images, pixels along an edge, seed. Image k is the same for any n.

    Returns
    -------
    numpy.ndarray of bool, shape (n, size, size)
        True in the phase whose volume fraction was drawn. The kinds take turns: spinodal, droplets, maze,
        stripes.
    """
    check_counts(n=n)
    size, seed = _size(size), _seed(seed)
    images = np.empty((n, size, size), dtype=bool)
    for turn, kind in enumerate(TWO_PHASE):
        numbers = range(turn, n, len(TWO_PHASE))
        for number, field in zip(numbers, specimens(kind, numbers, size, seed), strict=True):
            fraction = np.random.default_rng([seed, 100, number]).uniform(0.2, 0.8)
            images[number] = _brightest(field, fraction)
    return images


def grain_films(n: int, size: int = 32, seed: int = 0) -> NDArray[np.bool_]:
    """Compute grains with a thin film of another phase along their boundaries.

    Parameters
    ----------
    n, size, seed : int
        As in `two_phase`.

    Returns
    -------
    numpy.ndarray of bool, shape (n, size, size)
        True inside the grains, false in the film, which takes 20 to 30 % of the area. It is little more than
        a pixel wide, so it has gaps, most of them where two pixels of the grains touch at a corner.
    """
    check_counts(n=n)
    size, seed = _size(size), _seed(seed)
    images = np.empty((n, size, size), dtype=bool)
    for number in range(n):
        rng = np.random.default_rng([seed, 101, number])
        _nearest, margin = _cells(size, round(size**2 / rng.uniform(70, 130)), rng)
        images[number] = _brightest(margin, rng.uniform(0.7, 0.8))
    return images


def cahn_hilliard(start: ArrayLike, steps: ArrayLike) -> Array:
    """Let a mixture demix: ∂c/∂t = ∇²(c³ − c − ∇²c), on a periodic grid with pixels of edge 1.

    Parameters
    ----------
    start : array_like, shape (n, size, size)
        Compositions c at the beginning; the two phases in equilibrium have c = ±1.
    steps : int, or array_like of int, shape (n,)
        Steps in time of length 2 for each image.

    Returns
    -------
    numpy.ndarray, shape (n, size, size)

    Raises
    ------
    ValueError
        If the compositions are no square images or lie beyond ±2, as grey values of 255 do, or the steps are
        no whole numbers.

    Notes
    -----
    Cahn and Hilliard, J. Chem. Phys. 28, 258 (1958), doi:10.1063/1.1744102. Solved in Fourier space, the
    stiff linear terms implicitly and with a stabilising term, so that long steps are stable.
    """
    import torch

    c = _start(start, "compositions", 2.0)
    given = real_numbers(steps, "steps", least=0)
    if given.shape not in ((), (1,), (len(c),)) or np.any(given % 1):
        raise ValueError(
            _(
                "Steps {given} were given for {n} images; give one whole number, or one an image."
            ).format(given=given.tolist(), n=len(c))
        )
    last = torch.as_tensor(np.broadcast_to(given, len(c)).astype(int))
    kx, ky = _wave_numbers(c.shape[-1])
    k2 = kx**2 + ky**2
    damping = 1 / (1 + TIME_STEP * (2 * k2 + k2**2))
    result, order = c.clone(), last.argsort(descending=True)
    c, last = c[order], last[order]
    spectrum = torch.fft.rfft2(c)
    for step in range(1, int(last.max()) + 1):
        going = int((last >= step).sum())  # those behind have had their steps
        c, spectrum = c[:going], spectrum[:going]
        spectrum = (spectrum - TIME_STEP * k2 * torch.fft.rfft2(c * (c * c - 3))) * damping
        c = torch.fft.irfft2(spectrum, s=c.shape[-2:])
        ends = last[:going] == step
        result[order[:going][ends]] = c[ends]
    return result.numpy()


def swift_hohenberg(
    start: ArrayLike, k0: ArrayLike, direction: ArrayLike, anisotropy: float = 0.0
) -> Array:
    """Grow a pattern of one wavelength: ∂u/∂t = [ε − (1 + ∇²/k₀²)² − a (t·∇/ik₀)²] u − u³.

    Like the domains of a magnetic film with perpendicular anisotropy, the pattern has two signs, a width of
    its own, and forms a maze (a = 0) or stripes that prefer one direction (a > 0).

    Parameters
    ----------
    start : array_like, shape (n, size, size)
        Small random numbers.
    k0 : array_like, shape (n,)
        Wave number of the pattern, 2π over its period in pixels.
    direction : array_like, shape (n,)
        Angle of the stripes to the rows of the image in radians.
    anisotropy : float
        Strength a of the preference for this direction.

    Returns
    -------
    numpy.ndarray, shape (n, size, size)

    Raises
    ------
    ValueError
        If the start is no square images or lies beyond ±1, a wave number is not positive, the anisotropy is
        negative, or there are not as many wave numbers and angles as images.

    Notes
    -----
    Swift and Hohenberg, Phys. Rev. A 15, 319 (1977), doi:10.1103/PhysRevA.15.319, with ε = 0.3.
    """
    import torch

    u, anisotropy = _start(start, "values", 1.0), real_number(anisotropy, "anisotropies", least=0)
    given = real_numbers(k0, "wave numbers", above=0), real_numbers(direction, "angles (rad)")
    if not {each.shape for each in given} <= {(), (1,), (len(u),)}:
        raise ValueError(
            _(
                "Wave numbers and angles of shapes {shapes} were given for {n} images; give one, or one an "
                "image."
            ).format(shapes=", ".join(str(each.shape) for each in given), n=len(u))
        )
    wave, angle = (
        torch.tensor(np.atleast_1d(each), dtype=torch.float32)[:, None, None] for each in given
    )
    kx, ky = _wave_numbers(u.shape[-1])
    along = kx * torch.cos(angle) + ky * torch.sin(angle)
    rate = 0.3 - (1 - (kx**2 + ky**2) / wave**2) ** 2 - anisotropy * (along / wave) ** 2
    damping, spectrum = 1 / (1 - rate), torch.fft.rfft2(u)
    for _step in range(DOMAIN_STEPS):
        spectrum = (spectrum - torch.fft.rfft2(u**3)) * damping
        u = torch.fft.irfft2(spectrum, s=u.shape[-2:])
    return u.numpy()


def _start(given: ArrayLike, name: str, most: float) -> "torch.Tensor":
    """Return the images with which an equation begins; from far outside its time steps do not come back."""
    import torch

    images = gray_images(given, name)
    if images.ndim == 2 or images.shape[1] != images.shape[2]:
        raise ValueError(
            _("The {name} have the shape {shape}; give square images, (n, size, size).").format(
                name=_(name), shape=images.shape
            )
        )
    real_numbers(images, name, least=-most, most=most)
    return torch.tensor(np.ascontiguousarray(images), dtype=torch.float32)


def _wave_numbers(size: int) -> "tuple[torch.Tensor, torch.Tensor]":
    """Return k along the columns' axis (x, last) and along the rows' axis (y), as for rfft2."""
    import torch

    kx = 2 * torch.pi * torch.fft.rfftfreq(size)[None, :]
    ky = 2 * torch.pi * torch.fft.fftfreq(size)[:, None]
    return kx, ky


def _demixed(kind: str, size: int, random: list[np.random.Generator]) -> Array:
    middle, spread = (0.0, 0.2) if kind == "spinodal" else (0.4, 0.05)
    means = np.array([rng.uniform(middle - spread, middle + spread) for rng in random])
    steps = np.array([int(rng.integers(20, 100)) for rng in random])
    noise = np.stack([0.05 * rng.standard_normal((size, size)) for rng in random])
    noise = noise - noise.mean(axis=(1, 2), keepdims=True)
    return cahn_hilliard(means[:, None, None] + noise, steps)


def _domains(kind: str, size: int, random: list[np.random.Generator]) -> Array:
    k0 = np.array([rng.uniform(0.55, 1.0) for rng in random])
    angles = np.array([rng.uniform(0, np.pi) for rng in random])
    noise = np.stack([0.1 * rng.standard_normal((size, size)) for rng in random])
    return swift_hohenberg(noise, k0, angles, anisotropy=0.3 if kind == "stripes" else 0.0)


def _grains(size: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Draw grains of different grey with dark boundaries."""
    n_grains = max(3, round(size**2 / rng.uniform(80, 220)))
    nearest, margin = _cells(size, n_grains, rng)
    grey = rng.uniform(0.3, 1.0, n_grains)[nearest]
    return grey * (1 - 0.8 * np.exp(-((margin / 1.2) ** 2)))


def _cells(
    size: int, n_cells: int, rng: np.random.Generator
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Return for each pixel the number of its Voronoi cell, and how much farther the next seed is."""
    from scipy.spatial import cKDTree

    axis = np.arange(size)
    pixels = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1).reshape(-1, 2)
    seeds = rng.random((n_cells, 2)) * size
    distance, cell = cKDTree(seeds, boxsize=size).query(pixels, k=2)
    margin = distance[:, 1] - distance[:, 0]
    return cell[:, 0].reshape(size, size), margin.reshape(size, size)


def _brightest(field: ArrayLike, fraction: float) -> NDArray[np.bool_]:
    """Mark the given share of the pixels, those of highest value."""
    field = np.asarray(field)
    return field > np.quantile(field, 1 - fraction)


def _listed(given: Any) -> list[Any]:
    """Return several things, or one, as a list."""
    several = isinstance(given, Iterable) and not isinstance(given, str)
    return list(given) if several else [given]


def _size(size: int) -> int:
    check_counts(least=8, size=size)
    return int(size)  # a small kind of NumPy would overflow


def _seed(seed: int) -> int:
    check_counts(least=0, seed=seed)
    return int(seed)
