"""Examination question of notebook 00, what neural networks do."""

import numpy as np

from matnn_lab.classroom.examination import Question
from matnn_lab.text import gettext as _


def break_even(rng: np.random.Generator) -> Question:
    """Ask from when on a surrogate pays off."""
    calculation, surrogate = int(rng.integers(40, 120)), int(rng.integers(5, 30))
    n_training, fit = int(rng.integers(80, 400)), 60 * int(rng.integers(10, 60))
    saved, paid_first = calculation - surrogate, n_training * calculation + fit
    return Question(
        text=_(
            "One calculation of a material takes {calculation_s} s. A surrogate takes "
            "{surrogate_s} s for the same answer. For its training {n_training} materials were "
            "calculated, and the fit took another {fit_s} s. What is the smallest number of "
            "evaluations for which the way with the surrogate, training set and fit included, "
            "takes less time than a calculation for each of them?"
        ),
        given={
            "calculation_s": calculation,
            "surrogate_s": surrogate,
            "n_training": n_training,
            "fit_s": fit,
        },
        way="paid_first = n_training * calculation_s + fit_s\n"
        "int(paid_first / (calculation_s - surrogate_s)) + 1",
        answer=paid_first // saved + 1,
        mistakes=[
            (
                paid_first // saved,
                _("With so many evaluations the surrogate is not cheaper yet; one more is needed."),
            ),
            (
                fit // saved + 1,
                _("The calculations of the training set have to be paid for as well."),
            ),
            (n_training * calculation // saved + 1, _("The fit has to be paid for as well.")),
            (
                paid_first // calculation + 1,
                _(
                    "The surrogate is not free: each prediction saves the difference of the two times."
                ),
            ),
        ],
    )


QUESTIONS = (break_even,)
