import numpy as np
import pandas as pd
import pytest

from matnn_lab.lessons.data_traps.explorers import element_explorer, tolerance_explorer

CURVE = pd.DataFrame(
    {
        "tolerance": [0.0, 1.0, 5.0],
        "groups": [40, 30, 9],
        "largest": [4, 8, 25],
        "always the mean": [466.0, 468.0, 470.0],
        "lookup": [250.0, 310.0, 380.0],
        "trees": [180.0, 240.0, 280.0],
    }
)


def traces(figure):
    return {trace.name: trace for trace in figure.data}


@pytest.fixture
def tolerance():
    return tolerance_explorer(CURVE, ["lookup", "trees"])


@pytest.fixture
def element():
    rng = np.random.default_rng(0)
    parts = [
        pd.DataFrame(
            {
                "element": name,
                "rows": rows,
                "seed": seed,
                "true": (true := rng.normal(-2, 0.5, size=6)),
                "predicted": true + 1 / (1 + rows),
                "baseline": true + 1.5,
            }
        )
        for name in ("O", "Cl")
        for rows in (0, 1, 9)
        for seed in range(3)
    ]
    return element_explorer(pd.concat(parts, ignore_index=True))


def test_the_title_counts_groups_at_the_chosen_tolerance(tolerance):
    assert (
        "1 atomic %: 30 groups, MAE 240 MPa"
        in tolerance.figure(tolerance=1.0, model="trees").layout.title.text
    )
    assert "MAE 310 MPa" in tolerance.figure(tolerance=1.0, model="lookup").layout.title.text


def test_every_error_stands_beside_that_of_the_mean(tolerance, element):
    for explorer in (tolerance, element):
        assert "always the mean" in traces(explorer.figure())


def test_the_mark_sits_on_the_curve(tolerance):
    shown = traces(tolerance.figure(tolerance=5.0, model="lookup"))
    assert shown["you are here"].x[0] == 5.0
    assert shown["you are here"].y[0] == 380.0 == shown["lookup"].y[-1]


def test_the_error_falls_with_the_compounds_that_are_known(element):
    shown = traces(element.figure(element="Cl", rows=9))
    assert list(shown["seed 0"].x) == ["0", "1", "9"]
    np.testing.assert_allclose(shown["seed 0"].y, [1.0, 0.5, 0.1])
    np.testing.assert_allclose(shown["mean of the seeds"].y, [0.1])
    assert "MAE 0.10 eV/atom (mean: 1.50)" in element.figure(rows=9).layout.title.text


def test_only_one_seed_is_drawn_as_points(element):
    assert len(traces(element.figure())["compounds"].x) == 6
