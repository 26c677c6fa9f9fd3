"""A trained potential as a calculator of the Atomic Simulation Environment (ASE)."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain

import torch
from ase import Atoms
from ase.calculators.calculator import Calculator as ASECalculator
from ase.calculators.calculator import all_changes
from ase.stress import full_3x3_to_voigt_6_stress
from torch import nn

from matnn_lab.models.potential import Potential
from matnn_lab.representations.graph import CrystalGraphs
from matnn_lab.text import gettext as _


class Calculator(ASECalculator):
    """Let ASE ask a potential for energy, forces and stress, to relax or to run molecular dynamics.

    The model stays the caller's: it may be trained on between calls, and the next call computes anew with the
    new weights; whether it is in training or in evaluation mode makes no difference and is left as it was.

    Parameters
    ----------
    model : Potential
        Computes in its own precision, on its own device.

    Raises
    ------
    TypeError
        If the model is no potential.
    ValueError
        When it is used on atoms of an element that the model does not know.

    Examples
    --------
    >>> atoms.calc = Calculator(model)
    >>> atoms.get_potential_energy(), atoms.get_forces(), atoms.get_stress()
    """

    implemented_properties = ["energy", "energies", "forces", "free_energy", "stress"]

    def __init__(self, model: Potential):
        if not isinstance(model, nn.Module) or not hasattr(model, "cutoff"):
            raise TypeError(
                _(
                    "An object of type {kind} was given; give a potential that predicts energies and "
                    "forces, such as NequIP."
                ).format(kind=type(model).__name__)
            )
        super().__init__()
        self.model = model
        self.weights: torch.Tensor | None = None  # those that the results belong to

    def check_state(self, atoms: Atoms, tol: float = 1e-15) -> list[str]:
        """Name what has changed since the last results: of the atoms, and the weights of the model."""
        changes = super().check_state(atoms, tol)
        if self.weights is not None and not torch.equal(self.weights, _weights(self.model)):
            changes.append("weights")
        return changes

    def calculate(
        self,
        atoms: Atoms | None = None,
        properties: Sequence[str] = ("energy",),
        system_changes: Sequence[str] = all_changes,
    ) -> None:
        """Fill ``results``: eV, eV/Å and eV/Å³ (six numbers, positive under tension)."""
        super().calculate(atoms, properties, system_changes)
        weight = next(self.model.parameters())
        graphs = CrystalGraphs.from_structures(
            [self.atoms], self.model.cutoff, dtype=weight.dtype, progress=False
        )
        with _evaluating(self.model):
            answer = self.model(graphs.to(weight.device))
        self.weights = _weights(self.model)
        energy = answer.energy.item()
        self.results = {
            "energy": energy,
            "free_energy": energy,
            "energies": answer.site_energies.cpu().numpy(),
            "forces": answer.forces.cpu().numpy(),
        }
        if self.atoms.cell.rank == 3:
            self.results["stress"] = full_3x3_to_voigt_6_stress(answer.stress[0].cpu().numpy())


def _weights(model: nn.Module) -> torch.Tensor:
    """Return all weights and constants of a model in one row, by which a change of any is noticed."""
    parts = chain(model.parameters(), model.buffers())
    return torch.cat([part.detach().flatten().double() for part in parts])


@contextmanager
def _evaluating(model: nn.Module) -> Iterator[None]:
    """Put a model into evaluation mode, and each of its parts back into its own mode afterwards."""
    training = [part for part in model.modules() if part.training]
    for part in training:
        part.training = False
    try:
        yield
    finally:
        for part in training:
            part.training = True
