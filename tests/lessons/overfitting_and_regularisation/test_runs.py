"""The stored runs are whole, and went on until nothing got better."""

import numpy as np
import pytest
import torch

from matnn_lab.lessons.overfitting_and_regularisation import runs


def test_every_remedy_was_tried_in_every_strength_on_the_same_twelve_draws():
    table = runs.remedy_runs()
    assert not table.isna().any().any()
    for name, strengths in runs.STRENGTHS.items():
        tried = table[table["remedy"] == name]
        assert sorted(tried["strength"].unique()) == sorted(strengths)
        assert (tried.groupby("strength")["draw"].nunique() == 12).all()
    assert (table["lowest_rmse"] <= table["validation_rmse"]).all()


def test_the_lowest_point_lies_well_before_the_end():
    """So that each side of a comparison was trained until validation no longer fell."""
    table = runs.remedy_runs()
    median = table.groupby(["remedy", "strength"])["best_epoch"].median()
    assert (median < 0.9 * runs.EPOCHS).all()


def test_twice_the_steps_change_little():
    table = runs.learning_runs()
    errors = table.pivot_table(index="n", columns="epochs", values="validation_rmse")
    assert list(errors.index) == list(runs.SIZES)
    short, long = runs.LEARNING_EPOCHS
    np.testing.assert_allclose(errors[short], errors[long], rtol=0.1)


def test_the_three_parts_share_nothing_and_are_scaled_by_the_first():
    data = runs.enthalpies()
    together = np.concatenate([data.train, data.validation, data.test])
    assert sorted(together) == list(range(2135))
    mean = data.x[data.train].mean(dim=0)
    torch.testing.assert_close(mean, torch.zeros(170), atol=1e-4, rtol=0)
    assert set(data.draw(100, 3)) <= set(data.train)


def test_gains_are_measured_draw_by_draw():
    table = runs.remedy_runs()
    compared = runs.against_none(table, "L2")
    none, tried = (table[table["remedy"] == name] for name in ("none", "L2"))
    tried = tried[tried["strength"] == 0.1]
    falls = none["validation_rmse"].to_numpy() - tried["validation_rmse"].to_numpy()
    assert compared.loc[0.1, "gain, at the end"] == pytest.approx(falls.mean())
    assert compared.loc[0.1, "±, at the end"] == pytest.approx(falls.std(ddof=1) / 12**0.5)


def test_l2_is_half_of_pytorchs_weight_decay():
    make_network, optimizer = runs.remedy("L2", 0.1)
    assert optimizer(make_network().parameters()).param_groups[0]["weight_decay"] == 0.2


def test_an_unknown_remedy_is_named():
    with pytest.raises(ValueError, match="'prayer' is not known; choose one of none, L2, AdamW"):
        runs.remedy("prayer", 1)


def test_trainings_were_followed_with_each_remedy_to_the_last_epoch():
    table = runs.followed_runs()
    assert not table.isna().any().any()
    counts = table.groupby(["n", "remedy"]).size()
    assert set(counts.index) == {(n, name) for n in runs.FOLLOWED_SIZES for name in runs.FOLLOWED}
    assert (counts == 3 * runs.EPOCHS // runs.NOTE_EVERY).all()
    assert table["epoch"].max() == runs.EPOCHS


def test_the_test_set_was_opened_for_no_remedy_and_the_one_that_validation_chose():
    table = runs.test_set_runs()
    chosen = runs.against_none(runs.remedy_runs(), "L2")["stopped"].idxmin()
    assert set(zip(table["remedy"], table["strength"], strict=True)) == {
        ("none", 0),
        ("L2", chosen),
    }
    draws = sorted(draw for group in runs.TEST_DRAWS for draw in group)
    for _remedy, found in table.groupby("remedy"):
        assert sorted(found["draw"]) == draws
    assert (table["mae"] < table["rmse"]).all()
