"""Right answers to the exercises of notebook 03, and likely mistakes with words of the hint that they get."""

import math

import numpy as np


def differences(formula):
    """Return a gradient function that applies a formula to the points above and below each parameter."""

    def gradient(function, theta, h=1e-5):
        eye = h * np.eye(len(theta))
        return np.array(
            [formula(function(theta + e), function(theta), function(theta - e), h) for e in eye]
        )

    return gradient


def all_at_once(function, theta, h=1e-5):
    return np.full(len(theta), (function(theta + h) - function(theta - h)) / (2 * h))


def in_place(function, theta, h=1e-5):
    result = np.zeros(len(theta))
    for i in range(len(theta)):
        theta[i] += h
        up = function(theta)
        theta[i] -= h
        result[i] = (up - function(theta)) / h
    theta[0] += 1
    return result


def logistic(x):
    return 1 / (1 + math.exp(-x))


def adam_mean(gradients, beta):
    m = 0.0
    for g in gradients:
        m = beta * m + (1 - beta) * g
    return m


RIGHT = {
    "03.1": [
        differences(lambda up, here, down, h: (up - down) / (2 * h)),
        lambda f, theta, h=1e-5: [
            (f(theta + h * e) - f(theta - h * e)) / (2 * h) for e in np.eye(len(theta))
        ],
    ],
    "03.2": [lambda x: (logistic(x), logistic(x) * (1 - logistic(x)))],
    "03.3": [lambda t, v, g, eta, mu: (t - eta * (mu * v + g), mu * v + g)],
    "03.4": [lambda gs, beta: adam_mean(gs, beta) / (1 - beta ** len(gs))],
    "03.5": [
        lambda hessian: 2 / np.linalg.eigvalsh(hessian).max(),
        lambda hessian: 2 / np.linalg.norm(hessian, 2),
    ],
}

WRONG = [
    ("03.1", differences(lambda up, here, down, h: (up - down) / h), "2 * h"),
    ("03.1", differences(lambda up, here, down, h: (down - up) / (2 * h)), "sign"),
    ("03.1", differences(lambda up, here, down, h: (up - here) / h), "one-sided"),
    ("03.1", differences(lambda up, here, down, h: (here - down) / h), "one-sided"),
    ("03.1", differences(lambda up, here, down, h: (up - down) / 2 * h), "brackets"),
    ("03.1", differences(lambda up, here, down, h: up - down), "distance"),
    ("03.1", all_at_once, "one parameter at a time"),
    ("03.1", in_place, "changes its argument"),
    ("03.1", lambda f, theta, h: 0.0, "shape"),
    ("03.2", lambda x: logistic(x), "pair"),
    ("03.2", lambda x: (logistic(x) * (1 - logistic(x)), logistic(x)), "turned round"),
    ("03.2", lambda x: (logistic(-x), logistic(x) * (1 - logistic(x))), "−x"),
    ("03.2", lambda x: (logistic(x), -logistic(x) * (1 - logistic(x))), "sign"),
    ("03.2", lambda x: (logistic(x), x * (1 - x)), "not the input"),
    ("03.2", lambda x: (logistic(x), 1 - logistic(x) ** 2), "tanh"),
    ("03.2", lambda x: (logistic(x), -(logistic(x) ** 2)), "inner derivative"),
    ("03.2", lambda x: (math.tanh(x), 1 - math.tanh(x) ** 2), "should be"),
    ("03.3", lambda t, v, g, eta, mu: t - eta * (mu * v + g), "pair"),
    ("03.3", lambda t, v, g, eta, mu: (t - eta * g, v), "old velocity"),
    ("03.3", lambda t, v, g, eta, mu: (t + mu * v - eta * g, mu * v - eta * g), "convention"),
    ("03.3", lambda t, v, g, eta, mu: (t - mu * v - eta * g, mu * v + eta * g), "convention"),
    (
        "03.3",
        lambda t, v, g, eta, mu: (t - eta * (mu * v + (1 - mu) * g), mu * v + (1 - mu) * g),
        "average",
    ),
    ("03.3", lambda t, v, g, eta, mu: (t + eta * (mu * v + g), mu * v + g), "uphill"),
    ("03.3", lambda t, v, g, eta, mu: (t - eta * v, mu * v + g), "new velocity"),
    ("03.3", lambda t, v, g, eta, mu: (t - eta * g, mu * v + g), "along the gradient"),
    ("03.3", lambda t, v, g, eta, mu: (t - (mu * v + g), mu * v + g), "learning rate"),
    ("03.3", lambda t, v, g, eta, mu: (eta * (mu * v + g), mu * v + g), "step alone"),
    ("03.3", lambda t, v, g, eta, mu: (mu * v + g, t - eta * (mu * v + g)), "turned round"),
    ("03.3", lambda t, v, g, eta, mu: (t - eta * (v + g), v + g), "multiplied by mu"),
    ("03.4", adam_mean, "missing"),
    ("03.4", lambda gs, beta: adam_mean(gs, beta) / (1 - beta), "power"),
    ("03.4", lambda gs, beta: adam_mean(gs, beta) / (1 - beta ** (len(gs) + 1)), "too high"),
    ("03.4", lambda gs, beta: adam_mean(gs, beta) * (1 - beta ** len(gs)), "multiply"),
    ("03.4", lambda gs, beta: float(np.mean(gs)), "plain mean"),
    ("03.4", lambda gs, beta: gs[-1], "last gradient"),
    ("03.4", lambda gs, beta: adam_mean(gs, 1 - beta) / (1 - (1 - beta) ** len(gs)), "exchanged"),
    ("03.5", lambda hessian: 1 / np.linalg.eigvalsh(hessian).max(), "twice"),
    ("03.5", lambda hessian: 2 / np.linalg.eigvalsh(hessian).min(), "stiffest"),
    ("03.5", lambda hessian: np.linalg.eigvalsh(hessian).max(), "two divided by"),
    ("03.5", lambda hessian: 2 / np.trace(hessian), "trace"),
    ("03.5", lambda hessian: 2 / np.diag(hessian).max(), "diagonal"),
    ("03.5", lambda hessian: 2 / np.linalg.norm(hessian), "norm"),
    ("03.5", lambda hessian: np.linalg.cond(hessian), "condition number"),
]
