import numpy as np
import pytest

from matnn_lab.lessons.spectra_cnn import mixtures as mixed
from matnn_lab.lessons.spectra_cnn.runs import stored_mixtures
from matnn_lab.representations.spectra import GRID


@pytest.fixture(scope="module")
def undisturbed():
    return mixed.mixtures(20, 5, [])


def test_three_minerals_share_each_powder(undisturbed):
    patterns, shares = undisturbed
    assert patterns.shape == (20, 701)
    assert patterns.max() == 1
    assert ((shares > 0).sum(axis=1) == 3).all()
    np.testing.assert_allclose(shares.sum(axis=1), 1)


def test_least_squares_is_exact_where_nothing_disturbs(undisturbed):
    patterns, shares = undisturbed
    np.testing.assert_allclose(mixed.by_least_squares(patterns), shares, atol=2e-3)


def test_a_smooth_background_does_no_harm(undisturbed):
    patterns, shares = undisturbed
    raised = patterns + 0.3 * np.exp(-(GRID - 10) / 15) + 0.1
    np.testing.assert_allclose(mixed.by_least_squares(raised), shares, atol=2e-3)


def test_least_squares_may_move_and_widen_the_library():
    shares = np.array([0.5, 0.3, 0.2, *7 * [0.0]])
    seen = (mixed.library(0.1, 0.25) @ shares)[None]
    moved = mixed.by_least_squares(seen, (-0.1, 0.0, 0.1), (0.15, 0.25))
    np.testing.assert_allclose(moved[0], shares, atol=1e-6)
    assert np.abs(mixed.by_least_squares(seen)[0] - shares).max() > 0.02


def test_minerals_are_named_rightly_when_the_three_largest_are_those_present():
    shares = np.array([[0.5, 0.3, 0.2, 0.0], [0.5, 0.3, 0.2, 0.0]])
    found = np.array([[0.2, 0.5, 0.3, 0.0], [0.4, 0.3, 0.1, 0.2]])
    assert mixed.named_rightly(found, shares) == 0.5


def test_the_table_of_mixtures_has_three_seeds_of_each_method():
    table = stored_mixtures()
    assert (table.groupby(["method", "tested"])["seed"].nunique() == 3).all()
    assert set(table["method"]) == {
        "always the mean", "least squares", "least squares, moved", "CNN, on noise", "CNN, on all",
    }  # fmt: skip


def test_least_squares_wants_patterns_on_the_grid_and_a_width():
    seen, _shares = mixed.mixtures(1, seed=1)
    assert np.allclose(mixed.by_least_squares(seen, 0.0, 0.15), mixed.by_least_squares(seen))
    for patterns, ways, words in (
        (seen[0], (), "one row each"),
        (seen[:, :300], (), r"give \(n, 701\)"),
        (seen * np.nan, (), "NaN"),
        (seen, ((),), "No shift"),
        (seen, ((0.0,), (0.0,)), "widths"),
    ):
        with pytest.raises(ValueError, match=words):
            mixed.by_least_squares(patterns, *ways)


def test_shares_of_other_mixtures_are_not_compared():
    with pytest.raises(ValueError, match="shapes"):
        mixed.named_rightly(np.eye(10)[:3], np.eye(10))
    with pytest.raises(ValueError, match="NaN"):
        mixed.named_rightly(np.eye(10) * np.nan, np.eye(10))


def test_shares_do_not_depend_on_the_unit_of_the_intensity():
    patterns, _shares = mixed.mixtures(3, 0, ["width", "shift"])
    counts = 1e4 * patterns.astype(float)
    np.testing.assert_allclose(
        mixed.by_least_squares(counts), mixed.by_least_squares(patterns), atol=1e-6
    )


def test_mixtures_are_drawn_from_a_seed_and_the_second_line_is_one_number():
    with pytest.raises(ValueError, match="The seed -1"):
        mixed.mixtures(2, -1)
    with pytest.raises(ValueError, match="relative intensities"):
        mixed.by_least_squares(np.ones((1, len(GRID))), k_alpha_2=[0.5, 0.5])
