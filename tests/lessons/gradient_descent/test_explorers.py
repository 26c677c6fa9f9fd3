from itertools import product

import numpy as np
import pytest

from matnn_lab.datasets import formation_enthalpies
from matnn_lab.lessons.gradient_descent import explorers

ALKALIS, HALOGENS = ("Li", "Na", "K", "Rb", "Cs"), ("F", "Cl", "Br", "I")


@pytest.fixture(scope="module")
def salts():
    from pymatgen.core import Composition

    frame = formation_enthalpies()
    frame = frame[frame["formula"].isin([a + h for a, h in product(ALKALIS, HALOGENS)])]
    pairs = [Composition(formula).elements for formula in frame["formula"]]
    delta_chi = np.array([anion.X - cation.X for cation, anion in pairs])
    return delta_chi, frame["formation_enthalpy_ev_per_atom"].to_numpy()


def named(figure, name):
    return next(trace for trace in figure.data if trace.name == name)


def test_the_slope_of_each_curve_is_its_central_difference(salts):
    for w in (-1.5, 0.0, 0.4):
        for curve, slope in [
            (lambda t: explorers.bowl(*salts, t), lambda t: explorers.bowl_slope(*salts, t)),
            (explorers.two_wells, explorers.two_wells_slope),
        ]:
            difference = (curve(w + 1e-5) - curve(w - 1e-5)) / 2e-5
            assert slope(w) == pytest.approx(difference, abs=1e-6)


def test_the_left_well_is_deeper():
    grid = np.linspace(-2, 2, 401)
    heights = explorers.two_wells(grid)
    assert grid[heights.argmin()] < 0
    assert heights[grid > 0].min() > heights.min() + 0.3


@pytest.mark.parametrize(
    ("eta", "words"),
    [
        (0.005, "still on its way"),
        (0.04, "settles at −0.95"),
        (0.17, "swings from side to side"),
        (0.18, "diverges"),
    ],
)
def test_the_learning_rate_decides_how_the_descent_ends(salts, eta, words):
    figure = explorers.learning_rate_figure(*salts, eta=eta, start=0.0, curve="bowl")
    assert words in figure.layout.title.text
    assert words in figure.layout.meta["alt"]


def test_small_steps_stay_in_their_well_and_long_ones_jump():
    ends = [explorers.descend(-2.0, explorers.two_wells_slope, eta)[-1] for eta in (0.02, 0.12)]
    assert ends[0] == pytest.approx(-1.036, abs=0.01)
    assert ends[1] == pytest.approx(0.96, abs=0.01)


def test_each_path_begins_at_its_start_and_stays_in_the_picture(salts):
    explorer = explorers.path_explorer(*salts)
    for optimizer, start, eta in product(
        explorers.OPTIMIZERS, explorers.STARTS, (0.01, 0.155, 0.3)
    ):
        figure = explorer.figure(optimizer=optimizer, start=start, eta=eta)
        path = named(figure, "path")
        assert (path.x[0], path.y[0]) == explorers.STARTS[start]
        for axis, values in (("xaxis", path.x), ("yaxis", path.y)):
            low, high = figure.layout[axis].range
            assert np.all((np.asarray(values) >= low) & (np.asarray(values) <= high))


def test_sgd_diverges_just_above_two_over_the_largest_curvature(salts):
    delta_chi, _enthalpy = salts
    inputs = np.column_stack([delta_chi, np.ones_like(delta_chi)])
    limit = 2 / np.linalg.eigvalsh(2 * inputs.T @ inputs / len(inputs)).max()
    assert 0.15 < limit < 0.155
    for eta, grows in [(0.15, False), (0.155, True)]:
        figure = explorers.path_figure(*salts, optimizer="SGD", eta=eta, start="C")
        assert ("diverges" in figure.layout.title.text) == grows


def test_momentum_gets_farther_along_the_valley_than_sgd(salts):
    left = {
        name: named(
            explorers.path_figure(*salts, optimizer=name, eta=0.1, start="C"),
            "loss above the lowest",
        ).y[-1]
        for name in ("SGD", "momentum")
    }
    assert left["momentum"] < left["SGD"] / 100


def test_the_whole_data_set_has_no_noise(salts):
    figure = explorers.batch_figure(*salts, batch_size=20, eta=0.1, draw=1)
    distance = named(figure, "distance from the lowest point").y
    assert np.all(np.diff(distance) <= 0)
    assert distance[-1] == pytest.approx(1e-4)


def test_larger_batches_and_shorter_steps_end_nearer(salts):
    def end(batch_size, eta):
        distances = [
            named(
                explorers.batch_figure(*salts, batch_size=batch_size, eta=eta, draw=draw),
                "distance from the lowest point",
            ).y[-60:]
            for draw in (1, 2, 3)
        ]
        return np.sqrt(np.mean(np.square(distances)))

    assert end(5, 0.1) < 0.7 * end(1, 0.1)
    assert end(1, 0.03) < 0.8 * end(1, 0.1)
