"""The picture of notebook 01: a network as units in columns, with the shapes of its arrays."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from matnn_lab.figures import label
from matnn_lab.text import gettext as _

MOST = 6  # units that are drawn in one column


def network_picture(sizes: Sequence[int], *, activation: str = "φ") -> go.Figure:
    """Draw a network from left to right: units as circles, weights as arrows, shapes in words.

    Parameters
    ----------
    sizes : sequence of int
        Widths: the inputs, each hidden layer, the outputs. Of a column with more than six units the
        first and the last three are drawn.
    activation : str
        What is written beside a layer that has an activation function.

    Raises
    ------
    ValueError
        If there are fewer than two widths, or one is not positive.
    """
    if len(sizes) < 2 or min(sizes) < 1:
        raise ValueError(
            _(
                "sizes is {sizes}, expected two or more positive widths; please give the number of "
                "inputs first and that of outputs last."
            ).format(sizes=list(sizes))
        )
    columns = [_heights(size) for size in sizes]
    fig = go.Figure()
    for layer in range(len(sizes) - 1):
        _add_arrows(fig, layer, columns[layer], columns[layer + 1])
        fig.add_annotation(
            x=layer + 0.5, y=-1.45, showarrow=False, text=_layer_text(sizes, layer, activation)
        )
    for place, (size, heights) in enumerate(zip(sizes, columns, strict=True)):
        color = "#0072B2" if 0 < place < len(sizes) - 1 else "#8C8C8C"
        fig.add_scatter(
            x=np.full(len(heights), place),
            y=heights,
            mode="markers",
            marker={"size": 24, "color": color, "line": {"width": 2, "color": "#222222"}},
            hoverinfo="skip",
        )
        fig.add_annotation(x=place, y=1.4, showarrow=False, text=_column_text(sizes, place))
        if size > len(heights):
            fig.add_annotation(x=place, y=0, showarrow=False, text="⋮", font_size=24)
    fig.update_layout(showlegend=False, height=380)
    fig.update_xaxes(visible=False, range=[-0.45, len(sizes) - 0.55])
    fig.update_yaxes(visible=False, range=[-1.75, 1.7])
    shown = " → ".join(map(str, sizes))
    return label(
        fig,
        title=_("A network {sizes}").format(sizes=shown),
        alt=_(
            "A network with the widths {sizes}, from left to right: columns of circles, one circle for "
            "each number, and from each circle an arrow to every circle of the next column. Below the "
            "arrows stand the shapes of the weights and biases of each layer."
        ).format(sizes=shown),
    )


def _heights(size: int) -> np.ndarray:
    """Return where the circles of a column stand, from top to bottom."""
    if size > MOST:
        return np.array([1.0, 0.7, 0.4, -0.4, -0.7, -1.0])
    return np.linspace(1, -1, size) * min(1.0, 0.35 * (size - 1)) if size > 1 else np.zeros(1)


def _add_arrows(fig: go.Figure, layer: int, start: np.ndarray, end: np.ndarray) -> None:
    """Add an arrow from each circle of a column to each of the next."""
    for tail in start:
        for head in end:
            length = np.hypot(1, head - tail)
            gap = 0.09 / length  # so that the arrow ends beside its circle
            fig.add_annotation(
                x=layer + 1 - gap,
                y=head - gap * (head - tail),
                ax=layer + gap,
                ay=tail + gap * (head - tail),
                **{"xref": "x", "yref": "y", "axref": "x", "ayref": "y", "text": ""},
                **{"showarrow": True, "arrowhead": 2, "arrowsize": 0.8, "arrowcolor": "#8C8C8C"},
            )


def _column_text(sizes: Sequence[int], place: int) -> str:
    if place == 0:
        return _("input x<br>shape ({size},)").format(size=sizes[0])
    if place == len(sizes) - 1:
        return _("output<br>shape ({size},)").format(size=sizes[-1])
    return _("hidden layer h{place}<br>shape ({size},)").format(
        place="₁₂₃₄₅₆₇₈₉"[place - 1] if place < 10 else "", size=sizes[place]
    )


def _layer_text(sizes: Sequence[int], layer: int, activation: str) -> str:
    shapes = {
        "k": "₁₂₃₄₅₆₇₈₉"[layer] if layer < 9 else "",
        "out": sizes[layer + 1],
        "in": sizes[layer],
        "activation": activation,
    }
    if layer == len(sizes) - 2:
        return _("W{k} ({out}, {in}), b{k} ({out},)").format(**shapes)
    return _("W{k} ({out}, {in}), b{k} ({out},)<br>then {activation}").format(**shapes)
