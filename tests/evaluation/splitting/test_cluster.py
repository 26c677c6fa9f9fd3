"""Members of an ensemble and folds of a split train on the workers of a cluster as they do here."""

import numpy as np
import pytest
from joblib import parallel_config
from sklearn.linear_model import Ridge

from matnn_lab.evaluation.splitting.folds import predict_folds
from matnn_lab.evaluation.splitting.splits import FormulaKFold
from matnn_lab.training.regressor import NetworkRegressor

distributed = pytest.importorskip("distributed")
SMALL = {"hidden": (8,), "epochs": 3, "batch_size": 16}


@pytest.fixture(scope="module")
def cluster():
    options = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": None}
    with distributed.LocalCluster(**options) as local, distributed.Client(local) as client:
        yield client


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    inputs = rng.normal(size=(80, 4))
    return inputs, inputs @ rng.normal(size=4), [f"Fe{n + 1}O" for n in range(80)]


def tasks_done(dask_worker) -> int:
    return dask_worker.state.executed_count


def test_an_ensemble_from_two_workers_is_the_same_ensemble(cluster, data):
    inputs, targets, _formulas = data
    here = NetworkRegressor(**SMALL, n_members=2).fit(inputs, targets)
    with parallel_config(backend="dask"):
        there = NetworkRegressor(**SMALL, n_members=2).fit(inputs, targets)
    np.testing.assert_allclose(there.predict(inputs), here.predict(inputs), rtol=1e-6)
    assert sum(cluster.run(tasks_done).values()) > 0


def test_folds_from_two_workers_are_the_same_folds(cluster, data):
    before = sum(cluster.run(tasks_done).values())
    here = predict_folds(Ridge(), *data[:2], FormulaKFold(2), data[2])
    with parallel_config(backend="dask"):
        there = predict_folds(Ridge(), *data[:2], FormulaKFold(2), data[2])
    np.testing.assert_allclose(there, here, rtol=1e-6)
    assert sum(cluster.run(tasks_done).values()) > before
