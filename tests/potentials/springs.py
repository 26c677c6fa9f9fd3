"""A stand-in for a potential: silicon atoms joined by springs, with a stress that can be told to be wrong."""

import numpy as np
from ase.calculators.calculator import Calculator, all_changes
from ase.neighborlist import neighbor_list
from ase.stress import full_3x3_to_voigt_6_stress

LENGTH = 5.43 * np.sqrt(3) / 4  # Å, of a bond in silicon
STIFFNESS, BOND = 9.0, -2.3  # eV/Å² and eV


class Springs(Calculator):
    """Four springs at each atom of diamond."""

    implemented_properties = ("energy", "forces", "stress", "free_energy")

    def __init__(self, *_arguments, force_factor=1.0, stress_factor=1.0, length=LENGTH, shift=0.0):
        super().__init__()
        self.factors, self.length, self.shift = (force_factor, stress_factor), length, shift

    def calculate(self, atoms=None, properties=("energy",), system_changes=all_changes):
        super().calculate(atoms, properties, system_changes)
        first, distance, vector = neighbor_list("idD", atoms, 3.2)
        stretch = distance - self.length
        energy = 0.5 * np.sum(0.5 * STIFFNESS * stretch**2 + BOND) + self.shift
        pull = (STIFFNESS * stretch / distance)[:, None] * vector
        forces = np.zeros((len(atoms), 3))
        np.add.at(forces, first, pull)
        stress = 0.5 * vector.T @ pull / atoms.get_volume()
        self.results = {
            "energy": energy,
            "free_energy": energy,
            "forces": self.factors[0] * forces,
            "stress": self.factors[1] * full_3x3_to_voigt_6_stress(stress),
        }
