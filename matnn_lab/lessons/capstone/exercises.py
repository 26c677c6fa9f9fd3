"""Exercises of notebook 20, the capstone."""

import numpy as np

from matnn_lab.classroom.tasks import task
from matnn_lab.text import gettext as _


def _tables():
    rng = np.random.default_rng(201)
    for again, last, tenth, half, order in (
        ([0, 0, 1], 1, 2, 1, 3),
        ([0, 0, 1], 2, 1, 2, 1),
        ([0, 0, 1, 2, 2, 3], 2, 3, 2, 1),
    ):
        rows = rng.integers(0, 40, size=(8, 4)) + 0.2
        # beside the repeats there are rows that are only alike: in all but the last number, in whole
        # numbers, when rounded, in another order
        whole, close = rows[:half] + [0.5, 0, 0, 0], rows[:tenth] + [0, 0, 0.04, 0]
        alike = np.concatenate([rows[:last] + [0, 0, 0, 1], whole, close, rows[-order:, ::-1]])
        yield (rng.permutation(np.concatenate([rows, rows[again], alike])),)


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
        (
            lambda rows: len(rows) - len(_counts(np.asarray(rows)[:, :-1])),
            _("You leave the last number out; a row in which only that one differs is no repeat."),
        ),
        (
            lambda rows: len(rows) - len(_counts(np.round(rows, 1))),
            _("You round before you compare; here a repeat agrees to the last digit."),
        ),
        (
            lambda rows: len(rows) - len(_counts(np.asarray(rows).astype(int))),
            _("You compare whole numbers; here a repeat agrees to the last digit."),
        ),
        (
            lambda rows: len(rows) - len(_counts(np.sort(rows, axis=1))),
            _("The order counts: the same numbers in other columns are another row."),
        ),
        (
            lambda rows: np.all(np.asarray(rows)[1:] == np.asarray(rows)[:-1], axis=1).sum(),
            _(
                "You compare each row with the one before it; an earlier one may stand anywhere above."
            ),
        ),
        (
            lambda rows: (_counts(rows) * (_counts(rows) - 1)).sum() / 2,
            _(
                "You count pairs of equal rows; a row that stands there three times makes three pairs, but"
                " has two repeats."
            ),
        ),
        (
            lambda rows: (len(rows) - len(_counts(rows))) / len(rows),
            _("This is the share of the rows; return their number."),
        ),
        (
            lambda rows: len(rows) - np.unique(rows, axis=1).shape[1],
            _("You look for equal columns; `axis=0` compares rows."),
        ),
        (
            lambda rows: np.size(rows) - len(np.unique(rows)),
            _("You count single numbers that repeat; compare whole rows: `axis=0`."),
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
    yield (
        np.array([1, 1, 1, 1, 2, 3, 5, 6, 6, 6, 7, 7, 8]),
        np.array([0, 0, 0, 0, 3, 1, 2, 4, 9, 4, 4, 4, 5]),
    )


def _papers(keys, papers):
    """Return the different papers and the rows of each key."""
    keys, papers = np.asarray(keys), np.asarray(papers)
    found = [(len(set(papers[keys == k].tolist())), (keys == k).sum()) for k in np.unique(keys)]
    return np.array(found).T


def _pairs(keys, papers):
    """Count the pairs of rows of one measurement that stand in two papers."""
    keys, papers = np.asarray(keys), np.asarray(papers)
    return ((keys[:, None] == keys) & (papers[:, None] != papers)).sum() / 2


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
        (
            lambda keys, papers: len(keys) - len(_papers(keys, papers)[0]),
            _(
                "This is the number of rows whose measurement stood above already; asked are measurements in"
                " two papers or more."
            ),
        ),
        (
            lambda keys, papers: len(_papers(keys, papers)[0]),
            _("This is the number of all measurements; count those in two papers or more."),
        ),
        (
            lambda keys, papers: (_papers(papers, keys)[0] > 1).sum(),
            _(
                "You count papers with several measurements; count measurements with several papers."
            ),
        ),
        (
            lambda keys, papers: (_papers(keys, papers)[0] == 1).sum(),
            _("You count the measurements that stand in one paper only; count the others."),
        ),
        (
            lambda keys, papers: _pairs(keys, papers),
            _("You count pairs of rows; count each measurement once."),
        ),
        (
            lambda keys, papers: (_papers(keys, papers)[0] > 1).mean(),
            _("This is the share of the measurements; return their number."),
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
        (
            lambda t, a, tg, m: a + (12 - a) ** 2 / m * (t / tg - 1) + 12 - a,
            _("All that stands below the line needs brackets around it."),
        ),
        (
            lambda t, a, tg, m: a + (12 - a) ** 2 / (m * t / tg - 1 + 12 - a),
            _("The fragility multiplies the whole difference: m (T/Tg − 1)."),
        ),
        (
            lambda t, a, tg, m: a + (12 - a) ** 2 / (m * (t / tg - 1 + 12 - a)),
            _("The fragility multiplies T/Tg − 1 only; 12 − limit is added after that."),
        ),
        (
            lambda t, a, tg, m: a + (12 - a) ** 2 / (m * (t / tg - 1) + 12),
            _("Below the line stands 12 − limit, and you add 12 alone."),
        ),
        (
            lambda t, a, tg, m: a + (12 - a) ** 2 / (m * (t / tg - 1) + 12 + a),
            _("Below the line stands 12 − limit, and you have 12 + limit."),
        ),
        (
            lambda t, a, tg, m: a + (12 - a) ** 2 / (m * (t - tg) + 12 - a),
            _("Below the line stands T/Tg − 1, which has no unit; divide the temperature by tg."),
        ),
        (
            lambda t, a, tg, m: a + (12 - a) ** 2 / (m * (1 - t / tg) + 12 - a),
            _(
                "A sign is turned: below the line stands T/Tg − 1, which is positive for a hot melt."
            ),
        ),
        (
            lambda t, a, tg, m: a - (12 - a) ** 2 / (m * (t / tg - 1) + 12 - a),
            _("The fraction is added to the limit, and you subtract it."),
        ),
        (
            lambda t, a, tg, m: a + (12 - a) * tg / t,
            _("This is a straight line in 1/T; the equation bends, by the fragility."),
        ),
        (
            lambda t, a, tg, m: a + (12 - a) ** 2 / (tg * (t / m - 1) + 12 - a),
            _("tg and fragility have changed places: T is divided by tg."),
        ),
    ],
    otherwise=_(
        "For limit {limit:g}, tg {tg:g} and fragility {fragility:g} the first should be {right[0]:.3f}."
    ),
    cases=_melts,
)


