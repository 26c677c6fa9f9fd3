"""Exercises of notebook 10, longer sequences."""

import numpy as np
from scipy.optimize import nnls

from matnn_lab.classroom.tasks import task
from matnn_lab.text import gettext as _


def _softmax(scores, axis=-1):
    powers = np.exp(scores - scores.max(axis=axis, keepdims=True))
    return powers / powers.sum(axis=axis, keepdims=True)


def _powers(queries, keys, axis):
    """Return the exponentials of the scores, less the largest along an axis."""
    scores = queries @ keys.T / np.sqrt(queries.shape[1])
    return np.exp(scores - scores.max(axis=axis, keepdims=True))


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
        (
            lambda q, k, v: np.exp(q @ k.T / np.sqrt(q.shape[1])) @ v,
            _("Your weights do not add up to one: divide each row by its sum."),
        ),
        (
            lambda q, k, v: _softmax(q @ k.T / np.sqrt(q.shape[1]), axis=None) @ v,
            _("All your weights together add up to one; those of each query should, so axis=1."),
        ),
        (
            lambda q, k, v: _softmax(q @ k.T) / np.sqrt(q.shape[1]) @ v,
            _("You divide by √d after the softmax; divide the scores, before it."),
        ),
        (
            lambda q, k, v: _softmax(q @ k.T * np.sqrt(q.shape[1])) @ v,
            _("You multiply the scores by √d; divide them by it."),
        ),
        (
            lambda q, k, v: _softmax(q @ k.T / np.sqrt(v.shape[1])) @ v,
            _("You divide by the root of the values' length; d is the length of one query."),
        ),
        (
            lambda q, k, v: _softmax(q @ k.T / np.sqrt(len(q))) @ v,
            _("You divide by the root of the number of queries; d is the length of one query."),
        ),
        (
            lambda q, k, v: q @ k.T / np.sum(q @ k.T, axis=1, keepdims=True) @ v,
            _(
                "The exponential is missing: a softmax takes `np.exp` of the scores before it divides."
            ),
        ),
        (
            lambda q, k, v: v[np.argmax(q @ k.T, axis=1)],
            _(
                "You take the value of the best key alone; attention mixes all of them by their weights."
            ),
        ),
        (
            lambda q, k, v: _powers(q, k, axis=1) / _powers(q, k, axis=1).sum(axis=0) @ v,
            _("You divide by the sum over the queries; take the sum over the keys, axis=1."),
        ),
        (
            lambda q, k, v: (
                _powers(q, k, axis=0) / _powers(q, k, axis=0).sum(axis=1, keepdims=True) @ v
            ),
            _("You subtract the largest score of each column; take that of each row, axis=1."),
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
        (
            lambda s, a, m: max(0.0, 2 * (m - a) / (s + 2 * a)),
            _("You cut off at zero; a negative value stays: it says that modifiers are lacking."),
        ),
        (
            lambda s, a, m: abs(2 * (m - a) / (s + 2 * a)),
            _(
                "You took the sign away; a negative value stays: it says that modifiers are lacking."
            ),
        ),
        (
            lambda s, a, m: 2 * (a - m) / (s + 2 * a),
            _("The sign is turned round: modifiers break bridges, and alumina keeps them from it."),
        ),
        (
            lambda s, a, m: 2 * (m + a) / (s + 2 * a),
            _("Alumina does not break bridges, it keeps modifiers from doing so: subtract it."),
        ),
        (
            lambda s, a, m: 2 * (m - a) / s + 2 * a,
            _("A bracket is missing: Python divides by `silica` before it adds twice the alumina."),
        ),
        (
            lambda s, a, m: 2 * m - a / (s + 2 * a),
            _("A bracket is missing: Python divides only the alumina, and not the difference."),
        ),
        (
            lambda s, a, m: (2 * m - a) / (s + 2 * a),
            _(
                "Each Al₂O₃ balances a whole modifier oxide, and the 2 holds for what is left: "
                "2 · (modifiers − alumina), with the brackets."
            ),
        ),
        (
            lambda s, a, m: 2 * (m - a),
            _("These are the broken bridges; divide by the number of tetrahedra."),
        ),
        (
            lambda s, a, m: 2 * m / s,
            _("The alumina is missing: it balances modifiers, and it brings tetrahedra."),
        ),
        (
            lambda s, a, m: 2 * (m - a) / (2 * s + 3 * a + m),
            _(
                "You divide by all oxygens; NBO/T is per tetrahedron: silica plus twice the alumina."
            ),
        ),
    ],
    otherwise=_(
        "For silica {silica:g}, alumina {alumina:g} and modifiers {modifiers:g} you return {found:.4g}; "
        "it should be {right:.4g}."
    ),
    cases=lambda: [
        (0.66, 0.05, 0.29),
        (0.5, 0.25, 0.25),
        (0.75, 0.0, 0.25),
        (0.6, 0.1, 0.3),
        (0.68, 0.2, 0.12),
        (0.4, 0.02, 0.58),
    ],
)


