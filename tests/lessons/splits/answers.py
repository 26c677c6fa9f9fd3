"""Right answers to the exercises of notebook 16, and likely mistakes with words of the hint that they get."""

import numpy as np
import pandas as pd
from sklearn.dummy import DummyRegressor
from sklearn.model_selection import GroupKFold, LeaveOneGroupOut, cross_val_predict


def by_counting(train, test):
    known = 0
    for label in test:
        if train.count(label) > 0:
            known += 1
    return known / len(test)


def dealt(labels, n_folds):
    return np.unique(labels, return_inverse=True)[1] % n_folds


def dealt_with_dict(labels, n_folds):
    fold_of = {}
    for label in labels:
        fold_of.setdefault(label, len(fold_of) % n_folds)
    return [fold_of[label] for label in labels]


def dealt_by_sklearn(labels, n_folds):
    folds = np.full(len(labels), -1)
    for k, (_, test) in enumerate(GroupKFold(n_folds).split(labels, groups=labels)):
        folds[test] = k
    return folds


def training_mean(y, fold, middle=np.mean):
    return np.array([middle(y[fold != each]) for each in fold])


def by_rows(y, fold):
    total = 0.0
    for i in range(len(y)):
        others = [y[j] for j in range(len(y)) if fold[j] != fold[i]]
        total += abs(y[i] - sum(others) / len(others))
    return total / len(y)


def by_pandas(y, fold):
    y = pd.Series(y)
    own = y.groupby(fold)
    others = (y.sum() - own.transform("sum")) / (len(y) - own.transform("size"))
    return (y - others).abs().mean()


def by_sklearn(y, fold):
    predicted = cross_val_predict(
        DummyRegressor(), np.zeros((len(y), 1)), y, groups=fold, cv=LeaveOneGroupOut()
    )
    return np.abs(y - predicted).mean()


def of_fold_means(y, fold):
    means = {k: y[fold == k].mean() for k in np.unique(fold)}
    said = [np.mean([m for k, m in means.items() if k != each]) for each in fold]
    return np.abs(y - said).mean()


def cut(years, first):
    return np.flatnonzero(years < first), np.flatnonzero(years >= first)


def cut_by_loop(years, first):
    train, test = [], []
    for row, year in enumerate(years):
        (train if year < first else test).append(row)
    return train, test


def cut_by_pandas(years, first):
    years = pd.Series(years)
    return [years[years < first].index, years[years >= first].index]


def cut_in_sorted(years, first):
    years = np.sort(years)
    return cut(years, first)


RIGHT = {
    "16.1": [
        lambda train, test: np.isin(test, train).mean(),
        lambda train, test: pd.Series(test).isin(train).mean(),
        by_counting,
    ],
    "16.2": [
        dealt,
        dealt_with_dict,
        dealt_by_sklearn,
        lambda x, n: pd.factorize(np.array(x))[0] % n,
    ],
    "16.3": [by_rows, by_pandas, by_sklearn],
    "16.4": [
        cut,
        cut_by_loop,
        cut_by_pandas,
        lambda years, first: (np.where(years < first)[0], np.where(~(years < first))[0]),
    ],
}

WRONG = [
    (
        "16.1",
        lambda train, test: len(set(train) & set(test)) / len(test),
        "the share is",
    ),
    (
        "16.1",
        lambda train, test: sum(label in train for label in test) / len(train),
        "the share is",
    ),
    ("16.1", lambda train, test: [label in train for label in test], "should be one number"),
    (
        "16.1",
        lambda train, test: np.mean([any(label in known for known in train) for label in test]),
        "if it is a part of another",
    ),
    (
        "16.1",
        lambda train, test: np.mean([any(map(label.startswith, train)) for label in test]),
        "if it is a part of another",
    ),
    ("16.2", lambda labels, n: np.arange(len(labels)) % n, "Rows with the label"),
    ("16.2", lambda labels, n: np.arange(len(set(labels))) % n, "should be an array of shape"),
    ("16.2", lambda labels, n: dealt(labels, n) + 1, "from 0 to"),
    ("16.2", lambda labels, n: np.unique(labels, return_inverse=True)[1], "from 0 to"),
    ("16.2", lambda labels, n: np.unique(labels, return_inverse=True)[1] / n, "from 0 to"),
    ("16.2", lambda labels, n: np.unique(labels, return_inverse=True)[1] // n, "deal the labels"),
    ("16.2", lambda labels, n: np.zeros(len(labels)), "deal the labels"),
    ("16.2", lambda labels, n: np.minimum(dealt(labels, n), n - 2), "deal the labels"),
    ("16.2", lambda labels, n: labels, "should be an array of shape"),
    (
        "16.3",
        lambda y, fold: np.abs(y - training_mean(y, fold, np.median)).mean(),
        "the baseline's error is",
    ),
    ("16.3", of_fold_means, "the baseline's error is"),
    ("16.3", lambda y, fold: ((y - training_mean(y, fold)) ** 2).mean(), "the baseline's error is"),
    ("16.3", lambda y, fold: np.abs(y - training_mean(y, fold)).sum(), "the baseline's error is"),
    ("16.3", lambda y, fold: np.abs(y - training_mean(y, fold)), "should be one number"),
    ("16.4", lambda years, first: cut(years, first)[0], "the pair `(train, test)`"),
    ("16.4", lambda years, first: (years < first, years >= first), "truth values"),
    (
        "16.4",
        lambda years, first: ([y < first for y in years], [y >= first for y in years]),
        "truth values",
    ),
    ("16.4", lambda years, first: cut(years, first)[::-1], "turned round"),
    ("16.4", lambda years, first: cut(years, first + 1), "of the year 2012 are in training"),
    (
        "16.4",
        lambda years, first: (np.flatnonzero(years <= first), np.flatnonzero(years >= first)),
        "of the year 2012 are in training",
    ),
    ("16.4", lambda years, first: (years[years < first], years[years >= first]), "not years"),
    ("16.4", lambda years, first: (cut(years, first)[0], np.arange(len(years))), "on both sides"),
    (
        "16.4",
        lambda years, first: (cut(years, first)[0], np.flatnonzero(years > first)),
        "all rows of the year 2012 and later",
    ),
    (
        "16.4",
        lambda years, first: (cut(years, first)[0], np.flatnonzero(years == first)),
        "all rows of the year 2012 and later",
    ),
    (
        "16.4",
        lambda years, first: (np.flatnonzero(years == first - 1), cut(years, first)[1]),
        "all rows of the years before 2012",
    ),
    ("16.4", cut_in_sorted, "row"),
    (
        "16.4",
        lambda years, first: (np.repeat(cut(years, first)[0], 2), cut(years, first)[1]),
        "once",
    ),
    ("16.4", lambda years, first: (cut(years, first)[0], [*cut(years, first)[1]] * 2), "once"),
    ("16.4", lambda years, first: (np.where(years < first), np.where(years >= first)), "take [0]"),
]
