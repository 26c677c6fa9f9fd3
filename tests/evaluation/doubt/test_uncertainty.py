import numpy as np
import pytest
from scipy.stats import norm
from sklearn.exceptions import NotFittedError
from sklearn.isotonic import IsotonicRegression

from matnn_lab.evaluation.doubt.uncertainty import (
    IsotonicRecalibration,
    ScaleRecalibration,
    calibration_curve,
    coverage,
    miscalibration_area,
    retained_curve,
    sharpness,
)


@pytest.fixture(scope="module")
def honest():
    """Targets, means and the standard deviations from which the targets were drawn."""
    rng = np.random.default_rng(0)
    mean, std = rng.normal(size=4000), rng.uniform(0.5, 2, size=4000)
    return mean + std * rng.normal(size=4000), mean, std


def test_the_curve_of_an_honest_model_is_the_diagonal(honest):
    curve = calibration_curve(*honest)
    np.testing.assert_allclose(curve["expected"], np.arange(0.05, 0.99, 0.05))
    np.testing.assert_allclose(curve["observed"], curve["expected"], atol=0.03)
    assert miscalibration_area(*honest) < 0.02


def test_half_the_standard_deviation_gives_the_coverage_of_the_normal_distribution(honest):
    true, mean, std = honest
    curve = calibration_curve(true, mean, std / 2).set_index("expected")["observed"]
    for level in curve.index:
        expected = 2 * norm.cdf(norm.ppf((1 + level) / 2) / 2) - 1
        assert curve[level] == pytest.approx(expected, abs=0.03)
    assert (curve < curve.index).all()


def test_area_is_that_between_curve_and_diagonal(honest):
    true, mean, std = honest
    fine = calibration_curve(true, mean, std / 3, n_levels=5000)
    area = np.abs(fine["expected"] - fine["observed"]).mean()
    assert miscalibration_area(true, mean, std / 3) == pytest.approx(area, abs=1e-3)
    assert miscalibration_area(true, mean, std * 1e-9) == pytest.approx(0.5)
    assert miscalibration_area(true, mean, std * 1e9) == pytest.approx(0.5)


def test_area_of_one_row_by_hand():
    # the interval of level p0 just holds it: ∫₀^p0 p dp + ∫_p0^1 (1 − p) dp
    p0 = 2 * norm.cdf(0.7) - 1
    assert miscalibration_area([0.7], [0.0], [1.0]) == pytest.approx((p0**2 + (1 - p0) ** 2) / 2)


def test_sharpness_is_the_root_mean_square():
    assert sharpness([3.0, 4.0]) == pytest.approx(np.sqrt(12.5))


def test_one_factor_repairs_over_confidence(honest):
    true, mean, std = honest
    scale = ScaleRecalibration().fit(true[:2000], mean[:2000], std[:2000] / 3)
    assert scale.factor_ == pytest.approx(3, rel=0.05)
    repaired = scale.transform(std[2000:] / 3)
    assert miscalibration_area(true[2000:], mean[2000:], repaired) < 0.03
    assert 0.88 < coverage(true[2000:], *scale.interval(mean[2000:], std[2000:] / 3)) < 0.92


def test_the_factor_is_the_most_likely_one(honest):
    true, mean, std = honest
    best = ScaleRecalibration().fit(true, mean, std / 3).factor_
    factors = best * np.array([0.98, 1, 1.02])
    likelihood = [norm.logpdf(true, mean, factor * std / 3).sum() for factor in factors]
    assert np.argmax(likelihood) == 1


def test_isotonic_recalibration_mends_what_one_factor_cannot(honest):
    rng = np.random.default_rng(1)
    _true, mean, std = honest
    true = mean + std * (rng.gamma(1, size=4000) - 1)  # lopsided
    learn, check = slice(None, 2000), slice(2000, None)
    isotonic = IsotonicRecalibration().fit(true[learn], mean[learn], std[learn])
    low, high = isotonic.interval(mean[check], std[check])
    assert 0.88 < coverage(true[check], low, high) < 0.92
    assert 0.03 < np.mean(true[check] < low) < 0.07
    scaled = ScaleRecalibration().fit(true[learn], mean[learn], std[learn])
    low, _high = scaled.interval(mean[check], std[check])
    assert np.mean(true[check] < low) == 0