def _likeness(signal, shortest, longest):
    lags = range(shortest, longest + 1)
    return np.array([np.mean(signal[lag:] * signal[:-lag]) for lag in lags])


def _repeated(cycle, length, rng, noise=0.05):
    return np.resize(cycle, length) + noise * rng.normal(size=length)


def _cycles():
    """Yield signals and ranges in which each shortcut goes wrong at least once."""
    for period, shortest, longest, length, seed in (
        (7, 3, 12, 90, 112),
        (11, 8, 20, 90, 116),
        (6, 6, 11, 90, 111),  # found at the shortest lag
        (12, 5, 12, 90, 117),  # found at the longest lag
        (
            6,
            13,
            20,
            90,
            115,
        ),  # three periods are in the range; the signal is most like itself at one
        (11, 5, 16, 30, 8),  # glued end to end the signal repeats at another lag
    ):
        rng = np.random.default_rng(seed)
        cycle = rng.gamma(0.5, size=period)
        yield _repeated(cycle - cycle.mean(), length, rng), shortest, longest
    rng = np.random.default_rng(
        8
    )  # two halves that are nearly alike: the sum prefers half a period
    half = rng.gamma(0.5, size=8)
    half = half - half.mean()
    other = rng.normal(size=8) * half.std() * 0.2
    other = other - other.mean()
    yield _repeated(np.concatenate([half + other, half - other]), 60, rng, 0.02), 5, 20
    rng = np.random.default_rng(0)  # two halves of opposite sign, and the signal dies away
    half = rng.gamma(0.5, size=8)
    fading = np.exp(-0.03 * np.arange(90))
    yield fading * _repeated(np.concatenate([half, -half]), 90, rng, 0.02), 5, 20
    for seed, growth in ((460, 0.015), (478, -0.015)):  # the mean is not zero, and it matters
        rng = np.random.default_rng(seed)
        bursts = _repeated(rng.gamma(0.5, size=7), 40, rng)
        yield bursts * np.exp(growth * np.arange(40)), 4, 25
    for seed, length in ((1524, 64), (298, 44)):  # noisy: each part of it prefers another lag
        rng = np.random.default_rng(seed)
        yield _repeated(rng.gamma(0.5, size=9) - 0.3, length, rng, 0.3), 4, 20


def _lag_of_sums(signal, shortest, longest):
    lags = np.arange(shortest, longest + 1)
    return lags[np.argmax(_likeness(signal, shortest, longest) * (len(signal) - lags))]


def _lag_on_a_circle(signal, shortest, longest):
    lags = range(shortest, longest + 1)
    return shortest + np.argmax([np.mean(signal * np.roll(signal, lag)) for lag in lags])


def _best_lag(signal, shortest, longest, likeness):
    """Return the lag at which two pieces of the signal are most alike by another measure."""
    lags = range(shortest, longest + 1)
    return max(lags, key=lambda lag: likeness(signal[lag:], signal[:-lag]))


