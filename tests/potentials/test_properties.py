import numpy as np
import pytest
from ase import Atoms, units
from ase.build import bulk, molecule
from ase.calculators.emt import EMT

from matnn_lab.potentials import (
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
        (lambda: elastic_constants(_molecule()), "give a crystal with a cell"),
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


def test_a_crystal_that_does_not_come_to_rest_is_named():
    with pytest.raises(RuntimeError, match="Cu is not at rest after 2 steps"):
        relax(copper(), steps=2)


def test_chgnet_gives_silicon_as_the_frames_of_the_course_have_it():
    pytest.importorskip("chgnet")
    atoms = bulk("Si", "diamond", 5.43)
    atoms.calc = load("chgnet")
    assert np.sqrt(2) * relax(atoms).cell.cellpar()[0] == pytest.approx(5.461, abs=0.003)
