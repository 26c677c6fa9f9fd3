"""The interaction block of NequIP for scalars and vectors, with its weights as matrices that have names.

The block keeps its weights in flat rows, the features of an atom in one row, and the edges in a table with a
row for each atom. Here each has the shape in which one would write it down.
"""

from typing import NamedTuple

import torch

from matnn_lab.models.neighbor_product import neighbor_table
from matnn_lab.models.nequip import Interaction
from matnn_lab.text import gettext as _


class Matrices(NamedTuple):
    """Weights of a block with F channels of scalars and of vectors.

    Attributes
    ----------
    radial_in, radial_out : torch.Tensor, shapes (n_basis, width) and (width, 4 F)
        The network of the bond length; it gives a weight for each of four paths and F channels.
    before_s, before_v : torch.Tensor, shape (F, F)
        Mix the channels of scalars and of vectors that are sent.
    after_s, after_v : torch.Tensor, shapes (2 F, 2 F) and (2 F, F)
        Mix what was received: F scalars and F gates come out, and F vectors.
    own_s, own_v : torch.Tensor, shapes (F, F, 2 F) and (F, F, F)
        Mix an atom's own features, by weights that depend on its element (second axis).
    gain : float
        SiLU times the gain leaves normal numbers with a mean square of one.
    """

    radial_in: torch.Tensor
    radial_out: torch.Tensor
    before_s: torch.Tensor
    before_v: torch.Tensor
    after_s: torch.Tensor
    after_v: torch.Tensor
    own_s: torch.Tensor
    own_v: torch.Tensor
    gain: float


def unpack(block: Interaction) -> Matrices:
    """Give the weights of a block their names and shapes.

    Parameters
    ----------
    block : Interaction
        Of F scalars and F vectors that go in and come out, with a self-connection.

    Returns
    -------
    Matrices
        Without gradients.

    Raises
    ------
    ValueError
        If the block has other features.
    """
    degrees = [components for components, _paths in block.product.degrees]
    if degrees != [1, 3] or block.self_connection is None or block.product.irreps_out.lmax != 1:
        raise ValueError(
            _("The block has features of other degrees; give one of scalars and vectors only.")
        )
    f = block.product.channels
    after, own = block.linear_after.weight.detach(), block.self_connection.weight.detach()
    before_s, before_v = block.linear_before.weight.detach().view(2, f, f)
    return Matrices(
        radial_in=block.radial[0].weight.detach(),
        radial_out=block.radial[1].weight.detach(),
        before_s=before_s,
        before_v=before_v,
        after_s=after[: 4 * f**2].view(2 * f, 2 * f),
        after_v=after[4 * f**2 :].view(2 * f, f),
        own_s=own[: 2 * f**3].view(f, f, 2 * f),
        own_v=own[2 * f**3 :].view(f, f, f),
        gain=float(block.radial[0].act.cst),
    )


def run_block(
    block: Interaction,
    scalars: torch.Tensor,
    vectors: torch.Tensor,
    element: torch.Tensor,
    radial: torch.Tensor,
    direction: torch.Tensor,
    center: torch.Tensor,
    neighbor: torch.Tensor,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Hand plain tensors to a block of scalars and vectors.

    Parameters
    ----------
    block : Interaction
    scalars, vectors : torch.Tensor, shapes (n_atoms, F) and (n_atoms, F, 3)
    element : torch.Tensor, shape (n_atoms, F)
    radial : torch.Tensor, shape (n_edges, n_basis)
        Radial functions of the bond length, zero at the cutoff.
    direction : torch.Tensor, shape (n_edges, 3)
        √3 times the unit vector along the bond.
    center, neighbor : torch.Tensor of int, shape (n_edges,)

    Returns
    -------
    scalars, vectors : torch.Tensor, shapes (n_atoms, F) and (n_atoms, F, 3)
    """
    table = neighbor_table(center, len(scalars))
    harmonics = torch.cat([torch.ones_like(direction[:, :1]), direction], dim=1)
    # an edge of zeros stands where an atom has fewer neighbors than another
    padded = [torch.cat([each, each[:1] * 0])[table] for each in (radial, harmonics, neighbor)]
    features = torch.cat([scalars, vectors.flatten(1)], dim=1)
    new = block(features, element, *padded)
    f = scalars.shape[1]
    return new[:, :f], new[:, f:].view(len(new), f, 3)
