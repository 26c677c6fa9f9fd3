import numpy as np
import pytest
from pymatgen.analysis.phase_diagram import PDEntry, PhaseDiagram
from pymatgen.core import Composition
from pymatgen.symmetry.analyzer import SpacegroupAnalyzer

from matnn_lab.datasets import card

ENERGY, VOLUME, MODULUS = "formation_energy_ev_per_atom", "volume_a3_per_atom", "bulk_modulus_gpa"

# measured: volume per atom (angstrom^3) from the lattice constant and bulk modulus (GPa), rounded
MEASURED = {
    "C-A_cF8_227_a": (5.67, 443),
    "Si-A_cF8_227_a": (20.0, 99),
    "Al-A_cF4_225_a": (16.6, 79),
    "Cu-A_cF4_225_a": (11.8, 142),
    "NaCl-AB_cF8_225_a_b": (22.4, 27),
    "LiF-AB_cF8_225_a_b": (8.2, 70),
    "MgO-AB_cF8_225_a_b": (9.35, 165),
    "GaAs-AB_cF8_216_c_a": (22.6, 76),
    "SrTiO3-AB3C_cP5_221_a_c_b": (11.9, 180),
}
# the lowest of the prototypes in this set is the one seen in nature
GROUND_STATES = {
    "rock salt": "NaCl NaF LiF KCl KF MgO CaO SrO BaO MgS CaS SrS BaS TiN ZrN ScN",
    "zinc blende": "GaAs AlAs InAs ZnS ZnSe CdS CdSe CuCl SiC",
    "wurtzite": "ZnO GaN AlN InN",
    "fluorite": "CaF2 SrF2 BaF2 Li2O Na2O K2O Na2S",
    "rutile": "TiO2 MgF2 ZnF2",
    "cadmium iodide": "TiS2 ZrS2",
    "caesium chloride": "AlNi TiNi TiFe",
    "cubic perovskite": "SrTiO3 BaTiO3 KMgF3",
    "ordered CuAu": "TiAl",
    "diamond": "Si Ge",
    "graphite": "C",
    "bcc, tungsten": "Fe",
    "fcc, copper": "Al Ni",
    "hcp, magnesium": "Mg Zn",
}


def test_the_set_has_between_three_and_five_thousand_crystals(crystals):
    assert 3000 <= len(crystals) <= 5000
    assert crystals["crystal_id"].is_unique
    assert crystals["crystal_id"].is_monotonic_increasing
    assert crystals.notna().all().all()


def test_every_composition_appears_in_several_structures(crystals):
    structures = crystals.groupby("formula")["crystal_id"].count()
    assert structures.min() >= 2
    several_prototypes = crystals.groupby("formula")["prototype"].nunique() >= 2
    assert several_prototypes.mean() > 0.8  # the others: several orders of the atoms


def test_every_chemical_system_has_its_elements_and_their_pairs(crystals):
    systems = {tuple(system.split("-")) for system in crystals["chemical_system"]}
    for system in systems:
        for element in system:
            assert (element,) in systems
            assert len(system) == 1 or tuple(sorted(system)) == system
        if len(system) == 3:
            pairs = {system[:2], system[1:], system[::2]}
            assert pairs <= systems
    sizes = [len(system) for system in systems]
    assert [sizes.count(size) for size in (1, 2, 3)] == [29, 151, 40]


def test_the_lowest_structure_of_each_element_is_the_zero_of_energy(crystals):
    elements = crystals[~crystals["chemical_system"].str.contains("-")]
    assert (elements.groupby("formula")[ENERGY].min() == 0).all()


def test_structures_have_the_formula_volume_and_size_of_their_row(crystals):
    for row in crystals.itertuples():
        assert len(row.structure) == row.n_atoms
        assert row.structure.volume / row.n_atoms == pytest.approx(row.volume_a3_per_atom, rel=1e-6)
        assert row.structure.composition.fractional_composition == (
            Composition(row.formula).fractional_composition
        )
        assert row.structure.chemical_system == row.chemical_system


