from dataclasses import replace

import numpy as np
import pytest
from ase import Atoms, units
from ase.build import bulk, fcc111, molecule
from ase.calculators.emt import EMT
from ase.calculators.singlepoint import SinglePointCalculator
from ase.constraints import FixAtoms, FixCartesian, FixSymmetry

from matnn_lab.potentials import (
    ABOUT,
    elastic_constants,
    energy_curve,
    load,
    molecular_dynamics,
    relax,
)
from tests.potentials.springs import LENGTH, STIFFNESS, Springs


def copper(a=3.7, **settings):
    atoms = bulk("Cu", "fcc", a, **settings)
    atoms.calc = EMT()
    return atoms


def test_a_relaxed_crystal_feels_no_stress_and_the_start_is_left_alone():
    start = copper()
    relaxed = relax(start)
    assert np.abs(relaxed.get_stress()).max() < 1e-3
    assert start.cell.cellpar()[0] == pytest.approx(3.7 / np.sqrt(2))
    assert not relaxed.constraints


def test_the_relaxed_lattice_constant_is_where_the_curve_is_lowest():
    relaxed = relax(copper())
    curve = energy_curve(relaxed)
    assert curve.volume == pytest.approx(relaxed.get_volume(), rel=2e-3)
    assert curve.energy == pytest.approx(relaxed.get_potential_energy(), abs=1e-4)


def test_a_molecule_keeps_its_box():
    water = molecule("H2O")
    water.calc = EMT()
    relaxed = relax(water)
    assert np.abs(relaxed.get_forces()).max() < 0.002
    assert relaxed.cell.rank == 0


def test_springs_have_the_bulk_modulus_of_springs():
    atoms = bulk("Si", "diamond", 5.43)
    atoms.calc = Springs()
    # 16 bonds in a cell of a³: E = 8 k r² ε² for a strain ε, and B = (d²E/dε²) / 9V
    exact = 16 * STIFFNESS * LENGTH**2 / (9 * 5.43**3) / units.GPa
    assert energy_curve(atoms, strain=0.01).bulk_modulus_gpa == pytest.approx(exact, rel=0.02)


def test_elastic_constants_have_the_symmetry_of_a_cube_and_the_modulus_of_the_curve():
    relaxed = relax(copper(cubic=True))
    c = elastic_constants(relaxed)
    same = np.array([c[0, 0], c[1, 1], c[2, 2]])
    assert np.ptp(same) < 1e-6
    assert np.abs(c[:3, 3:]).max() < 1e-6
    bulk_modulus = (c[0, 0] + 2 * c[0, 1]) / 3
    assert bulk_modulus == pytest.approx(energy_curve(relaxed).bulk_modulus_gpa, rel=0.03)
    assert c[0, 0] > c[0, 1] > c[3, 3] > 0


def test_turning_a_crystal_turns_its_elastic_constants():
    relaxed = relax(copper(cubic=True))
    turned = relaxed.copy()
    turned.rotate(45, "z", rotate_cell=True)
    turned.calc = EMT()
    c, d = elastic_constants(relaxed), elastic_constants(turned)
    along = (c[0, 0] + c[0, 1] + 2 * c[5, 5]) / 2  # the stiffness along 110
    assert d[0, 0] == pytest.approx(along, rel=0.01)


def test_without_a_thermostat_the_total_energy_is_kept_and_a_seed_gives_the_same_run():
    start = copper(3.6, cubic=True) * (2, 2, 2)
    start.calc = EMT()
    table, last = molecular_dynamics(start, temperature_k=300, steps=20, every=5)
    again, _ = molecular_dynamics(start, temperature_k=300, steps=20, every=5)
    other, _ = molecular_dynamics(start, temperature_k=300, steps=20, every=5, seed=1)
    assert list(table.index) == pytest.approx([0, 0.01, 0.02, 0.03, 0.04])
    assert table["total_ev"].std() < 0.02 * table["kinetic_ev"].std()
    assert table.equals(again)
    assert not table.equals(other)
    assert not np.allclose(last.positions, start.positions)


