"""The crystal graph convolutional neural network of Xie and Grossman.

Phys. Rev. Lett. 120, 145301 (2018), doi:10.1103/PhysRevLett.120.145301. What is the same for all bonds of
an atom, or for several by symmetry, is done once.
"""

from typing import NamedTuple

import torch
from torch import nn
from torch.nn.functional import linear, softplus

from matnn_lab.models.normalization import BatchNorm
from matnn_lab.models.settings import WithSettings
from matnn_lab.representations.basis import gaussian_basis
from matnn_lab.representations.graph import (
    LAST_ELEMENT,
    CrystalGraphs,
    GraphRule,
    require_graphs,
)
from matnn_lab.text import gettext as _


class Bonds(NamedTuple):
    """Distinct bonds: their two atoms, u_ij of shape (n_bonds, n_distances), and how many are alike."""

    center: torch.Tensor
    neighbor: torch.Tensor
    vectors: torch.Tensor
    alike: torch.Tensor


class Convolution(nn.Module):
    """Equation 5: v_i ← v_i + Σ_j σ(z W_f + b_f) ⊙ g(z W_s + b_s), with g the softplus.

    z = [v_i, v_j, u_ij] joins the vectors of two atoms and of their bond. The authors' program normalizes
    before σ and g and the sum after, and takes g of the result; so does this. What W = [W_f, W_s] makes
    of an atom is computed once and handed to its bonds, which saves most multiplications.
    """

    def __init__(self, width: int, n_distances: int):
        super().__init__()
        self.parts = [width, width, n_distances]
        self.linear = nn.Linear(sum(self.parts), 2 * width)
        self.bond_norm, self.atom_norm = BatchNorm(2 * width), BatchNorm(width)

    def forward(self, atoms: torch.Tensor, bonds: Bonds) -> torch.Tensor:
        """Let each atom, shape (n_atoms, width), listen to its neighbors."""
        w_center, w_neighbor, w_bond = self.linear.weight.split(self.parts, dim=1)
        z = linear(atoms, w_center, self.linear.bias).index_select(0, bonds.center)
        z += linear(atoms, w_neighbor).index_select(0, bonds.neighbor)
        z = z.addmm_(bonds.vectors, w_bond.T)
        gate, core = self.bond_norm(z, bonds.alike).chunk(2, dim=1)
        messages = torch.sigmoid(gate) * softplus(core) * bonds.alike[:, None]
        received = torch.zeros_like(atoms).index_add(0, bonds.center, messages)
        return softplus(atoms + self.atom_norm(received))


