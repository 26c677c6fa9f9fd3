"""Right answers to the exercises of notebook 11, and likely mistakes with words of the hint that they get.

Those of 11.1, 11.2 and 11.4 stand with the exercises; here are others.
"""

import numpy as np
from sklearn.model_selection import GroupShuffleSplit

from matnn_lab.lessons.cgcnn.exercises import ledger, sigmoid


def held_out(groups, share, seed):
    names = np.random.default_rng(seed).permutation(np.unique(groups))
    return np.isin(groups, names[: round(share * len(names))])


def of_scikit_learn(groups, share, seed):
    split = GroupShuffleSplit(n_splits=1, test_size=share, random_state=seed)
    ((_train, test),) = split.split(groups, groups=groups)
    return np.isin(np.arange(len(groups)), test)


def half_up(groups, share, seed):
    names = np.random.default_rng(seed).permutation(np.unique(groups))
    return np.isin(groups, names[: int(share * len(names) + 0.5)])


def cut_off(groups, share, seed):
    names = np.random.default_rng(seed).permutation(np.unique(groups))
    return np.isin(groups, names[: int(share * len(names))])


def of_rows(groups, share, seed):
    return np.random.default_rng(seed).random(len(groups)) < share


def rolled(groups, share, seed):
    names = np.roll(np.unique(groups), seed)
    return np.isin(groups, names[: round(share * len(names))])


def in_place(contributions, center, neighbor, amount):
    np.add.at(contributions, center, amount)
    np.add.at(contributions, neighbor, -amount)
    return contributions


def naive_softplus(z, W_f, b_f, W_s, b_s):
    return sigmoid(z @ W_f + b_f) * np.log(1 + np.exp(z @ W_s + b_s))


RIGHT = {
    "11.1": [naive_softplus],
    "11.2": [lambda v, c, n: [v[c == k].mean() for k in range(n)]],
    "11.3": [
        held_out,
        of_scikit_learn,
        half_up,
        lambda g, share, seed: held_out(g, share, seed + 10).tolist(),
    ],
    "11.4": [ledger()],
}

WRONG = [
    ("11.2", lambda v, c, n: v[:1], "shape"),
    ("11.3", of_rows, "both sides"),
    ("11.3", lambda g, share, seed: ~held_out(g, share, seed), "turned round"),
    ("11.3", lambda g, share, seed: held_out(g, share, 0), "same groups"),
    ("11.3", lambda g, share, seed: held_out(g, share, None), "same seed"),
    ("11.3", lambda g, share, seed: held_out(g, share / 2, seed), "count groups"),
    ("11.3", cut_off, "use `round`"),
    ("11.3", rolled, "follow each other"),
    ("11.3", lambda g, share, seed: np.flatnonzero(held_out(g, share, seed)), "True and False"),
    ("11.4", in_place, "changes its argument"),
]
