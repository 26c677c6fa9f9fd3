"""Energy and forces of silica from a pair potential (computed, not measured).

The potential is that of van Beest, Kramer and van Santen, Phys. Rev. Lett. 64, 1955 (1990),
doi:10.1103/PhysRevLett.64.1955: partial charges, a Born repulsion and a dispersion term. The Coulomb term
is damped, and energy and force go to zero at a cutoff (Fennell and Gezelter, J. Chem. Phys. 124, 234104
(2006), doi:10.1063/1.2206581), so that everything is a sum over pairs of atoms.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pymatgen.core import Structure
from scipy.special import erfc

from matnn_lab.representations.graph import neighbors
from matnn_lab.text import gettext as _

Array = NDArray[np.float64]

CHARGES = {"Si": 2.4, "O": -1.2}
# A (eV), b (1/Å) and c (eV Å⁶) of A exp(−br) − c/r⁶; none between two Si
SHORT_RANGE = {("Si", "O"): (18003.7572, 4.87318, 133.5381), ("O", "O"): (1388.7730, 2.76, 175.0)}
COULOMB = 14.399645  # e²/4πε₀ in eV Å
CUTOFF = 10.0  # Å
DAMPING = 0.2  # 1/Å


def energy_and_forces(crystal: Structure) -> tuple[float, np.ndarray]:
    """Compute the energy of a crystal of Si and O relative to its ions far apart, and its forces.

    Parameters
    ----------
    crystal : pymatgen.core.Structure
        Lengths in Å.

    Returns
    -------
    energy : float
        eV, of all atoms in the cell.
    forces : numpy.ndarray, shape (n_atoms, 3)
        eV/Å.

    Raises
    ------
    ValueError
        If the crystal holds something else than Si and O.
    """
    symbols = [getattr(site.specie, "symbol", "") for site in crystal if site.is_ordered]
    if len(symbols) < len(crystal) or not set(symbols) <= set(CHARGES):
        raise ValueError(
            _("{formula} was given; give an ordered crystal of Si and O, such as quartz.").format(
                formula=crystal.formula
            )
        )
    edges = neighbors(crystal, CUTOFF)
    charge = np.array([CHARGES[symbol] for symbol in symbols])
    silicon = np.array([symbol == "Si" for symbol in symbols])
    first, second = silicon[edges.center], silicon[edges.neighbor]
    kinds = [(first != second, ("Si", "O")), (~first & ~second, ("O", "O"))]
    a, b, c = (
        sum(np.where(rows, SHORT_RANGE[kind][k], 0.0) for rows, kind in kinds) for k in range(3)
    )
    pair = COULOMB * charge[edges.center] * charge[edges.neighbor], a, b, c
    energy, slope = _shifted(edges.distance, pair)
    # what a damped charge would feel of its own neutralizing cloud
    own = erfc(DAMPING * CUTOFF) / (2 * CUTOFF) + DAMPING / np.sqrt(np.pi)
    forces = np.zeros((len(crystal), 3))
    np.add.at(forces, edges.center, (slope / edges.distance)[:, None] * edges.vector)
    # each pair stands twice in the list
    return float(energy.sum() / 2 - COULOMB * own * (charge**2).sum()), forces


def _shifted(distance: Array, pair: tuple[Any, ...]) -> tuple[Array, Array]:
    """Return the energy of each pair and its slope, both zero at the cutoff."""
    energy, slope = _pair(distance, *pair)
    at_cutoff, slope_at_cutoff = _pair(CUTOFF, *pair)
    return (
        energy - at_cutoff - slope_at_cutoff * (distance - CUTOFF),
        slope - slope_at_cutoff,
    )


def _pair(r: Array | float, charges: Array, a: Array, b: Array, c: Array) -> tuple[Array, Array]:
    """Return the energy (eV) of pairs at distance r and its slope (eV/Å)."""
    damped = erfc(DAMPING * r) / r
    gauss = 2 * DAMPING / np.sqrt(np.pi) * np.exp(-((DAMPING * r) ** 2))
    repulsion = a * np.exp(-b * r)
    energy = charges * damped + repulsion - c / r**6
    slope = -charges * (damped + gauss) / r - b * repulsion + 6 * c / r**7
    return energy, slope
