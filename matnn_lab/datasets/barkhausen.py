"""Computed magnetic Barkhausen noise: the domain-wall model ABBM, drawn from its exact law.

The model of Alessandro, Beatrice, Bertotti and Montorsi (J. Appl. Phys. 68, 2901, 1990), as reviewed by
Colaiori (2008), doi:10.48550/arXiv.0902.3173. In units of the model's own time and voltage the induced
voltage v obeys dv = (c − v) dt + √(2v) dW, with the driving rate c. Nothing is stepped approximately:
given v, a time t later v is (1 − q)/2 times a non-central χ² number with 2c degrees of freedom and
non-centrality 2qv/(1 − q), q = exp(−t) (Feller, Annals of Mathematics 54, 173 (1951),
doi:10.2307/1969318; Cox, Ingersoll and Ross, Econometrica 53, 385 (1985), doi:10.2307/1911242, describe
interest rates by it).
"""

from numbers import Real

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaln, ive

from matnn_lab.arrays import generator, is_count, real_number, real_numbers
from matnn_lab.text import gettext as _

SMALLEST = 1e-9  # rate, gain or time step that is not lost beside 1


def barkhausen_noise(
    rate: ArrayLike,
    n_signals: int,
    n_times: int,
    *,
    time_step: float = 0.1,
    seed: int | np.random.Generator = 0,
) -> np.ndarray:
    """Draw voltages of the ABBM model, computed, at equal steps of time.

    Parameters
    ----------
    rate : array_like, shape () or (n_signals,)
        Driving rate c > 0, without unit, of all signals or of each; below 1 the noise comes in bursts.
    n_signals, n_times : int
        How many signals, and how many times in each.
    time_step : float
        Time between two values, in units of the model's relaxation time.
    seed : int or numpy.random.Generator

    Returns
    -------
    numpy.ndarray, shape (n_signals, n_times)
        At least zero; each value has the law Gamma(c): mean c, variance c, skewness 2/√c. Values a time t
        apart have the correlation exp(−t).

    Raises
    ------
    ValueError
        If the rate or the time step is not positive, there are not as many rates as signals, or a number of
        signals or times is not a positive whole number.
    """
    rate = real_numbers(rate, "rates", above=0)
    time_step = real_number(time_step, "time steps", least=SMALLEST)
    if not all(is_count(n) for n in (n_signals, n_times)):
        raise ValueError(
            _("{n} signals at {times} times were asked for; give positive whole numbers.").format(
                n=n_signals, times=n_times
            )
        )
    if rate.shape not in ((), (1,), (n_signals,)):
        raise ValueError(
            _(
                "Rates of shape {shape} were given for {n} signals; give one, or one a signal."
            ).format(shape=rate.shape, n=n_signals)
        )
    rng = generator(seed)
    q = np.exp(-time_step)
    voltage = np.empty((n_times, n_signals))
    voltage[0] = rng.gamma(rate, size=n_signals)
    for now in range(1, n_times):
        centre = 2 * q / (1 - q) * voltage[now - 1]
        voltage[now] = (1 - q) / 2 * rng.noncentral_chisquare(2 * rate, centre)
    return voltage.T


def barkhausen_log_likelihood(
    voltage: ArrayLike, rate: float, *, gain: float = 1.0, time_step: float = 0.1
) -> float:
    """Give the logarithm of the exact probability density of a waveform of the ABBM model.

    The first value follows the stationary law Gamma(c), each other one the law of the module's docstring
    given the value before it, written with the modified Bessel function I of order c − 1.

    Parameters
    ----------
    voltage : array_like, shape (n_times,)
        Gain times the voltage of `barkhausen_noise`, at least zero; a value of zero counts as 10⁻¹².
    rate, gain : float
        Driving rate c, and the factor of the amplifier.
    time_step : float
        As in `barkhausen_noise`.

    Raises
    ------
    ValueError
        If the rate, the gain or the step is not positive, or the voltage negative or no single waveform.
    """
    given = (rate, gain, time_step)  # one test, and cheap: this is called in the loops of a fit
    if not all(isinstance(each, Real) and SMALLEST <= each < np.inf for each in given):
        raise ValueError(
            _(
                "The rate {rate}, the gain {gain} and the step {step} must be positive numbers."
            ).format(rate=rate, gain=gain, step=time_step)
        )
    v = np.maximum(waveform(voltage) / gain, 1e-12)
    q, now, after = np.exp(-time_step), v[:-1], v[1:]
    scale = 1 / (1 - q)
    argument = 2 * scale * np.sqrt(q * now * after)
    bessel = np.log(np.maximum(ive(rate - 1, argument), 1e-300)) + argument
    steps = np.log(scale) - scale * (q * now + after) + bessel
    steps += (rate - 1) / 2 * np.log(after / (q * now))
    first = (rate - 1) * np.log(v[0]) - v[0] - gammaln(rate)
    return float(first + steps.sum() - len(v) * np.log(gain))


def waveform(voltage: ArrayLike) -> np.ndarray:
    """Return the voltages of one waveform, shape (n_times,), if they are finite and at least 0."""
    v = real_numbers(voltage, "voltages", least=0)
    if v.ndim != 1 or not len(v):
        raise ValueError(
            _("The voltages have the shape {shape}; give those of one waveform.").format(
                shape=v.shape
            )
        )
    return v


def return_point_cycles(
    n_specimens: int,
    *,
    period: int = 64,
    n_times: int = 512,
    noise: float = 0.7,
    rate: float = 0.4,
    seed: int | np.random.Generator = 0,
) -> tuple[np.ndarray, np.ndarray]:
    """Draw specimens that are magnetized again and again and repeat their bursts, computed.

    A specimen with *return-point memory* goes through the same jumps in each cycle of the field. Here one
    cycle of ABBM noise is drawn for each specimen, brought to mean 0 and standard deviation 1, repeated, and
    covered with the white noise of the amplifier, which is new at each time.

    Parameters
    ----------
    n_specimens : int
    period, n_times : int
        Values in one cycle, and in the whole signal.
    noise : float
        Standard deviation of the amplifier's noise.
    rate, seed
        As in `barkhausen_noise`.

    Returns
    -------
    clean, measured : numpy.ndarray, shape (n_specimens, n_times)
        The signal without and with the noise of the amplifier.

    Raises
    ------
    ValueError
        If there is not one whole cycle in a signal, or the noise is negative.
    """
    noise = real_number(noise, "standard deviations of the noise")
    whole = is_count(period, 2) and is_count(n_times)
    if not whole or period > n_times or noise < 0:
        raise ValueError(
            _(
                "A period of {period} in {n} values with noise {noise} was given; give a period from 2 to "
                "{n} and a noise of at least 0."
            ).format(period=period, n=n_times, noise=noise)
        )
    rng = generator(seed)
    cycle = barkhausen_noise(rate, n_specimens, period, time_step=0.3, seed=rng)
    cycle = cycle - cycle.mean(axis=1, keepdims=True)
    cycle /= cycle.std(axis=1, keepdims=True) + 1e-9
    clean = np.tile(cycle, -(-n_times // period))[:, :n_times]
    return clean, clean + noise * rng.standard_normal(clean.shape)
