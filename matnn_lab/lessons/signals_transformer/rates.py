"""The driving rate from a waveform of Barkhausen noise: the estimators of theory, and a network."""

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import ArrayLike
from scipy.optimize import brentq, minimize
from scipy.special import digamma
from torch import nn

from matnn_lab.datasets.barkhausen import barkhausen_log_likelihood, barkhausen_noise
from matnn_lab.lessons.signals_transformer.steps import one_cycle

TIME_STEP = 0.5
N_TIMES = 256


def waveforms(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw computed waveforms of unknown rate and gain: ln c, shape (n,), and voltages, (n, 256).

    Rates run from 0.3 to 3, evenly in their logarithm; the logarithm of the gain has the spread 1.
    """
    rng = np.random.default_rng(seed)
    rates = np.exp(rng.uniform(np.log(0.3), np.log(3), n))
    gains = np.exp(rng.normal(size=n))
    drawn = barkhausen_noise(rates, n, N_TIMES, time_step=TIME_STEP, seed=rng)
    return np.log(rates), gains[:, None] * drawn


def by_law_of_values(voltage: ArrayLike) -> float:
    """Estimate the rate by maximum likelihood from the Gamma law of single values, whatever their order."""
    positive = np.maximum(np.asarray(voltage, dtype=float), 1e-12)
    gap = np.log(positive.mean()) - np.log(positive).mean()
    return float(brentq(lambda c: np.log(c) - digamma(c) - gap, 1e-3, 1e3))


def by_law_of_steps(voltage: ArrayLike) -> float:
    """Estimate the rate by maximum likelihood from the exact law of each value given the one before."""
    voltage = np.asarray(voltage, dtype=float)
    start = by_law_of_values(voltage)

    def misfit(guess: np.ndarray) -> float:
        rate, gain = np.exp(guess)
        return -barkhausen_log_likelihood(voltage, rate, gain=gain, time_step=TIME_STEP)

    begin = np.log([start, voltage.mean() / start])
    options = {"maxiter": 80, "xatol": 1e-3, "fatol": 1e-3}
    return float(np.exp(minimize(misfit, begin, method="Nelder-Mead", options=options).x[0]))


def prepare(signals: np.ndarray) -> torch.Tensor:
    """Take the logarithm of each voltage over the mean of its waveform: the gain is gone."""
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
