"""Is a potential that was just loaded what it should be? Its energy, its units, and the signs of its slopes.

Weights of one version of a package may load into the next without an error and give wrong energies; a stress
may come in GPa, or with the other sign. Both show within a few calls on one small crystal.
"""

from collections.abc import Sequence
from math import isfinite
from numbers import Real
from typing import Any

import numpy as np
from ase import Atoms
from ase.build import bulk
from ase.calculators.calculator import BaseCalculator
from ase.data import atomic_numbers, covalent_radii

from matnn_lab.representations.graph import crystal_volume
from matnn_lab.text import gettext as _

SILICON = 5.43  # Å
ENERGY_TOLERANCE = 0.005  # eV/atom; threads and processors change single precision by far less


class WrongWeightsError(ValueError):
    """A potential loads, but does not compute what it should."""


def confirm(
    calculator: BaseCalculator,
    name: str,
    elements: Sequence[str] = (),
    *,
    known: float | None = None,
    reference: tuple[Atoms, float] | None = None,
) -> None:
    """Check the energy of a potential against a known one, and its forces and stress against its energy.

    Without a known energy, silicon in the diamond structure must have its lowest energy within 6 % of the
    measured lattice constant of 5.43 Å.

    Parameters
    ----------
    calculator : ase.calculators.calculator.BaseCalculator
    name : str
        Said in the errors.
    elements : sequence of str
        Those that the potential knows; empty for any.
    known : float, optional
        eV/atom of silicon with a lattice constant of 5.43 Å.
    reference : (ase.Atoms, float), optional
        Another crystal and its energy in eV/atom, in place of silicon.

    Raises
    ------
    ValueError
        If the reference is no crystal with an energy per atom.
    WrongWeightsError
        If something does not agree; the sentence says what.
    """
    crystal, known = _checked(reference) if reference is not None else (_crystal(elements), known)
    crystal = crystal.copy()
    crystal.set_constraint()
    crystal.calc = calculator
    found = crystal.get_potential_energy() / len(crystal)
    # written so that NaN does not pass
    if known is not None and not abs(found - known) < ENERGY_TOLERANCE:
        if reference is not None and abs(found - known / len(crystal)) < ENERGY_TOLERANCE:
            raise ValueError(
                _(
                    "An energy of {known:.3f} eV was given for {formula}, which is that of all {n} atoms; "
                    "give the energy of one atom, {one:.3f} eV."
                ).format(
                    known=known, formula=crystal.symbols, n=len(crystal), one=known / len(crystal)
                )
            )
        raise WrongWeightsError(
            _(
                "{name} gives {found:.3f} eV/atom for {formula}, but should give {known:.3f}; the weights "
                "and the version of the package do not fit together, so install the version that the "
                "weights were made for."
            ).format(name=name, found=found, formula=crystal.symbols, known=known)
        )
    if known is None and str(crystal.symbols) == "Si2" and not _holds_together(crystal, found):
        raise WrongWeightsError(
            _(
                "{name} does not have the lowest energy of silicon near the measured lattice constant of "
                "5.43 Å; these weights are untrained, or were made for another version of the package."
            ).format(name=name)
        )
    _confirm_slopes(crystal, name)


def _checked(reference: Any) -> tuple[Atoms, float]:
    pair = isinstance(reference, tuple | list) and len(reference) == 2
    if not pair or not isinstance(reference[0], Atoms) or not isinstance(reference[1], Real):
        raise ValueError(
            _(
                "A reference of type {kind} was given; give a crystal of ASE and its energy in eV/atom, as "
                "in reference=(atoms, -5.4)."
            ).format(kind=type(reference).__name__)
        )
    if not isfinite(reference[1]):
        raise ValueError(
            _("A reference with the energy {energy} was given; give a number in eV/atom.").format(
                energy=reference[1]
            )
        )
    crystal_volume(reference[0])
    return reference[0], float(reference[1])


def _crystal(elements: Sequence[str]) -> Atoms:
    """Choose silicon, or where it is not known a close-packed crystal of an element that is."""
    if not elements or "Si" in elements:
        return bulk("Si", "diamond", SILICON)
    symbol = elements[0]
    radius = covalent_radii[atomic_numbers[symbol]]
    return bulk(symbol, "fcc", 2 * np.sqrt(2) * radius, cubic=True)


def _holds_together(silicon: Atoms, energy: float) -> bool:
    others = []
    for factor in (0.94, 1.06):
        other = _scaled(silicon, factor)
        others.append(other.get_potential_energy() / len(other))
    return energy < min(others)


def _confirm_slopes(crystal: Atoms, name: str) -> None:
    """Compare a force and the pressure of a squeezed crystal, one atom off its place, with differences."""
    squeezed = _scaled(crystal, 0.98)
    squeezed.positions[0] += (0.1, 0.05, 0.0)
    force, stress = squeezed.get_forces()[0, 0], squeezed.get_stress()[:3].mean()
    h = 0.02  # Å
    ends = []
    for step in (-h, h):
        moved = squeezed.copy()
        moved.calc = squeezed.calc
        moved.positions[0, 0] += step
        ends.append(moved.get_potential_energy())
    slope = -(ends[1] - ends[0]) / (2 * h)
    if not abs(force - slope) < 0.03 + 0.05 * abs(slope):
        raise WrongWeightsError(
            _(
                "{name} gives a force of {force:.3f} eV/Å where its energy falls by {slope:.3f} eV/Å; its "
                "units or its sign are not those of ASE."
            ).format(name=name, force=force, slope=slope)
        )
    volumes, energies = [], []
    for factor in (0.997, 1.003):
        scaled = _scaled(squeezed, factor)
        volumes.append(scaled.get_volume())
        energies.append(scaled.get_potential_energy())
    tension = (energies[1] - energies[0]) / (volumes[1] - volumes[0])
    if not abs(stress - tension) < 0.003 + 0.05 * abs(tension):
        raise WrongWeightsError(
            _(
                "{name} gives a stress of {stress:.4f} eV/Å³ where the slope of its energy is "
                "{tension:.4f} eV/Å³; its units or its sign are not those of ASE."
            ).format(name=name, stress=stress, tension=tension)
        )


def _scaled(crystal: Atoms, factor: float) -> Atoms:
    scaled = crystal.copy()
    scaled.set_cell(factor * crystal.cell, scale_atoms=True)
    scaled.calc = crystal.calc
    return scaled
