import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk, fcc111, molecule
from pymatgen.core import Lattice, Structure

from matnn_lab.representations.radial import PLACES, radial_distribution


def cubic(a, symbol="Po"):
    return Structure(Lattice.cubic(a), [symbol], [[0, 0, 0]])


def test_it_is_blind_to_size_elements_and_choice_of_cell():
    small, large, other = cubic(3.35), cubic(4.2), cubic(3.35, "Cu")
    larger = cubic(3.35)
    larger.make_supercell([2, 1, 3])
    rows = radial_distribution([small, large, other, larger])
    assert np.allclose(rows, rows[0], atol=1e-8)


def test_a_simple_cubic_crystal_has_its_six_neighbours_at_one_edge():
    (row,) = radial_distribution([cubic(3.0)])
    near = PLACES < 1.2
    shells = row[near] * 4 * np.pi * PLACES[near] ** 2
    assert PLACES[near][shells.argmax()] == pytest.approx(1.0)
    assert shells.sum() * (PLACES[1] - PLACES[0]) == pytest.approx(6, rel=0.01)


def test_nothing_given_is_an_error():
    with pytest.raises(ValueError, match="No structures"):
        radial_distribution([])


@pytest.mark.parametrize("one", [cubic(3.0), bulk("Cu"), "a.cif", None])
def test_one_crystal_that_is_not_in_a_list_is_refused(one):
    with pytest.raises(TypeError, match=r"was given; give a list of crystals, as in \[crystal\]"):
        radial_distribution(one)


@pytest.mark.parametrize(
    ("structure", "error", "words"),
    [
        (molecule("N2"), ValueError, "N2 is periodic in 0 of three directions and has no volume"),
        (fcc111("Cu", (1, 1, 4), vacuum=8), ValueError, "periodic in 2 of three directions"),
        (molecule("N2").get_chemical_formula(), TypeError, "An object of type str was given"),
        (Atoms(), ValueError, "The structure is empty"),
        (Atoms("Cu", pbc=True), ValueError, "lie in one plane or are zero"),
        (bulk("Cu", a=np.nan), ValueError, "NaN or infinite"),
    ],
)
def test_what_is_no_crystal_is_refused(structure, error, words):
    with pytest.raises(error, match=words):
        radial_distribution([structure])
