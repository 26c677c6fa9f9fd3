"""Right answers to the exercises of notebook 00, and likely mistakes with words of the hint that they get."""

import math
from collections import Counter
from fractions import Fraction

import numpy as np
import pandas as pd
import torch


def usual(labels):
    return max(set(labels), key=labels.count)


def share(label, labels):
    return labels.count(label) / len(labels)


def counted(train, test):
    counts = {}
    for label in train:
        counts[label] = counts.get(label, 0) + 1
    guess = sorted(counts, key=counts.get)[-1]
    hits = 0
    for label in test:
        if label == guess:
            hits += 1
    return hits / len(test)


def distances(vectors, i):
    return np.linalg.norm(vectors - vectors[i], axis=1)


def order(measure):
    """Return an answer that sorts the other rows by a measure of vectors and i."""

    def nearest(vectors, i, k):
        return [j for j in np.argsort(measure(vectors, i), kind="stable") if j != i][:k]

    return nearest


def by_list(vectors, i, k):
    others = [j for j in range(len(vectors)) if j != i]
    return sorted(others, key=lambda j: math.dist(vectors[j], vectors[i]))[:k]


def by_torch(vectors, i, k):
    rows = torch.from_numpy(vectors)
    distance = (rows - rows[i]).square().sum(dim=1)
    distance[i] = torch.inf
    return distance.topk(k, largest=False).indices


def by_pandas(vectors, i, k):
    squares = ((pd.DataFrame(vectors) - vectors[i]) ** 2).sum(axis=1)
    return squares.drop(index=i).nsmallest(k).index.to_numpy()


def by_partition(vectors, i, k):
    distance = distances(vectors, i)
    distance[i] = np.inf
    return np.argpartition(distance, k)[:k]  # the k nearest, in no order


def without_zero(vectors, i, k):
    distance = distances(vectors, i)
    distance[distance == 0] = np.inf
    return np.argsort(distance)[:k]


def cosine(vectors, i):
    return -(vectors @ vectors[i]) / np.linalg.norm(vectors, axis=1)


def wait(calculation, surrogate, n_training, fit):
    n = 1
    while n_training * calculation + fit + n * surrogate >= n * calculation:
        n += 1
    return n


def exactly(calculation, surrogate, n_training, fit):
    c, s, f = (Fraction(str(x)) for x in (calculation, surrogate, fit))
    return (n_training * c + f) // (c - s) + 1


RIGHT = {
    "00.1": [
        lambda train, test: share(Counter(train).most_common(1)[0][0], test),
        lambda train, test: (pd.Series(test) == pd.Series(train).mode()[0]).mean(),
        lambda train, test: np.mean(np.array(test) == usual(train)),
        counted,
        lambda train, test: Fraction(test.count(usual(train)), len(test)),
    ],
    "00.2": [order(distances), by_list, by_torch, by_pandas],
    "00.3": [
        lambda c, s, n, fit: math.floor((n * c + fit) / (c - s)) + 1,
        lambda c, s, n, fit: np.floor((n * c + fit) / (c - s) + 1),
        wait,
        lambda c, s, n, fit: int(exactly(c, s, n, fit)),
    ],
}

WRONG = [
    ("00.1", lambda train, test: share(min(set(train), key=train.count), test), "should be 0.2,"),
    ("00.1", lambda train, test: round(share(usual(train), test)), "should be 0.2,"),
    ("00.1", lambda train, test: usual(train), "one number"),
    ("00.1", lambda train, test: None, "`return` were missing."),
    ("00.1", lambda train: share(usual(train), train), "cannot be called"),
    ("00.2", lambda v, i, k: np.argsort(distances(v, i))[:k], "not its own neighbour"),
    ("00.2", lambda v, i, k: np.argsort(distances(v, i))[1 : k + 1], "Row 6 is in your list"),
    ("00.2", lambda v, i, k: order(distances)(v, i, k - 1), "There should be 3 rows"),
    ("00.2", lambda v, i, k: order(distances)(v, i, len(v)), "There should be 3 rows"),
    ("00.2", lambda v, i, k: np.argsort(distances(v, i))[::-1][:k], "farthest"),
    ("00.2", lambda v, i, k: np.sort(distances(v, i))[1 : k + 1], "These are the distances"),
    ("00.2", lambda v, i, k: sorted(order(distances)(v, i, k)), "their order is not"),
    ("00.2", lambda v, i, k: order(distances)(v, i, k)[::-1], "their order is not"),
    ("00.2", by_partition, "their order is not"),
    ("00.2", without_zero, "by its distance of zero"),
    ("00.2", order(cosine), "cosine"),
    ("00.2", order(lambda v, i: np.abs(v - v[i]).sum(axis=1)), "sum of absolute differences"),
    (
        "00.2",
        order(lambda v, i: np.abs(np.linalg.norm(v, axis=1) - np.linalg.norm(v[i]))),
        "lengths of the vectors",
    ),
    ("00.2", order(lambda v, i: np.abs(v[:, 0] - v[i, 0])), "first column"),
    ("00.2", order(lambda v, i: (v - v[i]).sum(axis=1)), "should be ["),
    ("00.2", order(lambda v, i: np.abs(v - v[i]).max(axis=1)), "should be ["),
    ("00.2", order(lambda v, i: v @ v[i]), "should be ["),
    ("00.2", lambda v, i, k: v[order(distances)(v, i, k)], "array of shape (any,)"),
    ("00.2", lambda v, i, k: np.argsort(np.linalg.norm(v - v[i], axis=0))[:k], "There should be 3"),
    ("00.3", lambda c, s, n, fit: math.ceil((n * c + fit) / (c - s)), "both ways cost the same"),
    ("00.3", lambda c, s, n, fit: (n * c + fit) / (c - s), "whole number above 25.2"),
    ("00.3", lambda c, s, n, fit: int((n * c + fit) / (c - s)), "whole number above 25."),
    ("00.3", lambda c, s, n, fit: round((n * c + fit) / (c - s)) + 1, "should be 26, but is 27"),
    ("00.3", lambda c, s, n, fit: int(fit / (c - s)) + 1, "training calculations are missing"),
    ("00.3", lambda c, s, n, fit: int(n * c / (c - s)) + 1, "time of the fit is missing"),
    ("00.3", lambda c, s, n, fit: math.ceil((n * c + fit) / c), "costs time too"),
    ("00.3", lambda c, s, n, fit: int((n * c + fit) / (c - s)) + 1 - n, "do not subtract"),
    ("00.3", lambda c, s, n, fit: c / s, "speed-up"),
    ("00.3", lambda c, s, n, fit: int((n * c + fit) / (c + s)) + 1, "should be 26"),
    ("00.3", lambda c, s, n, fit: int((n + fit) / (c - s)) + 1, "should be 26"),
    ("00.3", lambda c, s, n, fit: int((n * c + fit) / (s - c)) + 1, "should be 26"),
    ("00.3", lambda c, s, n, fit: int((n * s + fit) / (c - s)) + 1, "count in full"),
]
