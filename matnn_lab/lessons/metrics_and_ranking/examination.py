"""Examination questions of notebook 17, metrics and ranking."""

import numpy as np

from matnn_lab.classroom.examination import Question, rounded
from matnn_lab.text import gettext as _


def r2(rng: np.random.Generator) -> Question:
    """Ask for R² of a few predictions."""
    true = rounded(rng, -3, 0, 2, 8)
    predicted = np.round(0.7 * true + rng.uniform(-0.6, 0.2) + rng.normal(0, 0.3, 8), 2)
    squares, spread = np.sum((predicted - true) ** 2), np.sum((true - true.mean()) ** 2)
    return Question(
        text=_(
            "A model predicted the formation enthalpies of eight compounds: `predicted`, in "
            "eV/atom, beside the measured `true`. What is its R²?"
        ),
        given={"true": true, "predicted": predicted},
        way="left = np.sum((predicted - true) ** 2)\n1 - left / np.sum((true - true.mean()) ** 2)",
        answer=1 - squares / spread,
        mistakes=[
            (
                np.corrcoef(true, predicted)[0, 1] ** 2,
                _("This is the squared correlation, which forgives a shift and a wrong slope."),
            ),
            (
                squares / spread,
                _("This is the share that is left unexplained; R² is one minus it."),
            ),
            (
                1 - squares / np.sum(true**2),
                _("The sum below is that of the baseline: take the distances to the mean of true."),
            ),
            (
                1 - squares / np.sum((predicted - predicted.mean()) ** 2),
                _("The spread below is that of the true values, not that of the predictions."),
            ),
        ],
    )


def recall_at_k(rng: np.random.Generator) -> Question:
    """Ask how many of the stable materials the best candidates hold."""
    predicted, k = (
        rng.permutation(np.arange(12) * 9 - 20 + rng.integers(0, 8, 12)),
        int(rng.integers(3, 6)),
    )
    stable = rng.random(12) < np.where(predicted < 25, 0.7, 0.25)
    lowest = np.argsort(predicted)[:k]
    found, total = int(stable[lowest].sum()), max(1, int(stable.sum()))
    return Question(
        text=_(
            "A model predicted for twelve candidates how far above the hull of stability they lie "
            "(`predicted_mev`, in meV/atom; negative means below it). The array `stable` says which of "
            "them a calculation later found stable. You had the {k} most promising ones calculated. "
            "What is the recall at {k}?"
        ),
        given={"predicted_mev": predicted, "stable": stable, "k": k},
        way="best = np.argsort(predicted_mev)[:k]\nstable[best].sum() / stable.sum()",
        answer=found / total,
        mistakes=[
            (
                found / k,
                _("This is the precision at k; the recall divides by all stable candidates."),
            ),
            (
                stable[np.argsort(-predicted)[:k]].sum() / total,
                _("Most promising is the lowest energy above the hull, not the highest."),
            ),
            (
                stable[:k].sum() / total,
                _("These are the first rows as they stand; sort them first."),
            ),
            (found / 12, _("Divide by the stable candidates, not by all of them.")),
        ],
    )


QUESTIONS = (r2, recall_at_k)
