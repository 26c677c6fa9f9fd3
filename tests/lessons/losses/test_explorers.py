from itertools import product

import numpy as np
import pytest

from matnn_lab.datasets import alloys
from matnn_lab.lessons.losses import explorers

PHASES = ("BCC", "FCC", "other")


@pytest.fixture(scope="module")
def hardness():
    frame = alloys()
    chosen = frame[frame["formula"] == "Al1 Co1 Cr1 Fe1 Ni1"]
    return chosen["hardness_hv"].dropna().to_numpy()


@pytest.fixture(scope="module")
def trained():
    rng = np.random.default_rng(0)
    observed = rng.choice(3, 200, p=[0.35, 0.15, 0.5])
    logits = rng.normal(size=(4, 200, 3)) + 2 * np.eye(3)[observed]
    p = np.exp(logits) / np.exp(logits).sum(axis=2, keepdims=True)
    return dict(zip((0, 0.5, 1, 1.5), p, strict=True)), observed


def named(figure, name):
    return next(trace for trace in figure.data if trace.name == name)


def estimates(figure):
    return {name: named(figure, name).x[0] for name in ("mean", "median", "Huber estimate")}


def test_only_the_mean_follows_a_far_measurement(hardness):
    near = estimates(explorers.outlier_figure(hardness, value=600, delta=30))
    far = estimates(explorers.outlier_figure(hardness, value=4747, delta=30))
    assert far["mean"] - near["mean"] == pytest.approx((4747 - 600) / 10)
    assert far["median"] == near["median"]
    assert far["Huber estimate"] == pytest.approx(near["Huber estimate"], abs=1e-3)


def test_delta_leads_from_the_median_to_the_mean(hardness):
    found = [explorers.huber_location(hardness, delta) for delta in (0.01, 30, 1e5)]
    assert found[0] == pytest.approx(np.median(hardness), abs=0.1)
    assert found[2] == pytest.approx(hardness.mean(), abs=1e-6)
    assert found[2] < found[1] < found[0]


def test_each_loss_curve_is_lowest_at_its_estimate(hardness):
    figure = explorers.outlier_figure(hardness, value=2000, delta=100)
    curves = {
        "mean squared error": "mean",
        "mean absolute error": "median",
        "Huber": "Huber estimate",
    }
    for curve, estimate in curves.items():
        trace = named(figure, curve)
        assert min(trace.y) == 1
        assert trace.x[np.argmin(trace.y)] == pytest.approx(estimates(figure)[estimate], abs=6)


def test_hubers_loss_is_pytorchs():
    import torch

    residuals = np.random.default_rng(1).normal(size=50)
    for delta in (0.1, 1.0, 5.0):
        theirs = torch.nn.functional.huber_loss(
            torch.tensor(residuals), torch.zeros(50, dtype=torch.float64), delta=delta
        )
        assert np.mean(explorers.huber(residuals, delta)) == pytest.approx(theirs.item(), abs=1e-9)


def test_probabilities_add_up_to_one_and_slopes_to_zero():
    explorer = explorers.softmax_explorer()
    for values in product(*(control.values for control in explorer.controls.values())):
        figure = explorer.figure(**dict(zip(explorer.controls, values, strict=True)))
        assert sum(named(figure, "probability").y) == pytest.approx(1)
        assert sum(named(figure, "slope").y) == pytest.approx(0, abs=1e-12)
        low, high = figure.layout.yaxis2.range
        assert low < min(named(figure, "slope").y)
        assert max(named(figure, "slope").y) < high


def test_the_slope_is_the_finite_difference_of_the_loss():
    def loss(logit, temperature):
        z = np.array([logit, 0.0, 1.0]) / temperature
        return np.log(np.exp(z).sum()) - z[0]

    for logit, temperature in product((-2.0, 0.0, 4.0), (0.5, 1.0, 20.0)):
        figure = explorers.softmax_figure(logit=logit, temperature=temperature, observed="FCC")
        difference = (loss(logit + 1e-5, temperature) - loss(logit - 1e-5, temperature)) / 2e-5
        assert named(figure, "slope").y[0] == pytest.approx(difference, abs=1e-6)


def test_a_hot_softmax_is_undecided_and_a_cold_one_is_sure():
    hot, cold = (
        named(explorers.softmax_figure(logit=4, temperature=t, observed="FCC"), "probability").y
        for t in (20, 0.25)
    )
    assert max(hot) - min(hot) < 0.1
    assert cold[0] > 0.999


def test_a_confusion_matrix_counts_every_measurement_once(trained):
    probabilities, observed = trained
    for strength, where in product(probabilities, ("loss", "afterwards")):
        figure = explorers.class_weight_figure(
            probabilities, observed, PHASES, strength=strength, where=where
        )
        matrix = np.array(named(figure, "measurements").text, dtype=int)
        assert (matrix.sum(axis=1) == np.bincount(observed)).all()
        bars = named(figure, "share")
        assert np.allclose(bars.x[:3], np.diag(matrix) / matrix.sum(axis=1))
        assert bars.x[3] == pytest.approx(np.trace(matrix) / 200)
        assert bars.x[4] == pytest.approx(np.mean(bars.x[:3]))


def test_weights_afterwards_raise_the_recall_of_the_rarest_class(trained):
    recalls = [
        named(
            explorers.class_weight_figure(*trained, PHASES, strength=strength, where="afterwards"),
            "share",
        ).x[1]
        for strength in (0, 0.5, 1, 1.5)
    ]
    assert recalls == sorted(recalls)
    assert recalls[-1] > recalls[0]


def test_without_strength_it_does_not_matter_where_the_weights_act(trained):
    titles = {
        explorers.class_weight_figure(*trained, PHASES, strength=0, where=where).layout.title.text
        for where in ("loss", "afterwards")
    }
    assert len(titles) == 1
