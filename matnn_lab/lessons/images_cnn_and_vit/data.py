"""The tasks of notebook 08, made from computed microstructures: textures, conductivities, patches."""

import copy
from collections import defaultdict
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from matnn_lab.arrays import check_counts, check_varied, generator, gray_images, marks
from matnn_lab.datasets.conductivity import mean_current
from matnn_lab.datasets.microstructures import KINDS, cahn_hilliard, specimens, two_phase
from matnn_lab.models.inputs import check_choice
from matnn_lab.representations.images import radial_power_spectrum, sector_power_spectrum

Array = NDArray[np.float64]
Images = NDArray[np.float32]

SIZE = 32  # pixels along an edge of every image that a network sees
CONTRAST = 100.0
PERCENTILES = (1, 5, 25, 50, 75, 95, 99)


def textures(n: int, seed: int) -> tuple[Images, NDArray[np.int64]]:
    """Make recorded images of the five kinds of microstructure, with their class.

    Each is a patch of 32 pixels from a specimen of its own, tilted in brightness and noisy, as an image from
    a microscope would be, and brought to mean 0 and standard deviation 1.

    Parameters
    ----------
    n, seed : int
        Images of each kind; another seed gives other specimens.

    Returns
    -------
    images : numpy.ndarray, shape (5 n, 32, 32)
    classes : numpy.ndarray of int, shape (5 n,)
        Index into ``KINDS``.
    """
    check_counts(least=0, n=n)
    fields = np.concatenate([specimens(kind, range(n), 2 * SIZE, seed) for kind in KINDS])
    rng = generator(seed, 7)
    x = np.linspace(-0.5, 0.5, SIZE)
    slopes = rng.normal(0, 0.7, (2, len(fields), 1, 1))
    patches = fields[:, :SIZE, :SIZE] + slopes[0] * x + slopes[1] * x[:, None]
    patches = patches + rng.uniform(0.2, 0.7, (len(fields), 1, 1)) * rng.normal(size=patches.shape)
    return standardized(patches), np.repeat(np.arange(len(KINDS)), n)


def conductivities(n: int, seed: int) -> tuple[NDArray[np.bool_], Array]:
    """Make two-phase images and solve for their conductivity along x, phases 1 and 100.

    Returns
    -------
    images : numpy.ndarray of bool, shape (n, 32, 32)
    log_k : numpy.ndarray, shape (n,)
        log10 of k_xx in units of the poor conductor.
    """
    images = two_phase(n, SIZE, seed)
    return images, log_conductivity(images)


def log_conductivity(images: NDArray[np.bool_]) -> Array:
    """Solve for log10 k_xx of two-phase images (n, height, width), 1 where false and 100 where true."""
    images = marks(_several(images), "pixels of the good conductor")
    parts = [mean_current(np.where(part, CONTRAST, 1.0))[:, 0] for part in batches(images, 200)]
    return np.log10(np.concatenate(parts))