def _intervals():
    rng = np.random.default_rng(204)
    for sizes in ((40, 2, 5), (3, 3, 30, 1, 6, 4, 8), (12, 6)):
        families = rng.permutation(np.repeat(np.arange(len(sizes)), sizes))
        inside = rng.uniform(size=len(families)) < np.linspace(0.95, 0.3, len(sizes))[families]
        yield inside, families
    # two families of a longer list, the first and the last
    families = np.array([7, 2, 7, 7, 2, 7])
    yield np.array([True, True, False, True, True, False]), families


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
        (
            lambda inside, families: (_shares(inside, families) > 0).mean(),
            _("You count families that are inside with any of their rows; take each one's share."),
        ),
        (
            lambda inside, families: np.sum(inside) / len(np.unique(families)),
            _(
                "This is the mean number of rows inside, which grows with the family; divide each number by"
                " the rows of its family first."
            ),
        ),
        (
            lambda inside, families: _shares(inside, families).sum() / (np.max(families) + 1),
            _(
                "You count every number up to the largest as a family, but some do not occur; loop over"
                " `np.unique(families)`."
            ),
        ),
        (
            lambda inside, families: _shares(inside, families).sum(),
            _("You add up the shares of the families; take their mean."),
        ),
    ],
    otherwise=_(
        "The mean over the families is {right:.3f} here; your function returns {found:.3f}."
    ),
    cases=_intervals,
)
