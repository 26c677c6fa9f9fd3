"""Examination question of notebook 16, splits."""

import numpy as np

from matnn_lab.classroom.examination import Question
from matnn_lab.text import gettext as _

FORMULAS = [
    "NaCl",
    "MgO",
    "GaAs",
    "TiO2",
    "Fe2O3",
    "SiC",
    "AlN",
    "ZnS",
    "CaF2",
    "NiAl",
    "LiF",
    "ZrO2",
]


def leaked(rng: np.random.Generator) -> Question:
    """Ask how many test rows hold a formula that was seen before."""
    train, validation, test = (rng.choice(FORMULAS, n).tolist() for n in (8, 4, 12))
    seen = {*train, *validation}
    known = [formula in seen for formula in test]
    return Question(
        text=_(
            "A table was split by rows into `train`, `validation` and `test`; the lists hold the "
            "formula of each row. The model learned from the training rows, and its settings were "
            "chosen on the validation rows. How many **rows** of the test have a formula that one "
            "of the two has shown before?"
        ),
        given={"train": train, "validation": validation, "test": test},
        way="seen = set(train) | set(validation)\nsum(formula in seen for formula in test)",
        answer=sum(known),
        mistakes=[
            (
                sum(formula in train for formula in test),
                _("What was seen when the settings were chosen has leaked as well."),
            ),
            (
                len(seen & set(test)),
                _("These are formulas; a formula in two test rows counts twice."),
            ),
            (len(test) - sum(known), _("These are the rows with new formulas.")),
            (
                sum(formula in test for formula in train + validation),
                _("These are rows of training and validation; count those of the test."),
            ),
        ],
    )


QUESTIONS = (leaked,)
