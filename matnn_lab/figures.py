"""The plotly template of the course and the few figures that are used everywhere.

Every figure that a reader sees passes through :func:`label`, which gives it the template, axis titles
with their units and a sentence for those who cannot see it. The site swaps the light template for the
dark one when the reader changes the colour mode; nothing here changes plotly's own defaults.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go

from matnn_lab.text import gettext as _
from matnn_lab.text import language, shown

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray
    from pymatgen.core import Structure

    from matnn_lab.training.history import History

# Okabe and Ito's palette, told apart with any of the common colour vision deficiencies
# (https://jfly.uni-koeln.de/color/), ordered so that neighbors differ in lightness too and each
# stands out from a white and from a near-black page.
COLORS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8C8C8C"]

DASHES = ["solid", "dash", "dot", "dashdot", "longdash", "longdashdot"]


def _template(*, page: str, ink: str, grid: str) -> go.layout.Template:
    axis = {
        "gridcolor": grid,
        "linecolor": ink,
        "zerolinecolor": grid,
        "showline": True,
        "ticks": "outside",
        "automargin": True,
        "title": {"standoff": 12},
    }
    scene_axis = {"backgroundcolor": page, "gridcolor": grid, "linecolor": ink, "color": ink}
    return go.layout.Template(
        layout={
            "colorway": COLORS,
            "colorscale": {
                "sequential": "Viridis",
                "sequentialminus": "Viridis",
                "diverging": "RdBu",
            },
            "font": {"family": "system-ui, sans-serif", "size": 14, "color": ink},
            "paper_bgcolor": page,
            "plot_bgcolor": page,
            "title": {"x": 0.02, "xanchor": "left", "font": {"size": 16}},
            "margin": {"l": 64, "r": 24, "t": 56, "b": 56},
            "legend": {"bgcolor": "rgba(0,0,0,0)"},
            "hoverlabel": {"align": "left"},
            "xaxis": axis,
            "yaxis": axis,
            "scene": {"xaxis": scene_axis, "yaxis": scene_axis, "zaxis": scene_axis},
        }
    )


TEMPLATE = _template(page="#ffffff", ink="#222222", grid="#e3e3e3")
TEMPLATE_DARK = _template(page="#121212", ink="#e6e6e6", grid="#3a3a3a")


def label(
    fig: go.Figure,
    *,
    alt: str,
    title: str | None = None,
    x: str | None = None,
    y: str | None = None,
) -> go.Figure:
    """Give a figure the course's template, its titles and its description in words.

    Parameters
    ----------
    fig : plotly.graph_objects.Figure
        Changed in place.
    alt : str
        What the figure shows, in a sentence, for readers who cannot see it.
    title, x, y : str, optional
        Title of the figure and of its axes, with the unit: ``"Energy (eV/atom)"``. Like ``alt``
        they are shown as they are given; names of traces and of categories, which code may use as
        keys, are shown in the language of the edition.

    Returns
    -------
    plotly.graph_objects.Figure
        The same figure, so that the call can stand at the end of a cell.

    Raises
    ------
    ValueError
        If the description is empty.
    """
    if not alt or not alt.strip():
        raise ValueError(
            _(
                "alt is empty, expected a sentence that says what the figure shows; please write one."
            )
        )
    fig.update_layout(template=TEMPLATE, meta={"alt": alt})
    if title is not None:
        fig.update_layout(title_text=title)
    if x is not None:
        fig.update_xaxes(title_text=x)
    if y is not None:
        fig.update_yaxes(title_text=y)
    if language():
        _show_labels(fig)
    return fig


def _show_labels(fig: go.Figure) -> None:
    """Show the names of traces, categories and marks in the language of the edition."""
    for trace in fig.data:
        for part in ("name", "x", "y", "text"):
            value = getattr(trace, part, None)
            if isinstance(value, str):
                trace[part] = shown(value)
            elif value is not None and any(isinstance(item, str) for item in value):
                trace[part] = [shown(item) for item in value]


def colors_for(n: int) -> list[str]:
    """Return a color for each of n kinds of points or bars.

    Raises
    ------
    ValueError
        If there are not as many.
    """
    if n > len(COLORS):
        raise ValueError(
            _(
                "{n} kinds were given, but a figure has {most} colours that can be told apart; give fewer, "
                "or put some together."
            ).format(n=n, most=len(COLORS))
        )
    return COLORS[:n]


def line_styles(n: int) -> list[dict[str, str]]:
    """Return what tells each of n lines apart: the colors in turn, with another dash in each round.

    Raises
    ------
    ValueError
        If there are not as many.
    """
    most = len(COLORS) * len(DASHES)
    if n > most:
        raise ValueError(
            _(
                "{n} lines were given, but {most} at most can be told apart; draw them in several figures."
            ).format(n=n, most=most)
        )
    first = [{"color": color} for color in COLORS]
    later = [{"color": color, "dash": dash} for dash in DASHES[1:] for color in COLORS]
    return [*first, *later][:n]


def parity(
    true: Sequence[float],
    predicted: Sequence[float],
    *,
    quantity: str,
    unit: str,
    alt: str,
    mean: float | None = None,
    names: Sequence[str] | None = None,
    groups: Sequence[str] | None = None,
) -> go.Figure:
    """Plot predictions against true values, with the MAE beside that of always saying the mean.

    Parameters
    ----------
    true, predicted : array_like of float, shape (n,)
        Both in ``unit``.
    quantity, unit : str
        For the axes, as in ``"Formation enthalpy"`` and ``"eV/atom"``.
    alt : str
        Description in words (see :func:`label`).
    mean : float, optional
        Mean of the training targets, which "always the mean" predicts; the mean of ``true`` if not
        given.
    names : sequence of str, shape (n,), optional
        What each point is, shown under the pointer.
    groups : sequence of str, shape (n,), optional
        One color and legend entry per group.

    Raises
    ------
    ValueError
        If lengths differ, or a value is not finite.
    """
    true, predicted = np.asarray(true, dtype=float), np.asarray(predicted, dtype=float)
    if true.ndim != 1 or true.shape != predicted.shape or not true.size:
        raise ValueError(
            _(
                "true has shape {true} and predicted has shape {predicted}, expected two lists of "
                "the same length; please pass one prediction for each true value."
            ).format(true=true.shape, predicted=predicted.shape)
        )
    if not (np.isfinite(true).all() and np.isfinite(predicted).all()):
        raise ValueError(
            _(
                "{count} of the values are NaN or infinite, expected finite numbers; please drop or "
                "repair those rows."
            ).format(count=int((~np.isfinite(true) | ~np.isfinite(predicted)).sum()))
        )
    names = np.asarray(names if names is not None else [""] * len(true))
    groups = np.asarray(groups if groups is not None else [""] * len(true))
    fig = go.Figure()
    for group in dict.fromkeys(groups.tolist()):
        chosen = groups == group
        fig.add_scatter(
            x=true[chosen],
            y=predicted[chosen],
            text=names[chosen],
            mode="markers",
            name=group,
            marker={"size": 5, "opacity": 0.6},
            showlegend=bool(group),
        )
    ends = [min(true.min(), predicted.min()), max(true.max(), predicted.max())]
    fig.add_scatter(
        x=ends, y=ends, mode="lines", line={"color": "#8C8C8C", "dash": "dash"},
        name=_("prediction = true value"), hoverinfo="skip",
    )  # fmt: skip
    title = _("{quantity}: MAE {mae:.3g} {unit} (always the mean: {baseline:.3g} {unit})").format(
        quantity=quantity,
        unit=unit,
        mae=np.abs(true - predicted).mean(),
        baseline=np.abs(true - (true.mean() if mean is None else mean)).mean(),
    )
    return label(
        fig,
        alt=alt,
        title=title,
        x=_("true value ({unit})").format(unit=unit),
        y=_("prediction ({unit})").format(unit=unit),
    )


def learning_curve(history: History, *, loss: str, alt: str) -> go.Figure:
    """Plot the losses of a training run over its epochs and mark the epoch that was kept.

    Parameters
    ----------
    history : matnn_lab.training.History
        What :func:`matnn_lab.training.loop` returned.
    loss : str
        Name of the loss with its unit, for the axis.
    alt : str
        Description in words (see :func:`label`).
    """
    frame = history.frame
    fig = go.Figure()
    fig.add_scatter(x=frame["epoch"], y=frame["train_loss"], mode="lines", name=_("training"))
    if frame["validation_loss"].notna().any():
        fig.add_scatter(
            x=frame["epoch"], y=frame["validation_loss"], mode="lines", name=_("validation")
        )
        kept = _("kept: epoch {epoch}").format(epoch=history.best_epoch)
        fig.add_vline(x=history.best_epoch, line_dash="dot", annotation_text=kept)
    return label(fig, alt=alt, x=_("Epoch"), y=loss).update_yaxes(type="log")


def crystal(structure: Structure, *, alt: str, title: str | None = None) -> go.Figure:
    """Draw a crystal in 3D: its atoms, those of neighboring cells that touch the cell, the cell's edges.

    Parameters
    ----------
    structure : pymatgen.core.Structure
        An ordered crystal. Lengths are in Å.
    alt : str
        Description in words (see :func:`label`).
    title : str, optional
        Title of the figure.

    Raises
    ------
    ValueError
        If a site is shared by several elements.
    """
    if not structure.is_ordered:
        raise ValueError(
            _(
                "{formula} has sites that several elements share, expected an ordered crystal; "
                "please choose one element for each site."
            ).format(formula=structure.formula)
        )
    matrix = structure.lattice.matrix
    fig = go.Figure()
    x, y, z = broken_line(cell_edges(matrix))
    fig.add_scatter3d(
        x=x, y=y, z=z, mode="lines", line={"color": "#8C8C8C", "width": 3},
        name=_("unit cell"), hoverinfo="skip",
    )  # fmt: skip
    for element in structure.composition.elements:
        sites = np.mod([s.frac_coords for s in structure if s.specie == element], 1.0)
        sites[np.isclose(sites, 1.0, atol=1e-3)] = 0.0
        positions = np.array(
            [
                (site + shift) @ matrix
                for site in sites
                for shift in product((0, 1), repeat=3)
                # an atom on a face, edge or corner is drawn on each side of the cell
                if all(s == 0 or f < 1e-3 for s, f in zip(shift, site, strict=True))
            ]
        )
        radius = float(element.atomic_radius or 1.5)
        fig.add_scatter3d(
            x=positions[:, 0],
            y=positions[:, 1],
            z=positions[:, 2],
            mode="markers",
            name=str(element),
            marker={"size": 12 * radius, "line": {"width": 1, "color": "#222222"}},
            hovertemplate="%{x:.2f}, %{y:.2f}, %{z:.2f} Å",
        )
    hidden = {"visible": False}
    fig.update_layout(
        scene={"aspectmode": "data", "xaxis": hidden, "yaxis": hidden, "zaxis": hidden},
        margin={"l": 0, "r": 0, "b": 0, "t": 48 if title else 0},
        height=420,
    )
    fig.update_scenes(camera={"projection": {"type": "orthographic"}})
    return label(fig, alt=alt, title=title)


def cell_edges(matrix: ArrayLike) -> NDArray[np.float64]:
    """Return both ends of the twelve edges of a cell, shape (12, 2, 3), from its vectors as rows."""
    corners = np.array(list(product((0, 1), repeat=3)))
    steps = np.eye(3, dtype=int).tolist()
    ends = [(a, b) for a, b in product(corners, corners) if (b - a).tolist() in steps]
    return np.array(ends) @ np.asarray(matrix, dtype=float)


def broken_line(segments: ArrayLike) -> tuple[list, list, list]:
    """Return x, y and z of segments, shape (n, 2, 3), with None between them, so that one trace draws all."""
    points: list[list[float | None]] = []
    for start, end in np.asarray(segments).tolist():
        points += [start, end, [None] * 3]
    x, y, z = zip(*points, strict=True) if points else ((), (), ())
    return list(x), list(y), list(z)


def look_at_box(
    fig: go.Figure, low: float, high: float, *, eye: tuple[float, float, float], zoom: float
) -> None:
    """Show a cube from low to high along each axis from the direction of the eye, without perspective.

    The cube stays where it is when what is in it changes, so that an explorer does not jump.

    Parameters
    ----------
    fig : plotly.graph_objects.Figure
        With one 3D scene; it is changed.
    low, high : float
        Ends of the three axes, Å.
    eye : tuple of three floats
        Direction from which the cube is seen.
    zoom : float
        Larger brings it nearer.
    """
    hidden = {"visible": False, "range": [low, high]}
    fig.update_scenes(
        aspectmode="manual",
        aspectratio=dict.fromkeys("xyz", zoom),
        xaxis=hidden,
        yaxis=hidden,
        zaxis=hidden,
        camera={
            "projection": {"type": "orthographic"},
            "eye": dict(zip("xyz", eye, strict=True)),
        },
    )
