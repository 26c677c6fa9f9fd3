"""Pictures of notebook 03: the graph of a small computation, with what the backward pass makes of it."""

import plotly.graph_objects as go

from matnn_lab.figures import COLORS, label
from matnn_lab.text import gettext as _


def backward_graph(w: float, delta_chi: float, enthalpy: float) -> go.Figure:
    """Draw how the squared error of one salt is computed, and how its slope comes back.

    Parameters
    ----------
    w, delta_chi : float
        Weight (eV/atom) and electronegativity difference of the model w · Δχ.
    enthalpy : float
        Measured formation enthalpy in eV/atom.

    Returns
    -------
    plotly.graph_objects.Figure
        Boxes with the values of the forward pass, arrows with the local derivatives, and below each box
        the slope of the loss that the backward pass finds.
    """
    product = w * delta_chi
    error = product - enthalpy
    values = [w, product, error, error**2]
    slopes = [2 * error * delta_chi, 2 * error, 2 * error, 1.0]
    names = ["w", "w · Δχ", _("error = w · Δχ − ΔH"), _("loss = error · error")]
    fig = go.Figure()
    for place, (name, value, slope) in enumerate(zip(names, values, slopes, strict=True)):
        fig.add_annotation(
            x=place, y=1, text=f"<b>{name}</b><br>{value:.3f}", showarrow=False,
            bordercolor=COLORS[0], borderwidth=2, borderpad=8,
        )  # fmt: skip
        fig.add_annotation(
            x=place, y=0, text=_("slope {slope:.3f}").format(slope=slope), showarrow=False,
            font_color=COLORS[1], bordercolor=COLORS[1], borderwidth=1, borderpad=6,
        )  # fmt: skip
    local = [
        (0, 1.0, f"Δχ = {delta_chi:g}"),
        (1, 1.0, "1"),
        (2, 1.12, f"{error:.3f}"),
        (2, 0.88, f"{error:.3f}"),
    ]
    for start, height, text in local:
        _arrow(fig, start + 0.3, start + 0.62, height, COLORS[0])
        above = 0.16 if height >= 1 else -0.16
        fig.add_annotation(x=start + 0.46, y=height + above, text=text, showarrow=False)
    for start in range(3):
        _arrow(fig, start + 0.7, start + 0.3, 0, COLORS[1])
    fig.update_xaxes(visible=False, range=[-0.45, 3.45])
    fig.update_yaxes(visible=False, range=[-0.4, 1.6])
    fig.update_layout(height=300, margin={"l": 10, "r": 10, "t": 50, "b": 10})
    return label(
        fig,
        title=_("Forward (blue, left to right) and backward (orange, right to left)"),
        alt=_(
            "Four boxes in a row, joined by arrows: w = {w:.3f}, times Δχ = {chi:g} gives {product:.3f}, "
            "minus the enthalpy gives the error {error:.3f}, and two arrows, each with the local derivative "
            "{error:.3f}, lead to the loss {loss:.3f}. Below them the slopes of the loss, from right to "
            "left: 1, {slope:.3f}, {slope:.3f} and {last:.3f}."
        ).format(
            w=w, chi=delta_chi, product=product, error=error, loss=error**2, slope=2 * error,
            last=slopes[0],
        ),
    )  # fmt: skip


def _arrow(fig: go.Figure, start: float, end: float, height: float, color: str) -> None:
    """Draw an arrow at one height."""
    fig.add_annotation(
        x=end, y=height, ax=start, ay=height, xref="x", yref="y", axref="x", ayref="y", text="",
        showarrow=True, arrowhead=2, arrowwidth=2, arrowcolor=color,
    )  # fmt: skip
