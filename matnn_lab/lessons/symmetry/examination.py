"""Examination questions of notebook 07, symmetry."""

import numpy as np

from matnn_lab.classroom.examination import Question, rounded
from matnn_lab.text import gettext as _


def turned_force(rng: np.random.Generator) -> Question:
    """Ask for the force on an atom of a crystal that is turned."""
    force, angle = rounded(rng, -2, 2, 2, 3), int(rng.integers(20, 160))

    def turned(radians: float) -> np.ndarray:
        c, s = np.cos(radians), np.sin(radians)
        return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]) @ force

    return Question(
        text=_(
            "A potential predicts the given `force` on an atom, in eV/Å along x, y and z. The "
            "crystal is then turned by {angle_deg}° about the z axis, in the sense that leads "
            "from x to y. The potential is equivariant. Which force does it predict now? Give its "
            "three components."
        ),
        given={"force": force, "angle_deg": angle},
        way="c, s = np.cos(np.radians(angle_deg)), np.sin(np.radians(angle_deg))\n"
        "np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]) @ force",
        answer=turned(np.radians(angle)),
        mistakes=[
            (force, _("An energy is invariant, but a force turns with the crystal.")),
            (turned(-np.radians(angle)), _("You turn it the other way round.")),
            (turned(angle), _("The angle is in degrees; cosine and sine want radians.")),
        ],
        unit="eV/Å",
    )


def mirrored_moment(rng: np.random.Generator) -> Question:
    """Ask what a mirror does to an axial vector."""
    moment = rounded(rng, 0.2, 3, 2, 3) * rng.choice([-1, 1], 3)
    axis = int(rng.integers(3))
    polar = np.where(np.arange(3) == axis, -moment, moment)
    return Question(
        text=_(
            "An atom has the magnetic `moment` in µB along x, y and z. It is an axial vector. The "
            "crystal is reflected by a mirror that stands perpendicular to the {axis} axis and "
            "goes through the atom. What is the moment afterwards? Give its three components."
        ),
        given={"moment": moment, "axis": "xyz"[axis]},
        way="matrix = np.eye(3)\n"
        'place = "xyz".index(axis)\n'
        "matrix[place, place] = -1\n"
        "np.linalg.det(matrix) * matrix @ moment",
        answer=-polar,
        mistakes=[
            (
                polar,
                _(
                    "This is what the mirror does to a polar vector; an axial one changes its sign besides."
                ),
            ),
            (moment, _("The moment changes: only its component along the normal stays as it is.")),
            (-moment, _("The component along the normal of the mirror stays as it is.")),
        ],
        unit="µB",
        decimals=2,
    )


QUESTIONS = (turned_force, mirrored_moment)
