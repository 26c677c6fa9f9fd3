"""Right answers to the exercises of notebook 04, and likely mistakes with words of the hint that they get."""

import random

import numpy as np
import torch
from sklearn.model_selection import train_test_split


def shuffled(n, seed):
    return np.random.default_rng(seed).permutation(n)


def cut(rows, first=0.6, second=0.8):
    n = len(rows)
    return rows[: int(first * n)], rows[int(first * n) : int(second * n)], rows[int(second * n) :]


def split_by_random(n, seed):
    rows = list(range(n))
    random.Random(seed).shuffle(rows)
    return list(cut(rows))


def split_by_sklearn(n, seed):
    train, rest = train_test_split(np.arange(n), test_size=0.4, random_state=seed)
    return train, *train_test_split(rest, test_size=0.5, random_state=seed)


def split_by_torch(n, seed):
    rows = torch.randperm(n, generator=torch.Generator().manual_seed(seed))
    return rows.split([n - 2 * (n // 5), n // 5, n // 5])


def split_by_what_is_left(n, seed):
    rng = np.random.default_rng(seed)
    train = rng.choice(n, size=round(0.6 * n), replace=False)
    rest = np.setdiff1d(np.arange(n), train)
    validation = rng.choice(rest, size=len(rest) // 2, replace=False)
    return train, validation, np.setdiff1d(rest, validation)


def drawn(replace):
    """Return an answer that draws each part by itself."""

    def split(n, seed):
        rng = np.random.default_rng(seed)
        return tuple(rng.choice(n, int(f * n), replace=replace) for f in (0.6, 0.2, 0.2))

    return split


def drawn_within_blocks(n, seed):
    rng = np.random.default_rng(seed)
    return tuple(rng.choice(part, len(part)) for part in cut(np.arange(n)))


def every_fifth(n, seed):
    place = (np.arange(n) + seed) % 5
    return np.flatnonzero(place < 3), np.flatnonzero(place == 3), np.flatnonzero(place == 4)


def split_by_position(n, seed, period):
    """Deal out shuffled places of a pattern that repeats itself."""
    place = np.random.default_rng(seed).permutation(period)[np.arange(n) % period]
    return tuple(np.flatnonzero(np.isin(place, part)) for part in cut(np.arange(period)))


def stop(losses, patience, better=lambda new, old: new < old, late=0):
    best, waited, epoch = 1, 0, 0
    for loss in losses:
        epoch += 1
        if epoch == 1 or better(loss, losses[best - 1]):
            best, waited = epoch, 0
        else:
            waited += 1
        if waited >= patience + late:
            break
    return epoch, best


def stop_by_numpy(losses, patience):
    losses = np.array(losses)
    for epoch in range(1, len(losses) + 1):
        best = np.argmin(losses[:epoch]) + 1
        if epoch - best == patience:
            return np.array(epoch), best
    return len(losses), best


def stop_by_while(losses, patience):
    epoch = 1
    while epoch < len(losses) and epoch - losses.index(min(losses[:epoch])) - 1 < patience:
        epoch += 1
    return [epoch, losses.index(min(losses[:epoch])) + 1]


def stop_when_rising(losses, patience):
    best, waited = 1, 0
    for epoch in range(2, len(losses) + 1):
        waited = waited + 1 if losses[epoch - 1] >= losses[epoch - 2] else 0
        if losses[epoch - 1] < losses[best - 1]:
            best = epoch
        if waited >= patience:
            return epoch, best
    return len(losses), best


def data(X, y, w):
    return 2 / len(y) * X.T @ (X @ w - y)


def gradient_by_loops(X, y, w, lam):
    gradient = [2 * lam * weight for weight in w]
    for row, target in zip(X, y, strict=True):
        error = sum(x * weight for x, weight in zip(row, w, strict=True)) - target
        for j, x in enumerate(row):
            gradient[j] += 2 * error * x / len(y)
    return gradient


def loss(X, y, w, lam):
    return ((X @ w - y) ** 2).mean() + lam * (w**2).sum()


def gradient_by_torch(X, y, w, lam):
    w = torch.tensor(w, requires_grad=True)
    loss(torch.tensor(X), torch.tensor(y), w, lam).backward()
    return w.grad


def gradient_by_differences(X, y, w, lam):
    steps = 1e-5 * np.eye(len(w))
    return [(loss(X, y, w + e, lam) - loss(X, y, w - e, lam)) / 2e-5 for e in steps]


def penalized(penalty, factor=1.0):
    """Return an answer with something else than 2 * lam * w beside the data part."""
    return lambda X, y, w, lam: factor * data(X, y, w) + penalty(w, lam)


def in_place(theta, direction, eta, lam):
    theta *= 1 - eta * lam
    theta -= eta * direction
    return theta


def step_then_decay(theta, direction, eta, lam):
    new = theta - eta * direction
    return new - eta * lam * new


def drop_in_place(h, keep, p, training):
    if training:
        h *= keep / (1 - p)
    return h


def training_only(formula, in_use=lambda h, keep, p: h):
    """Return an answer from what it does in training and in use."""
    return lambda h, keep, p, training: formula(h, keep, p) if training else in_use(h, keep, p)


def dropout(h, keep, p):
    return h * keep / (1 - p)


RIGHT = {
    "04.1": [
        lambda n, seed: cut(shuffled(n, seed)),
        lambda n, seed: np.array_split(shuffled(n, seed), [round(0.6 * n), round(0.8 * n)]),
        split_by_random,
        split_by_sklearn,
        split_by_torch,
        split_by_what_is_left,
    ],
    "04.2": [stop, stop_by_numpy, stop_by_while],
    "04.3": [
        lambda X, y, w, lam: data(X, y, w) + 2 * lam * w,
        lambda X, y, w, lam: 2 * (np.mean((X @ w - y)[:, None] * X, axis=0) + lam * w),
        gradient_by_loops,
        gradient_by_torch,
        gradient_by_differences,
    ],
    "04.4": [
        lambda theta, direction, eta, lam: (1 - eta * lam) * theta - eta * direction,
        lambda theta, direction, eta, lam: theta - eta * (direction + lam * theta),
        lambda theta, direction, eta, lam: [
            t - eta * lam * t - eta * d for t, d in zip(theta, direction, strict=True)
        ],
        lambda theta, direction, eta, lam: (
            torch.tensor(theta).mul(1 - eta * lam) - eta * torch.tensor(direction)
        ),
    ],
    "04.5": [
        training_only(dropout),
        training_only(lambda h, keep, p: np.where(keep, h / (1 - p), 0)),
        lambda h, keep, p, training: (
            torch.tensor(h) * torch.tensor(keep) / (1 - p) if training else torch.tensor(h)
        ),
        lambda h, keep, p, training: h * (keep / (1 - p)) ** training,
    ],
}

WRONG = [
    ("04.1", drawn(False), "share rows: that is leakage"),
    ("04.1", drawn(True), "share rows: that is leakage"),
    ("04.1", drawn_within_blocks, "twice in one part"),
    ("04.1", lambda n, seed: cut(shuffled(n, seed) + 1), "whole numbers from 0 to 9"),
    ("04.1", lambda n, seed: cut(shuffled(n, seed) / n), "whole numbers from 0 to 9"),
    ("04.1", lambda n, seed: cut(shuffled(n, seed)[:-1]), "only 9 rows are used"),
    (
        "04.1",
        lambda n, seed: tuple(
            part[: int(f * n)]
            for part, f in zip(cut(shuffled(n, seed)), (0.6, 0.2, 0.1), strict=True)
        ),
        "only 9 rows are used",
    ),
    ("04.1", lambda n, seed: cut(shuffled(n, seed), 0.8, 0.9), "have 8, 1, 1 rows"),
    ("04.1", lambda n, seed: cut(shuffled(n, seed), 0.7, 0.85), "have 70, 15, 15 rows"),
    ("04.1", lambda n, seed: cut(shuffled(n, seed))[::-1], "have 2, 2, 6 rows"),
    ("04.1", lambda n, seed: cut(np.arange(n)), "block of neighbours"),
    (
        "04.1",
        lambda n, seed: tuple(map(np.random.default_rng(seed).permutation, cut(np.arange(n)))),
        "block of neighbours",
    ),
    ("04.1", lambda n, seed: cut(np.random.default_rng().permutation(n)), "The same seed should"),
    ("04.1", lambda n, seed: cut(np.random.default_rng(0).permutation(n)), "Another seed should"),
    ("04.1", lambda n, seed: shuffled(n, seed), "should return three arrays"),
    ("04.1", lambda n, seed: cut(shuffled(n, seed))[:2], "should return three arrays"),
    ("04.1", lambda n, seed: (*cut(shuffled(n, seed))[:2], []), "test is empty"),
    (
        "04.1",
        lambda n, seed: tuple(np.isin(np.arange(n), part) for part in cut(shuffled(n, seed))),
        "truth values",
    ),
    (
        "04.1",
        lambda n, seed: (int(0.6 * n), int(0.2 * n), int(0.2 * n)),
        "train should be an array",
    ),
    ("04.1", lambda n, seed: every_fifth(n, seed), "Rows that are 5 apart"),
    ("04.1", lambda n, seed: split_by_position(n, seed, 10), "Rows that are 10 apart"),
    ("04.2", stop_when_rising, "not with the epoch before"),
    (
        "04.2",
        lambda losses, patience: (len(losses), int(np.argmin(losses)) + 1),
        "stops after epoch 5 with the best epoch 3",
    ),
    ("04.2", lambda losses, patience: stop(losses, patience, late=-1), "stops after epoch"),
    (
        "04.2",
        lambda losses, patience: (stop(losses, patience)[0], min(losses)),
        "return the pair (stop_epoch, best_epoch)",
    ),
    (
        "04.3",
        lambda X, y, w, lam: (2 * X.T @ (X @ w - y) + 2 * lam * w) / len(y),
        "do not divide it by n",
    ),
    ("04.3", penalized(lambda w, lam: 2 * lam * w.sum()), "For 7 samples, 3 weights"),
    ("04.3", penalized(lambda w, lam: lam * w**2), "For 7 samples, 3 weights"),
    ("04.3", penalized(lambda w, lam: 2 * w), "For 7 samples, 3 weights"),
    ("04.3", loss, "array of shape (3,)"),
    ("04.3", lambda X, y, w, lam: X @ (X @ w - y), "stopped with ValueError"),
    ("04.4", step_then_decay, "only the old theta"),
    (
        "04.4",
        lambda theta, direction, eta, lam: (1 - eta * lam) * theta - direction,
        "For eta = 0.1 and lam = 0.4",
    ),
    (
        "04.4",
        lambda theta, direction, eta, lam: (1 - eta) * theta - eta * direction,
        "For eta = 0.1 and lam = 0.4",
    ),
    ("04.4", in_place, "changes its argument `theta`"),
    ("04.4", lambda theta, direction, eta: theta - eta * direction, "cannot be called"),
    ("04.5", lambda h, keep, p, training: h * keep, "should be h itself"),
    ("04.5", training_only(dropout, lambda h, keep, p: h * p), "should be h itself"),
    (
        "04.5",
        lambda h, keep, p, training: h if training else dropout(h, keep, p),
        "should be h itself",
    ),
    ("04.5", training_only(lambda h, keep, p: h * keep * p), "For p = 0.4 and training = True"),
    (
        "04.5",
        training_only(lambda h, keep, p: h * keep / keep.mean()),
        "For p = 0.4 and training = True",
    ),
    ("04.5", training_only(lambda h, keep, p: h[keep == 1] / (1 - p)), "array of shape (6,)"),
    ("04.5", drop_in_place, "changes its argument `h`"),
]
