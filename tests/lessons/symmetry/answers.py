"""Right answers to the exercises of notebook 07, and likely mistakes with words of the hint that they get."""

import numpy as np
import pandas as pd
import torch


def lengths(v):
    return np.linalg.norm(v, axis=1, keepdims=True)


def squash(v):
    length = lengths(v)
    return v * np.tanh(length) / np.where(length > 0, length, 1)


def traceless(a, b):
    outer = np.outer(a, b)
    return (outer + outer.T) / 2 - a @ b / 3 * np.eye(3)


def squash_in_torch(v):
    v = torch.tensor(v).float()
    length = v.norm(dim=1, keepdim=True)
    return v * torch.tanh(length) / (length + 1e-9)


def single(number):
    return np.float32(number)


def error(f, x, m):
    return f(x @ m.T) - f(x) @ m.T


def mean_character(g, axial):
    character = np.trace(g, axis1=1, axis2=2) * (np.linalg.det(g) if axial else 1)
    return character.mean()


RIGHT = {
    "07.1": [
        lambda lattice, x, m: (lattice @ m.T, x @ m.T),
        lambda lattice, x, m: (np.array([m @ a for a in lattice]), np.einsum("ij,nj->ni", m, x)),
        lambda lattice, x, m: [(m @ lattice.T).T.astype(np.float32), pd.DataFrame(x @ m.T)],
        lambda lattice, x, m: [torch.tensor(rows @ m.T).float() for rows in (lattice, x)],
    ],
    "07.2": [
        lambda f, x, m: np.abs(error(f, x, m)).max(),
        lambda f, x, m: single(np.abs(f(x @ m.T).astype("f4") - (f(x) @ m.T).astype("f4")).max()),
        lambda f, x, m: torch.tensor(error(f, x, m)).float().abs().max(),
    ],
    "07.3": [
        squash,
        squash_in_torch,
        lambda v: v * np.tanh(lengths(v)) / (lengths(v) + 1e-8),
        lambda v: v * np.tanh(lengths(v)) / np.maximum(lengths(v), 1e-6),
        lambda v: v * np.tanh(np.sqrt(lengths(v) ** 2 + 1e-12)) / np.sqrt(lengths(v) ** 2 + 1e-12),
        lambda v: np.nan_to_num(v / lengths(v) * np.tanh(lengths(v))).tolist(),
    ],
    "07.4": [
        lambda a, b: (a @ b, np.cross(a, b), traceless(a, b)),
        lambda a, b: [single(a @ b), np.cross(a, b).tolist(), traceless(a, b).astype("f4")],
    ],
    "07.5": [
        lambda g, axial: round(mean_character(g, axial)),
        lambda g, axial: int(np.rint(mean_character(g, axial))),
    ],
}

WRONG = [
    ("07.3", lambda v: v / (c := np.linalg.norm(v, axis=0)) * np.tanh(c), "length of each column"),
    ("07.1", lambda lattice, x, m: (lattice, x @ m.T), "another crystal"),
    ("07.1", lambda lattice, x, m: (lattice @ m.T, x), "as before"),
    ("07.1", lambda lattice, x, m: (lattice @ m.T, x @ m), "other way round"),
    ("07.1", lambda lattice, x, m: (lattice @ m, x @ m.T), "other way round"),
    ("07.1", lambda lattice, x, m: (m @ lattice, x @ m.T), "mixes"),
    ("07.1", lambda lattice, x, m: (m @ lattice @ m.T, x @ m.T), "tensor"),
    ("07.1", lambda lattice, x, m: (x @ m.T, lattice @ m.T), "turned round"),
    ("07.1", lambda lattice, x, m: x @ m.T, "should return"),
    ("07.1", lambda lattice, x, m: (lattice @ m.T, m @ x), "mixes the atoms"),
    ("07.1", lambda lattice, x, m: (m @ lattice, m @ x), "mixes the atoms"),
    ("07.1", lambda lattice, x, m: (lattice @ m.T, m @ x.T), "stand in columns"),
    ("07.2", lambda f, x, m: np.abs(f(x @ m.T) - f(x)).max(), "invariance"),
    ("07.2", lambda f, x, m: np.abs(f(x @ m.T) - f(x) @ m).max(), "result turns the other way"),
    ("07.2", lambda f, x, m: np.abs(f(x @ m) - f(x) @ m.T).max(), "positions turn the other way"),
    ("07.2", lambda f, x, m: np.abs(f(x @ m) - f(x) @ m).max(), "inverse"),
    ("07.2", lambda f, x, m: error(f, x, m).max(), "absolute"),
    ("07.2", lambda f, x, m: np.abs(error(f, x, m)).mean(), "mean"),
    ("07.2", lambda f, x, m: np.linalg.norm(error(f, x, m), axis=1).max(), "longest"),
    ("07.3", np.tanh, "axes"),
    ("07.3", lambda v: v * np.tanh(lengths(v)), "Divide by the length"),
    ("07.3", lambda v: v / np.maximum(lengths(v), 1e-12), "length 1"),
    ("07.3", lambda v: v / np.linalg.norm(v) * np.tanh(np.linalg.norm(v)), "axis=1"),
    (
        "07.3",
        lambda v: v / lengths(v) * np.tanh(lengths(v)) if v.all() else v * np.nan,
        "zero vector",
    ),
    ("07.3", lambda v: v / lengths(v) * np.tanh(lengths(v)) if v.all() else 1 / 0, "zero vector"),
    ("07.3", lambda v: lengths(v), "shape"),
    ("07.3", lambda v: np.maximum(v, 0), "not equivariant"),
    ("07.4", lambda a, b: np.outer(a, b), "should be one number"),
    ("07.4", lambda a, b: (a @ b / 3, np.cross(a, b), traceless(a, b)), "third"),
    ("07.4", lambda a, b: (a @ b, np.cross(b, a), traceless(a, b)), "turned round"),
    ("07.4", lambda a, b: (a @ b, a * b, traceless(a, b)), "component by component"),
    ("07.4", lambda a, b: (a @ b, np.cross(a, b), np.outer(a, b)), "symmetric part"),
    (
        "07.4",
        lambda a, b: (a @ b, np.cross(a, b), (np.outer(a, b) + np.outer(b, a)) / 2),
        "trace is not zero",
    ),
    ("07.4", lambda a, b: (a @ b, np.cross(a, b), 2 * traceless(a, b)), "half the sum"),
    ("07.5", lambda g, axial: len(g) * mean_character(g, axial), "Divide"),
    ("07.5", lambda g, axial: round(mean_character(g, not axial)), "other kind"),
    ("07.5", lambda g, axial: round(mean_character(g, False)), "other kind"),
    ("07.5", lambda g, axial: mean_character(g, axial) + 1e-9, "whole number"),
]
