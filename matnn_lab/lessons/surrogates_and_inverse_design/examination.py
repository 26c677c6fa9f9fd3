"""Examination questions of notebook 15, surrogates and inverse design."""

import numpy as np

from matnn_lab.classroom.examination import Question, rounded
from matnn_lab.text import gettext as _


def shortfall(rng: np.random.Generator) -> Question:
    """Ask by how much the best candidates fall short of their promise."""
    true, k = rounded(rng, 60, 140, 1, 9), int(rng.integers(2, 5))
    predicted = np.round(true + rng.normal(0, 15, 9), 1)
    best, truly = np.argsort(-predicted)[:k], np.argsort(-true)[:k]
    promise = predicted - true
    return Question(
        text=_(
            "A surrogate predicted the stiffness of nine designs (`predicted`, in GPa), and an "
            "oracle then found the true values (`true`, in GPa). A search takes the {k} designs "
            "for which the surrogate promises most. By how much do they fall short on average, as "
            "prediction less truth?"
        ),
        given={"predicted": predicted, "true": true, "k": k},
        way="best = np.argsort(-predicted)[:k]\nnp.mean(predicted[best] - true[best])",
        answer=promise[best].mean(),
        mistakes=[
            (-promise[best].mean(), _("The sign is turned: it is prediction less truth.")),
            (
                promise.mean(),
                _("This is the mean over all designs; the search takes only the best."),
            ),
            (
                promise[truly].mean(),
                _("The search cannot know which are truly best; it goes by the predictions."),
            ),
            (promise[best].sum(), _("This is the sum; take the mean.")),
            (
                promise[np.argsort(predicted)[:k]].mean(),
                _("You take the designs with the lowest predictions."),
            ),
        ],
        unit="GPa",
        decimals=2,
    )


def regret(rng: np.random.Generator) -> Question:
    """Ask for the regret at the end of each round."""
    best, better = rounded(rng, 97, 105, 1), np.repeat([0, 8, 8], [4, 3, 3])
    values = np.round(rng.uniform(50, 80, 10) + better, 1)
    so_far, ends = np.maximum.accumulate(values), np.array([3, 6, 9])
    if so_far[3] == so_far[9]:
        return regret(rng)  # a campaign without a find
    return Question(
        text=_(
            "A campaign of active learning found the true `values` (GPa) in this order: the first "
            "four are the start, and then come two rounds of three designs each. The best design "
            "there is has {best} GPa. What is the regret at the end of the start, of the first "
            "and of the second round?"
        ),
        given={"values": values, "best": best},
        way="found = np.maximum.accumulate(values)\nbest - found[[3, 6, 9]]",
        answer=best - so_far[ends],
        mistakes=[
            (
                so_far[ends],
                _("These are the best values so far; the regret is what is missing to the best."),
            ),
            (best - values[ends], _("Compare with the best value so far, not with the last one.")),
            (
                best - np.array([values[:4].max(), values[4:7].max(), values[7:].max()]),
                _("What was found in an earlier round is not lost: the best so far counts."),
            ),
            (so_far[ends] - best, _("The sign is turned: a regret is never negative.")),
        ],
        unit="GPa",
        decimals=1,
    )


QUESTIONS = (shortfall, regret)
