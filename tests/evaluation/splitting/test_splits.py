"""All splitters, those that leave something out too, behave as scikit-learn's own."""

import pickle
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn import config_context
from sklearn.base import clone
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV, check_cv, cross_val_score

from matnn_lab.datasets import alloys, formation_enthalpies
from matnn_lab.evaluation.splitting.labels import chemical_systems, compositions, element_sets
from matnn_lab.evaluation.splitting.leave_out import (
    LeaveOneClusterOut,
    LeaveOneElementOut,
    TimeSplit,
)
from matnn_lab.evaluation.splitting.splits import ChemicalSystemKFold, FormulaKFold, PrototypeKFold
from matnn_lab.representations.composition import fraction_matrix

FORMULAS = alloys().dropna(subset="hardness_hv")
X = fraction_matrix(FORMULAS["formula"])
Y = FORMULAS["hardness_hv"].to_numpy()
SPLITTERS = [
    (FormulaKFold(4), FORMULAS["formula"]),
    (ChemicalSystemKFold(4, random_state=1), FORMULAS["formula"]),
    (PrototypeKFold(3), FORMULAS["phase"]),
    (LeaveOneElementOut(n_least=60), FORMULAS["formula"]),
    (LeaveOneElementOut(["Al", "Ti"]), FORMULAS["formula"]),
    (LeaveOneClusterOut(4), None),
    (TimeSplit(4), FORMULAS["year"]),
]
every_splitter = pytest.mark.parametrize(
    ("splitter", "groups"), SPLITTERS, ids=[repr(splitter) for splitter, _groups in SPLITTERS]
)


@every_splitter
def test_train_and_test_are_row_numbers_without_a_common_one(splitter, groups):
    splits = list(splitter.split(X, Y, groups))
    assert len(splits) == splitter.get_n_splits(X, Y, groups)
    for train, test in splits:
        assert len(train)
        assert len(test)
        assert not set(train) & set(test)
        assert set(train) | set(test) <= set(range(len(X)))
        assert train.dtype.kind == test.dtype.kind == "i"


@every_splitter
def test_the_same_splitter_splits_the_same_twice(splitter, groups):
    for one, two in zip(
        splitter.split(X, Y, groups),
        pickle.loads(pickle.dumps(splitter)).split(X, Y, groups),
        strict=True,
    ):
        np.testing.assert_array_equal(one[0], two[0])
        np.testing.assert_array_equal(one[1], two[1])


@every_splitter
def test_it_is_printed_as_it_was_made_and_can_be_cloned(splitter, groups):
    again = eval(repr(splitter))
    assert vars(again) == vars(splitter) == vars(clone(splitter, safe=False))


@every_splitter
def test_cross_validation_and_grid_search_take_it(splitter, groups):
    assert check_cv(splitter) is splitter
    scores = cross_val_score(Ridge(), X, Y, groups=groups, cv=splitter)
    assert len(scores) == splitter.get_n_splits(X, Y, groups)
    search = GridSearchCV(Ridge(), {"alpha": [0.1, 1]}, cv=splitter).fit(X, Y, groups=groups)
    assert search.n_splits_ == len(scores)


@every_splitter
def test_groups_reach_it_by_metadata_routing(splitter, groups):
    params = {} if groups is None else {"groups": groups}
    plain = cross_val_score(Ridge(), X, Y, groups=groups, cv=splitter)
    with config_context(enable_metadata_routing=True):
        routed = cross_val_score(Ridge(), X, Y, cv=splitter, params=params)
    np.testing.assert_array_equal(routed, plain)


@pytest.mark.parametrize(
    ("splitter", "labels"), [(FormulaKFold, compositions), (ChemicalSystemKFold, chemical_systems)]
)
def test_folds_of_groups_test_each_row_once_and_share_no_group(splitter, labels):
    formulas = formation_enthalpies()["formula"].tolist() + ["Fe4O6", "Fe2O3"]
    names = labels(formulas)
    tested = []
    for train, test in splitter(5).split(formulas, groups=formulas):
        assert not set(names[train]) & set(names[test])
        assert 0.9 < len(test) / (len(formulas) / 5) < 1.1
        tested += test.tolist()
    assert sorted(tested) == list(range(len(formulas)))


def test_another_state_gives_other_folds():
    folds = [next(FormulaKFold(random_state=s).split(X, Y, FORMULAS["formula"])) for s in (0, 1)]
    assert not np.array_equal(folds[0][1], folds[1][1])


def test_an_element_that_is_left_out_is_in_no_training_row_and_in_every_test_row():
    splitter = LeaveOneElementOut(n_least=60)
    formulas = FORMULAS["formula"]
    sets = element_sets(formulas)
    elements = splitter.left_out(formulas)
    assert elements == sorted(elements)
    for element, (train, test) in zip(elements, splitter.split(X, Y, formulas), strict=True):
        assert len(test) >= 60
        assert len(train) + len(test) == len(X)
        assert all(element in sets[row] for row in test)
        assert not any(element in sets[row] for row in train)


def test_a_cluster_is_tested_by_a_model_that_saw_the_others():
    rng = np.random.default_rng(0)
    cluster = np.repeat([0, 1, 2], 20)
    points = rng.normal(size=(60, 2)) * [0.1, 100] + np.array([[0, 0], [5, 9000], [9, 0]])[cluster]
    tested = [set(cluster[test]) for _train, test in LeaveOneClusterOut(3).split(points)]
    assert sorted(tested, key=min) == [{0}, {1}, {2}]


