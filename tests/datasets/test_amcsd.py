import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymatgen.core import Composition, Lattice

from matnn_lab.datasets import card, mineral_structures
from matnn_lab.datasets.amcsd import _element, _without_repeats

# lattice constant a (angstrom) and density (g/cm^3) at room conditions: Handbook of Mineralogy
MEASURED = {
    "Diamond": (3.567, 3.51),
    "Periclase": (4.21, 3.58),
    "Fluorite": (5.463, 3.18),
    "Pyrite": (5.417, 5.01),
    "Corundum": (4.76, 3.99),
    "Quartz": (4.913, 2.65),
    "Calcite": (4.99, 2.71),
}


def test_kept_and_dropped_make_up_the_whole_database():
    facts = card("minerals")
    assert facts.n + sum(facts.dropped.values()) == 9275


def test_the_table_has_no_gaps_but_names_of_synthetic_compounds(minerals):
    assert minerals.drop(columns="mineral").notna().all().all()
    assert minerals["mineral"].isna().any()
    assert "<missing>" not in set(minerals["mineral"])
    assert minerals["amcsd_id"].is_unique
    assert minerals["year"].between(1915, 2016).all()
    assert minerals["n_atoms"].between(1, 200).all()
    assert minerals["density_g_per_cm3"].between(0.5, 23).all()
    assert not minerals["space_group"].str.contains("%").any()


def test_formulas_are_compositions_of_known_elements(minerals):
    assert minerals["formula"].map(lambda formula: Composition(formula).valid).all()


def test_no_entry_says_of_itself_that_it_is_hypothetical(minerals):
    assert not minerals["title"].str.contains("hypothetical|theoretical", case=False).any()


@pytest.mark.parametrize("mineral", MEASURED)
def test_structures_have_the_measured_lattice_and_density(minerals, mineral):
    lattice_constant, density = MEASURED[mineral]
    entries = minerals[minerals["mineral"] == mineral]
    structures = mineral_structures(entries["amcsd_id"])
    assert np.median([s.lattice.a for s in structures]) == pytest.approx(lattice_constant, rel=0.01)
    assert np.median([s.density for s in structures]) == pytest.approx(density, rel=0.03)


def test_quartz_has_three_formula_units_and_four_oxygen_neighbors(minerals):
    quartz = minerals.loc[minerals["mineral"] == "Quartz", "amcsd_id"].iloc[0]
    (structure,) = mineral_structures([quartz])
    assert structure.composition.reduced_formula == "SiO2"
    assert len(structure) == 9
    silicon = next(site for site in structure if site.specie.symbol == "Si")
    assert [n.specie.symbol for n in structure.get_neighbors(silicon, 2.0)] == ["O"] * 4


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=5, deadline=None)
def test_a_structure_agrees_with_its_row_and_comes_in_the_order_asked_for(minerals, seed):
    rows = minerals.sample(6, random_state=seed)
    structures = mineral_structures(rows["amcsd_id"])
    for row, structure in zip(rows.itertuples(), structures, strict=True):
        assert structure.is_ordered
        assert len(structure) == row.n_atoms
        assert structure.composition.reduced_formula == row.formula
        assert structure.density == pytest.approx(row.density_g_per_cm3, rel=0.03)
        assert structure.is_valid(tol=0.6)


def test_one_id_can_be_asked_for_twice(minerals):
    first = int(minerals["amcsd_id"].iloc[0])
    one, two = mineral_structures([first, first])
    assert one == two
    assert mineral_structures([]) == []


@pytest.mark.parametrize("ids", [[-1], [1.5], ["Quartz"], [None]])
def test_an_id_that_is_none_of_them_is_refused_in_one_sentence(ids):
    with pytest.raises((TypeError, ValueError), match=r"minerals\(\)\.$"):
        mineral_structures(ids)


@pytest.mark.parametrize(
    ("label", "element"),
    [
        ("Ca1", "Ca"),
        ("O", "O"),
        ("SiT", "Si"),
        ("Mg2", "Mg"),
        ("D3", "H"),
        ("OA1", "O"),
        ("Mn", "Mn"),
    ],
)
def test_a_site_label_begins_with_its_element(label, element):
    assert _element(label) == element


@pytest.mark.parametrize("label", ["Wat1", "OH", "O-H3", "M1", "T2", "Qq"])
def test_water_hydroxyl_and_mixed_sites_have_no_element(label):
    with pytest.raises(ValueError, match="without an element"):
        _element(label)


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_images_of_one_place_are_one_atom(x, y, z):
    place = np.array([x, y, z])
    images = np.array([place, place + 1, place + [0, -1, 2]]) % 1.0
    assert len(_without_repeats(images, Lattice.hexagonal(5, 7).matrix)) == 1