SMALLEST_DIFFERENCE = _(
    "You look for the smallest difference; the exercise asks for the largest mean product."
)
AS_MANY_PRODUCTS = _(
    "You take as many products at each lag as there are at the longest; take all of which both values lie "
    "in the signal."
)

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
            lambda s, a, b: a + int(np.argmax(np.abs(_likeness(s, a, b)))),
            _(
                "You take absolute values; a negative mean product says that the signal is turned over at "
                "this lag, and not that it repeats."
            ),
        ),
        (
            lambda s, a, b: _best_lag(s, a, b, lambda x, y: np.mean(np.abs(x * y))),
            _(
                "You take the absolute value of each product; a negative product says that the signal is not "
                "like itself there, and has to count against the lag."
            ),
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
        (
            lambda s, a, b: a + int(np.argmax(_likeness(s, a, b - 1))),
            _("You leave out the longest lag; it is included: `range(shortest, longest + 1)`."),
        ),
        (
            lambda s, a, b: a + 1 + int(np.argmax(_likeness(s, a + 1, b))),
            _("You leave out the shortest lag; it is included: `range(shortest, longest + 1)`."),
        ),
        (
            lambda s, a, b: _best_lag(s, a, b, lambda x, y: -np.mean((x - y) ** 2)),
            SMALLEST_DIFFERENCE,
        ),
        (
            lambda s, a, b: _best_lag(s, a, b, lambda x, y: -np.mean(np.abs(x - y))),
            SMALLEST_DIFFERENCE,
        ),
        (
            _lag_of_sums,
            _(
                "You compare sums, and a long lag has fewer products to add up; compare the means, so that "
                "it is judged fairly."
            ),
        ),
        (
            lambda s, a, b: _best_lag(
                s, a, b, lambda x, y: np.mean(x[: len(s) - b] * y[: len(s) - b])
            ),
            AS_MANY_PRODUCTS,
        ),
        (
            lambda s, a, b: _best_lag(
                s, a, b, lambda x, y: np.mean(x[b - len(s) :] * y[b - len(s) :])
            ),
            AS_MANY_PRODUCTS,
        ),
        (
            _lag_on_a_circle,
            _(
                "`np.roll` puts the end of the signal before its beginning; multiply only what overlaps, "
                "`signal[lag:] * signal[:-lag]`."
            ),
        ),
        (
            lambda s, a, b: a + int(np.argmax(_likeness(s - s.mean(), a, b))),
            _("You take the mean off the signal first; here it is taken as it is."),
        ),
        (
            lambda s, a, b: _best_lag(s, a, b, lambda x, y: np.cov(x, y, ddof=0)[0, 1]),
            _("You take the mean off the two pieces; here they are multiplied as they are."),
        ),
        (
            lambda s, a, b: _best_lag(s, a, b, lambda x, y: x @ y / np.sqrt(x @ x * (y @ y))),
            _(
                "You divide by the sizes of the two pieces, which differ from lag to lag; compare the plain "
                "mean products."
            ),
        ),
        (
            lambda s, a, b: _best_lag(s, a, b, lambda x, y: np.corrcoef(x, y)[0, 1]),
            _(
                "You compare correlation coefficients, which take off the mean and divide by the spread; "
                "compare the plain mean products."
            ),
        ),
        (
            lambda s, a, b: 1 + int(np.argmax(_likeness(s, 1, b))),
            _("You try lags below `shortest`; begin there."),
        ),
    ],
    otherwise=_(
        "Here the mean product is largest at lag {right:.0f}, and you return {found:g}; did you try each lag "
        "from {shortest} to {longest}, both included?"
    ),
    cases=_cycles,
)


def _mixtures():
    energy = np.linspace(0, 10, 60)
    first, second = 1 / (1 + np.exp(4 - energy)), 1 / (1 + np.exp(6 - energy))
    first = first + np.exp(-((energy - 5) ** 2))
    for amounts in (
        (0.3, 0.5),
        (0.8, 0.1),
        (0.9, -0.2),
    ):  # they do not add up to one, and one is negative: something else is there too
        noise = 0.01 * np.random.default_rng(104).normal(size=60)
        yield amounts[0] * first + amounts[1] * second + noise, first, second


