"""Exercises of notebook 17, metrics and ranking."""

from collections.abc import Iterator

import numpy as np

from matnn_lab.classroom.tasks import task
from matnn_lab.evaluation import precision_at_k, stability_decision
from matnn_lab.text import gettext as _


def _squares(a, b):
    return ((a - b) ** 2).sum()


def _predictions() -> Iterator[tuple[np.ndarray, np.ndarray]]:
    rng = np.random.default_rng(171)
    for n, noise, shift in ((30, 0.3, 0.0), (12, 0.5, 0.4), (50, 2.0, -1.0)):
        true = rng.normal(-1.0, 1.0, size=n)
        yield true, 0.8 * true + shift + rng.normal(0, noise, size=n)


task(
    "17.1",
    "r2(true, predicted)",
    right=lambda true, predicted: 1 - _squares(true, predicted) / _squares(true, true.mean()),
    mistakes=[
        (
            lambda true, predicted: np.corrcoef(true, predicted)[0, 1] ** 2,
            _(
                "This is the squared correlation, which forgives a shift and a wrong slope; take one minus a "
                "ratio of two sums of squares."
            ),
        ),
        (
            lambda true, predicted: _squares(true, predicted) / _squares(true, true.mean()),
            _("This is the share that is left unexplained; R² is one minus it."),
        ),
        (
            lambda true, predicted: 1 - _squares(true, predicted) / (true**2).sum(),
            _("The sum below is that of the baseline: take the distances to the mean of true."),
        ),
        (
            lambda true, predicted: (
                1 - _squares(true, predicted) / _squares(predicted, predicted.mean())
            ),
            _("The spread below is that of the true values, not that of the predictions."),
        ),
        (
            lambda true, predicted: (
                1 - np.abs(predicted - true).sum() / np.abs(true - true.mean()).sum()
            ),
            _("Both sums are of squares, not of absolute values."),
        ),
        (
            lambda true, predicted: 1 - np.mean((predicted - true) ** 2) / true.var(ddof=1),
            _("Above you divide by n and below by n − 1; use sums on both sides."),
        ),
    ],
    otherwise=_("Here R² is {right:.6g}, but your function returns {found:.6g}."),
    cases=_predictions,
)


def _distances() -> Iterator[tuple[np.ndarray, np.ndarray, float]]:
    rng = np.random.default_rng(172)
    for n, threshold, noise in ((60, 0.05, 0.05), (200, 0.0, 0.1), (90, 0.1, 0.02)):
        true = np.round(rng.exponential(0.15, size=n) - 0.04, 3)
        predicted = np.round(true + rng.normal(0, noise, size=n), 3)
        true[0], predicted[0] = threshold, threshold
        yield true, predicted, threshold


def _strictly(true, predicted, threshold):
    stable, picked = true < threshold, predicted < threshold
    return stable[picked].mean() / stable.mean()


task(
    "17.2",
    "acceleration(true, predicted, threshold)",
    right=lambda *given: stability_decision(*given).acceleration,
    mistakes=[
        (
            lambda *given: stability_decision(*given).precision,
            _("This is the precision; divide it by the share of stable materials in the test."),
        ),
        (
            lambda *given: (
                stability_decision(*given).recall / stability_decision(*given).prevalence
            ),
            _("Above stands the recall; take the share of stable ones among the picked ones."),
        ),
        (
            lambda true, predicted, threshold: (
                stability_decision(true, predicted, threshold).precision
                / (predicted <= threshold).mean()
            ),
            _("Divide by the share of materials that are stable, not by the share that is picked."),
        ),
        (
            lambda *given: 1 / stability_decision(*given).acceleration,
            _("The ratio is turned round: a good model should have a factor above one."),
        ),
        (
            _strictly,
            _("A material exactly at the threshold counts as stable: use <= on both sides."),
        ),
        (
            lambda true, predicted, threshold: (
                (true <= threshold) & (predicted <= threshold)
            ).mean(),
            _("This is the share of right picks in all materials; divide by the picks only."),
        ),
    ],
    otherwise=_(
        "At the threshold {threshold:g} the factor is {right:.6g}, but your function returns {found:.6g}."
    ),
    cases=_distances,
)


def _rankings() -> Iterator[tuple[np.ndarray, np.ndarray, int]]:
    rng = np.random.default_rng(1736)  # the mistakes differ in the first case
    for n, k in ((20, 5), (50, 10), (30, 1), (80, 25)):
        scores = rng.permutation(n) / n - 0.6  # as minus an energy, on both sides of zero
        hits = rng.random(n) < 0.44 + 0.4 * scores
        hits[rng.integers(n)] = True
        yield hits, scores, k


task(
    "17.3",
    "precision(hits, scores, k)",
    right=precision_at_k,
    mistakes=[
        (
            lambda hits, scores, k: precision_at_k(hits, -scores, k),
            _("You try the lowest scores first; the highest should be first."),
        ),
        (
            lambda hits, scores, k: hits[:k].mean(),
            _("These are the first k rows as they stand; sort by score first."),
        ),
        (
            lambda hits, scores, k: k * precision_at_k(hits, scores, k) / hits.sum(),
            _("You divide by all hits, which is the recall; divide by the k trials."),
        ),
        (
            lambda hits, scores, k: k * precision_at_k(hits, scores, k),
            _("This is the number of hits; divide it by the k trials."),
        ),
        (
            lambda hits, scores, k: k * precision_at_k(hits, scores, k) / len(hits),
            _("You divide by the number of all materials; divide by the k trials."),
        ),
        (
            lambda hits, scores, k: precision_at_k(hits, np.abs(scores), k),
            _("You try the scores farthest from zero first; the highest should be first."),
        ),
        (
            lambda hits, scores, k: precision_at_k(hits, scores, k) / hits.mean(),
            _("This is the enrichment; precision is the share of hits in the first k."),
        ),
    ],
    otherwise=_(
        "Among the best {k} materials the share of hits is {right:.3f}, but your function returns "
        "{found:.4g}."
    ),
    cases=_rankings,
)


def _gains() -> Iterator[tuple[np.ndarray, int, int]]:
    rng = np.random.default_rng(174)
    for n, n_train, n_test in ((5, 80, 20), (30, 90, 10), (10, 400, 100), (15, 50, 50)):
        yield rng.normal(0.01, 0.02, size=n), n_train, n_test


def _error(gains, ratio, ddof=1):
    return np.sqrt(np.var(gains, ddof=ddof) * (1 / len(gains) + ratio))


task(
    "17.4",
    "standard_error(gains, n_train, n_test)",
    right=lambda gains, n_train, n_test: _error(gains, n_test / n_train),
    mistakes=[
        (
            lambda gains, n_train, n_test: _error(gains, 0),
            _("This is the naive standard error; add n_test / n_train to 1 / J."),
        ),
        (
            lambda gains, n_train, n_test: _error(gains, n_test / n_train) ** 2,
            _("This is the variance of the mean; take its root."),
        ),
        (
            lambda gains, n_train, n_test: _error(gains, n_test / n_train, ddof=0),
            _("The variance of a sample of J gains divides by J − 1: use ddof=1."),
        ),
        (
            lambda gains, n_train, n_test: _error(gains, n_train / n_test),
            _("The ratio is turned round: test rows over training rows."),
        ),
        (
            lambda gains, n_train, n_test: _error(gains, n_test / (n_train + n_test)),
            _("Divide the test rows by the training rows, not by all rows."),
        ),
    ],
    otherwise=_(
        "For splits into {n_train} and {n_test} rows the standard error is {right:.4g} here, but your "
        "function returns {found:.4g}."
    ),
    cases=_gains,
)
