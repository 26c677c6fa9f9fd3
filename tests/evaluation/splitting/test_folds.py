import numpy as np
import pandas as pd
import pytest
from ase.build import bulk
from pymatgen.core import Lattice, Structure
from scipy.sparse import csr_array
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.linear_model import BayesianRidge, LogisticRegression, Ridge
from sklearn.model_selection import KFold, PredefinedSplit, cross_val_predict

from matnn_lab.evaluation.splitting.folds import predict_folds
from matnn_lab.evaluation.splitting.leave_out import LeaveOneElementOut


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    inputs = rng.normal(size=(40, 3))
    return inputs, inputs @ [1.0, 2.0, 3.0] + 10


def test_predictions_are_those_of_cross_val_predict(data):
    folds = predict_folds(Ridge(), *data, KFold(4))
    np.testing.assert_array_equal(folds["row"], np.arange(40))
    np.testing.assert_array_equal(
        folds["predicted"], cross_val_predict(Ridge(), *data, cv=KFold(4))
    )
    np.testing.assert_array_equal(folds["true"], data[1])
    assert folds["fold"].tolist() == np.repeat([1, 2, 3, 4], 10).tolist()


def test_baseline_is_the_mean_of_the_training_targets(data):
    folds = predict_folds(Ridge(), *data, KFold(2))
    assert folds["baseline"].unique() == pytest.approx([data[1][20:].mean(), data[1][:20].mean()])


def test_a_row_is_tested_as_often_as_the_splitter_says(data):
    formulas = ["FeO", "Fe", "O", "MgO"] * 10
    splitter = LeaveOneElementOut(["Fe", "O"])
    folds = predict_folds(Ridge(), pd.DataFrame(data[0]), data[1], splitter, formulas)
    assert folds.groupby("row").size()[:4].to_dict() == {0: 2, 1: 1, 2: 1, 3: 1}


def test_standard_deviations_come_along(data):
    folds = predict_folds(BayesianRidge(), *data, KFold(2), return_std=True)
    assert (folds["std"] > 0).all()


def test_a_fold_without_training_rows_is_named(data):
    with pytest.raises(ValueError, match="Fold 1 has 0 training and 40 test rows"):
        predict_folds(Ridge(), *data, PredefinedSplit(np.zeros(40)))


class NeverTrained(Ridge):
    def fit(self, X, y):
        raise AssertionError("was trained")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda y: y[:, None], r"The targets have the shape \(40, 1\)"),
        (lambda y: y[:30], "30 targets were given for 40 rows"),
        (lambda y: np.where(y == y[0], np.nan, y), "1 of 40 targets are missing"),
        (lambda y: y.astype(str) + " eV", "The targets cannot be read as numbers"),
    ],
)
def test_targets_are_checked_before_anything_is_trained(data, change, message):
    with pytest.raises(ValueError, match=message):
        predict_folds(NeverTrained(), data[0], change(data[1]), KFold(4))


def test_a_classifier_predicts_classes_beside_the_most_frequent_one(data):
    inputs, numbers = data
    phase = np.where(numbers > np.quantile(numbers, 0.3), "FCC", "BCC")
    folds = predict_folds(LogisticRegression(), inputs, phase, KFold(4))
    assert folds["true"].tolist() == phase.tolist()
    assert set(folds["predicted"]) == {"BCC", "FCC"}
    assert (folds["baseline"] == "FCC").all()
    assert (folds["predicted"] == folds["true"]).mean() > 0.8


def test_a_missing_class_is_refused(data):
    with pytest.raises(ValueError, match="1 of 40 targets are missing"):
        predict_folds(LogisticRegression(), data[0], [None] + ["a", "b", "c"] * 13, KFold(4))


def test_a_number_of_folds_and_a_sparse_matrix_are_taken(data):
    inputs, targets = (np.asarray(each) for each in data)
    plain = predict_folds(Ridge(), inputs, targets, KFold(3))
    pd.testing.assert_frame_equal(predict_folds(Ridge(), inputs, targets, 3), plain)
    sparse = predict_folds(Ridge(), csr_array(inputs), targets, 3)
    assert sparse["row"].tolist() == plain["row"].tolist()


def test_a_model_without_a_standard_deviation_is_told(data):
    with pytest.raises(ValueError, match="Ridge gives no standard deviation"):
        predict_folds(Ridge(), *data, 3, return_std=True)


class CountsSites(RegressorMixin, BaseEstimator):
    def fit(self, X, y):
        return self

    def predict(self, X):
        return np.array([float(len(structure)) for structure in X])


def test_a_list_of_structures_stays_a_list_of_structures():
    salt = Structure(Lattice.cubic(4), ["Na", "Cl"], [[0] * 3, [0.5] * 3])
    structures = [salt, salt * 2, salt, salt * 2]
    table = predict_folds(CountsSites(), structures, [2.0, 16.0, 2.0, 16.0], 2)
    assert table["predicted"].tolist() == [2.0, 16.0, 2.0, 16.0]
    atoms = [bulk("Cu"), bulk("Fe", cubic=True)] * 2
    assert (
        predict_folds(CountsSites(), atoms, [1.0, 2.0] * 2, 2)["predicted"].tolist() == [1, 2] * 2
    )