GOOD = 0.6  # least share of the good conductor in images that get a crack
LENGTHS = {"no": 0, "half": SIZE // 2, "whole": SIZE}  # of a crack, in pixels
# cracks that a network was shown, dealt out in turn to the images that conduct well
SHOWN_CRACKS = {
    "shown no crack": ("no",),
    "shown whole cracks": ("whole", "no"),
    "shown whole and half cracks": ("whole", "half", "no"),
}


def cracked(n: int, seed: int, crack: str) -> tuple[NDArray[np.bool_], Array]:
    """Give those of n images that conduct well, with a crack across the current, and their log10 k.

    The crack is two pixels wide and runs through the "whole" image or a "half" of it, or there is "no" crack.
    """
    check_choice(crack=crack, known=LENGTHS)
    images = two_phase(n, SIZE, seed)
    images = images[images.mean(axis=(1, 2)) > GOOD]
    images[:, : LENGTHS[crack], SIZE // 2 - 1 : SIZE // 2 + 1] = False
    return images, log_conductivity(images)


def partly_cracked(n: int, seed: int, kinds: tuple[str, ...]) -> tuple[NDArray[np.bool_], Array]:
    """Give n images and log10 k, as `conductivities`; those that conduct well get these cracks in turn."""
    kinds = (kinds,) if isinstance(kinds, str) else tuple(kinds)
    for kind in kinds:
        check_choice(crack=kind, known=LENGTHS)
    images = two_phase(n, SIZE, seed)
    good = np.flatnonzero(images.mean(axis=(1, 2)) > GOOD)
    for turn, kind in enumerate(kinds):
        images[good[turn :: len(kinds)], : LENGTHS[kind], :2] = False
    return images, log_conductivity(images)


def batches(images: NDArray, size: int) -> list[NDArray]:
    """Cut rows into parts of at most the given size."""
    check_counts(size=size)
    return [images[start : start + size] for start in range(0, len(images), size)]


class Patches(NamedTuple):
    """Patches of specimens: images (n, 32, 32), the label of their specimen, its number, and the best R²."""

    images: Images
    label: Array
    specimen: NDArray[np.int64]
    ceiling: float


def patches_of_specimens(n: int = 64, seed: int = 0, recorded: bool = True) -> Patches:
    """Cut nine patches from each specimen; all carry the one number that was "measured" on it.

    Half of the variance of that number comes from what the images show (composition and age), the other half
    from something that no image shows. Each specimen was recorded with brightness, contrast, blur and
    noise of its own; with ``recorded=False`` all are alike in that, without noise and blur.
    """
    from scipy.ndimage import gaussian_filter

    check_counts(least=2, n=n)
    check_counts(least=0, seed=seed)
    mean, steps, fields, rng = _grown(int(n), int(seed))
    rng = copy.deepcopy(rng)
    shown = mean / mean.std() + np.log(steps) / np.log(steps).std()
    shown = (shown - shown.mean()) / shown.std()
    hidden = rng.normal(size=n)
    gain, offset, grain, blur = (rng.uniform(*ends, n) for ends in RECORDING)
    if not recorded:
        gain, offset, grain, blur = np.ones(n), np.zeros(n), np.zeros(n), np.zeros(n)
    patches = []
    for number, field in enumerate(fields):
        image = gain[number] * gaussian_filter(field, blur[number], mode="wrap") + offset[number]
        image = image + grain[number] * rng.standard_normal(image.shape)
        patches += [image[a : a + SIZE, b : b + SIZE] for a in CORNERS for b in CORNERS]
    label = shown + hidden
    ceiling = 1 - np.mean(hidden**2) / np.var(label)
    images = np.array(patches, dtype=np.float32)
    return Patches(images, np.repeat(label, 9), np.repeat(np.arange(n), 9), float(ceiling))


@lru_cache(maxsize=1)
def _grown(n: int, seed: int) -> tuple[Array, NDArray, Images, np.random.Generator]:
    """Return compositions, steps and fields of specimens, and the generator as it stands then."""
    rng = generator(seed, 11)
    mean, steps = rng.uniform(-0.3, 0.3, n), rng.integers(20, 100, n)
    noise = 0.05 * rng.standard_normal((n, 3 * SIZE, 3 * SIZE))
    return mean, steps, cahn_hilliard(mean[:, None, None] + noise, steps), rng


def left_out_and_new(patches: Patches, seed: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Mark patches for two tests: one in four of the first half of the specimens, all of the second half.

    Returns
    -------
    left_out, new : numpy.ndarray of bool, shape (n,)
        What is in neither is for training: the other patches of the first half.
    """
    new = patches.specimen >= (patches.specimen.max() + 1) // 2
    old = np.flatnonzero(~new)
    left_out = np.zeros(len(new), dtype=bool)
    left_out[generator(seed, 17).permutation(old)[: len(old) // 4]] = True
    return left_out, new


# gain, brightness, noise and blur of a recording: least and most
RECORDING = ((0.6, 1.4), (-0.5, 0.5), (0.2, 0.6), (0.3, 1.2))
CORNERS = (0, SIZE, 2 * SIZE)


def spectrum_features(images: NDArray) -> Array:
    """Return what a physicist would read off: log10 of the radial spectrum, percentiles of grey values."""
    images = _several(images)
    levels = np.percentile(images, PERCENTILES, axis=(1, 2)).T
    return np.hstack([np.log10(radial_power_spectrum(images) + 1e-6), levels])


def directed_features(images: NDArray) -> Array:
    """Return `spectrum_features`, and how unevenly the power is shared by six directions, in falling order.

    The order is taken because no direction of the image is special; what counts is whether there is one.
    """
    images = _several(images)
    check_varied(images, "images")
    power = sector_power_spectrum(images, 6)[:, :, 2:12].sum(axis=2)
    total = power.sum(axis=1, keepdims=True)
    # an image without power at these wavelengths, such as one of few pixels, has it in no direction
    shares = np.divide(power, total, out=np.zeros_like(power), where=total > 0)
    shares = np.sort(shares, axis=1)[:, ::-1]
    return np.hstack([spectrum_features(images), shares])


def direction_features(images: NDArray) -> Array:
    """Return volume fraction and spectrum by direction: rings of the wave number in four sectors."""
    images = _several(images)
    power = np.log10(sector_power_spectrum(images, 4, 8) + 1e-6)
    return np.hstack([np.mean(images, axis=(1, 2))[:, None], power.reshape(len(images), -1)])


def spans(images: NDArray) -> NDArray[np.bool_]:
    """Tell of two-phase images (n, height, width) whether the good conductor spans them along x.

    The images repeat beyond their edges. One is spanned if a path of the good conductor leads from a pixel to
    the same pixel of another copy of the image that lies to the left or right, however often it passes the
    upper and lower edges on the way. Pixels that meet at a corner count as connected: the solver has
    its potential there, and current passes.
    """
    images = marks(_several(images), "pixels of the good conductor")
    return np.array([_goes_round(image) for image in images], dtype=bool)


def _goes_round(image: NDArray) -> bool:
    """Tell whether a closed path of marked pixels goes round the periodic image along x."""
    from scipy.ndimage import label

    pieces, _count = label(image, np.ones((3, 3)))  # inside the edges, where no path goes round
    first, last = pieces[:, 0], pieces[:, -1]
    top, bottom = pieces[0], pieces[-1]
    touching = [(last, np.roll(first, shift), 1) for shift in (-1, 0, 1)]
    touching += [(bottom, top, 0), (bottom[:-1], top[1:], 0), (bottom[1:], top[:-1], 0)]
    # of a piece: others, and by how many images one goes right to be there
    neighbors = defaultdict(set)
    for some, others, right in touching:
        for one, other in zip(some.tolist(), others.tolist(), strict=True):
            if one and other:
                neighbors[one].add((other, right))
                neighbors[other].add((one, -right))
    column: dict[int, int] = {}  # of the copy of the image in which a path met a piece
    for start in neighbors:
        column.setdefault(start, 0)
        waiting = [start]
        while waiting:
            here = waiting.pop()
            for there, right in neighbors[here]:
                if there not in column:
                    column[there] = column[here] + right
                    waiting.append(there)
                elif column[there] != column[here] + right:
                    return True
    return False


def features_with_span(images: NDArray) -> Array:
    """Return `direction_features`, and as one number more whether the good conductor `spans` along x."""
    return np.hstack([direction_features(images), spans(images)[:, None]])


# what a forest is told of an image, by the name that the table of trainings has for it
CONDUCTION_FEATURES = {"forest": direction_features, "forest, told of spans": features_with_span}


def standardized(images: NDArray) -> Images:
    """Bring each image (n, height, width) to mean 0 and standard deviation 1."""
    images = _several(images)
    check_varied(images, "images")
    images = images - images.mean(axis=(1, 2), keepdims=True)
    return (images / images.std(axis=(1, 2), keepdims=True)).astype(np.float32)


def _several(images: NDArray) -> Array:
    """Return images (n, height, width), also of a single one."""
    several = gray_images(images, "images")
    return several.reshape(-1, *several.shape[-2:])
