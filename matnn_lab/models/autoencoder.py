"""An autoencoder: a network that must say its input again through a narrow middle, the hidden vector z."""

import torch
from torch import nn

from matnn_lab.text import gettext as _


class Autoencoder(nn.Module):
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
        If z is not narrower than the input.
    """

    def __init__(self, n_inputs: int, width: int, hidden: tuple[int, ...] = ()):
        super().__init__()
        if not 1 <= width < n_inputs:
            raise ValueError(
                _(
                    "The hidden vector has {width} numbers and the input {n}; make it at least 1 wide and "
                    "narrower than the input, or there is nothing to learn."
                ).format(width=width, n=n_inputs)
            )
        self.encoder = _layers([n_inputs, *hidden, width])
        self.decoder = _layers([width, *reversed(hidden), n_inputs])

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        """Return the rows as they come out of the narrow middle, in their shape (n, n_inputs)."""
        return self.decoder(self.encoder(rows))


def _layers(widths: list[int]) -> nn.Sequential:
    layers: list[nn.Module] = []
    for before, after in zip(widths, widths[1:], strict=False):
        layers += [nn.Linear(before, after), nn.GELU()]
    return nn.Sequential(*layers[:-1])
