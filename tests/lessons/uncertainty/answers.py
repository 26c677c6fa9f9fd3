"""Right answers to the exercises of notebook 18, and likely mistakes with words of the hint that they get."""

import math
from statistics import NormalDist

import numpy as np
import pandas as pd
import torch
from scipy import stats


def reach(level):
    return NormalDist().inv_cdf((1 + level) / 2)


def both_sides(mean, half):
    return mean - half, mean + half


def by_rows(mean, std, level):
    tail = (1 - level) / 2
    rows = [NormalDist(m, s) for m, s in zip(mean, std, strict=True)]
    return [row.inv_cdf(tail) for row in rows], [row.inv_cdf(1 - tail) for row in rows]


def by_torch(mean, std, level):
    half = 2**0.5 * torch.erfinv(torch.tensor(level)) * torch.tensor(std)
    return list(both_sides(torch.tensor(mean), half))


def covered(true, low, high):
    return ((low <= true) & (true <= high)).mean()


def covered_by_loop(true, low, high):
    held = width = 0
    for t, a, b in zip(true, low, high, strict=True):
        held += a <= t <= b
        width += b - a
    return held / len(true), width / len(true)


def covered_by_pandas(true, low, high):
    table = pd.DataFrame({"low": low, "high": high})
    return [pd.Series(true).between(low, high).mean(), table.diff(axis=1)["high"].mean()]


def covered_by_distance(true, low, high):
    outside = np.maximum(low - true, true - high)
    return 1 - np.count_nonzero(outside > 0) / len(true), np.mean(high) - np.mean(low)


def rank_of(errors, coverage):
    return math.ceil((len(errors) + 1) * coverage - 1e-9)


def smallest(errors, rank):
    return np.sort(errors)[rank - 1]


def by_popping(errors, coverage):
    left = errors.tolist()
    for _ in range(rank_of(errors, coverage) - 1):
        left.remove(min(left))
    return min(left)


def by_quantile(errors, coverage):
    share = (rank_of(errors, coverage) - 0.5) / len(errors)
    return np.quantile(errors, share, method="inverted_cdf")


def at_level(errors, coverage, method):
    """Angelopoulos and Bates write it with ``method="higher"``."""
    n = len(errors)
    return np.quantile(errors, np.ceil((n + 1) * coverage) / n, method=method)


def rest(errors, scores, n_aside):
    return errors[np.argsort(scores)[: len(errors) - n_aside]]


def rest_by_pairs(errors, scores, n_aside):
    pairs = sorted(zip(scores, errors, strict=True), reverse=True)
    kept = [error for _, error in pairs[n_aside:]]
    return sum(kept) / len(kept)


def rest_by_pandas(errors, scores, n_aside):
    table = pd.DataFrame({"error": errors, "score": scores})
    return table.nsmallest(len(table) - n_aside, "score")["error"].mean()


def rest_by_rank(errors, scores, n_aside):
    return errors[stats.rankdata(scores) <= len(errors) - n_aside].mean()


RIGHT = {
    "18.1": [
        lambda mean, std, level: both_sides(mean, reach(level) * std),
        lambda mean, std, level: stats.norm.interval(level, mean, std),
        by_rows,
        by_torch,
    ],
    "18.2": [covered_by_loop, covered_by_pandas, covered_by_distance],
    "18.3": [
        lambda errors, coverage: sorted(errors)[rank_of(errors, coverage) - 1],
        lambda errors, coverage: np.partition(errors, k := rank_of(errors, coverage) - 1)[k],
        by_popping,
        by_quantile,
        lambda errors, coverage: at_level(errors, coverage, "inverted_cdf"),
    ],
    "18.4": [lambda *given: rest(*given).mean(), rest_by_pairs, rest_by_pandas, rest_by_rank],
}

