"""What stands in learned vectors: their main directions, and which of them are alike."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from pymatgen.core import Element

Array = NDArray[np.float64]


def principal_components(vectors: Array, symbols: Sequence[str]) -> tuple[Array, float]:
    """Project vectors on the two directions of largest spread.

    The signs, which are free, are chosen so that electronegative elements lie to the right and heavy
    ones at the top. Returns the positions, shape (n, 2), and the share of the variance that they hold.
    """
    centered = vectors - vectors.mean(axis=0)
    left, spread, _directions = np.linalg.svd(centered, full_matrices=False)
    positions = left[:, :2] * spread[:2]
    elements = [Element(symbol) for symbol in symbols]
    for axis, values in enumerate(([e.X for e in elements], [e.Z for e in elements])):
        if positions[:, axis] @ (np.array(values) - np.mean(values)) < 0:
            positions[:, axis] *= -1
    return positions, float((spread[:2] ** 2).sum() / (spread**2).sum())


def similarity(vectors: Array) -> Array:
    """Return the cosine between each two rows after their mean is taken off, shape (n, n)."""
    centered = vectors - vectors.mean(axis=0)
    directions = centered / np.linalg.norm(centered, axis=1, keepdims=True)
    return directions @ directions.T
