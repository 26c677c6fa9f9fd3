"""An invariant potential for comparison: atoms tell each other distances, never directions."""

import math
from collections.abc import Mapping, Sequence

import torch
from e3nn.nn import FullyConnectedNet
from torch import Tensor, nn
from torch.nn.functional import silu

from matnn_lab.arrays import check_counts
from matnn_lab.models.potential import Potential, check_positive
from matnn_lab.representations.basis import bessel_basis, polynomial_cutoff


class SchNet(Potential):
    """Continuous-filter convolutions after SchNet (Schütt et al. 2018).

    Each atom starts with an embedding of its element. In every layer it receives from each neighbor the
    neighbor's features, multiplied one by one by a network of the bond length.

    Parameters
    ----------
    elements, cutoff, scale, shift
        As for `Potential`.
    n_features : int
        Numbers that describe an atom.
    n_layers : int
        Number of convolutions.
    n_basis, radial_width : int
        Bessel functions of the bond length, and hidden units of the network that reads them.
    n_neighbors : float
        Average number of neighbors, by whose root sums over neighbors are divided.

    Notes
    -----
    Schütt et al., J. Chem. Phys. 148, 241722 (2018), doi:10.1063/1.5019779. Bond lengths, cutoff and the
    division by the root of the number of neighbors are those of `NequIP`, and SiLU stands for the shifted
    softplus, so that the two networks differ in what they pass on and in nothing else.
    """

    def __init__(
        self,
        elements: Sequence[str],
        cutoff: float,
        *,
        n_features: int = 32,
        n_layers: int = 2,
        n_basis: int = 8,
        radial_width: int = 64,
        n_neighbors: float = 20.0,
        scale: float = 1.0,
        shift: float | Mapping[str, float] = 0.0,
    ):
        super().__init__(elements, cutoff, scale=scale, shift=shift)
        check_counts(
            n_features=n_features, n_layers=n_layers, n_basis=n_basis, radial_width=radial_width
        )
        check_positive(n_neighbors=n_neighbors)
        self.settings |= {
            "n_features": int(n_features),
            "n_layers": int(n_layers),
            "n_basis": int(n_basis),
            "radial_width": int(radial_width),
            "n_neighbors": float(n_neighbors),
        }
        self.n_basis = n_basis
        self.embedding = nn.Embedding(len(self.elements), n_features)
        self.layers = nn.ModuleList(
            Convolution(n_features, n_basis, radial_width, n_neighbors) for _ in range(n_layers)
        )
        self.readout = nn.Sequential(
            nn.Linear(n_features, n_features), nn.SiLU(), nn.Linear(n_features, 1)
        )

    def network(self, species: Tensor, vector: Tensor, center: Tensor, neighbor: Tensor) -> Tensor:
        """Compute the energy of each atom; see `Potential.network`."""
        distance = torch.linalg.vector_norm(vector, dim=1)
        envelope = polynomial_cutoff(distance, self.cutoff)
        radial = bessel_basis(distance, self.cutoff, self.n_basis) * envelope[:, None]
        features = self.embedding(species)
        for layer in self.layers:
            features = features + layer(features, radial, center, neighbor)
        return self.readout(features).squeeze(1)


class Convolution(nn.Module):
    """Sum the filtered features of the neighbors of each atom and bend the sum."""

    def __init__(self, n_features: int, n_basis: int, radial_width: int, n_neighbors: float):
        super().__init__()
        # it has no bias, so that it is zero where the radial functions are, at the cutoff
        self.filter = FullyConnectedNet([n_basis, radial_width, n_features], silu)
        self.linear_before = nn.Linear(n_features, n_features)
        self.linear_after = nn.Sequential(
            nn.Linear(n_features, n_features), nn.SiLU(), nn.Linear(n_features, n_features)
        )
        self.factor = 1 / math.sqrt(n_neighbors)

    def forward(self, features: Tensor, radial: Tensor, center: Tensor, neighbor: Tensor) -> Tensor:
        """Return what is to be added to the features of each atom, shape (n_atoms, n_features)."""
        sent = self.linear_before(features).index_select(0, neighbor) * self.filter(radial)
        received = torch.zeros_like(features).index_add(0, center, sent)
        return self.linear_after(received * self.factor)
