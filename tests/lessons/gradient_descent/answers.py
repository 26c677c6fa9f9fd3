"""Right answers to the exercises of notebook 03, and likely mistakes that their tasks do not hold."""

import math

import numpy as np
import torch


def logistic(x):
    return 1 / (1 + math.exp(-x))


def logistic_in_single_precision(x):
    y = torch.sigmoid(torch.tensor(x, dtype=torch.float32))
    return y, y * (1 - y)


def logistic_by_differences(x):
    return [logistic(x), (logistic(x + 1e-5) - logistic(x - 1e-5)) / 2e-5]


def by_loops(function, theta, h=1e-5):
    result = []
    for i in range(len(theta)):
        up, down = list(theta), list(theta)
        up[i] += h
        down[i] -= h
        result.append((function(up) - function(down)) / (2 * h))
    return result


def in_place(function, theta, h=1e-5):
    result = np.zeros(len(theta))
    for i in range(len(theta)):
        theta[i] += h
        up = function(theta)
        theta[i] -= h
        result[i] = (up - function(theta)) / h
    theta[0] += 1
    return result


def under_two_names(function, theta, h=1e-5):
    result = np.zeros(len(theta))
    for i in range(len(theta)):
        up, down = theta, theta
        up[i] += h
        down[i] -= h
        result[i] = (function(up) - function(down)) / (2 * h)
    return result


def adam_mean(gradients, beta):
    m = 0.0
    for g in gradients:
        m = beta * m + (1 - beta) * g
    return m


def momentum_by_torch(theta, velocity, g, eta, mu):
    velocity = torch.tensor(velocity) * mu + torch.tensor(g)
    return torch.tensor(theta).sub(velocity, alpha=eta), velocity


RIGHT = {
    "03.1": [by_loops],
    "03.2": [
        lambda x: (logistic(x), logistic(x) * (1 - logistic(x))),
        lambda x: np.array([logistic(x), math.exp(-x) / (1 + math.exp(-x)) ** 2]),
        logistic_in_single_precision,
        logistic_by_differences,
    ],
    "03.3": [
        lambda t, v, g, eta, mu: [t - eta * (mu * v + g), mu * v + g],
        lambda t, v, g, eta, mu: np.array([t - eta * mu * v - eta * g, mu * v + g]),
        lambda t, v, g, eta, mu: (np.float32(t - eta * (mu * v + g)), np.float32(mu * v + g)),
        momentum_by_torch,
    ],
    "03.4": [lambda gs, beta: np.float32(adam_mean(gs, beta) / (1 - beta ** len(gs)))],
    "03.5": [lambda hessian: 2 / np.linalg.norm(hessian, 2)],
}

WRONG = [
    ("03.1", in_place, "changes its argument"),
    ("03.1", lambda f, theta, h: 0.0, "shape"),
    ("03.1", under_two_names, "a second name for the same array"),
    ("03.1", lambda f, theta, h: by_loops(f, theta), "use the argument `h`"),
    ("03.1", lambda f, theta, h: by_loops(f, theta, 1e-6), "use the argument `h`"),
    ("03.2", lambda x: (math.tanh(x), 1 - math.tanh(x) ** 2), "should be"),
    ("03.3", lambda t, v, g, eta, mu: (t - eta * g, g), "is not new_theta"),
    ("03.4", lambda gs, beta: 0.0, "should be 2.5"),
    ("03.5", lambda hessian: 2 / np.diag(hessian).min(), "look at the largest"),
    ("03.5", lambda hessian: 0.1, "look at the largest"),
]
