"""NequIP: a potential whose hidden features turn with the crystal, as scalars, vectors and higher tensors."""

import math
from collections.abc import Mapping, Sequence

import torch
from e3nn.nn import FullyConnectedNet, Gate
from e3nn.o3 import FullyConnectedTensorProduct, Irreps, Linear, SphericalHarmonics
from torch import Tensor, nn
from torch.nn.functional import silu

from matnn_lab.arrays import check_counts
from matnn_lab.models.neighbor_product import NeighborProduct, neighbor_table
from matnn_lab.models.potential import Potential, check_positive
from matnn_lab.representations.basis import bessel_basis, polynomial_cutoff


class NequIP(Potential):
    """E(3)-equivariant interatomic potential (Batzner et al. 2022).

    Each atom starts with an embedding of its element. In every layer it receives from each neighbor the
    tensor product of the neighbor's features with the spherical harmonics of the bond, weighted by a network
    of the bond length; scalars of the last layer give its energy.

    Parameters
    ----------
    elements, cutoff, scale, shift
        As for `Potential`.
    n_features : int
        Number of features of each degree l.
    l_max : int
        Highest degree of features and harmonics: 0 scalars only, 1 also vectors, 2 also second-rank tensors.
        The parity of a feature is that of a harmonic, (−1)^l.
    n_layers : int
        Number of interaction blocks.
    n_basis, radial_width : int
        Bessel functions of the bond length, and hidden units of the network that reads them.
    n_neighbors : float
        Average number of neighbors, by whose root sums over neighbors are divided.

    Notes
    -----
    Batzner et al., Nat. Commun. 13, 2453 (2022), doi:10.1038/s41467-022-29939-5. As in the authors' code
    (mir-group/nequip 0.19), the first layer has no self-connection, so that an isolated atom has the energy
    of its shift.
    """

    def __init__(
        self,
        elements: Sequence[str],
        cutoff: float,
        *,
        n_features: int = 16,
        l_max: int = 1,
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
        check_counts(least=0, l_max=l_max)
        check_positive(n_neighbors=n_neighbors)
        self.settings |= {
            "n_features": int(n_features),
            "l_max": int(l_max),
            "n_layers": int(n_layers),
            "n_basis": int(n_basis),
            "radial_width": int(radial_width),
            "n_neighbors": float(n_neighbors),
        }
        self.n_basis = n_basis
        harmonics = Irreps.spherical_harmonics(l_max)
        scalars = Irreps([(n_features, (0, 1))])
        hidden = Irreps([(n_features, irrep) for _, irrep in harmonics])
        self.embedding = nn.Embedding(len(self.elements), n_features)
        self.harmonics = SphericalHarmonics(harmonics, normalize=True, normalization="component")
        features = [scalars, *[hidden] * (n_layers - 1), scalars]
        self.layers = nn.ModuleList(
            Interaction(
                features[layer],
                harmonics,
                features[layer + 1],
                radial_network=(n_basis, radial_width),
                n_neighbors=n_neighbors,
                self_connection=layer > 0,
            )
            for layer in range(n_layers)
        )
        self.readout = Linear(scalars, "0e")

    def network(self, species: Tensor, vector: Tensor, center: Tensor, neighbor: Tensor) -> Tensor:
        """Compute the energy of each atom; see `Potential.network`."""
        # a table of bonds with a row for each atom; what is missing is a bond beyond the cutoff
        table = neighbor_table(center, len(species))
        neighbor = torch.cat([neighbor, neighbor.new_zeros(1)])[table]
        nowhere = vector.new_tensor([[2 * self.cutoff, 0, 0]])
        vector = torch.cat([vector, nowhere]).index_select(0, table.flatten()).view(*table.shape, 3)
        distance = torch.linalg.vector_norm(vector, dim=2)
        envelope = polynomial_cutoff(distance, self.cutoff)
        radial = bessel_basis(distance, self.cutoff, self.n_basis) * envelope[..., None]
        angular = self.harmonics(vector)
        element = self.embedding(species)
        features = element
        for layer in self.layers:
            features = layer(features, element, radial, angular, neighbor)
        return self.readout(features).squeeze(1)


class Interaction(nn.Module):
    """Update the features of each atom from its neighbors.

    Parameters
    ----------
    before, after : e3nn.o3.Irreps
        Features of an atom that come in and go out; as many scalars as features of each other degree.
    harmonics : e3nn.o3.Irreps
        Spherical harmonics of a bond.
    radial_network : (int, int)
        Inputs and hidden units of the network of the bond length.
    n_neighbors : float
    self_connection : bool
        Add a map of the atom's own features that depends on its element.
    """

    def __init__(
        self,
        before: Irreps,
        harmonics: Irreps,
        after: Irreps,
        *,
        radial_network: tuple[int, int],
        n_neighbors: float,
        self_connection: bool,
    ):
        super().__init__()
        scalars, tensors = after[:1], after[1:]
        gates = Irreps([(count, "0e") for count, _ in tensors])
        self.gate = Gate(scalars, [silu], gates, [silu] * len(gates), tensors)
        into_gate = self.gate.irreps_in.simplify()
        self.product = NeighborProduct(before, harmonics, after)
        self.radial = FullyConnectedNet([*radial_network, self.product.n_weights], silu)
        self.linear_before = Linear(before, before)
        self.linear_after = Linear(self.product.irreps_out, into_gate)
        self.self_connection = (
            FullyConnectedTensorProduct(before, scalars, into_gate) if self_connection else None
        )
        self.factor = 1 / math.sqrt(n_neighbors)

    def forward(
        self, features: Tensor, element: Tensor, radial: Tensor, angular: Tensor, neighbor: Tensor
    ) -> Tensor:
        """Return the new features, shape (n_atoms, after.dim)."""
        sent = self.linear_before(features) * self.factor
        received = self.product(sent, angular, self.radial(radial), neighbor)
        updated = self.linear_after(received)
        if self.self_connection is not None:
            updated = updated + self.self_connection(features, element)
        return self.gate(updated)
