"""Exercises of notebook 20, the capstone."""

import numpy as np

from matnn_lab.classroom.tasks import task
from matnn_lab.text import gettext as _


def _tables():
    rng = np.random.default_rng(201)
    for n in (12, 9, 30):
        rows = rng.integers(0, 40, size=(n, 3)).astype(float)
        # one row stands there three times, another one twice, and two agree in the first number only
        rows[[4, 7]], rows[8], rows[6, 0] = rows[1], rows[2], rows[3, 0]
        yield (rows,)


def _counts(rows):
    return np.unique(np.asarray(rows), axis=0, return_counts=True)[1]


task(
    "20.1",
    "repeats(rows)",
    right=lambda rows: len(rows) - len(_counts(rows)),
    mistakes=[
        (
            lambda rows: _counts(rows)[_counts(rows) > 1].sum(),
            _("You count the first row of its kind too; that one is to be kept."),
        ),
        (
            lambda rows: (_counts(rows) > 1).sum(),
            _(
                "You count the rows that have a copy; one that stands there three times has two repeats."
            ),
        ),
        (
            lambda rows: len(_counts(rows)),
            _("This is the number of different rows; the repeats are all the others."),
        ),
        (
            lambda rows: len(rows) - len(np.unique(np.asarray(rows)[:, 0])),
            _("You compare the first number only; a repeat agrees in all of them."),
        ),
    ],
    otherwise=_("Of these rows {right:g} repeat an earlier one; your function returns {found:g}."),
    cases=_tables,
)


def _sources():
    # measurement 3 stands in papers 0 and 1, measurement 2 in three; 5 and 9 stand twice in one paper
    keys = np.array([3, 5, 2, 3, 5, 2, 8, 2, 9, 9])
    papers = np.array([0, 2, 0, 1, 2, 1, 1, 4, 4, 4])
    yield keys, papers
    order = np.array([8, 2, 6, 0, 3, 9, 7, 1, 5, 4])
    yield keys[order] + 10, papers[order]
    yield np.array([1, 1, 4, 4, 4, 6]), np.array([7, 7, 7, 8, 7, 8])


def _papers(keys, papers):
    """Return the different papers and the rows of each key."""
    keys, papers = np.asarray(keys), np.asarray(papers)
    found = [(len(set(papers[keys == k].tolist())), (keys == k).sum()) for k in np.unique(keys)]
    return np.array(found).T


task(
    "20.2",
    "copied(keys, papers)",
    right=lambda keys, papers: (_papers(keys, papers)[0] > 1).sum(),
    mistakes=[
        (
            lambda keys, papers: (_papers(keys, papers)[1] > 1).sum(),
            _(
                "You count what one paper repeats too; asked are measurements in two papers or more."
            ),
        ),
        (
            lambda keys, papers: _papers(keys, papers)[1][_papers(keys, papers)[0] > 1].sum(),
            _("This is the number of rows; count each measurement once."),
        ),
        (
            lambda keys, papers: (_papers(keys, papers)[0] == 2).sum(),
            _("A measurement that stands in three papers counts as well."),
        ),
        (
            lambda keys, papers: (_papers(keys, papers)[0] - 1).sum(),
            _("You count the further papers of each measurement; count each measurement once."),
        ),
    ],
    otherwise=_(
        "{right:g} of these measurements stand in more than one paper; your function returns {found:g}."
    ),
    cases=_sources,
)


def _melts():
    rng = np.random.default_rng(203)
    for limit, tg, fragility in ((-3.0, 900.0, 40.0), (-4.5, 1050.0, 28.0), (-2.2, 780.0, 65.0)):
        yield tg * rng.uniform(0.95, 2.0, 5), limit, tg, fragility


task(
    "20.3",
    "vft(temperature, limit, tg, fragility)",
    right=lambda t, a, tg, m: a + (12 - a) ** 2 / (m * (t / tg - 1) + 12 - a),
    mistakes=[
        (
            lambda t, a, tg, m: a + (12 - a) ** 2 / (m * (tg / t - 1) + 12 - a),
            _("The quotient is turned round: below the line stands temperature over tg."),
        ),
        (
            lambda t, a, tg, m: a + (12 - a) / (m * (t / tg - 1) + 12 - a),
            _("Above the line stands the square of 12 − limit; at tg the result must be 12."),
        ),
        (
            lambda t, a, tg, m: (12 - a) ** 2 / (m * (t / tg - 1) + 12 - a),
            _("The limit in front of the fraction is missing."),
        ),
        (
            lambda t, a, tg, m: a + (12 - a) ** 2 / (m * (t / tg - 1)),
            _("Below the line, 12 − limit is missing; as it is, you divide by zero at tg."),
        ),
        (
            lambda t, a, tg, m: a + (12 + a) ** 2 / (m * (t / tg - 1) + 12 + a),
            _("The span is 12 − limit; the limit is negative, so the span is more than 12."),
        ),
        (
            lambda t, a, tg, m: 10 ** (a + (12 - a) ** 2 / (m * (t / tg - 1) + 12 - a)),
            _("Return the logarithm to base 10, not the viscosity itself."),
        ),
    ],
    otherwise=_(
        "For limit {limit:g}, tg {tg:g} and fragility {fragility:g} the first should be {right[0]:.3f}."
    ),
    cases=_melts,
)


def _intervals():
    rng = np.random.default_rng(204)
    for sizes in ((40, 2, 5), (3, 3, 30, 1), (12, 6)):
        families = rng.permutation(np.repeat(np.arange(len(sizes)), sizes))
        inside = rng.uniform(size=len(families)) < np.linspace(0.95, 0.3, len(sizes))[families]
        yield inside, families


def _shares(inside, families):
    inside, families = np.asarray(inside, dtype=float), np.asarray(families)
    return np.array([inside[families == each].mean() for each in np.unique(families)])


task(
    "20.4",
    "coverage_of_families(inside, families)",
    right=lambda inside, families: _shares(inside, families).mean(),
    mistakes=[
        (
            lambda inside, families: np.mean(np.asarray(inside, dtype=float)),
            _(
                "This is the share of rows, in which a large family counts for many; take the share of each"
                " family first, and then their mean."
            ),
        ),
        (
            lambda inside, families: _shares(inside, families).min(),
            _("This is the worst family; the exercise asks for the mean of all."),
        ),
        (
            lambda inside, families: 1 - _shares(inside, families).mean(),
            _("This is the share outside; count the rows that are inside."),
        ),
        (
            lambda inside, families: np.median(_shares(inside, families)),
            _("This is the median of the families; take their mean."),
        ),
        (
            lambda inside, families: (_shares(inside, families) == 1).mean(),
            _("You count families that are inside with all of their rows; take each one's share."),
        ),
    ],
    otherwise=_(
        "The mean over the families is {right:.3f} here; your function returns {found:.3f}."
    ),
    cases=_intervals,
)
