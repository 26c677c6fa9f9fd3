import numpy as np
import pytest
from pymatgen.core import Lattice, Structure, SymmOp

from matnn_lab.datasets import prototype_crystals
from matnn_lab.evaluation.splitting.labels import chemical_systems, compositions, prototypes


def rock_salt(cation="Na", anion="Cl", a=5.64):
    return Structure.from_spacegroup(
        "Fm-3m", Lattice.cubic(a), [cation, anion], [[0, 0, 0], [0.5, 0.5, 0.5]]
    )


def fluorite(cation, anion, a=5.46):
    return Structure.from_spacegroup(
        "Fm-3m", Lattice.cubic(a), [cation, anion], [[0, 0, 0], [0.25, 0.25, 0.25]]
    )


def test_a_composition_has_one_name_however_its_formula_is_written():
    assert len(set(compositions(["Fe2O3", "Fe4O6", "O3Fe2"]))) == 1
    assert compositions(["Fe2O3"])[0] == "Fe0.4 O0.6"
    assert len(set(compositions(["Fe2O3", "Fe3O4"]))) == 2


def test_a_chemical_system_is_its_elements():
    assert chemical_systems(["Fe2O3", "FeO", "Ca(OH)2"]).tolist() == ["Fe-O", "Fe-O", "Ca-H-O"]


def test_a_prototype_depends_neither_on_the_cell_nor_on_the_origin_nor_on_the_orientation():
    crystal = rock_salt()
    moved = crystal.copy()
    moved.translate_sites(range(len(moved)), [0.5, 0.5, 0.5])
    turned = SymmOp.from_axis_angle_and_translation([1, 2, 3], 40).operate_multi(
        crystal.lattice.matrix
    )
    turned = Structure(turned, crystal.species, crystal.frac_coords)
    others = [crystal.get_primitive_structure(), crystal * [2, 1, 1], moved, turned]
    assert set(prototypes([crystal, *others])) == {"AB_cF8_225_a_b"}


def test_elements_do_not_enter_a_prototype():
    assert len(set(prototypes([rock_salt(), rock_salt("Mg", "O", 4.21)]))) == 1
    assert set(prototypes([fluorite("Ca", "F"), fluorite("O", "Li")])) == {"AB2_cF12_225_a_c"}


def test_labels_tell_the_prototypes_of_the_computed_crystals_apart():
    crystals = prototype_crystals().drop_duplicates("prototype")
    labels = prototypes(crystals["structure"])
    # the same symmetry with other coordinates: gallium, black phosphorus, iodine
    same = crystals["prototype"].str.startswith("A_oC8_64_f").to_numpy()
    assert set(labels[same]) == {"A_oC8_64_f"}
    assert len(set(labels[~same])) == (~same).sum()
    elements = crystals["prototype"].str.match(r"A_").to_numpy() & ~same
    known = crystals["prototype"][elements].str.split(".").str[0]
    assert labels[elements].tolist() == known.tolist()


def test_a_partly_occupied_site_is_refused():
    alloy = Structure(Lattice.cubic(3.6), [{"Cu": 0.5, "Au": 0.5}], [[0, 0, 0]])
    with pytest.raises(ValueError, match="Row 1: .* has partly occupied sites; give ordered"):
        prototypes([rock_salt(), alloy])


def test_what_is_no_structure_is_named():
    with pytest.raises(ValueError, match="Row 1: None is no structure"):
        prototypes([rock_salt(), None])


def test_a_formula_that_cannot_be_read_is_named():
    with pytest.raises(ValueError, match="'Xx' in the formula 'Xx2O' is not an element"):
        compositions(["Fe2O3", "Xx2O"])


def test_labels_are_one_a_row():
    assert compositions([]).shape == chemical_systems([]).shape == (0,)
    assert np.shape(compositions(["Fe", "Fe"])) == (2,)
