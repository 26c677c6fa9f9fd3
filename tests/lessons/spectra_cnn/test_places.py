import numpy as np
import pytest

from matnn_lab.lessons.spectra_cnn.places import (
    COVERED,
    PUT_IN,
    changed,
    covered,
    places,
    with_line,
)


@pytest.fixture
def patterns():
    """Three lines, of which the second is the strongest; and one line alone."""
    angle = np.arange(701)
    lines = [np.exp(-((angle - at) ** 2) / 2) for at in (100, 300, 500)]
    return np.stack([0.5 * lines[0] + lines[1] + 0.2 * lines[2], lines[1]]).astype(np.float32)


def test_each_kind_of_place_is_where_its_name_says(patterns):
    for seed in range(5):
        found = {kind: place[0] for kind, place in places(patterns, seed).items()}
        assert found["strongest line"] == 300
        assert found["first line"] == 100
        assert found["another line"] == 500
        assert 7 <= found["before the first line"] < 100 - 7
        behind = found["behind it"]
        assert behind > 107
        assert patterns[0, behind - 7 : behind + 8].max() < 0.03


def test_a_pattern_with_one_line_has_no_other(patterns):
    found = places(patterns)
    assert found["strongest line"][1] == found["first line"][1] == 300
    assert found["another line"][1] == -1
    has_all, _changed = changed(patterns)
    assert has_all.tolist() == [True, False]


def test_a_covered_line_is_gone_and_a_foreign_one_is_there(patterns):
    _has_all, found = changed(patterns)
    assert set(found) == {*COVERED, *PUT_IN}
    assert found["strongest line"][0].max() == pytest.approx(0.5)
    assert found["first line"][0, 100] == 0
    assert found["another line"][0, 500] == 0
    for kind in PUT_IN:
        added = found[kind][0] - patterns[0]
        assert added.max() == pytest.approx(0.3)
        assert added[[100, 300, 500]] == pytest.approx(0, abs=1e-6)


def test_patterns_are_read_from_lists_and_refused_in_a_sentence():
    patterns = np.zeros((2, 60))
    patterns[:, 30] = 1
    assert places(patterns.tolist())["strongest line"].tolist() == [30, 30]
    assert not covered(patterns.tolist(), [30, 30]).any()
    assert with_line(patterns.tolist(), [10, 10]).shape == (2, 60)
    for given in (patterns[0], patterns[:, :9], patterns * np.nan):
        with pytest.raises(ValueError, match="patterns|Patterns"):
            places(given)
    with pytest.raises(ValueError, match="patterns and centers"):
        covered(patterns, [1, 2, 3])
