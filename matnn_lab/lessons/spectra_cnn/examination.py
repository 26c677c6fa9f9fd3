"""Examination question of notebook 09, diffractograms."""

import numpy as np

from matnn_lab.classroom.examination import Question, rounded
from matnn_lab.text import gettext as _

PLANES = [(1, 1, 0), (1, 1, 1), (2, 0, 0), (2, 1, 0), (2, 1, 1), (2, 2, 0), (3, 1, 1), (2, 2, 2)]


def bragg(rng: np.random.Generator) -> Question:
    """Ask for the place of a line."""
    a, hkl = rounded(rng, 3.6, 6.4, 3), rng.choice(PLANES)
    wavelength = float(rng.choice([1.54184, 0.71073]))  # Å, means of Kα₁ and Kα₂ of Cu and Mo
    theta = np.degrees(np.arcsin(wavelength * np.linalg.norm(hkl) / (2 * a)))
    return Question(
        text=_(
            "A powder of a cubic crystal with the lattice constant {a} Å is measured with X-rays "
            "of {wavelength_a} Å. At which angle 2θ does the line of the planes `hkl` stand?"
        ),
        given={"a": a, "hkl": hkl, "wavelength_a": wavelength},
        way="d = a / np.sqrt(np.sum(hkl**2))\nnp.degrees(2 * np.arcsin(wavelength_a / (2 * d)))",
        answer=2 * theta,
        mistakes=[
            (theta, _("This is θ; a diffractogram is drawn over 2θ.")),
            (np.radians(2 * theta), _("This is in radians.")),
            (
                2 * np.degrees(np.arcsin(wavelength / (2 * a))),
                _(
                    "The distance of the planes is the lattice constant over the root of h² + k² + l²."
                ),
            ),
            (
                2 * np.degrees(np.arcsin(min(1.0, wavelength * hkl.sum() / (2 * a)))),
                _("Under the root stand the squares: h² + k² + l², not h + k + l."),
            ),
        ],
        unit="degrees",
        decimals=2,
    )


QUESTIONS = (bragg,)