@given(
    years=st.lists(st.integers(1990, 2010), min_size=2, max_size=80),
    n_splits=st.integers(1, 5),
)
def test_the_past_never_knows_the_year_it_is_tested_on(years, n_splits):
    assume(len(set(years)) > n_splits)
    years = np.array(years)
    tested = []
    for train, test in TimeSplit(n_splits).split(years, groups=years):
        assert years[train].max() < years[test].min()
        assert len(train) == (years < years[test].min()).sum()
        tested += test.tolist()
    assert len(tested) == len(set(tested))
    assert years.max() in years[tested]


@pytest.mark.parametrize(
    "dates",
    [
        pd.to_datetime(["2003-01-02", "2001-06-01", "2002-01-01", "2003-01-01"]),
        pd.Series(pd.to_datetime(["2003-01-02", "2001-06-01", "2002-01-01", "2003-01-01"])),
        [date(2003, 1, 2), date(2001, 6, 1), date(2002, 1, 1), date(2003, 1, 1)],
        pd.Series([2003.5, 2001.0, 2002.0, 2003.0], index=[7, 7, 7, 7]),
        pd.Series([4, 1, 2, 3], dtype="Int64"),
    ],
)
def test_dates_order_the_rows_as_years_do(dates):
    splits = list(TimeSplit(3).split(np.zeros(4), groups=dates))
    assert [test.tolist() for _train, test in splits] == [[2], [3], [0]]
    assert [train.tolist() for train, _test in splits] == [[1], [1, 2], [1, 2, 3]]


def test_periods_hold_about_as_many_rows_where_years_allow():
    years = np.arange(100)
    sizes = [len(test) for _train, test in TimeSplit(4).split(years, groups=years)]
    assert sizes == [20, 20, 20, 20]


@pytest.mark.parametrize(
    ("splitter", "groups", "message"),
    [
        (FormulaKFold(), None, "FormulaKFold was given no groups; pass groups=formulas"),
        (TimeSplit(), None, "TimeSplit was given no groups; pass groups=years"),
        (FormulaKFold(3), ["Fe", "Fe2", "O"], "3 folds of 2 different groups; ask for at most 2"),
        (PrototypeKFold(2), ["a", None, "b"], "1 of 3 structure types are missing"),
        (LeaveOneElementOut(), ["Fe", "FeO", "O"], "No element is in at least 20 of the 3 rows"),
        (LeaveOneElementOut(["U"]), ["Fe", "FeO", "O"], "U is in 0 of 3 rows"),
        (TimeSplit(3), [2001, 2002, 2001], "need 4 different years, but there are 2"),
        (TimeSplit(1), [2001, np.nan, 2002], "1 of 3 years are missing"),
        (LeaveOneClusterOut(3), None, "3 clusters of 2 different rows were asked for"),
        (LeaveOneClusterOut(1), None, "n_clusters=1 was given; give a whole number, at least 2"),
        (FormulaKFold(1), ["Fe", "Fe2", "O"], "n_splits=1 was given"),
        (ChemicalSystemKFold(2.5), ["Fe", "Fe2", "O"], "n_splits=2.5 was given"),
        (FormulaKFold(2), ["Fe", np.nan, "O"], "Row 1: nan is no formula"),
        (PrototypeKFold(2), ["a", np.nan, "b"], "1 of 3 structure types are missing"),
        (PrototypeKFold(2), ["a", pd.NA, "b"], "1 of 3 structure types are missing"),
        (
            LeaveOneElementOut("Cl"),
            ["Cl", "NaCl", "O"],
            r"give a list of symbols, such as \['Cl'\]",
        ),
        (LeaveOneElementOut(n_least=0), ["Fe", "FeO", "O"], "n_least=0 was given"),
        (TimeSplit(0), [2001, 2002, 2003], "n_splits=0 was given"),
        (TimeSplit(1), pd.to_datetime(["2001", None, "2002"]), "1 of 3 years are missing"),
        (TimeSplit(1), ["2001-05-01", "2002-01-01", "2003"], "'2001-05-01', which is no number"),
        (TimeSplit(1), [2001, "unknown", 2003], "'unknown', which is no number and no date"),
        (TimeSplit(1), [2001, np.inf, 2003], "inf, which is no number"),
    ],
)
def test_what_cannot_be_split_is_refused_in_a_sentence(splitter, groups, message):
    with pytest.raises((ValueError, TypeError), match=message):
        list(splitter.split([[0.0], [1.0], [1.0]], groups=groups))


def test_the_number_of_elements_needs_the_formulas():
    assert LeaveOneElementOut(["Al", "Ti"]).get_n_splits() == 2
    with pytest.raises(ValueError, match="pass groups=formulas"):
        LeaveOneElementOut().get_n_splits()


def test_structure_types_of_several_kinds_are_labels():
    types = [225, "Fm-3m", 227, "225"] * 3
    tests = [test for _train, test in PrototypeKFold(4).split(types, groups=types)]
    assert sorted(map(tuple, tests)) == [(n, n + 4, n + 8) for n in range(4)]


@pytest.mark.parametrize("kind", ["period", "zones"])
def test_times_of_every_kind_have_an_order(kind):
    days = pd.date_range("2020-01-01", periods=12, freq="MS")
    if kind == "period":
        times = pd.Series(pd.PeriodIndex(days, freq="M"))
    else:
        zones = ["UTC", "Asia/Tokyo", "America/New_York"] * 4
        times = pd.Series(
            [d.tz_localize(z) for d, z in zip(days, zones, strict=True)], dtype=object
        )
    found = [test.tolist() for _train, test in TimeSplit(2).split(times, groups=times)]
    assert found == [[4, 5, 6, 7], [8, 9, 10, 11]]
