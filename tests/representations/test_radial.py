import numpy as np
import pytest
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
