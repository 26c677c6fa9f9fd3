"""The tensor product of NequIP, summed over the neighbors of each atom."""

import math

import torch
from e3nn.o3 import Irreps, wigner_3j
from torch import nn


def neighbor_table(center: torch.Tensor, n_atoms: int) -> torch.Tensor:
    """Lay the edges out in a table with a row for each atom.

    Parameters
    ----------
    center : torch.Tensor of int, shape (n_edges,)
        The atom at the start of each edge.
    n_atoms : int

    Returns
    -------
    torch.Tensor of int, shape (n_atoms, most_neighbors)
        Indices of edges; n_edges where an atom has fewer neighbors than another.
    """
    count = torch.bincount(center, minlength=n_atoms)
    most = int(count.max()) if n_atoms else 0
    column = torch.arange(max(1, most), device=center.device)
    order = torch.cat([center.argsort(stable=True), center.new_tensor([len(center)])])
    place = (count.cumsum(0) - count)[:, None] + column
    return order[place.masked_fill(column >= count[:, None], len(center))]


class NeighborProduct(nn.Module):
    r"""Tensor product of the neighbors' features with spherical harmonics, summed over the neighbors.

    .. math:: \sum_j w_{jpu}\, \sum_{m_1 m_2} C_{m_1 m_2 m}\, x_{j u m_1}\, Y_{j m_2}

    for every path p (a degree of the features x, one of the harmonics Y, one of the product) and channel u.
    The Clebsch-Gordan coefficients C are the same for all neighbors. So the sum over j comes first, as a
    product of matrices, and the coefficients follow once for each atom instead of once for each neighbor:
    the numbers are those of ``e3nn.o3.TensorProduct`` with "uvu" paths, in about half the time.

    Parameters
    ----------
    before : e3nn.o3.Irreps
        Features of an atom, as many channels of each degree.
    harmonics : e3nn.o3.Irreps
    after : e3nn.o3.Irreps
        Degrees and parities of the products that are kept.

    Attributes
    ----------
    irreps_out : e3nn.o3.Irreps
        Sorted; for each path as many channels as come in.
    n_weights : int
        Weights of an edge: paths times channels.
    """

    coefficients: torch.Tensor

    def __init__(self, before: Irreps, harmonics: Irreps, after: Irreps):
        super().__init__()
        paths = [
            (product, i, j)
            for i, (_, irrep) in enumerate(before)
            for j, (_, harmonic) in enumerate(harmonics)
            for product in irrep * harmonic
            if product in after
        ]
        self.channels = before[0].mul
        self.degrees = [  # of the features: number of components and of paths
            (irrep.dim, sum(i == k for _, i, _ in paths)) for k, (_, irrep) in enumerate(before)
        ]
        self.irreps_out = Irreps([(self.channels, path[0]) for path in paths]).sort()[0].simplify()
        self.n_weights = self.channels * len(paths)
        columns: dict[tuple, slice] = {}
        for path in sorted(paths, key=lambda path: path[0]):
            start = sum(product.dim for product, _, _ in columns)
            columns[path] = slice(start, start + path[0].dim)
        blocks = []
        for path in paths:
            product, i, j = path
            irrep, harmonic = before[i].ir, harmonics[j].ir
            coefficients = wigner_3j(irrep.l, harmonic.l, product.l, dtype=torch.float64)
            block = coefficients.new_zeros(
                irrep.dim, harmonics.dim, self.irreps_out.dim // self.channels
            )
            block[:, harmonics.slices()[j], columns[path]] = coefficients * math.sqrt(product.dim)
            blocks.append(block)
        self.register_buffer("coefficients", torch.cat(blocks).flatten(0, 1), persistent=False)

    def forward(
        self,
        features: torch.Tensor,
        angular: torch.Tensor,
        weights: torch.Tensor,
        neighbor: torch.Tensor,
    ) -> torch.Tensor:
        """Compute the sums.

        Parameters
        ----------
        features : torch.Tensor, shape (n_atoms, before.dim)
        angular : torch.Tensor, shape (n_atoms, most_neighbors, harmonics.dim)
        weights : torch.Tensor, shape (n_atoms, most_neighbors, n_weights)
            Zero for the neighbors that are not there.
        neighbor : torch.Tensor of int, shape (n_atoms, most_neighbors)

        Returns
        -------
        torch.Tensor, shape (n_atoms, irreps_out.dim)
        """
        n_atoms, u = len(features), self.channels
        # channels last, so that they lie side by side in memory
        sizes = [u * components for components, _ in self.degrees]
        # sizes are given in full, since a -1 cannot be found out where there are no atoms
        turned = [
            part.view(n_atoms, u, size // u).mT.flatten(1)
            for size, part in zip(sizes, features.split(sizes, dim=1), strict=True)
        ]
        sent = torch.cat(turned, dim=1).index_select(0, neighbor.flatten())
        weights = weights.flatten(0, 1).split([u * n_paths for _, n_paths in self.degrees], dim=1)
        messages = [
            (w.view(-1, n_paths, 1, u) * x.view(-1, 1, components, u)).flatten(1)
            for (components, n_paths), w, x in zip(
                self.degrees, weights, sent.split(sizes, dim=1), strict=True
            )
        ]
        messages = torch.cat(messages, dim=1)
        messages = messages.view(*neighbor.shape, messages.shape[1])
        sums = torch.bmm(messages.mT, angular)  # (n_atoms, paths and components and u, harmonics)
        sums = (
            sums.view(n_atoms, sums.shape[1] // u, u, angular.shape[2]).transpose(1, 2).flatten(2)
        )
        products = sums @ self.coefficients.to(sums.dtype)
        widths = [count // u * irrep.dim for count, irrep in self.irreps_out]
        return torch.cat(
            [
                part.view(n_atoms, u, width // irrep.dim, irrep.dim).transpose(1, 2).flatten(1)
                for width, part, (_, irrep) in zip(
                    widths, products.split(widths, dim=2), self.irreps_out, strict=True
                )
            ],
            dim=1,
        )
