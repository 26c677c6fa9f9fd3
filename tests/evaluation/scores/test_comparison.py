import numpy as np
import pytest
from scipy.stats import t as student
from scipy.stats import ttest_rel

from matnn_lab.evaluation.scores.comparison import corrected_t_test, paired_bootstrap


def test_the_t_test_is_that_of_nadeau_and_bengio():
    first, second = np.array([0.70, 0.72, 0.68, 0.75]), np.array([0.74, 0.73, 0.73, 0.76])
    found = corrected_t_test(first, second, n_train=90, n_test=10)
    gain = second - first
    t = gain.mean() / np.sqrt((1 / 4 + 10 / 90) * gain.var(ddof=1))
    assert found.value == pytest.approx(gain.mean())
    assert found.p_value == pytest.approx(2 * student.sf(t, 3))
    assert found.low < 0 < found.high
    # the ordinary test believes itself surer
    assert found.p_value > ttest_rel(second, first).pvalue


def test_with_a_vanishing_test_set_it_is_the_ordinary_paired_test():
    rng = np.random.default_rng(0)
    first, second = rng.normal(size=(2, 12))
    found = corrected_t_test(first, second, n_train=10**9, n_test=1)
    assert found.p_value == pytest.approx(ttest_rel(first, second).pvalue, rel=1e-6)


def test_equal_models_do_not_differ():
    assert corrected_t_test([1, 2, 3], [1, 2, 3], n_train=9, n_test=1).p_value == 1
    same = paired_bootstrap([1, 2, 3], [1, 2, 4], [1, 2, 4], unit="eV")
    assert (same.value, same.p_value) == (0, 1)


def test_chance_is_called_a_difference_as_rarely_as_promised():
    rng = np.random.default_rng(0)
    true = np.zeros(60)
    p_values = [
        paired_bootstrap(true, *rng.normal(size=(2, 60)), unit="eV", n_resamples=400).p_value
        for _repeat in range(200)
    ]
    assert 0.01 < np.mean(np.array(p_values) < 0.05) < 0.11


def test_a_better_model_is_found_by_pairing_where_intervals_overlap():
    rng = np.random.default_rng(0)
    true = rng.normal(size=300)
    first = true + rng.normal(size=300)
    second = true + 0.95 * (first - true)
    found = paired_bootstrap(true, first, second, unit="eV/atom")
    assert found.value == pytest.approx(0.05 * np.abs(first - true).mean())
    assert found.p_value < 0.01
    assert 0 < found.low < found.value < found.high
    assert "eV/atom" in repr(found)
    assert "95 % interval" in repr(found)


def test_a_worse_model_is_called_worse():
    rng = np.random.default_rng(0)
    true = rng.normal(size=300)
    first = true + rng.normal(size=300)
    worse = paired_bootstrap(true, first, true + 1.1 * (first - true), unit="eV")
    assert worse.low < worse.value < worse.high < 0
    assert repr(worse).startswith("The second is worse than the first by 0.0")
    assert "−" not in repr(worse) and "-" not in repr(worse)  # noqa: PT018
    assert f"{-worse.high:.3g} … {-worse.low:.3g}" in repr(worse)


def test_a_row_without_a_group_is_a_group_of_its_own():
    rng = np.random.default_rng(0)
    first, second = rng.normal(size=(2, 40))
    alone = paired_bootstrap(np.zeros(40), first, second, unit="eV")
    for missing in ([None] * 40, np.full(40, np.nan)):
        assert paired_bootstrap(np.zeros(40), first, second, unit="eV", groups=missing) == alone


def test_groups_widen_the_interval():
    rng = np.random.default_rng(0)
    group = np.repeat(np.arange(15), 20)
    first, second = rng.normal(size=(2, 15))[:, group]
    alone = paired_bootstrap(np.zeros(300), first, second, unit="eV")
    together = paired_bootstrap(np.zeros(300), first, second, unit="eV", groups=group)
    assert together.high - together.low > 2 * (alone.high - alone.low)


def test_one_fold_is_no_evidence():
    with pytest.raises(ValueError, match="of 1 fold were given; give those of at least two"):
        corrected_t_test([1], [2], n_train=9, n_test=1)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_train": 0, "n_test": 1}, "n_train=0 was given"),
        ({"n_train": 9, "n_test": 1, "confidence": 95}, "The confidence 95 was given"),
    ],
)
def test_what_cannot_be_compared_is_refused_in_a_sentence(options, message):
    with pytest.raises(ValueError, match=message):
        corrected_t_test([1, 2], [2, 4], **options)
