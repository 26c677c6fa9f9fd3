"""Exercises of notebook 14, learned representations."""

import numpy as np

from matnn_lab.classroom.tasks import task
from matnn_lab.text import gettext as _


def _cosines(vectors, row):
    vectors = np.asarray(vectors, dtype=float)
    found = vectors @ vectors[row] / np.linalg.norm(vectors, axis=1)
    return found / np.linalg.norm(vectors[row])


def _without(values, row, instead):
    values = np.array(values, dtype=float)
    values[row] = instead
    return values


def _rows_of_vectors():
    rng = np.random.default_rng(141)
    yield np.array([[1.0, 0.1], [0.3, 0.35], [9.0, 2.0], [1.0, 0.5], [-1.2, -0.1]]), 0
    yield np.array([[-1.0, 0.2], [-0.5, 1.0], [1.0, 0.1], [-2.0, -0.4]]), 2  # all point away
    for n, width in ((7, 3), (9, 4), (12, 5), (40, 6)):
        sizes = rng.uniform(0.2, 5, (n, 1))
        yield sizes * rng.normal(size=(n, width)), int(rng.integers(n))


task(
    "14.1",
    "most_similar(vectors, row)",
    right=lambda v, row: int(np.argmax(_without(_cosines(v, row), row, -np.inf))),
    mistakes=[
        (
            lambda v, row: int(np.argmax(_without(_cosines(v, row), row, 0))),
            _(
                "You set the cosine of the row itself to 0, which wins where all others are negative; set"
                " it to `-np.inf`."
            ),
        ),
        (
            lambda v, row: int(np.argmax(_cosines(v, row))),
            _("Every vector is most like itself; leave the row itself out of the search."),
        ),
        (
            lambda v, row: int(np.argmax(_without(v @ v[row], row, -np.inf))),
            _("This is the largest scalar product, which long vectors win; divide by the lengths."),
        ),
        (
            lambda v, row: int(
                np.argmin(_without(np.linalg.norm(v - v[row], axis=1), row, np.inf))
            ),
            _("This is the smallest distance; the exercise asks for the largest cosine."),
        ),
        (
            lambda v, row: int(np.argmax(_without(np.abs(_cosines(v, row)), row, -np.inf))),
            _(
                "You take the absolute value, but a cosine near −1 belongs to a vector that points the other"
                " way; take the largest cosine with its sign."
            ),
        ),
        (
            lambda v, row: int(
                np.argmax(_without(_cosines(v - v.mean(axis=0), row), row, -np.inf))
            ),
            _(
                "You take the mean of all rows off first; this exercise asks for the cosine of the vectors"
                " as they stand."
            ),
        ),
        (
            lambda v, row: int(np.argmax(np.delete(_cosines(v, row), row))),
            _(
                "You took the row itself out, so that all rows after it have moved up by one; set its cosine"
                " to `-np.inf` instead."
            ),
        ),
        (
            lambda v, row: int(
                np.argmax(_without(v @ v[row] / np.square(v).sum(axis=1), row, -np.inf))
            ),
            _("You divide by the squares of the lengths; divide by the lengths."),
        ),
        (
            lambda v, row: int(np.argmin(_without(_cosines(v, row), row, np.inf))),
            _("This row has the smallest cosine, it is the least similar one; take the largest."),
        ),
        (
            lambda v, row: float(np.max(_without(_cosines(v, row), row, -np.inf))),
            _("This is the cosine; the exercise asks for the number of the row where it stands."),
        ),
    ],
    otherwise=_("The most similar row is {right:g}, and you return {found:g}."),
    cases=_rows_of_vectors,
)


def _same(labels):
    labels = np.asarray(labels)
    return labels[:, None] == labels


def _labels():
    yield (np.array(["halite", "halite", "spinel"]),)
    rng = np.random.default_rng(142)
    for n, kinds in ((12, 3), (20, 6)):
        yield (rng.choice([f"type {k}" for k in range(kinds)], n),)


