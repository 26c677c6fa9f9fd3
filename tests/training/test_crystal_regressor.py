import numpy as np
import pandas as pd
import pytest
from pymatgen.core import Composition, Lattice, Structure
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from matnn_lab.models.files import load, save
from matnn_lab.representations.graph import CrystalGraphs
from matnn_lab.training import CrystalRegressor
from matnn_lab.training.crystal_regressor import _formulas, _group_split, _names

SMALL = {"width": 8, "n_convolutions": 1, "n_hidden": 8, "epochs": 4, "batch_size": 16}
DISORDERED = Structure(Lattice.cubic(3), [Composition("Cu0.5Au0.5")], [[0, 0, 0]])
CHAIN = Structure(Lattice.cubic(20), ["C"], [[0, 0, 0]])


@pytest.fixture(scope="module")
def data():
    """Rock salt and cesium chloride structures, whose target is ten times their bond length."""
    rng = np.random.default_rng(0)
    structures, lengths = [], []
    for _crystal in range(60):
        length = rng.uniform(2.2, 3.2)
        pair = [str(rng.choice(["Na", "K", "Rb"])), str(rng.choice(["F", "Cl", "Br"]))]
        if rng.random() < 0.5:
            lattice = Lattice([[0, length, length], [length, 0, length], [length, length, 0]])
        else:
            lattice = Lattice.cubic(2 * length / 3**0.5)
        structures.append(Structure(lattice, pair, [[0, 0, 0], [0.5, 0.5, 0.5]]))
        lengths.append(length)
    return structures, 10 * np.array(lengths)


@pytest.fixture(scope="module")
def fitted(data):
    return CrystalRegressor(**SMALL, n_members=2).fit(*data)


def test_structures_go_in_and_numbers_in_the_unit_of_the_target_come_out(data):
    structures, y = data
    model = CrystalRegressor(16, 2, 16, epochs=60, batch_size=16).fit(structures, y)
    assert model.score(structures, y) > 0.8
    assert 22 < model.predict(structures).mean() < 32


def test_the_mean_and_the_spread_are_those_of_the_members(data, fitted):
    mean, spread = fitted.predict(data[0], return_std=True)
    graphs = CrystalGraphs.from_structures(data[0], **fitted.graph_rule._asdict(), progress=False)
    each = np.array([member(graphs).detach().numpy() for member in fitted.members_], dtype=float)
    each = each * data[1].std() + data[1].mean()
    np.testing.assert_allclose(mean, each.mean(axis=0), rtol=1e-5)
    np.testing.assert_allclose(spread, each.std(axis=0), rtol=1e-3, atol=1e-4)


def test_a_supercell_a_column_of_a_table_and_graphs_are_read_alike(data, fitted):
    wanted = fitted.predict(data[0][:5])
    column = pd.Series(data[0][:5], index=[7, 7, 2, 1, 0])
    graphs = CrystalGraphs.from_structures(data[0][:5], 8.0, 12, progress=False)
    for given in (column, graphs, (s * (2, 1, 1) for s in data[0][:5])):
        np.testing.assert_allclose(fitted.predict(given), wanted, rtol=1e-5)


def test_a_clone_trained_with_the_same_seed_predicts_the_same(data, fitted):
    again = clone(fitted).fit(*data)
    np.testing.assert_array_equal(again.predict(data[0]), fitted.predict(data[0]))
    other = clone(fitted).set_params(random_state=1).fit(*data)
    assert np.abs(other.predict(data[0]) - fitted.predict(data[0])).max() > 1e-3


def test_formulas_are_held_out_whole_whatever_the_cell(data):
    cells = [data[0][0], data[0][0] * (1, 1, 2), Structure(Lattice.cubic(3), ["Po"], [[0, 0, 0]])]
    graphs = CrystalGraphs.from_structures(cells, 8.0, 12, progress=False)
    numbers = _formulas(graphs)
    assert numbers[0] == numbers[1] != numbers[2]
    groups = np.repeat(np.arange(10), 6)
    rows, held_out = _group_split(groups, 0.2, 0)
    assert len(np.unique(groups[held_out])) == 2
    assert not set(groups[rows]) & set(groups[held_out])
    assert len(rows) + len(held_out) == 60


def test_each_missing_label_is_a_group_of_its_own():
    for missing in (None, np.nan):
        labels = np.array(["a", missing, "b", missing, "a"], dtype=object)
        names = _names(labels)
        assert names[0] == names[4]
        assert len(set(names)) == 4


