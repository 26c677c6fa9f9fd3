"""Right answers to the exercises of notebook 17, and likely mistakes with words of the hint that they get."""

import heapq
import statistics

import numpy as np
import pandas as pd
from sklearn.metrics import mean_squared_error, precision_score, r2_score


def squares(a, b):
    return ((a - b) ** 2).sum()


def r2(true, predicted):
    return 1 - squares(true, predicted) / squares(true, true.mean())


def r2_by_loop(true, predicted):
    mean = sum(true) / len(true)
    above = below = 0.0
    for t, p in zip(true, predicted, strict=True):
        above += (t - p) ** 2
        below += (t - mean) ** 2
    return 1 - above / below


def acceleration(true, predicted, threshold):
    stable, picked = true <= threshold, predicted <= threshold
    return stable[picked].mean() / stable.mean()


def acceleration_by_loop(true, predicted, threshold):
    right = picks = stable = 0
    for t, p in zip(true, predicted, strict=True):
        stable += t <= threshold
        if p <= threshold:
            picks += 1
            right += t <= threshold
    return len(true) * right / (picks * stable)


def acceleration_by_pandas(true, predicted, threshold):
    table = pd.DataFrame({"stable": true, "picked": predicted}) <= threshold
    return table.query("picked")["stable"].mean() / table["stable"].mean()


def shares(true, predicted, threshold):
    """Give precision, recall, share of stable ones and share of picks."""
    stable, picked = true <= threshold, predicted <= threshold
    return stable[picked].mean(), picked[stable].mean(), stable.mean(), picked.mean()


def precision(hits, scores, k):
    return hits[np.argsort(-scores)[:k]].mean()


def precision_by_pairs(hits, scores, k):
    best = heapq.nlargest(k, zip(scores, hits, strict=True))
    return sum(bool(hit) for _, hit in best) / k


def precision_by_pandas(hits, scores, k):
    table = pd.DataFrame({"hit": hits, "score": scores})
    return table.nlargest(k, "score")["hit"].mean()


def precision_by_threshold(hits, scores, k):
    return hits[scores >= np.sort(scores)[-k]].mean()


def error(gains, ratio, ddof=1):
    return np.sqrt(np.var(gains, ddof=ddof) * (1 / len(gains) + ratio))


def error_by_pandas(gains, n_train, n_test):
    return pd.Series(gains).sem() * (1 + len(gains) * n_test / n_train) ** 0.5


def error_by_statistics(gains, n_train, n_test):
    return statistics.stdev(gains.tolist()) * (1 / len(gains) + n_test / n_train) ** 0.5


RIGHT = {
    "17.1": [r2_score, r2_by_loop, lambda t, p: 1 - mean_squared_error(t, p) / np.var(t)],
    "17.2": [
        acceleration,
        acceleration_by_loop,
        acceleration_by_pandas,
        lambda t, p, limit: precision_score(t <= limit, p <= limit) / np.mean(t <= limit),
    ],
    "17.3": [precision, precision_by_pairs, precision_by_pandas, precision_by_threshold],
    "17.4": [lambda g, n, m: error(g, m / n), error_by_pandas, error_by_statistics],
}

WRONG = [
    (
        "17.3",
        lambda hits, scores, k: hits[np.argsort(-scores)[:k]].sum() / len(hits),
        "all materials",
    ),
    ("17.1", lambda t, p: np.corrcoef(t, p)[0, 1], "Here R² is"),
    ("17.1", lambda t, p: 1 - np.var(t - p) / np.var(t), "Here R² is"),
    ("17.1", lambda t, p: 1 - ((t - p) ** 2).mean() / t.std(), "Here R² is"),
    ("17.1", lambda t, p: 1 - squares(t, p) / squares(p, t.mean()), "Here R² is"),
    ("17.1", lambda t, p: 1 - (t - p).sum() ** 2 / (t - t.mean()).sum() ** 2, "R²"),
    ("17.1", lambda t, p: -r2(t, p), "Here R² is"),
    ("17.1", lambda t, p: 100 * r2(t, p), "Here R² is"),
    ("17.1", lambda t, p: 1 - (t - p) ** 2 / squares(t, t.mean()), "should be one number"),
    ("17.2", lambda *given: shares(*given)[1], "At the threshold 0.05 the factor is"),
    ("17.2", lambda *given: shares(*given)[0] * shares(*given)[2], "the factor is"),
    ("17.2", lambda *given: shares(*given)[0] - shares(*given)[2], "the factor is"),
    ("17.2", lambda t, p, limit: acceleration(-t, -p, -limit), "the factor is"),
    (
        "17.2",
        lambda t, p, limit: (t[p <= limit] <= limit).sum() / (t <= limit).mean(),
        "the factor is",
    ),
    ("17.2", lambda t, p, limit: acceleration(t, p, limit) - 1, "the factor is"),
    (
        "17.3",
        lambda hits, scores, k: precision(hits, scores, k + 1),
        "Among the best 5 materials",
    ),
    ("17.3", lambda hits, scores, k: hits[scores > np.sort(scores)[-k]].mean(), "share of hits is"),
    ("17.3", lambda hits, scores, k: np.sort(hits)[::-1][:k].mean(), "share of hits is"),
    ("17.3", lambda hits, scores, k: hits.mean(), "share of hits is"),
    ("17.3", lambda hits, scores, k: 100 * precision(hits, scores, k), "share of hits is"),
    ("17.3", lambda hits, scores, k: np.sort(-scores)[:k].mean(), "share of hits is"),
    ("17.3", lambda hits, scores, k: hits[np.argsort(-scores)[:k]], "should be one number"),
    ("17.4", lambda g, n, m: error(g, 0, ddof=0), "For splits into 80 and 20 rows"),
    ("17.4", lambda g, n, m: g.std(ddof=1), "the standard error is"),
    ("17.4", lambda g, n, m: g.std(ddof=1) * (1 / len(g) + m / n), "the standard error is"),
    ("17.4", lambda g, n, m: g.std(ddof=1) * (m / n) ** 0.5, "the standard error is"),
    ("17.4", lambda g, n, m: error(g, 0) + g.std(ddof=1) * (m / n) ** 0.5, "the standard error is"),
    ("17.4", lambda g, n, m: 1.96 * error(g, m / n), "the standard error is"),
    ("17.4", lambda g, n, m: -error(g, m / n), "the standard error is"),
]
