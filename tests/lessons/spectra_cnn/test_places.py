import numpy as np
from pymatgen.core import Lattice, Structure

from matnn_lab.lessons.spectra_cnn.places import places
from matnn_lab.representations.spectra import (
    GRID,
    Measurement,
    Reflections,
    bragg_angle,
    powder_patterns,
)


def test_a_body_centred_crystal_has_an_absence_at_100_and_a_primitive_one_has_none():
    body = Structure(Lattice.cubic(5.0), ["Fe", "Fe"], [[0, 0, 0], [0.5, 0.5, 0.5]])
    corner = Structure(Lattice.cubic(5.0), ["Fe"], [[0, 0, 0]])
    reflections = Reflections.from_structures([body, corner])
    patterns = powder_patterns(reflections, Measurement.ideal(2), np.random.default_rng(0))
    found = places(reflections, patterns)
    odd = [bragg_angle(5.0 / np.sqrt(n)) for n in (1, 3, 5, 9, 11, 13)]
    assert np.abs(GRID[found["absence"][0]] - odd).min() < 0.06
    assert found["absence"][1] == -1
    free = GRID[found["no reflection"]]
    lines = np.array([bragg_angle(5.0 / np.sqrt(n)) for n in range(1, 14) if n != 7])
    assert np.abs(free[:, None] - lines).min() > 0.65
