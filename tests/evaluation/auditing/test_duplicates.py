import numpy as np
import pytest
from pymatgen.analysis.structure_matcher import StructureMatcher
from pymatgen.core import Lattice, Structure

from matnn_lab.datasets import alloys, prototype_crystals
from matnn_lab.evaluation.auditing.duplicates import composition_groups, structure_groups


def test_formulas_of_one_composition_are_one_group():
    formulas = ["Fe2O3", "FeO", "Fe4O6", "O", "FeO"]
    assert composition_groups(formulas).tolist() == [0, 1, 0, 2, 1]
    assert composition_groups(alloys()["formula"]).max() + 1 == 630


def test_tolerance_is_a_fraction_of_the_atoms():
    formulas = ["Fe50Ni50", "Fe51Ni49", "Fe52Ni48", "Fe55Ni45"]
    assert composition_groups(formulas, tolerance=0.005).tolist() == [0, 1, 2, 3]
    assert composition_groups(formulas, tolerance=0.01).tolist() == [0, 0, 0, 1]
    assert composition_groups(["Fe99C1", "Fe"], tolerance=0.01).tolist() == [0, 0]


def test_ten_thousand_formulas_are_grouped_at_once():
    rng = np.random.default_rng(0)
    formulas = [f"Al{a:.3f}Co{b:.3f}Ni1" for a, b in rng.uniform(0.1, 1, size=(10_000, 2))]
    groups = composition_groups(formulas, tolerance=1e-5)
    assert 9_000 < len(set(groups)) <= 10_000


@pytest.fixture(scope="module")
def titania():
    """Rutile and anatase of one oxide, in several cells."""
    rutile = Structure.from_spacegroup(
        "P4_2/mnm", Lattice.tetragonal(4.59, 2.96), ["Ti", "O"], [[0, 0, 0], [0.305, 0.305, 0]]
    )
    anatase = Structure.from_spacegroup(
        "I4_1/amd", Lattice.tetragonal(3.78, 9.51), ["Ti", "O"], [[0, 0, 0], [0, 0, 0.208]]
    )
    squeezed = rutile.copy()
    squeezed.scale_lattice(rutile.volume * 0.9)
    shaken = rutile.copy()
    shaken.perturb(0.02)
    return [
        rutile,
        anatase,
        rutile * [1, 1, 2],
        squeezed,
        shaken,
        anatase.get_primitive_structure(),
    ]


def test_a_crystal_is_itself_in_every_cell_and_a_polymorph_is_another(titania):
    assert structure_groups(titania).tolist() == [0, 1, 0, 0, 0, 1]


def test_volumes_can_be_told_apart(titania):
    assert structure_groups(titania, volume_tolerance=0.05).tolist() == [0, 1, 0, 2, 0, 1]


def test_groups_are_those_of_pymatgen():
    crystals = prototype_crystals()
    crystals = crystals[crystals["chemical_system"].isin(["Al-Ti", "Al-Li-O"])]
    structures = crystals["structure"].tolist()
    ours = structure_groups(structures)
    theirs = StructureMatcher().group_structures(structures)
    assert len(set(ours)) == len(theirs)
    found = {frozenset(np.flatnonzero(ours == group)) for group in set(ours)}
    place = {id(structure): row for row, structure in enumerate(structures)}
    assert found == {frozenset(place[id(each)] for each in group) for group in theirs}


def test_bad_tolerance_and_empty_structures_are_refused(titania):
    with pytest.raises(ValueError, match="The tolerance 5 was given"):
        composition_groups(["Fe"], tolerance=5)
    empty = Structure(Lattice.cubic(3), [], [])
    with pytest.raises(ValueError, match="Row 1 is a structure without sites"):
        structure_groups([titania[0], empty])
