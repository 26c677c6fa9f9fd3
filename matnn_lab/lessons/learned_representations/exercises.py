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
    for n, width in ((7, 3), (9, 4), (12, 5)):
        sizes = rng.uniform(0.2, 5, (n, 1))
        yield sizes * rng.normal(size=(n, width)), int(rng.integers(n))


task(
    "14.1",
    "most_similar(vectors, row)",
    right=lambda v, row: int(np.argmax(_without(_cosines(v, row), row, -np.inf))),
    mistakes=[
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
            lambda v, row: int(np.argmin(_without(_cosines(v, row), row, np.inf))),
            _("This row has the smallest cosine, it is the least similar one; take the largest."),
        ),
        (
            lambda v, row: float(np.max(_without(_cosines(v, row), row, -np.inf))),
            _("This is the cosine; the exercise asks for the number of the row where it stands."),
        ),
    ],
    otherwise=_("The most similar row is {right}, and you return {found}."),
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
    ],
    otherwise=_("The first rebuilt spectrum should be {right[0]}."),
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


task(
    "14.4",
    "ranked_above(ordinary, unusual)",
    right=_auroc,
    mistakes=[
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
