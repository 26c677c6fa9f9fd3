"""Examination questions of notebook 10, signals and the Transformer."""

import numpy as np

from matnn_lab.classroom.examination import Question, rounded
from matnn_lab.text import gettext as _


def attention(rng: np.random.Generator) -> Question:
    """Ask for what one query gets."""
    query, keys, values = (
        rounded(rng, -2, 2, 1, 4),
        rounded(rng, -2, 2, 1, (3, 4)),
        rounded(rng, 0, 9, 1, 3),
    )
    scores = keys @ query

    def mixed(scores: np.ndarray) -> float:
        return np.exp(scores) @ values / np.exp(scores).sum()

    return Question(
        text=_(
            "In a Transformer one place of a signal asks with `query`. Three places answer: the "
            "rows of `keys` are their keys, and `values` holds one value of each, in mV. What "
            "does scaled dot-product attention give to the place that asks?"
        ),
        given={"query": query, "keys": keys, "values": values},
        way="weights = np.exp(keys @ query / np.sqrt(len(query)))\nweights @ values / weights.sum()",
        answer=mixed(scores / 2),
        mistakes=[
            (mixed(scores), _("The scores are divided by the root of the width of the query.")),
            (mixed(scores / 4), _("Divide by the root of the width, not by the width.")),
            (
                values.mean(),
                _("This is the plain mean; the scores decide how much each one counts."),
            ),
            (
                values[np.argmax(scores)],
                _("Attention mixes all values; it does not pick the one with the largest score."),
            ),
        ],
        unit="mV",
    )


def broken_bridges(rng: np.random.Generator) -> Question:
    """Ask for the NBO/T of a glass."""
    alumina, soda = rounded(rng, 2, 12, 1), rounded(rng, 14, 35, 1)
    silica = round(100 - alumina - soda, 1)
    return Question(
        text=_(
            "A glass consists of {silica} mol% SiO₂, {alumina} mol% Al₂O₃ and {soda} mol% Na₂O. "
            "How many non-bridging oxygens for each tetrahedron (NBO/T) follow from its composition?"
        ),
        given={"silica": silica, "alumina": alumina, "soda": soda},
        way="2 * (soda - alumina) / (silica + 2 * alumina)",
        answer=2 * (soda - alumina) / (silica + 2 * alumina),
        mistakes=[
            (
                2 * soda / (silica + 2 * alumina),
                _("Each Al₂O₃ uses up one Na₂O, which then breaks no bridge."),
            ),
            (
                2 * (soda - alumina) / (silica + alumina),
                _("One Al₂O₃ brings two tetrahedra, not one."),
            ),
            (
                (soda - alumina) / (silica + 2 * alumina),
                _("Each oxygen from Na₂O that is left makes two non-bridging ones."),
            ),
            (2 * soda / silica, _("The alumina counts too, above the line and below it.")),
        ],
    )


QUESTIONS = (attention, broken_bridges)
