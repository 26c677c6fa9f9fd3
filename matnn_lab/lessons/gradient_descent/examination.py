"""Examination questions of notebook 03, gradient descent."""

import numpy as np

from matnn_lab.classroom.examination import Question, rounded
from matnn_lab.text import gettext as _


def momentum(rng: np.random.Generator) -> Question:
    """Ask where two steps with momentum lead."""
    start, curvature = rounded(rng, 1, 4, 1), rounded(rng, 0.5, 3, 1)
    eta, mu = rounded(rng, 0.05, 0.3, 2), rounded(rng, 0.5, 0.9, 1)
    first, slope = start - eta * curvature * start, curvature * start
    plain = first - eta * curvature * first
    return Question(
        text=_(
            "The loss is ½ k θ² with the curvature k = {curvature}, so that its slope is k θ. "
            "Gradient descent with momentum, in PyTorch's convention, starts at θ = {start} with "
            "the velocity 0, the learning rate {eta} and the momentum {mu}. What is θ after two "
            "steps?"
        ),
        given={"start": start, "curvature": curvature, "eta": eta, "mu": mu},
        way="theta, velocity = start, 0\n"
        "for step in range(2):\n"
        "    velocity = mu * velocity + curvature * theta\n"
        "    theta = theta - eta * velocity\n"
        "theta",
        answer=plain - eta * mu * slope,
        mistakes=[
            (plain, _("This is plain descent: in the second step the first one carries on.")),
            (
                first,
                _(
                    "This is θ after one step, or after two with the old velocity: step with the new one."
                ),
            ),
            (
                start
                - eta * (1 - mu) * slope * (1 + mu)
                - eta * (1 - mu) * curvature * (start - eta * (1 - mu) * slope),
                _("PyTorch adds the whole slope to the velocity, not 1 − μ of it."),
            ),
        ],
    )


def largest_rate(rng: np.random.Generator) -> Question:
    """Ask for the learning rate at which plain descent begins to diverge."""
    low, high = rounded(rng, 1, 4, 1), rounded(rng, 5, 12, 1)
    mixed = round(float(rng.uniform(0.4, 0.8) * np.sqrt(low * high)), 1)
    hessian = np.array([[low, mixed], [mixed, high]])
    soft, stiff = np.linalg.eigvalsh(hessian)
    return Question(
        text=_(
            "Near its minimum a loss of two parameters is quadratic, with the given `hessian` of "
            "second derivatives. Below which learning rate does plain gradient descent converge "
            "from every start?"
        ),
        given={"hessian": hessian},
        way="curvatures = np.linalg.eigvalsh(hessian)\n2 / curvatures.max()",
        answer=2 / stiff,
        mistakes=[
            (
                1 / stiff,
                _("With 1 over the curvature one step arrives; twice as much is still stable."),
            ),
            (
                2 / soft,
                _("This is stable in the soft direction only; the stiff one runs away first."),
            ),
            (
                2 / high,
                _(
                    "The two parameters are coupled: take the largest eigenvalue, not the largest entry."
                ),
            ),
            (
                2 / (low + high),
                _("This is the sum of the curvatures; the largest one alone decides."),
            ),
        ],
    )


QUESTIONS = (momentum, largest_rate)
