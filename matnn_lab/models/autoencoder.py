"""An autoencoder: a network that must say its input again through a narrow middle, the hidden vector z."""

from collections.abc import Sequence

import torch
from torch import nn

from matnn_lab.models.mlp import layer_widths
from matnn_lab.models.settings import WithSettings
from matnn_lab.text import gettext as _


class Autoencoder(WithSettings):
    """Squeeze each row into ``width`` numbers and unfold them again.

    Parameters
    ----------
    n_inputs, width : int
        Numbers in a row, and in its hidden vector z.
    hidden : sequence of int
        Widths of the layers between input and z, with a GELU after each; the decoder has them in reverse.
        With none the network is linear, and at its best it spans the plane of PCA (Baldi and Hornik 1989,
        doi:10.1016/0893-6080(89)90014-2).

    Raises
    ------
    ValueError
        If z is not narrower than the input, a width no positive whole number, or rows are not of the width
        that was named or hold NaN.
    """

    def __init__(self, n_inputs: int, width: int, hidden: Sequence[int] = ()):
        super().__init__()
        widths = layer_widths(n_inputs, hidden, width)
        if not 1 <= width < n_inputs:
            raise ValueError(
                _(
                    "The hidden vector has {width} numbers and the input {n}; make it at least 1 wide and "
                    "narrower than the input, or there is nothing to learn."
                ).format(width=width, n=n_inputs)
            )
        self.settings = {"n_inputs": widths[0], "hidden": widths[1:-1], "width": widths[-1]}
        self.encoder = _layers(widths)
        self.decoder = _layers(widths[::-1])

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        """Return the rows as they come out of the narrow middle, in their shape (n, n_inputs)."""
        n = self.settings["n_inputs"]
        if rows.ndim != 2 or rows.shape[1] != n or not rows.isfinite().all():
            raise ValueError(
                _(
                    "Rows of shape {shape} were given, {bad} of them with NaN or infinity; give finite"
                    " numbers of shape (rows, {n})."
                ).format(
                    shape=tuple(rows.shape), bad=int((~rows.isfinite()).any(dim=-1).sum()), n=n
                )
            )
        return self.decoder(self.encoder(rows))


def _layers(widths: list[int]) -> nn.Sequential:
    layers: list[nn.Module] = []
    for before, after in zip(widths, widths[1:], strict=False):
        layers += [nn.Linear(before, after), nn.GELU()]
    return nn.Sequential(*layers[:-1])
