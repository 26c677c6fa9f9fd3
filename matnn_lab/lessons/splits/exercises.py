"""Exercises of notebook 16, splits."""

from collections.abc import Iterator

import numpy as np

from matnn_lab.classroom import ask
from matnn_lab.classroom.exercises import exercise
from matnn_lab.classroom.tasks import task
from matnn_lab.text import gettext as _
from matnn_lab.text import ngettext

# some labels are part of another
SYMBOLS = ["NaCl", "MgO", "GaAs", "TiO2", "Fe2O3", "CoCrNi", "MgO2", "AlNi", "AlNi3"]


def _share(train, test):
    return np.mean([label in train for label in test])


def _labels() -> Iterator[tuple[list[str], list[str]]]:
    """Yield lists of labels for which each mistake gives another number."""
    train = ["NaCl", "NaCl", "MgO", "AlNi3", "GaAs", "CoCrNi", "MgO"]
    yield train, ["NaCl", "NaCl", "AlNi", "TiO2", "MgO", "GaAs"]
    yield ["MgO", "AlNi", "NaCl"], ["MgO2", "AlNi", "TiO2", "GaAs"]
    rng = np.random.default_rng(161)
    for n_train, n_test, n_labels in ((30, 12, 8), (3, 9, 8), (6, 4, 3)):
        train = [str(each) for each in rng.choice(SYMBOLS[:n_labels], n_train)]
        yield train, [str(each) for each in rng.choice(SYMBOLS, n_test)]


PART = _(
    "You count a label as known if it is a part of another, as AlNi is of AlNi3; ask whether the whole label "
    "stands in training, as `label in set(train)` does."
)

task(
    "16.1",
    "share_known(train, test)",
    right=_share,
    mistakes=[
        (
            lambda train, test: 100 * _share(train, test),
            _("This is in percent; return a share between 0 and 1."),
        ),
        (
            lambda train, test: len(test) * _share(train, test),
            _("This is a count; divide it by the number of test rows."),
        ),
        (
            lambda train, test: _share(train, sorted(set(test))),
            _(
                "You count each label once; the share is one of test rows, so a label that stands in two of "
                "them counts twice."
            ),
        ),
        (
            lambda train, test: _share(test, train),
            _("This is the share of the training rows; the question is about the test rows."),
        ),
        (
            lambda train, test: 1 - _share(train, test),
            _("This is the share that is new; return the share that is known."),
        ),
        (
            lambda train, test: np.mean([label in " ".join(train) for label in test]),
            PART,
        ),
        (
            lambda train, test: np.mean([any(known in label for known in train) for label in test]),
            PART,
        ),
    ],
    otherwise=_(
        "For training on {train} and testing on {test} the share is {right:.3f}, but your function returns "
        "{found:.4g}."
    ),
    cases=_labels,
)


@exercise("16.2")
def group_folds(answer: object) -> str | None:
    """Check that rows with one label are in one fold and that all folds are in use."""
    form = "group_folds(labels, n_folds)"
    function = ask.function(answer, form)
    rng = np.random.default_rng(162)
    for n, n_labels, n_folds in ((12, 4, 2), (40, 8, 5), (25, 6, 3), (9, 3, 3)):
        labels = SYMBOLS[:n_labels] + [str(each) for each in rng.choice(SYMBOLS[:n_labels], n)]
        labels = [labels[row] for row in rng.permutation(len(labels))]
        folds = function.array(labels, n_folds, shape=(len(labels),))
        used = sorted(set(folds.tolist()))
        if not set(used) <= set(range(n_folds)):
            return _(
                "The folds should be whole numbers from 0 to {last}, but there is {found:g}."
            ).format(
                last=n_folds - 1,
                found=next(each for each in used if each not in range(n_folds)),
            )
        for label in SYMBOLS[:n_labels]:
            different = {fold for fold, own in zip(folds, labels, strict=True) if own == label}
            if len(different) > 1:
                return _(
                    "Rows with the label {label} are in {count} folds; all of them belong in one."
                ).format(label=label, count=len(different))
        if len(used) < n_folds:
            return _(
                "Only {used} of {n_folds} folds are used for {n_labels} labels; deal the labels out like "
                "cards."
            ).format(used=len(used), n_folds=n_folds, n_labels=n_labels)
    return None


