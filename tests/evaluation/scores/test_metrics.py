import numpy as np
import pandas as pd
import pytest
from scipy.stats import bootstrap
from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error

from matnn_lab.evaluation.scores.metrics import regression_score


@pytest.fixture
def rows():
    rng = np.random.default_rng(0)
    true = rng.normal(loc=-1.0, size=200)
    return true, true + rng.normal(scale=0.3, size=200)


def test_values_are_those_of_scikit_learn(rows):
    score = regression_score(*rows, unit="eV/atom")
    assert score.mae.value == pytest.approx(mean_absolute_error(*rows))
    assert score.rmse.value == pytest.approx(root_mean_squared_error(*rows))
    assert score.r2.value == pytest.approx(r2_score(*rows))


def test_r2_keeps_its_digits_far_from_zero(rows):
    true, predicted = rows[0] + 1e6, rows[1] + 1e6
    score = regression_score(true, predicted, unit="K")
    assert score.r2.value == pytest.approx(r2_score(true, predicted), abs=1e-9)


def test_interval_agrees_with_the_bootstrap_of_scipy(rows):
    score = regression_score(*rows, unit="eV/atom", n_resamples=4000)
    other = bootstrap(
        rows,
        mean_absolute_error,
        paired=True,
        vectorized=False,
        n_resamples=1000,
        method="percentile",
        rng=1,
    ).confidence_interval
    assert (score.mae.low, score.mae.high) == pytest.approx(tuple(other), rel=0.02)


def test_interval_holds_the_true_error_about_as_often_as_it_says():
    rng = np.random.default_rng(1)
    expected = np.sqrt(2 / np.pi)
    held = 0
    for _repeat in range(200):
        errors = rng.normal(size=100)
        mae = regression_score(np.zeros(100) + rng.normal(size=100), errors, unit="eV").mae
        held += mae.low <= np.sqrt(2) * expected <= mae.high
    assert 0.88 < held / 200 < 0.99


def test_rows_of_one_group_count_as_one_piece_of_evidence():
    rng = np.random.default_rng(0)
    group = np.repeat(np.arange(20), 10)
    true, errors = rng.normal(size=200), rng.normal(size=20)[group]
    alone = regression_score(true, true + errors, unit="eV").mae
    together = regression_score(true, true + errors, unit="eV", groups=group).mae
    assert together.value == alone.value
    assert together.high - together.low > 2 * (alone.high - alone.low)


def test_a_row_without_a_group_is_a_group_of_its_own(rows):
    alone = regression_score(*rows, unit="eV")
    assert regression_score(*rows, unit="eV", groups=[None] * 200) == alone
    processing = pd.Series(["cast", None, np.nan, "cast"] * 50)
    codes = [-1 if known else row for row, known in enumerate(processing.notna())]
    kept_apart = regression_score(*rows, unit="eV", groups=codes)
    assert regression_score(*rows, unit="eV", groups=processing).mae.low == pytest.approx(
        kept_apart.mae.low, rel=0.1
    )


@pytest.mark.parametrize("value", [3.0, 1e9 / 3, 0.1])
def test_without_a_spread_there_is_no_r2(value):
    score = regression_score([value] * 5, [value + 1] * 4 + [value], unit="eV")
    assert score.mae.value == pytest.approx(0.8)
    assert np.isnan([score.r2.value, score.r2.low, score.r2.high, score.r2.baseline]).all()
    assert "not defined" in repr(score)


def test_a_resample_of_one_value_does_not_spoil_the_interval():
    score = regression_score([0.0, 1.0, 1.0], [0.1, 0.9, 1.0], unit="eV")
    assert np.isfinite(score.frame[["value", "low", "high"]]).all(axis=None)


def test_baseline_is_what_the_mean_would_have_cost(rows):
    true, predicted = rows
    own = regression_score(true, predicted, unit="eV/atom")
    assert own.mae.baseline == pytest.approx(np.abs(true - true.mean()).mean())
    assert own.r2.baseline == pytest.approx(0)
    trained = regression_score(true, predicted, unit="eV/atom", baseline=-0.5)
    assert trained.rmse.baseline == pytest.approx(np.sqrt(((true + 0.5) ** 2).mean()))
    assert trained.r2.baseline < 0


def test_unit_interval_and_baseline_are_shown_in_words_and_as_a_table(rows):
    score = regression_score(*rows, unit="eV/atom", confidence=0.9)
    for shown in (repr(score), score._repr_html_()):
        for part in ("MAE", "eV/atom", "90 % interval", "always the mean", "n = 200"):
            assert part in shown
    assert score._repr_html_().count("<tr>") == 4
    assert score.frame.loc["R²", "unit"] == ""
    assert score.frame["low"].lt(score.frame["high"]).all()


@pytest.mark.parametrize(
    ("true", "predicted", "options", "message"),
    [
        ([1, 2], [1], {}, "give one of each a row"),
        ([1, np.nan], [1, 2], {}, "1 of 2 rows have a value that is not finite"),
        ([1], [1], {}, "needs at least two"),
        ([1, 2], [1, 2], {"groups": [0, 0]}, "needs at least two"),
        ([1, 2], [1, 2], {"confidence": 95}, "The confidence 95 was given"),
        ([1, 2], [1, 2], {"groups": ["a"]}, "1 entries of groups were given for 2 rows"),
        ([1, 2], [1, 2], {"baseline": [1, 2, 3]}, "2 true values and 3 baseline values"),
        ([1, 2], [1, 2], {"baseline": np.nan}, "2 of 2 rows have a value that is not finite"),
        ([1, 2], [1, 2], {"n_resamples": 0}, "n_resamples=0 was given"),
        ([[1], [2]], [1, 2], {}, r"The true values have the shape \(2, 1\)"),
        (["1,2", "2"], [1, 2], {}, "The true values cannot be read as numbers"),
        ([], [], {}, "No rows were given"),
    ],
)
def test_what_cannot_be_scored_is_refused_in_a_sentence(true, predicted, options, message):
    with pytest.raises(ValueError, match=message):
        regression_score(true, predicted, unit="eV", **options)
