"""Right answers to the exercises of notebook 06 in other forms, and mistakes that its tasks do not know."""

from itertools import product

import numpy as np
import pandas as pd
import torch


def points(lattice, cutoff, reach):
    shifts = np.array(list(product(*(range(-n, n + 1) for n in reach))))
    return int(np.sum(np.linalg.norm(shifts @ lattice, axis=1) <= cutoff))


def planes(lattice, cutoff):
    return np.ceil(cutoff * np.linalg.norm(np.linalg.inv(lattice), axis=0)).astype(int)


def by_cross_products(lattice, cutoff):
    volume = abs(np.linalg.det(lattice))
    a, b, c = lattice
    faces = [np.cross(b, c), np.cross(c, a), np.cross(a, b)]
    return [int(np.ceil(cutoff * np.linalg.norm(face) / volume)) for face in faces]


def cubic(t):
    return (1 - t) ** 2 * (1 + 2 * t)


RIGHT = {
    "06.1": [
        lambda A, f, g, n: float(np.sqrt(np.sum(((g + n - f) @ A) ** 2))),
        lambda A, f, g, n: torch.tensor((g + n - f) @ A).float().norm(),
        lambda A, f, g, n: np.float32(np.linalg.norm((g + n - f) @ A)),
    ],
    "06.2": [
        lambda A, c: points(A, c, planes(A, c) + 1) - 1,
        lambda A, c: points(A, c, by_cross_products(A, c)) - 1,
    ],
    "06.3": [
        lambda center, distance, n_atoms, ratio: [
            sum(distance[center == i] <= ratio * min(distance[center == i])) if i in center else 0
            for i in range(n_atoms)
        ],
    ],
    "06.4": [
        lambda r, a, b: np.where(r < a, 1.0, np.where(r > b, 0.0, cubic((r - a) / (b - a)))),
        lambda r, a, b: cubic(torch.tensor((r - a) / (b - a)).float().clamp(0, 1)),
    ],
    "06.5": [
        lambda v, c: [v[c == k].mean() for k in range(c.max() + 1)],
        lambda v, c: pd.Series(v).groupby(c).mean(),
        lambda v, c: (np.bincount(c, weights=v) / np.bincount(c)).astype(np.float32),
    ],
}


def last_of_each(center, distance, n_atoms):
    """Take the last edge of each atom for its shortest."""
    shortest = np.full(n_atoms, np.inf)
    shortest[center] = distance
    return shortest


def least_of_each(center, distance, n_atoms):
    shortest = np.full(n_atoms, np.inf)
    np.minimum.at(shortest, center, distance)
    return shortest


def counted(center, distance, n_atoms, ratio, compare=np.less_equal, shortest=least_of_each):
    kept = compare(distance, ratio * shortest(center, distance, n_atoms)[center])
    return np.bincount(center[kept], minlength=n_atoms)


WRONG = [
    ("06.1", lambda A, f, g, n: -np.linalg.norm((g + n - f) @ A), "the distance should be"),
    ("06.2", lambda A, c: points(A, c, (13, 13, 13)) - 1, "fixed number of cells"),
    ("06.2", lambda A, c: points(A, c, (14, 14, 14)) - 1, "fixed number of cells"),
    ("06.2", lambda A, c: 1000, "you count"),
    ("06.3", lambda center, distance, n_atoms, ratio: 6, "shape"),
    ("06.3", lambda *given: counted(*given, np.less), "exactly so long"),
    # no mistake that the exercise names, though one case has the same counts as one of them
    ("06.3", lambda *given: counted(*given, shortest=last_of_each), "the counts should be"),
    ("06.3", lambda center, distance, n_atoms, ratio: -np.ones(n_atoms), "should be"),
    ("06.4", lambda r, a, b: np.clip(1 - ((r - a) / (b - a)) ** 2, 0, 1), "should fall"),
    ("06.5", lambda v, c: v, "shape"),
    ("06.5", lambda v, c: np.zeros(c.max() + 1), "should be"),
]
