from itertools import product

import numpy as np
import pandas as pd
import pytest

from matnn_lab.lessons.uncertainty.explorers import (
    SET_ASIDE,
    coverage_explorer,
    retained_curve,
    warning_explorer,
)

SPLITS, METHODS = ["random", "no F"], ["ensemble", "conformal"]
LEVELS = np.round(np.linspace(0.05, 0.95, 19), 2)


@pytest.fixture(scope="module")
def coverages():
    rows = [
        {
            "split": split, "method": method, "seed": seed, "level": level,
            "covered": level if method == "conformal" else level / (2 + 0.1 * seed),
            "width": 0.4 if split == "random" else 0.8,
        }
        for split, method, seed, level in product(SPLITS, METHODS, (0, 1, 2), LEVELS)
    ]  # fmt: skip
    return coverage_explorer(pd.DataFrame(rows), SPLITS, METHODS)


@pytest.fixture(scope="module")
def warnings():
    rng = np.random.default_rng(18)
    error = rng.exponential(size=200)
    table = pd.DataFrame({"error": error, "good": error + 0.1, "useless": rng.random(200)})
    return warning_explorer(
        {"random": [table, table], "mixed": [table.iloc[:150]]},
        {"good": "good", "useless": "useless"},
    )


def traces(figure):
    return {trace.name: trace for trace in figure.data}


def test_each_seed_has_its_own_curve_beside_the_promise(coverages):
    drawn = traces(coverages.figure(split="random", method="ensemble"))
    assert list(drawn) == ["as promised", "seed 0", "seed 1", "seed 2"]
    np.testing.assert_allclose(drawn["seed 0"].y, LEVELS / 2, atol=1e-3)


def test_the_title_names_coverage_and_width_at_ninety_percent(coverages):
    assert (
        coverages.figure(split="no F", method="conformal").layout.title.text
        == "90 % intervals hold 90%; mean width 0.80 eV/atom"
    )


def test_setting_the_worst_aside_leaves_the_small_errors():
    errors = [4.0, 1.0, 2.0, 3.0]
    np.testing.assert_allclose(
        retained_curve(errors, errors, [0, 0.25, 0.5, 0.75]), [2.5, 2, 1.5, 1]
    )
    np.testing.assert_allclose(retained_curve(errors, [-e for e in errors], [0, 0.75]), [2.5, 4])


def test_a_score_in_the_order_of_the_errors_is_the_best_there_is(warnings):
    drawn = traces(warnings.figure(score="good", share=0.2))
    best = drawn["by the true error (nobody knows it)"]
    np.testing.assert_allclose(drawn["by this score"].y, best.y)
    assert "100% caught" in warnings.figure(score="good", share=0.2).layout.title.text


def test_nothing_is_caught_where_nothing_is_set_aside(warnings):
    assert " 0% caught" in warnings.figure(score="good", share=0.0).layout.title.text


def test_a_useless_score_stays_near_the_random_order(warnings):
    drawn = traces(warnings.figure(score="useless", share=0.5))
    half = drawn["by this score"].y[np.searchsorted(SET_ASIDE, 0.5)]
    assert half == pytest.approx(drawn["random order"].y[0], rel=0.25)
