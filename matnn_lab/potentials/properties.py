"""What one asks a potential for: a relaxed crystal, E(V), elastic constants, a short run of dynamics.

Small functions around the Atomic Simulation Environment (ASE) and pymatgen; they work with any calculator of
ASE that gives energy, forces and stress.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from ase import Atoms, units
from ase.constraints import FixSymmetry
from ase.eos import EquationOfState
from ase.filters import FrechetCellFilter
from ase.md.langevin import Langevin
from ase.md.velocitydistribution import Stationary, thermalize_momenta
from ase.md.verlet import VelocityVerlet
from ase.optimize import BFGS
from numpy.typing import NDArray

from matnn_lab.text import gettext as _

Array = NDArray[np.float64]


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
        With a calculator; is not changed.
    cell : bool
        Let the cell change too.
    keep_symmetry : bool
        Keep the space group that spglib finds in the start.
    fmax : float
        eV/Å, the largest force that may be left (the stress is multiplied by the volume per atom).
    steps : int
        Given up after so many.

    Returns
    -------
    ase.Atoms
        Relaxed, with the calculator and without constraints.

    Raises
    ------
    ValueError
        If the atoms have no calculator.
    RuntimeError
        If they are not at rest after so many steps.
    """
    relaxed = _with_calculator(atoms).copy()
    relaxed.calc = atoms.calc
    periodic = relaxed.cell.rank == 3
    if keep_symmetry and periodic:
        relaxed.set_constraint(FixSymmetry(relaxed))
    target: Any = FrechetCellFilter(relaxed) if cell and periodic else relaxed
    optimizer = BFGS(target, logfile=None)
    done = optimizer.run(fmax=fmax, steps=steps)
    relaxed.set_constraint()
    if not done:
        raise RuntimeError(
            _(
                "{formula} is not at rest after {steps} steps; allow more steps or a larger fmax, or look "
                "whether the potential knows such a crystal."
            ).format(formula=relaxed.symbols, steps=steps)
        )
    return relaxed


def energy_curve(
    atoms: Atoms, *, strain: float = 0.03, points: int = 7, kind: str = "birchmurnaghan"
) -> EnergyCurve:
    """Compute the energy at several volumes and fit an equation of state (ASE's).

    All lengths are scaled together: in a crystal that is not cubic, or in which atoms may move, the cell does
    not relax on the way.

    Parameters
    ----------
    atoms : ase.Atoms
        With a calculator; is not changed.
    strain : float
        The largest relative change of the lengths, such as 0.03.
    points : int
        Number of volumes, 5 or more.
    kind : str
        As `ase.eos.EquationOfState` has them.

    Raises
    ------
    ValueError
        If there is no calculator, strain or points are out of range, or the lowest energy is at an end.
    """
    _with_calculator(atoms)
    if not 0 < strain < 0.3 or points < 5:
        raise ValueError(
            _(
                "A strain of {strain} and {points} points were given; give a strain between 0 and 0.3 and "
                "5 points or more."
            ).format(strain=strain, points=points)
        )
    volumes, energies = [], []
    for factor in np.linspace(1 - strain, 1 + strain, points):
        scaled = atoms.copy()
        scaled.set_cell(factor * atoms.cell, scale_atoms=True)
        scaled.calc = atoms.calc
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
        A relaxed crystal with a calculator; is not changed. Its axes are those of the constants.
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
        If there is no calculator, no cell, or a strain that is not small.
    """
    from pymatgen.analysis.elasticity import ElasticTensor
    from pymatgen.io.ase import AseAtomsAdaptor

    if _with_calculator(atoms).cell.rank < 3 or not 0 < strain <= 0.03:
        raise ValueError(
            _(
                "{formula} and a strain of {strain} were given; give a crystal with a cell and a strain up "
                "to 0.03."
            ).format(formula=atoms.symbols, strain=strain)
        )
    constants = np.empty((6, 6))
    for column in range(6):
        ends = []
        for sign in (-1, 1):
            strained = atoms.copy()
            strained.set_cell(atoms.cell @ _deformation(column, sign * strain), scale_atoms=True)
            strained.calc = atoms.calc
            strained = relax(strained, cell=False, keep_symmetry=False, fmax=fmax)
            ends.append(strained.get_stress())
        constants[:, column] = (ends[1] - ends[0]) / (2 * strain) / units.GPa
    tensor = ElasticTensor.from_voigt((constants + constants.T) / 2)
    symmetric = tensor.fit_to_structure(AseAtomsAdaptor.get_structure(atoms))
    return np.array(symmetric.voigt)


def _deformation(column: int, strain: float) -> Array:
    """Return 1 + ε for one of Voigt's six strains; a shear is shared by both of its places."""
    deformation = np.eye(3)
    i, j = ((0, 0), (1, 1), (2, 2), (1, 2), (0, 2), (0, 1))[column]
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
        If there is no calculator, or a number is not positive.
    """
    _with_calculator(atoms)
    for value in (temperature_k, steps, time_step_fs, every):
        if not value > 0:
            raise ValueError(
                _(
                    "{value} was given; give a temperature, steps and a time step above zero."
                ).format(value=value)
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

    def write_down() -> None:
        potential, kinetic = float(run.get_potential_energy()), float(run.get_kinetic_energy())
        time = dynamics.nsteps * time_step_fs / 1000
        rows.append((time, potential, kinetic, potential + kinetic, run.get_temperature()))

    dynamics.attach(write_down, interval=every)
    dynamics.run(steps)
    columns = ["time_ps", "potential_ev", "kinetic_ev", "total_ev", "temperature_k"]
    return pd.DataFrame(rows, columns=columns).set_index("time_ps"), run


def _with_calculator(atoms: Atoms) -> Atoms:
    if not isinstance(atoms, Atoms) or atoms.calc is None:
        raise ValueError(
            _(
                "A {kind} without a calculator was given; give ASE Atoms and set one first, as in "
                "atoms.calc = load('chgnet')."
            ).format(kind=type(atoms).__name__)
        )
    return atoms
