import numpy as np
import pandas as pd
import pytest
from pymatgen.core import Composition

from matnn_lab import datasets
from matnn_lab.datasets import formation_enthalpies
from matnn_lab.evaluation.auditing.units import FACTORS, extensivity, impossible_values, unit_slips


def test_factors_are_those_of_scipy():
    from scipy import constants as c

    ev = c.electron_volt
    assert FACTORS["energy"]["kJ/mol read as eV"] == pytest.approx(ev * c.N_A / 1e3)
    assert FACTORS["energy"]["kcal/mol read as eV"] == pytest.approx(ev * c.N_A / 1e3 / c.calorie)
    hartree = c.physical_constants["Hartree energy in eV"][0]
    assert FACTORS["energy"]["eV read as Ha"] == pytest.approx(hartree)
    assert FACTORS["energy"]["eV read as Ry"] == pytest.approx(hartree / 2)
    bohr = c.physical_constants["Bohr radius"][0] / c.angstrom
    assert 1 / FACTORS["volume"]["Bohr³ read as Å³"] == pytest.approx(bohr**3)
    assert FACTORS["volume"]["cm³/mol read as Å³"] == pytest.approx(c.N_A * 1e-24)
    assert FACTORS["hardness"]["MPa read as HV"] == pytest.approx(c.g)


def test_slips_of_the_unit_are_named():
    expected = np.array([-1.0, -2.0, -0.5, -3.0, -1.5, -2.5, -1.2])
    values = expected + 0.01
    values[1] *= 96.485
    values[3] /= 27.211
    found = unit_slips(values, expected)
    assert found["row"].tolist() == [1, 3]
    assert found["perhaps"].tolist() == ["kJ/mol read as eV", "Ha read as eV"]


def test_an_ordinary_error_is_no_slip():
    rng = np.random.default_rng(0)
    expected = rng.uniform(-3, -1, size=300)
    assert unit_slips(expected + rng.normal(0, 0.3, size=300), expected).empty


def test_energy_of_a_formula_unit_grows_with_the_formula_and_that_of_an_atom_does_not():
    frame = formation_enthalpies()
    sizes = np.array([Composition(formula).num_atoms for formula in frame["formula"]])
    per_atom = frame["formation_enthalpy_ev_per_atom"]
    assert abs(extensivity(per_atom, sizes)) < 0.2
    assert extensivity(per_atom * sizes, sizes) > 0.6
    assert np.isnan(extensivity([1, 2], [3, 3]))


@pytest.mark.parametrize(
    "name", ["formation_enthalpies", "prototype_crystals", "alloys", "minerals"]
)
def test_the_data_of_the_course_hold_no_impossible_value(name):
    assert impossible_values(getattr(datasets, name)()).empty


def test_impossible_values_are_listed_with_their_bounds():
    frame = pd.DataFrame({"temperature_c": [25, -300], "hardness_hv": [-1, 200]}, index=["a", "b"])
    found = impossible_values(frame)
    assert found[["row", "column"]].to_numpy().tolist() == [
        ["b", "temperature_c"],
        ["a", "hardness_hv"],
    ]
    assert found.loc[0, "lowest"] == -273.15


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: unit_slips([1], [1, 2]), "give one expectation a value"),
        (lambda: unit_slips([1], [1], "mass"), "'mass' is not known; choose one of energy, volume"),
        (lambda: extensivity([1], [1, 2]), "give one of each a row"),
    ],
)
def test_what_cannot_be_checked_is_refused_in_a_sentence(call, message):
    with pytest.raises(ValueError, match=message):
        call()
