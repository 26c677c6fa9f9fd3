"""Exercises of notebook 16, splits."""

import numpy as np

from matnn_lab.classroom import ask
from matnn_lab.classroom.ask import agrees, raise_for_known_mistakes
from matnn_lab.classroom.exercises import exercise
from matnn_lab.text import gettext as _
from matnn_lab.text import ngettext

SYMBOLS = ["NaCl", "MgO", "GaAs", "TiO2", "Fe2O3", "CoCrNi", "NbTaW", "AlNi"]


@exercise("16.1")
def share_known(answer: object) -> str | None:
    """Check the share of test rows with a relative in the training set."""
    function = ask.function(answer, "share_known(train, test)")
    rng = np.random.default_rng(161)
    for n_train, n_test, n_labels in ((8, 5, 5), (30, 12, 8), (3, 9, 8), (6, 4, 3)):
        train = [str(each) for each in rng.choice(SYMBOLS[:n_labels], n_train)]
        test = [str(each) for each in rng.choice(SYMBOLS, n_test)]
        test[-1] = test[0]
        found = function.number(train, test)
        known = [label in train for label in test]
        right = float(np.mean(known))
        if agrees(found, right):
            continue
        if right > 0 and agrees(found, 100 * right):
            return _("This is in percent; return a share between 0 and 1.")
        if agrees(found, sum(known)):
            return _("This is a count; divide it by the number of test rows.")
        if agrees(found, len(set(train) & set(test)) / len(set(test))):
            return _(
                "You count each label once; the share is one of test rows, so a label that stands in two "
                "of them counts twice."
            )
        if agrees(found, float(np.mean([label in test for label in train]))):
            return _("This is the share of the training rows; the question is about the test rows.")
        if agrees(found, 1 - right):
            return _("This is the share that is new; return the share that is known.")
        return _(
            "For {n} test rows of which {known} have their label in training the share is {right:.3f}, but "
            "your function returns {found:.4g}."
        ).format(n=n_test, known=sum(known), right=right, found=found)
    return None


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


@exercise("16.3")
def trivial_mae(answer: object) -> str | None:
    """Check the error of the mean of the training part, fold by fold."""
    function = ask.function(answer, "trivial_mae(y, fold)")
    rng = np.random.default_rng(163)
    for n, n_folds in ((12, 3), (40, 5), (15, 2)):
        fold = np.concatenate([np.arange(n_folds), rng.integers(0, n_folds, n - n_folds)])
        y = rng.normal(500, 40, size=n) + 100 * fold
        found = function.number(y, fold)
        of_training = np.array([y[fold != each].mean() for each in fold])
        right = np.abs(y - of_training).mean()
        if agrees(found, right):
            continue
        cancelled = abs((y - of_training).mean())
        own = np.array([y[fold == each].mean() for each in fold])
        per_fold = [np.abs(y - of_training)[fold == each].mean() for each in range(n_folds)]
        mistakes = [
            (
                np.abs(y - y.mean()).mean(),
                _("This mean has seen all rows, the test rows too; leave the own fold out."),
            ),
            (
                np.abs(y - own).mean(),
                _("You take the mean of the test fold itself; take that of the other folds."),
            ),
            (
                np.mean(per_fold),
                _("You average over folds, which differ in size; average over all rows."),
            ),
            (
                np.sqrt(((y - of_training) ** 2).mean()),
                _(
                    "This is the root mean square error; the exercise asks for the mean absolute one."
                ),
            ),
            (
                np.copysign(cancelled, found),
                _("Positive and negative errors cancel; take absolute values."),
            ),
        ]
        raise_for_known_mistakes(found, mistakes)
        return _(
            "For {n} rows in {n_folds} folds the baseline's error is {right:.4g}, but your function "
            "returns {found:.4g}."
        ).format(n=n, n_folds=n_folds, right=right, found=found)
    return None


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
        train, test = (
            set(ask.array(part, (None,), name).tolist())
            for part, name in zip(found, ("train", "test"), strict=True)
        )
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
        if train == set(years[years < first].tolist()):
            return _("Return row numbers, not years.")
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