task(
    "14.2",
    "chance_of_same(labels)",
    right=lambda labels: (_same(labels).sum() - len(labels)) / (len(labels) * (len(labels) - 1)),
    mistakes=[
        (
            lambda labels: _same(labels).mean(),
            _(
                "You count each crystal as its own neighbour; a search never returns the crystal itself."
            ),
        ),
        (
            lambda labels: (_same(labels).sum() - len(labels)) / len(labels) ** 2,
            _("There are n − 1 other crystals to draw from, not n."),
        ),
        (
            lambda labels: 1 / len(np.unique(labels)),
            _("One over the number of types is right only if all types are equally frequent."),
        ),
        (
            lambda labels: np.unique(labels, return_counts=True)[1].max() / len(labels),
            _("This is the share of the commonest type; here another crystal is drawn at random."),
        ),
        (
            lambda labels: _same(labels).sum() / (len(labels) * (len(labels) - 1)),
            _(
                "You divide by the pairs of different crystals, but still count each crystal with itself;"
                " take these n entries off."
            ),
        ),
        (
            lambda labels: (
                (_same(labels).sum() - len(labels)) / (2 * len(labels) * (len(labels) - 1))
            ),
            _(
                "You count each pair once and divide by n (n − 1), in which each pair is counted twice."
            ),
        ),
        (
            lambda labels: (
                2 * (_same(labels).sum() - len(labels)) / (len(labels) * (len(labels) - 1))
            ),
            _("You count each pair twice and divide by n (n − 1)/2, in which it is counted once."),
        ),
        (
            lambda labels: (
                1 - (_same(labels).sum() - len(labels)) / (len(labels) * (len(labels) - 1))
            ),
            _(
                "This is the probability that the labels differ; the exercise asks for equal labels."
            ),
        ),
        (
            lambda labels: (_same(labels).sum() - len(labels)) / len(labels),
            _(
                "This is the mean number of other crystals with the same label; divide it by the n − 1 from"
                " which one is drawn."
            ),
        ),
        (
            lambda labels: np.mean(
                (np.unique(labels, return_counts=True)[1] - 1) / (len(labels) - 1)
            ),
            _("Your mean counts each label once; a frequent label is also drawn more often."),
        ),
    ],
    otherwise=_("For these labels the chance is {right:.4g}, and you return {found:.4g}."),
    cases=_labels,
)


def _plane():
    for n, length, k in ((6, 5, 2), (9, 8, 3)):
        rng = np.random.default_rng(143 + n)
        rows = 2 + rng.normal(size=(n, length))
        mean = rows.mean(axis=0)
        directions = np.linalg.svd(rows - mean, full_matrices=False)[2][:k]
        yield rows + 0.3 * rng.normal(size=rows.shape), mean, directions


task(
    "14.3",
    "rebuild(spectra, mean, directions)",
    right=lambda x, mean, d: mean + (x - mean) @ d.T @ d,
    mistakes=[
        (
            lambda x, mean, d: (x - mean) @ d.T @ d,
            _("The mean is missing: what was taken off at the beginning is added at the end."),
        ),
        (
            lambda x, mean, d: x @ d.T @ d,
            _("Take the mean off before you project, and add it again at the end."),
        ),
        (
            lambda x, mean, d: mean + x @ d.T @ d,
            _("You add the mean, and have not taken it off before the projection."),
        ),
        (
            lambda x, mean, d: (x - mean) @ d.T,
            _(
                "These are the coordinates z in the plane; multiply them by `directions` to go back."
            ),
        ),
        (
            lambda x, mean, d: x - mean - (x - mean) @ d.T @ d,
            _("This is what is lost; the exercise asks for the rebuilt spectra."),
        ),
        (
            lambda x, mean, d: (x - mean) @ d.T @ d - mean,
            _("You take the mean off a second time; at the end it has to be added again."),
        ),
        (
            lambda x, mean, d: x.mean(axis=0) + (x - x.mean(axis=0)) @ d.T @ d,
            _("You use the mean of these spectra; use the `mean` that is given."),
        ),
        (
            lambda x, mean, d: x,
            _("These are the spectra as they came in; send them through their k coordinates."),
        ),
        (
            lambda x, mean, d: mean + (x - mean) @ d[:1].T @ d[:1],
            _("You use the first direction only; use all rows of `directions`."),
        ),
    ],
    otherwise=_(
        "The first rebuilt spectrum should begin with {right[0][0]:.4g}, {right[0][1]:.4g} and"
        " {right[0][2]:.4g}."
    ),
    cases=_plane,
)


