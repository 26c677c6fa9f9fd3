"""Examination question of notebook 11, CGCNN."""

import numpy as np

from matnn_lab.classroom.examination import Question, rounded
from matnn_lab.text import gettext as _


def message(rng: np.random.Generator) -> Question:
    """Ask for one component of a gated message."""
    z, w_f, w_s = (rounded(rng, -1.5, 1.5, 1, 4) for _vector in range(3))
    b_f, b_s = rounded(rng, -1, 1, 1), rounded(rng, -1, 1, 1)
    gate, core = z @ w_f + b_f, z @ w_s + b_s

    def sigmoid(x: float) -> float:
        return 1 / (1 + np.exp(-x))

    return Question(
        text=_(
            "In a convolution of CGCNN an edge knows `z`: features of both atoms and of the "
            "distance, side by side. For one component of its message the gate has the weights "
            "`w_f` and the bias {b_f}, the core the weights `w_s` and the bias {b_s}. The gate "
            "goes through the sigmoid, the core through the softplus ln(1 + eˣ). What is this "
            "component of the message?"
        ),
        given={"z": z, "w_f": w_f, "b_f": b_f, "w_s": w_s, "b_s": b_s},
        way="gate = 1 / (1 + np.exp(-(z @ w_f + b_f)))\ngate * np.log(1 + np.exp(z @ w_s + b_s))",
        answer=sigmoid(gate) * np.log1p(np.exp(core)),
        mistakes=[
            (sigmoid(core) * np.log1p(np.exp(gate)), _("Gate and core are exchanged.")),
            (np.log1p(np.exp(core)), _("This is the core alone; the gate says how much may pass.")),
            (
                sigmoid(gate) * max(0.0, core),
                _("The core goes through the softplus, not through a ReLU."),
            ),
            (
                sigmoid(gate) + np.log1p(np.exp(core)),
                _("Gate and core are multiplied, not added."),
            ),
            (
                sigmoid(z @ w_f) * np.log1p(np.exp(z @ w_s)),
                _("The biases are missing."),
            ),
        ],
    )


QUESTIONS = (message,)
