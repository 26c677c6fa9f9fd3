"""Exercises of notebook 10, longer sequences."""

import numpy as np

from matnn_lab.classroom.tasks import task
from matnn_lab.text import gettext as _


def _softmax(scores, axis=-1):
    powers = np.exp(scores - scores.max(axis=axis, keepdims=True))
    return powers / powers.sum(axis=axis, keepdims=True)


def _triples():
    rng = np.random.default_rng(101)
    for m, n, d, width in ((3, 5, 4, 2), (2, 7, 9, 3), (4, 6, 2, 5)):
        yield 2 * rng.normal(size=(m, d)), rng.normal(size=(n, d)), rng.normal(size=(n, width))


task(
    "10.1",
    "attend(queries, keys, values)",
    right=lambda q, k, v: _softmax(q @ k.T / np.sqrt(q.shape[1])) @ v,
    mistakes=[
        (
            lambda q, k, v: _softmax(q @ k.T) @ v,
            _("The scores are not divided: divide by √d, with d the length of a query."),
        ),
        (
            lambda q, k, v: _softmax(q @ k.T / q.shape[1]) @ v,
            _("You divide by d; divide the scores by its square root."),
        ),
        (
            lambda q, k, v: _softmax(q @ k.T / np.sqrt(len(k))) @ v,
            _("You divide by the root of the number of keys; d is the length of one query."),
        ),
        (
            lambda q, k, v: _softmax(q @ k.T / np.sqrt(q.shape[1]), axis=0) @ v,
            _("Your weights add up to one over the queries; they should over the keys, axis=1."),
        ),
        (
            lambda q, k, v: q @ k.T / np.sqrt(q.shape[1]) @ v,
            _("The softmax is missing: scores become weights that add up to one for each query."),
        ),
        (
            lambda q, k, v: _softmax(q @ k.T / np.sqrt(q.shape[1])),
            _("These are the weights; the exercise asks for the mixed values."),
        ),
    ],
    otherwise=_("The mixed values are not right; the first row should be {right[0]}."),
    cases=_triples,
)

task(
    "10.2",
    "nbo_per_t(silica, alumina, modifiers)",
    right=lambda s, a, m: 2 * (m - a) / (s + 2 * a),
    mistakes=[
        (
            lambda s, a, m: 2 * m / (s + 2 * a),
            _("Each Al₂O₃ takes one modifier oxide to balance its charge: subtract the alumina."),
        ),
        (
            lambda s, a, m: (m - a) / (s + 2 * a),
            _("Each oxygen that a modifier oxide brings opens one bridge into two ends: times 2."),
        ),
        (
            lambda s, a, m: 2 * (m - a) / (s + a),
            _("One Al₂O₃ brings two atoms of aluminium, so two tetrahedra."),
        ),
        (
            lambda s, a, m: 2 * (m - 2 * a) / (s + 2 * a),
            _("One modifier oxide balances two Al, that is one Al₂O₃: subtract it once."),
        ),
        (
            lambda s, a, m: 2 * (m - a) / s,
            _("Aluminium stands in tetrahedra too: divide by silica plus twice the alumina."),
        ),
    ],
    otherwise=_(
        "For silica {silica:g}, alumina {alumina:g} and modifiers {modifiers:g} you return {found:.4g}; "
        "it should be {right:.4g}."
    ),
    cases=lambda: [(0.66, 0.05, 0.29), (0.5, 0.25, 0.25), (0.75, 0.0, 0.25), (0.6, 0.1, 0.3)],
)


def _likeness(signal, shortest, longest):
    lags = range(shortest, longest + 1)
    return np.array([np.mean(signal[lag:] * signal[:-lag]) for lag in lags])


def _cycles():
    for period, shortest, longest in ((7, 3, 12), (11, 8, 20), (9, 5, 16)):
        rng = np.random.default_rng(105 + period)
        cycle = rng.gamma(0.5, size=period)
        signal = np.tile(cycle - cycle.mean(), 13)[:90]
        yield signal + 0.05 * rng.normal(size=90), shortest, longest


task(
    "10.3",
    "find_period(signal, shortest, longest)",
    right=lambda s, a, b: a + int(np.argmax(_likeness(s, a, b))),
    mistakes=[
        (
            lambda s, a, b: int(np.argmax(_likeness(s, a, b))),
            _("This is the place in your list of lags; the list begins at `shortest`: add it."),
        ),
        (
            lambda s, a, b: a + int(np.argmin(_likeness(s, a, b))),
            _("At this lag the signal is least like itself; look for the largest mean product."),
        ),
        (
            lambda s, a, b: 0,
            _("At lag 0 each signal is most like itself; begin at `shortest`."),
        ),
        (
            lambda s, a, b: float(_likeness(s, a, b).max()),
            _("This is the largest mean product; the exercise asks for the lag where it stands."),
        ),
    ],
    otherwise=_(
        "Here the mean product is largest at lag {right}, and you return {found}; did you try each lag from "
        "{shortest} to {longest}, both included?"
    ),
    cases=_cycles,
)


def _mixtures():
    energy = np.linspace(0, 10, 60)
    first, second = 1 / (1 + np.exp(4 - energy)), 1 / (1 + np.exp(6 - energy))
    first = first + np.exp(-((energy - 5) ** 2))
    for share in (0.3, 0.8):
        noise = 0.01 * np.random.default_rng(104).normal(size=60)
        yield share * first + (1 - share) * second + noise, first, second


def _shares(mixture, first, second):
    return np.linalg.lstsq(np.stack([first, second], axis=1), mixture, rcond=None)[0]


task(
    "10.4",
    "shares(mixture, first, second)",
    right=_shares,
    mistakes=[
        (
            lambda y, a, b: np.array([y @ a / (a @ a), y @ b / (b @ b)]),
            _("You fit each spectrum alone; fit both at once, since they overlap."),
        ),
        (
            lambda y, a, b: _shares(y, a, b)[::-1],
            _("The shares are in the other order: first the share of `first`."),
        ),
        (
            lambda y, a, b: np.array([np.corrcoef(y, a)[0, 1], np.corrcoef(y, b)[0, 1]]),
            _("These are correlations; the exercise asks for amounts, by least squares."),
        ),
        (
            lambda y, a, b: _shares(y, a, b)[0],
            _("You return one share; return both."),
        ),
    ],
    otherwise=_("The shares are {right}, and you return {found}."),
    cases=_mixtures,
)


def _voltages():
    for rate, gain in ((0.5, 1.0), (2.0, 3.0), (5.0, 0.2)):
        yield (gain * np.random.default_rng(103).gamma(rate, size=200),)


task(
    "10.5",
    "rate(voltage)",
    right=lambda v: np.mean(v) ** 2 / np.var(v),
    mistakes=[
        (lambda v: np.mean(v), _("The mean is the rate times the gain, and the gain is unknown.")),
        (lambda v: np.var(v), _("The variance is the rate times the gain squared.")),
        (lambda v: np.var(v) / np.mean(v), _("This is the gain: variance over mean.")),
        (lambda v: np.var(v) / np.mean(v) ** 2, _("This is one over the rate: turn it round.")),
        (
            lambda v: np.mean(v) / np.std(v),
            _("This is the square root of the rate: square mean and standard deviation."),
        ),
        (
            lambda v: np.mean(v) ** 2 / np.std(v),
            _("Divide by the variance, not by the standard deviation, or the gain stays in."),
        ),
    ],
    otherwise=_("For this waveform the rate is {right:.4g}, and you return {found:.4g}."),
    cases=_voltages,
    tolerance=0.02,  # of the divisor of the variance, n or n − 1
)
