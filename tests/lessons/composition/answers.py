"""Right answers to the exercises of notebook 05, and likely mistakes with words of the hint that they get."""

import statistics

import numpy as np
import pandas as pd
import torch
from scipy import constants, optimize
from sklearn.preprocessing import StandardScaler


def mean(f, p):
    return float(np.sum(f * p))


def deviation(f, p):
    return float(np.sum(f * np.abs(p - mean(f, p))))


def describe_by_loops(fractions, values):
    m = 0
    for f, p in zip(fractions, values, strict=True):
        m += f * p
    return [m, sum(f * abs(p - m) for f, p in zip(fractions, values, strict=True))]


def describe_by_torch(fractions, values):
    f, p = torch.tensor(fractions), torch.tensor(values)
    m = torch.dot(f, p)
    return m, torch.dot(f, (p - m).abs())


def describe_in_single_precision(fractions, values):
    f, p = torch.tensor(fractions).float(), torch.tensor(values).float()
    m = (f * p).sum()
    return torch.stack([m, (f * (p - m).abs()).sum()])


def scaled(train, test):
    center, spread = train.mean(axis=0), train.std(axis=0)
    spread[spread == 0] = 1
    return (train - center) / spread, (test - center) / spread


def scaled_by_pandas(train, test):
    train, test = pd.DataFrame(train), pd.DataFrame(test)
    spread = train.std().replace(0, 1)
    return (train - train.mean()) / spread, (test - train.mean()) / spread


def scaled_by_sklearn(train, test):
    scaler = StandardScaler().fit(train)
    return scaler.transform(train), scaler.transform(test)


def scaled_by_columns(train, test):
    new_train, new_test = np.zeros(train.shape), np.zeros(test.shape)
    for j in range(train.shape[1]):
        center, spread = np.mean(train[:, j]), np.std(train[:, j])
        if spread > 0:
            new_train[:, j] = (train[:, j] - center) / spread
            new_test[:, j] = (test[:, j] - center) / spread
    return new_train, new_test


def scaled_with_a_small_number(train, test):
    center, spread = train.mean(axis=0), train.std(axis=0) + 1e-8
    return (train - center) / spread, (test - center) / spread


def not_a_number(train, test):
    with np.errstate(all="ignore"):
        center, spread = train.mean(axis=0), train.std(axis=0)
        return (train - center) / spread, (test - center) / spread


def together(train, test):
    both = scaled(np.vstack([train, test]), test)[0]
    return both[: len(train)], both[len(train) :]


def smallest_and_largest(train, test):
    low, high = train.min(axis=0), train.max(axis=0)
    return (train - low) / (high - low), (test - low) / (high - low)


def errors(energies):
    """Return the two errors of an answer as functions of it."""
    return (
        lambda answer: np.abs(energies - answer).mean(),
        lambda answer: np.sqrt(np.mean((energies - answer) ** 2)),
    )


def search(energies):
    for_mae = min(energies, key=errors(energies)[0])
    return for_mae, optimize.minimize_scalar(errors(energies)[1]).x


