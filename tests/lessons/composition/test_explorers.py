import numpy as np
import pandas as pd
import pytest

from matnn_lab.lessons.composition.explorers import (
    feature_explorer,
    mixing_explorer,
    polymorph_explorer,
)

MEASURED = pd.DataFrame(
    {
        "formula": ["AlNi", "AlNi3", "Al2O3", "NiO", "Ni2Al3O4", "Al"],
        "formation_enthalpy_ev_per_atom": [-0.64, -0.42, -3.46, -1.24, -2.0, 0.0],
    }
)
CRYSTALS = pd.DataFrame(
    {
        "formula": ["ZnS"] * 4 + ["MgO"] * 2,
        "prototype": list("abcdef"),
        "formation_energy_ev_per_atom": [-1.0, -0.9, -0.2, -0.5, -3.0, -2.8],
    }
)


def traces(figure):
    return {trace.name: trace for trace in figure.data}


@pytest.fixture
def mixing():
    models = {"flat": lambda formulas: [-0.5] * len(formulas), "line": share_of_nickel}
    return mixing_explorer(models, MEASURED, ["Al-Ni", "Ni-O"])


def share_of_nickel(formulas):
    return [-formula.get("Ni", 0.0) for formula in formulas]


def test_mixing_shows_the_compounds_of_the_two_elements_only(mixing):
    shown = traces(mixing.figure(system="Al-Ni"))["measured"]
    assert list(shown.text) == ["AlNi", "AlNi3"]
    np.testing.assert_allclose(shown.x, [0.5, 0.75])
    assert list(traces(mixing.figure(system="Ni-O"))["measured"].text) == ["NiO"]


def test_mixing_runs_from_the_first_element_to_the_second(mixing):
    curve = traces(mixing.figure(model="line"))["predicted"]
    np.testing.assert_allclose(curve.y, -np.linspace(0, 1, len(curve.y)))
    here = traces(mixing.figure(model="line", x=0.3))["you are here"]
    np.testing.assert_allclose([here.x[0], here.y[0]], [0.3, -0.3])
    assert "predicted −0.30" in mixing.figure(model="line", x=0.3).layout.title.text.replace(
        "-", "−"
    )


def test_polymorph_errors_are_those_of_the_answer():
    explorer = polymorph_explorer(CRYSTALS, np.full(6, -0.7), ["ZnS", "MgO"])
    shown = traces(explorer.figure(formula="ZnS", answer=0.5))
    energies = np.array([-1.0, -0.9, -0.5, -0.2])
    np.testing.assert_allclose(shown["structures"].y, energies)
    said = -0.6
    expected = [np.abs(energies - said).mean(), np.sqrt(((energies - said) ** 2).mean())]
    np.testing.assert_allclose(shown["errors of your answer"].y, expected)


def test_no_answer_to_polymorphs_is_below_the_floor_in_the_title():
    explorer = polymorph_explorer(CRYSTALS, np.full(6, -0.7), ["ZnS", "MgO"])
    for step in range(11):
        figure = explorer.figure(answer=step / 10)
        assert traces(figure)["MAE"].y.min() >= 0.3 - 1e-9
        assert "floor 0.300" in figure.layout.title.text


def test_features_are_drawn_with_their_rank_correlation():
    features = pd.DataFrame(
        {
            f"{s} {p}": v
            for p in "XY"
            for s, v in [("mean", [1.0, 2, 3, 4]), ("range", [4.0, 3, 2, 1])]
        }
    )
    explorer = feature_explorer(
        features, [-1.0, -2, -3, -9], {"x": "X", "y": "Y"}, ["mean", "range"]
    )
    assert "-1.00" in explorer.figure(statistic="mean").layout.title.text
    assert "+1.00" in explorer.figure(statistic="range").layout.title.text
    assert explorer.figure().layout.xaxis.title.text == "mean X"