def test_isotonic_recalibration_is_the_isotonic_regression_of_kuleshov(honest):
    true, mean, std = (each[:300] for each in honest)
    predicted = norm.cdf((true - mean) / std)
    observed = np.argsort(np.argsort(predicted)) + 1.0
    fitted = IsotonicRegression().fit(predicted, observed / 301)
    middle = IsotonicRecalibration().fit(true, mean, std).quantile(0.0, 1.0, 0.3)
    assert fitted.predict([norm.cdf(middle)]) == pytest.approx([0.3], abs=2e-3)


def test_a_hopelessly_over_confident_model_still_gets_finite_intervals(honest):
    true, mean, std = honest
    low, high = IsotonicRecalibration().fit(true, mean, std / 1000).interval(mean, std / 1000)
    assert np.isfinite(low).all()
    assert 0.88 < coverage(true, low, high) < 0.92


def test_a_standard_deviation_of_zero_is_refused():
    with pytest.raises(ValueError, match="1 of 2 standard deviations are not positive"):
        calibration_curve([1, 2], [1, 2], [0.1, 0])


@pytest.mark.parametrize("recalibration", [ScaleRecalibration(), IsotonicRecalibration()])
def test_it_has_to_be_fitted_first(recalibration):
    with pytest.raises(NotFittedError):
        recalibration.interval([0.0], [1.0])


@pytest.mark.parametrize("n", [3, 18, 19, 40])
def test_few_rows_promise_no_far_end(n):
    z = np.arange(n, dtype=float)
    low, high = IsotonicRecalibration().fit(z, np.zeros(n), np.ones(n)).interval([0.0], [1.0])
    assert np.isfinite([*low, *high]).all() == (n >= 19)
    inside = IsotonicRecalibration().fit(z, np.zeros(n), np.ones(n)).interval([0.0], [1.0], 0.5)
    assert np.isfinite(inside).all()


def test_a_bias_of_one_standard_deviation_hardly_shows_in_the_area(honest):
    true, mean, std = honest
    assert miscalibration_area(true, mean + std, std) == pytest.approx(0.14, abs=0.02)


def test_what_is_left_by_hand():
    assert retained_curve([4, 1, 2, 3], [9, 0, 1, 5], [0, 0.25, 0.5, 0.99]) == pytest.approx(
        [2.5, 2, 1.5, 1]
    )


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: coverage([1, 2], [0, 1], [2]), "2 true values came with 2 lower and 1 upper ends"),
        (lambda: coverage([1, 2], [0, np.nan], [2, 3]), "of which 1 are NaN"),
        (lambda: coverage([1, np.nan], [0, 0], [2, 3]), "1 of 2 rows have a value that is not"),
        (lambda: sharpness([1.0, -1.0]), "1 of 2 standard deviations are not positive"),
        (lambda: sharpness([1.0, np.nan]), "1 of 2 standard deviations are not positive"),
        (lambda: calibration_curve([1], [1], [1], n_levels=0), "n_levels=0 was given"),
        (lambda: calibration_curve([1, 2], [1, 2], [1]), "1 standard deviations were given"),
        (lambda: retained_curve([1, 2], [0, np.nan], [0.5]), "1 of 2 rows have a value that is"),
        (lambda: retained_curve([1, 2], [0], [0.5]), "2 errors and 1 scores were given"),
        (lambda: retained_curve([1, 2], [0, 1], [30]), "give numbers from 0 to below 1"),
        (
            lambda: ScaleRecalibration().fit([1, 2], [1, 1], [1, 1]).interval([0], [1], 90),
            "The level 90 was given",
        ),
        (
            lambda: IsotonicRecalibration().fit([1, 2], [1, 1], [1, 1]).quantile([0], [1], 50),
            "The probability 50 was given",
        ),
    ],
)
def test_what_cannot_be_counted_is_refused_in_a_sentence(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_an_end_may_be_infinite():
    assert coverage([1.0, 2.0], [-np.inf, 3.0], [np.inf, np.inf]) == 0.5
