"""Right answers to the exercises of notebook 13, and likely mistakes with words of the hint that they get."""

import numpy as np


def percent(found, measured):
    return 100 * (found / measured - 1)


def by_loop(found, measured):
    signed = absolute = 0.0
    for f, m in zip(found, measured, strict=True):
        signed += 100 * (f - m) / m / len(measured)
        absolute += abs(100 * (f - m) / m) / len(measured)
    return [signed, absolute]


def formation(energy, counts, elements):
    for count, element in zip(counts, elements, strict=True):
        energy = energy - count * element
    return energy / sum(counts)


def slope(predicted, true):
    return np.linalg.lstsq(true.reshape(-1, 1), predicted.ravel(), rcond=None)[0][0]


RIGHT = {
    "13.1": [lambda c11, c12: c11 / 3 + c12 * 2 / 3],
    "13.2": [by_loop, lambda f, m: (percent(f, m).mean(), abs(percent(f, m)).mean())],
    "13.3": [formation],
    "13.4": [slope],
}
WRONG = [
    ("13.1", lambda c11, c12: c11 + 2 * c12, "divide by three"),
    ("13.1", lambda c11, c12: c11, "along one axis"),
    ("13.2", lambda f, m: percent(f, m), "mean, with and without sign"),
    ("13.2", lambda f, m: (abs(percent(f, m)).mean(), percent(f, m).mean()), "wrong order"),
    ("13.3", lambda e, n, r: e - n @ r, "divide by its number of atoms"),
    ("13.3", lambda e, n, r: (n @ r - e) / n.sum(), "sign is turned"),
    ("13.4", lambda p, t: 1 / slope(p, t), "one over the slope"),
    ("13.4", lambda p, t: np.mean(p / t), "near zero"),
    ("13.1", lambda c11, c12: round((c11 + 2 * c12) / 3, 2), "but rounded"),
    ("13.1", lambda c11, c12: -(c11 + 2 * c12) / 3, "two signs cancel"),
    ("13.2", lambda f, m: (percent(f, m).mean(), percent(f, m).std()), "standard deviation"),
    ("13.3", lambda e, n, r: (e - n @ r) / len(n), "the sum of `counts`"),
    ("13.4", lambda p, t: 1 - slope(p, t), "missing from one"),
]
