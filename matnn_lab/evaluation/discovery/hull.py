"""Distance to the convex hull: what decides whether a compound decomposes."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from matnn_lab.evaluation.scores.inputs import numbers
from matnn_lab.representations.formulas import formula_fractions
from matnn_lab.text import gettext as _

if TYPE_CHECKING:
    from pymatgen.analysis.phase_diagram import PDEntry

ON_HULL = 1e-8  # eV/atom


def energy_above_hull(
    formulas: Iterable[str],
    formation_energies: ArrayLike,
    *,
    known: tuple[Iterable[str], ArrayLike] | None = None,
) -> np.ndarray:
    """Compute how far each compound lies above the mix of phases into which it could fall apart.

    The hull is pymatgen's ``PhaseDiagram``. By definition of a formation energy each element has a phase
    at zero; it always belongs to the hull, whether or not the table has an entry of the element.

    Parameters
    ----------
    formulas : iterable of n formulas
    formation_energies : array_like of float, shape (n,)
        In eV/atom.
    known : (formulas, formation energies), optional
        The phases that span the hull. By default the compounds themselves: the hull **holds the
        candidate**, a stable one has zero whatever its margin, and none is below zero. With a hull of
        other phases a new compound can lie below it and have a negative value. For the hull of all
        the others, candidate by candidate, see `decomposition_enthalpy`.

    Returns
    -------
    numpy.ndarray, shape (n,)
        In eV/atom.

    Raises
    ------
    ValueError, TypeError
        If there is not one finite energy for each formula, or a formula cannot be read.
    """
    asked = _entries(formulas, formation_energies)
    return _distances(asked, asked if known is None else _entries(*known))


def decomposition_enthalpy(formulas: Iterable[str], formation_energies: ArrayLike) -> np.ndarray:
    """Compute how far each compound lies above or below the hull of all the **other** compounds.

    Above zero it is the energy above the hull. Below zero it says by how much a stable compound is: how
    far its energy could rise before the others win (Bartel et al., npj Comput. Mater. 6, 97 (2020),
    doi:10.1038/s41524-020-00362-y). Polymorphs count among the others, and the zero of each element
    stays. To judge predictions as Riebesell et al., Nat. Mach. Intell. 7, 836 (2025),
    doi:10.1038/s42256-025-01055-1, do, where the hull is known and does not hold the candidate, add
    ``predicted − true`` to this distance.

    Parameters and errors are those of `energy_above_hull`.

    Returns
    -------
    numpy.ndarray, shape (n,)
        In eV/atom; negative for stable compounds.
    """
    entries = _entries(formulas, formation_energies)
    distances = _distances(entries, entries)
    for row in np.flatnonzero(distances < ON_HULL):
        others = [*entries[:row], *entries[row + 1 :]]
        distances[row] = _distances([entries[row]], others)[0]
    return distances


def _entries(formulas: Iterable[str], energies: ArrayLike) -> list["PDEntry"]:
    from pymatgen.analysis.phase_diagram import PDEntry
    from pymatgen.core import Composition

    formulas, energies = list(formulas), numbers(energies, _("energies"))
    if len(energies) != len(formulas) or not np.isfinite(energies).all():
        raise ValueError(
            _(
                "{n} formulas came with energies of shape {shape}, of which {bad} are not finite; give"
                " one finite number each."
            ).format(n=len(formulas), shape=energies.shape, bad=int((~np.isfinite(energies)).sum()))
        )
    atoms = formula_fractions(formulas)  # of one atom in all, so that energies stay per atom
    return [PDEntry(Composition(each), e) for each, e in zip(atoms, energies, strict=True)]


def _distances(asked: Sequence["PDEntry"], phases: Sequence["PDEntry"]) -> np.ndarray:
    """Return the distance of each entry to the hull of the phases and of the elements at zero."""
    from pymatgen.analysis.phase_diagram import PDEntry, PhaseDiagram
    from pymatgen.core import Composition

    elements = {element for entry in asked for element in entry.composition}
    zeros = [PDEntry(Composition({element: 1}), 0.0) for element in elements]
    rows_of: dict[frozenset, list[int]] = {}
    for row, entry in enumerate(asked):
        rows_of.setdefault(frozenset(entry.composition.elements), []).append(row)
    # a hull of its own for each chemical system: fast, and the same as the hull of everything
    distances = np.empty(len(asked))
    for system, rows in rows_of.items():
        inside = [
            entry for entry in (*zeros, *phases) if system.issuperset(entry.composition.elements)
        ]
        diagram = PhaseDiagram(inside)
        for row in rows:
            distances[row] = diagram.get_e_above_hull(
                asked[row], allow_negative=True, check_stable=False
            )
    return distances
