"""Figures of notebook 14: maps of crystals and of noise, and what a similarity search finds."""

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
import plotly.graph_objects as go
from numpy.typing import ArrayLike, NDArray

from matnn_lab.figures import COLORS, colors_for, label
from matnn_lab.text import gettext as _
from matnn_lab.widgets import Choice, Explorer, Slider

Array = NDArray[np.float64]
Maps = Mapping[tuple[str, int, str], ArrayLike]


def map_explorer(maps: Maps, families: Sequence[str]) -> Explorer:
    """Move the perplexity and the start of a map of crystals, and look at the same map of noise.

    Parameters
    ----------
    maps : mapping of (data, perplexity, start) to array_like, shape (n, 2)
    families : sequence of str, length n
        Gives each crystal its color.
    """
    found = {setting: np.asarray(places, dtype=float).round(1) for setting, places in maps.items()}
    data, perplexities, starts = (
        list(dict.fromkeys(values)) for values in zip(*found, strict=True)
    )
    return Explorer(
        partial(map_figure, found, np.asarray(families)),
        data=Choice(data, _("What is drawn")),
        perplexity=Slider(
            perplexities, _("Perplexity"), default=perplexities[len(perplexities) // 2]
        ),
        start=Choice(starts, _("Start")),
    )


def map_figure(
    maps: Mapping[tuple[str, int, str], Array],
    families: NDArray[np.str_],
    *,
    data: str,
    perplexity: int,
    start: str,
) -> go.Figure:
    """Draw one map, a color for each family."""
    places = maps[data, perplexity, start]
    fig = scatter(places, families)
    label(
        fig,
        title=_("t-SNE of {data}, perplexity {perplexity}").format(data=data, perplexity=perplexity),
        alt=_(
            "A t-SNE map of {n} points, {data}, with perplexity {perplexity} from the start {start}, colored "
            "by family; the points spread over {width:.0f} by {height:.0f} units."
        ).format(
            n=len(places), data=data, perplexity=perplexity, start=start,
            width=np.ptp(places[:, 0]), height=np.ptp(places[:, 1]),
        ),
        x=_("First direction of the map (no unit)"),
        y=_("Second direction of the map (no unit)"),
    )  # fmt: skip
    fig.update_layout(height=480)
    return fig


def scatter(places: ArrayLike, families: ArrayLike) -> go.Figure:
    """Draw points of shape (n, 2), a color for each family."""
    places, families = np.asarray(places, dtype=float), np.asarray(families)
    fig = go.Figure()
    kinds = list(dict.fromkeys(families.tolist()))
    for color, family in zip(colors_for(len(kinds)), kinds, strict=True):
        rows = families == family
        fig.add_scatter(
            x=places[rows, 0], y=places[rows, 1], mode="markers", name=family,
            marker={"color": color, "size": 5},
        )  # fmt: skip
    fig.update_layout(legend={"orientation": "h", "y": -0.2})
    return fig


def search_explorer(
    names: Sequence[str],
    types: Sequence[str],
    representations: Mapping[str, ArrayLike],
    queries: Sequence[str],
    k: int = 8,
) -> Explorer:
    """Choose a crystal and a representation, and see which crystals are called its nearest.

    Parameters
    ----------
    names, types : sequence of str, length n
        Of each crystal, such as "halite NaCl"; names must differ.
    representations : mapping of name to array_like, shape (n, width)
    queries : sequence of str
        Names of the crystals that can be chosen.
    k : int
        Neighbors to show.
    """
    found = {name: _neighbors(rows, [list(names).index(q) for q in queries], k) for name, rows in
             representations.items()}  # fmt: skip
    return Explorer(
        partial(search_figure, list(names), list(types), found, list(queries)),
        crystal=Choice(list(queries), _("Crystal")),
        representation=Choice(list(found), _("Described by")),
    )


def search_figure(
    names: Sequence[str],
    types: Sequence[str],
    found: Mapping[str, tuple[NDArray[np.int64], Array]],
    queries: Sequence[str],
    *,
    crystal: str,
    representation: str,
) -> go.Figure:
    """Draw the nearest crystals as bars, the nearest at the top, those of the same type in another color."""
    rows, distances = (part[list(queries).index(crystal)] for part in found[representation])
    own = types[list(names).index(crystal)]
    same = np.array([types[row] == own for row in rows])
    fig = go.Figure()
    shown = [f"{names[row]} · {types[row]}" for row in rows]
    colors = [COLORS[0] if hit else COLORS[6] for hit in same]
    marks = [_("same type") if hit else "" for hit in same]
    fig.add_bar(
        y=shown, x=distances.round(3), orientation="h", marker_color=colors, text=marks,
        textposition="auto", showlegend=False, name=_("distance"),
    )  # fmt: skip
    label(
        fig,
        title=_("{crystal} · {own}: {hits} of {k} are of its type").format(
            crystal=crystal, own=own, hits=int(same.sum()), k=len(rows)
        ),
        alt=_(
            "The {k} crystals nearest to {crystal} by {representation}: {names}. {hits} of them are of the "
            "same type, {own}."
        ).format(
            k=len(rows), crystal=crystal, representation=representation, hits=int(same.sum()), own=own,
            names=", ".join(names[row] for row in rows),
        ),
        x=_("Distance over the median distance of two crystals (no unit)"),
    )  # fmt: skip
    fig.update_yaxes(autorange="reversed", tickfont_size=11)
    fig.update_layout(height=420)
    return fig


def _neighbors(
    vectors: ArrayLike, queries: Sequence[int], k: int
) -> tuple[NDArray[np.int64], Array]:
    """Give the k nearest rows of some rows and their distances, over the median distance of two rows."""
    rows = np.asarray(vectors, dtype=float)
    away = np.linalg.norm(rows[list(queries)][:, None] - rows, axis=2)
    typical = np.median(np.linalg.norm(rows[:-1] - rows[1:], axis=1))
    away[np.arange(len(queries)), queries] = np.inf
    order = np.argsort(away, axis=1)[:, :k]
    return order, np.take_along_axis(away, order, axis=1) / typical


def lines(
    x: ArrayLike,
    curves: Mapping[str, ArrayLike],
    *,
    x_title: str,
    y_title: str,
    alt: str,
    log_x: bool = False,
) -> go.Figure:
    """Draw the mean and the spread (standard deviation) of some curves.

    Parameters
    ----------
    x : array_like, shape (n,)
    curves : mapping of name to array_like, shape (n_repeats, n)
    x_title, y_title, alt : str
        Titles of the axes with their units, and what the figure shows.
    log_x : bool
        Draw the x axis in decades.
    """
    fig = go.Figure()
    dashes = ("solid", "dash", "dot", "dashdot")
    for number, (name, values) in enumerate(curves.items()):
        rows = np.asarray(values, dtype=float)
        fig.add_scatter(
            x=np.asarray(x), y=rows.mean(axis=0).round(4), mode="lines+markers", name=name,
            error_y={"array": rows.std(axis=0).round(4), "thickness": 1},
            line={"color": COLORS[number % 7], "dash": dashes[number // 7 * 1 + number % 2]},
        )  # fmt: skip
    if log_x:
        fig.update_xaxes(type="log")
    fig.update_layout(height=460)
    return label(fig, x=x_title, y=y_title, alt=alt)