def _shares(mixture, first, second):
    return np.linalg.lstsq(np.stack([first, second], axis=1), mixture, rcond=None)[0]


def _adding_up_to_one(mixture, first, second):
    share = (first - second) @ (mixture - second) / np.sum((first - second) ** 2)
    return np.array([share, 1 - share])


NOT_BELOW_ZERO = _(
    "You allow no amount below zero; fit both freely: a negative amount is a sign that these two references "
    "alone do not make up the mixture."
)

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
        (
            lambda y, a, b: _shares(y, a, b) / _shares(y, a, b).sum(),
            _(
                "You made the amounts add up to one; leave them as they are: if their sum is not one, "
                "something else is in the sample."
            ),
        ),
        (
            lambda y, a, b: _shares(y, a, b)[0] * np.array([1, -1]) + [0, 1],
            _("The second amount is fitted too; it need not be one less the first."),
        ),
        (
            _adding_up_to_one,
            _("You force the amounts to add up to one; fit both freely."),
        ),
        (
            lambda y, a, b: np.array([y @ a / (a @ a), (y - a * (y @ a / (a @ a))) @ b / (b @ b)]),
            _("You fit the second to what the first has left over; fit both at once."),
        ),
        (
            lambda y, a, b: _shares(y - y.mean(), a - a.mean(), b - b.mean()),
            _("You fit a constant beside the two references; a normalised spectrum has none."),
        ),
        (lambda y, a, b: nnls(np.stack([a, b], axis=1), y)[0], NOT_BELOW_ZERO),
        (lambda y, a, b: np.maximum(_shares(y, a, b), 0), NOT_BELOW_ZERO),
        (
            lambda y, a, b: np.abs(_shares(y, a, b)),
            _("You took the sign away; a negative amount stays as it is."),
        ),
        (
            lambda y, a, b: 100 * _shares(y, a, b),
            _("These are per cent; give the amounts as fractions of the references."),
        ),
        (
            lambda y, a, b: _shares(y / y.max(), a / a.max(), b / b.max()),
            _("You scaled the spectra to their largest values; fit them as they are."),
        ),
        (
            lambda y, a, b: _shares(y / y.sum(), a / a.sum(), b / b.sum()),
            _("You scaled the spectra to equal areas; fit them as they are."),
        ),
    ],
    otherwise=_("The shares are {right}, and you return {found}."),
    cases=_mixtures,
)


def _voltages():
    for rate, gain, length in ((0.5, 1.0, 200), (2.0, 3.0, 300), (5.0, 0.2, 250)):
        yield (gain * np.random.default_rng(55).gamma(rate, size=length),)


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
        (
            lambda v: np.mean(v) / np.var(v),
            _("This is one over the gain: the mean has to be squared."),
        ),
        (
            lambda v: np.std(v) / np.mean(v),
            _("Turn it round, and square mean and standard deviation."),
        ),
        (
            lambda v: np.mean(v) ** 2 / np.mean(v**2),
            _(
                "The mean of the squares is not the variance; the square of the mean is still in it."
            ),
        ),
        (
            lambda v: np.mean(v**2) / np.var(v),
            _("You divide the mean of the squares; take the square of the mean."),
        ),
        (
            lambda v: np.sqrt(np.mean(v**2)),
            _("This is the RMS voltage; it grows with the gain, which is unknown."),
        ),
        (
            lambda v: np.log(np.mean(v) ** 2 / np.var(v)),
            _("This is the logarithm of the rate; the exercise asks for the rate."),
        ),
    ],
    otherwise=_("For this waveform the rate is {right:.4g}, and you return {found:.4g}."),
    cases=_voltages,
    tolerance=0.02,  # of the divisor of the variance, n or n − 1
)
