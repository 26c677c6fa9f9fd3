import importlib
from pathlib import Path

import numpy as np

from matnn_lab.models.cgcnn_runs import SPLITS, trained_networks, training_runs

SCRIPTS = Path(__file__).parents[2] / "scripts"


def test_every_split_was_tried_with_both_networks_on_three_draws():
    runs = training_runs()
    count = runs[runs["purpose"] == "test"].groupby(["split", "network"])["seed"].nunique()
    assert set(count.index.get_level_values("split")) == set(SPLITS)
    assert len(count) == 2 * len(SPLITS)
    assert (count == 3).all()


def test_the_table_holds_the_runs_of_the_script_in_its_order(monkeypatch):
    monkeypatch.syspath_prepend(SCRIPTS)
    script = importlib.import_module("train_cgcnn")
    runs, settings = training_runs(), list(script.settings())
    names = ["purpose", "network", "split", "seed"]
    assert list(runs[names].itertuples(index=False, name=None)) == [run[:4] for run in settings]
    for (_row, run), (*_names, size, epochs, special) in zip(
        runs.iterrows(), settings, strict=True
    ):
        if run["network"] == "CGCNN":
            assert run["learning_rate"] == special
        else:
            assert run["widths"] == ", ".join(map(str, special))
        if size is None:
            assert run["epochs"] == epochs
        else:  # a part of the crystals, for as many steps as all of them
            assert run["n_train"] == size
            assert run["epochs"] > epochs


def test_choices_were_made_without_test_crystals():
    runs = training_runs()
    assert runs.loc[runs["purpose"] == "choose", "test_mae"].isna().all()
    assert runs.loc[runs["purpose"] != "choose", "test_mae"].notna().all()
    assert runs["validation_mae"].notna().all()


def test_the_kept_epoch_is_the_best_of_the_validation_curve():
    runs = training_runs()
    graphs = runs[runs["network"] == "CGCNN"]
    for _row, run in graphs.iterrows():
        assert len(run["validation_curve"]) == run["epochs"]
        np.testing.assert_allclose(run["validation_curve"].min(), run["validation_mae"], rtol=1e-3)
    assert (runs.loc[runs["network"] != "CGCNN", "validation_curve"].map(len) == 0).all()


def test_the_graph_is_better_than_the_label_on_every_draw_of_every_split():
    runs = training_runs()
    tests = runs[runs["purpose"] == "test"].pivot_table(
        index=["split", "seed"], columns="network", values="test_mae"
    )
    assert (tests["CGCNN"] < tests["formula + label"]).all()


def test_the_label_with_the_volume_is_as_good_as_the_graph_for_new_formulas():
    runs = training_runs()
    runs = runs[runs["purpose"].isin(["test", "control"]) & (runs["split"] == "new formulas")]
    tests = runs.pivot_table(index="seed", columns="network", values="test_mae")
    volume = tests["formula + label + volume"]
    assert (volume < tests["formula + label"]).all()
    assert abs(volume.mean() / tests["CGCNN"].mean() - 1) < 0.1


def test_the_learning_rate_was_compared_on_one_draw_and_the_passes_on_three():
    runs = training_runs()
    graphs = runs[(runs["network"] == "CGCNN") & (runs["split"] == "new formulas")]
    graphs = graphs[graphs["purpose"].isin(["choose", "test"])]
    draws = graphs.groupby(["learning_rate", "epochs"])["seed"].agg(set).to_dict()
    assert draws == {
        (0.01, 100): {0},
        (0.02, 50): {0, 1, 2},
        (0.02, 100): {0, 1, 2},
        (0.02, 200): {0, 1, 2},
        (0.04, 100): {0},
    }


def test_the_kept_networks_differ_and_were_trained_until_the_rate_was_zero():
    (one, of_one), (other, of_other) = trained_networks()
    assert not one.training
    assert not one.element_vectors().allclose(other.element_vectors())
    for curve in (of_one, of_other):
        assert len(curve) == 100
        assert curve.min() < 0.15
        np.testing.assert_allclose(curve[-5:], curve[-1], rtol=0.05)