def _auroc(ordinary, unusual):
    away = np.asarray(unusual)[:, None] - np.asarray(ordinary)
    return float(np.mean((away > 0) + 0.5 * (away == 0)))


def _errors():
    yield np.array([1.0, 2.0, 3.0]), np.array([2.0, 4.0])
    rng = np.random.default_rng(144)
    yield rng.integers(0, 6, 11).astype(float), rng.integers(2, 9, 7).astype(float)
    yield rng.gamma(2.0, size=15), 1 + rng.gamma(2.0, size=6)
    yield np.array([0.1, 0.2, 0.2, 0.3, 9.0]), np.array([0.25, 1.0, 3.0, 9.5])  # a mean far off
    yield np.array([3.0, 4.0, 5.0, 1.0]), np.array([2.0, 3.0, 0.5])  # worse than a coin


task(
    "14.4",
    "ranked_above(ordinary, unusual)",
    right=_auroc,
    mistakes=[
        (
            lambda o, u: max(_auroc(o, u), 1 - _auroc(o, u)),
            _(
                "You turn the result round where it is below one half; leave it, since an alarm that is"
                " worse than a coin has to show."
            ),
        ),
        (
            lambda o, u: _auroc(u, o),
            _(
                "Turned round: count the pairs in which the *unusual* spectrum has the larger error."
            ),
        ),
        (
            lambda o, u: float(np.mean(np.asarray(u)[:, None] > o)),
            _("A tie counts one half: with it, errors that are all equal give 0.5."),
        ),
        (
            lambda o, u: float(np.mean(np.asarray(u)[:, None] >= o)),
            _("A tie counts one half, and not as a whole success."),
        ),
        (
            lambda o, u: float(np.mean(u > np.median(o))),
            _("You compare with the median alone; compare with every ordinary spectrum."),
        ),
        (
            lambda o, u: float(np.mean(u > np.mean(o))),
            _("You compare with the mean alone; compare with every ordinary spectrum."),
        ),
        (
            lambda o, u: 2 * _auroc(o, u) - 1,
            _(
                "This is the share of pairs won less the share lost, from −1 to 1; count the pairs won,"
                " and half of the ties."
            ),
        ),
        (
            lambda o, u: float(np.sum(u[:, None] > o) / np.sum(u[:, None] != o)),
            _("You leave the ties out; they stay among the pairs, and each counts one half."),
        ),
        (
            lambda o, u: _auroc(o, u) * len(o),
            _("You divide by the number of unusual spectra; divide by the number of all pairs."),
        ),
        (
            lambda o, u: _auroc(o, u) * len(u),
            _("You divide by the number of ordinary spectra; divide by the number of all pairs."),
        ),
        (
            lambda o, u: float(np.mean(u[: min(len(o), len(u))] > o[: min(len(o), len(u))])),
            _("You compare the spectra one by one; compare each unusual with each ordinary one."),
        ),
        (
            lambda o, u: float(np.mean(u > np.max(o))),
            _("You compare with the largest ordinary error; compare with each one."),
        ),
        (
            lambda o, u: float(np.sum((u[:, None] > o) + 0.5 * (u[:, None] == o))),
            _("This is a number of pairs; divide by the number of all pairs."),
        ),
    ],
    otherwise=_("The share of pairs is {right:.4g}, and you return {found:.4g}."),
    cases=_errors,
)
