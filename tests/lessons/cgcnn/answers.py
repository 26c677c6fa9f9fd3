"""Right answers to the exercises of notebook 11, and likely mistakes with words of the hint that they get."""

import numpy as np

from matnn_lab.lessons.cgcnn.exercises import sigmoid, softplus


def messages(gate_of, core_of, combine=np.multiply):
    return lambda z, W_f, b_f, W_s, b_s: combine(gate_of(z @ W_f + b_f), core_of(z @ W_s + b_s))


def mean(values, crystal, n):
    return np.bincount(crystal, values, n) / np.bincount(crystal, minlength=n)


def held_out(groups, share, seed):
    names = np.random.default_rng(seed).permutation(np.unique(groups))
    return np.isin(groups, names[: round(share * len(names))])


def of_rows(groups, share, seed):
    return np.random.default_rng(seed).random(len(groups)) < share


def ledger(gain=1.0, loss=1.0, start=1.0):
    def move(contributions, center, neighbor, amount):
        n = len(contributions)
        moved = gain * np.bincount(center, amount, n) - loss * np.bincount(neighbor, amount, n)
        return start * contributions + moved

    return move


def once(contributions, center, neighbor, amount):
    result = contributions.copy()
    result[center] += amount
    result[neighbor] -= amount
    return result


def in_place(contributions, center, neighbor, amount):
    np.add.at(contributions, center, amount)
    np.add.at(contributions, neighbor, -amount)
    return contributions


RIGHT = {
    "11.1": [messages(sigmoid, softplus), messages(sigmoid, lambda x: np.log(1 + np.exp(x)))],
    "11.2": [mean, lambda v, c, n: [v[c == k].mean() for k in range(n)]],
    "11.3": [held_out, lambda g, share, seed: held_out(g, share, seed + 10).tolist()],
    "11.4": [ledger()],
}

WRONG = [
    ("11.1", messages(softplus, sigmoid), "exchanged"),
    ("11.1", messages(sigmoid, lambda x: x), "linear"),
    ("11.1", messages(sigmoid, softplus, np.add), "not added"),
    ("11.1", messages(sigmoid, lambda x: np.maximum(x, 0)), "ReLU"),
    ("11.1", messages(lambda x: sigmoid(-x), softplus), "upside down"),
    ("11.1", messages(lambda x: 1.0, softplus), "core alone"),
    ("11.1", lambda z, W_f, b_f, W_s, b_s: sigmoid(z @ W_f) * softplus(z @ W_s), "biases"),
    ("11.2", lambda v, c, n: np.bincount(c, v, n), "supercell"),
    ("11.2", lambda v, c, n: np.bincount(c, v, n) / len(v), "all atoms"),
    ("11.2", lambda v, c, n: np.bincount(c, v, n) / n, "number of crystals"),
    ("11.2", lambda v, c, n: np.full(n, v.mean()), "one mean for all"),
    ("11.2", lambda v, c, n: v.mean(), "shape"),
    ("11.3", of_rows, "both sides"),
    ("11.3", lambda g, share, seed: ~held_out(g, share, seed), "turned round"),
    ("11.3", lambda g, share, seed: held_out(g, share, 0), "same groups"),
    ("11.3", lambda g, share, seed: held_out(g, share, None), "same seed"),
    ("11.3", lambda g, share, seed: held_out(g, share / 2, seed), "count groups"),
    ("11.3", lambda g, share, seed: np.flatnonzero(held_out(g, share, seed)), "True and False"),
    ("11.4", ledger(loss=0.0), "must lose"),
    ("11.4", ledger(gain=0.0), "must gain"),
    ("11.4", ledger(gain=-1.0, loss=-1.0), "sign"),
    ("11.4", ledger(loss=-1.0), "Both sites gain"),
    ("11.4", ledger(start=0.0), "change alone"),
    ("11.4", once, "np.add.at"),
    ("11.4", in_place, "changes its argument"),
]
