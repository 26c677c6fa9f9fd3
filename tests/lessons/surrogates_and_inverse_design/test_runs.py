import numpy as np
import pytest

from matnn_lab.lessons.surrogates_and_inverse_design import campaigns, crystals, designs, runs

STORED = runs.stored()


def test_a_stored_network_promises_what_was_stored():
    images = np.unpackbits(STORED["searches/designs/waves to 4"]).reshape(-1, 3, 32, 32) > 0
    said = designs.predicted(runs.network(0), images[-1])
    true = designs.log_k(images[-1])
    climbed = STORED["searches/climb/waves to 4"][0, :, -1, :3]
    assert np.allclose(said, climbed[0], atol=1e-3)
    assert np.allclose(true, climbed[1], atol=1e-4)


def test_all_searches_and_campaigns_are_stored_with_their_seeds():
    for name in runs.SPACES:
        for search in ("climb", "evolve"):
            assert STORED[f"searches/{search}/{name}"].shape == (3, 2, 13, 12)
    asked = campaigns.N_START + campaigns.N_ROUND * campaigns.N_ROUNDS
    for name in campaigns.UNTAUGHT:
        assert STORED[f"free/{name}"].shape == (10, asked)
    for name in campaigns.TAUGHT:
        assert STORED[f"regret/{name}"].shape == (5, asked)
    rows = crystals.N_START + crystals.N_ROUND * crystals.N_ROUNDS
    for way in crystals.WAYS:
        assert STORED[f"crystal_campaigns/{way}"].shape == (5, rows)
        assert all(len(set(each)) == rows for each in STORED[f"crystal_campaigns/{way}"].tolist())


def test_the_cautious_designs_are_those_whose_values_are_stored():
    images = np.unpackbits(STORED["cautious/designs"]).reshape(12, 32, 32) > 0
    said = designs.predicted([runs.network(seed) for seed in runs.SEEDS], images)
    stored = STORED["mended/three networks, caution 3"][:, -1]
    assert np.allclose(said, stored[0], atol=1e-3)
    assert np.allclose(designs.log_k(images), stored[1], atol=1e-4)


def test_campaigns_of_a_seed_share_their_start():
    for name in (*campaigns.UNTAUGHT, *campaigns.TAUGHT):
        part = "free" if name in campaigns.UNTAUGHT else "regret"
        start = STORED[f"{part}/{name}"][:5, : campaigns.N_START]
        assert np.allclose(start, STORED["free/random images"][:5, : campaigns.N_START], atol=1e-4)


def test_no_true_value_passes_the_bound():
    for name in runs.SPACES:
        for search in ("climb", "evolve"):
            assert (STORED[f"searches/{search}/{name}"][:, 1] <= designs.BOUND + 1e-6).all()


@pytest.mark.parametrize("which", ["train", "test"])
def test_plates_stay_in_their_range(which):
    plates = runs.plates(which)
    assert plates.min(axis=0).tolist() >= [0.1, 0.5]
    assert plates.max(axis=0).tolist() <= [0.6, 3.0]
    assert STORED[f"plates/{which}"].shape[-1] == len(plates)


def test_training_alloys_hold_at_most_half_of_gold():
    sets = runs.alloy_sets()
    assert sets["train"].mean(axis=1).max() <= 0.5 < sets["rich in gold"].mean(axis=1).min()
    for name, cells in sets.items():
        assert STORED[f"relaxed_alloys/{name}"].shape == (len(cells),)


def test_fluids_are_stored_with_all_their_runs_and_training_sets():
    assert STORED["fluids/train"].shape == (len(runs.DRAWS), runs.RUNS_TO_LEARN, 60)
    assert STORED["fluids/test"].shape == (runs.RUNS_TO_TEST, 40)
    assert STORED["fluids/outside"].shape == (runs.RUNS_TO_TEST, 12)
    draws = [runs.fluids("train", draw) for draw in range(len(runs.DRAWS))]
    states = np.concatenate([*draws, runs.fluids("test")])
    assert len(np.unique(states, axis=0)) == len(states)
