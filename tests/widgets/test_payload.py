import json

import numpy as np
import plotly.graph_objects as go
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from matnn_lab.figures import label
from matnn_lab.widgets.payload import leaves, pack, read, size

NUMBERS = arrays(
    np.float64,
    array_shapes(max_dims=2, max_side=12),
    elements=st.floats(-1e280, 1e280) | st.just(np.nan),
)


def stored(*figures):
    """Return what the figures are after a round trip."""
    controls = [{"name": "number", "texts": [""] * len(figures)}]
    payload = {"controls": controls, "figures": pack([leaves(figure) for figure in figures])}
    return [figure for _setting, figure in read(json.loads(json.dumps(payload)))]


def as_floats(values):
    return np.array(values, dtype=float)  # None becomes NaN


@given(NUMBERS)
def test_arrays_are_within_a_ten_thousandth_of_their_range(values):
    figure = go.Figure(go.Heatmap(z=values) if values.ndim == 2 else go.Scatter(y=values))
    (back,) = stored(figure)
    back = as_floats(back["data"][0]["z" if values.ndim == 2 else "y"])
    assert back.shape == values.shape
    assert np.array_equal(np.isnan(back), np.isnan(values))
    if np.isfinite(values).any():
        spread = np.nanmax(values) - np.nanmin(values) or np.nanmax(np.abs(values))
        assert np.nanmax(np.abs(back - values)) <= 1e-4 * spread + 1e-300


@given(arrays(np.int64, 20, elements=st.integers(-(2**52), 2**52)))
def test_whole_numbers_are_exact(values):
    (back,) = stored(go.Figure(go.Bar(y=values)))
    assert back["data"][0]["y"] == values.tolist()


@given(arrays(np.float64, 30, elements=st.floats(-12, 12)))
def test_numbers_on_a_logarithmic_axis_keep_their_digits(exponents):
    values = 10**exponents
    figure = go.Figure(go.Scatter(x=np.arange(30), y=values, yaxis="y2"))
    figure.update_layout(yaxis2={"type": "log", "side": "right"})
    (back,) = stored(figure)
    assert np.allclose(back["data"][0]["y"], values, rtol=1e-4, atol=0)


def test_numbers_that_span_decades_keep_their_digits():
    values = np.geomspace(1e-9, 1, 50)
    (back,) = stored(go.Figure(go.Scatter(y=values)))
    assert np.allclose(back["data"][0]["y"], values, rtol=1e-4, atol=0)


def test_gaps_and_texts_stay():
    figure = go.Figure(go.Scatter(x=[*"abcdefghij"], y=[0.5, None, *range(8)], text=["<b>"] * 10))
    (back,) = stored(figure)
    assert back["data"][0]["y"][:3] == [0.5, None, 0]
    assert back["data"][0]["x"] == [*"abcdefghij"]
    assert back["data"][0]["text"] == ["<b>"] * 10


def test_settings_stay_as_they_are():
    figure = go.Figure(go.Scatter3d(x=[1, 2], y=[1, 2], z=[1, 2]), {"xaxis": {"range": [0, 1]}})
    figure.add_annotation(x=0.123456789, text="here")
    label(figure, alt="Two points", title="Title")
    (back,) = stored(figure)
    wanted = json.loads(figure.to_json())
    assert back["layout"] == wanted["layout"]
    assert back["data"][0]["type"] == "scatter3d"


def test_figures_may_differ_in_what_they_have():
    plain, full = go.Figure(), go.Figure([go.Bar(y=[1, 2]), go.Scatter(y=[3, 4])])
    full.update_layout(title_text="Full", annotations=[{"text": "a"}, {"text": "b"}])
    back = stored(plain, full, plain)
    assert [len(figure["data"]) for figure in back] == [0, 2, 0]
    assert back[1]["layout"]["annotations"] == [{"text": "a"}, {"text": "b"}]
    assert "annotations" not in back[0]["layout"]
    assert "title" not in back[2]["layout"]


def test_what_does_not_change_is_stored_once():
    def figure(height):
        surface = np.random.default_rng(0).random((50, 50))
        return go.Figure([go.Heatmap(z=surface), go.Scatter(y=[height] * 9)])

    one = size(pack([leaves(figure(0))]))
    many = size(pack([leaves(figure(height)) for height in range(50)]))
    assert many < 1.3 * one


@pytest.mark.parametrize("dtype", ["int8", "uint16", "float32", "float64"])
def test_every_kind_of_array_is_read(dtype):
    values = np.arange(12, dtype=dtype)
    (back,) = stored(go.Figure(go.Scatter(y=values)))
    assert back["data"][0]["y"] == values.tolist()


def test_the_order_in_which_threads_add_up_leaves_no_trace():
    one, other = 0.1 + 0.2 + 0.3, 0.3 + 0.2 + 0.1
    assert one != other
    assert leaves(go.Figure(go.Scatter(x=[1], y=[one]))) == leaves(
        go.Figure(go.Scatter(x=[1], y=[other]))
    )
