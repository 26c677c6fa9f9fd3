"""Examination question of notebook 04, overfitting and regularisation."""

import numpy as np

from matnn_lab.classroom.examination import Question, rounded
from matnn_lab.text import gettext as _


def early_stopping(rng: np.random.Generator) -> Question:
    """Ask where early stopping stops, and which epoch it keeps."""
    best, patience, bump = int(rng.integers(5, 8)), int(rng.integers(3, 5)), int(rng.integers(3, 5))
    losses = 0.9 - 0.08 * np.arange(best) - rounded(rng, 0, 0.04, 3, best)
    losses[bump - 1] = losses[bump - 2] + rounded(rng, 0.01, 0.05, 3)
    above = losses[-1] + rounded(rng, 0.005, 0.08, 3, patience + 1)
    below = losses[-1] - rounded(rng, 0.01, 0.06, 3, 3)
    losses = np.round(np.concatenate([losses, above, below]), 3)
    stop, lowest = best + patience, int(np.argmin(losses)) + 1
    return Question(
        text=_(
            "The array holds the validation losses (eV/atom) that a run would have after epoch 1, "
            "2, 3 and so on. With early stopping, training ends after the first epoch at which "
            "the lowest loss so far is {patience} epochs old, and the weights of that lowest loss "
            "are kept. After which epoch does it end, and from which epoch are the weights? Give "
            "the two in this order."
        ),
        given={"losses": losses, "patience": patience},
        way="best = 1\n"
        "for epoch, loss in enumerate(losses, start=1):\n"
        "    if loss < losses[best - 1]:\n"
        "        best = epoch\n"
        "    if epoch - best >= patience:\n"
        "        break\n"
        "np.array([epoch, best])",
        answer=np.array([stop, best]),
        mistakes=[
            (
                np.array([stop + 1, best]),
                _("You wait one epoch too long: count from the best one."),
            ),
            (
                np.array([stop, lowest]),
                _("The epochs after the end are never run, so nobody knows of their losses."),
            ),
            (
                np.array([len(losses), lowest]),
                _("This is the run without early stopping; it ends before its last epoch."),
            ),
            (
                np.array([bump, bump - 1]),
                _("You stop at the first rise; the patience lets the loss rise for some epochs."),
            ),
            (
                np.array([stop, stop]),
                _("Kept are the weights of the lowest loss, not the last ones."),
            ),
            (np.array([best, stop]), _("The two are in the wrong order.")),
        ],
    )


QUESTIONS = (early_stopping,)
