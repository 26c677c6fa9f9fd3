"""What one asks a potential for: a relaxed crystal, E(V), elastic constants, a short run of dynamics.

Small functions around the Atomic Simulation Environment (ASE) and pymatgen; they work with any calculator of
ASE that gives energy, forces and stress.
"""

import warnings
from dataclasses import dataclass
from math import inf
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd
from ase import Atoms, units
from ase.calculators.singlepoint import SinglePointCalculator
from ase.constraints import FixAtoms, FixSymmetry
from ase.eos import EquationOfState, eos_names
from ase.filters import FrechetCellFilter
from ase.md.langevin import Langevin
from ase.md.velocitydistribution import Stationary, thermalize_momenta
from ase.md.verlet import VelocityVerlet
from ase.optimize import BFGS
from numpy.typing import NDArray

from matnn_lab.arrays import check_counts
from matnn_lab.representations.graph import crystal_volume, neighbors
from matnn_lab.text import gettext as _

Array = NDArray[np.float64]
# a crystal with more stress than this share of its elastic constants is not relaxed
STRESSED = 0.01
# K; no run of dynamics that went well is hotter
TOO_HOT = 1e5
VOIGT = ((0, 0), (1, 1), (2, 2), (1, 2), (0, 2), (0, 1))


@dataclass(frozen=True)
class EnergyCurve:
    """Energy against volume, and the equation of state through it.

    Attributes
    ----------
    volumes : numpy.ndarray, shape (n,)
        Å³/atom.
    energies : numpy.ndarray, shape (n,)
        eV/atom.
    volume, energy : float
        Of the lowest point of the fit, in Å³/atom and eV/atom.
    bulk_modulus_gpa : float
        There.
    """

    volumes: Array
    energies: Array
    volume: float
    energy: float
    bulk_modulus_gpa: float


def relax(
    atoms: Atoms,
    *,
    cell: bool = True,
    keep_symmetry: bool = True,
    fmax: float = 0.002,
    steps: int = 500,
) -> Atoms:
    """Move atoms, and the cell if wanted, to where forces and stress vanish.

    Parameters
    ----------
    atoms : ase.Atoms
        With a calculator; is not changed. Its constraints stay in force; an atom that is fixed
        keeps its place in the cell.
    cell : bool
        Let the cell change too, in the directions in which the atoms are periodic.
    keep_symmetry : bool
        Keep the space group that spglib finds in the start, where all three directions are periodic; an atom
        that is fixed is like no other that is free.
    fmax : float
        eV/Å, the largest force that may be left (the stress is multiplied by the volume per atom).
    steps : int
        Given up after so many.

    Returns
    -------
    ase.Atoms
        Relaxed, with the calculator and the constraints that were given.

    Raises
    ------
    ValueError
        If the atoms have no calculator, a number is not positive, a constraint does not agree with the
        symmetry, or the periodic directions of a slab or a wire are not along x, y and z.
    RuntimeError
        If they are not at rest after so many steps.

    Warns
    -----
    UserWarning
        If the potential was not trained on one of the elements.
    """
    _check_atoms(atoms)
    _check_positive(fmax=fmax)
    check_counts(steps=steps)
    return _relax(atoms, cell=cell, keep_symmetry=keep_symmetry, fmax=fmax, steps=steps)


def _relax(atoms: Atoms, *, cell: bool, keep_symmetry: bool, fmax: float, steps: int) -> Atoms:
    relaxed = atoms.copy()
    relaxed.calc = atoms.calc
    given = relaxed.constraints
    if keep_symmetry and relaxed.pbc.all():
        relaxed.set_constraint([_symmetry(relaxed), *given])
    target: Any = relaxed
    if cell and relaxed.pbc.any():
        target = FrechetCellFilter(relaxed, mask=_periodic_strains(relaxed))
    done = BFGS(target, logfile=None).run(fmax=fmax, steps=steps)
    relaxed.set_constraint(given)
    if not done:
        raise RuntimeError(
            _(
                "{formula} is not at rest after {steps} steps; allow more steps or a larger fmax, or look "
                "whether the potential knows such a crystal."
            ).format(formula=relaxed.symbols, steps=steps)
        )
    return relaxed


