"""Right answers to the exercises of notebook 01, and likely mistakes with words of the hint that they get."""

import math
from itertools import pairwise

import numpy as np
import torch
from torch.nn import functional


def layer_by_loops(X, W, b):
    return [
        [
            max(0.0, sum(w * x for w, x in zip(row, sample, strict=True)) + bias)
            for row, bias in zip(W, b, strict=True)
        ]
        for sample in X
    ]


def layer_in_single_precision(X, W, b):
    X, W, b = (torch.tensor(each, dtype=torch.float32) for each in (X, W, b))
    return torch.relu(functional.linear(X, W, b))


def layer(after):
    """Return an answer that does something else than ReLU to the right numbers."""
    return lambda X, W, b: after(X @ W.T + b)


def probe(W1, b1, W2, b2):
    """Put x = 0 and the unit vectors through both layers."""

    def both(x):
        return W2 @ (W1 @ x + b1) + b2

    b = both(np.zeros(W1.shape[1]))
    return np.array([both(e) - b for e in np.eye(W1.shape[1])]).T, b


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def silu(z):
    return z * sigmoid(z)


def slope_of_sigmoid(z):
    return sigmoid(z) * (1 - sigmoid(z))


def slope_by_torch(z):
    z = torch.tensor(z, requires_grad=True)
    functional.silu(z).sum().backward()
    return z.grad


def weights(variance):
    """Return an answer with normal weights of another variance."""
    return lambda d_in, d_out, rng: (
        rng.normal(0, np.sqrt(variance(d_in, d_out)), (d_out, d_in)),
        np.zeros(d_out),
    )


he = weights(lambda d_in, d_out: 2 / d_in)


def uniform(bound):
    return lambda d_in, d_out, rng: (
        rng.uniform(-bound(d_in), bound(d_in), (d_out, d_in)),
        np.zeros(d_out),
    )


def row_by_row(d_in, d_out, rng):
    return [rng.standard_normal(d_in) * (2 / d_in) ** 0.5 for _row in range(d_out)], [0.0] * d_out


def connections(sizes):
    return sum(a * b for a, b in zip(sizes[:-1], sizes[1:], strict=True))


def count_by_torch(sizes):
    layers = [torch.nn.Linear(a, b) for a, b in pairwise(sizes)]
    return sum(p.numel() for p in torch.nn.Sequential(*layers).parameters())


def count_by_index(sizes):
    total = 0
    for i in range(1, len(sizes)):
        total += (sizes[i - 1] + 1) * sizes[i]
    return total


RIGHT = {
    "01.1": [
        lambda X, W, b: np.maximum(0, X @ W.T + b),
        lambda X, W, b: np.stack([np.clip(W @ x + b, 0, None) for x in X]),
        lambda X, W, b: np.where(np.einsum("ni,oi->no", X, W) + b > 0, X @ W.T + b, 0),
        layer_by_loops,
        layer_in_single_precision,
    ],
    "01.2": [
        lambda W1, b1, W2, b2: (W2 @ W1, W2 @ b1 + b2),
        lambda W1, b1, W2, b2: [np.dot(W2, W1).tolist(), list(W2.dot(b1) + b2)],
        lambda W1, b1, W2, b2: ((W1.T @ W2.T).T, b1 @ W2.T + b2),
        probe,
    ],
    "01.3": [
        lambda z: sigmoid(z) * (1 + z * (1 - sigmoid(z))),
        lambda z: silu(z) + sigmoid(z) * (1 - silu(z)),
        lambda z: [(1 + math.exp(-x) * (1 + x)) / (1 + math.exp(-x)) ** 2 for x in z],
        lambda z: (silu(z + 1e-5) - silu(z - 1e-5)) / 2e-5,
        slope_by_torch,
    ],
    "01.4": [he, row_by_row, uniform(lambda d_in: math.sqrt(6 / d_in))],
    "01.5": [
        lambda sizes: connections(sizes) + sum(sizes[1:]),
        lambda sizes: np.dot(np.array(sizes[:-1]) + 1, sizes[1:]),
        count_by_index,
        count_by_torch,
    ],
}

