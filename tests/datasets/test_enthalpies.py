import numpy as np
import pytest
from pymatgen.core import Composition

# standard enthalpies of formation at 298 K, kJ per mole of formula units: NIST-JANAF tables (Chase 1998);
# CaCO3, ZnO and GaAs: CRC Handbook of Chemistry and Physics, 88th edition (2007)
LITERATURE_KJ_PER_MOL = {
    "NaCl": -411.1,
    "KBr": -393.8,
    "LiF": -616.9,
    "CsCl": -442.8,
    "CaF2": -1225.9,
    "MgO": -601.2,
    "CaO": -635.1,
    "ZnO": -350.5,
    "Al2O3": -1675.7,
    "SiO2": -910.9,
    "TiO2": -944.7,
    "Fe2O3": -825.5,
    "Fe3O4": -1120.9,
    "CaCO3": -1207.6,
    "AlN": -318.0,
    "SiC": -73.2,
    "PbS": -98.3,
    "GaAs": -71.0,
}
KJ_PER_MOL_IN_EV = 96.485


@pytest.mark.parametrize(("formula", "literature"), LITERATURE_KJ_PER_MOL.items())
def test_values_agree_with_the_literature(enthalpies, formula, literature):
    value = enthalpies.set_index("formula").loc[formula, "formation_enthalpy_ev_per_atom"]
    expected = literature / KJ_PER_MOL_IN_EV / Composition(formula).num_atoms
    assert value == pytest.approx(expected, abs=0.02)


def test_every_value_is_plausible_per_atom_and_not_per_formula_unit(enthalpies):
    values = enthalpies["formation_enthalpy_ev_per_atom"]
    assert values.notna().all()
    assert values.between(-4.5, 0.4).all()
    atoms = enthalpies["formula"].map(lambda formula: Composition(formula).num_atoms)
    assert (values * atoms < -4.5).mean() > 0.3


def test_no_composition_occurs_twice(enthalpies):
    reduced = enthalpies["formula"].map(lambda formula: Composition(formula).reduced_formula)
    assert reduced.is_unique


def test_all_are_compounds_of_known_elements(enthalpies):
    compositions = enthalpies["formula"].map(Composition)
    assert compositions.map(lambda composition: composition.valid).all()
    assert compositions.map(len).between(2, 4).all()
    assert len({element for composition in compositions for element in composition}) == 79


def test_uncertainties_are_those_of_the_source(enthalpies):
    uncertainty = enthalpies["uncertainty_ev_per_atom"]
    assert uncertainty.notna().sum() == 1834
    assert (uncertainty == 0).sum() == 5
    assert uncertainty.max() < 0.25
    assert enthalpies["mp_id"].notna().sum() == 1580


def test_the_near_duplicates_of_the_card_are_there(enthalpies):
    compositions = enthalpies["formula"].map(Composition)
    assert (compositions.map(lambda composition: composition.num_atoms) > 40).sum() == 197
    systems = compositions.groupby(compositions.map(lambda c: c.chemical_system))
    pairs = 0
    for system, group in systems:
        elements = system.split("-")
        fractions = np.array([[c.get_atomic_fraction(e) for e in elements] for c in group])
        distances = np.abs(fractions[:, None] - fractions[None]).max(axis=-1)
        pairs += int((distances[np.triu_indices(len(group), 1)] < 0.005).sum())
    assert pairs == 9
    values = enthalpies.set_index("formula")["formation_enthalpy_ev_per_atom"]
    assert values["Al57C43"] - values["Al4C3"] == pytest.approx(0.13, abs=0.005)
