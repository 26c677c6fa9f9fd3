"""Figures of notebook 10: lines, what a patch attends to, and what happens at another period."""

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
import plotly.graph_objects as go
from numpy.typing import ArrayLike, NDArray
from plotly.subplots import make_subplots

from matnn_lab.arrays import as_floats, check_same_shape, marks, number_rows, real_numbers
from matnn_lab.figures import COLORS, label, line_styles
from matnn_lab.text import gettext as _
from matnn_lab.widgets import Choice, Explorer, Slider

Array = NDArray[np.float64]


def attention_explorer(
    signal: ArrayLike, maps: Mapping[str, ArrayLike], hidden: ArrayLike
) -> Explorer:
    """Choose a patch that asks and a head, and see which patches it listens to.

    Parameters
    ----------
    signal : array_like, shape (length,)
        The computed signal under noise.
    maps : mapping of name to array_like, shape (n_patches, n_patches)
        Weights of attention; a row for each patch that asks.
    hidden : array_like of bool, shape (n_patches,)
        Patches that the network could not see.

    Raises
    ------
    ValueError
        If the signal is no row of numbers that the patches fill, or a map has another shape.
    """
    asked, values = marks(hidden, "marks of hidden patches"), real_numbers(signal, "signals")
    n = len(asked) if asked.ndim == 1 else 0
    found = {name: number_rows(each, "weights", n or None) for name, each in maps.items()}
    fit = n and values.ndim == 1 and len(values) and len(values) % n == 0
    if not fit or any(each.shape != (n, n) for each in found.values()):
        raise ValueError(
            _(
                "A signal of shape {signal}, marks of shape {hidden} and maps of shapes {maps} were given; "
                "give one signal that its patches fill, and a weight for each pair of them."
            ).format(
                signal=values.shape,
                hidden=asked.shape,
                maps=", ".join(str(each.shape) for each in found.values()),
            )
        )
    places = list(range(0, n, 3))
    middle = np.flatnonzero(asked).mean() if asked.any() else n / 2
    start = min(places, key=lambda place: abs(place - middle))
    return Explorer(
        partial(attention_figure, values, found, asked),
        place=Slider(places, _("Patch that asks"), default=start),
        head=Choice(list(found), _("Block and head")),
    )


def attention_figure(
    signal: Array, maps: Mapping[str, Array], hidden: NDArray[np.bool_], *, place: int, head: str
) -> go.Figure:
    """Draw the signal above, and below it what one patch takes from each other one."""
    weights, width = maps[head][place], len(signal) // len(hidden)
    middle = width * (np.arange(len(hidden)) + 0.5)
    fig = make_subplots(rows=2, shared_xaxes=True, vertical_spacing=0.08)
    seen = np.where(np.repeat(hidden, width), np.nan, signal)
    for part in _pieces(seen):
        fig.add_scatter(
            x=np.arange(len(signal))[part], y=seen[part], mode="lines",
            line_color=COLORS[6], name=_("computed, under noise"), showlegend=False,
        )  # fmt: skip
    fig.add_bar(
        x=middle, y=weights, width=0.85 * width, marker_color=COLORS[0], showlegend=False,
        name=_("weight"), row=2, col=1,
    )  # fmt: skip
    fig.add_vline(x=float(middle[place]), line_color=COLORS[1], line_dash="dash")
    best = int(weights.argmax())
    label(
        fig,
        title=_("patch {place} asks, patch {best} is heard most ({share:.0%})").format(
            place=place, best=best, share=weights[best]
        ),
        alt=_(
            "Above: a computed signal under noise, {n} values with a gap where {hidden} patches were hidden. "
            "Below: in {head}, patch {place} takes most from patch {best}, with a weight of {share:.2f}."
        ).format(
            n=len(signal), hidden=int(hidden.sum()), head=head, place=place, best=best,
            share=weights[best],
        ),
    )  # fmt: skip
    fig.update_layout(height=460)
    fig.update_xaxes(title_text=_("Sample of the signal (no unit)"), row=2, col=1)
    fig.update_yaxes(title_text=_("Voltage (σ)"), row=1, col=1)
    fig.update_yaxes(title_text=_("Weight"), range=[0, 1], row=2, col=1)
    return fig


