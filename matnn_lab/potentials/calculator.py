"""A trained potential as a calculator of the Atomic Simulation Environment (ASE)."""

from ase.calculators.calculator import Calculator as ASECalculator
from ase.calculators.calculator import all_changes
from ase.stress import full_3x3_to_voigt_6_stress

from matnn_lab.models.potential import Potential
from matnn_lab.representations.graph import CrystalGraphs


class Calculator(ASECalculator):
    """Let ASE ask a potential for energy, forces and stress, to relax or to run molecular dynamics.

    Parameters
    ----------
    model : Potential
        Computes in its own precision.

    Raises
    ------
    ValueError
        When it is used on atoms of an element that the model does not know.

    Examples
    --------
    >>> atoms.calc = Calculator(model)
    >>> atoms.get_potential_energy(), atoms.get_forces(), atoms.get_stress()
    """

    implemented_properties = ("energy", "energies", "forces", "free_energy", "stress")

    def __init__(self, model: Potential):
        super().__init__()
        self.model = model.eval()

    def calculate(self, atoms=None, properties=("energy",), system_changes=all_changes):
        """Fill ``results``: eV, eV/Å and eV/Å³ (six numbers, positive under tension)."""
        super().calculate(atoms, properties, system_changes)
        weight = next(self.model.parameters())
        graphs = CrystalGraphs.from_structures(
            [atoms], self.model.cutoff, dtype=weight.dtype, progress=False
        )
        answer = self.model(graphs.to(weight.device))
        energy = answer.energy.item()
        self.results = {
            "energy": energy,
            "free_energy": energy,
            "energies": answer.site_energies.cpu().numpy(),
            "forces": answer.forces.cpu().numpy(),
        }
        if atoms.cell.rank == 3:
            self.results["stress"] = full_3x3_to_voigt_6_stress(answer.stress[0].cpu().numpy())
