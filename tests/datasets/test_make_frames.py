import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest
from ase.build import make_supercell
from ase.calculators.emt import EMT

from matnn_lab.datasets import dynamics, frames

SCRIPT = Path(__file__).parents[2] / "scripts" / "make_frames.py"


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("make_frames", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_the_shipped_frames_are_those_that_the_script_makes(script):
    assert {material.name: material.formula for material in script.MATERIALS} == dynamics.FORMULAS
    assert script.TIME_STEP == dynamics.TIME_STEP_FS
    assert script.TIME_STEP * script.INTERVAL == dynamics.INTERVAL_FS
    counts = frames("copper")["temperature_k"].value_counts()
    assert counts.to_dict() == script.N_FRAMES


def test_frames_have_the_cell_and_the_order_of_the_script(script):
    for material in script.MATERIALS:
        first = frames(material.name)["structure"].iloc[0]
        at_rest = make_supercell(material.atoms(material.guess), material.supercell)
        assert np.array_equal(first.numbers, at_rest.numbers)
        scale = first.cell.array.max() / at_rest.cell.array.max()
        assert np.allclose(first.cell.array, scale * at_rest.cell.array)
        assert scale == pytest.approx(1, abs=0.02)
        way = first.positions - scale * at_rest.positions
        assert np.abs(way).max() < 0.6


def test_the_lattice_constant_is_that_of_lowest_energy(script):
    copper = script.MATERIALS[0]
    found = script.equilibrium(copper, EMT())
    around = [EMT().get_potential_energy(copper.atoms(found + step)) for step in (-0.01, 0, 0.01)]
    assert min(around) == around[1]
