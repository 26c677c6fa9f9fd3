"""An orientation as numbers that a network can learn: a tensor that the symmetry of the cube leaves alone."""

from itertools import combinations_with_replacement

import numpy as np
from numpy.typing import ArrayLike, NDArray

from matnn_lab.arrays import check_counts, generator, number_rows, rotation_matrices
from matnn_lab.datasets.ebsd import (
    flatten_background,
    nickel_background,
    nickel_patterns,
    orientation_matrices,
    random_orientations,
    simulate_patterns,
)
from matnn_lab.text import gettext as _

Array = NDArray[np.float64]

INDICES = list(combinations_with_replacement(range(3), 4))  # the 15 different components
CENTER = (0.424, 0.213, 0.5007)  # mean projection center of the measured patterns
SMOOTH = 4.0  # pixels of 30: width of the background that is taken off


def cubic_tensors(orientations: ArrayLike) -> Array:
    """Return Σ a⊗a⊗a⊗a over the three cube axes a in sample coordinates, its 15 components.

    It does not know which axis is called which, nor their signs, and so all 24 descriptions of one
    crystal have one tensor.

    Parameters
    ----------
    orientations : array_like, shape (n, 3, 3)
        Matrices from sample to crystal: their rows are the cube axes.

    Returns
    -------
    numpy.ndarray, shape (n, 15)

    Raises
    ------
    ValueError
        If they are no rotation matrices, as Euler angles are not.
    """
    axes = rotation_matrices(orientations, "orientations")
    axes = axes.reshape(-1, 3, 3)
    products = [
        axes[:, :, i] * axes[:, :, j] * axes[:, :, k] * axes[:, :, m] for i, j, k, m in INDICES
    ]
    return np.stack(products, axis=-1).sum(axis=1)


def simulated(n: int, seed: int, size: int = 30) -> tuple[NDArray[np.float32], Array]:
    """Return clean simulated patterns without background (n, size, size), and their orientations."""
    orientations = random_orientations(n, seed)
    centers = CENTER + 0.004 * generator(seed, 1).standard_normal((n, 3))
    patterns = simulate_patterns(orientations, centers, size)
    return flatten_background(patterns, SMOOTH), orientations


def measured() -> tuple[NDArray[np.float32], Array]:
    """Return the nine measured patterns, halved, without background (9, 30, 30), and their orientations."""
    table = nickel_patterns()
    raw = np.stack(table["pattern"]) - nickel_background()
    halved = raw.reshape(9, 30, 2, 30, 2).mean(axis=(2, 4))
    matrices = orientation_matrices(table["phi1_deg"], table["Phi_deg"], table["phi2_deg"])
    return flatten_background(halved, SMOOTH), matrices


def nearest(values: ArrayLike, entries: ArrayLike, block: int = 200) -> NDArray[np.intp]:
    """Return for each row of values (n, d) the number of the entry (m, d) at the smallest distance.

    Raises
    ------
    ValueError
        If values and entries are not rows of as many finite numbers, or there are none.
    """
    check_counts(block=block)
    entries = number_rows(entries, "entries")
    values = number_rows(values, "values", entries.shape[1])
    if not len(values) or not len(entries):
        raise ValueError(
            _("{n} values and {m} entries were given; give at least one of each.").format(
                n=len(values), m=len(entries)
            )
        )
    # far from zero, single precision would not see the differences
    middle = entries.mean(axis=0)
    scale = np.abs(entries - middle).max() or 1.0
    entries, values = (((each - middle) / scale).astype(np.float32) for each in (entries, values))
    half_squares = (entries**2).sum(axis=1) / 2
    parts = [values[start : start + block] for start in range(0, len(values), block)]
    return np.concatenate([(part @ entries.T - half_squares).argmax(axis=1) for part in parts])
