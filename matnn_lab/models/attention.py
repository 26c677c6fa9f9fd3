"""Attention, the encoder block that is built from it, and two ways to tell it the order of a sequence.

Vaswani et al., NeurIPS 2017, doi:10.48550/arXiv.1706.03762; the normalization stands before each part, as in
``nn.TransformerEncoderLayer(norm_first=True)`` (Xiong et al., ICML 2020, doi:10.48550/arXiv.2002.04745).
"""

import math

import torch
from torch import Tensor, nn

from matnn_lab.arrays import check_counts, is_count
from matnn_lab.models.inputs import check_inputs, check_one_precision, dropout_share
from matnn_lab.text import gettext as _


def attention(
    queries: Tensor, keys: Tensor, values: Tensor, bias: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """Mix values by how well keys answer queries: softmax(Q Kᵀ/√d + bias) V (equation 1).

    Parameters
    ----------
    queries, keys, values : torch.Tensor, shapes (..., m, d), (..., n, d) and (..., n, d_v)
    bias : torch.Tensor, shape that broadcasts to (..., m, n)
        Added to the scores, by default nothing; minus infinity forbids a pair.

    Returns
    -------
    mixed : torch.Tensor, shape (..., m, d_v)
    weights : torch.Tensor, shape (..., m, n)
        Each row is at least zero and adds up to one: what a query takes from each value.

    Raises
    ------
    ValueError
        If they are no tensors, or shapes, precision or device do not fit.
    """
    given = (queries, keys, values)
    tensors = all(torch.is_tensor(each) and each.ndim > 1 for each in given)
    fit = tensors and queries.shape[-1] == keys.shape[-1] and keys.shape[-2] == values.shape[-2]
    if not fit or not queries.shape[-1] or _broadcast(*(each.shape[:-2] for each in given)) is None:
        raise ValueError(
            _(
                "Queries, keys and values of shapes {shapes} were given; give tensors (…, m, d), (…, n, d) "
                "and (…, n, d_v)."
            ).format(shapes=", ".join(str(tuple(getattr(each, "shape", ()))) for each in given))
        )
    check_one_precision(*given)
    scores = queries @ keys.transpose(-2, -1) / math.sqrt(queries.shape[-1])
    if bias is not None:
        scores = scores + _fitting(bias, scores)
    weights = torch.softmax(scores, dim=-1)
    return weights @ values, weights


def _fitting(bias: Tensor, scores: Tensor) -> Tensor:
    """Return the bias if it can be added to the scores and leaves their shape and precision."""
    if not torch.is_tensor(bias) or _broadcast(bias.shape, scores.shape) != scores.shape:
        raise ValueError(
            _(
                "A bias of type {type} and shape {shape} was given for scores of shape {scores}; give a "
                "torch.Tensor that broadcasts to it."
            ).format(
                type=type(bias).__name__,
                shape=tuple(getattr(bias, "shape", ())),
                scores=tuple(scores.shape),
            )
        )
    check_one_precision(bias, scores)
    return bias


def _broadcast(*shapes: torch.Size) -> torch.Size | None:
    """Return the shape to which shapes broadcast, None if they do not."""
    try:
        return torch.broadcast_shapes(*shapes)
    except RuntimeError:
        return None


class SelfAttention(nn.Module):
    """Several heads of attention in which a sequence asks itself.

    Parameters
    ----------
    width : int
        Length of the vector at each place.
    heads : int
        How many share the width out; must divide it.

    Raises
    ------
    ValueError
        If they do not.
    """

    def __init__(self, width: int, heads: int):
        super().__init__()
        if not (is_count(width) and is_count(heads)) or width % heads:
            raise ValueError(
                _("{heads} heads cannot share a width of {width}; give a divisor of it.").format(
                    heads=heads, width=width
                )
            )
        self.heads = heads
        self.to_qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)

    def with_maps(self, sequence: Tensor, bias: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Attend, and give the weights too: shapes (n, length, width) and (n, heads, length, length).

        Parameters
        ----------
        sequence : torch.Tensor, shape (n, length, width)
        bias : torch.Tensor, shape that broadcasts to (n, heads, length, length)
            As in `attention`.
        """
        check_inputs(self, sequence, ("n", "length", self.to_qkv.in_features))
        n, length, width = sequence.shape
        split = self.to_qkv(sequence).view(n, length, 3, self.heads, width // self.heads)
        queries, keys, values = split.permute(2, 0, 3, 1, 4)
        mixed, weights = attention(queries, keys, values, bias)
        return self.out(mixed.transpose(1, 2).reshape(n, length, width)), weights

    def forward(self, sequence: Tensor, bias: Tensor | None = None) -> Tensor:
        """Attend; shapes as in `with_maps`."""
        return self.with_maps(sequence, bias)[0]


class EncoderBlock(nn.Module):
    """Let the places of a sequence listen to each other, then let each think for itself.

    x ← x + attention(norm(x)), then x ← x + MLP(norm(x)).

    Parameters
    ----------
    width, heads : int
        As in `SelfAttention`.
    hidden : int
        Width of the hidden layer with which each place thinks; by default twice the width.
    dropout : float
        Share of what each of the two parts adds that is switched off in training, in [0, 1).
    """

    def __init__(self, width: int, heads: int, hidden: int | None = None, dropout: float = 0.0):
        super().__init__()
        self.attention = SelfAttention(width, heads)
        hidden = 2 * width if hidden is None else hidden
        check_counts(hidden=hidden)
        dropout = dropout_share(dropout)
        self.norm_attention, self.norm_mlp = nn.LayerNorm(width), nn.LayerNorm(width)
        self.mlp = nn.Sequential(nn.Linear(width, hidden), nn.GELU(), nn.Linear(hidden, width))
        self.dropout = nn.Dropout(dropout)

    def with_maps(self, sequence: Tensor, bias: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Give the new sequence and the weights of its attention; shapes as in `SelfAttention`."""
        check_inputs(self, sequence, ("n", "length", self.attention.to_qkv.in_features))
        heard, weights = self.attention.with_maps(self.norm_attention(sequence), bias)
        sequence = sequence + self.dropout(heard)
        return sequence + self.dropout(self.mlp(self.norm_mlp(sequence))), weights

    def forward(self, sequence: Tensor, bias: Tensor | None = None) -> Tensor:
        """Give the new sequence, shape (n, length, width)."""
        return self.with_maps(sequence, bias)[0]


def sinusoidal_positions(length: int, width: int) -> Tensor:
    """Give each place a vector of sines and cosines of falling frequency, shape (length, width).

    Column 2k is sin(p/10000^(2k/width)), column 2k + 1 the cosine (section 3.5 of Vaswani et al.).

    Raises
    ------
    ValueError
        If the width is odd.
    """
    check_counts(length=length, width=width)
    if width % 2:
        raise ValueError(_("The width {width} was given; give an even one.").format(width=width))
    frequency = 10_000.0 ** (-torch.arange(0, width, 2) / width)
    angle = torch.arange(length)[:, None] * frequency
    return torch.stack([angle.sin(), angle.cos()], dim=-1).flatten(1)


class LearnedPositions(nn.Module):
    """Add to each of at most ``length`` places a vector of ``width`` numbers that is learned for it."""

    def __init__(self, length: int, width: int):
        super().__init__()
        check_counts(length=length, width=width)
        self.vectors = nn.Parameter(0.02 * torch.randn(length, width))

    def forward(self, sequence: Tensor) -> Tensor:
        """Add them to a sequence, shape (n, up to length, width)."""
        length, width = self.vectors.shape
        check_inputs(self, sequence, ("n", f"1 to {length}", width))
        if sequence.shape[1] > length:
            raise ValueError(
                _(
                    "A sequence of {n} places was given, and {length} have positions; give at most as many."
                ).format(n=sequence.shape[1], length=length)
            )
        return sequence + self.vectors[: sequence.shape[1]]
