"""The Python half of the explorer in JupyterLab; the browser's half is tested in ``tests/site``."""

import json
import zlib
from importlib.resources import files

import numpy as np
import plotly.graph_objects as go
import pytest

from matnn_lab.figures import TEMPLATE, label
from matnn_lab.widgets import Explorer
from matnn_lab.widgets.live import LiveExplorer


def draw(height):
    surface = np.linspace(0, 1, 100).reshape(10, 10)
    figure = go.Figure([go.Heatmap(z=surface), go.Scatter(y=np.full(10, 1 / height))])
    return label(figure, alt=f"A line at 1/{height}")


def live_explorer(render, **controls):
    explorer = Explorer(render, **controls)
    return LiveExplorer(explorer.description(), explorer.figure_at)


@pytest.fixture
def ask(monkeypatch):
    """Return a function that asks an explorer in the way of the browser."""
    live = live_explorer(draw, height=[0, 1, 2])
    answers = []
    monkeypatch.setattr(live, "send", lambda *answer: answers.append(answer))

    def ask(want, have=()):
        live._handle_custom_msg({"want": want, "from": "view", "have": list(have)}, [])
        return answers.pop()

    return ask


def test_answer_holds_the_figure_with_its_template(ask):
    (answer,) = ask([1])
    found = {tuple(path): answer["values"][key] for path, key in answer["leaves"]}
    assert answer["to"] == "view"
    assert json.loads(found["layout", "template"]) == TEMPLATE.to_plotly_json()
    assert json.loads(found["layout", "meta", "alt"]) == "A line at 1/1"
    assert json.loads(found["data", 1, "y"]) == {"e": 0, "d": [1] + [0] * 9}


def test_only_what_has_changed_is_sent_again(ask):
    (before,) = ask([1])
    (after,) = ask([2], have=before["values"])
    changed = [path for path, key in after["leaves"] if key in after["values"]]
    assert changed == [("data", 1, "y"), ("layout", "meta", "alt")]


def test_an_error_is_answered_with_one_sentence(ask):
    (answer,) = ask([0])
    assert set(answer) == {"to", "error"}
    assert "Height = 0" in answer["error"]
    assert "ZeroDivisionError" in answer["error"]
    assert "\n" not in answer["error"]


def test_first_figure_comes_with_the_widget(ask):
    live = live_explorer(draw, height=[1, 2])
    (asked,) = ask([1])
    assert live.opening == {name: asked[name] for name in ("leaves", "values")}


def test_an_error_in_the_first_figure_comes_with_the_widget():
    opening = live_explorer(draw, height=[0, 1]).opening
    assert set(opening) == {"error"}
    assert "Height = 0" in opening["error"]


def test_explorers_share_plotly_from_the_installed_package():
    one, two = (live_explorer(draw, height=[1, 2]) for _time in range(2))
    source = files("plotly") / "package_data" / "plotly.min.js"
    assert one.plotly is two.plotly
    assert zlib.decompress(one.plotly.compressed) == source.read_bytes()
    assert one.get_state()["plotly"] == f"IPY_MODEL_{two.plotly.model_id}"


def test_state_of_the_widget_is_small():
    live = live_explorer(draw, height=[0, 1, 2])
    assert len(json.dumps(live.get_state())) < 40_000
