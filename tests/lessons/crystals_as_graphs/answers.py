"""Right answers to the exercises of notebook 06, and likely mistakes with words of the hint that they get."""

from itertools import product

import numpy as np


def points(lattice, cutoff, reach):
    shifts = np.array(list(product(*(range(-n, n + 1) for n in reach))))
    return int(np.sum(np.linalg.norm(shifts @ lattice, axis=1) <= cutoff))


def planes(lattice, cutoff):
    return np.ceil(cutoff * np.linalg.norm(np.linalg.inv(lattice), axis=0)).astype(int)


def lengths(lattice, cutoff):
    return np.ceil(cutoff / np.linalg.norm(lattice, axis=1)).astype(int)


def rows_of_the_inverse(lattice, cutoff):
    return np.ceil(cutoff * np.linalg.norm(np.linalg.inv(lattice), axis=1)).astype(int)


def nearest_image(lattice, f_i, f_j, n):
    difference = f_j - f_i
    return np.linalg.norm((difference - np.round(difference)) @ lattice)


def shortest(center, distance, n_atoms):
    result = np.full(n_atoms, np.inf)
    np.minimum.at(result, center, distance)
    return result


def numbers(rule):
    """Return an answer to 06.3 that keeps the edges for which the rule says so."""

    def answer(center, distance, n_atoms, ratio):
        kept = rule(distance, shortest(center, distance, n_atoms)[center], ratio)
        return np.bincount(center[kept], minlength=n_atoms)

    return answer


def cubic(t):
    return 1 - 3 * t**2 + 2 * t**3


def of_t(function):
    return lambda r, inner, cutoff: function((r - inner) / (cutoff - inner))


def clipped(function):
    return of_t(lambda t: function(np.clip(t, 0, 1)))


def total(values, crystal):
    return np.bincount(crystal, weights=values)


RIGHT = {
    "06.1": [lambda A, f, g, n: float(np.sqrt(np.sum(((g + n - f) @ A) ** 2)))],
    "06.2": [
        lambda A, c: points(A, c, planes(A, c)) - 1,
        lambda A, c: points(A, c, planes(A, c) + 1) - 1,
    ],
    "06.3": [
        numbers(lambda d, s, ratio: d <= ratio * s),
        lambda center, distance, n_atoms, ratio: [
            sum(distance[center == i] <= ratio * min(distance[center == i])) if i in center else 0
            for i in range(n_atoms)
        ],
    ],
    "06.4": [
        clipped(cubic),
        of_t(lambda t: np.where(t < 0, 1.0, np.where(t > 1, 0.0, (1 - t) ** 2 * (1 + 2 * t)))),
    ],
    "06.5": [
        lambda v, c: total(v, c) / np.bincount(c),
        lambda v, c: [v[c == k].mean() for k in range(c.max() + 1)],
    ],
}

WRONG = [
    ("06.1", lambda A, f, g, n: np.linalg.norm((g - f) @ A), "missing"),
    ("06.1", nearest_image, "nearest image"),
    ("06.1", lambda A, f, g, n: np.linalg.norm(A @ (g + n - f)), "wrong side"),
    ("06.1", lambda A, f, g, n: np.linalg.norm(g + n - f), "fractional"),
    ("06.1", lambda A, f, g, n: np.linalg.norm((g - n - f) @ A), "sign"),
    ("06.1", lambda A, f, g, n: np.linalg.norm((g + n + f) @ A), "Subtract"),
    ("06.1", lambda A, f, g, n: np.linalg.norm((g - f) @ A + n), "counts cells"),
    ("06.1", lambda A, f, g, n: np.sum(((g + n - f) @ A) ** 2), "square"),
    ("06.1", lambda A, f, g, n: (g + n - f) @ A, "one number"),
    ("06.2", lambda A, c: points(A, c, planes(A, c)), "atom itself"),
    ("06.2", lambda A, c: (points(A, c, planes(A, c)) - 1) / 2, "opposite side"),
    ("06.2", lambda A, c: points(A, c, (1, 1, 1)) - 1, "far enough"),
    ("06.2", lambda A, c: points(A, c, lengths(A, c)) - 1, "lengths"),
    ("06.2", lambda A, c: points(A, c, rows_of_the_inverse(A, c)) - 1, "columns"),
    ("06.2", lambda A, c: 1000, "you count"),
    ("06.3", numbers(lambda d, s, ratio: d <= ratio * d.min()), "shortest of each atom"),
    ("06.3", numbers(lambda d, s, ratio: d > 0), "every edge"),
    ("06.3", numbers(lambda d, s, ratio: d <= ratio), "not a distance"),
    ("06.3", numbers(lambda d, s, ratio: d > ratio * s), "longer"),
    ("06.3", numbers(lambda d, s, ratio: (d <= ratio * s) & (d > s)), "counts too"),
    ("06.3", lambda center, distance, n_atoms, ratio: 6, "shape"),
    ("06.4", clipped(lambda t: 1 - cubic(t)), "wrong way"),
    ("06.4", of_t(cubic), "must not go on"),
    ("06.4", clipped(lambda t: 1 - t), "corners"),
    ("06.4", clipped(lambda t: (1 + np.cos(np.pi * t)) / 2), "cosine"),
    ("06.4", clipped(lambda t: 1 - 10 * t**3 + 15 * t**4 - 6 * t**5), "degree five"),
    ("06.4", of_t(lambda t: np.where(t < 1, cubic(t), 0.0)), "stay 1"),
    ("06.4", of_t(lambda t: np.where(t > 0, cubic(t), 1.0)), "be 0"),
    ("06.4", clipped(lambda t: 1 - t**2), "should be"),
    ("06.5", total, "sums"),
    ("06.5", lambda v, c: total(v, c) / len(v), "all atoms"),
    ("06.5", lambda v, c: total(v, c) / (c.max() + 1), "number of crystals"),
    ("06.5", lambda v, c: total(v, c) / np.bincount(c) ** 2, "twice"),
    ("06.5", lambda v, c: np.full(c.max() + 1, v.mean()), "whole batch"),
    (
        "06.5",
        lambda v, c: [part.mean() for part in np.split(v, np.cumsum(np.bincount(c))[:-1])],
        "not by the order",
    ),
]
