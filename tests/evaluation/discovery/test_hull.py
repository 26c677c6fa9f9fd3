import numpy as np
import pytest

from matnn_lab.datasets import prototype_crystals
from matnn_lab.evaluation.discovery.hull import energy_above_hull


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
