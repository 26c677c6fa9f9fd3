"""The figures of notebook 04's explorers show what their fits and histories say."""

import numpy as np
import pandas as pd
import pytest

from matnn_lab.lessons.overfitting_and_regularisation import explorers

FRACTION = np.array([0, 0.26, 0.5, 0.52, 0.684, 0.83, 0.852, 0.9, 1])
ENTHALPY = np.array([0, -0.177, -0.436, -0.317, -0.324, -0.303, -0.209, -0.134, 0])
FORMULAS = [
    "Er",
    "Er37Ni13",
    "ErNi",
    "Er12Ni13",
    "Er79Ni171",
    "Er17Ni83",
    "Er37Ni213",
    "ErNi9",
    "Ni",
]


@pytest.fixture(scope="module")
def runs():
    epochs = np.arange(1, 21)
    curves = {
        "epoch": epochs,
        "training": 0.9**epochs,
        "validation": 0.4 + 0.001 * (epochs - 7.0) ** 2,
    }
    frame = pd.DataFrame(curves)
    return {(n, remedy): frame for n in (50, 100) for remedy in ("none", "dropout")}


def test_a_polynomial_with_as_many_weights_as_points_passes_through_all():
    assert explorers.training_error(FRACTION, ENTHALPY, 8) < 1e-9
    assert explorers.training_error(FRACTION, ENTHALPY, 7) > 1e-3


def test_a_polynomial_without_decay_is_numpys():
    weights = explorers.fit_polynomial(FRACTION, ENTHALPY, 3)
    assert np.allclose(weights, np.polyfit(2 * FRACTION - 1, ENTHALPY, 3)[::-1])


def test_weight_decay_minimizes_its_loss():
    degree, decay = 4, 0.01
    weights = explorers.fit_polynomial(FRACTION, ENTHALPY, degree, decay)

    def loss(w):
        error = explorers.powers(FRACTION, degree) @ w - ENTHALPY
        return np.mean(error**2) + decay * np.sum(w[1:] ** 2)

    for change in np.vstack([np.eye(5), -np.eye(5)]):
        assert loss(weights + 1e-4 * change) > loss(weights)


def test_strong_decay_leaves_the_mean():
    weights = explorers.fit_polynomial(FRACTION, ENTHALPY, 5, decay=1e9)
    assert np.allclose(weights, [ENTHALPY.mean(), 0, 0, 0, 0, 0], atol=1e-6)


def test_left_out_compounds_are_not_seen():
    fraction, enthalpy = np.array([0, 0.5, 1]), np.array([0, -1.0, 0])
    assert np.isclose(explorers.left_out_error(fraction, enthalpy, 1), 1.0)


def test_capacity_figure_shows_what_was_left_out():
    fig = explorers.capacity_figure(FRACTION, ENTHALPY, FORMULAS, degree=3, left_out=2)
    measured, left_out = fig.data[0], fig.data[1]
    assert len(measured.x) == 8
    assert (left_out.x[0], left_out.y[0]) == (0.5, -0.436)
    assert "ErNi missed by" in fig.layout.title.text


def test_capacity_figure_without_a_compound_left_out_shows_all():
    fig = explorers.capacity_figure(
        FRACTION, ENTHALPY, FORMULAS, degree=8, left_out=explorers.NONE_LEFT_OUT
    )
    assert len(fig.data[0].x) == 9
    assert fig.layout.title.text == "Degree 8: training error 0.000 eV/atom"


def test_decay_figure_marks_the_decay_that_is_chosen():
    fig = explorers.decay_figure(FRACTION, ENTHALPY, decay=0.01, degree=8)
    assert tuple(fig.data[-1].x) == (0.01, 0.01)
    errors = {trace.name: trace.y for trace in fig.data}
    assert list(errors["training error"]) == sorted(errors["training error"])


def test_training_figure_marks_the_lowest_validation_error(runs):
    fig = explorers.training_figure(runs, 0.96, n=100, remedy="dropout")
    star = next(trace for trace in fig.data if trace.name == "lowest validation error")
    assert star.x[0] == 7
    assert np.isclose(star.y[0], 0.4)


def test_training_explorer_offers_what_was_trained(runs):
    explorer = explorers.training_explorer(runs, 0.96)
    assert explorer.controls["n"].values == (50, 100)
    assert explorer.controls["remedy"].texts == ("none", "dropout")
