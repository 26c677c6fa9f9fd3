"""Examination questions of notebook 13, universal potentials."""

import numpy as np

from matnn_lab.classroom.examination import Question, rounded
from matnn_lab.text import gettext as _


def formation_energy(rng: np.random.Generator) -> Question:
    """Ask for a formation energy per atom."""
    counts, elements = rng.integers(1, 5, 2), rounded(rng, -8, -2, 2, 2)
    energy = round(float(counts @ elements - counts.sum() * rng.uniform(0.3, 2)), 2)
    formed = energy - counts @ elements
    return Question(
        text=_(
            "With a universal potential a formula unit of a compound has the energy {energy_ev} "
            "eV. It holds `counts` atoms of two elements, which have the energies `elements_ev` "
            "in eV per atom in their own crystals, from the same potential. What is the formation "
            "energy per atom?"
        ),
        given={"energy_ev": energy, "counts": counts, "elements_ev": elements},
        way="formed = energy_ev - counts @ elements_ev\nformed / counts.sum()",
        answer=formed / counts.sum(),
        mistakes=[
            (formed, _("This is for a formula unit; divide by its number of atoms.")),
            (
                -formed / counts.sum(),
                _("The sign is turned: what binds has a negative formation energy."),
            ),
            (
                (energy - elements.sum()) / counts.sum(),
                _("Each element counts as often as it has atoms in the formula unit."),
            ),
            (energy / counts.sum(), _("This is the total energy per atom; subtract the elements.")),
            (formed / 2, _("Divide by the number of atoms, not by the number of elements.")),
        ],
        unit="eV/atom",
    )


def bulk_modulus(rng: np.random.Generator) -> Question:
    """Ask for the bulk modulus of a cubic crystal."""
    c11 = rounded(rng, 90, 280, 1)
    c12, c44 = rounded(rng, 0.4 * c11, 0.7 * c11, 1), rounded(rng, 0.3 * c11, 0.6 * c11, 1)
    return Question(
        text=_(
            "For a cubic crystal a universal potential gives the elastic constants C₁₁ = {c11} "
            "GPa, C₁₂ = {c12} GPa and C₄₄ = {c44} GPa. What is its bulk modulus?"
        ),
        given={"c11": c11, "c12": c12, "c44": c44},
        way="(c11 + 2 * c12) / 3",
        answer=(c11 + 2 * c12) / 3,
        mistakes=[
            (
                c11 + 2 * c12,
                _("The volume changes by three times the strain of an edge: divide by 3."),
            ),
            ((c11 + c12) / 3, _("C₁₂ enters twice, once for each of the two other axes.")),
            ((2 * c11 + c12) / 3, _("C₁₁ enters once and C₁₂ twice.")),
            ((c11 - c12) / 2, _("This is a shear modulus; squeeze the crystal on all sides.")),
            ((c11 + c12 + c44) / 3, _("C₄₄ is for shear; nothing is sheared here.")),
        ],
        unit="GPa",
        decimals=1,
    )


QUESTIONS = (formation_energy, bulk_modulus)
