import numpy as np
import pytest

from matnn_lab.datasets import prototype_crystals
from matnn_lab.evaluation.discovery.hull import decomposition_enthalpy, energy_above_hull


def test_a_binary_hull_by_hand():
    formulas = ["A", "B", "AB", "AB", "A3B"]
    formulas = [each.replace("A", "Li").replace("B", "O") for each in formulas]
    energies = [0, 0, -1.0, -0.8, -0.3]
    # at a quarter of B the hull between A and AB lies at −0.5
    np.testing.assert_allclose(
        energy_above_hull(formulas, energies), [0, 0, 0, 0.2, 0.2], atol=1e-9
    )


def test_without_entries_elements_lie_at_zero():
    np.testing.assert_allclose(energy_above_hull(["LiO", "Li3O"], [-1.0, 0.1]), [0, 0.6], atol=1e-9)


def test_a_new_compound_can_lie_below_the_hull_of_the_known_ones():
    distance = energy_above_hull(["LiO"], [-1.2], known=(["LiO"], [-1.0]))
    assert distance == pytest.approx([-0.2])


def test_each_element_keeps_its_zero_even_if_its_entry_lies_higher():
    distance = energy_above_hull(["Fe", "Fe2O3", "FeO"], [0.15, -1.7, -1.4])
    assert distance[0] == pytest.approx(0.15)
    known = (["Fe", "O2"], [0.2, 0.0])
    assert energy_above_hull(["FeO"], [-1.0], known=known) == pytest.approx([-1.0])


def test_a_stable_compound_lies_below_the_hull_of_the_others():
    formulas, energies = ["LiO", "LiO", "Li3O", "LiO3"], [-1.0, -0.8, -0.7, 0.1]
    above = energy_above_hull(formulas, energies)
    enthalpy = decomposition_enthalpy(formulas, energies)
    # LiO falls to its own polymorph first, which lies below the mix of the others (−2/3 · 0.7); at a
    # quarter of oxygen the hull of the others is that of LiO and Li, −0.5
    np.testing.assert_allclose(enthalpy[:3], [-0.2, 0.2, -0.2], atol=1e-9)
    np.testing.assert_allclose(enthalpy[above > 1e-8], above[above > 1e-8])
    assert (enthalpy[above <= 1e-8] <= 1e-8).all()


def test_two_copies_of_a_compound_have_no_margin():
    np.testing.assert_allclose(decomposition_enthalpy(["LiO", "Li2O2"], [-1, -1]), 0, atol=1e-9)


def test_an_element_is_compared_with_its_own_zero():
    np.testing.assert_allclose(decomposition_enthalpy(["Fe", "Fe"], [0.0, 0.1]), [0, 0.1])


def test_the_hull_of_the_prototype_crystals():
    crystals = prototype_crystals()
    crystals = crystals[crystals["chemical_system"].isin(["Al", "Ni", "Ti", "Al-Ni", "Al-Ni-Ti"])]
    energies = crystals["formation_energy_ev_per_atom"]
    distance = energy_above_hull(crystals["formula"], energies)
    assert distance.min() == pytest.approx(0, abs=1e-9)
    elements = ~crystals["chemical_system"].str.contains("-").to_numpy()
    np.testing.assert_allclose(distance[elements], energies[elements], atol=1e-9)
    # lowering one unstable crystal by its distance puts it on the hull
    worst = int(distance.argmax())
    energies = energies.to_numpy().copy()
    energies[worst] -= distance[worst]
    assert energy_above_hull(crystals["formula"], energies)[worst] == pytest.approx(0, abs=1e-9)


def test_each_formula_needs_an_energy():
    with pytest.raises(ValueError, match="2 formulas came with energies of shape"):
        energy_above_hull(["Li", "O"], [0.0])


def test_a_missing_energy_is_refused():
    with pytest.raises(ValueError, match="of which 1 are not finite; give one finite number each"):
        energy_above_hull(["Li", "O"], [0.0, np.nan])


@pytest.mark.parametrize(
    ("formula", "message"),
    [("Xx2O", "Row 1: .*Xx"), ("CuSO4.5H2O", "Row 1: "), (None, "Row 1: ")],
)
def test_a_formula_that_cannot_be_read_is_named(formula, message):
    with pytest.raises((ValueError, TypeError), match=message):
        energy_above_hull(["FeO", formula], [-1.0, -1.0])


def test_the_hull_does_not_depend_on_how_a_formula_is_written():
    one = energy_above_hull(["Fe2O3", "FeO", "Fe3O4"], [-1.6, -1.3, -1.5])
    two = energy_above_hull(["Fe4O6", "Fe₂O₂", "O4Fe3"], [-1.6, -1.3, -1.5])
    np.testing.assert_allclose(one, two, atol=1e-12)
