"""The picture of a network has a circle for each unit and an arrow for each weight."""

import pytest

from matnn_lab.lessons.layers_and_activations.pictures import network_picture


def parts(fig):
    circles = [len(trace.x) for trace in fig.data]
    arrows = sum(bool(each.showarrow) for each in fig.layout.annotations)
    texts = [each.text for each in fig.layout.annotations if each.text]
    return circles, arrows, texts


def test_a_small_network_is_drawn_whole():
    circles, arrows, texts = parts(network_picture([3, 2, 1]))
    assert circles == [3, 2, 1]
    assert arrows == 3 * 2 + 2 * 1
    assert "W₁ (2, 3), b₁ (2,)<br>then φ" in texts
    assert "W₂ (1, 2), b₂ (1,)" in texts
    assert "hidden layer h₁<br>shape (2,)" in texts


def test_of_a_large_layer_six_units_are_drawn():
    circles, arrows, texts = parts(network_picture([170, 64, 1]))
    assert circles == [6, 6, 1]
    assert arrows == 36 + 6
    assert texts.count("⋮") == 2
    assert "W₁ (64, 170), b₁ (64,)<br>then φ" in texts


def test_the_arrows_end_beside_the_circles():
    fig = network_picture([2, 2])
    arrow = next(each for each in fig.layout.annotations if each.showarrow)
    assert 0 < arrow.ax < 0.1
    assert 0.9 < arrow.x < 1


def test_the_picture_is_described():
    assert "3 → 2 → 1" in network_picture([3, 2, 1]).layout.meta["alt"]


@pytest.mark.parametrize("sizes", [[3], [], [3, 0, 1]])
def test_a_network_has_two_widths_or_more(sizes):
    with pytest.raises(ValueError, match="two or more positive widths"):
        network_picture(sizes)
