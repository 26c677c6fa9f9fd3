import numpy as np
import pytest
from pymatgen.analysis.ewald import EwaldSummation
from pymatgen.core import Lattice, Structure

from matnn_lab.datasets import mineral_structures
from matnn_lab.potentials.silica import CHARGES, CUTOFF, SHORT_RANGE, energy_and_forces


@pytest.fixture(scope="module")
def quartz():
    return mineral_structures([789])[0]


def scaled(crystal, factor):
    return Structure(Lattice(factor * crystal.lattice.matrix), crystal.species, crystal.frac_coords)


def test_the_energy_is_within_one_percent_of_an_ewald_sum(quartz):
    charged = quartz.copy()
    charged.add_oxidation_state_by_element(CHARGES)
    first, second, _images, distance = quartz.get_neighbor_list(CUTOFF)
    kinds = [("Si", "O") if len({quartz[i].specie, quartz[j].specie}) == 2 else ("O", "O")
             if quartz[i].specie.symbol == "O" else None
             for i, j in zip(first, second, strict=True)]  # fmt: skip
    pairs = sum(
        a * np.exp(-b * r) - c / r**6
        for kind, r in zip(kinds, distance, strict=True)
        if kind
        for a, b, c in [SHORT_RANGE[kind]]
    )
    exact = EwaldSummation(charged).total_energy + pairs / 2
    assert energy_and_forces(quartz)[0] == pytest.approx(exact, rel=0.01)


def test_forces_are_minus_the_slope_of_the_energy(quartz):
    forces = energy_and_forces(quartz)[1]
    for atom, axis in [(0, 0), (3, 1), (8, 2)]:
        step = 1e-4 * np.eye(3)[axis]
        up, down = quartz.copy(), quartz.copy()
        up.translate_sites([atom], step, frac_coords=False)
        down.translate_sites([atom], -step, frac_coords=False)
        slope = (energy_and_forces(up)[0] - energy_and_forces(down)[0]) / 2e-4
        assert forces[atom, axis] == pytest.approx(-slope, abs=1e-5)
    assert np.abs(forces.sum(axis=0)).max() < 1e-10


def test_the_measured_volume_is_near_the_lowest_energy(quartz):
    energies = [energy_and_forces(scaled(quartz, factor))[0] for factor in (0.96, 1.0, 1.04)]
    assert energies[1] < min(energies[0], energies[2])


def test_a_supercell_has_twice_the_energy(quartz):
    assert energy_and_forces(quartz * (1, 1, 2))[0] == pytest.approx(
        2 * energy_and_forces(quartz)[0]
    )


def test_other_elements_are_refused():
    salt = Structure(Lattice.cubic(5.64), ["Na", "Cl"], [[0, 0, 0], [0.5, 0.5, 0.5]])
    with pytest.raises(ValueError, match="Si and O"):
        energy_and_forces(salt)
