"""The stored errors of notebook 16 are those of its script."""

import importlib
from pathlib import Path

import numpy as np
import pytest

from matnn_lab.datasets import minerals, prototype_crystals
from matnn_lab.evaluation import TimeSplit
from matnn_lab.lessons.splits.runs import (
    CRYSTAL_COLUMNS,
    MINERAL_SPLITS,
    SEEDS,
    crystal_runs,
    mineral_runs,
)
from matnn_lab.representations.composition import composition_features


@pytest.fixture
def script(monkeypatch):
    monkeypatch.syspath_prepend(Path(__file__).parents[3] / "scripts")
    return importlib.import_module("train_splits")


def test_the_table_holds_the_runs_of_the_script_in_its_order(script):
    table = crystal_runs()
    assert tuple(table) == CRYSTAL_COLUMNS
    assert list(table.iloc[:, :4].itertuples(index=False, name=None)) == list(script.planned())
    assert (table.groupby(list(CRYSTAL_COLUMNS[:3]))["seed"].agg(tuple) == SEEDS).all()


def test_one_cut_has_one_mean_however_the_crystals_are_described():
    table = crystal_runs()
    assert (table.groupby(["split", "seed"])["mean"].nunique() == 1).all()
    assert (table["model"] < 0.6 * table["mean"]).all()


def test_a_run_that_the_notebook_does_not_repeat_can_be_repeated(script):
    crystals = prototype_crystals()
    inputs = composition_features(crystals["formula"]).to_numpy(np.float32)
    run = script.Run("formula alone", 5, "random", 2)
    names = ["description", "crystals in a leaf", "split", "seed"]
    stored = crystal_runs().set_index(names).loc[run]
    again = script.errors(run, crystals, inputs)
    assert again == pytest.approx((stored["model"], stored["mean"]), rel=0.02)


def test_the_periods_of_the_minerals_add_up_to_the_whole():
    table = mineral_runs()
    whole = table[table["period"] == "all"]
    assert list(zip(whole["split"], whole["seed"], strict=True)) == [
        (split, seed) for split in MINERAL_SPLITS for seed in SEEDS
    ]
    stones = minerals()
    counts = [len(test) for _train, test in TimeSplit(5).split(stones, groups=stones["year"])]
    for seed in SEEDS:
        run = table[(table["split"] == "time") & (table["seed"] == seed)].set_index("period")
        parts = run.drop("all")[["model", "mean"]]
        assert list(parts.index) == ["1", "2", "3", "4", "5"]
        summed = np.average(parts, axis=0, weights=counts)
        assert summed == pytest.approx(run.loc["all", ["model", "mean"]].to_numpy(float), abs=1e-5)
