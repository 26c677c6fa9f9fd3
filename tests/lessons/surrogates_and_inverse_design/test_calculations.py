import numpy as np
import pytest

from matnn_lab.lessons.surrogates_and_inverse_design import alloys, campaigns, crystals


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