def test_no_two_atoms_are_closer_than_a_nitrogen_molecule(crystals):
    for structure in crystals["structure"]:
        assert structure.is_valid(tol=1.05)


def test_structures_have_the_space_group_of_their_prototype(crystals):
    first = crystals.drop_duplicates("prototype")
    for label, structure in zip(first["prototype"], first["structure"], strict=True):
        assert SpacegroupAnalyzer(structure, 0.01).get_space_group_number() == int(
            label.split("_")[2]
        )


@pytest.mark.parametrize("crystal_id", MEASURED)
def test_volume_and_bulk_modulus_are_near_the_measured_ones(crystals, crystal_id):
    volume, modulus = MEASURED[crystal_id]
    row = crystals.set_index("crystal_id").loc[crystal_id]
    assert row[VOLUME] == pytest.approx(volume, rel=0.06)
    assert 0.5 < row[MODULUS] / modulus < 1.1


@pytest.mark.parametrize("prototype", GROUND_STATES)
def test_the_lowest_prototype_is_the_one_seen_in_nature(crystals, prototype):
    for formula in GROUND_STATES[prototype].split():
        same = crystals[crystals["formula"] == formula]
        assert same.loc[same[ENERGY].idxmin(), "prototype_name"] == prototype


def test_formation_energies_agree_with_measured_ones_as_well_as_the_card_says(crystals, enthalpies):
    compounds = crystals[crystals["chemical_system"].str.contains("-")]
    lowest = compounds.groupby("formula")[ENERGY].min().rename("computed")
    both = enthalpies.set_index("formula").join(lowest, how="inner")
    difference = both["computed"] - both["formation_enthalpy_ev_per_atom"]
    assert len(both) > 100
    assert difference.abs().mean() == pytest.approx(0.12, abs=0.005)
    assert abs(difference.mean()) < 0.05


def test_numbers_stay_inside_the_limits_of_the_card(crystals):
    assert crystals[ENERGY].between(-4.5, 1.5).all()
    assert crystals[MODULUS].between(1, 500).all()
    assert crystals[VOLUME].between(5, 250).all()


def test_a_formula_does_not_determine_the_energy(crystals):
    compounds = crystals[crystals["chemical_system"].str.contains("-")]
    by_formula = compounds.groupby("formula")[ENERGY]
    floor = (compounds[ENERGY] - by_formula.transform("median")).abs().mean()
    assert 0.1 < floor < 0.4
    assert floor < 0.5 * (compounds[ENERGY] - compounds[ENERGY].median()).abs().mean()


def test_no_crystal_mixes_gga_with_gga_plus_u(crystals):
    with_u = {"Co", "Cr", "Fe", "Mn", "Mo", "Ni", "V", "W"}
    for system in crystals["chemical_system"].unique():
        elements = set(system.split("-"))
        assert not (elements & with_u and elements & {"O", "F"})


def test_a_convex_hull_can_be_drawn_for_each_system(crystals):
    in_system = crystals[crystals["chemical_system"].isin(["Al", "Ni", "Al-Ni"])]
    entries = [
        PDEntry(
            Composition(row.formula),
            row.formation_energy_ev_per_atom * Composition(row.formula).num_atoms,
        )
        for row in in_system.itertuples()
    ]
    stable = {entry.composition.reduced_formula for entry in PhaseDiagram(entries).stable_entries}
    assert {"Al", "Ni", "AlNi", "AlNi3"} <= stable


def test_prototypes_are_shared_by_many_compositions(crystals):
    rock_salt = crystals[crystals["prototype_name"] == "rock salt"]
    assert len(rock_salt) > 100
    assert np.allclose(
        [lattice.angles for lattice in (s.lattice for s in rock_salt["structure"])], 60
    )


def test_kept_and_dropped_make_up_all_that_was_computed():
    facts = card("prototype_crystals")
    assert facts.n + sum(facts.dropped.values()) == 5111
    assert "5,111" in facts.to_markdown()
