"""Examination questions of notebook 12, NequIP."""

import numpy as np

from matnn_lab.classroom.examination import Question, rounded
from matnn_lab.text import gettext as _


def drift(rng: np.random.Generator) -> Question:
    """Ask for the drift of an energy."""
    n_atoms, time = int(rng.choice([32, 64, 108])), np.arange(8) / 2
    rate = rng.choice([-1, 1]) * rng.uniform(0.5, 3) * n_atoms / 1000  # eV/ps
    energy = np.round(-3.7 * n_atoms + rate * time + rng.normal(0, 0.2 * abs(rate), 8), 4)
    slope = np.polyfit(time, energy, 1)[0]
    return Question(
        text=_(
            "In molecular dynamics at constant energy a cell of {n_atoms} atoms had the total "
            "energies `energy_ev` at the times `time_ps`. What is the drift, the slope of the "
            "straight line through these points by least squares, in meV per atom and ps?"
        ),
        given={"time_ps": time, "energy_ev": energy, "n_atoms": n_atoms},
        way="slope = np.polyfit(time_ps, energy_ev, 1)[0]\n1000 * slope / n_atoms",
        answer=1000 * slope / n_atoms,
        mistakes=[
            (1000 * slope, _("This is for the whole cell; divide by the number of atoms.")),
            (slope / n_atoms, _("This is in eV; 1 eV is 1000 meV.")),
            (
                -1000 * slope / n_atoms,
                _("The sign is turned: an energy that rises has a positive drift."),
            ),
            (
                1000 * (energy[-1] - energy[0]) / (time[-1] - time[0]) / n_atoms,
                _("You use two points only; the line goes through all of them."),
            ),
        ],
        unit="meV/(atom·ps)",
    )


def force(rng: np.random.Generator) -> Question:
    """Ask for a force from two energies."""
    r, h = rounded(rng, 2.1, 3.2, 2), 0.02
    depth, stiffness, best = rng.uniform(0.5, 2), rng.uniform(1.2, 2), rng.uniform(2.4, 2.8)
    low, high = (
        round(float(depth * (1 - np.exp(-stiffness * (each - best))) ** 2 - depth), 4)
        for each in (r - h, r + h)
    )
    pull = -(high - low) / (2 * h)
    return Question(
        text=_(
            "For two atoms a potential gives the energy {low_ev} eV at a distance of {r_a} − "
            "{h_a} Å, and {high_ev} eV at {r_a} + {h_a} Å. Which force, by central differences, "
            "acts on the second atom at {r_a} Å? It counts as positive where it pushes this atom "
            "away from the first."
        ),
        given={"r_a": r, "h_a": h, "low_ev": low, "high_ev": high},
        way="-(high_ev - low_ev) / (2 * h_a)",
        answer=pull,
        mistakes=[
            (-pull, _("The force is minus the slope of the energy.")),
            (2 * pull, _("The two points lie 2 h apart, not h.")),
            (-2 * pull, _("The force is minus the slope, and the two points lie 2 h apart.")),
            (low - high, _("Divide the difference of the energies by the distance of the points.")),
        ],
        unit="eV/Å",
        decimals=2,
    )


QUESTIONS = (drift, force)
