"""The pair potential of titanium dioxide: sums, symmetry, and the rutile that its authors found."""

import numpy as np
import pytest
from pymatgen.core import Lattice, Structure

from matnn_lab.potentials.titania import SHORT_RANGE, lattice_energy, rutile


def test_rutile_has_its_space_group_and_composition():
    crystal = rutile(10.2, 0.67, 0.304)
    assert crystal.get_space_group_info() == ("P4_2/mnm", 136)
    assert crystal.composition.reduced_formula == "TiO2"
    assert crystal.volume / len(crystal) == pytest.approx(10.2)
    assert crystal.lattice.c / crystal.lattice.a == pytest.approx(0.67)


def test_the_best_rutile_is_that_of_the_authors():
    """Published: a = 4.493 Å and c = 3.009 Å, hence 10.12 Å³/atom and c/a = 0.670."""
    grid = [
        (lattice_energy(rutile(volume, ratio, u)), volume, ratio, u)
        for volume in (9.9, 10.0, 10.1, 10.2, 10.3)
        for ratio in (0.65, 0.66, 0.67, 0.68, 0.69)
        for u in (0.302, 0.304, 0.306)
    ]
    energy, volume, ratio, u = min(grid)
    assert 3 * energy == pytest.approx(-39.8, abs=0.05)
    assert volume == pytest.approx(10.12, abs=0.11)
    assert ratio == pytest.approx(0.670, abs=0.011)
    assert u == pytest.approx(0.304, abs=0.003)


def test_supercell_has_the_same_energy_per_atom():
    crystal = rutile(10.5, 0.65, 0.31)
    assert lattice_energy(crystal * (2, 1, 2)) == pytest.approx(lattice_energy(crystal), abs=1e-6)


def test_energy_does_not_depend_on_origin_and_order():
    crystal = rutile(10.5, 0.65, 0.31)
    moved = Structure.from_sites([crystal[i] for i in (5, 2, 0, 3, 1, 4)])
    moved.translate_sites(range(6), [0.13, 0.27, 0.41])
    assert lattice_energy(moved) == pytest.approx(lattice_energy(crystal), abs=1e-9)


def test_coulomb_energy_of_one_shape_goes_as_one_over_length():
    """What is left when the short-range pairs, summed by hand, are taken off."""
    left = []
    for volume in (10.0, 20.0):
        crystal = rutile(volume, 0.65, 0.31)
        i, j, _images, r = crystal.get_neighbor_list(10.0)
        pairs = [
            SHORT_RANGE[frozenset([crystal[a].specie.symbol, crystal[b].specie.symbol])]
            for a, b in zip(i, j, strict=True)
        ]
        big_a, rho, c = np.array(pairs).T
        short = np.sum(big_a * np.exp(-r / rho) - c / r**6) / 2 / 6
        left.append(lattice_energy(crystal) - short)
    assert left[0] / left[1] == pytest.approx(2 ** (1 / 3), rel=1e-6)


@pytest.mark.parametrize(
    "crystal",
    [
        Structure(Lattice.cubic(4.2), ["Mg", "O"], [[0, 0, 0], [0.5, 0.5, 0.5]]),
        Structure(Lattice.cubic(4.2), ["Ti4+", "O2-"], [[0, 0, 0], [0.5, 0.5, 0.5]]),
        Structure(Lattice.cubic(4.2), ["Ti", "O"], [[0, 0, 0], [0.5, 0.5, 0.5]]),
        Structure(Lattice.cubic(4.2), [{"Ti": 0.5, "Zr": 0.5}], [[0, 0, 0]]),
    ],
)
def test_other_crystals_are_refused(crystal):
    with pytest.raises(ValueError, match=r"give a crystal of Ti with the charge 2\.196"):
        lattice_energy(crystal)


@pytest.mark.parametrize(("volume", "ratio"), [(0.0, 0.6), (10.0, -1.0), (float("nan"), 0.6)])
def test_impossible_cells_are_refused(volume, ratio):
    with pytest.raises(ValueError, match="two positive numbers"):
        rutile(volume, ratio, 0.3)
