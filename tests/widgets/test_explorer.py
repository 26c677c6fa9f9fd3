import json
from itertools import product

import numpy as np
import plotly.graph_objects as go
import pytest

from matnn_lab.figures import TEMPLATE, label
from matnn_lab.widgets import Choice, Explorer, Slider
from matnn_lab.widgets.explorer import MAX_BYTES, MAX_FIGURES, MIME
from matnn_lab.widgets.page import explorer_html
from matnn_lab.widgets.payload import read, size


def waves(frequency, shape="sine", grid=False):
    x = np.linspace(0, 10, 200)
    y = np.sin(frequency * x) if shape == "sine" else np.sign(np.sin(frequency * x))
    figure = go.Figure(go.Scatter(x=x, y=y))
    figure.update_xaxes(showgrid=grid)
    return label(figure, alt=f"A {shape} of frequency {frequency}", x="Time (s)", y="Height (m)")


def noise(seed, points=500):
    return go.Figure(go.Scatter(y=np.random.default_rng(seed).random(points)))


@pytest.fixture
def explorer():
    frequency = Slider([0.5, 1, 2, 3], default=2, unit="Hz")
    return Explorer(waves, frequency=frequency, shape=["sine", "square"], grid=False)


def test_payload_holds_the_figure_of_every_setting(explorer):
    payload = json.loads(json.dumps(explorer.bake()))
    frequencies, shapes = [0.5, 1, 2, 3], ["sine", "square"]
    settings = list(product(frequencies, shapes, [False, True]))
    found = list(read(payload))
    assert len(found) == len(settings)
    for (frequency, shape, grid), (_setting, figure) in zip(settings, found, strict=True):
        wanted = waves(frequency, shape, grid)
        assert np.allclose(figure["data"][0]["y"], wanted.data[0].y, atol=2e-4)
        assert figure["layout"]["meta"]["alt"] == wanted.layout.meta["alt"]
        assert figure["layout"]["xaxis"]["showgrid"] is grid


def test_payload_describes_the_controls(explorer):
    slider, choice, toggle = explorer.bake()["controls"]
    assert slider == {
        "name": "frequency",
        "kind": "slider",
        "label": "Frequency",
        "texts": ["0.5\xa0Hz", "1\xa0Hz", "2\xa0Hz", "3\xa0Hz"],
        "start": 2,
    }
    assert choice["texts"] == ["sine", "square"]
    assert (toggle["kind"], toggle["texts"], toggle["start"]) == ("toggle", ["off", "on"], 0)


def test_payload_is_the_same_in_each_run(explorer):
    assert json.dumps(explorer.bake()) == json.dumps(explorer.bake())


def test_payload_leaves_the_template_to_the_site(explorer):
    assert explorer.figure().layout.template == TEMPLATE
    assert all("template" not in figure["layout"] for _setting, figure in read(explorer.bake()))


@pytest.mark.parametrize("count", [1, 2, 6])
def test_any_number_of_controls(count):
    def draw(**values):
        return label(go.Figure(go.Bar(y=list(values.values()))), alt=f"Bars {values}")

    names = [f"bar_{number}" for number in range(count)]
    payload = Explorer(draw, **{name: [0, 1, 2] for name in names}).bake()
    figures = [tuple(figure["data"][0]["y"]) for _setting, figure in read(payload)]
    assert figures == list(product([0, 1, 2], repeat=count))


def test_longest_slider_is_thinned_until_the_figures_fit():
    numbers = Slider(range(300), default=37)
    payload = Explorer(noise, seed=numbers, points=Choice([200, 300])).bake()
    control = payload["controls"][0]
    assert 0.8 * MAX_BYTES < size(payload) <= MAX_BYTES
    assert control["texts"][0] == "0"
    assert control["texts"][-1] == "299"
    assert control["texts"][control["start"]] == "37"
    kept = [int(text) for text in control["texts"]]
    assert kept == sorted(set(kept))
    for setting, figure in read(payload):
        wanted = noise(kept[setting["seed"]], [200, 300][setting["points"]])
        assert np.allclose(figure["data"][0]["y"], wanted.data[0].y, atol=1e-4)


def test_many_controls_are_thinned_before_they_are_drawn():
    drawn = []

    def draw(**values):
        drawn.append(values)
        return go.Figure()

    controls = {f"control_{number}": Slider(range(11), default=5) for number in range(6)}
    payload = Explorer(draw, **controls).bake()
    assert len(drawn) <= MAX_FIGURES
    assert all("5" in control["texts"] for control in payload["controls"])


def test_figures_that_cannot_be_made_to_fit_are_refused():
    explorer = Explorer(lambda seed: noise(seed, 60_000), seed=range(4))
    with pytest.raises(ValueError, match=r"take \d+ kB .* more than 300 kB; please draw fewer"):
        explorer.bake()


def test_options_that_give_too_many_figures_are_refused():
    def draw(**_values):
        return go.Figure()

    controls = {f"control_{number}": ["a", "b", "c", "d"] for number in range(6)}
    with pytest.raises(ValueError, match="more than 2000 figures"):
        Explorer(draw, **controls).bake()


def test_figure_takes_values_and_defaults(explorer):
    assert explorer.figure().layout.meta["alt"] == "A sine of frequency 2"
    square = explorer.figure(frequency=3, shape="square")
    assert square.layout.meta["alt"] == "A square of frequency 3"


def test_output_for_the_site_is_the_payload_and_a_sentence(explorer, monkeypatch):
    monkeypatch.setenv("MATNN_BAKE", "1")
    bundle = explorer._repr_mimebundle_()
    assert set(bundle) == {MIME, "text/plain"}
    assert bundle[MIME] == explorer.bake()


def test_output_in_a_kernel_is_a_widget_and_a_sentence(explorer, monkeypatch):
    monkeypatch.delenv("MATNN_BAKE", raising=False)
    bundle = explorer._repr_mimebundle_()
    assert set(bundle) == {"application/vnd.jupyter.widget-view+json", "text/plain"}
    assert "Frequency, Shape, Grid" in bundle["text/plain"]
    assert bundle == explorer._repr_mimebundle_()


def test_element_of_the_page_cannot_be_ended_by_a_text():
    def draw(number):
        return label(go.Figure(), alt="</script><b>", title=f"</script> {number}")

    payload = Explorer(draw, number=[1, 2]).bake()
    html = explorer_html(payload)
    assert html.count("</script>") == 1
    data = html.partition('application/json">')[2].partition("</script>")[0]
    assert json.loads(data) == payload


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Explorer(3, frequency=[1, 2]), "function"),
        (lambda: Explorer(waves), "no control"),
        (lambda: Explorer(waves, shape=["a", "b"]), "the controls are shape"),
        (lambda: Explorer(waves, frequency=[1, 2], speed=[1, 2]), "frequency, speed"),
        (lambda: Explorer(waves, frequency=None), "frequency is None"),
        (lambda: Explorer(waves, frequency=[1, 2]).figure(speed=1), "speed is not a control"),
        (lambda: Explorer(waves, frequency=[1, 2]).figure(frequency=3), "choose one of 1, 2"),
        (lambda: Explorer(lambda n: 1 / n, n=[0, 1]).bake(), "N = 0"),
        (lambda: Explorer(lambda n: "figure", n=[0, 1]).bake(), "returned str"),
    ],
)
def test_wrong_use_is_answered_in_one_sentence(make, said):
    with pytest.raises((TypeError, ValueError)) as error:
        make()
    assert said in str(error.value)
    assert "\n" not in str(error.value)
