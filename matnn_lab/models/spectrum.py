"""A convolutional network for spectra and diffraction patterns: filters that slide along one axis."""

from collections.abc import Sequence
from typing import Literal

import torch
from torch import nn
from torch.nn.functional import pad

from matnn_lab.arrays import check_counts
from matnn_lab.models.inputs import (
    check_axis,
    check_choice,
    check_convolution,
    check_inputs,
    check_widths,
    dropout_share,
    places_left,
)
from matnn_lab.models.settings import WithSettings
from matnn_lab.text import gettext as _


def convolve(
    signals: torch.Tensor, filters: torch.Tensor, bias: torch.Tensor, stride: int = 1
) -> torch.Tensor:
    """Slide filters along signals, with zeros beyond both ends.

    Parameters
    ----------
    signals : torch.Tensor, shape (n, channels, points)
    filters : torch.Tensor, shape (n_filters, channels, width)
        The width is odd.
    bias : torch.Tensor, shape (n_filters,)
    stride : int
        Points by which a filter moves on.

    Returns
    -------
    torch.Tensor, shape (n, n_filters, ceil(points / stride))
        At each place Σ over channels and width of filter times signal, plus the bias: what
        ``torch.nn.Conv1d`` calls a convolution (it is a correlation, since the filter is not reversed).

    Raises
    ------
    ValueError
        If signals and filters have not as many channels, the width is even, there is not one bias a filter,
        precisions differ, or the stride is no whole number.
    """
    check_convolution(signals, filters, bias)
    check_counts(stride=stride)
    width = filters.shape[-1]
    windows = pad(signals, (width // 2, width // 2)).unfold(-1, width, stride)
    return torch.einsum("ncpw,fcw->nfp", windows, filters) + bias[:, None]


def largest_of_pairs(signals: torch.Tensor) -> torch.Tensor:
    """Keep the larger of two neighboring points, shape (…, points) → (…, points // 2)."""
    check_axis(signals, "points")
    even = signals.shape[-1] // 2 * 2
    return torch.maximum(signals[..., 0:even:2], signals[..., 1:even:2])


class SpectrumCNN(WithSettings):
    """Read a spectrum with sliding filters, and judge by what they found, and where.

    Each block is a convolution, batch normalization, max(0, ·), and the larger of two neighbors; the first
    convolution moves by two points. Then comes a head of two linear maps.

    Parameters
    ----------
    n_points : int
        Points of a spectrum.
    n_outputs : int
        Classes or numbers.
    widths : sequence of int
        Filters of each block.
    kernel : int
        Points that a filter covers, an odd number.
    hidden : int
        Width of the layer between the two linear maps.
    dropout : float
        Share of the head's inputs that are switched off in training.
    head : {"place", "mean"}
        "place" keeps where a filter answered; "mean" takes the mean over all places, and so does not know.
    padding : {"zeros", "circular"}
        What the filters see beyond the ends.

    Raises
    ------
    ValueError
        If a width is not a positive integer, the kernel even, the head or padding unknown, or the
        spectrum too short for the blocks; in `forward`, if the spectra have other points or precision.
    """

    FREE = frozenset({"dropout"})

    def __init__(
        self,
        n_points: int,
        n_outputs: int,
        *,
        widths: Sequence[int] = (8, 16, 24, 24),
        kernel: int = 7,
        hidden: int = 64,
        dropout: float = 0.3,
        head: Literal["place", "mean"] = "place",
        padding: Literal["zeros", "circular"] = "zeros",
    ):
        super().__init__()
        check_counts(n_points=n_points, n_outputs=n_outputs, kernel=kernel, hidden=hidden)
        check_widths(widths)
        if kernel % 2 == 0:
            raise ValueError(_("The kernel {n} was given; give an odd kernel.").format(n=kernel))
        dropout = dropout_share(dropout)
        check_choice(head=head, known=("place", "mean"))
        check_choice(padding=padding, known=("zeros", "circular"))
        length = places_left(n_points, len(widths), kernel if padding == "circular" else 0)
        self.settings = {
            "n_points": int(n_points),
            "n_outputs": int(n_outputs),
            "widths": [int(width) for width in widths],
            "kernel": int(kernel),
            "hidden": int(hidden),
            "dropout": dropout,
            "head": head,
            "padding": padding,
        }
        blocks: list[nn.Module] = []
        for before, after in zip([1, *widths[:-1]], widths, strict=True):
            convolution = nn.Conv1d(
                before, after, kernel, stride=1 if blocks else 2, padding=kernel // 2,
                padding_mode=padding,
            )  # fmt: skip
            blocks += [convolution, nn.BatchNorm1d(after), nn.ReLU(), nn.MaxPool1d(2)]
        self.blocks = nn.Sequential(*blocks)
        found = widths[-1] * (length if head == "place" else 1)
        self.judge = nn.Sequential(
            nn.Dropout(dropout), nn.Linear(found, hidden), nn.ReLU(), nn.Linear(hidden, n_outputs)
        )

    def forward(self, spectra: torch.Tensor) -> torch.Tensor:
        """Return scores, shape (n, n_outputs), of spectra, shape (n, n_points)."""
        check_inputs(self, spectra, ("n", self.settings["n_points"]))
        found = self.blocks(spectra[:, None])
        if self.settings["head"] == "mean":
            return self.judge(found.mean(dim=-1))
        return self.judge(found.flatten(1))
