import numpy as np
import pytest
import torch
from ase.neighborlist import neighbor_list
from scipy.constants import Boltzmann, atomic_mass

from matnn_lab.lessons.surrogates_and_inverse_design import alloys, campaigns, crystals, liquid


def test_ordered_alloys_have_the_order_of_their_kind():
    ordered = alloys.ordered_alloys()
    features = alloys.pair_features(np.array(list(ordered.values())))
    assert ordered["Cu₃Au, ordered (L1₂)"].sum() == 8
    assert features[1, 2] == pytest.approx(-1 / 3)  # L1₀: 8 of 12 neighbors are of the other kind
    assert features[1, 3] == pytest.approx(1)  # and all 6 second neighbors of the same
    assert features[3, 2] > 0 > features[0, 2]


def test_relaxing_pure_copper_gives_emt_s_reference_energy():
    assert alloys.relaxed_energy(np.zeros(32, bool)) == pytest.approx(-0.007, abs=0.002)


def test_random_alloys_keep_their_limit():
    drawn = alloys.random_alloys(40, seed=0, most_gold=0.5)
    assert drawn.shape == (40, 32)
    assert drawn.mean(axis=1).max() <= 0.5


@pytest.mark.parametrize(("formula", "answer"), [("NaCl", True), ("TiO2", True), ("NaCl2", False)])
def test_common_oxidation_states_decide(formula, answer):
    assert crystals.neutral(formula) == answer


def test_a_kilogram_of_a_compound_costs_what_its_elements_cost():
    from pymatgen.core import Composition

    share = Composition("AlN").get_wt_fraction("Al")
    parts = share * crystals.price_per_kg("Al") + (1 - share) * crystals.price_per_kg("N2")
    assert crystals.price_per_kg("AlN") == pytest.approx(parts, rel=1e-3)


def test_the_best_so_far_is_read_when_rounds_end():
    values = np.zeros(campaigns.N_START + campaigns.N_ROUND * campaigns.N_ROUNDS)
    values[campaigns.N_START] = 0.5
    best = campaigns.best_so_far(values)
    assert best[0] == 0
    assert (best[1:] == 0.5).all()


def test_forces_are_lennard_jones_less_the_force_at_the_cutoff():
    from ase import Atoms
    from ase.calculators.lj import LennardJones

    rng = np.random.default_rng(0)
    edge = 5.2
    place = torch.tensor(edge * rng.random((1, 20, 3)))
    place = torch.cat([place, torch.tensor([[[0.1, 0.1, 0.1], [5.0, 5.1, 5.1]]])], dim=1)
    found = liquid.forces(place, torch.tensor([[[edge]]], dtype=torch.float64))[0].numpy()
    atoms = Atoms("Ar22", place[0].numpy(), cell=[edge] * 3, pbc=True)
    atoms.calc = LennardJones(sigma=1.0, epsilon=1.0, rc=liquid.CUTOFF)
    i, j, vector, distance = neighbor_list("ijDd", atoms, liquid.CUTOFF)
    at_cutoff = 24 * (2 * liquid.CUTOFF**-13 - liquid.CUTOFF**-7)
    shift = np.zeros_like(found)
    np.add.at(shift, i, at_cutoff * vector / distance[:, None])
    assert found == pytest.approx(atoms.get_forces() + shift, rel=1e-6, abs=1e-6)
    assert np.abs(found.sum(axis=0)).max() < 1e-6 * np.abs(found).max()


def test_argon_diffuses_as_rahman_found():
    # 94.4 K and 1.374 g/cm³ with σ = 3.4 Å and ε = 120 K k; 2.43e-5 cm²/s in doi:10.1103/PhysRev.136.A405
    density = 1.374e3 / (39.95 * atomic_mass) * 3.4e-10**3
    found = liquid.diffusion([density] * 4, [94.4 / 120] * 4).mean()
    unit = 3.4e-10 * np.sqrt(120 * Boltzmann / (39.95 * atomic_mass))
    # his 864 atoms diffuse faster than our 108 (doi:10.48550/arXiv.2402.09348)
    expected = 2.43e-9 * (1 - 108 ** (-1 / 3)) / (1 - 864 ** (-1 / 3))  # m²/s
    assert found * unit == pytest.approx(expected, rel=0.25)  # four short runs


def test_a_fluid_too_dense_for_the_cutoff_is_refused():
    with pytest.raises(ValueError, match=r"0\.98"):
        liquid.diffusion([0.5, 0.98], [1.0, 1.0])


def crystal_order(n_steps, n_fluids, monkeypatch):
    """How much of the crystal is left in the coldest fluid: 1 for a crystal, about 1/108 for a fluid."""
    monkeypatch.setattr(liquid, "SETTLE", n_steps)
    place, _velocity, edge = liquid.settled([0.85] * n_fluids, [0.85] * n_fluids, seed=1)
    # the {111} planes of 3 × 3 × 3 cells
    signs = torch.tensor([[1, 1, 1], [1, 1, -1], [1, -1, 1], [-1, 1, 1]], dtype=torch.float32)
    phases = 2 * torch.pi * 3 / edge * (place @ signs.T)
    return torch.complex(phases.cos(), phases.sin()).mean(dim=1).abs().square().mean()


def test_of_the_crystal_nothing_is_left_when_a_cold_fluid_is_settled(monkeypatch):
    assert crystal_order(liquid.SETTLE, 1, monkeypatch) < 0.03
    assert crystal_order(300, 4, monkeypatch) > 0.1
