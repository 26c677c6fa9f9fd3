"""Examination question of notebook 06, crystals as graphs."""

import numpy as np

from matnn_lab.classroom.examination import Question, rounded
from matnn_lab.lessons.crystals_as_graphs.exercises import counted, neighbors_within
from matnn_lab.text import gettext as _

CELLS = {  # in units of the cube's edge, with the number of nearest neighbours
    "simple cubic": (np.eye(3), 6),
    "body-centred cubic": (np.array([[-1, 1, 1], [1, -1, 1], [1, 1, -1]]) / 2, 8),
    "face-centred cubic": (np.array([[0, 1, 1], [1, 0, 1], [1, 1, 0]]) / 2, 12),
}


def neighbours(rng: np.random.Generator) -> Question:
    """Ask for the number of neighbours within a cutoff."""
    kind, a = str(rng.choice(list(CELLS))), rounded(rng, 2.8, 4.6, 2)
    cell, nearest = CELLS[kind]
    lattice, cutoff = np.round(a * cell, 3), rounded(rng, 1.1 * a, 1.9 * a, 1)
    count, more = (neighbors_within(lattice, reach) for reach in (cutoff, cutoff + 0.05))
    if neighbors_within(lattice, cutoff - 0.05) < more:
        return neighbours(rng)  # a shell lies too near to the cutoff
    return Question(
        text=_(
            "A {kind} crystal has one atom in its primitive cell. The rows of `lattice` are the "
            "vectors of this cell in Å. A graph is made with a cutoff of {cutoff_a} Å. How many "
            "edges begin at an atom?"
        ),
        given={"kind": kind, "lattice": lattice, "cutoff_a": cutoff},
        way="n = np.mgrid[-6:7, -6:7, -6:7].reshape(3, -1).T\n"
        "int(np.sum(np.linalg.norm(n @ lattice, axis=1) <= cutoff_a)) - 1",
        answer=count,
        mistakes=[
            (
                count + 1,
                _("You count the atom itself; an edge leads to another atom or to an image."),
            ),
            (
                count // 2,
                _("You count each pair of opposite neighbours once; an edge leads to each."),
            ),
            (nearest, _("These are the nearest neighbours; the cutoff reaches farther.")),
            (
                counted(lattice, cutoff, (1, 1, 1)) - 1,
                _("You look only into the 26 cells around; the cutoff reaches beyond them."),
            ),
        ],
    )


QUESTIONS = (neighbours,)
