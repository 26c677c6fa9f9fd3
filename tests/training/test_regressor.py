import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.base import clone
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.model_selection import cross_val_score
from sklearn.utils.estimator_checks import parametrize_with_checks

from matnn_lab.representations.composition import composition_features
from matnn_lab.training import regressor
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


ROW_4 = ["Ti", "V", "Cr", "Mn", "Fe", "Co", "Ni", "Cu", "Zn"]


def alloy_tables(orders, kind):
    """Features of quaternary alloys by sums over elements taken in given orders, some of them constant."""
    rng = np.random.default_rng(5)
    table = rng.normal(size=(9, 3)) * [1, 100, 0.01]
    constant = np.array(
        [14.62, 4.0, 1e5]
    )  # the same for all elements of a row of the periodic table
    rows = []
    for order in orders:
        chosen = rng.choice(9, 4, replace=False)
        shares = rng.dirichlet(np.ones(4))
        sums = np.zeros(6, dtype=kind)
        for place in order:
            sums[:3] += (shares[place] * table[chosen[place]]).astype(kind)
            sums[3:] += (shares[place] * constant).astype(kind)
        rows.append(sums)
    return np.array(rows)


@pytest.mark.parametrize("kind", [np.float64, np.float32])
def test_a_sum_taken_in_another_order_has_the_same_prediction(kind):
    one = alloy_tables([(0, 1, 2, 3)] * 300, kind)
    other = alloy_tables([(3, 1, 0, 2)] * 300, kind)
    assert (one[:, 3:] != other[:, 3:]).any()
    network = NetworkRegressor(**SMALL).fit(one, np.sin(one[:, 0]))
    spread = network.predict(one).std()
    close = 1e-9 if kind is np.float64 else 1e-4
    assert np.abs(network.predict(one) - network.predict(other)).max() < close * spread
    scaled = network._scaled(one)
    assert np.abs(scaled[:, 3:]).max() < 0.1 < 0.5 < scaled[:, :3].std()


@pytest.mark.parametrize("amount", [1, 3])
def test_one_alloy_has_one_prediction_in_whatever_order_its_elements_are_written(amount):
    """All nine elements are in row 4, so that some statistics are constant but for rounding."""
    rng = np.random.default_rng(0)
    forward, backward = [], []
    for _alloy in range(120):
        names = rng.choice(ROW_4, 4, replace=False)
        shares = rng.dirichlet(np.ones(4)).round(3) + 0.01
        words = [f"{name}{share:.3f}" for name, share in zip(names, shares, strict=True)]
        forward.append("".join(words))
        words = [f"{n}{amount * s:.3f}" for n, s in zip(names, shares, strict=True)]
        backward.append("".join(reversed(words)))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Columns that hold nothing larger")
        features = composition_features(forward)
        target = rng.normal(size=120)
        network = NetworkRegressor(**SMALL).fit(features, target)
    one, other = network.predict(features), network.predict(composition_features(backward))
    np.testing.assert_allclose(one, other, atol=1e-9)


def test_columns_of_very_small_numbers_are_told_and_not_used(data):
    inputs, targets = data
    inputs = inputs.copy()
    inputs[:, 3] *= 1e-16
    with pytest.warns(UserWarning, match="nothing larger than 1e-13, 1 of them"):
        network = NetworkRegressor(**SMALL).fit(inputs, targets)
    assert network.scale_[3] == 1


def test_a_constant_target_is_predicted(data):
    constant = np.full(300, 14.62)
    constant[::3] = np.nextafter(14.62, 15)
    network = NetworkRegressor(**SMALL).fit(data[0], constant)
    np.testing.assert_allclose(network.predict(data[0]), 14.62, rtol=1e-12)


def test_several_outputs_are_predicted_each_in_its_unit(data):
    inputs, targets = data
    both = np.column_stack([targets, -1e-3 * targets])
    network = NetworkRegressor(**SMALL, n_members=2, dropout=0.1).fit(inputs, both)
    mean, spread = network.predict(inputs, return_std=True)
    assert mean.shape == spread.shape == both.shape == network.predict_dropout(inputs)[0].shape
    assert network.score(inputs, both) > 0.8
    np.testing.assert_allclose(mean[:, 1].std(), 1e-3 * mean[:, 0].std(), rtol=0.2)
    column = NetworkRegressor(**SMALL).fit(inputs, targets[:, None])
    alone = NetworkRegressor(**SMALL).fit(inputs, targets)
    np.testing.assert_array_equal(column.predict(inputs)[:, 0], alone.predict(inputs))


def held_out_rows(monkeypatch, groups, share=0.1):
    """Fit and return the rows that each of three members stopped by."""
    seen = []

    def listening(*arguments):
        rows, held_out = hold_out(*arguments)
        seen.append((set(rows), set(held_out)))
        return rows, held_out

    hold_out = regressor._hold_out
    monkeypatch.setattr(regressor, "_hold_out", listening)
    inputs = np.random.default_rng(0).normal(size=(len(groups), 2))
    network = NetworkRegressor((4,), epochs=1, n_members=3, validation_fraction=share)
    network.fit(inputs, inputs[:, 0], groups=groups)
    for rows, held_out in seen:
        assert not rows & held_out
        assert len(rows | held_out) == len(groups)
    return seen


