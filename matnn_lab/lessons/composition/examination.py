"""Examination questions of notebook 05, composition."""

import numpy as np

from matnn_lab.classroom.examination import Question, rounded
from matnn_lab.text import gettext as _

FORMULAS = {"AB": 2, "AB2": 3, "A2B3": 5, "ABC3": 5, "A3B4": 7, "AB2C4": 7}  # atoms in each


def kilojoule_per_mole(rng: np.random.Generator) -> Question:
    """Ask for an enthalpy in the unit of thermochemical tables."""
    formula, enthalpy = str(rng.choice(list(FORMULAS))), rounded(rng, -3.5, -0.6, 3)
    n_atoms = FORMULAS[formula]
    return Question(
        text=_(
            "A network predicts {enthalpy_ev} eV/atom for the formation enthalpy of a compound of "
            "the type {formula}. A thermochemical table counts per mole of formula units. What "
            "would stand there? (1 eV for each of a mole of particles is 96.485 kJ.)"
        ),
        given={"formula": formula, "enthalpy_ev": enthalpy},
        way=f"{n_atoms} * 96.485 * enthalpy_ev",
        answer=n_atoms * 96.485 * enthalpy,
        mistakes=[
            (
                96.485 * enthalpy,
                _("This is per mole of atoms; a formula unit has several of them."),
            ),
            (
                96.485 * enthalpy / n_atoms,
                _("You divide by the atoms of the formula unit; multiply."),
            ),
            (n_atoms * 23.06 * enthalpy, _("This is in kilocalories.")),
            (
                -n_atoms * 96.485 * enthalpy,
                _("The sign is lost: heat is set free, so the enthalpy is negative."),
            ),
        ],
        unit="kJ/mol",
        decimals=0,
    )


def average_deviation(rng: np.random.Generator) -> Question:
    """Ask for the weighted average deviation of a property."""
    amounts, radii = rng.integers(1, 7, 3), rng.integers(110, 190, 3)
    fractions = amounts / amounts.sum()
    mean = fractions @ radii
    return Question(
        text=_(
            "An alloy of three elements holds them in the given `amounts` of atoms, and their "
            "metallic radii are `radii_pm`, in pm. Many descriptors of a composition hold the "
            "average deviation of a property: the mean, weighted with the atomic fractions, of "
            "the distances to the weighted mean. What is it for the radii?"
        ),
        given={"amounts": amounts, "radii_pm": radii},
        way="fractions = amounts / amounts.sum()\n"
        "mean = fractions @ radii_pm\n"
        "fractions @ np.abs(radii_pm - mean)",
        answer=fractions @ np.abs(radii - mean),
        mistakes=[
            (mean, _("This is the weighted mean; the deviation is the mean distance to it.")),
            (
                np.mean(np.abs(radii - radii.mean())),
                _("The elements count as much as there is of them: weight with the fractions."),
            ),
            (
                np.mean(np.abs(radii - mean)),
                _("The mean is weighted, but the distances to it are not."),
            ),
            (
                np.sqrt(fractions @ (radii - mean) ** 2),
                _("This is the standard deviation; take absolute distances, not squares."),
            ),
        ],
        unit="pm",
        decimals=2,
    )


QUESTIONS = (kilojoule_per_mole, average_deviation)