WRONG = [
    ("01.1", layer(lambda z: np.maximum(0, z).squeeze()), "one sample is still a batch"),
    ("01.1", layer(np.tanh), "numbers are not"),
    ("01.1", layer(lambda z: np.where(z > 0, z, 0.01 * z)), "numbers are not"),
    ("01.1", layer(np.max), "should be an array of shape (6, 3), but is"),
    ("01.1", layer(lambda z: z.max(axis=1)), "should be an array of shape (6, 3), but is"),
    ("01.1", lambda X, W, b: np.maximum(0, W @ X + b), "stopped with ValueError"),
    ("01.1", lambda X, W, b: print, "but is a function"),
    ("01.2", lambda W1, b1, W2, b2: (W1 @ W2, W2 @ b1 + b2), "order is turned"),
    ("01.2", lambda W1, b1, W2, b2: (W1.T @ W2.T, W2 @ b1 + b2), "W is transposed"),
    ("01.2", lambda W1, b1, W2, b2: (W2 * W1, W2 @ b1 + b2), "does both steps"),
    ("01.2", lambda W1, b1, W2, b2: (W1 + W2, b1 + b2), "does both steps"),
    ("01.2", lambda W1, b1, W2, b2: (W2 @ W1, b2), "first bias is lost"),
    ("01.2", lambda W1, b1, W2, b2: (W2 @ W1, W2 @ b1), "second bias b2 is missing"),
    ("01.2", lambda W1, b1, W2, b2: (W2 @ W1, b1 + b2), "multiply it by W2"),
    ("01.2", lambda W1, b1, W2, b2: (W2 @ W1, W1 @ b1 + b2), "for x = 0"),
    ("01.2", lambda W1, b1, W2, b2: (W2 @ W1, b1 @ W2 + b2), "for x = 0"),
    ("01.2", lambda W1, b1, W2, b2: (W2 @ W1, W2 @ b1 - b2), "for x = 0"),
    (
        "01.2",
        lambda W1, b1, W2, b2: (W2 @ W1, W2 @ b1[:, None] + b2[:, None]),
        "b should be an array of shape (3,), but is an array of shape (3, 1)",
    ),
    ("01.2", lambda W1, b1, W2, b2: (W2 @ b1 + b2, W2 @ W1), "b should be an array of shape (3,)"),
    ("01.2", lambda W1, b1, W2, b2: W2 @ W1, "should return the pair"),
    ("01.3", sigmoid, "z times the slope of σ"),
    ("01.3", slope_of_sigmoid, "slope of σ alone"),
    ("01.3", lambda z: z * slope_of_sigmoid(z), "σ(z) times the slope of z"),
    ("01.3", silu, "SiLU itself"),
    ("01.3", lambda z: sigmoid(z) - z * slope_of_sigmoid(z), "second term is turned"),
    ("01.3", lambda z: sigmoid(z) + (1 - sigmoid(z)), "lost a factor"),
    ("01.3", lambda z: sigmoid(z) + z * (1 - sigmoid(z)), "lost a factor"),
    ("01.3", lambda z: sigmoid(z) + slope_of_sigmoid(z), "lost a factor"),
    ("01.3", lambda z: np.where(z > 0, 1, 0), "slope of ReLU"),
    ("01.3", lambda z: sigmoid(-z) + z * slope_of_sigmoid(z), "At z = 1 the slope is 0.4656"),
    ("01.3", lambda z: sigmoid(z) + z * sigmoid(z) * (1 + sigmoid(z)), "but should be 0.9277"),
    ("01.3", lambda z: 1 - np.tanh(z) ** 2, "but should be"),
    ("01.3", lambda z: (silu(z) + sigmoid(z) * (1 - silu(z))).sum(), "array of 3 slopes"),
    ("01.3", lambda z: 0.5, "array of 3 slopes"),
    ("01.4", weights(lambda d_in, d_out: (2 / d_in) ** 2), "standard deviation"),
    ("01.4", weights(lambda d_in, d_out: 1 / d_in), "factor 2 is missing"),
    ("01.4", weights(lambda d_in, d_out: 2 / d_out), "not of outputs"),
    ("01.4", weights(lambda d_in, d_out: 2 / (d_in + d_out)), "Glorot"),
    ("01.4", weights(lambda d_in, d_out: math.sqrt(2 / d_in)), "square root twice"),
    ("01.4", weights(lambda d_in, d_out: 1), "variance 1"),
    ("01.4", weights(lambda d_in, d_out: d_in / 2), "but should be 0.005"),
    ("01.4", uniform(lambda d_in: 1 / math.sqrt(d_in)), "but should be 0.005"),
    ("01.4", uniform(lambda d_in: math.sqrt(2 / d_in)), "but should be 0.005"),
    ("01.4", lambda d_in, d_out, rng: he(d_out, d_in, rng), "W is transposed"),
    (
        "01.4",
        lambda d_in, d_out, rng: (he(d_in, d_out, rng)[0], np.zeros(d_in)),
        "b (100,); they are an array of shape (100, 400) and an array of shape (400,)",
    ),
    ("01.4", lambda d_in, d_out, rng: he(d_in, d_out, rng)[::-1], "should have the shape"),
    (
        "01.4",
        lambda d_in, d_out, rng: (he(d_in, d_out, rng)[0], rng.normal(size=d_out)),
        "start at zero",
    ),
    (
        "01.4",
        lambda d_in, d_out, rng: (np.abs(he(d_in, d_out, rng)[0]), np.zeros(d_out)),
        "as often negative",
    ),
    (
        "01.4",
        lambda d_in, d_out, rng: (rng.random((d_out, d_in)), np.zeros(d_out)),
        "as often negative",
    ),
    (
        "01.4",
        lambda d_in, d_out, rng: he(d_in, d_out, np.random.default_rng()),
        "the same seed gives the same weights",
    ),
    (
        "01.4",
        lambda d_in, d_out, rng: he(d_in, d_out, np.random.default_rng(0)),
        "another seed gives other weights",
    ),
    ("01.4", lambda d_in, d_out, rng: he(d_in, d_out, rng)[0], "should return the pair"),
    ("01.5", lambda sizes: math.prod(sizes), "is 120, but the layers have 47 parameters"),
    ("01.5", lambda sizes: count_by_index(sizes[:-1]), "is 39, but the layers have 47"),
    ("01.5", lambda sizes: count_by_index(sizes[1:]), "is 23, but the layers have 47"),
    ("01.5", lambda sizes: count_by_index(sizes) / 2, "is 23.5, but the layers have 47"),
]
