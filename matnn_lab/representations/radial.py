"""A classical descriptor of structure: how many neighbors an atom has at each distance."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matnn_lab.representations.graph import neighbors
from matnn_lab.text import gettext as _

Array = NDArray[np.float64]
REACH = 2.6  # in units of the edge of a cube that holds one atom
WIDTH = 0.05
PLACES = np.linspace(0.4, REACH, 45)


def radial_distribution(structures: Iterable[Any]) -> Array:
    """Describe each crystal by its radial distribution, blind to elements and to size.

    Each structure is scaled to one unit of volume per atom. Then the neighbors of an average atom are counted
    at each distance, spread over a Gaussian and divided by the area of the sphere there.

    Parameters
    ----------
    structures : iterable of pymatgen Structure or ase.Atoms

    Returns
    -------
    numpy.ndarray, shape (n_structures, 45)
        Values at ``PLACES``, which are distances over the cube root of the volume per atom (no unit).

    Raises
    ------
    ValueError
        If there is no structure, or one that makes no neighbor list.
    """
    rows = [_one(structure) for structure in structures]
    if not rows:
        raise ValueError(_("No structures were given; give one at least."))
    return np.array(rows)


def _one(structure: Any) -> Array:
    volume = structure.volume if hasattr(structure, "lattice") else structure.get_volume()
    edge = float(volume / len(structure)) ** (1 / 3)
    found = neighbors(structure, (REACH + 3 * WIDTH) * edge)
    away = found.distance[:, None] / edge - PLACES
    spread = np.exp(-0.5 * (away / WIDTH) ** 2) / (WIDTH * np.sqrt(2 * np.pi))
    return spread.sum(axis=0) / (len(structure) * 4 * np.pi * PLACES**2)
