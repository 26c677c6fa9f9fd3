"""Examination question of notebook 14, learned representations."""

import numpy as np

from matnn_lab.classroom.examination import Question, rounded
from matnn_lab.text import gettext as _


def ranked_above(rng: np.random.Generator) -> Question:
    """Ask how well errors of reconstruction find the unusual spectra."""
    ordinary, unusual = rounded(rng, 0.1, 0.7, 1, 6), rounded(rng, 0.4, 1.0, 1, 4)
    away = unusual[:, None] - ordinary
    above, tied = np.mean(away > 0), np.mean(away == 0)
    return Question(
        text=_(
            "An autoencoder was trained on ordinary spectra. Its errors of reconstruction (without unit) "
            "are `ordinary` for six new ordinary spectra and `unusual` for four unusual ones. Form all "
            "pairs of an ordinary and an unusual spectrum. In what share of them has the unusual one the "
            "larger error? A tie counts one half."
        ),
        given={"ordinary": ordinary, "unusual": unusual},
        way="away = unusual[:, None] - ordinary\nnp.mean((away > 0) + 0.5 * (away == 0))",
        answer=above + tied / 2,
        mistakes=[
            (above, _("Ties count too, one half each.")),
            (above + tied, _("A tie counts only one half.")),
            (
                1 - above - tied / 2,
                _("This is the share in which the ordinary one has the larger error."),
            ),
            (
                np.mean(unusual > ordinary.max()),
                _("Compare all pairs, not only with the largest of the ordinary errors."),
            ),
        ],
    )


QUESTIONS = (ranked_above,)