@pytest.mark.parametrize(
    "groups",
    [
        np.repeat(np.arange(40), 5),
        pd.Series(np.repeat(list("abcde"), 40), index=np.arange(200)[::-1]),
        ["giant"] * 150 + ["small"] * 50,
        list(np.repeat([f"paper {n}" for n in range(20)], 8)) + [None, np.nan] * 20,
    ],
)
def test_early_stopping_holds_out_whole_groups(monkeypatch, groups):
    held = held_out_rows(monkeypatch, groups)
    labels = np.asarray(groups, dtype=object)
    for rows, held_out in held:
        inside = {label for label in labels[list(held_out)] if not pd.isna(label)}
        assert not inside & {label for label in labels[list(rows)] if not pd.isna(label)}
        assert 0 < len(held_out) <= max(20, 50)
    if len(set(map(str, groups))) > 2:
        assert held[0] != held[1]


def test_a_missing_label_is_a_group_of_its_own(monkeypatch):
    for missing in (None, np.nan, pd.NA, pd.NaT):
        (_rows, held_out), *_others = held_out_rows(monkeypatch, [missing] * 60)
        assert len(held_out) == 6
        monkeypatch.undo()


def test_groups_that_cannot_be_held_out_are_named(data):
    network = NetworkRegressor(**SMALL)
    with pytest.raises(ValueError, match=r"groups have the shape \(299,\) and X has 300 rows"):
        network.fit(*data, groups=np.arange(299))
    with pytest.raises(ValueError, match="All 300 rows belong to one group"):
        network.fit(*data, groups=["a"] * 300)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_an_accelerator_that_is_not_there_is_named(data):
    with pytest.raises(ValueError, match="The accelerator 'gpu' cannot be used here"):
        NetworkRegressor(accelerator="gpu").fit(*data)


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


@pytest.mark.parametrize(
    ("settings", "error", "said"),
    [
        ({"patience": 0}, ValueError, "patience=0 was given; give a whole number"),
        ({"epochs": 0}, ValueError, "epochs=0"),
        ({"epochs": 2.5}, ValueError, "epochs=2.5"),
        ({"n_members": 1.5}, ValueError, "n_members=1.5"),
        ({"n_members": "2"}, TypeError, "n_members='2' was given; give a number"),
        ({"validation_fraction": -0.1}, ValueError, "validation_fraction=-0.1"),
        ({"validation_fraction": 1.5}, ValueError, "at least 0 and below 1"),
        ({"learning_rate": float("nan")}, ValueError, "learning_rate=nan"),
        ({"hidden": 16}, TypeError, "hidden=16 was given; give a list of the widths"),
    ],
)
def test_a_setting_that_makes_no_sense_is_told_before_the_training(settings, error, said):
    with pytest.raises(error, match=said):
        NetworkRegressor(**settings).fit([[1.0], [2.0], [3.0]], [1.0, 2.0, 3.0])


def test_one_network_has_no_spread():
    network = NetworkRegressor((4,), epochs=1).fit([[1.0], [2.0], [3.0]], [1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match="One network has no spread"):
        network.predict([[1.0]], return_std=True)


@pytest.mark.parametrize("constant", [5.0, 0.1, 1e-20, 1e100])
def test_a_constant_target_is_predicted_exactly(constant):
    inputs = np.arange(21.0)[:, None]
    network = NetworkRegressor((4,), epochs=2, n_members=2).fit(inputs, np.full(21, constant))
    assert (network.predict(inputs) == constant).all()


def test_the_unit_of_a_very_small_target_does_not_matter():
    inputs = np.arange(30.0)[:, None]
    one, small = (
        NetworkRegressor((8,), epochs=5).fit(inputs, inputs[:, 0] * unit).predict(inputs)
        for unit in (1.0, 1e-20)
    )
    np.testing.assert_allclose(small * 1e20, one, rtol=1e-3, atol=1e-3)


def test_what_no_computer_can_square_is_told():
    inputs = np.arange(1.0, 31)[:, None]
    network = NetworkRegressor((4,), epochs=1)
    with pytest.raises(ValueError, match="The targets reach 3e.301; give them in a larger unit"):
        network.fit(inputs, inputs[:, 0] * 1e300)
    with pytest.raises(ValueError, match="The inputs reach 3e.301"):
        network.fit(inputs * 1e300, inputs[:, 0])
    with pytest.raises(ValueError, match="The targets reach 3e-199 only"):
        network.fit(inputs, inputs[:, 0] * 1e-200)


@pytest.mark.parametrize("kind", ["nullable", "sparse", "arrow"])
def test_columns_of_every_kind_that_pandas_has_give_one_prediction(kind):
    inputs = pd.DataFrame({"a": np.arange(30.0), "b": np.arange(30) % 3})
    other = {
        "nullable": lambda: inputs.convert_dtypes(),
        "sparse": lambda: inputs.astype(pd.SparseDtype(float, 0.0)),
        "arrow": lambda: inputs.convert_dtypes(dtype_backend="pyarrow"),
    }[kind]()
    network = NetworkRegressor((8,), epochs=3)
    one = network.fit(inputs, inputs["a"]).predict(inputs)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*sparse.*")
        np.testing.assert_array_equal(network.fit(other, inputs["a"]).predict(other), one)
