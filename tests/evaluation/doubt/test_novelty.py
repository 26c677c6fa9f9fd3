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


@pytest.mark.parametrize("score", [neighbor_distance, gaussian_energy])
def test_a_column_that_is_constant_but_for_rounding_tells_nothing_apart(score):
    rng = np.random.default_rng(0)
    fractions = rng.dirichlet(np.ones(4), size=126)
    row_of_the_table = fractions @ np.full(4, 4.0)  # all from row 4, up to 1e-16
    melting = fractions @ np.array([1941, 1811, 1728, 693.0])
    known = np.stack([melting, row_of_the_table], axis=1)
    assert 0 < known[:, 1].std() < 1e-14
    new = np.array([[1700.0, 4.4]])
    plain = np.stack([melting, np.full(126, 4.0)], axis=1)
    assert score(known, new) == pytest.approx(score(plain, new))
    assert score(known, new)[0] < 100
    single = known.astype(np.float32)
    assert score(single, new)[0] == pytest.approx(score(plain, new)[0], rel=0.01)


def test_a_small_spread_on_a_large_number_is_no_rounding():
    known = np.array([[2019.0], [2019.5], [2020.0]], dtype=np.float32)
    assert neighbor_distance(known, [[2025.0]], n_neighbors=1)[0] > 10


def test_texts_are_refused():
    with pytest.raises(ValueError, match="Some features cannot be read as numbers"):
        neighbor_distance([["Fe"]], [["O"]])
