"""Exercises of notebook 00, what neural networks do."""

import math
from collections import Counter

import numpy as np

from matnn_lab.classroom import ask
from matnn_lab.classroom.ask import agrees
from matnn_lab.classroom.exercises import Hint, exercise
from matnn_lab.classroom.tasks import task
from matnn_lab.text import gettext as _


def most_frequent(labels: list[str]) -> str:
    """Return the label that occurs most often."""
    return Counter(labels).most_common(1)[0][0]


def hits(train: list[str], test: list[str]) -> int:
    """Return how many test labels are the most frequent training label."""
    return test.count(most_frequent(train))


task(
    "00.1",
    "majority_accuracy(train_labels, test_labels)",
    right=lambda train, test: hits(train, test) / len(test),
    mistakes=[
        (
            lambda train, test: hits(test, test) / len(test),
            _(
                "This label was chosen by looking at the test labels; a baseline may only know the "
                "training labels."
            ),
        ),
        (
            lambda train, test: hits(train, train) / len(train),
            _("This is the accuracy on the training labels; score the test labels."),
        ),
        (hits, _("This is the number of hits; divide it by the number of test labels.")),
        (
            lambda train, test: 100 * hits(train, test) / len(test),
            _("This is in percent; return a number between 0 and 1."),
        ),
        (
            lambda train, test: 1 - hits(train, test) / len(test),
            _("This is the share that is wrong, not the share right."),
        ),
        (
            lambda train, test: 1 / len(set(train)),
            _("This is the accuracy of guessing each label equally often."),
        ),
        (
            lambda train, test: hits(train, test) / len(train),
            _("Divide by the number of test labels, not by that of the training labels."),
        ),
    ],
    otherwise=_(
        "For the training labels {train_labels} and the test labels {test_labels} the accuracy should be "
        "{right:.6g}, but is {found:.6g}."
    ),
    cases=lambda: [
        (["BCC"] * 5 + ["FCC"] * 3 + ["HCP"], ["BCC"] * 2 + ["FCC"] * 5 + ["HCP"] * 3),
        (["FCC"] + ["other"] * 7 + ["BCC"] * 2, ["other"] * 6 + ["BCC"] * 3),
        (["HCP"] * 3 + ["BCC"], ["BCC"] * 4 + ["FCC"] * 3),
    ],
)


@exercise("00.2")
def nearest(answer: object) -> str | None:
    """Check the nearest rows on random vectors and on a row that occurs twice."""
    function = ask.function(answer, "nearest(vectors, i, k)")
    rng = np.random.default_rng(2)
    twice = rng.normal(size=(8, 3))
    twice[1] = twice[6]
    stretched = rng.normal(size=(12, 4)) * [1, 1, 30, 1]
    for vectors, i, k in (
        (rng.normal(size=(20, 2)), 5, 3),
        (stretched, 0, 5),
        (twice, 6, 2),
        (twice, 1, 1),
        (rng.normal(size=(2000, 3)), 7, 1000),  # so many that `argpartition` leaves them unordered
    ):
        found = function(vectors, i, k)
        rows = ask.array(found, (None,), f"`{function.call(vectors, i, k)}`")
        distance = np.linalg.norm(vectors - vectors[i], axis=1)
        order = np.argsort(distance, kind="stable")
        others = order[order != i]
        if np.array_equal(rows, others[:k]):
            continue
        if i in rows:
            return _(
                "Row {i} is in your list: a material is not its own neighbour, so leave out the index i."
            ).format(i=i)
        if len(rows) != k:
            return _("There should be {k} rows, but there are {found}.").format(
                k=k, found=len(rows)
            )
        if np.array_equal(rows, others[::-1][:k]):
            return _("These are the farthest rows; you need the smallest distances.")
        if agrees(rows, np.sort(distance)[1 : k + 1]):
            return _("These are the distances; return the numbers of the rows.")
        if k > 1 and np.array_equal(np.sort(rows), np.sort(others[:k])):
            return _("The rows are right, their order is not: the nearest comes first.")
        if np.sort(distance)[1] == 0:
            return _(
                "Another row is equal to row {i} and is its nearest neighbour: leave out row {i} by its "
                "index, not by its distance of zero."
            ).format(i=i)
        raise_for_other_distances(vectors, i, k, rows)
        if k > 10:
            return _("Some of the {k} rows nearest to row {i} are missing.").format(k=k, i=i)
        return _(
            "The {k} rows nearest to row {i} should be {expected}, but you give {found}."
        ).format(k=k, i=i, expected=others[:k].tolist(), found=rows.tolist())
    return None


def raise_for_other_distances(vectors: np.ndarray, i: int, k: int, rows: np.ndarray) -> None:
    """Raise the hint of another measure of distance that gives these rows."""
    size = np.linalg.norm(vectors, axis=1)
    measures = [
        (
            -(vectors @ vectors[i]) / (size * size[i]),
            _("This is the order by angle (cosine); the exercise asks for the Euclidean distance."),
        ),
        (
            np.abs(vectors - vectors[i]).sum(axis=1),
            _(
                "This is the order by the sum of absolute differences; square them before you add them."
            ),
        ),
        (
            np.abs(size - size[i]),
            _("You compare the lengths of the vectors; take the length of their difference."),
        ),
        (
            np.abs(vectors[:, 0] - vectors[i, 0]),
            _("Only the first column is compared; use all columns."),
        ),
    ]
    for distance, hint in measures:
        order = np.argsort(distance, kind="stable")
        if np.array_equal(rows, order[order != i][:k]):
            raise Hint(hint)


@exercise("00.3")
def break_even(answer: object) -> str | None:
    """Check the number of evaluations on cheap, dear and slow surrogates."""
    function = ask.function(answer, "break_even(calculation, surrogate, n_training, fit)")
    for calculation, surrogate, n_training, fit in (
        (2.0, 0.3, 14, 15.0),
        (3600.0, 0.001, 400, 60.0),
        (0.002, 0.0015, 100, 1.3707),
        (2.0, 1.0, 10, 5.0),
        (2.0, 0.5, 14, 10.6),  # 25.73: a half does not round it
    ):
        arguments = (calculation, surrogate, n_training, fit)
        found = function.number(*arguments)
        cost, gain = n_training * calculation + fit, calculation - surrogate
        expected = math.floor(cost / gain) + 1
        if found == expected:
            continue
        if found == cost / gain and found.is_integer():
            return _(
                "After {found:g} evaluations both ways cost the same; the surrogate is cheaper from the "
                "next one on."
            ).format(found=found)
        mistakes = [
            (
                fit / gain,
                _("The training calculations are missing: they cost n_training · calculation."),
            ),
            (n_training * calculation / gain, _("The time of the fit is missing.")),
            (
                cost / calculation,
                _("Each use of the surrogate costs time too: the gain is calculation − surrogate."),
            ),
            (
                cost / gain - n_training,
                _(
                    "The training calculations count in full, n_training · calculation: they were paid "
                    "to learn and are no evaluations, so do not subtract them."
                ),
            ),
            (calculation / surrogate, _("This is the speed-up; the exercise asks for a number.")),
        ]
        for value, hint in mistakes:
            near = found in (value, math.floor(value), math.ceil(value), math.floor(value) + 1)
            if near and abs(value - cost / gain) > 1:
                return hint
        if found in (cost / gain, math.floor(cost / gain)):
            return _(
                "Evaluations come in whole numbers: take the next whole number above {found:.6g}."
            ).format(found=found)
        return _("`{call}` should be {expected}, but is {found:g}.").format(
            call=function.call(*arguments), expected=expected, found=found
        )
    return None
