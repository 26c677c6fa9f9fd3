"""The stored tables of notebook 19 are whole and fit the data."""

import numpy as np
import pytest

from matnn_lab.datasets import formation_enthalpies, mineral_structures, minerals
from matnn_lab.evaluation import structure_groups
from matnn_lab.lessons.data_traps import runs

ENERGY = formation_enthalpies()["formation_enthalpy_ev_per_atom"].to_numpy()


def test_no_phase_holds_two_formulas():
    table = runs.phases()
    assert table["amcsd_id"].is_unique
    formulas = minerals().set_index("amcsd_id")["formula"].loc[table["amcsd_id"]].to_numpy()
    assert (table.groupby(formulas).size() >= 15).all()
    assert (table.assign(formula=formulas).groupby("phase")["formula"].nunique() == 1).all()


def test_the_matcher_finds_the_phases_of_calcium_carbonate_again():
    table = runs.phases()
    formulas = minerals().set_index("amcsd_id")["formula"].loc[table["amcsd_id"]].to_numpy()
    some = table[formulas == "CaCO3"]
    again = structure_groups(mineral_structures(some["amcsd_id"].tolist()))
    pairs = set(zip(again, some["phase"], strict=True))
    assert len(pairs) == len(set(again)) == some["phase"].nunique()


def test_networks_expect_something_of_each_enthalpy():
    tables = runs.slips()
    assert set(tables) == {(name, seed) for name in runs.VALUES for seed in runs.SEEDS}
    for seed in runs.SEEDS:
        right = tables["never slipped", seed]
        assert len(right) == len(ENERGY)
        assert right["baseline"].nunique() == 3  # one a fold
        assert np.abs(right["predicted"] - ENERGY).mean() < 0.2
        assert np.abs(right["baseline"] - ENERGY).mean() == pytest.approx(0.77, abs=0.01)


def test_an_element_is_tested_on_the_same_half_of_its_compounds():
    formulas = formation_enthalpies()["formula"]
    tests = runs.element_tests()
    assert set(tests["element"]) == set(runs.ELEMENTS)
    for (element, _seed), part in tests.groupby(["element", "seed"]):
        tested = {rows: set(each["row"]) for rows, each in part.groupby("rows")}
        assert set(tested) == set(runs.ROWS)
        assert all(each == tested[0] for each in tested.values())
        assert formulas[part["row"]].str.contains(element).all()
        error = np.abs(part["predicted"] - ENERGY[part["row"]])
        assert error.mean() < 2
