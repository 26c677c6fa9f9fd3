from importlib.util import find_spec

import numpy as np
import pandas as pd
import pytest
import torch

from matnn_lab.datasets.viscosity import OXIDES
from matnn_lab.lessons.capstone import runs


def melts(n=60, seed=0):
    """Made-up rows (computed): three compositions a paper, viscosities on a VFT curve."""
    rng = np.random.default_rng(seed)
    x = np.repeat(rng.dirichlet(np.ones(len(OXIDES)), n // 4), 4, axis=0)
    frame = pd.DataFrame((100 * x).round(2), columns=list(OXIDES))
    frame["temperature_k"] = rng.uniform(900, 1800, len(frame)).round(1)
    frame["log10_viscosity_pa_s"] = (-4 + 6000 / (frame["temperature_k"] - 500)).round(3)
    frame["paper"] = [f"paper {k // 12}" for k in range(len(frame))]
    return frame


def test_papers_that_share_three_rows_are_one_family_and_chains_are_followed():
    table = melts()
    copies = pd.concat([table.iloc[:3], table.iloc[13:16], table.iloc[30:32]])
    copies["paper"] = ["compilation"] * 6 + ["chance"] * 2
    table = pd.concat([table, copies], ignore_index=True)
    family = pd.Series(runs.families(table), index=table["paper"]).groupby(level=0).first()
    assert family["paper 0"] == family["compilation"] == family["paper 1"]
    assert family["chance"] != family["paper 2"]
    assert family.nunique() == len(family) - 2
    assert runs.shared_rows(table)["chance", "paper 2"] == 2


def test_repeats_water_estimates_and_rows_without_a_paper_are_taken_out():
    table = melts()
    odd = table.iloc[:4].copy()
    odd["paper"] = ["paper 0", None, "estimated with X", "water"]
    odd.loc[odd.index[1:], "temperature_k"] += 1
    odd.iloc[3, : len(OXIDES)] = [0] * 11 + [100]
    found = runs.prepared(pd.concat([table, odd], ignore_index=True))
    assert len(found) == len(table)
    assert found["composition"].nunique() == 15


@pytest.mark.parametrize("split", runs.SPLITS)
def test_folds_and_what_is_set_aside_share_no_unit(split):
    table = runs.prepared(melts(240))
    groups = runs.unit(table, split)
    tested = []
    for train, test in runs.folds(table, split, 1):
        rows, held = runs.set_aside(table, train, split, seed=3)
        assert set(rows) | set(held) == set(train)
        tested += list(test)
        if groups is not None:
            parts = [set(groups[part]) for part in (rows, held, test)]
            assert len(set.union(*parts)) == sum(map(len, parts))
    assert sorted(tested) == list(range(len(table)))


def test_silica_has_no_broken_bridges_and_soda_silicate_has_two_thirds():
    rows = pd.DataFrame(0.0, index=range(2), columns=list(OXIDES))
    rows["sio2"], rows["na2o"] = [100, 75], [0, 25]
    assert np.allclose(runs.structure(rows)[:, 0], [0, 2 / 3])


def test_the_glass_transition_is_read_between_two_rows():
    rows = melts(4)
    rows["temperature_k"] = [1000.0, 800.0, 1500.0, 700.0]
    rows["log10_viscosity_pa_s"] = [11.0, 13.0, 2.0, 15.0]
    found = runs.glass_transitions(rows.assign(family=0, composition=0))
    assert found["tg_k"].item() == pytest.approx(2 / (1 / 1000 + 1 / 800))


def test_a_perfect_order_finds_the_lowest_tenth_and_a_constant_finds_chance():
    asked = pd.DataFrame({"tg_k": np.arange(700.0, 900.0, 10)})
    assert runs.ranked(asked, asked["tg_k"])["precision"] == 1
    chance = runs.ranked(asked, np.full(20, 800.0))
    assert chance["precision"] == chance["by_chance"] == 0.1
    assert chance["spearman"] == 0


@pytest.mark.parametrize("name", runs.MODELS)
def test_each_network_learns_made_up_melts(name):
    table = runs.prepared(melts(240))
    z, y = runs.inputs(table), runs.target(table)
    rows, held = runs.set_aside(table, np.arange(len(table)), "by composition", 0)
    trained = runs.train(name, z, y, rows, held, 0, epochs=60, hidden=(16,))
    assert runs.rmse(y[held], trained.predict(z[held])) < 0.7 * float(y.std())


def test_the_stored_scores_are_of_all_folds_and_hold_no_row_of_the_data():
    found = runs.stored()
    scores = found[found["part"] == "scores"]
    names = ["split", "model", "inputs", "setting", "repeat"]
    assert (scores.groupby(names)["fold"].nunique() == runs.N_FOLDS).all()
    assert not set(found.columns) & {*OXIDES, "temperature_k", "log10_viscosity_pa_s", "paper"}
    assert runs.STORED.stat().st_size < 300_000


@pytest.mark.skipif(find_spec("gpvisc") is None, reason="gpvisc is not installed")
def test_the_stored_error_of_the_mean_is_that_of_the_folds():
    table = runs.prepared()
    y = table["log10_viscosity_pa_s"].to_numpy()
    train, test = runs.folds(table, runs.SPLITS[-1], 0)[0]
    found = runs.stored().query(
        "part == 'scores' and model == 'mean' and split == @runs.SPLITS[-1]"
    )
    first = found[(found["repeat"] == 0) & (found["fold"] == 0)]["rmse"].item()
    assert runs.rmse(y[test], np.full(len(test), y[train].mean())) == pytest.approx(first, abs=1e-3)
    assert torch.isfinite(runs.inputs(table, "oxides + structure")).all()
