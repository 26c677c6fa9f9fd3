import numpy as np
import pytest

from matnn_lab.evaluation.doubt.novelty import gaussian_energy, neighbor_distance


@pytest.fixture
def known():
    # two features that move together
    rng = np.random.default_rng(0)
    along = rng.normal(size=500)
    return np.stack([along, 10 * along + rng.normal(size=500)], axis=1)


def test_distance_by_hand():
    known = np.array([[0.0], [2.0]])  # standard deviation 1
    assert neighbor_distance(known, [[5.0]], n_neighbors=1) == pytest.approx([3])
    assert neighbor_distance(known, [[5.0]], n_neighbors=2) == pytest.approx([4])


@pytest.mark.parametrize("score", [neighbor_distance, gaussian_energy])
def test_a_row_far_away_is_newer_than_all_that_is_known(score, known):
    assert score(known, [[6.0, -60.0]])[0] > score(known, known).max()


@pytest.mark.parametrize("score", [neighbor_distance, gaussian_energy])
def test_the_unit_of_a_feature_does_not_matter(score, known):
    new = np.array([[1.0, 5.0], [2.0, -3.0]])
    np.testing.assert_allclose(score(known * [1000, 1], new * [1000, 1]), score(known, new))


def test_energy_sees_the_direction_in_which_rows_hardly_vary(known):
    along, across = gaussian_energy(known, [[1.5, 15.0], [1.5, -15.0]])
    assert across > 10 * along


def test_energy_of_many_rows_is_half_the_squared_distance():
    rng = np.random.default_rng(0)
    known = rng.normal(size=(20_000, 3))
    new = np.array([[1.0, 2.0, 2.0]])
    assert gaussian_energy(known, new) == pytest.approx([4.5], rel=0.05)


@pytest.mark.parametrize(
    ("known", "new", "options", "message"),
    [
        ([[1.0, 2.0]], [[1.0]], {}, "give tables with the same features"),
        ([[1.0], [np.nan]], [[1.0]], {}, "Some features are not finite"),
        ([[1.0], [2.0]], [[1.0]], {"n_neighbors": 3}, "3 neighbors among 2 training rows"),
    ],
)
def test_what_cannot_be_judged_is_refused_in_a_sentence(known, new, options, message):
    with pytest.raises(ValueError, match=message):
        neighbor_distance(known, new, **options)