def middle(energies):
    ordered, n = sorted(energies), len(energies)
    return (ordered[n // 2] + ordered[(n - 1) // 2]) / 2, sum(ordered) / n


RIGHT = {
    "05.1": [
        lambda enthalpy, n_atoms: enthalpy * n_atoms * 96.485,
        lambda enthalpy, n_atoms: enthalpy * n_atoms * constants.eV * constants.N_A / 1000,
        lambda enthalpy, n_atoms: sum([enthalpy] * n_atoms) * 96.5,
        lambda enthalpy, n_atoms: np.float64(enthalpy * n_atoms) * 23.0605 * 4.184,
    ],
    "05.2": [
        lambda f, p: (np.sum(f * p), np.sum(f * np.abs(p - np.sum(f * p)))),
        lambda f, p: (np.average(p, weights=f), np.average(abs(p - f @ p), weights=f)),
        describe_by_loops,
        describe_by_torch,
        lambda f, p: np.array([mean(f, p), deviation(f, p)], dtype=np.float32),
        lambda f, p: pd.Series({"mean": mean(f, p), "deviation": deviation(f, p)}),
        describe_in_single_precision,
    ],
    "05.3": [
        scaled,
        scaled_by_pandas,
        scaled_by_sklearn,
        scaled_by_columns,
        lambda train, test: [part.astype(np.float32) for part in scaled(train, test)],
    ],
    "05.4": [
        lambda energies: (np.median(energies), np.mean(energies)),
        lambda energies: (statistics.median_low(energies), statistics.fmean(energies)),
        lambda energies: [torch.tensor(energies).median(), torch.tensor(energies).mean()],
        lambda energies: np.array([np.median(energies), np.mean(energies)], dtype=np.float32),
        lambda energies: pd.Series(energies).agg(["median", "mean"]),
        middle,
        search,
    ],
}

WRONG = [
    ("05.1", lambda enthalpy, n_atoms: abs(enthalpy * n_atoms * 96.485), "sign is turned"),
    ("05.1", lambda enthalpy, n_atoms: enthalpy * n_atoms * 96485, "is -96.5 kJ/mol"),
    ("05.1", lambda enthalpy, n_atoms: enthalpy * n_atoms * 1.602e-19, "is -96.5 kJ/mol"),
    ("05.1", lambda enthalpy, n_atoms: enthalpy * n_atoms**2 * 96.485, "is -411.0 kJ/mol"),
    ("05.1", lambda enthalpy, n_atoms: f"{enthalpy * n_atoms * 96.485} kJ/mol", "is a text"),
    ("05.2", lambda f, p: (deviation(f, p), mean(f, p)), "pair is turned round"),
    ("05.2", lambda f, p: (p.mean(), deviation(f, p)), "counts each element once"),
    ("05.2", lambda f, p: (p.mean(), np.abs(p - p.mean()).mean()), "counts each element once"),
    ("05.2", lambda f, p: (mean(f, p) / len(p), deviation(f, p)), "Σ f p"),
    ("05.2", lambda f, p: (p.sum(), deviation(f, p)), "Σ f p"),
    ("05.2", lambda f, p: (np.mean(f * p), deviation(f, p)), "Σ f p"),
    ("05.2", lambda f, p: (np.median(p), deviation(f, p)), "Σ f p"),
    ("05.2", lambda f, p: (mean(f, p), np.sqrt(f @ (p - mean(f, p)) ** 2)), "standard deviation"),
    ("05.2", lambda f, p: (mean(f, p), np.abs(p - mean(f, p)).mean()), "weighted by the fractions"),
    ("05.2", lambda f, p: (mean(f, p), np.sum(f * (p - mean(f, p)))), "cancel to zero"),
    ("05.2", lambda f, p: (mean(f, p), np.abs(np.sum(f * (p - mean(f, p))))), "cancel to zero"),
    ("05.2", lambda f, p: (mean(f, p), f @ np.abs(p - p.mean())), "with the weighted mean"),
    ("05.2", lambda f, p: (mean(f, p), f @ (p - mean(f, p)) ** 2), "Σ f |p − mean|"),
    ("05.2", lambda f, p: (mean(f, p), np.abs(p - mean(f, p)).sum()), "Σ f |p − mean|"),
    ("05.2", lambda f, p: (mean(f, p), np.abs(f * p - mean(f, p)).sum()), "Σ f |p − mean|"),
    (
        "05.2",
        lambda f, p: (mean(f, p), f * np.abs(p - mean(f, p))),
        "deviation should be one number",
    ),
    ("05.2", mean, "should return the pair"),
    ("05.3", together, "test rows must stay unseen"),
    ("05.3", lambda train, test: (scaled(train, test)[0], scaled(test, test)[0]), "own mean"),
    (
        "05.3",
        lambda train, test: (
            (train - train.mean()) / train.std(),
            (test - train.mean()) / train.std(),
        ),
        "one mean over the whole table",
    ),
    (
        "05.3",
        lambda train, test: (train - train.mean(axis=0), test - train.mean(axis=0)),
        "old spread",
    ),
    ("05.3", not_a_number, "gives 0/0"),
    ("05.3", scaled_with_a_small_number, "comes out as 2e+08: divide such a column by 1"),
    ("05.3", lambda train, test: tuple(map(torch.tensor, not_a_number(train, test))), "NaN"),
    ("05.3", lambda train, test: (scaled(train, test)[0], test), "test should be shifted"),
    (
        "05.3",
        lambda train, test: (scaled(train, test)[0], test / train.std(axis=0)),
        "test should be",
    ),
    (
        "05.3",
        lambda train, test: (train / train.std(axis=0), test / train.std(axis=0)),
        "with mean 0",
    ),
    (
        "05.3",
        lambda train, test: (
            (train - train.mean(axis=0)) / train.var(axis=0),
            scaled(train, test)[1],
        ),
        "standard deviation 1",
    ),
    ("05.3", smallest_and_largest, "standard deviation 1"),
    ("05.3", lambda train, test: scaled(train, test)[::-1], "The scaled train should be an array"),
    ("05.3", lambda train, test: scaled(train, test)[0], "should return the pair"),
    ("05.3", lambda train, test: (train - train.mean(axis=1), test), "stopped with ValueError"),
    ("05.4", lambda energies: (np.mean(energies), np.median(energies)), "pair is turned round"),
    ("05.4", lambda energies: (min(energies), min(energies)), "most stable structure"),
    (
        "05.4",
        lambda energies: [
            error(best) for error, best in zip(errors(energies), middle(energies), strict=True)
        ],
        "not the errors",
    ),
    ("05.4", lambda energies: (np.mean(energies), np.mean(energies)), "than your first number"),
    (
        "05.4",
        lambda energies: ((min(energies) + max(energies)) / 2, np.mean(energies)),
        "than your first number",
    ),
    (
        "05.4",
        lambda energies: (energies[len(energies) // 2], np.mean(energies)),
        "than your first number",
    ),
    (
        "05.4",
        lambda energies: (np.median(energies), np.median(energies)),
        "than your second number",
    ),
    (
        "05.4",
        lambda energies: (np.median(energies), np.sqrt(np.mean(energies**2))),
        "than your second number",
    ),
    ("05.4", lambda energies: (np.median(energies), np.std(energies)), "than your second number"),
    ("05.4", lambda energies: (np.median(energies), min(energies)), "than your second number"),
    ("05.4", np.median, "should return the pair"),
    ("05.4", lambda energies: np.median(energies), "should return the pair"),
]
