"""Examination question of notebook 18, uncertainty."""

import numpy as np

from matnn_lab.classroom.examination import Question
from matnn_lab.text import gettext as _


def conformal(rng: np.random.Generator) -> Question:
    """Ask for the half width of a conformal interval."""
    errors, coverage = (
        np.round(rng.exponential(0.15, int(rng.integers(21, 31))), 3),
        int(rng.choice([80, 90])),
    )
    ordered, n = np.sort(errors), len(errors)
    rank = -(-(n + 1) * coverage // 100)
    return Question(
        text=_(
            "The array holds the absolute `errors` of a model on its calibration rows, in "
            "eV/atom. Which half width of the split-conformal interval covers a new row with a "
            "probability of at least {coverage} %?"
        ),
        given={"errors": errors, "coverage": coverage},
        way="rank = int(np.ceil((len(errors) + 1) * coverage / 100 - 1e-9))\nnp.sort(errors)[rank - 1]",
        answer=ordered[rank - 1],
        mistakes=[
            (
                ordered[-(-n * coverage // 100) - 1],
                _("The new row counts as well: the rank is that share of n + 1, rounded up."),
            ),
            (
                ordered[min(rank, n - 1)],
                _("Counting from zero, the r-th smallest has the index r − 1."),
            ),
            (
                np.quantile(errors, coverage / 100),
                _(
                    "This is an interpolated quantile of n values; take the value of a rank in n + 1."
                ),
            ),
            (2 * ordered[rank - 1], _("This is the full width of the interval.")),
            (errors[rank - 1], _("Sort the errors first.")),
        ],
        unit="eV/atom",
    )


QUESTIONS = (conformal,)
