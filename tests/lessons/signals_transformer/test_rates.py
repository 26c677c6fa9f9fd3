import numpy as np
import pytest

from matnn_lab.datasets.barkhausen import barkhausen_noise
from matnn_lab.lessons.signals_transformer import rates


@pytest.fixture(scope="module")
def voltage():
    return barkhausen_noise(0.8, 1, 3000, time_step=rates.TIME_STEP, seed=5)[0]


@pytest.mark.parametrize("estimate", [rates.by_law_of_values, rates.by_law_of_steps])
def test_both_laws_find_the_rate_whatever_the_gain(voltage, estimate):
    found = estimate(voltage)
    assert found == pytest.approx(0.8, rel=0.1)
    assert estimate(40 * voltage) == pytest.approx(found, rel=0.01)


def test_the_law_of_the_steps_is_closer_on_many_waveforms():
    log_rates, signals = rates.waveforms(40, seed=3)
    errors = []
    for estimate in (rates.by_law_of_values, rates.by_law_of_steps):
        found = np.log([estimate(signal) for signal in signals])
        errors.append(np.sqrt(np.mean((found - log_rates) ** 2)))
    assert errors[1] < errors[0]


def test_the_posterior_knows_between_which_rates_the_waveforms_were_drawn():
    for rate in (0.2, 3.6):
        voltage = barkhausen_noise(rate, 1, rates.N_TIMES, time_step=rates.TIME_STEP, seed=1)[0]
        assert 0.3 <= rates.by_posterior(voltage) <= 3


def test_the_posterior_of_many_values_agrees_with_the_likelihood(voltage):
    assert rates.by_posterior(voltage) == pytest.approx(rates.by_law_of_steps(voltage), rel=0.03)


def test_a_network_does_not_see_the_gain():
    predict = rates.train(0, steps=3, n=100)
    _log_rates, signals = rates.waveforms(4, seed=4)
    assert np.allclose(predict(signals), predict(7 * signals), atol=1e-5)


@pytest.mark.parametrize(
    "estimate", [rates.by_law_of_values, rates.by_law_of_steps, rates.by_posterior]
)
def test_what_is_no_waveform_has_no_rate(voltage, estimate):
    for bad, words in (
        (voltage[:64] - voltage.mean(), "at least 0"),  # a mean taken off
        (np.stack([voltage[:64]] * 2), "one waveform"),
        (np.where(voltage > 2, np.nan, voltage), "NaN"),
        (np.ones(64), "hardly vary"),
        ([], "one waveform"),
    ):
        with pytest.raises(ValueError, match=words):
            estimate(bad)


def test_a_silent_waveform_is_named_before_a_network_sees_it(voltage):
    with pytest.raises(ValueError, match="Number 1 of the waveforms"):
        rates.prepare(np.stack([voltage, 0 * voltage]))
