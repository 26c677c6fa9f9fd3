"""Exercises of notebook 17, metrics and ranking."""

import numpy as np

from matnn_lab.classroom import ask
from matnn_lab.classroom.ask import agrees, raise_for_known_mistakes
from matnn_lab.classroom.exercises import exercise
from matnn_lab.evaluation import precision_at_k, stability_decision
from matnn_lab.text import gettext as _


@exercise("17.1")
def determination(answer: object) -> str | None:
    """Check the coefficient of determination."""
    function = ask.function(answer, "r2(true, predicted)")
    rng = np.random.default_rng(171)
    for n, noise, shift in ((30, 0.3, 0.0), (12, 0.5, 0.4), (50, 2.0, -1.0)):
        true = rng.normal(-1.0, 1.0, size=n)
        predicted = 0.8 * true + shift + rng.normal(0, noise, size=n)
        found = function.number(true, predicted)
        squared, spread = ((predicted - true) ** 2).sum(), ((true - true.mean()) ** 2).sum()
        if agrees(found, 1 - squared / spread):
            continue
        mistakes = [
            (
                np.corrcoef(true, predicted)[0, 1] ** 2,
                _(
                    "This is the squared correlation, which forgives a shift and a wrong slope; take one "
                    "minus a ratio of two sums of squares."
                ),
            ),
            (
                squared / spread,
                _("This is the share that is left unexplained; R² is one minus it."),
            ),
            (
                1 - squared / (true**2).sum(),
                _("The sum below is that of the baseline: take the distances to the mean of true."),
            ),
            (
                1 - squared / ((predicted - predicted.mean()) ** 2).sum(),
                _("The spread below is that of the true values, not that of the predictions."),
            ),
            (
                1 - np.abs(predicted - true).sum() / np.abs(true - true.mean()).sum(),
                _("Both sums are of squares, not of absolute values."),
            ),
            (
                1 - squared / n / true.var(ddof=1),
                _("Above you divide by n and below by n − 1; use sums on both sides."),
            ),
        ]
        raise_for_known_mistakes(found, mistakes)
        return _("For {n} rows R² is {right:.4f}, but your function returns {found:.4g}.").format(
            n=n, right=1 - squared / spread, found=found
        )
    return None


@exercise("17.2")
def acceleration(answer: object) -> str | None:
    """Check the discovery acceleration factor of a decision."""
    function = ask.function(answer, "acceleration(true, predicted, threshold)")
    rng = np.random.default_rng(172)
    for n, threshold, noise in ((60, 0.05, 0.05), (200, 0.0, 0.1), (90, 0.1, 0.02)):
        true = np.round(rng.exponential(0.15, size=n) - 0.04, 3)
        predicted = np.round(true + rng.normal(0, noise, size=n), 3)
        true[0], predicted[0] = threshold, threshold
        found = function.number(true, predicted, threshold)
        decision = stability_decision(true, predicted, threshold)
        if agrees(found, decision.acceleration):
            continue
        stable, picked = true <= threshold, predicted <= threshold
        mistakes = [
            (
                decision.precision,
                _("This is the precision; divide it by the share of stable materials in the test."),
            ),
            (
                decision.recall / decision.prevalence,
                _("Above stands the recall; take the share of stable ones among the picked ones."),
            ),
            (
                decision.precision / picked.mean(),
                _(
                    "Divide by the share of materials that are stable, not by the share that is picked."
                ),
            ),
            (
                decision.prevalence / decision.precision,
                _("The ratio is turned round: a good model should have a factor above one."),
            ),
            (
                ((true < threshold) & (predicted < threshold)).sum()
                / max(1, (predicted < threshold).sum())
                / (true < threshold).mean(),
                _("A material exactly at the threshold counts as stable: use <= on both sides."),
            ),
            (
                (stable & picked).sum() / n,
                _("This is the share of right picks in all materials; divide by the picks only."),
            ),
        ]
        raise_for_known_mistakes(found, mistakes)
        return _(
            "For {n} materials at the threshold {threshold:g} the factor is {right:.4f}, but your function "
            "returns {found:.4g}."
        ).format(n=n, threshold=threshold, right=decision.acceleration, found=found)
    return None


@exercise("17.3")
def precision(answer: object) -> str | None:
    """Check precision at k."""
    function = ask.function(answer, "precision(hits, scores, k)")
    rng = np.random.default_rng(1736)  # the mistakes differ in the first case
    for n, k in ((20, 5), (50, 10), (30, 1), (80, 25)):
        scores = rng.permutation(n) / n
        hits = rng.random(n) < 0.2 + 0.4 * scores
        hits[rng.integers(n)] = True
        found = function.number(hits, scores, k)
        right = precision_at_k(hits, scores, k)
        if agrees(found, right):
            continue
        order = np.argsort(-scores)
        mistakes = [
            (
                precision_at_k(hits, -scores, k),
                _("You try the lowest scores first; the highest should be first."),
            ),
            (hits[:k].mean(), _("These are the first k rows as they stand; sort by score first.")),
            (
                hits[order][:k].sum() / hits.sum(),
                _("You divide by all hits, which is the recall; divide by the k trials."),
            ),
            (hits[order][:k].sum(), _("This is the number of hits; divide it by the k trials.")),
            (
                right / hits.mean(),
                _("This is the enrichment; precision is the share of hits in the first k."),
            ),
        ]
        raise_for_known_mistakes(found, mistakes)
        return _(
            "Among the best {k} of {n} materials the share of hits is {right:.3f}, but your function "
            "returns {found:.4g}."
        ).format(k=k, n=n, right=right, found=found)
    return None


@exercise("17.4")
def corrected_error(answer: object) -> str | None:
    """Check the corrected standard error of a mean difference over resampled splits."""
    function = ask.function(answer, "standard_error(gains, n_train, n_test)")
    rng = np.random.default_rng(174)
    for n, n_train, n_test in ((5, 80, 20), (30, 90, 10), (10, 400, 100), (15, 50, 50)):
        gains = rng.normal(0.01, 0.02, size=n)
        found = function.number(gains, n_train, n_test)
        variance, biased = gains.var(ddof=1), gains.var()
        right = np.sqrt(variance * (1 / n + n_test / n_train))
        if agrees(found / right, 1.0):
            continue
        mistakes = [
            (
                np.sqrt(variance / n),
                _("This is the naive standard error; add n_test / n_train to 1 / J."),
            ),
            (
                variance * (1 / n + n_test / n_train),
                _("This is the variance of the mean; take its root."),
            ),
            (
                np.sqrt(biased * (1 / n + n_test / n_train)),
                _("The variance of a sample of J gains divides by J − 1: use ddof=1."),
            ),
            (
                np.sqrt(variance * (1 / n + n_train / n_test)),
                _("The ratio is turned round: test rows over training rows."),
            ),
            (
                np.sqrt(variance * (1 / n + n_test / (n_train + n_test))),
                _("Divide the test rows by the training rows, not by all rows."),
            ),
        ]
        for result, hint in mistakes:
            if agrees(found / result, 1.0):
                return hint
        return _(
            "For {n} splits into {n_train} and {n_test} rows the standard error is {right:.4g}, but your "
            "function returns {found:.4g}."
        ).format(n=n, n_train=n_train, n_test=n_test, right=right, found=found)
    return None
