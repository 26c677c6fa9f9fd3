import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matnn_lab.datasets import alloys
from matnn_lab.evaluation.discovery.ranking import (
    acceleration_to_find,
    discovery_curve,
    enrichment_factor,
    precision_at_k,
    recall_at_k,
    top_fraction,
)

HITS = np.array([True, False, True, False, False, True, False, False, False, False])
SCORES = np.array([9.0, 8, 7, 6, 5, 4, 3, 2, 1, 0])


def test_counts_by_hand():
    assert discovery_curve(HITS, SCORES).tolist() == [0, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3]
    assert precision_at_k(HITS, SCORES, 3) == pytest.approx(2 / 3)
    assert recall_at_k(HITS, SCORES, 3) == pytest.approx(2 / 3)
    assert enrichment_factor(HITS, SCORES, 3) == pytest.approx((2 / 3) / (3 / 10))
    # chance needs 3 · 11/4 trials for all three, the ranking needs 6
    assert acceleration_to_find(HITS, SCORES, 3) == pytest.approx(3 * 11 / 4 / 6)


def test_order_of_the_rows_does_not_matter():
    shuffled = np.random.default_rng(0).permutation(10)
    np.testing.assert_array_equal(
        discovery_curve(HITS[shuffled], SCORES[shuffled]), discovery_curve(HITS, SCORES)
    )


def test_saying_the_same_of_all_is_worth_as_much_as_chance():
    same = np.zeros(10)
    np.testing.assert_allclose(discovery_curve(HITS, same), np.arange(11) * 0.3)
    for k in (1, 4, 10):
        assert enrichment_factor(HITS, same, k) == pytest.approx(1)


def test_the_expectation_over_ties_is_the_mean_over_random_orders():
    scores = np.array([2, 2, 2, 1, 1, 1, 1, 0, 0, 0])
    rng = np.random.default_rng(0)
    noise = [scores + rng.uniform(0, 0.5, 10) for _repeat in range(4000)]
    mean = np.mean([discovery_curve(HITS, each) for each in noise], axis=0)
    np.testing.assert_allclose(discovery_curve(HITS, scores), mean, atol=0.05)


def test_trials_that_chance_needs_are_those_of_a_simulation():
    rng = np.random.default_rng(0)
    trials = [np.flatnonzero(rng.permutation(HITS))[1] + 1 for _repeat in range(4000)]
    # the second hit comes as the third material
    assert acceleration_to_find(HITS, SCORES, 2) == pytest.approx(np.mean(trials) / 3, rel=0.03)


@pytest.mark.parametrize(("n", "n_hits"), [(100, 1), (100, 2), (100, 10), (7, 7)])
def test_a_model_that_says_the_same_of_all_needs_as_many_trials_as_chance(n, n_hits):
    hits = np.arange(n) < n_hits
    for m in range(1, n_hits + 1):
        assert acceleration_to_find(hits, np.zeros(n), m) == pytest.approx(1)


@pytest.mark.parametrize("m", [1, 2, 3])
def test_trials_with_ties_are_the_mean_over_random_orders(m):
    scores = np.array([2, 2, 2, 1, 1, 1, 1, 0, 0, 0])
    rng = np.random.default_rng(0)
    trials = []
    for _repeat in range(4000):
        order = np.argsort(-(scores + rng.uniform(0, 0.5, 10)))
        trials.append(np.flatnonzero(HITS[order])[m - 1] + 1)
    by_chance = m * 11 / 4
    found = by_chance / acceleration_to_find(HITS, scores, m)
    assert found == pytest.approx(np.mean(trials), rel=0.02)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5)), min_size=1, max_size=30))
def test_no_ranking_beats_the_perfect_one(rows):
    hits, scores = map(np.array, zip(*rows, strict=True))
    hits = hits.astype(bool) | (np.arange(len(hits)) == 0)
    curve = discovery_curve(hits, scores)
    assert (curve <= discovery_curve(hits, hits.astype(float)) + 1e-9).all()
    assert (np.diff(curve) >= -1e-9).all()
    assert curve[-1] == pytest.approx(hits.sum())


def test_the_top_is_at_either_end():
    values = np.arange(20.0)
    assert np.flatnonzero(top_fraction(values, 0.1)).tolist() == [18, 19]
    assert np.flatnonzero(top_fraction(values, 0.1, best="low")).tolist() == [0, 1]
    assert top_fraction([1, 1, 1, 0], 0.25).sum() == 3
    assert top_fraction(values, 0.01).sum() == 1


@pytest.mark.parametrize(
    ("fraction", "n", "expected"),
    [(0.07, 100, 7), (0.14, 50, 7), (0.28, 25, 7), (0.55, 100, 55), (0.071, 100, 8)],
)
@pytest.mark.parametrize("best", ["high", "low"])
def test_a_whole_number_of_hits_is_not_rounded_up(fraction, n, expected, best):
    assert top_fraction(np.arange(n), fraction, best=best).sum() == expected


def test_a_column_with_gaps_has_no_top():
    strength = alloys()["yield_strength_mpa"]
    with pytest.raises(ValueError, match=f"{strength.isna().sum()} of {len(strength)} values are"):
        top_fraction(strength, 0.1)
    assert top_fraction(strength.dropna(), 0.1).sum() == 107


def test_hits_may_be_a_nullable_column():
    hits = pd.Series(HITS, dtype="boolean")
    assert precision_at_k(hits, SCORES, 3) == enrichment_factor(hits, SCORES, 3) * 0.3


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: discovery_curve([1, 0], [1, 2]), TypeError, "give true or false, as in true <= 0"),
        (lambda: discovery_curve([True], [1, 2]), ValueError, "give one of each a material"),
        (lambda: discovery_curve([True, False], [1, np.nan]), ValueError, "1 of 2 scores are NaN"),
        (lambda: discovery_curve([False], [1]), ValueError, "None of the 1 materials is a hit"),
        (
            lambda: precision_at_k(HITS, SCORES, 11),
            ValueError,
            "whole number, 1 to 10",
        ),
        (
            lambda: acceleration_to_find(HITS, SCORES, 4),
            ValueError,
            "whole number, 1 to 3",
        ),
        (lambda: top_fraction([1, 2], 10), ValueError, "give a fraction between 0 and 1"),
        (lambda: top_fraction([1, 2], best="big"), ValueError, "best='big'"),
        (lambda: top_fraction([1, np.nan]), ValueError, "1 of 2 values are NaN"),
        (lambda: top_fraction([]), ValueError, "No values were given"),
        (lambda: precision_at_k(HITS, SCORES, 0.33 * 10), ValueError, "k=3.3"),
        (lambda: recall_at_k(HITS, SCORES, 0), ValueError, "k=0 was given"),
        (lambda: enrichment_factor(HITS, SCORES, np.nan), ValueError, "k=nan was given"),
        (lambda: acceleration_to_find(HITS, SCORES, 1.5), ValueError, "m=1.5 was given"),
        (lambda: discovery_curve([], []), TypeError, "give true or false"),
    ],
)
def test_what_cannot_be_ranked_is_refused_in_a_sentence(call, error, message):
    with pytest.raises(error, match=message):
        call()
