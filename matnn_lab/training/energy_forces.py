"""What a potential is trained on, energies and forces at once, and the loss that weighs the two."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from pymatgen.core import Element

from matnn_lab.models.potential import Prediction
from matnn_lab.representations.graph import CrystalGraphs
from matnn_lab.text import gettext as _
from matnn_lab.text import ngettext


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

        Parameters
        ----------
        structures : iterable of ase.Atoms
            Each with a calculator that has results, as those of `matnn_lab.datasets.frames` and those that
            ``ase.io.read`` finds in the output of a DFT code.

        Raises
        ------
        TypeError
            If it is a single structure, or one of them is no ``Atoms``.
        ValueError
            If there is none, one has no calculator with energy and forces, or these are NaN or infinite;
            the row is named.
        """
        if hasattr(structures, "get_atomic_numbers") or hasattr(structures, "cart_coords"):
            raise TypeError(_("One structure was given; give a list, such as [structure]."))
        results = [_energy_and_forces(row, atoms) for row, atoms in enumerate(structures)]
        if not results:
            raise ValueError(_("No structure was given; give at least one."))
        targets = cls(
            energy=torch.tensor([energy for energy, _forces in results], dtype=torch.float64),
            forces=torch.as_tensor(
                np.concatenate([forces for _energy, forces in results]),
                dtype=torch.get_default_dtype(),
            ),
            n_atoms=torch.tensor([len(forces) for _energy, forces in results]),
        )
        bad = (~targets.finite_rows()).nonzero()[:, 0].tolist()
        if bad:
            raise ValueError(
                ngettext(
                    "The energy or a force is NaN or infinite in {count} structure, row {row}; leave it"
                    " out.",
                    "The energy or a force is NaN or infinite in {count} structures, first in row {row};"
                    " leave them out.",
                    len(bad),
                ).format(count=len(bad), row=bad[0])
            )
        return targets

    def finite_rows(self) -> torch.Tensor:
        """Tell for each crystal whether energy and forces are finite, shape (n_crystals,)."""
        crystal = torch.arange(len(self), device=self.n_atoms.device).repeat_interleave(
            self.n_atoms
        )
        wrong = torch.zeros_like(self.energy).index_add(
            0, crystal, (~torch.isfinite(self.forces)).any(dim=1).to(self.energy.dtype)
        )
        return torch.isfinite(self.energy) & (wrong == 0)

    def __len__(self) -> int:
        return len(self.n_atoms)

    def __getitem__(self, rows: Any) -> "EnergyForces":
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

    Parameters
    ----------
    prediction : Prediction
        Of a batch of crystals.
    target : EnergyForces
        Of the same crystals.
    energy_weight, force_weight : float
        In (eV/atom)⁻² and (eV/Å)⁻².

    Returns
    -------
    torch.Tensor, scalar

    Raises
    ------
    ValueError
        If prediction and target are not of as many crystals and atoms.
    """
    if prediction.energy.shape != target.energy.shape or len(prediction.forces) != len(
        target.forces
    ):
        raise ValueError(
            _(
                "The prediction is of {crystals} crystals with {atoms} atoms and the target of"
                " {target_crystals} with {target_atoms}; give those of the same crystals."
            ).format(
                crystals=len(prediction.energy),
                atoms=len(prediction.forces),
                target_crystals=len(target.energy),
                target_atoms=len(target.forces),
            )
        )
    energy = ((prediction.energy - target.energy) / target.n_atoms).square().mean()
    forces = (prediction.forces - target.forces).square().mean()
    return energy_weight * energy + force_weight * forces


def data_scales(
    graphs: CrystalGraphs, targets: EnergyForces
) -> dict[str, float | dict[str, float]]:
    """Give the keyword arguments of a potential that suit the training data.

    Parameters
    ----------
    graphs : CrystalGraphs
        Built with the cutoff of the potential.
    targets : EnergyForces
        Of the same crystals in the same order: those of the training data only.

    Returns
    -------
    dict
        ``scale``: the root mean square force component; ``shift``: the energy of an atom of each element in
        eV, by least squares from the compositions; ``n_neighbors``: the mean number of neighbors.

    Raises
    ------
    ValueError
        If graphs and targets do not belong together.

    Notes
    -----
    The shifts s are those for which the sum over crystals of (E − Σ n s)²/N is least, with n atoms of each
    element and N in all. What the compositions leave open, as where all are alike, stays at the mean energy
    of an atom.
    """
    if not torch.equal(graphs.n_atoms, targets.n_atoms):
        raise ValueError(
            _(
                "The crystals of the graphs and those of the targets differ in their numbers of atoms; give"
                " the same crystals in the same order."
            )
        )
    mean = (targets.energy.sum() / targets.n_atoms.sum()).item()
    numbers = graphs.atomic_number.unique()
    is_element = (graphs.atomic_number[:, None] == numbers).double()
    counts = is_element.new_zeros(len(graphs), len(numbers))
    counts = counts.index_add(0, graphs.crystal, is_element).cpu().numpy()
    rest = (targets.energy - mean * targets.n_atoms).cpu().numpy()
    weight = np.sqrt(targets.n_atoms.cpu().numpy())
    # directions in which the compositions hardly differ would be fitted to noise
    deviation, *_others = np.linalg.lstsq(counts / weight[:, None], rest / weight, rcond=1e-4)
    symbols = [Element.from_Z(number).symbol for number in numbers.tolist()]
    return {
        "scale": targets.forces.square().mean().sqrt().item(),
        "shift": {
            symbol: mean + float(each) for symbol, each in zip(symbols, deviation, strict=True)
        },
        "n_neighbors": len(graphs.center) / len(graphs.atomic_number),
    }


def _energy_and_forces(row: int, atoms: Any) -> tuple[float, np.ndarray]:
    """Ask one structure for its energy and forces."""
    if not hasattr(atoms, "get_atomic_numbers"):
        raise TypeError(
            _(
                "Structure {row} is of type {kind}, which carries no energy and forces; give ASE Atoms with a"
                " calculator, such as those of the data set."
            ).format(row=row, kind=type(atoms).__name__)
        )
    if atoms.calc is not None:
        # a calculator that has no forces says so with this error
        with suppress(NotImplementedError):
            return atoms.get_potential_energy(), atoms.get_forces()
    raise ValueError(
        _(
            "Structure {row} carries no energy and forces; give frames of the data set or atoms with a "
            "calculator."
        ).format(row=row)
    )
