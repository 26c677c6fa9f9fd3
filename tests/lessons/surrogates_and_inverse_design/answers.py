"""Right answers to the exercises of notebook 15, and likely mistakes with words of the hint that they get."""

import numpy as np


def shortfall(predicted, true, k):
    pairs = sorted(zip(predicted, true, strict=True), reverse=True)[:k]
    return sum(p - t for p, t in pairs) / k


def cautious(answers, caution):
    return [np.mean(column) - caution * np.std(column) for column in answers.T]


def regret(values, best, n_start, n_round):
    ends = range(n_start, len(values) + 1, n_round)
    return [best - max(values[:end]) for end in ends]


def beaten_by(points):
    counts = []
    for p in points:
        as_good = [q for q in points if all(q >= p)]
        counts.append(sum(any(q > p) for q in as_good))
    return counts


RIGHT = {"15.1": [shortfall], "15.2": [cautious], "15.3": [regret], "15.4": [beaten_by]}
WRONG = [
    ("15.1", lambda p, t, k: k * shortfall(p, t, k), "sum over the k"),
    ("15.1", lambda p, t, k: round(shortfall(p, t, k), 2), "but rounded"),
    ("15.2", lambda a, c: a.mean(axis=0) - a.std(axis=0), "multiply the two"),
    ("15.2", lambda a, c: np.add(cautious(a, c), 0.5), "you return"),
    ("15.3", lambda v, b, s, r: [-each for each in regret(v, b, s, r)], "sign is turned"),
    ("15.3", lambda v, b, s, r: regret(v, b, s, r)[:-1], "last round is missing"),
    ("15.4", lambda p: beaten_by(p[:, :2]), "two columns only"),
    ("15.4", lambda p: [sum(np.all(p >= each, axis=1)) - 1 for each in p], "twice"),
]
