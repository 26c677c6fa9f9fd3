"""Exercises of notebook 15, surrogates and inverse design."""

import numpy as np

from matnn_lab.classroom.tasks import task
from matnn_lab.text import gettext as _


def broken_promise(predicted, true, k):
    """Return by how much the k most promising candidates fall short, on average."""
    best = np.argsort(-np.asarray(predicted))[:k]
    return np.mean(np.asarray(predicted)[best] - np.asarray(true)[best])


def rankings():
    """Yield predictions with errors, and how many of them are built."""
    rng = np.random.default_rng(151)
    for n, k in ((50, 5), (30, 10), (12, 1)):
        true = rng.normal(size=n)
        yield true + rng.normal(size=n), true, k


task(
    "15.1",
    "shortfall(predicted, true, k)",
    right=broken_promise,
    mistakes=[
        (
            lambda p, t, k: np.mean(np.asarray(p) - np.asarray(t)),
            _("This is the mean over all candidates; take the k that the model promises most for."),
        ),
        (
            lambda p, t, k: np.mean(np.sort(p)[-k:]) - np.mean(np.sort(t)[-k:]),
            _(
                "You compare the k best promises with the k best true values, which belong to other "
                "candidates; choose by the promise and look at the true values of the same ones."
            ),
        ),
        (
            lambda p, t, k: np.mean((p - t)[np.argsort(-t)[:k]]),
            _("You chose the truly best; nobody knows them before. Choose by the prediction."),
        ),
        (
            lambda p, t, k: np.mean((p - t)[np.argsort(p)[:k]]),
            _("These are the k with the lowest prediction; sort the other way round."),
        ),
        (
            lambda p, t, k: -broken_promise(p, t, k),
            _("The sign is turned round: promise less truth."),
        ),
        (
            lambda p, t, k: np.mean(np.abs((p - t)[np.argsort(-p)[:k]])),
            _("Leave out the absolute value: some keep more than they promise."),
        ),
        (
            lambda p, t, k: k * broken_promise(p, t, k),
            _("This is the sum over the k candidates; take their mean."),
        ),
        (
            lambda p, t, k: np.mean((p - t)[:k]),
            _("These are the first k rows as they stand; take the k with the highest prediction."),
        ),
        (
            lambda p, t, k: np.mean(np.sort(p)[-k:]) - np.mean(t),
            _(
                "You take off the mean of all true values; take the true values of the same k "
                "candidates."
            ),
        ),
        (
            lambda p, t, k: np.mean(np.sort(p)[-k:]),
            _("This is the mean promise alone; take the true values of the same candidates off."),
        ),
        (
            lambda p, t, k: np.mean(np.sort(p - t)[-k:]),
            _(
                "You chose the k that fall short most, for which one has to know the truth; choose by the "
                "prediction."
            ),
        ),
        (
            lambda p, t, k: np.median((p - t)[np.argsort(-p)[:k]]),
            _("This is the median of the k candidates; take their mean."),
        ),
        (
            lambda p, t, k: np.mean((p - t)[np.argsort(-p)[: k + 1]]),
            _("You take one candidate too many; `[:k]` ends before the index k."),
        ),
        (
            lambda p, t, k: np.mean((p - t)[np.argsort(p)[-k - 1 : -1]]),
            _("You left out the candidate with the highest prediction; the last k are `[-k:]`."),
        ),
        (
            lambda p, t, k: (p - t)[np.argsort(-p)[:k]],
            _("You return one number for each candidate; return their mean."),
        ),
    ],
    otherwise=_("For k = {k} the shortfall is {right:.4g}, and you return {found:.4g}."),
    cases=rankings,
)


def lower(answers, caution):
    """Return mean less caution times spread over the networks."""
    answers = np.asarray(answers, dtype=float)
    return answers.mean(axis=0) - caution * answers.std(axis=0)


def opinions():
    """Yield answers of a few networks."""
    rng = np.random.default_rng(153)
    for n, designs, caution in ((3, 5, 1.0), (4, 7, 2.5)):
        yield rng.normal(size=(n, designs)), caution


