import numpy as np

from matnn_lab.lessons.capstone import explorers
from matnn_lab.widgets.payload import read


def curves(melt, temperatures):
    """A made-up ensemble (computed): soda lowers the curve, silica lifts it."""
    tg = np.array([900.0, 910.0]) + 4 * (melt["sio2"] - 70) - 6 * melt["na2o"] + melt["al2o3"]
    eta = -3 + 15**2 / (40 * (temperatures / tg.mean() - 1) + 15)
    return eta, np.full(len(temperatures), 0.5), tg, np.array([40.0, 44.0])


def test_the_curve_passes_through_its_glass_transition():
    figure = explorers.glass_figure(curves, silica=75, alumina=0, soda=0)
    band, line, mark = figure.data
    assert mark.y[0] == 12
    assert (
        np.interp(mark.x[0], line.x, line.y) == np.float64(12).round()
        or abs(np.interp(mark.x[0], line.x, line.y) - 12) < 0.3
    )
    assert "925 K" in figure.layout.title.text
    assert max(band.y) > max(line.y)


def test_the_explorer_is_small_on_the_site_and_soda_moves_the_curve():
    payload = explorers.glass_explorer(curves).bake()
    assert len(str(payload)) < 300_000
    titles = {figure["layout"]["title"]["text"] for _setting, figure in read(payload)}
    assert len(titles) > 50


def test_a_row_of_dots_has_the_first_name_on_top_and_the_mean_of_the_folds():
    scores = {"first": [0.5, 0.7], "second": [0.9, 1.0, 1.1]}
    figure = explorers.dots(
        scores, x="RMSE (log₁₀ Pa·s)", alt="Errors of two models on their folds."
    )
    assert list(figure.layout.yaxis.categoryarray) == ["second", "first"]
    assert [trace.x[0] for trace in figure.data[1::2]] == [0.6, 1.0]


def test_each_row_is_counted_once_in_a_histogram():
    figure = explorers.histogram(
        {"measured": [0.5, 1.5, 1.6], "read off": [1.0]}, [0, 1, 2], alt="Two kinds of rows."
    )
    assert figure.data[0].y.tolist() == [1, 2]
    assert figure.data[1].y.tolist() == [0, 1]
