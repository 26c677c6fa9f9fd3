"""Examination question of notebook 02, losses."""

import numpy as np

from matnn_lab.classroom.examination import Question, rounded
from matnn_lab.text import gettext as _


def cross_entropy(rng: np.random.Generator) -> Question:
    """Ask for the cross-entropy of one sample."""
    logits, observed = rounded(rng, -3, 3, 1, 3), int(rng.integers(3))
    p = np.exp(logits) / np.exp(logits).sum()
    loss = -np.log(p[observed])
    return Question(
        text=_(
            "A network has to say whether an alloy is FCC, BCC or HCP, and gives the three "
            "`logits` in this order. The phase that was observed is the one with the index "
            "{observed} (counted from 0). What is the cross-entropy of this sample, in nats?"
        ),
        given={"logits": logits, "observed": observed},
        way="p = np.exp(logits) / np.exp(logits).sum()\n-np.log(p[observed])",
        answer=loss,
        mistakes=[
            (p[observed], _("This is the probability; the loss is minus its logarithm.")),
            (
                -loss,
                _("The sign is turned: a logarithm of a probability is negative, the loss is not."),
            ),
            (loss / np.log(2), _("This is in bits; in nats the logarithm is the natural one.")),
            (
                loss / np.log(10),
                _("This is the logarithm to base 10; in nats it is the natural one."),
            ),
            (-logits[observed], _("The logits have to go through softmax first.")),
            (-np.log(p).mean(), _("Only the class that was observed counts, not the mean of all.")),
        ],
        unit="nats",
    )


QUESTIONS = (cross_entropy,)
