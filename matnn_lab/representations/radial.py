"""A classical descriptor of structure: how many neighbors an atom has at each distance."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matnn_lab.representations.graph import crystal_volume, neighbors
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
        Periodic in all three directions.

    Returns
    -------
    numpy.ndarray, shape (n_structures, 45)
        Values at ``PLACES``, which are distances over the cube root of the volume per atom (no unit).

    Raises
    ------
    TypeError, ValueError
        If there is no structure, one alone and not in a list, or one that is no crystal or makes no neighbor
        list.
    """
    one = isinstance(structures, str) or hasattr(structures, "cell") or hasattr(structures, "sites")
    if one or not isinstance(structures, Iterable):
        raise TypeError(
            _(
                "An object of type {kind} was given; give a list of crystals, as in [crystal]."
            ).format(kind=type(structures).__name__)
        )
    rows = [_one(structure) for structure in structures]
    if not rows:
        raise ValueError(_("No structures were given; give one at least."))
    return np.array(rows)


def _one(structure: Any) -> Array:
    edge = (crystal_volume(structure) / len(structure)) ** (1 / 3)
    found = neighbors(structure, (REACH + 3 * WIDTH) * edge)
    away = found.distance[:, None] / edge - PLACES
    spread = np.exp(-0.5 * (away / WIDTH) ** 2) / (WIDTH * np.sqrt(2 * np.pi))
    return spread.sum(axis=0) / (len(structure) * 4 * np.pi * PLACES**2)
