"""What every potential has in common: an energy for each atom, and forces and stress as its derivatives."""

import math
from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from numbers import Real
from typing import NamedTuple

import torch
from pymatgen.core import Element

from matnn_lab.models.settings import WithSettings
from matnn_lab.representations.graph import CrystalGraphs, GraphRule, require_graphs
from matnn_lab.text import gettext as _


class Prediction(NamedTuple):
    """What a potential says of a batch of crystals.

    Attributes
    ----------
    energy : torch.Tensor, shape (n_crystals,)
        eV, of the whole cell, in double precision.
    forces : torch.Tensor, shape (n_atoms, 3)
        eV/Å.
    stress : torch.Tensor, shape (n_crystals, 3, 3)
        eV/Å³, positive under tension; NaN where the cell has no volume.
    site_energies : torch.Tensor, shape (n_atoms,)
        eV, in double precision; those of a crystal add up to its energy.
    """

    energy: torch.Tensor
    forces: torch.Tensor
    stress: torch.Tensor
    site_energies: torch.Tensor


class Potential(WithSettings):
    """Energy as a sum over atoms; forces and stress by automatic differentiation.

    A subclass says in `network` what the energy of an atom is as a function of the bond vectors.

    Parameters
    ----------
    elements : sequence of str
        Symbols of the elements that the model knows. Deuterium (D) and tritium (T) are hydrogen: the
        energies of nuclei at rest do not depend on their mass.
    cutoff : float
        Å; graphs must hold all neighbors within it, and may hold more.
    scale : float
        Unit of the network's site energies in eV, such as the root mean square force in eV/Å.
    shift : float or mapping from element to float
        Energy of an atom in eV to which the network adds.

    Raises
    ------
    TypeError, ValueError
        If an element is not known, comes twice or has no shift, or the cutoff is not positive.
    """

    species: torch.Tensor
    scale: torch.Tensor
    shift: torch.Tensor

    def __init__(
        self,
        elements: Sequence[str],
        cutoff: float,
        *,
        scale: float = 1.0,
        shift: float | Mapping[str, float] = 0.0,
    ):
        super().__init__()
        self.elements = _symbols(elements)
        if not _is_positive(cutoff):
            raise ValueError(
                _("The cutoff {cutoff} was given; give a distance in Å greater than zero.").format(
                    cutoff=cutoff
                )
            )
        self.cutoff = float(cutoff)
        self.settings = {"elements": list(self.elements), "cutoff": self.cutoff}
        shifts = shift if isinstance(shift, Mapping) else dict.fromkeys(self.elements, shift)
        shifts = {_symbol(name): float(energy) for name, energy in shifts.items()}
        if missing := set(self.elements) - set(shifts):
            raise ValueError(
                _("The shift has no energy for {missing}; give one for each element.").format(
                    missing=", ".join(sorted(missing))
                )
            )
        shifts = [shifts[symbol] for symbol in self.elements]
        if not all(map(math.isfinite, [float(scale), *shifts])):
            raise ValueError(
                _(
                    "A scale of {scale} and shifts of {shifts} were given; give finite numbers."
                ).format(scale=scale, shifts=shifts)
            )
        species = torch.full((119,), -1)
        for index, symbol in enumerate(self.elements):
            species[Element(symbol).Z] = index
        self.register_buffer("species", species)
        self.register_buffer("scale", torch.tensor(float(scale), dtype=torch.float64))
        self.register_buffer("shift", torch.tensor(shifts, dtype=torch.float64))

    @abstractmethod
    def network(
        self,
        species: torch.Tensor,
        vector: torch.Tensor,
        center: torch.Tensor,
        neighbor: torch.Tensor,
    ) -> torch.Tensor:
        """Compute the energy of each atom in units of the scale, before the shift.

        Parameters
        ----------
        species : torch.Tensor of int, shape (n_atoms,)
            Index into ``elements``.
        vector : torch.Tensor, shape (n_edges, 3)
            From center to neighbor, in Å.
        center, neighbor : torch.Tensor of int, shape (n_edges,)

        Returns
        -------
        torch.Tensor, shape (n_atoms,)
        """

    def check_neighbors(self, graphs: CrystalGraphs) -> None:
        """Make sure that the graphs hold all neighbors within the cutoff, if they know how they were made.

        Raises
        ------
        TypeError, ValueError
            If these are no graphs, or were built with a shorter cutoff or a limit on the neighbors.
        """
        needed = GraphRule(self.cutoff)
        if not isinstance(graphs, CrystalGraphs):
            require_graphs(graphs, needed)
        # so near to its cutoff a smooth potential does not feel anything
        reaches = graphs.cutoff is None or graphs.cutoff > self.cutoff - 1e-6
        if graphs.max_neighbors is not None or not reaches:
            raise ValueError(
                _(
                    "The graphs hold {given}, and the model needs all within its cutoff of {own:g} Å; build"
                    " them with CrystalGraphs.from_structures(structures, {arguments})."
                ).format(given=graphs.rule, own=self.cutoff, arguments=needed.code())
            )

    def site_energies(self, graphs: CrystalGraphs) -> torch.Tensor:
        """Compute the energy of each atom in eV, differentiable by ``graphs.vector``.

        Returns
        -------
        torch.Tensor, shape (n_atoms,)
            In double precision; their sum over a crystal is its energy.

        Raises
        ------
        ValueError
            If a crystal holds an element that the model does not know, or the graphs lack neighbors.
        """
        self.check_neighbors(graphs)
        species = self.species[graphs.atomic_number]
        if (species < 0).any():
            strangers = graphs.atomic_number[species < 0].unique().tolist()
            raise ValueError(
                _(
                    "The model knows {known} and was given {strangers}; give crystals of these."
                ).format(
                    known=", ".join(self.elements),
                    strangers=", ".join(Element.from_Z(number).symbol for number in strangers),
                )
            )
        sites = self.network(species, graphs.vector, graphs.center, graphs.neighbor)
        return self.scale * sites.double() + self.shift[species]

    def forward(self, graphs: CrystalGraphs) -> Prediction:
        """Predict energies, forces and stresses.

        The energy depends on positions and cell only through the bond vectors r, so both derivatives are
        sums over bonds of g = ∂E/∂r: the force on an atom adds g where it is the center and subtracts g
        where it is the neighbor, and the stress is the sum of r ⊗ g over the volume.

        In training the predictions can be differentiated once more, which a loss on forces needs.
        """
        self.check_neighbors(graphs)
        with torch.enable_grad():
            bonds = replace(graphs, vector=graphs.vector.detach().requires_grad_())
            sites = self.site_energies(bonds)
            (slope,) = torch.autograd.grad(sites.sum(), bonds.vector, create_graph=self.training)
        if not self.training:
            sites = sites.detach()
        energy = sites.new_zeros(len(graphs)).index_add(0, graphs.crystal, sites)
        forces = torch.zeros_like(graphs.positions).index_add(0, graphs.center, slope)
        forces = forces.index_add(0, graphs.neighbor, slope, alpha=-1)
        dyads = (graphs.vector[:, :, None] * slope[:, None]).flatten(1)
        virial = dyads.new_zeros(len(graphs), 9)
        virial = virial.index_add(0, graphs.crystal[graphs.center], dyads).view(-1, 3, 3)
        volume = torch.linalg.det(graphs.cell).abs()[:, None, None]
        stress = (virial + virial.mT) / (2 * volume.masked_fill(volume == 0, torch.nan))
        return Prediction(energy, forces, stress, sites)


def check_positive(**settings: float) -> None:
    """Raise a `ValueError` in one sentence where a setting is no finite number above zero."""
    for name, value in settings.items():
        if not _is_positive(value):
            raise ValueError(
                _("{name}={value!r} was given; give a number greater than zero.").format(
                    name=name, value=value
                )
            )


def _is_positive(value: float) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool) and 0 < value < math.inf


def _symbols(elements: Sequence[str]) -> tuple[str, ...]:
    wrong = _("The elements {given!r} were given; give symbols such as ['Mg', 'O'].").format(
        given=elements
    )
    if isinstance(elements, str) or not isinstance(elements, Iterable):
        raise TypeError(wrong)
    given = [str(element) for element in elements]
    if not given or not all(map(Element.is_valid_symbol, given)):
        raise ValueError(wrong)
    symbols = tuple(map(_symbol, given))
    if len(set(symbols)) < len(symbols):
        raise ValueError(
            _("The elements {given} hold one twice; name each once.").format(given=given)
        )
    return symbols


def _symbol(name: str) -> str:
    """Return the symbol of an element; isotopes have that of their element."""
    return Element.from_Z(Element(name).Z).symbol
