import numpy as np
import pandas as pd
import pytest

from matnn_lab.lessons.splits.explorers import element_errors, element_explorer, split_explorer

QUESTIONS = {"random": "Can it fill a gap?", "formula": "A new alloy?", "time": "Next year?"}


def predictions(seed, off, n=200):
    rng = np.random.default_rng(seed)
    true = rng.normal(size=n)
    columns = {"fold": 1, "row": np.arange(n), "true": true, "predicted": true + off}
    return pd.DataFrame(columns).assign(baseline=0.5)


TABLES = {
    "alloys": {"random": predictions(0, 0.1), "formula": predictions(0, -0.3)},
    "minerals": {
        "random": predictions(1, 0.2),
        "formula": predictions(1, 0.4),
        "time": predictions(1, 0.8).iloc[100:],
    },
}
TESTED = pd.DataFrame(
    {
        "element": ["F", "F", "Er", "Er"],
        "formula": ["LiF", "NaF", "ErAl2", "Er2O3"],
        "true": [-3.2, -3.0, -0.5, -3.9],
        "seen": [-3.0, -2.8, -0.4, -4.0],
        "unseen": [-1.2, -1.0, -0.6, -3.8],
        "baseline": [-1.0, -1.0, -0.9, -0.9],
    }
)


def traces(figure):
    return {trace.name: trace for trace in figure.data}


@pytest.fixture
def splits():
    return split_explorer(TABLES, {"alloys": "MPa", "minerals": "g/cm³"}, QUESTIONS)


def test_the_bars_are_the_errors_under_each_split(splits):
    shown = traces(splits.figure(table="minerals", split=2))["extra trees"]
    assert list(shown.y) == ["1 random", "2 formula", "3 time"]
    np.testing.assert_allclose(shown.x, [0.2, 0.4, 0.8])
    assert len(set(shown.marker.color)) == 2
    assert shown.marker.color[1] != shown.marker.color[0]


def test_the_same_materials_are_drawn_under_every_split(splits):
    near, far = (traces(splits.figure(split=split))["materials"] for split in (1, 2))
    np.testing.assert_allclose(near.x, far.x)
    np.testing.assert_allclose(far.y - near.y, -0.4)
    assert len(near.x) == 150


def test_materials_that_are_tested_under_all_splits_are_drawn_first(splits):
    assert len(traces(splits.figure(table="minerals", split=3))["materials"].x) == 100


def test_a_split_that_a_table_lacks_is_said_to_be_unanswered(splits):
    figure = splits.figure(table="alloys", split=3)
    assert "cannot answer" in figure.layout.title.text
    assert "materials" not in traces(figure)
    assert "Next year?" in figure.layout.title.text


def test_the_title_names_error_and_baseline_with_their_unit(splits):
    title = splits.figure(table="minerals", split=3).layout.title.text
    baseline = (TABLES["minerals"]["time"]["true"] - 0.5).abs().mean()
    assert f"MAE 0.8, always the mean {baseline:.3g} g/cm³" in title


def test_element_errors_are_means_over_its_compounds():
    summary = element_errors(TESTED)
    np.testing.assert_allclose(summary.loc["F", ["seen", "unseen", "baseline"]], [0.2, 2.0, 2.1])
    np.testing.assert_allclose(summary.loc["Er", "unseen"], 0.1)
    assert summary["compounds"].tolist() == [2, 2]


def test_elements_stand_where_the_periodic_table_has_them():
    figure = element_explorer(TESTED, ["F", "Er"], "eV/atom").figure(element="F")
    symbols, chosen = figure.data[-2], figure.data[-1]
    place = dict(zip(symbols.text, zip(symbols.x, symbols.y, strict=True), strict=True))
    assert place["F"] == (17, 2)
    assert place["Er"][1] > 7  # below the table, with the other lanthanides
    assert (chosen.x[0], chosen.y[0]) == place["F"]


def test_only_compounds_of_the_chosen_element_are_drawn():
    shown = traces(element_explorer(TESTED, ["F", "Er"], "eV/atom").figure(element="Er"))
    assert list(shown["element never seen"].text) == ["ErAl2", "Er2O3"]
    np.testing.assert_allclose(shown["element in training"].y, [-0.4, -4.0])
