"""Figures of notebook 15: a plate with its hole, a design that changes along the search, and curves.

Stresses and conductivities in them are computed.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial

import numpy as np
import plotly.graph_objects as go
from numpy.typing import ArrayLike, NDArray
from plotly.subplots import make_subplots

from matnn_lab.datasets.plate import HEIGHT, Stress, inglis, plate_stress
from matnn_lab.figures import COLORS, DASHES, label, line_styles
from matnn_lab.text import gettext as _
from matnn_lab.widgets import Choice, Explorer, Slider

Array = NDArray[np.float64]

HOLES = [0.1, 0.2, 0.35, 0.5, 0.65, 0.8]
ASPECTS = [0.5, 1.0, 2.0, 3.0, 5.0]
PHASES = [[0, "#1b2a49"], [1, COLORS[4]]]


def plate_explorer(predict: Callable[[Array], Array]) -> Explorer:
    """Change size and shape of the hole, and see the stress beside what a surrogate says.

    Parameters
    ----------
    predict : callable
        Takes plates (n, 2), hole width over plate width and a/b, and returns stress factors (n,).
    """

    @cache
    def solved(width: float, aspect: float) -> Stress:
        return plate_stress(width, aspect, n=12)

    def render(width: float, aspect: float) -> go.Figure:
        said = float(np.ravel(predict(np.array([[width, aspect]])))[0])
        return plate_figure(solved(width, aspect), said, width=width, aspect=aspect)

    return Explorer(
        render,
        width=Slider(HOLES, _("Hole over plate, width"), default=0.2),
        aspect=Slider(ASPECTS, _("a/b, across over along"), default=1.0),
    )


def plate_figure(stress: Stress, said: float, *, width: float, aspect: float) -> go.Figure:
    """Draw a quarter of the plate coloured by its stress, and the stress from the hole to the side.

    Parameters
    ----------
    stress : Stress
    said : float
        The surrogate's stress factor.
    width, aspect : float
        Settings of the controls.
    """
    fig = make_subplots(rows=1, cols=2, column_widths=[0.4, 0.6], horizontal_spacing=0.16)
    fig.add_scatter(
        x=np.round(stress.x.ravel(), 3), y=np.round(stress.y.ravel(), 3), mode="markers",
        marker={
            "color": np.round(stress.along.ravel(), 2), "cmin": 0, "cmax": 4, "size": 7,
            "colorscale": "Viridis", "showscale": False,
        },
        name=_("stress"), showlegend=False, row=1, col=1,
    )  # fmt: skip
    fig.add_scatter(
        x=np.round(stress.x[0], 3), y=np.round(stress.along[0], 3), mode="lines",
        line_color=COLORS[6], name=_("finite elements"), row=1, col=2,
    )  # fmt: skip
    true, wide = float(stress.along[0, 0]), float(inglis(aspect))
    for value, name, color, symbol in (
        (true, _("finite elements, at the hole"), COLORS[0], "circle"),
        (said, _("surrogate"), COLORS[1], "diamond"),
        (wide, _("formula for a wide plate"), COLORS[2], "x"),
    ):
        fig.add_scatter(
            x=[width], y=[round(value, 3)], mode="markers", name=name,
            marker={"color": color, "symbol": symbol, "size": 12}, row=1, col=2,
        )  # fmt: skip
    title = _("factor {true:.2f}, the surrogate says {said:.2f}, a wide plate {wide:.2f}").format(
        true=true, said=said, wide=wide
    )
    alt = _(
        "Left: the right upper quarter of a plate with a hole {width:g} times as wide as the plate and "
        "a/b = {aspect:g}, coloured by the stress along the pull. Right: this stress from the hole to the "
        "side of the plate. At the hole it is {true:.2f} times the applied stress by finite elements, "
        "{said:.2f} by the surrogate and {wide:.2f} by the formula for a wide plate."
    ).format(width=width, aspect=aspect, true=true, said=said, wide=wide)
    label(fig, title=title, alt=alt)
    fig.update_xaxes(title_text=_("x / half width"), range=[0, 1.02], row=1, col=1)
    fig.update_yaxes(title_text=_("y / half width"), range=[0, HEIGHT], row=1, col=1)
    fig.update_xaxes(title_text=_("x / half width"), range=[0, 1.02], row=1, col=2)
    top = 1.1 * max(true, said, wide)
    fig.update_yaxes(title_text=_("Stress / applied stress"), range=[0, top], row=1, col=2)
    fig.update_layout(height=430, legend={"orientation": "h", "x": 0.4, "y": -0.25})
    return fig


def search_explorer(
    steps: Sequence[int],
    images: Mapping[str, ArrayLike],
    promised: Mapping[str, ArrayLike],
    true: Mapping[str, ArrayLike],
    best: float,
    bound: float,
) -> Explorer:
    """Follow one design along the search: the image, what the network promises, what it does.

    Parameters
    ----------
    steps : sequence of int
    images : mapping of name to array_like of bool, shape (n_steps, size, size)
    promised, true : mapping of name to array_like, shape (n_steps,)
        log10 k of these images.
    best, bound : float
        The best training image and the bound of Wiener.
    """
    shown = {name: np.asarray(values, dtype=int) for name, values in images.items()}
    said = {name: np.asarray(values, dtype=float) for name, values in promised.items()}
    does = {name: np.asarray(values, dtype=float) for name, values in true.items()}
    return Explorer(
        partial(search_figure, list(steps), shown, said, does, best, bound),
        step=Slider(list(steps), _("Step of the search"), default=steps[-1]),
        space=Choice(list(shown), _("How the design is written down")),
    )


def search_figure(
    steps: Sequence[int],
    images: Mapping[str, Array],
    promised: Mapping[str, Array],
    true: Mapping[str, Array],
    best: float,
    bound: float,
    *,
    step: int,
    space: str,
) -> go.Figure:
    """Draw the design at one step beside the curves of promise and truth."""
    place = list(steps).index(step)
    fig = make_subplots(rows=1, cols=2, column_widths=[0.42, 0.58], horizontal_spacing=0.14)
    fig.add_heatmap(
        z=images[space][place], zmin=0, zmax=1, colorscale=PHASES, showscale=False,
        hoverinfo="skip", row=1, col=1,
    )  # fmt: skip
    for values, name, color in (
        (promised[space], _("promised"), COLORS[1]),
        (true[space], _("true"), COLORS[0]),
    ):
        fig.add_scatter(
            x=list(steps), y=np.round(values, 3), mode="lines", name=name, line_color=color,
            row=1, col=2,
        )  # fmt: skip
        fig.add_scatter(
            x=[step], y=[round(float(values[place]), 3)], mode="markers", showlegend=False,
            name=name, marker={"color": color, "size": 11}, row=1, col=2,
        )  # fmt: skip
    _levels(fig, steps, best, bound, row=1, col=2)
    said, does = float(promised[space][place]), float(true[space][place])
    title = _("step {step}: promised {said:.3f}, true {does:.3f}").format(
        step=step, said=said, does=does
    )
    alt = _(
        "Left: a design written as {space} after {step} steps, the good conductor bright. Right: its log10 k "
        "along the search, as promised by the network, here {said:.3f}, and as the oracle finds it, "
        "{does:.3f}; beside them the best training image, {best:.3f}, and the bound, {bound:.3f}."
    ).format(space=space, step=step, said=said, does=does, best=best, bound=bound)
    label(fig, title=title, alt=alt)
    everything = np.concatenate([*promised.values(), *true.values(), [best, bound]])
    span = [float(everything.min()) - 0.03, float(everything.max()) + 0.03]
    fig.update_xaxes(visible=False, constrain="domain", row=1, col=1)
    fig.update_yaxes(visible=False, scaleanchor="x", autorange="reversed", row=1, col=1)
    fig.update_xaxes(title_text=_("Step of the search"), row=1, col=2)
    fig.update_yaxes(title_text=_("log<sub>10</sub> k"), range=span, row=1, col=2)
    fig.update_layout(height=420, legend={"orientation": "h", "x": 0.4, "y": -0.22})
    return fig


def curves(
    at: ArrayLike,
    series: Mapping[str, ArrayLike],
    *,
    x: str,
    y: str,
    alt: str,
    levels: Mapping[str, float] | None = None,
) -> go.Figure:
    """Draw the mean of each series over its seeds, with a band from the lowest to the highest.

    A name in the legend hides and shows a line together with its band.

    Parameters
    ----------
    at : array_like, shape (n,)
    series : mapping of name to array_like, shape (n_seeds, n)
    x, y, alt : str
        Titles of the axes with their units, and what the figure shows.
    levels : mapping of name to float, optional
        Horizontal lines, at most five: the first dashed, the second dotted, as in `search_figure`.

    Raises
    ------
    ValueError
        If there are more lines than can be told apart.
    """
    fig, place = go.Figure(), np.asarray(at, dtype=float)
    for (name, values), line in zip(series.items(), line_styles(len(series)), strict=True):
        seeds = np.atleast_2d(np.asarray(values, dtype=float))
        low, high = np.round(seeds.min(axis=0), 4), np.round(seeds.max(axis=0), 4)
        fig.add_scatter(
            x=np.concatenate([place, place[::-1]]), y=np.concatenate([high, low[::-1]]),
            mode="lines", line_width=0, fill="toself", fillcolor=line["color"], opacity=0.18,
            name=name, legendgroup=name, showlegend=False, hoverinfo="skip",
        )  # fmt: skip
        fig.add_scatter(
            x=place, y=np.round(seeds.mean(axis=0), 4), mode="lines+markers", name=name,
            legendgroup=name, line=line,
        )  # fmt: skip
    levels = levels or {}
    if len(levels) >= len(DASHES):
        raise ValueError(
            _("{n} levels were given; give {most} at most.").format(
                n=len(levels), most=len(DASHES) - 1
            )
        )
    for (name, value), dash in zip(levels.items(), DASHES[1:], strict=False):
        fig.add_scatter(
            x=[place.min(), place.max()], y=[value, value], mode="lines", name=name,
            line={"color": COLORS[6], "dash": dash},
        )  # fmt: skip
    return label(fig, x=x, y=y, alt=alt)


def _levels(
    fig: go.Figure, steps: Sequence[int], best: float, bound: float, *, row: int, col: int
) -> None:
    """Draw the best training image and the bound as horizontal lines."""
    for value, name, dash in (
        (best, _("best training image"), "dash"),
        (bound, _("bound of Wiener"), "dot"),
    ):
        fig.add_scatter(
            x=[steps[0], steps[-1]], y=[round(value, 4)] * 2, mode="lines", name=name,
            line={"color": COLORS[6], "dash": dash}, row=row, col=col,
        )  # fmt: skip
