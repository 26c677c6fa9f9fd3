import numpy as np
import pytest
from scipy.stats import gamma, ncx2

from matnn_lab.datasets.barkhausen import (
    barkhausen_log_likelihood,
    barkhausen_noise,
    return_point_cycles,
)


@pytest.fixture(scope="module", params=[0.5, 2.0])
def drawn(request):
    return request.param, barkhausen_noise(request.param, 4000, 60, time_step=0.5, seed=1)


def test_the_law_is_gamma_at_all_times(drawn):
    rate, voltage = drawn
    for now in (0, 1, 59):
        values = voltage[:, now]
        assert values.mean() == pytest.approx(rate, rel=0.08)
        assert values.var() == pytest.approx(rate, rel=0.2)
    skewness = ((voltage - rate) ** 3).mean() / rate**1.5
    assert skewness == pytest.approx(2 / np.sqrt(rate), rel=0.1)
    assert voltage.min() >= 0


def test_the_correlation_falls_exponentially(drawn):
    rate, voltage = drawn
    for lag in (1, 2, 4):
        product = ((voltage[:, :-lag] - rate) * (voltage[:, lag:] - rate)).mean()
        assert product / rate == pytest.approx(np.exp(-0.5 * lag), abs=0.04)


def test_two_half_steps_are_one_step():
    """The law is exact: halving the step changes nothing but the draw."""
    half = barkhausen_noise(0.5, 20_000, 3, time_step=0.5, seed=2)[:, 2]
    whole = barkhausen_noise(0.5, 20_000, 2, time_step=1.0, seed=3)[:, 1]
    levels = [0.1, 0.5, 0.9]
    assert np.allclose(np.quantile(half, levels), np.quantile(whole, levels), rtol=0.1, atol=0.01)


def test_each_signal_may_have_a_rate_of_its_own():
    rates = np.repeat([0.5, 3.0], 3000)
    voltage = barkhausen_noise(rates, 6000, 4, time_step=1.0, seed=6)
    assert voltage[:3000].mean() == pytest.approx(0.5, rel=0.1)
    assert voltage[3000:].mean() == pytest.approx(3.0, rel=0.1)


def test_the_same_seed_gives_the_same_noise():
    assert np.array_equal(barkhausen_noise(1, 3, 9, seed=4), barkhausen_noise(1, 3, 9, seed=4))
    assert not np.array_equal(barkhausen_noise(1, 3, 9, seed=4), barkhausen_noise(1, 3, 9, seed=5))


def test_a_specimen_remembers_its_cycle():
    clean, measured = return_point_cycles(300, period=56, n_times=512, noise=0.5, seed=0)
    assert np.array_equal(clean[:, 56:], clean[:, :-56])
    assert np.allclose(clean[:, :56].mean(axis=1), 0)
    assert np.allclose(clean[:, :56].std(axis=1), 1)
    assert (measured - clean).std() == pytest.approx(0.5, rel=0.02)


@pytest.mark.parametrize("changed", [{"rate": 0.0}, {"time_step": -1.0}, {"rate": np.nan}])
def test_a_rate_that_is_not_positive_is_refused(changed):
    with pytest.raises(ValueError, match="greater than 0|of at least|NaN"):
        barkhausen_noise(**{"rate": 1.0, "n_signals": 2, "n_times": 3} | changed)


@pytest.mark.parametrize("changed", [{"n_signals": 0}, {"n_times": 2.5}])
def test_a_number_that_is_not_whole_is_refused(changed):
    with pytest.raises(ValueError, match="whole numbers"):
        barkhausen_noise(**{"rate": 1.0, "n_signals": 2, "n_times": 3} | changed)


@pytest.mark.parametrize("changed", [{"period": 600}, {"noise": -1.0}, {"period": 1}])
def test_a_period_that_does_not_fit_is_refused(changed):
    with pytest.raises(ValueError, match="period"):
        return_point_cycles(3, **changed)


def test_the_likelihood_is_that_of_the_tabulated_laws():
    """Against scipy's non-central χ² and Gamma laws, and the change of variable of a gain."""
    rate, gain, step = 0.7, 3.0, 0.4
    voltage = barkhausen_noise(rate, 1, 30, time_step=step, seed=8)[0]
    q = np.exp(-step)
    scale = 2 / (1 - q)
    expected = gamma(rate).logpdf(voltage[0]) + np.sum(
        ncx2.logpdf(scale * voltage[1:], 2 * rate, scale * q * voltage[:-1]) + np.log(scale)
    )
    found = barkhausen_log_likelihood(gain * voltage, rate, gain=gain, time_step=step)
    assert found == pytest.approx(expected - 30 * np.log(gain), rel=1e-9)


def test_a_likelihood_of_a_negative_rate_is_refused():
    with pytest.raises(ValueError, match="must be positive"):
        barkhausen_log_likelihood([1.0, 2.0], -1.0)


def test_a_waveform_with_an_offset_has_no_likelihood():
    voltage = barkhausen_noise(1.0, 1, 50)[0]
    for wrong, words in ((voltage - 1, "at least 0"), (voltage[:, None], "one waveform")):
        with pytest.raises(ValueError, match=words):
            barkhausen_log_likelihood(wrong, 1.0)
    with pytest.raises(ValueError, match="one a signal"):
        barkhausen_noise([1.0, 2.0, 3.0], 2, 5)
    with pytest.raises(ValueError, match="time steps"):
        barkhausen_noise(1.0, 2, 5, time_step=1e-20)  # it was lost beside 1, and all voltages NaN


def test_true_is_no_number_of_signals():
    with pytest.raises(ValueError, match="True signals"):
        barkhausen_noise(1.0, True, 5)


@pytest.mark.parametrize("seed", [-1, "a", 1.5, None])
def test_noise_is_drawn_from_a_seed(seed):
    for draw in (
        lambda: barkhausen_noise(1, 2, 3, seed=seed),
        lambda: return_point_cycles(2, seed=seed),
    ):
        with pytest.raises(ValueError, match="The seed"):
            draw()
