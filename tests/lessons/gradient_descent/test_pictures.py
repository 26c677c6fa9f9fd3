import numpy as np
import pytest

from matnn_lab.lessons.gradient_descent.pictures import backward_graph
from matnn_lab.training.autograd import Value


def words(figure):
    return " ".join(note.text for note in figure.layout.annotations if note.text)


def test_the_picture_shows_the_slopes_that_the_engine_finds():
    w = Value(-0.5)
    error = w * 2.23 + 2.131
    (error * error).backward()
    text = words(backward_graph(-0.5, 2.23, -2.131))
    for slope in (w.grad, error.grad, 1.0):
        assert f"slope {slope:.3f}" in text
    assert f"{error.data:.3f}" in text


@pytest.mark.parametrize("w", [-1.0, 0.0, 0.7])
def test_the_slope_of_the_weight_is_that_of_finite_differences(w):
    def loss(w):
        return (w * 2.23 + 2.131) ** 2

    slope = (loss(w + 1e-6) - loss(w - 1e-6)) / 2e-6
    figure = backward_graph(w, 2.23, -2.131)
    assert f"slope {np.round(slope, 3):.3f}" in words(figure)
    assert len(figure.layout.meta["alt"]) > 100
