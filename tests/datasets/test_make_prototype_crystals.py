import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("ase")

SCRIPT = Path(__file__).parents[2] / "scripts" / "make_prototype_crystals.py"


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("make_prototype_crystals", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@given(
    volume=st.floats(6, 80),
    modulus=st.floats(2, 450),
    derivative=st.floats(3, 6),
    energy=st.floats(-10, 0),
)
@settings(deadline=None)
def test_the_fit_gives_back_the_birch_murnaghan_curve(script, volume, modulus, derivative, energy):
    volumes = volume * 1.01 * script.FINE_VOLUMES
    eta = (volume / volumes) ** (2 / 3)
    scale = 9 * volume * modulus / script.EV_PER_A3_IN_GPA / 16
    energies = energy + scale * (
        (eta - 1) ** 3 * derivative + (eta - 1) ** 2 * (6 - 4 * eta)
    )  # Birch 1947
    found = script.fit(volumes, energies)
    assert found.volume == pytest.approx(volume, rel=1e-5)
    assert found.energy == pytest.approx(energy, abs=1e-6)
    assert found.bulk_modulus == pytest.approx(modulus, rel=1e-4)
    assert found.residual < 1e-6


def test_a_curve_without_a_minimum_has_no_equilibrium(script):
    volumes = np.linspace(18, 22, 7)
    assert script.fit(volumes, -0.1 * volumes) is None


def test_the_shipped_crystals_are_candidates_and_the_card_counts_the_others(script, crystals):
    candidates = {candidate.crystal_id: candidate for candidate in script.candidates()}
    assert len(candidates) == 5111
    assert set(crystals["crystal_id"]) <= candidates.keys()
    for row in crystals.sample(50, random_state=0).itertuples():
        candidate = candidates[row.crystal_id]
        assert candidate.formula == row.formula
        structure = candidate.structure
        structure.scale_lattice(row.structure.volume)
        assert np.allclose(structure.lattice.matrix, row.structure.lattice.matrix, atol=1e-6)
        assert [str(s) for s in structure.species] == [str(s) for s in row.structure.species]


def test_no_shipped_crystal_has_atoms_too_close(script, crystals):
    for structure in crystals["structure"].sample(200, random_state=1):
        closest, loneliest = script.contacts(structure)
        assert closest >= script.MIN_CLOSEST_PAIR - 1e-3
        assert loneliest < 6


@pytest.mark.parametrize(
    ("label", "n_elements", "count"),
    [("AB_cF8_225_a_b", 2, 1), ("AB_hP4_194_c_a", 2, 2), ("ABC_cF12_216_b_c_a", 3, 3)],
)
def test_elements_are_put_on_the_sites_in_each_different_way_once(script, label, n_elements, count):
    assert len(script.decorations(script.TEMPLATES[label], n_elements)) == count


def test_a_checkpoint_that_was_cut_short_is_read_up_to_there(script, tmp_path):
    path = tmp_path / "scans.jsonl"
    path.write_text('{"crystal_id": "a", "fine": []}\n{"crystal_id": "b", "fi')
    assert set(script.read_checkpoint(path)) == {"a"}
    assert script.read_checkpoint(tmp_path / "none.jsonl") == {}


def test_the_scan_goes_on_where_the_energy_still_falls(script):
    falling = {0.94: 0.0, 1.0: -1.0, 1.065: -2.0}
    assert script._beyond_the_edge(falling, limit=1.5) == [1.37, 1.46]
    assert script._beyond_the_edge(falling, limit=1.2) == []
    rising = {0.94: -1.0, 1.0: 0.0, 1.065: 1.0}
    assert script._beyond_the_edge(rising, limit=1.5) == [0.88]
    assert script._beyond_the_edge({0.94: 0.0, 1.0: -1.0, 1.065: 0.0}, limit=1.5) == []