task(
    "15.2",
    "cautious(answers, caution)",
    right=lower,
    mistakes=[
        (
            lambda a, c: np.mean(a, axis=0) + c * np.std(a, axis=0),
            _(
                "This is bold, not cautious: where the networks disagree, the promise should shrink."
            ),
        ),
        (
            lambda a, c: np.mean(a, axis=1) - c * np.std(a, axis=1),
            _(
                "Rows are networks, columns designs: take mean and spread over the networks, axis 0."
            ),
        ),
        (
            lambda a, c: np.mean(a) - c * np.std(a),
            _("Each design has a mean and a spread of its own: axis=0."),
        ),
        (
            lambda a, c: np.mean(a, axis=0) - c * np.var(a, axis=0),
            _("The spread is the standard deviation, in the unit of the answers, not its square."),
        ),
        (
            lambda a, c: np.mean(a, axis=0),
            _("The caution is missing: subtract it times the spread."),
        ),
        (
            lambda a, c: np.mean(a, axis=0) - c * np.std(a, axis=0, ddof=1),
            _("Take `np.std` as it is, which divides by the number of networks."),
        ),
        (
            lambda a, c: np.mean(a, axis=0) - np.std(a, axis=0),
            _("The spread is there, but not the caution: multiply the two."),
        ),
        (
            lambda a, c: np.mean(a, axis=0) - c * np.std(a),
            _("You take one spread for all designs; each has a spread of its own: axis=0."),
        ),
        (
            lambda a, c: np.mean(a, axis=0) - c * np.std(a, axis=0) / np.sqrt(len(a)),
            _("This is the standard error of the mean; take the standard deviation as it is."),
        ),
        (
            lambda a, c: np.mean(a, axis=0) - c * np.ptp(a, axis=0),
            _("You take the largest less the smallest answer; take the standard deviation."),
        ),
        (
            lambda a, c: np.min(a, axis=0),
            _("This is the lowest answer; take the mean less caution times standard deviation."),
        ),
        (
            lambda a, c: (np.mean(a, axis=0) - c) * np.std(a, axis=0),
            _("The caution multiplies the spread only; look at your brackets."),
        ),
    ],
    otherwise=_(
        "With the caution {caution:g} you return {found[0]:.4g} and {found[1]:.4g} for the first two "
        "designs, but they should be {right[0]:.4g} and {right[1]:.4g}."
    ),
    cases=opinions,
)


def running(values, best, n_start, n_round):
    """Return the regret when the start and each round end."""
    highest = np.maximum.accumulate(np.asarray(values, dtype=float))
    return best - highest[n_start - 1 :: n_round]


def _in_rounds(values, n_start, n_round, take):
    """Return what `take` makes of the start and of each round on its own."""
    ends = np.arange(n_start, len(values), n_round)
    return np.array([take(part) for part in np.split(np.asarray(values), ends)])


def campaigns():
    """Yield values in the order in which the oracle was asked."""
    rng = np.random.default_rng(152)
    for n_start, n_round, rounds in ((10, 4, 3), (5, 5, 4), (20, 3, 2)):
        yield rng.uniform(0, 1, n_start + n_round * rounds), 1.2, n_start, n_round