def test_all_bad_rows_are_named_at_once_and_left_out_if_asked(data):
    structures, y = [*data[0], DISORDERED, CHAIN], np.append(data[1], [1.0, 2.0])
    y[3] = np.nan
    with pytest.raises(ValueError, match="3 of 62 structures") as caught:
        CrystalRegressor(**SMALL).fit(structures, y)
    told = str(caught.value).splitlines()
    assert [line.split(":")[0] for line in told[1:4]] == ["Row 3", "Row 60", "Row 61"]
    assert "target is nan" in told[1]
    assert "skip_bad=True" in told[4]
    model = CrystalRegressor(**SMALL, skip_bad=True)
    with pytest.warns(UserWarning, match="3 of 62"):
        model.fit(structures, y)
    assert set(range(62)) - set(model.rows_) == {3, 60, 61}
    with pytest.warns(UserWarning, match="2 of 62"):
        predicted = model.predict(structures)
    assert np.flatnonzero(np.isnan(predicted)).tolist() == [60, 61]
    model.set_params(skip_bad=False)
    with pytest.raises(ValueError, match="Row 0: .* is disordered"):
        model.predict([DISORDERED])


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"y": np.ones(3)}, "60 structures and 3 targets were given"),
        ({"y": np.ones((60, 1))}, r"targets have the shape \(60, 1\)"),
        ({"groups": ["a"] * 3}, "60 structures and 3 groups were given"),
        ({"groups": ["a"] * 60}, "All crystals belong to 1 group"),
        ({"n_members": 0}, "An ensemble of 0 networks"),
        ({"max_neighbors": 1.5}, "1.5 neighbors were asked for"),
        ({"cutoff": -1.0}, "The cutoff -1.0 was given"),
    ],
)
def test_what_cannot_be_trained_on_is_said_in_a_sentence(data, change, sentence):
    given = {"y": data[1], "groups": None} | {
        k: v for k, v in change.items() if k in ("y", "groups")
    }
    settings = {k: v for k, v in change.items() if k not in given}
    with pytest.raises(ValueError, match=sentence):
        CrystalRegressor(**(SMALL | settings)).fit(data[0], **given)


def test_graphs_of_another_rule_are_refused(data, fitted):
    graphs = CrystalGraphs.from_structures(data[0], 8.0, 12, ties="cut", progress=False)
    with pytest.raises(ValueError, match="the model needs the 12 nearest"):
        fitted.predict(graphs)


def test_one_network_has_no_spread_and_none_no_prediction(data):
    model = CrystalRegressor(**SMALL, validation_fraction=0)
    with pytest.raises(NotFittedError):
        model.predict(data[0])
    model.fit(*data)
    with pytest.raises(ValueError, match="One network has no spread"):
        model.predict(data[0], return_std=True)
    with pytest.raises(TypeError, match=r"such as \[structure\]"):
        model.predict(data[0][0])


def test_a_saved_model_predicts_the_same(data, fitted, tmp_path):
    save(fitted, tmp_path / "crystals.pt")
    again = load(tmp_path / "crystals.pt")
    np.testing.assert_array_equal(again.predict(data[0]), fitted.predict(data[0]))
    assert again.get_params() == fitted.get_params()
    assert again.members_[0].graph_rule == fitted.graph_rule
    assert again.histories_[1].best_epoch == fitted.histories_[1].best_epoch


def test_a_constant_target_is_predicted_exactly(data):
    structures = data[0][:12]
    for constant in (5.0, 1e-6):
        model = CrystalRegressor(**SMALL).fit(structures, np.full(12, constant))
        assert (model.predict(structures) == constant).all()


@pytest.mark.parametrize(
    ("settings", "targets", "said"),
    [
        ({"epochs": 2.5}, 1.0, "epochs=2.5 was given"),
        ({"patience": 0}, 1.0, "patience=0 was given"),
        ({"width": 0}, 1.0, "width=0 was given"),
        ({"validation_fraction": -0.1}, 1.0, "validation_fraction=-0.1 was given"),
        ({}, 1e300, "give them in a larger unit"),
        ({}, "1,234", "cannot be read as numbers"),
    ],
)
def test_settings_and_targets_that_make_no_sense_are_told(data, settings, targets, said):
    with pytest.raises(ValueError, match=said):
        CrystalRegressor(**(SMALL | settings)).fit(data[0][:12], [targets] * 12)