def _symmetry(atoms: Atoms) -> FixSymmetry:
    """Refine the symmetry of atoms, and return the constraint that keeps it together with theirs."""
    elements = atoms.numbers.copy()
    for constraint in atoms.constraints:
        if isinstance(constraint, FixAtoms):
            # as elements of their own, for spglib
            atoms.numbers[constraint.index] = elements[constraint.index] + 200
    symmetry = FixSymmetry(atoms)
    atoms.numbers[:] = elements
    trial = np.random.default_rng(0).normal(size=(2, len(atoms), 3))
    trial[1] = trial[0]
    for forces, order in zip(trial, (1, -1), strict=True):
        for constraint in (symmetry, *atoms.constraints)[::order]:
            constraint.adjust_forces(atoms, forces)
    if not np.allclose(*trial):
        raise ValueError(
            _(
                "The constraints of {formula} do not agree with its symmetry; give keep_symmetry=False."
            ).format(formula=atoms.symbols)
        )
    return symmetry


def _periodic_strains(atoms: Atoms) -> list[bool]:
    """Tell which of Voigt's six strains stretch nothing but periodic directions."""
    vectors = atoms.cell.array[atoms.pbc]
    along = np.abs(vectors).max(axis=0) > 1e-6 * np.abs(vectors).max()
    if along.sum() > len(vectors) or atoms.cell.rank < 3:
        raise ValueError(
            _(
                "{formula} is periodic in {n} of three directions; to relax its cell, put it into a box "
                "whose periodic directions are along x, y or z, or give cell=False."
            ).format(formula=atoms.symbols, n=len(vectors))
        )
    return [bool(along[i] and along[j]) for i, j in VOIGT]


def energy_curve(
    atoms: Atoms, *, strain: float = 0.03, points: int = 7, kind: str = "birchmurnaghan"
) -> EnergyCurve:
    """Compute the energy at several volumes and fit an equation of state (ASE's).

    All lengths are scaled together: in a crystal that is not cubic, or in which atoms may move, the cell does
    not relax on the way.

    Parameters
    ----------
    atoms : ase.Atoms
        A crystal with a calculator; is not changed. Its constraints do not hold back the cell.
    strain : float
        The largest relative change of the lengths, such as 0.03.
    points : int
        Number of volumes, 5 or more.
    kind : str
        As `ase.eos.EquationOfState` has them.

    Raises
    ------
    ValueError
        If there is no calculator, a direction is not periodic, strain, points or kind are out of range, or
        the lowest energy is at an end.

    Warns
    -----
    UserWarning
        If the potential was not trained on one of the elements.
    """
    _check_atoms(atoms)
    crystal_volume(atoms)
    _check_positive(strain=strain)
    check_counts(points=points)
    if kind not in eos_names:
        raise ValueError(
            _("There is no equation of state {kind!r}; choose one of {kinds}.").format(
                kind=kind, kinds=", ".join(eos_names)
            )
        )
    if strain >= 0.3 or points < 5:
        raise ValueError(
            _(
                "A strain of {strain} and {points} points were given; give a strain between 0 and 0.3 and "
                "5 points or more."
            ).format(strain=strain, points=points)
        )
    volumes, energies = [], []
    for factor in np.linspace(1 - strain, 1 + strain, points):
        scaled = _deformed(atoms, factor * np.eye(3))
        volumes.append(scaled.get_volume() / len(atoms))
        energies.append(float(scaled.get_potential_energy()) / len(atoms))
    if np.argmin(energies) in (0, points - 1):
        raise ValueError(
            _(
                "The energy of {formula} is lowest at an end, at {volume:.2f} Å³/atom; start nearer to the "
                "minimum, as from `relax`, or take a larger strain."
            ).format(formula=atoms.symbols, volume=volumes[int(np.argmin(energies))])
        )
    volume, energy, modulus = EquationOfState(volumes, energies, eos=kind).fit(warn=False)
    return EnergyCurve(
        np.array(volumes), np.array(energies), float(volume), float(energy), modulus / units.GPa
    )