WRONG = [
    (
        "18.2",
        lambda true, low, high: (np.mean((true > low) & (true <= high)), np.mean(high - low)),
        "Coverage should be",
    ),
    ("18.1", lambda mean, std, level: both_sides(mean, -reach(level) * std), "turned round"),
    (
        "18.1",
        lambda mean, std, level: both_sides(mean, NormalDist().inv_cdf((1 - level) / 2) * std),
        "turned round",
    ),
    ("18.1", lambda mean, std, level: both_sides(mean, std), "holds 68 %"),
    (
        "18.1",
        lambda mean, std, level: both_sides(mean, NormalDist().inv_cdf(level) * std),
        "should be 10% in all",
    ),
    ("18.1", lambda mean, std, level: both_sides(mean, reach(level) * std**2), "variance"),
    ("18.1", lambda mean, std, level: both_sides(mean, 1.645 * std), "For level 0.5"),
    ("18.1", lambda mean, std, level: both_sides(mean, 1.96 * std), "reach 1.645 `std`"),
    ("18.1", lambda mean, std, level: both_sides(mean, level * std), "reach 1.645 `std`"),
    ("18.1", lambda mean, std, level: both_sides(0, reach(level) * std), "each side of `mean`"),
    ("18.1", lambda mean, std, level: both_sides(mean, reach(level) * std / 2), "1.645 `std`"),
    (
        "18.1",
        lambda mean, std, level: both_sides(mean, reach(level) * std / len(std) ** 0.5),
        "reach 1.645 `std`",
    ),
    ("18.1", lambda mean, std, level: (mean, mean + reach(level) * std), "to each side"),
    ("18.1", lambda mean, std, level: both_sides(mean, reach(level)), "reach 1.645 `std`"),
    ("18.1", lambda mean, std, level: reach(level) * std, "the pair `(low, high)`"),
    ("18.2", lambda true, low, high: (np.mean(high - low), covered(true, low, high)), "turned"),
    (
        "18.2",
        lambda true, low, high: (((low <= true) & (true <= high)).sum(), np.mean(high - low)),
        "This is a count",
    ),
    (
        "18.2",
        lambda true, low, high: (100 * covered(true, low, high), np.mean(high - low)),
        "percent",
    ),
    (
        "18.2",
        lambda true, low, high: (np.mean((low < true) & (true < high)), np.mean(high - low)),
        "use `<=`",
    ),
    (
        "18.2",
        lambda true, low, high: (np.mean(true <= high), np.mean(high - low)),
        "one end only",
    ),
    ("18.2", lambda true, low, high: (np.mean(true >= low), np.mean(high - low)), "one end only"),
    (
        "18.2",
        lambda true, low, high: (covered(true, low, high), np.mean(high - low) / 2),
        "half of the width",
    ),
    (
        "18.2",
        lambda true, low, high: (covered(true, low, high), np.sum(high - low)),
        "the mean width",
    ),
    (
        "18.2",
        lambda true, low, high: (covered(true, low, high), np.mean(low - high)),
        "the mean width",
    ),
    (
        "18.2",
        lambda true, low, high: (covered(true, low, high), np.median(high - low)),
        "the mean width",
    ),
    (
        "18.2",
        lambda true, low, high: (1 - covered(true, low, high), np.mean(high - low)),
        "Coverage should be 0.619",
    ),
    (
        "18.2",
        lambda true, low, high: (np.mean((low <= true) | (true <= high)), np.mean(high - low)),
        "Coverage should be 0.619",
    ),
    ("18.2", lambda true, low, high: (covered(true, low, high), high - low), "width should be one"),
    ("18.2", covered, "(coverage, width)"),
    (
        "18.3",
        lambda errors, coverage: smallest(errors, rank_of(errors, coverage) - 1),
        "the half width is",
    ),
    (
        "18.3",
        lambda errors, coverage: np.quantile(errors, coverage, method="inverted_cdf"),
        "one more",
    ),
    (
        "18.3",
        lambda errors, coverage: smallest(errors, round(len(errors) * coverage)),
        "the half width is",
    ),
    (
        "18.3",
        lambda errors, coverage: np.sort(errors)[::-1][rank_of(errors, coverage) - 1],
        "For coverage 0.85 the half width is",
    ),
    ("18.3", lambda errors, coverage: errors.max(), "the half width is"),
    ("18.3", lambda errors, coverage: reach(coverage) * errors.std(), "the half width is"),
    ("18.3", lambda errors, coverage: rank_of(errors, coverage), "returns 23."),
    (
        "18.3",
        lambda errors, coverage: at_level(errors, coverage, "higher"),
        'method="inverted_cdf"',
    ),
    ("18.4", lambda e, s, n: e[np.argsort(s)[n:]].mean(), "most trusted rows"),
    ("18.4", lambda e, s, n: np.sort(e)[: len(e) - n].mean(), "largest errors aside"),
    ("18.4", lambda e, s, n: e[np.argsort(s)[len(e) - n :]].mean(), "rows set aside; the rest"),
    ("18.4", lambda e, s, n: rest(e, s, n).sum(), "This is a sum"),
    ("18.4", lambda e, s, n: e[np.argsort(s)[:-n]].mean(), "takes no row"),
    ("18.4", lambda e, s, n: e[np.argsort(s)[:n]].mean(), "With 3 of 10 rows set aside"),
    ("18.4", lambda e, s, n: rest(e, s, n).sum() / len(e), "the mean error of the rest is"),
    ("18.4", lambda e, s, n: rest(e, s, n + 1).mean(), "the mean error of the rest is"),
    ("18.4", lambda e, s, n: e[: len(e) - n].mean(), "the mean error of the rest is"),
    ("18.4", lambda e, s, n: e.mean(), "the mean error of the rest is"),
    ("18.4", lambda e, s, n: np.median(rest(e, s, n)), "the mean error of the rest is"),
    ("18.4", lambda e, s, n: np.sort(s)[: len(e) - n].mean(), "the mean error of the rest is"),
    ("18.4", rest, "should be one number"),
]
