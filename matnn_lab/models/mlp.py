"""The multilayer perceptron: linear maps with a bend between them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import nn

from matnn_lab.models.inputs import check_widths
from matnn_lab.models.settings import WithSettings
from matnn_lab.text import gettext as _

ACTIVATIONS = {"relu": nn.ReLU, "gelu": nn.GELU, "silu": nn.SiLU, "tanh": nn.Tanh}


def layer_widths(n_inputs: Any, hidden: Any, n_outputs: Any) -> list[int]:
    """Return the widths of all layers from the input to the output.

    Raises
    ------
    ValueError
        If one is no positive whole number, or the hidden ones are no sequence.
    """
    if not np.iterable(hidden):
        check_widths(hidden)  # says what to give
    return check_widths([n_inputs, *hidden, n_outputs])


class MLP(WithSettings):
    """Map n_inputs numbers to n_outputs numbers through hidden layers h = φ(Wx + b).

    Parameters
    ----------
    n_inputs : int
        Length of one input vector.
    hidden : sequence of int
        Width of each hidden layer; empty for a linear model.
    n_outputs : int
        Numbers predicted for each input.
    activation : {"relu", "gelu", "silu", "tanh"}
        The function φ.
    dropout : float
        Share of the hidden units switched off at random in each training step, in [0, 1).

    Raises
    ------
    ValueError
        If a width is not a positive integer, the activation unknown, or dropout outside [0, 1).
    """

    FREE = frozenset({"dropout"})

    def __init__(
        self,
        n_inputs: int,
        hidden: Sequence[int] = (128, 128),
        n_outputs: int = 1,
        *,
        activation: str = "silu",
        dropout: float = 0.0,
    ):
        super().__init__()
        widths = layer_widths(n_inputs, hidden, n_outputs)
        if activation not in ACTIVATIONS:
            raise ValueError(
                _("The activation {given!r} is not known; choose one of {known}.").format(
                    given=activation, known=", ".join(ACTIVATIONS)
                )
            )
        if not 0 <= dropout < 1:
            raise ValueError(
                _("The dropout {given} was given; give a share of at least 0 and below 1.").format(
                    given=dropout
                )
            )
        self.settings = {
            "n_inputs": widths[0],
            "hidden": widths[1:-1],
            "n_outputs": widths[-1],
            "activation": activation,
            "dropout": float(dropout),
        }
        layers: list[nn.Module] = []
        for before, after in zip(widths[:-2], widths[1:-1], strict=True):
            layers += [nn.Linear(before, after), ACTIVATIONS[activation]()]
            if dropout:
                layers.append(nn.Dropout(dropout))
        self.layers = nn.Sequential(*layers, nn.Linear(widths[-2], n_outputs))

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """Predict.

        Parameters
        ----------
        inputs : torch.Tensor, shape (n, n_inputs)

        Returns
        -------
        torch.Tensor, shape (n,) for one output, else (n, n_outputs)
            With one output the last axis is dropped, so that a loss against targets of shape (n,)
            never broadcasts to (n, n).
        """
        outputs = self.layers(inputs)
        return outputs.squeeze(-1) if outputs.shape[-1] == 1 else outputs
