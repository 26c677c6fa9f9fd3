import pickle

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.model_selection import cross_val_score
from sklearn.utils.estimator_checks import parametrize_with_checks

from matnn_lab.training.regressor import NetworkRegressor

SMALL = {"hidden": (32,), "epochs": 30, "batch_size": 16}


@parametrize_with_checks([NetworkRegressor(epochs=40, batch_size=16)])
def test_it_behaves_as_a_scikit_learn_regressor(estimator, check):
    check(estimator)


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    inputs = rng.normal(size=(300, 4)) * [1, 100, 0.01, 5] + [0, 1000, 0, -3]
    return inputs, 90 * np.abs(inputs[:, 0]) + (inputs[:, 1] - 1000) / 2 + 20


def test_it_learns_what_a_line_cannot(data):
    network = NetworkRegressor(**SMALL, n_members=2)
    errors = [
        -cross_val_score(model, *data, scoring="neg_mean_absolute_error", cv=3).mean()
        for model in (network, Ridge())
    ]
    assert errors[0] < 0.8 * errors[1]


def test_units_of_inputs_and_targets_do_not_matter(data):
    inputs, targets = data
    one = NetworkRegressor(**SMALL).fit(inputs, targets).predict(inputs)
    two = NetworkRegressor(**SMALL).fit(inputs * 8, targets * 1024).predict(inputs * 8)
    np.testing.assert_allclose(two / 1024, one, rtol=1e-3, atol=0.05)


def test_prediction_is_the_mean_of_the_members(data):
    inputs, targets = data
    ensemble = NetworkRegressor(**SMALL, n_members=3).fit(inputs, targets)
    mean, spread = ensemble.predict(inputs, return_std=True)
    alone = []
    members = ensemble.members_
    for member in members:
        ensemble.members_ = [member]
        alone.append(ensemble.predict(inputs))
    np.testing.assert_allclose(mean, np.mean(alone, axis=0))
    np.testing.assert_allclose(spread, np.std(alone, axis=0))
    assert (spread > 0).all()


def test_members_in_other_processes_are_the_same_members(data):
    inputs, targets = data
    one = NetworkRegressor(**SMALL, n_members=2).fit(inputs, targets)
    two = NetworkRegressor(**SMALL, n_members=2, n_jobs=2).fit(inputs, targets)
    np.testing.assert_array_equal(one.predict(inputs), two.predict(inputs))


def test_same_state_gives_the_same_prediction_and_another_one_another(data):
    inputs, targets = data
    states = [NetworkRegressor(**SMALL, random_state=s).fit(inputs, targets) for s in (0, 0, 1)]
    one, two, three = (state.predict(inputs) for state in states)
    np.testing.assert_array_equal(one, two)
    assert not np.array_equal(one, three)


def test_each_member_keeps_its_history_and_stops_in_time(data):
    inputs, targets = data
    options = SMALL | {"epochs": 400, "learning_rate": 0.05}
    ensemble = NetworkRegressor(**options, n_members=2, patience=5).fit(inputs, targets)
    for history in ensemble.histories_:
        assert len(history) == history.best_epoch + 5 < 400


def test_without_held_out_rows_it_trains_to_the_end(data):
    network = NetworkRegressor(**SMALL, validation_fraction=0, patience=3).fit(*data)
    assert len(network.histories_[0]) == 30
    assert network.histories_[0].frame["validation_loss"].isna().all()


def test_an_input_never_seen_does_not_carry_the_prediction_away(data):
    inputs, targets = data
    network = NetworkRegressor(**SMALL).fit(inputs, targets)
    far = inputs[:1] + [0, 1e6, 0, 0]
    assert abs(network.predict(far)[0]) < 10 * np.abs(targets).max()


def test_dropout_left_on_makes_predictions_spread(data):
    inputs, targets = data
    network = NetworkRegressor(**SMALL, dropout=0.2).fit(inputs, targets)
    plain = network.predict(inputs)
    mean, spread = network.predict_dropout(inputs, n_passes=100)
    assert (spread > 0).all()
    # the mean of many passes lies near the prediction without dropout
    assert np.abs(mean - plain).mean() < 0.5 * spread.mean()
    np.testing.assert_array_equal(network.predict_dropout(inputs, n_passes=100)[1], spread)
    assert not np.array_equal(network.predict_dropout(inputs, 100, random_state=1)[1], spread)
    np.testing.assert_array_equal(network.predict(inputs), plain)


def test_without_dropout_there_is_nothing_to_leave_on(data):
    network = NetworkRegressor(**SMALL | {"epochs": 1}).fit(*data)
    with pytest.raises(ValueError, match="These networks have no dropout; train them with"):
        network.predict_dropout(data[0])


def test_the_prediction_is_linear_in_the_latent_vector(data):
    inputs, targets = data
    network = NetworkRegressor((16, 8), epochs=5, dropout=0.1).fit(inputs, targets)
    latent = network.latent(inputs)
    assert latent.shape == (300, 8)
    line = LinearRegression().fit(latent, network.predict(inputs))
    assert line.score(latent, network.predict(inputs)) == pytest.approx(1)


def test_number_of_threads_is_left_alone(data):
    before = torch.get_num_threads()
    NetworkRegressor(**SMALL | {"epochs": 1}).fit(*data)
    assert torch.get_num_threads() == before


def test_it_is_cloned_and_pickled(data):
    inputs, targets = data
    network = clone(NetworkRegressor(**SMALL)).fit(inputs, targets)
    copy = pickle.loads(pickle.dumps(network))
    np.testing.assert_array_equal(copy.predict(inputs), network.predict(inputs))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"loss": "cubic"}, "'cubic' is not known; choose one of squared, absolute, huber"),
        ({"n_members": 0}, "An ensemble of 0 networks was asked for"),
        ({"activation": "step"}, "'step' is not known"),
    ],
)
def test_impossible_settings_are_refused(data, options, message):
    with pytest.raises(ValueError, match=message):
        NetworkRegressor(**options).fit(*data)
