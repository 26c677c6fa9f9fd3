"""Energy of titanium dioxide from a pair potential with an Ewald sum (computed, not measured).

The potential is that of Matsui and Akaogi, Mol. Simul. 6, 239 (1991), doi:10.1080/08927029108022432:
partial charges, a Born repulsion and a dispersion term, fitted to the structures of rutile, anatase and
brookite and to the elastic constants of rutile.
"""

import numpy as np
from pymatgen.analysis.ewald import EwaldSummation
from pymatgen.core import Lattice, Species, Structure

from matnn_lab.text import gettext as _

CHARGES = {"Ti": 2.196, "O": -1.098}
# A (eV), ρ (Å) and C (eV Å⁶) of A exp(−r/ρ) − C/r⁶
SHORT_RANGE = {
    frozenset(["Ti"]): (31120.1, 0.154, 5.25),
    frozenset(["Ti", "O"]): (16957.53, 0.194, 12.59),
    frozenset(["O"]): (11782.76, 0.234, 30.22),
}
CUTOFF = 10.0  # Å, of the short-range terms; the Coulomb sum has none


def rutile(volume: float, ratio: float, u: float) -> Structure:
    """Build titanium dioxide in the rutile structure (P4₂/mnm, six atoms in the cell).

    Parameters
    ----------
    volume : float
        Å³/atom.
    ratio : float
        c/a of the tetragonal cell.
    u : float
        Coordinate of oxygen at (u, u, 0).

    Raises
    ------
    ValueError
        If volume or ratio is not positive.
    """
    if not (volume > 0 and ratio > 0):
        raise ValueError(
            _(
                "The volume {volume} Å³/atom and the ratio {ratio} were given; give two positive numbers."
            ).format(volume=volume, ratio=ratio)
        )
    a = (6 * volume / ratio) ** (1 / 3)
    titanium, oxygen = (Species(symbol, charge) for symbol, charge in CHARGES.items())
    sites = [(0, 0, 0), (0.5, 0.5, 0.5), (u, u, 0), (-u, -u, 0)]
    sites += [(0.5 + u, 0.5 - u, 0.5), (0.5 - u, 0.5 + u, 0.5)]
    return Structure(Lattice.tetragonal(a, ratio * a), 2 * [titanium] + 4 * [oxygen], sites)


def lattice_energy(crystal: Structure) -> float:
    """Compute the energy of a crystal of Ti and O relative to its ions far apart.

    Parameters
    ----------
    crystal : pymatgen.core.Structure
        Lengths in Å; the oxidation states of the sites are the charges of the potential, as `rutile`
        sets them.

    Returns
    -------
    float
        eV/atom.

    Raises
    ------
    ValueError
        If the crystal holds something else than Ti and O with the charges of the potential.
    """
    symbols = [getattr(site.specie, "symbol", "") for site in crystal if site.is_ordered]
    charges = [getattr(site.specie, "oxi_state", None) for site in crystal if site.is_ordered]
    if len(symbols) < len(crystal) or charges != [CHARGES.get(symbol) for symbol in symbols]:
        raise ValueError(
            _(
                "{formula} was given; give a crystal of Ti with the charge 2.196 and O with −1.098, such "
                "as rutile(10.2, 0.67, 0.304)."
            ).format(formula=crystal.formula)
        )
    first, second, _images, distance = crystal.get_neighbor_list(CUTOFF)
    table = np.array(
        [[SHORT_RANGE[frozenset([one, other])] for other in CHARGES] for one in CHARGES]
    )
    kind = np.array([list(CHARGES).index(symbol) for symbol in symbols])
    repulsion, length, dispersion = table[kind[first], kind[second]].T
    pairs = repulsion * np.exp(-distance / length) - dispersion / distance**6
    # the list holds each pair twice
    return float((EwaldSummation(crystal).total_energy + pairs.sum() / 2) / len(crystal))
