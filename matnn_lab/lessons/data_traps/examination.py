"""Examination question of notebook 19, data traps."""

import numpy as np

from matnn_lab.classroom.examination import Question
from matnn_lab.text import gettext as _


def floor(rng: np.random.Generator) -> Question:
    """Ask for the error below which no model can come."""
    sizes = (4, 3, 3)
    alloys = np.repeat(["A", "B", "C"], sizes)
    strength = rng.integers(400, 900, 3).repeat(sizes) + np.round(rng.exponential(90, 10)).astype(
        int
    )
    order = rng.permutation(10)
    alloys, strength = alloys[order], strength[order]

    def left(center: object) -> float:
        return np.mean(np.abs(strength - center))

    groups = [strength[alloys == alloy] for alloy in alloys]
    return Question(
        text=_(
            "Ten measurements of a yield strength (`strength_mpa`, in MPa) belong to three "
            "`alloys`; heat treatment and temperature were not written down. What is the lowest "
            "mean absolute error, over these ten rows, that a model can have which knows nothing "
            "but the name of the alloy?"
        ),
        given={"alloys": alloys, "strength_mpa": strength},
        way="best = [np.median(strength_mpa[alloys == alloy]) for alloy in alloys]\n"
        "np.mean(np.abs(strength_mpa - best))",
        answer=left([np.median(group) for group in groups]),
        mistakes=[
            (
                left([group.mean() for group in groups]),
                _("The best single answer in absolute error is the median, not the mean."),
            ),
            (
                left(np.median(strength)),
                _("The model knows the alloy: each has an answer of its own."),
            ),
            (
                np.mean(
                    [
                        np.abs(strength[alloys == a] - np.median(strength[alloys == a])).mean()
                        for a in "ABC"
                    ]
                ),
                _("The mean goes over the rows, so that an alloy with more of them counts more."),
            ),
            (
                np.sqrt(
                    np.mean([(s - g.mean()) ** 2 for s, g in zip(strength, groups, strict=True)])
                ),
                _("This is a root mean square error; the absolute error is asked for."),
            ),
        ],
        unit="MPa",
        decimals=1,
    )


QUESTIONS = (floor,)
