"""The stored predictions are whole, and come back as they were packed."""

import numpy as np
import pandas as pd
import pytest

from matnn_lab.lessons.uncertainty import runs

TABLES = {name: runs.predictions(name) for name in runs.SHA256}


@pytest.mark.parametrize("name", TABLES)
def test_every_run_has_three_parts_that_share_nothing(name):
    table = TABLES[name]
    for _run, rows in table.groupby(["split", "number", "epochs"]):
        assert rows["row"].is_unique
        assert set(rows["part"]) == {"train", "calibration", "test"}
        share = (rows["part"] == "calibration").sum() / (rows["part"] != "test").sum()
        assert share == pytest.approx(0.2, abs=0.01)


@pytest.mark.parametrize("name", TABLES)
def test_only_rows_outside_training_are_predicted(name):
    table = TABLES[name]
    asked = table["part"] != "train"
    predicted = table[list(runs.COLUMNS)]
    assert predicted[asked].notna().all(axis=None)
    assert predicted[~asked].isna().all(axis=None)
    assert (table.loc[asked, ["std", "dropout std"]] > 0).all(axis=None)


def test_seeds_and_folds_are_all_there():
    count = {
        name: table.groupby(["split", "epochs"])["number"].nunique()
        for name, table in TABLES.items()
    }
    assert (count["enthalpies"] == 3).all()
    assert len(count["enthalpies"]) == 8  # seven splits, one of them trained twice as long too
    for name, split in (("crystals", "new types"), ("alloys", "new papers")):
        assert count[name].xs(split).tolist() == [15]
        assert (count[name].drop(split) == 3).all()


def test_twice_the_epochs_hardly_lower_the_validation_loss_of_the_ensemble():
    table = TABLES["enthalpies"]
    table = table[table["split"] == "random"]
    usual, longer = table.groupby("epochs")["validation"].mean()
    assert longer > 0.85 * usual


def test_every_strategy_was_played_with_five_seeds_and_never_lost_a_hit():
    table = runs.searches()
    assert (table.groupby("strategy")["seed"].nunique() == 5).all()
    assert len(table) == 20
    assert (table[["found 1", "found 2", "found 3"]].diff(axis=1).iloc[:, 1:] >= 0).all(axis=None)
    assert (table[["MAE", "trivial"]] > 0).all(axis=None)


def test_numbers_come_back_to_the_last_step():
    rng = np.random.default_rng(0)
    part = np.array([1, 2, 0, 3, 3])
    said = pd.DataFrame(rng.normal(size=(3, 4)), columns=runs.COLUMNS)
    said["std"], said["dropout std"] = [0.0, 0.2, 0.3], 0.1
    about = {"split": "drawn", "number": 0, "epochs": 9, "validation": 0.5, "dropout validation": 1}
    table = runs.unpack(runs.pack([about], [part], [said], 0.01), 0.01)
    assert table["part"].tolist() == ["train", "calibration", "test", "test"]
    assert table["row"].tolist() == [0, 1, 3, 4]
    found = table.loc[1:, list(runs.COLUMNS)].to_numpy()
    said.loc[0, "std"] = 0.01  # a spread of nothing could not be divided by
    np.testing.assert_allclose(found, said.to_numpy(), atol=0.0101)
    assert (table["epochs"] == 9).all()


def test_an_unknown_table_is_named():
    with pytest.raises(ValueError, match="no table 'glasses'; choose one of enthalpies"):
        runs.predictions("glasses")
