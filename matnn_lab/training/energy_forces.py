"""What a potential is trained on, energies and forces at once, and the loss that weighs the two."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import torch

from matnn_lab.models.potential import Prediction
from matnn_lab.representations.graph import CrystalGraphs
from matnn_lab.text import gettext as _


@dataclass(frozen=True)
class EnergyForces:
    """Energies and forces of many crystals, one target for `fit` for each crystal.

    Rows are taken by index, slice or mask, as those of the `CrystalGraphs` that they belong to.

    Attributes
    ----------
    energy : torch.Tensor, shape (n_crystals,)
        eV, of the whole cell, in double precision.
    forces : torch.Tensor, shape (n_atoms, 3)
        eV/Å.
    n_atoms : torch.Tensor of int, shape (n_crystals,)
    """

    energy: torch.Tensor
    forces: torch.Tensor
    n_atoms: torch.Tensor

    @classmethod
    def from_structures(cls, structures: Iterable) -> "EnergyForces":
        """Read what the ASE ``Atoms`` of a data set know of their energy and forces.

        Raises
        ------
        ValueError
            If one of them has no calculator with results.
        """
        structures = list(structures)
        without = [row for row, atoms in enumerate(structures) if atoms.calc is None]
        if without:
            raise ValueError(
                _(
                    "Structure {row} carries no energy and forces; give frames of the data set or "
                    "atoms with a calculator."
                ).format(row=without[0])
            )
        forces = np.concatenate([atoms.get_forces() for atoms in structures])
        return cls(
            energy=torch.tensor(
                [atoms.get_potential_energy() for atoms in structures], dtype=torch.float64
            ),
            forces=torch.as_tensor(forces, dtype=torch.get_default_dtype()),
            n_atoms=torch.tensor([len(atoms) for atoms in structures]),
        )

    def __len__(self) -> int:
        return len(self.n_atoms)

    def __getitem__(self, rows) -> "EnergyForces":
        rows = torch.atleast_1d(torch.arange(len(self), device=self.n_atoms.device)[rows])
        each = self.forces.split(self.n_atoms.tolist())
        forces = torch.cat([each[row] for row in rows.tolist()])
        return EnergyForces(self.energy[rows], forces, self.n_atoms[rows])

    def to(self, where: torch.device | torch.dtype | str) -> "EnergyForces":
        """Copy to a device, or to another precision of the forces."""
        if isinstance(where, torch.dtype):
            return EnergyForces(self.energy, self.forces.to(where), self.n_atoms)
        return EnergyForces(self.energy.to(where), self.forces.to(where), self.n_atoms.to(where))


def energy_forces_loss(
    prediction: Prediction,
    target: EnergyForces,
    *,
    energy_weight: float = 1.0,
    force_weight: float = 1.0,
) -> torch.Tensor:
    """Mean squared errors of the energy per atom (eV/atom)² and of force components (eV/Å)², weighed.

    Other weights are given to `fit` as ``functools.partial(energy_forces_loss, force_weight=10)``.

    Returns
    -------
    torch.Tensor, scalar
    """
    energy = ((prediction.energy - target.energy) / target.n_atoms).square().mean()
    forces = (prediction.forces - target.forces).square().mean()
    return energy_weight * energy + force_weight * forces


def data_scales(graphs: CrystalGraphs, targets: EnergyForces) -> dict[str, float]:
    """Give the keyword arguments of a potential that suit the training data.

    Parameters
    ----------
    graphs : CrystalGraphs
        Built with the cutoff of the potential.
    targets : EnergyForces
        Of the training data only.

    Returns
    -------
    dict
        ``scale``: the root mean square force component; ``shift``: the mean energy of an atom;
        ``n_neighbors``: the mean number of neighbors.
    """
    return {
        "scale": targets.forces.square().mean().sqrt().item(),
        "shift": (targets.energy.sum() / targets.n_atoms.sum()).item(),
        "n_neighbors": len(graphs.center) / len(graphs.atomic_number),
    }
