import numpy as np
import pytest

from matnn_lab.datasets.plate import Stress, inglis
from matnn_lab.lessons.surrogates_and_inverse_design import explorers


def named(figure, name):
    return next(trace for trace in figure.data if trace.name == name)


@pytest.fixture
def plate(monkeypatch):
    """An explorer whose plate needs no solving: stress 3 at the hole."""

    def flat(width, aspect, n):
        along = np.ones((n + 1, n + 1))
        along[0, 0] = 3.0 + width + aspect
        ring = np.linspace(width, 1, n + 1)
        return Stress(np.tile(ring, (n + 1, 1)), np.tile(ring, (n + 1, 1)).T, along)

    monkeypatch.setattr(explorers, "plate_stress", flat)
    return explorers.plate_explorer(lambda plates: 2 * np.ones(len(plates)))


def test_the_plate_shows_all_three_answers_at_the_hole(plate):
    figure = plate.figure(width=0.35, aspect=2.0)
    assert named(figure, "surrogate").y == (2.0,)
    assert named(figure, "formula for a wide plate").y[0] == inglis(2.0)
    assert named(figure, "finite elements, at the hole").y[0] == pytest.approx(5.35)
    assert named(figure, "surrogate").x == (0.35,)


@pytest.fixture
def search():
    rng = np.random.default_rng(0)
    steps = [0, 10, 20]
    images = {name: rng.random((3, 32, 32)) > 0.5 for name in ("pixels", "waves")}
    values = {name: rng.uniform(0.5, 0.7, 3) for name in images}
    lower = {name: each - 0.05 for name, each in values.items()}
    return explorers.search_explorer(steps, images, values, lower, 0.69, 0.74)


def test_the_search_shows_the_design_and_its_values_at_the_step(search):
    figure = search.figure(step=10, space="waves")
    points = [trace for trace in figure.data[1:] if trace.mode == "markers"]
    assert [trace.x for trace in points] == [(10,), (10,)]
    assert points[0].y[0] - points[1].y[0] == pytest.approx(0.05, abs=2e-3)
    assert set(np.ravel(figure.data[0].z)) == {0, 1}


def test_curves_hold_their_seeds_in_a_band():
    seeds = np.array([[1.0, 2.0], [3.0, 6.0]])
    figure = explorers.curves([0, 1], {"a": seeds}, x="x", y="y", alt="two seeds", levels={"b": 5})
    band, mean, level = figure.data
    assert list(band.y) == [3.0, 6.0, 2.0, 1.0]
    assert list(mean.y) == [2.0, 4.0]
    assert list(level.y) == [5, 5]


def test_both_figures_draw_a_level_in_the_same_way(search):
    levels = {"best training image": 0.69, "bound of Wiener": 0.74}
    curves = explorers.curves([0, 1], {"a": [[0, 1]]}, x="x", y="y", alt="one seed", levels=levels)
    for figure in (curves, search.figure(step=10, space="waves")):
        dashes = {trace.name: trace.line.dash for trace in figure.data if trace.name in levels}
        assert dashes == {"best training image": "dash", "bound of Wiener": "dot"}


def test_the_explorers_stay_small(plate, search):
    from matnn_lab.widgets.payload import size

    for explorer in (plate, search):
        assert size(explorer.bake()) <= 300_000


def test_each_value_of_a_search_lies_inside_the_picture():
    """Also that of noise, of which the network promises less than any alloy has."""
    promised = {"pixels": [0.29, 0.6, 0.88], "waves": [0.5, 0.6, 0.7]}
    true = {"pixels": [0.5, 0.55, 0.6], "waves": [0.5, 0.6, 0.7]}
    images = {name: np.zeros((3, 4, 4)) for name in true}
    search = explorers.search_explorer([0, 10, 20], images, promised, true, 0.69, 0.74)
    pictures = [search.figure(step=step, space=name) for step in (0, 20) for name in true]
    spans = {tuple(picture.layout.yaxis2.range) for picture in pictures}
    assert len(spans) == 1  # the axis stands still while the controls move
    low, high = spans.pop()
    assert low < 0.29
    assert high > 0.88


def test_a_band_is_hidden_with_its_line():
    seeds = np.array([[1.0, 2.0], [3.0, 6.0]])
    figure = explorers.curves([0, 1], {"a": seeds, "b": seeds}, x="x", y="y", alt="two ways")
    groups = [trace.legendgroup for trace in figure.data]
    assert groups == ["a", "a", "b", "b"]


def test_no_curve_is_dropped_however_many_there_are():
    series = {f"way {count}": [[0, count]] for count in range(9)}
    figure = explorers.curves([0, 1], series, x="x", y="y", alt="nine ways")
    drawn = {trace.name: (trace.line.color, trace.line.dash) for trace in figure.data[1::2]}
    assert list(drawn) == list(series)
    assert len(set(drawn.values())) == 9
    with pytest.raises(ValueError, match="6 levels were given; give 5 at most"):
        explorers.curves([0, 1], series, x="x", y="y", alt="x", levels=dict.fromkeys("abcdef", 1))
