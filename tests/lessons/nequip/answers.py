"""Right answers to the exercises of notebook 12, and likely mistakes with words of the hint that they get."""

import numpy as np
import torch
from torch.nn.functional import silu


def slope(energy, positions):
    place = positions.clone().requires_grad_()
    return torch.autograd.grad(energy(place), place)[0]


def by_differences(energy, positions, h=1e-5):
    result = torch.zeros_like(positions)
    for entry in np.ndindex(*positions.shape):
        up, down = positions.clone(), positions.clone()
        up[entry] += h
        down[entry] -= h
        result[entry] = -(energy(up) - energy(down)) / (2 * h)
    return result


def with_backward(energy, positions):
    place = positions.clone().requires_grad_()
    energy(place).backward()
    return -place.grad


def in_place(energy, positions):
    positions.requires_grad_()
    return -torch.autograd.grad(energy(positions), positions)[0]


def in_place_with_backward(energy, positions):
    energy(positions.requires_grad_()).backward()
    return -positions.grad


def inside(r, c, values):
    return torch.where(r < c, values, torch.zeros_like(r))


def half_turn(r, c):
    return 0.5 * (torch.cos(torch.pi * r / c) + 1)


def fitted(time, energy, n):
    return 1000 * np.polyfit(time, energy, 1)[0] / n


def away(forces):
    return forces - forces.mean(axis=0)


RIGHT = {
    "12.1": [
        lambda e, x: -slope(e, x),
        lambda e, x: -slope(e, x.float()),
        with_backward,
        by_differences,
    ],
    "12.2": [
        lambda r, c: inside(r, c, half_turn(r, c)),
        lambda r, c: half_turn(r.clamp(max=c), c),
        lambda r, c: half_turn(r.float().clamp(max=c), c),
    ],
    "12.3": [
        lambda s, g, v: (silu(s), silu(g)[:, :, None] * v),
        lambda s, g, v: [silu(s).float(), (silu(g)[:, :, None] * v).numpy()],
    ],
    "12.4": [
        fitted,
        lambda t, e, n: fitted(t, 1000 * e, n) / 1000,
        lambda t, e, n: fitted(t.astype(np.float32), e.astype(np.float32), n),
    ],
    "12.5": [
        lambda f: torch.tensor(f).float().std(dim=0, correction=0).norm(dim=1),
        lambda f: np.sqrt((away(f) ** 2).sum(axis=2).mean(axis=0)).tolist(),
    ],
}

WRONG = [
    ("12.4", lambda t, e, n: np.polyfit(t, e, 1)[0] / 1000 / n, "1000 meV"),
    ("12.4", lambda t, e, n: np.polyfit(1000 * t, e, 1)[0] * 1000 / n, "in ps already"),
    ("12.1", slope, "minus"),
    ("12.1", in_place, "changes its argument `positions`"),
    ("12.1", in_place_with_backward, "changes its argument `positions`"),
    ("12.1", lambda e, x: -2 * slope(e, x), "twice"),
    ("12.1", lambda e, x: x, "positions"),
    ("12.1", lambda e, x: 0 * x, "zero"),
    ("12.1", lambda e, x: -slope(e, x).sum(dim=0), "shape"),
    ("12.1", lambda e, x: -slope(e, x) / len(x), "divide by the number"),
    ("12.2", half_turn, "rises again"),
    ("12.2", lambda r, c: inside(r, c, 2 * half_turn(r, c)), "take half"),
    ("12.2", lambda r, c: inside(r, c, half_turn(2 * r, c)), "whole turn"),
    ("12.2", lambda r, c: inside(r, c, half_turn(r / torch.pi, c)), "π is missing"),
    ("12.2", lambda r, c: inside(r, c, 1 - half_turn(r, c)), "fall from one"),
    ("12.2", lambda r, c: inside(r, c, torch.cos(torch.pi * r / c / 2)), "slope"),
    ("12.2", lambda r, c: inside(r, c, torch.ones_like(r)), "step"),
    ("12.3", lambda s, g, v: silu(s), "pair"),
    ("12.3", lambda s, g, v: (s, silu(g)[:, :, None] * v), "as they went in"),
    ("12.3", lambda s, g, v: (silu(s), silu(v)), "how the crystal lies"),
    ("12.3", lambda s, g, v: (silu(s), v), "as they went in"),
    ("12.3", lambda s, g, v: (silu(s), g[:, :, None] * v), "SiLU of the gate"),
    ("12.3", lambda s, g, v: (silu(s), torch.sigmoid(g)[:, :, None] * v), "sigmoid"),
    ("12.3", lambda s, g, v: (silu(s), silu(g[:, :, None] * v)), "gate alone"),
    ("12.3", lambda s, g, v: (torch.sigmoid(s), silu(g)[:, :, None] * v), "sigmoid"),
    ("12.4", lambda t, e, n: fitted(t, e, n) / 1000, "1000"),
    ("12.4", lambda t, e, n: fitted(t, e, 1), "divide by their number"),
    ("12.4", lambda t, e, n: -fitted(t, e, n), "sign"),
    ("12.4", lambda t, e, n: abs(fitted(t, e, n)), "Keep the sign"),
    ("12.4", lambda t, e, n: 1000 * (e[-1] - e[0]) / (t[-1] - t[0]) / n, "straight line"),
    ("12.4", lambda t, e, n: 1000 * np.std(e) / n, "spread"),
]
