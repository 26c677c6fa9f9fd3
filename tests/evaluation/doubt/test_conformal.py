import numpy as np
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import cross_val_score

from matnn_lab.evaluation.doubt.conformal import ConformalRegressor, conformal_quantile


def test_quantile_is_the_one_for_finite_samples():
    # ⌈(n + 1) · 0.9⌉: the 18th of 19, the 9th of 9, and none of 8
    assert conformal_quantile(np.arange(1, 20)) == 18
    assert conformal_quantile(np.arange(1, 10)) == 9
    assert conformal_quantile(np.arange(1, 9)) == np.inf
    assert conformal_quantile([3, 1, 2], 0.5) == 2


def test_coverage_is_at_least_as_promised_and_hardly_more():
    rng = np.random.default_rng(0)
    held = []
    for _repeat in range(4000):
        scores = np.abs(rng.standard_t(2, size=30))
        held.append(scores[0] <= conformal_quantile(scores[1:], 0.8))
    # exactly between 0.8 and 0.8 + 1/30
    assert 0.79 < np.mean(held) < 0.855


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(1)
    inputs = rng.normal(size=(3000, 2))
    return inputs, inputs @ [1.0, -2.0] + rng.exponential(size=3000)


def test_intervals_of_a_regressor_hold_new_rows(data):
    inputs, targets = data
    model = ConformalRegressor(LinearRegression(), coverage=0.9).fit(inputs[:2000], targets[:2000])
    low, high = model.predict_interval(inputs[2000:])
    held = np.mean((low <= targets[2000:]) & (targets[2000:] <= high))
    assert 0.87 < held < 0.93
    np.testing.assert_allclose((low + high) / 2, model.predict(inputs[2000:]))


def test_the_promise_ends_where_rows_are_of_another_kind(data):
    inputs, targets = data
    model = ConformalRegressor(LinearRegression()).fit(inputs, targets)
    low, high = model.predict_interval(inputs)
    other = 3 * targets
    assert np.mean((low <= other) & (other <= high)) < 0.7


def test_it_is_a_scikit_learn_regressor(data):
    scores = cross_val_score(ConformalRegressor(LinearRegression()), *data, cv=3)
    assert (scores > 0.7).all()


@pytest.mark.parametrize(
    ("scores", "coverage", "message"),
    [
        ([1, 2], 90, "The coverage 90 was given"),
        ([], 0.9, "give at least one and none that is NaN"),
        ([1, np.nan], 0.5, "give at least one and none that is NaN"),
    ],
)
def test_impossible_promises_are_refused(scores, coverage, message):
    with pytest.raises(ValueError, match=message):
        conformal_quantile(scores, coverage)