task(
    "15.3",
    "regret(values, best, n_start, n_round)",
    right=running,
    mistakes=[
        (
            lambda v, b, s, r: b - np.asarray(v)[s - 1 :: r],
            _("Count the best value *so far*, not the last one: np.maximum.accumulate."),
        ),
        (
            lambda v, b, s, r: np.maximum.accumulate(v)[s - 1 :: r],
            _("This is the best value so far; the regret is how much it lacks of `best`."),
        ),
        (
            lambda v, b, s, r: b - np.maximum.accumulate(v)[s::r],
            _(
                "Python counts from 0: when the start ends, the last value has the index n_start − 1."
            ),
        ),
        (
            lambda v, b, s, r: b - np.maximum.accumulate(v),
            _(
                "You return one number for each call; give one for the start and one for each round."
            ),
        ),
        (
            lambda v, b, s, r: b - np.maximum.accumulate(v)[s + r - 1 :: r],
            _("The first number belongs to the end of the start, before any round."),
        ),
        (
            lambda v, b, s, r: np.max(v) - np.maximum.accumulate(v)[s - 1 :: r],
            _("Compare with `best`, the best there is, not with the best of this campaign."),
        ),
        (
            lambda v, b, s, r: np.maximum.accumulate(v)[s - 1 :: r] - b,
            _(
                "The sign is turned: the regret is `best` less the best so far, and never negative here."
            ),
        ),
        (
            lambda v, b, s, r: b - _in_rounds(v, s, r, np.max),
            _(
                "You take the best of each round on its own; the best so far may be from an earlier one: "
                "np.maximum.accumulate."
            ),
        ),
        (
            lambda v, b, s, r: b - _in_rounds(v, s, r, np.mean),
            _("You take the mean of each round; the regret looks at the best so far."),
        ),
        (
            lambda v, b, s, r: b - np.maximum.accumulate(v[s:])[r - 1 :: r],
            _("You left out the values of the start; they count, and give the first number."),
        ),
        (
            lambda v, b, s, r: b - np.maximum.accumulate(v)[::r],
            _("You begin with the first call; begin with the end of the start, n_start − 1."),
        ),
        (
            lambda v, b, s, r: b - np.maximum.accumulate(v)[s - 1 : -1 : r],
            _("The last round is missing; its end is the last of all values."),
        ),
        (
            lambda v, b, s, r: b - np.max(v),
            _("This is the regret at the very end; give one for the start and one for each round."),
        ),
    ],
    otherwise=lambda v, b, s, r: _(
        "For a start of {n_start} and rounds of {n_round} the regret is {right}."
    ).format(n_start=s, n_round=r, right=", ".join(f"{each:.4g}" for each in running(v, b, s, r))),
    cases=campaigns,
)


def beats(points):
    """Return a table: does the row of the second axis beat that of the first?"""
    p = np.asarray(points, dtype=float)
    as_good = (p[None] >= p[:, None]).all(axis=2)
    return as_good & (p[None] > p[:, None]).any(axis=2)


def clouds():
    """Yield points with two wishes, with ties, and with three."""
    rng = np.random.default_rng(154)
    yield (rng.normal(size=(12, 2)),)
    yield (np.array([[1.0, 2.0], [2.0, 1.0], [1.0, 1.0], [2.0, 1.0], [0.0, 2.0]]),)
    yield (rng.integers(0, 4, size=(15, 2)).astype(float),)
    yield (rng.normal(size=(9, 3)),)


def strictly(points):
    """Count the rows that are better in all columns."""
    p = np.asarray(points, dtype=float)
    return (p[None] > p[:, None]).all(axis=2).sum(axis=1)


task(
    "15.4",
    "beaten_by(points)",
    right=lambda p: beats(p).sum(axis=1),
    mistakes=[
        (
            strictly,
            _("A row that is equal in one column and worse in another is beaten, too."),
        ),
        (
            lambda p: beats(p).sum(axis=0),
            _(
                "You count how many rows each one beats, or you look for small values; count by how many "
                "it is beaten, where large is good in all columns."
            ),
        ),
        (
            lambda p: (np.asarray(p)[None] >= np.asarray(p)[:, None]).all(axis=2).sum(axis=1),
            _("A row does not beat itself, nor its equal: it has to be better in one column."),
        ),
        (
            lambda p: (np.asarray(p)[None] > np.asarray(p)[:, None]).any(axis=2).sum(axis=1),
            _("Better in one column is not enough: in the others it may not be worse."),
        ),
        (
            lambda p: (np.sum(p, axis=1)[None] > np.sum(p, axis=1)[:, None]).sum(axis=1),
            _("The sum weighs all wishes equally; compare column by column."),
        ),
        (
            lambda p: (np.asarray(p)[None] >= np.asarray(p)[:, None]).all(axis=2).sum(axis=1) - 1,
            _(
                "You count all that are as good in each column and take one off for the row itself; a row "
                "may stand in the table twice, and its equal does not beat it either."
            ),
        ),
        (
            lambda p: beats(p[:, :2]).sum(axis=1),
            _("You compare two columns only; there may be more wishes than two."),
        ),
        (
            lambda p: beats(p).sum(),
            _("You return one number for all rows; return one for each row."),
        ),
        (
            lambda p: p[~beats(p).any(axis=1)],
            _("These are the rows of the front; return for each row by how many it is beaten."),
        ),
    ],
    otherwise=_(
        "Not all counts are right. A row beats another if it is as good, and better in one."
    ),
    cases=clouds,
)
