"""Examination questions of notebook 01, layers and activations."""

import numpy as np

from matnn_lab.classroom.examination import Question, rounded
from matnn_lab.text import gettext as _


def forward(rng: np.random.Generator) -> Question:
    """Ask for the output of a network of two layers."""
    x, W1, b1 = (rounded(rng, -2, 2, 1, size) for size in (3, (2, 3), 2))
    w2, b2 = rounded(rng, -2, 2, 1, 2), rounded(rng, -1, 1, 1)
    hidden = W1 @ x + b1
    if hidden.max() <= 0:
        return forward(rng)  # both units off
    output = np.maximum(0, hidden) @ w2 + b2
    return Question(
        text=_(
            "A network predicts a formation enthalpy in eV/atom from three standardised inputs "
            "`x`. Its hidden layer has two units with ReLU, the weights `W1` (a row for each "
            "unit) and the biases `b1`. Its output layer is linear, with the weights `w2` and the "
            "bias {b2}. What does it predict for the given `x`?"
        ),
        given={"x": x, "W1": W1, "b1": b1, "w2": w2, "b2": b2},
        way="hidden = np.maximum(0, W1 @ x + b1)\nhidden @ w2 + b2",
        answer=output,
        mistakes=[
            (
                hidden @ w2 + b2,
                _("The hidden layer has a ReLU: what is negative becomes zero there."),
            ),
            (
                max(0.0, output),
                _(
                    "The output layer is linear: an enthalpy may well be negative, so no ReLU there."
                ),
            ),
            (np.maximum(0, W1 @ x) @ w2, _("The biases are missing.")),
            (
                (np.maximum(0, W1 @ x) + b1) @ w2 + b2,
                _("The bias is added before the ReLU, not after it."),
            ),
        ],
        unit="eV/atom",
    )


def parameters(rng: np.random.Generator) -> Question:
    """Ask for the number of parameters of a network."""
    sizes = [int(rng.integers(20, 180)), *(int(n) for n in rng.integers(8, 65, 2)), 1]
    weights = sum(a * b for a, b in zip(sizes[:-1], sizes[1:], strict=True))
    return Question(
        text=_(
            "A network of dense layers has the widths {sizes}, inputs first, output last, and "
            "each layer has biases. How many parameters does training change?"
        ),
        given={"sizes": sizes},
        way="sum(a * b + b for a, b in zip(sizes[:-1], sizes[1:]))",
        answer=weights + sum(sizes[1:]),
        mistakes=[
            (weights, _("These are the weights; each unit beyond the inputs has a bias too.")),
            (
                weights + sum(sizes),
                _("The inputs have no biases; count those of the later widths."),
            ),
            (
                sum(sizes),
                _("These are the units; a parameter is a weight between two of them, or a bias."),
            ),
        ],
    )


QUESTIONS = (forward, parameters)
