import numpy as np
import pytest

from matnn_lab.lessons.signals_transformer import surveys


@pytest.fixture(scope="module")
def drawn():
    return surveys.draw(30, seed=3)


def test_a_survey_has_two_to_five_elements_and_whole_counts(drawn):
    counts, present = drawn
    assert counts.shape == (30, 1200)
    assert present.shape == (30, 30)
    assert set(present.sum(axis=1)) <= {2, 3, 4, 5}
    assert np.array_equal(counts, counts.round())
    assert counts.min() >= 0
    assert np.array_equal(counts, surveys.draw(30, seed=3)[0])


def test_gold_has_its_line_at_84_ev():
    gold = surveys.templates()[surveys.ELEMENTS.index("Au")]
    near = gold[surveys.LARGEST_SHIFT_EV + np.arange(80, 87)]
    assert 80 + near.argmax() == 84


def test_least_squares_finds_the_elements_and_the_charging(drawn):
    counts, present = drawn
    assert surveys.f1(surveys.fit_templates(counts) > 0.02, present) > 0.85


def test_shares_of_a_survey_without_noise_are_found():
    known = surveys.templates()
    shares = np.zeros(len(surveys.ELEMENTS))
    shares[[3, 17, 29]] = 0.5, 0.3, 0.2
    charged = 1e5 * (shares @ known)[14 : 14 + len(surveys.ENERGY_EV)]
    assert surveys.fit_templates(charged[None])[0] == pytest.approx(shares, abs=1e-3)


def test_f1_is_twice_the_hits_over_named_and_present():
    named = np.array([[True, True, False], [False, True, False]])
    present = np.array([[True, False, True], [False, True, False]])
    assert surveys.f1(named, present) == pytest.approx(2 * 2 / (3 + 3))


def test_models_have_about_as_many_weights(drawn):
    for make in surveys.MODELS.values():
        model = make()
        assert 40_000 < sum(values.numel() for values in model.parameters()) < 55_000
        assert surveys.probabilities(model, drawn[0][:2]).shape == (2, 30)


def test_only_a_head_that_sees_all_places_tells_where_a_line_was():
    """Moved by whole strides, a line gives a pooled network the same answer, to its edges."""
    one = np.full((1, 1200), 1.0)
    one[0, 400:404] = 100
    other = np.roll(one, 256, axis=1)
    pooled = surveys.MODELS["CNN, largest of each channel"]()
    placed = surveys.MODELS["CNN, all places"]()
    assert np.allclose(*(surveys.probabilities(pooled, x) for x in (one, other)), atol=1e-6)
    assert not np.allclose(*(surveys.probabilities(placed, x) for x in (one, other)), atol=1e-4)


def test_surveys_are_counts_and_a_silent_one_is_named():
    counts, _present = surveys.draw(2, 0)
    assert np.allclose(
        surveys.prepare(counts.tolist()), np.sqrt(counts / counts.max(1, keepdims=True))
    )
    for read in (surveys.prepare, surveys.fit_templates):
        for bad, words in (
            (0 * counts, "Number 0 of the surveys"),
            (-counts, "at least 0"),
            (counts[0], "one row each"),
            (counts * np.nan, "NaN"),
        ):
            with pytest.raises(ValueError, match=words):
                read(bad)


def test_f1_is_of_names_and_not_of_probabilities():
    present = np.eye(4, dtype=bool)
    assert surveys.f1(present.astype(int), present.tolist()) == 1
    assert surveys.f1(~present & False, present & False) == 1
    with pytest.raises(ValueError, match="give booleans"):
        surveys.f1(0.9 * present, present)
    with pytest.raises(ValueError, match="shapes"):
        surveys.f1(present, present[:1])
