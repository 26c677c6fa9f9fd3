import numpy as np
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import cross_val_score
from sklearn.neighbors import KNeighborsRegressor

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


def worlds(n_worlds, n_groups=40, n_rows=5):
    """Groups of rows with one common error each, in every world anew."""
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(n_groups), n_rows)
    for _world in range(n_worlds):
        inputs = rng.normal(size=(n_groups, 3))[groups]
        targets = 3 * rng.normal(size=n_groups)[groups] + 0.1 * rng.normal(size=len(groups))
        new_inputs, new_targets = rng.normal(size=(200, 3)), 3 * rng.normal(size=200)
        yield inputs, targets, groups, new_inputs, new_targets


@pytest.mark.parametrize(("with_groups", "least", "most"), [(False, 0, 0.35), (True, 0.88, 0.96)])
def test_intervals_hold_rows_of_new_groups_if_whole_groups_were_held_out(with_groups, least, most):
    held = []
    for inputs, targets, groups, new_inputs, new_targets in worlds(60):
        nearest = KNeighborsRegressor(1)  # copies a row of the same group, if there is one
        model = ConformalRegressor(nearest, calibration_fraction=0.5)
        model.fit(inputs, targets, groups=groups if with_groups else None)
        low, high = model.predict_interval(new_inputs)
        held.append(np.mean((low <= new_targets) & (new_targets <= high)))
    assert least <= np.mean(held) <= most


def test_each_group_is_one_piece_of_evidence():
    # the rows of a large group share its weight: 19 groups promise 0.9, however many rows they have
    scores = [*range(1, 19), *[0.5] * 1000]
    groups = [*range(18), *["large"] * 1000]
    assert conformal_quantile(scores, 0.9, groups=groups) == 17
    assert conformal_quantile(scores, 0.96, groups=groups) == np.inf
    alone = [*range(19)]
    assert conformal_quantile(alone, 0.9, groups=alone) == conformal_quantile(alone, 0.9)
    assert conformal_quantile(alone, 0.9, groups=[None] * 19) == conformal_quantile(alone, 0.9)


def test_groups_reach_an_estimator_that_takes_them(data):
    class Takes(LinearRegression):
        def fit(self, X, y, groups=None):
            self.groups_ = groups
            return super().fit(X, y)

    inputs, targets = data
    model = ConformalRegressor(Takes()).fit(inputs[:40], targets[:40], ["a", "b", "c", None] * 10)
    # ten rows without a label are ten groups; of thirteen, four are held out
    assert len(set(model.estimator_.groups_.tolist())) == 9


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
