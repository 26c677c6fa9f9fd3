"""Figures of notebook 20: a glass whose composition is moved, what each step bought, and two of the audit."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import ArrayLike, NDArray

from matnn_lab.figures import COLORS, colors_for, label, line_styles
from matnn_lab.text import gettext as _
from matnn_lab.widgets import Explorer, Slider

Array = NDArray[np.float64]
# composition in mol% → for each temperature log10 η and half the width of its interval, then Tg and fragility
Curves = Callable[[Mapping[str, float], Array], tuple[Array, Array, Array, Array]]

TEMPERATURES_K = np.linspace(600.0, 1900.0, 27)  # below the lowest glass transition of the sliders


def glass_explorer(curves: Curves) -> Explorer:
    """Move the composition of a soda-lime aluminosilicate, and see its viscosity curve.

    Parameters
    ----------
    curves : callable
        Takes a composition (oxide → mol%) and temperatures (K), and returns log10 η (Pa·s), half the width
        of its interval, and Tg (K) and fragility of each member of an ensemble.
    """

    def render(silica: int, alumina: int, soda: int) -> go.Figure:
        return glass_figure(curves, silica=silica, alumina=alumina, soda=soda)

    return Explorer(
        render,
        silica=Slider([55, 60, 65, 70, 75], _("SiO₂ (mol%)"), default=75),
        alumina=Slider([0, 6, 12], _("Al₂O₃ (mol%)"), default=0),
        soda=Slider([0, 25, 50, 75, 100], _("Na₂O in the modifiers (%)"), default=50),
    )


def glass_figure(curves: Curves, *, silica: int, alumina: int, soda: int) -> go.Figure:
    """Draw log10 η against temperature, with its interval, and mark the glass transition."""
    modifiers = 100 - silica - alumina
    melt = {
        "sio2": silica,
        "al2o3": alumina,
        "na2o": modifiers * soda / 100,
        "cao": modifiers * (1 - soda / 100),
    }
    eta, half, tg, fragility = curves(melt, TEMPERATURES_K)
    shown = eta <= 14.5
    t = TEMPERATURES_K[shown]
    low, high = (eta - half)[shown], (eta + half)[shown]
    fig = go.Figure()
    fig.add_scatter(
        x=np.concatenate([t, t[::-1]]), y=np.round(np.concatenate([high, low[::-1]]), 2),
        fill="toself", mode="lines", line={"width": 0}, fillcolor="rgba(0, 114, 178, 0.2)",
        name=_("90 % interval for new papers"), hoverinfo="skip",
    )  # fmt: skip
    fig.add_scatter(
        x=t, y=np.round(eta[shown], 2), mode="lines", name=_("ensemble"), line_color=COLORS[0]
    )
    fig.add_scatter(
        x=[round(float(tg.mean()))], y=[12], mode="markers", name=_("glass transition"),
        marker={"size": 11, "color": COLORS[1], "symbol": "diamond"},
    )  # fmt: skip
    facts = {
        "silica": silica, "alumina": alumina, "na2o": melt["na2o"], "cao": melt["cao"],
        "tg": tg.mean(), "dtg": np.ptp(tg), "m": fragility.mean(), "dm": np.ptp(fragility),
    }  # fmt: skip
    label(
        fig,
        title=_(
            "T<sub>g</sub> {tg:.0f} K (members differ by {dtg:.0f} K), fragility {m:.0f} (by {dm:.0f})"
        ).format(**facts),
        alt=_(
            "Predicted viscosity curve of a melt with {silica} % SiO₂, {alumina} % Al₂O₃, {na2o:.1f} % Na₂O"
            " and {cao:.1f} % CaO, falling with temperature. It crosses 10¹² Pa·s at {tg:.0f} K with a"
            " fragility of {m:.0f}."
        ).format(**facts),
        x=_("Temperature (K)"),
        y=_("log₁₀ of the viscosity (Pa·s)"),
    )
    fig.update_xaxes(range=[580, 1920])
    fig.update_yaxes(range=[-2, 15])
    fig.update_layout(height=430, legend={"orientation": "h", "y": -0.25})
    return fig


def curves_figure(
    temperature_k: ArrayLike,
    lines: Mapping[str, ArrayLike],
    measured: tuple[ArrayLike, ArrayLike],
    *,
    alt: str,
    title: str | None = None,
) -> go.Figure:
    """Draw what models say of one melt, and what was measured.

    Parameters
    ----------
    temperature_k : array_like, shape (n,)
    lines : mapping of name to array_like, shape (n,)
        log10 η (Pa·s).
    measured : pair of array_like
        Temperatures (K) and log10 η of the points.
    alt, title : str
    """
    fig = go.Figure()
    for (name, values), line in zip(lines.items(), line_styles(len(lines)), strict=True):
        fig.add_scatter(
            x=np.asarray(temperature_k), y=np.round(np.asarray(values, dtype=float), 2),
            mode="lines", name=name, line=line,
        )  # fmt: skip
    fig.add_scatter(
        x=np.asarray(measured[0]), y=np.asarray(measured[1]), mode="markers", name=_("measured"),
        marker={"size": 8, "color": COLORS[6], "line": {"width": 1, "color": "#222222"}},
    )  # fmt: skip
    fig.update_layout(height=430)
    fig.update_yaxes(range=[-3, 16])
    return label(
        fig, alt=alt, title=title, x=_("Temperature (K)"), y=_("log₁₀ of the viscosity (Pa·s)")
    )


def histogram(series: Mapping[str, ArrayLike], edges: ArrayLike, *, alt: str) -> go.Figure:
    """Draw how many rows of each kind lie in each step of log10 η.

    Parameters
    ----------
    series : mapping of name to array_like
        log10 η (Pa·s).
    edges : array_like, shape (n,)
        Of the steps.
    alt : str
    """
    edges = np.asarray(edges, dtype=float)
    fig = go.Figure()
    for (name, values), color in zip(series.items(), colors_for(len(series)), strict=True):
        counts = np.histogram(np.asarray(values, dtype=float), edges)[0]
        fig.add_bar(x=(edges[:-1] + edges[1:]) / 2, y=counts, name=name, marker_color=color)
    fig.update_layout(barmode="overlay", bargap=0.05, legend={"orientation": "h", "y": -0.25})
    fig.update_traces(opacity=0.7)
    return label(fig, alt=alt, x=_("log₁₀ of the viscosity (Pa·s)"), y=_("Rows"))


def dots(
    scores: Mapping[str, ArrayLike], *, x: str, alt: str, title: str | None = None
) -> go.Figure:
    """Draw a dot for each fold and a bar for their mean, one line for each name, the first on top.

    Parameters
    ----------
    scores : mapping of name to array_like, shape (n_folds,)
    x, alt, title : str
        Title of the axis with its unit, what the figure shows, and a heading.
    """
    fig = go.Figure()
    names: Sequence[str] = list(scores)
    for place, name in enumerate(names):
        values = np.asarray(scores[name], dtype=float)
        fig.add_scatter(
            x=np.round(values, 3), y=[name] * len(values), mode="markers", showlegend=place == 0,
            marker={"size": 8, "color": COLORS[0], "opacity": 0.5}, name=_("one fold"),
        )  # fmt: skip
        fig.add_scatter(
            x=[round(float(values.mean()), 3)], y=[name], mode="markers", showlegend=place == 0,
            marker={"size": 22, "symbol": "line-ns-open", "color": COLORS[1], "line_width": 3},
            name=_("mean of the folds"),
        )  # fmt: skip
    if min(np.min(values) for values in scores.values()) < 0:
        fig.add_vline(x=0, line_color=COLORS[6])
    fig.update_yaxes(categoryorder="array", categoryarray=list(names)[::-1])
    fig.update_layout(height=140 + 42 * len(names), legend={"orientation": "h", "y": -0.3})
    return label(fig, alt=alt, title=title, x=x)