def _training_means(y, fold):
    return np.array([y[fold != each].mean() for each in fold])


def _fold_means(y, fold):
    return np.array([y[fold == each].mean() for each in fold])


def _mean_of_folds(y, fold):
    off = np.abs(y - _training_means(y, fold))
    return np.mean([off[fold == each].mean() for each in np.unique(fold)])


def _folds() -> Iterator[tuple[np.ndarray, np.ndarray]]:
    rng = np.random.default_rng(163)
    for n, n_folds in ((12, 3), (40, 5), (15, 2)):
        fold = np.concatenate([np.arange(n_folds), rng.integers(0, n_folds, n - n_folds)])
        yield rng.normal(500, 40, size=n) + 100 * fold, fold


CANCEL = _("Positive and negative errors cancel; take absolute values.")

task(
    "16.3",
    "trivial_mae(y, fold)",
    right=lambda y, fold: np.abs(y - _training_means(y, fold)).mean(),
    mistakes=[
        (
            lambda y, fold: np.abs(y - y.mean()).mean(),
            _("This mean has seen all rows, the test rows too; leave the own fold out."),
        ),
        (
            lambda y, fold: np.abs(y - _fold_means(y, fold)).mean(),
            _("You take the mean of the test fold itself; take that of the other folds."),
        ),
        (
            _mean_of_folds,
            _("You average over folds, which differ in size; average over all rows."),
        ),
        (
            lambda y, fold: np.sqrt(((y - _training_means(y, fold)) ** 2).mean()),
            _("This is the root mean square error; the exercise asks for the mean absolute one."),
        ),
        (lambda y, fold: (y - _training_means(y, fold)).mean(), CANCEL),
        (lambda y, fold: (_training_means(y, fold) - y).mean(), CANCEL),
    ],
    otherwise=_(
        "For the folds {fold} the baseline's error is {right:.6g}, but your function returns {found:.6g}."
    ),
    cases=_folds,
)


@exercise("16.4")
def past_and_future(answer: object) -> str | None:
    """Check that the training rows are all older than the first year of the test."""
    form = "past_and_future(years, first_test_year)"
    function = ask.function(answer, form)
    rng = np.random.default_rng(164)
    for n, first in ((14, 2012), (40, 2016), (25, 2018)):
        years = rng.integers(2004, 2020, size=n)
        years[:3] = first - 1, first, first + 1
        years = rng.permutation(years)
        found = ask.parts(function(years, first), form, "(train, test)")
        if any(_is_truth(part) for part in found):
            return _("Return row numbers, as `np.flatnonzero` gives them, not truth values.")
        rows = [
            ask.array(part, (None,), name).tolist()
            for part, name in zip(found, ("train", "test"), strict=True)
        ]
        train, test = map(set, rows)
        if train == set(years[years < first].tolist()):
            return _("Return row numbers, not years.")
        for side, name in zip(rows, ("train", "test"), strict=True):
            if len(set(side)) < len(side):
                return _(
                    "A row number stands more than once in `{side}`; each row is used once."
                ).format(side=name)
        past = set(np.flatnonzero(years < first).tolist())
        future = set(np.flatnonzero(years >= first).tolist())
        if train == past and test == future:
            continue
        if train == future and test == past:
            return _("The pair is turned round: the past is for training, the future for the test.")
        if train == set(np.flatnonzero(years <= first).tolist()):
            return _(
                "Rows of the year {first} are in training; this is the first year of the test."
            ).format(first=first)
        if train & test:
            return ngettext(
                "{count} row is on both sides.",
                "{count} rows are on both sides.",
                len(train & test),
            ).format(count=len(train & test))
        if train == past:
            return _("The test should hold all rows of the year {first} and later.").format(
                first=first
            )
        return _(
            "Training should hold all rows of the years before {first}, and no others."
        ).format(first=first)
    return None


def _is_truth(part: object) -> bool:
    """Tell whether these are truth values, in an array or in a list."""
    if type(part) is list:
        return bool(part) and all(type(each) in (bool, np.bool_) for each in part)
    return type(part) is np.ndarray and part.dtype.kind == "b"