class CGCNN(WithSettings):
    """Predict one number for each crystal from its graph.

    Parameters
    ----------
    width, n_convolutions, n_hidden : int
        Length of an atom's vector; shells of neighbors that it hears of; width of the hidden layer.
    n_distances, cutoff : int, float
        Gaussians that a distance is spread over, from 0 to the cutoff in Å.
    head_on : {"crystal", "sites"}
        Whether the head sees the mean of a crystal's atoms, as in the published program, or each atom
        before the mean is taken, as the paper does to map the energies of sites.
    shift, scale : float
        Mean and spread of the targets: the prediction is shift + scale · head.
    element_features : torch.Tensor, shape (n_elements + 1, n_features)
        Row Z describes element Z, and an atom starts from a linear map of it; by default from a vector
        that is learned freely for each element.

    Attributes
    ----------
    graph_rule : GraphRule or None
        How the graphs of the training were made: those of the first call in training mode. Graphs of another
        rule are refused from then on. It is kept with the weights, in the `state_dict`, as are ``cutoff`` and
        ``head_on``, without which the weights mean something else.
    """

    embedding: nn.Embedding | nn.Linear
    element_features: torch.Tensor | None
    shift: torch.Tensor
    scale: torch.Tensor

    def __init__(
        self,
        width: int = 64,
        n_convolutions: int = 3,
        n_hidden: int = 128,
        n_distances: int = 41,
        *,
        cutoff: float = 8.0,
        head_on: str = "crystal",
        shift: float = 0.0,
        scale: float = 1.0,
        element_features: torch.Tensor | None = None,
    ):
        super().__init__()
        if head_on not in ("crystal", "sites"):
            raise ValueError(
                _("The head is on {given!r}; put it on 'crystal' or 'sites'.").format(given=head_on)
            )
        self.settings = {
            "width": int(width),
            "n_convolutions": int(n_convolutions),
            "n_hidden": int(n_hidden),
            "n_distances": int(n_distances),
            "cutoff": float(cutoff),
            "head_on": head_on,
        }
        self.head_on = head_on
        self.graph_rule: GraphRule | None = None
        self.basis = {"stop": cutoff, "step": cutoff / (n_distances - 1)}
        self.register_buffer("element_features", element_features)
        if element_features is None:
            self.embedding = nn.Embedding(LAST_ELEMENT + 1, width)
        else:
            self.embedding = nn.Linear(element_features.shape[1], width)
        layers = [Convolution(width, n_distances) for _layer in range(n_convolutions)]
        self.convolutions = nn.ModuleList(layers)
        hidden = nn.Linear(width, n_hidden)
        self.head = nn.Sequential(nn.Softplus(), hidden, nn.Softplus(), nn.Linear(n_hidden, 1))
        self.register_buffer("shift", torch.tensor(float(shift)))
        self.register_buffer("scale", torch.tensor(float(scale)))

    @classmethod
    def from_state(cls, state: dict) -> "CGCNN":
        """Make the network that `to_state` described, with the rows of its embedding of the elements."""
        weights = state["weights"]
        given = weights.get("element_features")
        with torch.random.fork_rng(devices=[]):
            model = cls(**state["settings"], element_features=given)
            if given is None:
                model.embedding = nn.Embedding(*weights["embedding.weight"].shape)
        return model.with_weights(weights)

    def element_vectors(self) -> torch.Tensor:
        """Give the vectors that atoms start from: row Z for element Z, shape (n_elements + 1, width)."""
        features = self.element_features
        return self.embedding.weight if features is None else self.embedding(features)

    def site_vectors(self, graphs: CrystalGraphs) -> torch.Tensor:
        """Give the vectors of the atoms after the last convolution, shape (n_atoms, width)."""
        self._check(graphs)
        rows, count = graphs.distinct_edges()
        distances = gaussian_basis(graphs.distance[rows], **self.basis)
        bonds = Bonds(graphs.center[rows], graphs.neighbor[rows], distances, count)
        elements = self.element_vectors()
        last = len(elements) - 1
        if (graphs.atomic_number > last).any():
            raise ValueError(
                _("The model knows {n} elements; leave out crystals of later ones.").format(n=last)
            )
        atoms = elements.index_select(0, graphs.atomic_number)
        for convolution in self.convolutions:
            atoms = convolution(atoms, bonds)
        return atoms

    def forward(self, graphs: CrystalGraphs) -> torch.Tensor:
        """Predict one number for each crystal, shape (n_crystals,)."""
        atoms = self.site_vectors(graphs)
        if self.head_on == "sites":
            return graphs.mean_over_atoms(self._head(atoms))
        return self._head(graphs.mean_over_atoms(atoms))

    def _head(self, vectors: torch.Tensor) -> torch.Tensor:
        return self.shift + self.scale * self.head(vectors).squeeze(1)

    def site_contributions(self, graphs: CrystalGraphs) -> torch.Tensor:
        """Share each prediction out among the sites, shape (n_atoms,): it is the mean over its sites.

        A head on sites gives the contribution of each. A head h on the mean vector m is followed along
        its tangent: h(m) + ∇h(m) · (v_i − m). Both are one way of many to share a prediction out, and
        v_i holds what the neighbors of i told it.
        """
        atoms = self.site_vectors(graphs).detach()
        if self.head_on == "sites":
            return self._head(atoms).detach()
        mean = graphs.mean_over_atoms(atoms)
        prediction, along = torch.func.vjp(self._head, mean)  # type: ignore[misc]
        (slope,) = along(torch.ones_like(prediction))
        sideways = slope[graphs.crystal] * (atoms - mean[graphs.crystal])
        return (prediction[graphs.crystal] + sideways.sum(dim=1)).detach()

    def _check(self, graphs: CrystalGraphs) -> None:
        require_graphs(graphs, self.graph_rule)
        if graphs.cutoff is not None and graphs.cutoff > (stop := self.basis["stop"]) + 1e-6:
            raise ValueError(
                _(
                    "The graphs have neighbors up to {given:g} Å, and the model Gaussians up to {stop:g} Å; "
                    "make it with CGCNN(cutoff={given:g}), or the graphs with cutoff={stop:g}."
                ).format(given=graphs.cutoff, stop=stop)
            )
        if self.training and self.graph_rule is None and graphs.rule.known:
            self.graph_rule = graphs.rule

    def memory(self) -> dict:
        """Say by which rule the graphs of the training were made, if that is known."""
        return {} if self.graph_rule is None else {"graph_rule": list(self.graph_rule)}

    def recall(self, memory: dict) -> None:
        """Take over the rule of the graphs that weights were trained on."""
        if "graph_rule" in memory:
            self.graph_rule = GraphRule(*memory["graph_rule"])