def lines(at: ArrayLike, series: Mapping[str, ArrayLike], *, x: str, y: str, alt: str) -> go.Figure:
    """Draw lines over a common axis, the first one on top.

    Parameters
    ----------
    at : array_like, shape (n,)
    series : mapping of name to array_like of the same shape
    x, y, alt : str
        Titles of the axes with their units, and what the figure shows.
    """
    fig, axis = go.Figure(), _shown(at) if hasattr(at, "detach") else np.asarray(at)
    for place, (name, values) in reversed(list(enumerate(series.items()))):
        known = _shown(values)
        check_same_shape((axis, known), "axis and values")
        fig.add_scatter(
            x=axis, y=np.round(known, 4), mode="lines", name=name,
            line_color=COLORS[place % len(COLORS)],
        )  # fmt: skip
    fig.update_layout(legend_traceorder="reversed")
    return label(fig, x=x, y=y, alt=alt)


def attention_map(weights: ArrayLike, *, x: str, y: str, alt: str) -> go.Figure:
    """Draw the weights of attention as a picture, the place that asks downwards.

    Parameters
    ----------
    weights : array_like, shape (n, n)
        A row for each place that asks.
    x, y, alt : str
        As in `lines`.
    """
    shown = np.round(number_rows(weights, "weights"), 3)
    fig = go.Figure(go.Heatmap(z=shown, colorscale="Cividis", colorbar_title=_("Weight")))
    fig.update_yaxes(autorange="reversed", scaleanchor="x", constrain="domain")
    fig.update_xaxes(constrain="domain")
    fig.update_layout(height=460)
    return label(fig, x=x, y=y, alt=alt)


def _shown(values: ArrayLike) -> Array:
    """Return numbers to draw; where one is NaN, the line has a gap."""
    return as_floats(values, _("values"), _("The {name} are no numbers; give real numbers."))


def _pieces(values: Array) -> list[slice]:
    """Give the stretches without a gap."""
    known = np.isfinite(values).astype(int)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], known, [0]])))
    return [slice(a, b) for a, b in edges.reshape(-1, 2)]


def period_explorer(
    clean: ArrayLike, restored: Mapping[str, ArrayLike], periods: Sequence[int], gap: slice
) -> Explorer:
    """Change the period of the field and see which network still restores the hidden cycle.

    Parameters
    ----------
    clean : array_like, shape (n_periods, n_specimens, length)
    restored : mapping of name to array_like of the same shape
    periods : sequence of int
        Samples in a cycle, one for each row.
    gap : slice
        Where the signal was hidden.

    Raises
    ------
    ValueError
        If the signals have other shapes, or nothing was hidden.
    """
    truth = real_numbers(clean, "clean signals")
    if truth.ndim != 3 or len(truth) != len(periods) or not truth[..., gap].size:
        raise ValueError(
            _(
                "Clean signals of shape {shape}, {n} periods and a gap of {gap} were given; give (n_periods, "
                "n_specimens, length), and a gap within the length."
            ).format(shape=truth.shape, n=len(periods), gap=gap)
        )
    answers = {name: real_numbers(values, "restored signals") for name, values in restored.items()}
    for answer in answers.values():
        check_same_shape((truth, answer), "clean and restored signals")
    return Explorer(
        partial(period_figure, truth, answers, list(periods), gap),
        period=Slider(
            list(periods), _("Samples in one cycle"), default=periods[min(1, len(periods) - 1)]
        ),
        specimen=Slider(list(range(1, truth.shape[1] + 1)), _("Specimen"), default=1),
    )


def period_figure(
    clean: Array,
    restored: Mapping[str, Array],
    periods: Sequence[int],
    gap: slice,
    *,
    period: int,
    specimen: int,
) -> go.Figure:
    """Draw the hidden stretch and what each network puts there."""
    row, time = list(periods).index(period), np.arange(clean.shape[2])
    truth = clean[row, specimen - 1]
    fig = go.Figure()
    fig.add_scatter(
        x=time[gap], y=truth[gap], mode="lines", name=_("true"),
        line={"color": COLORS[6], "width": 5},
    )  # fmt: skip
    errors = []
    for (name, values), line in zip(restored.items(), line_styles(len(restored)), strict=True):
        answer = values[row, specimen - 1]
        errors.append((name, float(np.sqrt(np.mean((answer - truth)[gap] ** 2)))))
        fig.add_scatter(x=time[gap], y=answer[gap], mode="lines", name=name, line=line)
    told = "; ".join(f"{name}: {error:.2f}" for name, error in errors)
    label(
        fig,
        title=_("Root mean square error (σ)<br><sup>{told}</sup>").format(told=told),
        alt=_(
            "The hidden stretch of specimen {specimen} with {period} samples in a cycle, the true signal and "
            "what each network restores. Root mean square errors: {told}."
        ).format(specimen=specimen, period=period, told=told),
        x=_("Sample of the signal (no unit)"),
        y=_("Voltage (σ)"),
    )
    fig.update_yaxes(range=[-2.5, 5.5])
    fig.update_layout(height=420)
    return fig
