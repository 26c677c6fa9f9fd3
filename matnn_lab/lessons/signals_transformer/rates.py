"""The driving rate from a waveform of Barkhausen noise: the estimators of theory, and a network."""

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import ArrayLike
from scipy.optimize import brentq, minimize
from scipy.special import digamma
from torch import nn

from matnn_lab.arrays import check_counts, check_varied, generator, number_rows
from matnn_lab.datasets.barkhausen import (
    barkhausen_log_likelihood,
    barkhausen_noise,
    waveform,
)
from matnn_lab.lessons.signals_transformer.steps import one_cycle
from matnn_lab.text import gettext as _

TIME_STEP = 0.5
N_TIMES = 256
LARGEST_RATE = 1e3  # that is looked for
LOG_RATES = np.log(0.3), np.log(3)


def waveforms(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw computed waveforms of unknown rate and gain: ln c, shape (n,), and voltages, (n, 256).

    Rates run from 0.3 to 3, evenly in their logarithm; the logarithm of the gain has the spread 1.
    """
    check_counts(n=n)
    rng = generator(seed)
    rates = np.exp(rng.uniform(*LOG_RATES, n))
    gains = np.exp(rng.normal(size=n))
    drawn = barkhausen_noise(rates, n, N_TIMES, time_step=TIME_STEP, seed=rng)
    return np.log(rates), gains[:, None] * drawn


def by_law_of_values(voltage: ArrayLike) -> float:
    """Estimate the rate by maximum likelihood from the Gamma law of single values, whatever their order.

    Raises
    ------
    ValueError
        If the voltages are not those of one waveform, finite and at least 0, or hardly vary.
    """
    positive = np.maximum(waveform(voltage), 1e-12)
    gap = np.log(positive.mean()) - np.log(positive).mean()
    if gap < 1 / LARGEST_RATE:
        raise ValueError(
            _(
                "The {n} voltages hardly vary, which no rate below {most:g} does; give those of a waveform "
                "with noise."
            ).format(n=len(positive), most=LARGEST_RATE)
        )
    return float(brentq(lambda c: np.log(c) - digamma(c) - gap, 1e-3, LARGEST_RATE))


def by_law_of_steps(voltage: ArrayLike) -> float:
    """Estimate the rate by maximum likelihood from the exact law of each value given the one before."""
    voltage = waveform(voltage)
    start = by_law_of_values(voltage)

    def misfit(guess: np.ndarray) -> float:
        rate, gain = np.exp(guess)
        return -barkhausen_log_likelihood(voltage, rate, gain=gain, time_step=TIME_STEP)

    begin = np.log([start, voltage.mean() / start])
    options = {"maxiter": 80, "xatol": 1e-3, "fatol": 1e-3}
    return float(np.exp(minimize(misfit, begin, method="Nelder-Mead", options=options).x[0]))


def by_posterior(voltage: ArrayLike) -> float:
    """Estimate the rate by the law of the steps and that from which `waveforms` draws rate and gain.

    This is the median of the posterior, the answer of least expected absolute error in ln c. The posterior is
    added up on a grid of ln c and of the logarithm of the mean voltage, gain times rate.
    """
    voltage = waveform(voltage)
    guess = np.clip(np.log(by_law_of_values(voltage)), *LOG_RATES)
    log_rates = np.linspace(max(guess - 0.6, LOG_RATES[0]), min(guess + 0.6, LOG_RATES[1]), 31)
    spread = np.sqrt(2 / (np.exp(guess) * TIME_STEP * len(voltage)))  # of the mean over its value
    log_means = np.log(voltage.mean()) + spread * np.linspace(-4, 4, 9)
    log_density = np.empty((len(log_rates), len(log_means)))
    for row, log_rate in enumerate(log_rates):
        for column, log_gain in enumerate(log_means - log_rate):
            log_density[row, column] = -(log_gain**2) / 2 + barkhausen_log_likelihood(
                voltage, np.exp(log_rate), gain=np.exp(log_gain), time_step=TIME_STEP
            )
    below = np.exp(log_density - log_density.max()).sum(axis=1).cumsum()
    return float(
        np.exp(np.interp(0.5, (below - np.diff(below, prepend=0) / 2) / below[-1], log_rates))
    )


def prepare(signals: np.ndarray) -> torch.Tensor:
    """Take the logarithm of each voltage over the mean of its waveform: the gain is gone."""
    signals = number_rows(signals, "voltages", least=0)
    check_varied(signals, "waveforms")
    return torch.tensor(np.log(signals / signals.mean(axis=1, keepdims=True) + 1e-3)).float()


def train(seed: int, steps: int = 1500, n: int = 1500) -> Callable[[np.ndarray], np.ndarray]:
    """Train a small CNN on n waveforms, and return its prediction of ln c as a function."""
    torch.manual_seed(seed)
    model = nn.Sequential(
        *(nn.Unflatten(1, (1, -1)), nn.Conv1d(1, 16, 5, padding=2), nn.ReLU()),
        *(nn.Conv1d(16, 16, 5, padding=2), nn.ReLU(), nn.AdaptiveAvgPool1d(1), nn.Flatten()),
        *(nn.Linear(16, 32), nn.ReLU(), nn.Linear(32, 1), nn.Flatten(0)),
    )
    log_rates, signals = waveforms(n, seed=1)
    inputs, targets = prepare(signals), torch.tensor(log_rates).float()
    generator = torch.Generator().manual_seed(seed)
    descend = one_cycle(model, 1e-2, steps)
    for _step in range(steps):
        rows = torch.randint(0, len(inputs), (64,), generator=generator)
        descend(nn.functional.mse_loss(model(inputs[rows]), targets[rows]))

    def predict(others: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            return model(prepare(others)).numpy()

    return predict
