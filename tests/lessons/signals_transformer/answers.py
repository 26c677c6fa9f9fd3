"""Right and wrong answers to the exercises of notebook 10 that its tasks do not bring themselves."""

import math

import numpy as np
import torch
from scipy.optimize import nnls


def with_torch(queries, keys, values):
    three = (torch.as_tensor(np.asarray(each)).float() for each in (queries, keys, values))
    return torch.nn.functional.scaled_dot_product_attention(*three)


def query_by_query(queries, keys, values):
    rows = []
    for query in queries:
        powers = np.array([math.exp(query @ key / math.sqrt(len(query))) for key in keys])
        rows.append(powers / powers.sum() @ values)
    return rows


def softmax_over_mixed_axes(queries, keys, values):
    scores = queries @ keys.T / math.sqrt(queries.shape[1])
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=0) @ values


def less_the_largest_of_each_column(queries, keys, values):
    scores = queries @ keys.T / math.sqrt(queries.shape[1])
    powers = np.exp(scores - scores.max(axis=0))
    return powers / powers.sum(axis=1, keepdims=True) @ values


def by_counting_oxygens(silica, alumina, modifiers):
    tetrahedra = silica + 2 * alumina
    return (2 * (2 * silica + 3 * alumina + modifiers) - 4 * tetrahedra) / tetrahedra


def best_lag(signal, lags, likeness=np.mean):
    return max(lags, key=lambda lag: likeness(signal[lag:] * signal[:-lag]))


def by_scaled_products(signal, shortest, longest):
    """Divide the sum of the products by the lengths of both pieces, as a cosine."""

    def cosine(lag):
        first, second = signal[lag:], signal[:-lag]
        return first @ second / math.sqrt(first @ first * (second @ second))

    return max(range(shortest, longest + 1), key=cosine)


def by_as_many_products_at_each_lag(signal, shortest, longest):
    last = signal[longest:]
    earlier = [signal[longest - lag : len(signal) - lag] for lag in range(shortest, longest + 1)]
    return shortest + int(np.argmax([np.mean(last * each) for each in earlier]))


def by_the_first_two_cycles(signal, shortest, longest):
    lags = [lag for lag in range(shortest, longest + 1) if 2 * lag <= len(signal)]
    return max(lags, key=lambda lag: np.mean(signal[:lag] * signal[lag : 2 * lag]))


def by_normal_equations(mixture, first, second):
    table = np.stack([first, second])
    return np.linalg.solve(table @ table.T, table @ mixture)


def forced(mixture, first, second):
    share = (first - second) @ (mixture - second) / np.sum((first - second) ** 2)
    return share, 1 - share


def without_negative_amounts(mixture, first, second):
    return nnls(np.column_stack([first, second]), mixture)[0]


def by_correlation(signal, shortest, longest):
    lags = range(shortest, longest + 1)
    return max(lags, key=lambda lag: np.corrcoef(signal[lag:], signal[:-lag])[0, 1])


RIGHT = {
    "10.1": [with_torch, query_by_query],
    "10.2": [by_counting_oxygens],
    "10.3": [lambda signal, a, b: best_lag(signal, range(a, b + 1))],
    "10.4": [by_normal_equations],
    "10.5": [
        lambda v: torch.as_tensor(v).mean() ** 2 / torch.as_tensor(v).var(),  # n − 1
        lambda v: 1 / (np.mean(v**2) / np.mean(v) ** 2 - 1),
    ],
}
WRONG = [
    ("10.1", softmax_over_mixed_axes, "over the queries"),
    ("10.1", less_the_largest_of_each_column, "of each row"),
    ("10.2", lambda s, a, m: max(2 * (m - a) / (s + 2 * a), 0), "cut off at zero"),
    ("10.2", lambda s, a, m: min(2 * (m - a) / (s + 2 * a), 2), "should be 2.545"),
    ("10.2", lambda s, a, m: 2 * m / s, "alumina is missing"),
    ("10.2", lambda s, a, m: round(2 * (m - a) / (s + 2 * a), 2), "rounded"),
    ("10.2", lambda s, a, m: abs(2 * (m - a) / (s + 2 * a)), "took the sign away"),
    ("10.3", lambda x, a, b: best_lag(x, range(a, b)), "leave out the longest lag"),
    ("10.3", lambda x, a, b: best_lag(x, range(a + 1, b + 1)), "leave out the shortest lag"),
    ("10.3", lambda x, a, b: best_lag(x, range(1, b + 1)), "lags below"),
    ("10.3", lambda x, a, b: best_lag(x, range(a, b + 1), np.sum), "compare sums"),
    (
        "10.3",
        lambda x, a, b: max(range(a, b + 1), key=lambda lag: np.mean(x * np.roll(x, lag))),
        "np.roll",
    ),
    (
        "10.3",
        lambda x, a, b: best_lag(x, range(a, b + 1), lambda products: np.mean(np.abs(products))),
        "absolute value of each product",
    ),
    ("10.3", lambda x, a, b: best_lag(x - x.mean(), range(a, b + 1)), "take the mean off"),
    ("10.3", by_correlation, "correlation coefficients"),
    (
        "10.3",
        lambda x, a, b: min(range(a, b + 1), key=lambda n: np.mean(np.abs(x[n:] - x[:-n]))),
        "smallest difference",
    ),
    (
        "10.3",
        lambda x, a, b: max(range(a, b + 1), key=lambda n: np.cov(x[n:], x[:-n], ddof=0)[0, 1]),
        "mean off the two pieces",
    ),
    ("10.3", by_scaled_products, "divide by the sizes"),
    ("10.3", by_as_many_products_at_each_lag, "as many products at each lag"),
    ("10.3", by_the_first_two_cycles, "the mean product is largest at lag"),
    (
        "10.3",
        lambda x, a, b: best_lag(np.maximum(x, 0), range(a, b + 1)),
        "the mean product is largest at lag",
    ),
    (
        "10.3",
        lambda x, a, b: min(range(a, b + 1), key=lambda n: np.mean((x[n:] - x[:-n]) ** 2)),
        "smallest difference",
    ),
    ("10.4", forced, "force the amounts"),
    ("10.4", without_negative_amounts, "no amount below zero"),
    (
        "10.4",
        lambda y, a, b: np.clip(by_normal_equations(y, a, b), 0, 1),
        "no amount below zero",
    ),
    ("10.5", lambda v: round(np.mean(v) ** 2 / np.var(v), 1), "the rate is 0.4599"),
    ("10.5", lambda v: (np.sum(v) / 200) ** 2 / np.var(v), "the rate is"),
]