def elastic_constants(atoms: Atoms, *, strain: float = 0.005, fmax: float = 0.005) -> Array:
    """Compute elastic constants from the stress of strained crystals, the atoms relaxed in each.

    The six strains are applied with both signs, so that the stress of the start and the terms of second order
    cancel, and the result is averaged over the symmetry of the crystal (pymatgen's).

    Parameters
    ----------
    atoms : ase.Atoms
        A relaxed crystal with a calculator; is not changed. Its axes are those of the constants. A
        `FixSymmetry` among its constraints is left out, since a strain breaks the symmetry; atoms that are
        held stay where the strain takes them.
    strain : float
        Such as 0.005.
    fmax : float
        eV/Å, the largest force left on an atom in a strained crystal.

    Returns
    -------
    numpy.ndarray, shape (6, 6)
        GPa, in Voigt's order xx, yy, zz, yz, xz, xy (engineering shear strain).

    Raises
    ------
    ValueError
        If there is no calculator, a direction is not periodic, or the strain is not small.
    RuntimeError
        If the atoms of a strained crystal do not come to rest.

    Warns
    -----
    UserWarning
        If the crystal is under stress, so that the constants are not those at rest, or if the potential was
        not trained on one of the elements.
    """
    from pymatgen.analysis.elasticity import ElasticTensor
    from pymatgen.io.ase import AseAtomsAdaptor

    _check_atoms(atoms)
    crystal_volume(atoms)
    _check_positive(strain=strain, fmax=fmax)
    if strain > 0.03:
        raise ValueError(
            _("A strain of {strain} was given; give a strain up to 0.03.").format(strain=strain)
        )
    free = atoms.copy()
    free.set_constraint([each for each in atoms.constraints if not isinstance(each, FixSymmetry)])
    free.calc = atoms.calc
    constants, stress = np.empty((6, 6)), np.zeros(6)
    for column in range(6):
        ends = []
        for sign in (-1, 1):
            strained = _deformed(free, _deformation(column, sign * strain))
            strained = _relax(strained, cell=False, keep_symmetry=False, fmax=fmax, steps=500)
            ends.append(strained.get_stress() / units.GPa)
        constants[:, column] = (ends[1] - ends[0]) / (2 * strain)
        stress += (ends[1] + ends[0]) / 12
    if (np.abs(stress) > STRESSED * np.abs(constants.diagonal())).any():
        warnings.warn(
            _(
                "{formula} is under a stress of up to {stress:.2g} GPa, so these are not the elastic "
                "constants of the crystal at rest; give a crystal from relax(atoms)."
            ).format(formula=atoms.symbols, stress=np.abs(stress).max()),
            stacklevel=2,
        )
    tensor = ElasticTensor.from_voigt((constants + constants.T) / 2)
    free.set_constraint()  # which pymatgen would ask about
    symmetric = tensor.fit_to_structure(AseAtomsAdaptor.get_structure(free))
    return np.array(symmetric.voigt)


def _deformed(atoms: Atoms, deformation: Array) -> Atoms:
    """Deform cell and positions together, whatever the constraints say."""
    deformed = atoms.copy()
    deformed.set_cell(atoms.cell @ deformation, scale_atoms=True, apply_constraint=False)
    deformed.calc = atoms.calc
    return deformed


def _deformation(column: int, strain: float) -> Array:
    """Return 1 + ε for one of Voigt's six strains; a shear is shared by both of its places."""
    deformation = np.eye(3)
    i, j = VOIGT[column]
    if i == j:
        deformation[i, i] += strain
    else:
        deformation[i, j] = deformation[j, i] = strain / 2
    return deformation