def test_a_thermostat_heats():
    start = copper(3.6, cubic=True)
    table, _ = molecular_dynamics(start, temperature_k=500, steps=60, friction=0.2, seed=3)
    assert table["temperature_k"].iloc[-30:].mean() == pytest.approx(500, rel=0.6)
    assert np.ptp(table["total_ev"]) > 0.01


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: relax(bulk("Cu")), "without a calculator"),
        (lambda: energy_curve("Cu"), "A str without a calculator"),
        (lambda: energy_curve(copper(), strain=0.5), "give a strain between 0 and 0.3"),
        (lambda: energy_curve(copper(), points=3), "5 points or more"),
        (lambda: energy_curve(copper(3.9), strain=0.01), "lowest at an end"),
        (lambda: elastic_constants(copper(), strain=0.1), "a strain up to 0.03"),
        (lambda: elastic_constants(_molecule()), "periodic in 0 of three directions"),
        (lambda: elastic_constants(slab()), "periodic in 2 of three directions"),
        (lambda: energy_curve(_molecule()), "periodic in 0 of three directions"),
        (lambda: energy_curve(copper(), points=7.0), "points=7.0 was given; give a whole number"),
        (lambda: energy_curve(copper(), kind="bm"), "no equation of state 'bm'; choose one of sj"),
        (lambda: energy_curve(stored()), "only stores what was read"),
        (lambda: relax(stored()), "only stores what was read"),
        (lambda: relax(copper(), fmax=0), "fmax=0 was given; give a number above zero"),
        (lambda: relax(copper(), fmax=np.nan), "fmax=nan was given"),
        (lambda: relax(copper(), steps=2.5), "steps=2.5 was given; give a whole number"),
        (lambda: relax(copper(np.nan)), "Cu has a position that is NaN"),
        (lambda: relax(Atoms(calculator=EMT())), "The structure is empty"),
        (lambda: relax(slab(vacuum=None)), "give cell=False"),
        (lambda: relax(askew()), "do not agree with its symmetry; give keep_symmetry=False"),
        (lambda: molecular_dynamics(copper(), temperature_k="300", steps=5), "temperature_k='300'"),
        (lambda: molecular_dynamics(copper(), temperature_k=300, steps=2.5), "steps=2.5"),
        (lambda: molecular_dynamics(held(), temperature_k=300, steps=5), "No atom of Cu is free"),
        (lambda: molecular_dynamics(copper(), temperature_k=300, steps=5, every=2.5), "every=2.5"),
        (
            lambda: molecular_dynamics(copper(), temperature_k=300, steps=5, friction=-0.01),
            "friction=-0.01 was given; give a number above zero",
        ),
        (lambda: molecular_dynamics(copper(), temperature_k=-1, steps=5), "above zero"),
        (lambda: molecular_dynamics(bulk("Cu"), temperature_k=1, steps=5), "calculator"),
    ],
)
def test_what_a_reader_may_get_wrong_is_said(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def _molecule():
    atoms = Atoms("Cu2", [(0, 0, 0), (0, 0, 2.2)])
    atoms.calc = EMT()
    return atoms


def slab(**settings):
    atoms = fcc111("Cu", (1, 1, 4), a=3.5, **{"vacuum": 8, **settings})
    atoms.calc = EMT()
    return atoms


def stored():
    atoms = copper()
    zero = {"energy": 0.0, "forces": np.zeros((1, 3)), "stress": np.zeros(6)}
    atoms.calc = SinglePointCalculator(atoms, **zero)
    return atoms


def held():
    atoms = copper()
    atoms.set_constraint(FixAtoms([0]))
    return atoms


def askew():
    """The lowest atom cannot rise, the highest, its mirror image, can sink."""
    atoms = slab(periodic=True)
    atoms.set_constraint(FixCartesian(0, (False, False, True)))
    return atoms


@pytest.mark.parametrize("keep_symmetry", [True, False])
def test_atoms_that_are_fixed_stay_and_the_others_come_to_rest(keep_symmetry):
    start = slab(periodic=True)
    start.set_constraint(FixAtoms([0, 1]))
    relaxed = relax(start, cell=False, keep_symmetry=keep_symmetry, fmax=0.01)
    assert np.array_equal(relaxed.positions[:2], start.positions[:2])
    assert np.abs(relaxed.positions[2:] - start.positions[2:]).max() > 0.01
    assert np.abs(relaxed.get_forces(apply_constraint=False)[2:]).max() < 0.01
    assert [list(each.index) for each in relaxed.constraints] == [[0, 1]]


def test_a_cell_changes_in_its_periodic_directions_only():
    start = slab()
    relaxed = relax(start, fmax=0.01)
    assert np.array_equal(relaxed.cell.array[2], start.cell.array[2])
    assert np.abs(relaxed.cell.array[:2] - start.cell.array[:2]).max() > 0.01
    stress = relaxed.get_stress()
    assert np.abs(stress[[0, 1, 5]]).max() * relaxed.get_volume() < 0.05
    nitrogen = molecule("N2", vacuum=4)
    nitrogen.calc = EMT()
    assert np.array_equal(relax(nitrogen).cell.array, nitrogen.cell.array)


def test_constraints_of_symmetry_do_not_change_the_elastic_constants():
    free = relax(copper())
    kept = free.copy()
    kept.calc = EMT()
    kept.set_constraint(FixSymmetry(kept))
    assert np.allclose(elastic_constants(kept), elastic_constants(free), atol=0.1)
    assert energy_curve(kept).bulk_modulus_gpa == pytest.approx(energy_curve(free).bulk_modulus_gpa)


def test_elastic_constants_warn_of_stress_and_say_how_large_it_is():
    stressed = copper(3.8)
    said = np.abs(stressed.get_stress()).max() / units.GPa
    with pytest.warns(UserWarning, match=f"under a stress of up to {said:.2g} GPa"):
        elastic_constants(stressed)


def test_an_element_that_was_not_learned_is_named():
    class Learned(EMT):
        about = replace(ABOUT["chgnet"], elements=("Ni",))

    atoms = bulk("Cu")
    atoms.calc = Learned()
    with pytest.warns(UserWarning, match="chgnet was not trained on Cu"):
        energy_curve(atoms)


@pytest.mark.parametrize("friction", [None, 0.02])
def test_a_run_that_blows_up_is_stopped(friction):
    start = copper(3.6, cubic=True)
    with pytest.raises(
        RuntimeError, match="blew up after .* steps of 100 fs: .* take a smaller step"
    ):
        molecular_dynamics(
            start, temperature_k=300, steps=50, time_step_fs=100, friction=friction, every=50
        )


def test_a_crystal_that_does_not_come_to_rest_is_named():
    with pytest.raises(RuntimeError, match="Cu is not at rest after 2 steps"):
        relax(copper(), steps=2)


def test_chgnet_gives_silicon_as_the_frames_of_the_course_have_it():
    pytest.importorskip("chgnet")
    atoms = bulk("Si", "diamond", 5.43)
    atoms.calc = load("chgnet")
    assert np.sqrt(2) * relax(atoms).cell.cellpar()[0] == pytest.approx(5.461, abs=0.003)
