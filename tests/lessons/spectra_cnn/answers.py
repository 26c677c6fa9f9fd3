"""Right answers to the exercises of notebook 09; the tasks bring their likely mistakes themselves."""

import math

import numpy as np
import torch


def by_loops(signal, kernel):
    n = len(signal) - len(kernel) + 1
    return [sum(kernel[i] * signal[j + i] for i in range(len(kernel))) for j in range(n)]


def with_torch(signal, kernel):
    signal, kernel = (torch.as_tensor(each).float()[None, None] for each in (signal, kernel))
    return torch.nn.functional.conv1d(signal, kernel)[0, 0]


def two_sums(hkl, frac_coords, factors):
    phases = 2 * np.pi * (frac_coords @ hkl)
    return (factors * np.cos(phases)).sum() ** 2 + (factors * np.sin(phases)).sum() ** 2


RIGHT = {
    "09.1": [
        lambda a, hkl, w: 2 * math.degrees(math.asin(w * math.sqrt(sum(hkl**2)) / (2 * a))),
    ],
    "09.2": [two_sums],
    "09.4": [by_loops, with_torch],
    "09.3": [
        lambda s, t, w: math.degrees(0.09 * w / (s * math.cos(math.radians(t / 2)))),
    ],
}
WRONG = [
    (
        "09.1",
        lambda a, hkl, w: math.degrees(math.asin(2 * w * math.sqrt(sum(hkl**2)) / (2 * a))),
        "doubled the sine",
    ),
    (
        "09.1",
        lambda a, hkl, w: 2 * math.degrees(math.asin(w * sum(abs(hkl)) / (2 * a))),
        "add the indices",
    ),
    ("09.1", lambda a, hkl, w: w * math.sqrt(sum(hkl**2)) / (2 * a), "sin θ"),
    (
        "09.1",
        lambda a, hkl, w: 2 * np.degrees(np.arcsin(2 * a / np.sqrt(np.sum(hkl**2)) / w)),
        "an arcsine of what has none",
    ),
    (  # with three atoms the shapes would fit
        "09.2",
        lambda hkl, x, f: np.abs(np.sum(f * np.exp(2j * np.pi * (hkl @ x)))) ** 2,
        "ValueError",
    ),
    ("09.2", lambda hkl, x, f: round(two_sums(hkl, x, f)), "rounded"),
    ("09.2", lambda hkl, x, f: round(two_sums(hkl, x, f), 2), "rounded"),
    ("09.2", lambda hkl, x, f: two_sums(hkl, x[:8], f[:8]), "your intensity is"),
    (
        "09.4",
        lambda s, k: [sum(a * b for a, b in zip(s[j:], k, strict=False)) for j in range(len(s))],
        "hangs over the end",
    ),
    (
        "09.4",
        lambda s, k: np.array([np.roll(s, -j)[: len(k)] @ k for j in range(len(s))]),
        "goes on at its beginning",
    ),
    ("09.4", lambda s, k: np.convolve(s, k, "same"), "as long as the signal"),
    (
        "09.3",
        lambda s, t, w: round(math.degrees(0.09 * w / (s * math.cos(math.radians(t / 2)))), 2),
        "rounded",
    ),
]