def molecular_dynamics(
    atoms: Atoms,
    *,
    temperature_k: float,
    steps: int,
    time_step_fs: float = 2.0,
    friction: float | None = None,
    every: int = 1,
    seed: int = 0,
) -> tuple[pd.DataFrame, Atoms]:
    """Run a short molecular dynamics from random velocities.

    Parameters
    ----------
    atoms : ase.Atoms
        With a calculator; is not changed.
    temperature_k : float
        Of the first velocities, and of the thermostat if there is one.
    steps : int
    time_step_fs : float
        fs.
    friction : float, optional
        1/fs, of a Langevin thermostat. Without it the total energy should be kept.
    every : int
        Written down every so many steps.
    seed : int

    Returns
    -------
    pandas.DataFrame
        Index ``time_ps``; columns ``potential_ev``, ``kinetic_ev``, ``total_ev`` (all atoms together) and
        ``temperature_k``.
    ase.Atoms
        The last frame, with the calculator.

    Raises
    ------
    ValueError
        If there is no calculator, or a number is not positive, or not whole where it counts.
    RuntimeError
        If the run blows up.

    Warns
    -----
    UserWarning
        If the potential was not trained on one of the elements.
    """
    _check_atoms(atoms)
    _check_positive(temperature_k=temperature_k, time_step_fs=time_step_fs)
    if friction is not None:
        _check_positive(friction=friction)
    check_counts(steps=steps, every=every)
    if atoms.get_number_of_degrees_of_freedom() < 1:
        raise ValueError(
            _("No atom of {formula} is free to move; fix fewer.").format(formula=atoms.symbols)
        )
    rng = np.random.default_rng(seed)
    run = atoms.copy()
    run.calc = atoms.calc
    thermalize_momenta(run, temperature_k, rng=rng)
    Stationary(run)
    step = time_step_fs * units.fs
    dynamics = (
        VelocityVerlet(run, step)
        if friction is None
        else Langevin(
            run,
            step,
            temperature_K=temperature_k,
            friction=friction / units.fs,
            fixcm=False,
            rng=rng,
        )
    )
    rows: list[tuple[float, ...]] = []
    start = peak = 0.0

    def watch() -> None:
        nonlocal start, peak
        total, kinetic = float(run.get_total_energy()), float(run.get_kinetic_energy())
        if dynamics.nsteps == 0:
            start = total
        peak, hot = max(peak, kinetic), run.get_temperature()
        # without a thermostat no energy comes from nowhere; written so that NaN does not pass
        kept = friction is not None or abs(total - start) <= peak / 2
        if not (kept and hot < TOO_HOT + 10 * temperature_k):
            raise RuntimeError(
                _(
                    "The run of {formula} blew up after {n} steps of {step:g} fs: its total energy has "
                    "changed by {change:.2g} eV, and it has {hot:.2g} K; take a smaller step, or relax it "
                    "first."
                ).format(
                    formula=run.symbols,
                    n=dynamics.nsteps,
                    step=time_step_fs,
                    change=total - start,
                    hot=hot,
                )
            )

    def write_down() -> None:
        potential, kinetic = float(run.get_potential_energy()), float(run.get_kinetic_energy())
        time = dynamics.nsteps * time_step_fs / 1000
        rows.append((time, potential, kinetic, potential + kinetic, run.get_temperature()))

    dynamics.attach(watch)
    dynamics.attach(write_down, interval=every)
    dynamics.run(steps)
    columns = ["time_ps", "potential_ev", "kinetic_ev", "total_ev", "temperature_k"]
    return pd.DataFrame(rows, columns=columns).set_index("time_ps"), run


def _check_atoms(atoms: Atoms) -> None:
    """Raise if atoms cannot be computed with, and warn if their potential does not know them."""
    if not isinstance(atoms, Atoms) or atoms.calc is None:
        raise ValueError(
            _(
                "A {kind} without a calculator was given; give ASE Atoms and set one first, as in "
                "atoms.calc = load('chgnet')."
            ).format(kind=type(atoms).__name__)
        )
    if isinstance(atoms.calc, SinglePointCalculator):
        raise ValueError(
            _(
                "The calculator of {formula} only stores what was read from a file; set one that computes, "
                "as in atoms.calc = load('chgnet')."
            ).format(formula=atoms.symbols)
        )
    neighbors(atoms, 1.0)  # which looks at positions and cell
    about = getattr(atoms.calc, "about", None)
    if about is not None and (unseen := about.unseen(atoms)):
        warnings.warn(
            _(
                "{name} was not trained on {elements}, so what it says of {formula} is a guess; compare it "
                "with something that is known."
            ).format(name=about.name, elements=", ".join(unseen), formula=atoms.symbols),
            stacklevel=3,
        )


def _check_positive(**values: Any) -> None:
    for name, value in values.items():
        if not isinstance(value, Real) or not 0 < float(value) < inf:
            raise ValueError(
                _("{name}={value!r} was given; give a number above zero.").format(
                    name=name, value=value
                )
            )
