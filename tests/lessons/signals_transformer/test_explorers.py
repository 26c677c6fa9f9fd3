import numpy as np
import pytest
import torch

from matnn_lab.lessons.signals_transformer import explorers
from matnn_lab.widgets.payload import read

HIDDEN = np.arange(32) // 4 == 3
SIGNAL = np.random.default_rng(0).normal(size=256).round(2)


@pytest.fixture(scope="module")
def maps():
    weights = np.random.default_rng(1).dirichlet(np.ones(32), (2, 32)).round(4)
    return {"block 1, head 1": weights[0], "block 2, head 1": weights[1]}


@pytest.fixture(scope="module")
def cycles():
    rng = np.random.default_rng(2)
    clean = rng.normal(size=(3, 2, 256)).round(3)
    restored = {
        "learned positions": np.zeros_like(clean),
        "own period": (clean + 0.1).round(3),
    }
    return clean, restored, (24, 32, 40), slice(96, 128)


def test_the_patch_that_is_heard_most_is_told(maps):
    figure = explorers.attention_figure(SIGNAL, maps, HIDDEN, place=7, head="block 1, head 1")
    best = maps["block 1, head 1"][7].argmax()
    assert f"patch {best} is heard most" in figure.layout.title.text
    bar = next(trace for trace in figure.data if trace.type == "bar")
    assert np.array_equal(bar.y, maps["block 1, head 1"][7])


def test_what_was_hidden_is_not_drawn(maps):
    figure = explorers.attention_figure(SIGNAL, maps, HIDDEN, place=0, head="block 2, head 1")
    drawn = np.concatenate([trace.x for trace in figure.data if trace.type == "scatter"])
    assert not set(range(96, 128)) & set(drawn)
    assert len(drawn) == 224


def test_a_computed_signal_is_not_called_measured(maps):
    figure = explorers.attention_figure(SIGNAL, maps, HIDDEN, place=7, head="block 1, head 1")
    told = [figure.layout.meta["alt"], *(trace.name for trace in figure.data)]
    assert not any("measured" in each for each in told)
    assert "computed signal" in told[0]
    assert "computed, under noise" in told


def test_the_errors_of_the_restored_cycle_are_told(cycles):
    figure = explorers.period_figure(*cycles, period=32, specimen=2)
    assert "own period: 0.10" in figure.layout.title.text
    assert [trace.name for trace in figure.data] == ["true", "learned positions", "own period"]
    assert all(len(trace.x) == 32 for trace in figure.data)


def test_a_map_has_the_place_that_asks_downwards(maps):
    figure = explorers.attention_map(
        maps["block 1, head 1"],
        x="Patch that is heard",
        y="Patch that asks",
        alt="A map of weights.",
    )
    assert np.allclose(figure.data[0].z, maps["block 1, head 1"], atol=1e-3)
    assert figure.layout.yaxis.autorange == "reversed"
    assert figure.layout.yaxis.title.text == "Patch that asks"


def test_each_explorer_is_small_on_the_site(maps, cycles):
    several = {f"block {b}, head {h}": maps["block 1, head 1"] for b in (1, 2) for h in range(4)}
    for explorer in (
        explorers.attention_explorer(SIGNAL, several, HIDDEN),
        explorers.period_explorer(*cycles),
    ):
        assert read(explorer.bake())
        assert len(str(explorer.bake())) < 300_000


def test_explorers_read_tensors_and_say_what_does_not_fit():
    signal, weights = torch.randn(64, requires_grad=True), torch.full((8, 8), 1 / 8)
    maps = {"one": weights.requires_grad_(), "two": weights}
    hidden = torch.arange(8) == 3
    assert explorers.attention_explorer(signal, maps, hidden)
    assert explorers.attention_explorer(signal, maps, hidden & False)
    for given in (
        (signal[:60], maps, hidden),
        (signal[None], maps, hidden),
        (signal, {"one": weights[:4], "two": weights}, hidden),
        (signal, maps, torch.linspace(0, 1, 8)),
        (signal, maps, hidden[:0]),
    ):
        with pytest.raises(ValueError, match="give"):
            explorers.attention_explorer(*given)


def test_more_lines_than_colors_are_drawn_and_lines_of_another_length_are_not():
    words = {"x": "t (s)", "y": "v (V)", "alt": "Lines."}
    many = {str(n): torch.tensor([1.0, n], requires_grad=True) for n in range(12)}
    assert len(explorers.lines([0, 1], many, **words).data) == 12
    with pytest.raises(ValueError, match="axis and values"):
        explorers.lines([0, 1, 2], many, **words)


def test_the_restored_signals_belong_to_the_clean_ones():
    clean = np.random.default_rng(0).normal(size=(2, 2, 64))
    assert explorers.period_explorer(clean, {"net": clean}, [24, 32], slice(8, 16))
    for given in (
        (clean, {"net": clean[..., :32]}, [24, 32], slice(8, 16)),
        (clean, {"net": clean}, [24], slice(8, 16)),
        (clean[0], {"net": clean[0]}, [24, 32], slice(8, 16)),
        (clean, {"net": clean}, [24, 32], slice(8, 8)),
    ):
        with pytest.raises(ValueError, match="give"):
            explorers.period_explorer(*given)
