import numpy as np
import pandas as pd
import pytest

from matnn_lab.datasets import card, frames, teacher_run
from matnn_lab.datasets.dynamics import FORMULAS

MATERIALS = list(FORMULAS)
BOLTZMANN = 8.617333e-5  # eV/K


@pytest.fixture(scope="module")
def every() -> pd.DataFrame:
    return frames()


def test_each_material_has_240_cold_and_60_hot_frames_of_sixteen_atoms(every):
    assert every["material"].unique().tolist() == MATERIALS
    counts = every.groupby(["material", "temperature_k"])["energy_ev"].count()
    assert counts.unstack().to_numpy().tolist() == [[240, 60]] * 3
    assert {len(atoms) for atoms in every["structure"]} == {16}
    for row in every.itertuples():
        assert row.structure.get_chemical_formula(empirical=True) == row.formula
        assert row.structure.pbc.all()


def test_one_material_is_the_part_of_all_of_them(every):
    one = frames("silicon")
    part = every[every["material"] == "silicon"].reset_index(drop=True)
    pd.testing.assert_frame_equal(one, part)
    assert one.attrs["card"] is card("frames")


def test_frames_follow_each_other_at_the_interval_of_the_card(every):
    for _, part in every.groupby(["material", "temperature_k"]):
        assert np.allclose(np.diff(part["time_fs"]), 36)
        assert part["time_fs"].iloc[0] == 0


def test_the_structures_know_their_energy_forces_and_stress(every):
    for row in every.iloc[::50].itertuples():
        assert row.structure.get_potential_energy() == row.energy_ev
        assert row.structure.get_forces().shape == (16, 3)
        assert row.structure.get_stress(voigt=False).shape == (3, 3)


def test_the_forces_of_a_frame_add_up_to_nothing(every):
    for atoms in every["structure"]:
        assert np.abs(atoms.get_forces().sum(axis=0)).max() < 1e-3


@pytest.mark.parametrize("material", MATERIALS)
def test_displacements_and_forces_grow_with_the_temperature(every, material):
    spread = {}
    for temperature, part in every[every["material"] == material].groupby("temperature_k"):
        positions = np.stack([atoms.positions for atoms in part["structure"]])
        forces = np.stack([atoms.get_forces() for atoms in part["structure"]])
        spread[temperature] = np.array([positions.std(axis=0).mean(), forces.std()])
    # in a harmonic crystal both go with the root of the temperature
    assert np.allclose(spread[1200] / spread[600], np.sqrt(2), rtol=0.15)


@pytest.mark.parametrize("material", MATERIALS)
def test_forces_do_the_work_that_equipartition_asks_of_them(every, material):
    """The virial theorem: the mean of −force · displacement is kT for each coordinate that moves."""
    part = every[(every["material"] == material) & (every["temperature_k"] == 600)]
    positions = np.stack([atoms.positions for atoms in part["structure"]])
    forces = np.stack([atoms.get_forces() for atoms in part["structure"]])
    work = -(forces * (positions - positions.mean(axis=0))).sum(axis=(1, 2)).mean()
    assert work / (15 * 3 * BOLTZMANN) == pytest.approx(600, rel=0.1)


@pytest.mark.parametrize("material", MATERIALS)
def test_forces_belong_to_the_energies(every, material):
    """Between two frames the energy changes by the mean force times the way, up to the third order."""
    part = every[(every["material"] == material) & (every["temperature_k"] == 600)]
    positions = np.stack([atoms.positions for atoms in part["structure"]])
    forces = np.stack([atoms.get_forces() for atoms in part["structure"]])
    way, mean_force = np.diff(positions, axis=0), (forces[1:] + forces[:-1]) / 2
    predicted = -(way * mean_force).sum(axis=(1, 2))
    assert np.corrcoef(predicted, np.diff(part["energy_ev"]))[0, 1] > 0.85


@pytest.mark.parametrize("material", MATERIALS)
def test_the_teacher_keeps_its_energy_from_the_last_cold_frame_on(material):
    start, run = teacher_run(material)
    frame = frames(material).query("temperature_k == 600").iloc[-1]
    assert np.array_equal(start.positions, frame["structure"].positions)
    total = frame["energy_ev"] + start.get_kinetic_energy()
    assert run["total_energy_ev"].iloc[0] == pytest.approx(total, abs=1e-4)
    assert 300 < start.get_temperature() < 1000
    assert len(run) == 201
    assert run["time_fs"].iloc[-1] == 600
    assert run["total_energy_ev"].std() / 16 < 5e-4


@pytest.mark.parametrize("load", [frames, teacher_run])
def test_an_unknown_material_is_answered_with_the_known_ones(load):
    with pytest.raises(ValueError, match="'iron'; choose one of copper, silicon, magnesia"):
        load("iron")
