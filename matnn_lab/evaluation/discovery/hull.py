"""Distance to the convex hull: what decides whether a compound decomposes."""

from collections.abc import Sequence

import numpy as np

from matnn_lab.text import gettext as _


def energy_above_hull(
    formulas: Sequence[str],
    formation_energies: Sequence[float],
    *,
    known: tuple[Sequence[str], Sequence[float]] | None = None,
) -> np.ndarray:
    """Compute how far each compound lies above the mix of phases into which it could fall apart.

    The hull is pymatgen's ``PhaseDiagram``. Elements without an entry count with formation energy zero.

    Parameters
    ----------
    formulas : sequence of n formulas
    formation_energies : array_like of float, shape (n,)
        In eV/atom.
    known : (formulas, formation energies), optional
        The phases that span the hull; by default the compounds themselves, so that those on the hull
        have zero. With a hull of other phases a new compound can lie below it and have a negative value.

    Returns
    -------
    numpy.ndarray, shape (n,)
        In eV/atom. To judge predictions by the hull of the true energies, as Riebesell et al. 2025
        (doi:10.1038/s42256-025-01055-1) do, add ``predicted − true`` to the true distance.

    Raises
    ------
    ValueError
        If there is not one finite energy for each formula, or a formula cannot be read.
    """
    from pymatgen.analysis.phase_diagram import PDEntry, PhaseDiagram
    from pymatgen.core import Composition

    def entries(names, energies):
        names, energies = list(names), np.asarray(energies, dtype=float)
        if energies.shape != (len(names),) or not np.isfinite(energies).all():
            raise ValueError(
                _(
                    "{n} formulas came with energies of shape {shape}; give one finite number each."
                ).format(n=len(names), shape=energies.shape)
            )
        compositions = [Composition(name) for name in names]
        return [
            PDEntry(c, energy * c.num_atoms)
            for c, energy in zip(compositions, energies, strict=True)
        ]

    asked = entries(formulas, formation_energies)
    phases = asked if known is None else entries(*known)
    elements = {element for entry in (*asked, *phases) for element in entry.composition}
    have = {entry.composition.elements[0] for entry in phases if entry.is_element}
    phases = [*phases, *(PDEntry(Composition({e: 1}), 0.0) for e in elements - have)]
    rows_of: dict[frozenset, list[int]] = {}
    for row, entry in enumerate(asked):
        rows_of.setdefault(frozenset(entry.composition.elements), []).append(row)
    # a hull of its own for each chemical system: fast, and the same as the hull of everything
    distances = np.empty(len(asked))
    for system, rows in rows_of.items():
        inside = [entry for entry in phases if system.issuperset(entry.composition.elements)]
        diagram = PhaseDiagram(inside)
        for row in rows:
            distances[row] = diagram.get_e_above_hull(
                asked[row], allow_negative=True, check_stable=False
            )
    return distances
