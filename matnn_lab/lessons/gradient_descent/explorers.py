"""Explorers of notebook 03: step length on a curve, optimizers in a valley, mini-batch noise.

Each explorer is made from the electronegativity differences and measured formation enthalpies of the
alkali halides, which the notebook selects.
"""

from collections.abc import Callable
from functools import partial

import numpy as np
import plotly.graph_objects as go
from numpy.typing import ArrayLike, NDArray
from plotly.subplots import make_subplots

from matnn_lab.figures import COLORS, label
from matnn_lab.text import gettext as _
from matnn_lab.training.optimizers import SGD, Adam, Momentum
from matnn_lab.widgets import Choice, Explorer, Slider
from matnn_lab.widgets.controls import Control

Array = NDArray[np.float64]

CURVE_STEPS, VALLEY_STEPS, BATCH_STEPS = 30, 100, 120
OPTIMIZERS = {"SGD": SGD, "momentum": Momentum, "Adam": Adam}
STARTS = {"A": (0.0, 0.0), "B": (-2.0, 0.0), "C": (-1.0, 3.0)}
OUT_OF_SIGHT = 1e3
GRAY = [[0, COLORS[-1]], [1, COLORS[-1]]]


def learning_rate_explorer(delta_chi: ArrayLike, enthalpy: ArrayLike) -> Explorer:
    """Choose the learning rate and the start of gradient descent on a loss of one parameter.

    Parameters
    ----------
    delta_chi, enthalpy : array_like of float, shape (n,)
        Electronegativity differences (Pauling scale) and formation enthalpies (eV/atom).
    """
    return _explorer(
        learning_rate_figure,
        (delta_chi, enthalpy),
        eta=Slider(
            [0.005, 0.01, 0.02, 0.04, 0.08, 0.12, 0.16, 0.17, 0.18, 0.2],
            _("Learning rate η"),
            default=0.04,
        ),
        start=Slider([-2.0, -1.5, 0.0, 0.5], _("Start"), default=0.0),
        curve=Choice({_("alkali halides"): "bowl", _("two wells (toy)"): "wells"}, _("Loss")),
    )


def _explorer(
    render: Callable[..., go.Figure], data: tuple[ArrayLike, ArrayLike], **controls: Control
) -> Explorer:
    return Explorer(partial(render, *map(np.asarray, data)), **controls)


def learning_rate_figure(
    delta_chi: Array, enthalpy: Array, *, eta: float, start: float, curve: str
) -> go.Figure:
    """Draw 30 steps of gradient descent on a curve, and the loss after each step.

    ``curve`` is ``"bowl"``, the mean squared error of ``enthalpy ≈ w · delta_chi``, or ``"wells"``.
    """
    if curve == "bowl":
        grid = np.linspace(-2.6, 0.7, 90)
        loss, slope = partial(bowl, delta_chi, enthalpy), partial(bowl_slope, delta_chi, enthalpy)
        x, y, y_range = _("w (eV/atom)"), _("L(w) in (eV/atom)²"), [-1, 18]
        shape = _("a loss shaped as one bowl")
    else:
        grid = np.linspace(-2.2, 2.2, 90)
        loss, slope = two_wells, two_wells_slope
        x, y, y_range = "θ", "L(θ)", [-0.8, 9]
        shape = _("a loss with two wells")
    path = descend(start, slope, eta)
    losses = loss(path)
    inside = np.cumprod((path >= grid[0]) & (path <= grid[-1])).astype(bool)
    outcome = describe_descent(path, losses)

    fig = make_subplots(cols=2, column_widths=[0.58, 0.42], horizontal_spacing=0.17)
    fig.add_scatter(x=grid, y=loss(grid), mode="lines", name=_("loss"))
    fig.add_scatter(x=path[inside], y=losses[inside], mode="lines+markers", name=_("steps"))
    fig.add_scatter(
        x=np.arange(len(path)),
        y=np.minimum(losses, OUT_OF_SIGHT),
        mode="lines+markers",
        name=_("loss after each step"),
        row=1,
        col=2,
    )
    label(
        fig,
        title=_("η = {eta:g}: {outcome}").format(eta=eta, outcome=outcome),
        alt=_(
            "Left: {curve} and the steps of gradient descent on it from {start:g} with a learning "
            "rate of {eta:g}. Right: the loss after each step. Outcome: {outcome}."
        ).format(curve=shape, start=start, eta=eta, outcome=outcome),
    )
    fig.update_layout(showlegend=False, height=400)
    fig.update_xaxes(title_text=x, range=[grid[0], grid[-1]], row=1, col=1)
    fig.update_yaxes(title_text=y, range=y_range, row=1, col=1)
    fig.update_xaxes(title_text=_("Step"), range=[-1, CURVE_STEPS + 1], row=1, col=2)
    fig.update_yaxes(title_text=y, range=y_range, row=1, col=2)
    if curve == "bowl":
        fig.update_yaxes(type="log", dtick=1, exponentformat="power", range=[-2.3, 3], row=1, col=2)
    return fig


def bowl(delta_chi: Array, enthalpy: Array, w: ArrayLike) -> Array:
    """Return the mean squared error of ``enthalpy ≈ w · delta_chi`` for each ``w``."""
    return np.mean((np.multiply.outer(w, delta_chi) - enthalpy) ** 2, axis=-1)


def bowl_slope(delta_chi: Array, enthalpy: Array, w: float) -> float:
    """Return the derivative of :func:`bowl` at one ``w``."""
    return float(2 * np.mean((w * delta_chi - enthalpy) * delta_chi))


def two_wells(theta: ArrayLike) -> Array:
    """Return (θ² − 1)² + 0.3 θ, a curve with two wells of which the left one is deeper."""
    theta = np.asarray(theta)
    return (theta**2 - 1) ** 2 + 0.3 * theta


def two_wells_slope(theta: float) -> float:
    """Return the derivative of :func:`two_wells`."""
    return 4 * theta * (theta**2 - 1) + 0.3


def descend(start: float, slope: Callable[[float], float], eta: float) -> Array:
    """Return the points of gradient descent, the start included, until 30 steps or out of sight."""
    path = [start]
    while len(path) <= CURVE_STEPS and abs(path[-1]) < OUT_OF_SIGHT:
        path.append(path[-1] - eta * slope(path[-1]))
    return np.array(path)


def describe_descent(path: Array, losses: Array) -> str:
    """Say in words how a descent on a curve ended."""
    moves = np.diff(path[-5:])
    if losses[-1] > losses[0]:
        return _("each step overshoots by more, the descent diverges")
    if np.abs(moves).max() < 5e-3:
        settled = f"{path[-1]:.2f}".replace("-", "\N{MINUS SIGN}")
        return _("it settles at {theta}").format(theta=settled)
    if (moves[1:] * moves[:-1] < 0).all():
        return _("it still swings from side to side after {n} steps").format(n=len(path) - 1)
    return _("it is still on its way after {n} steps").format(n=len(path) - 1)


def path_explorer(delta_chi: ArrayLike, enthalpy: ArrayLike) -> Explorer:
    """Choose optimizer, learning rate and start in the long valley of a loss of two parameters.

    The data are those of :func:`learning_rate_explorer`.
    """
    return _explorer(
        path_figure,
        (delta_chi, enthalpy),
        optimizer=Choice(
            {_("SGD"): "SGD", _("momentum, μ = 0.9"): "momentum", _("Adam"): "Adam"},
            _("Optimiser"),
        ),
        eta=Slider(
            [0.001, 0.003, 0.01, 0.03, 0.1, 0.14, 0.15, 0.155, 0.25, 0.3],
            _("Learning rate η"),
            default=0.03,
        ),
        start=Choice({"w = 0, b = 0": "A", "w = −2, b = 0": "B", "w = −1, b = 3": "C"}, _("Start")),
    )


def path_figure(
    delta_chi: Array, enthalpy: Array, *, optimizer: str, eta: float, start: str
) -> go.Figure:
    """Draw 100 steps of an optimizer on the loss of ``enthalpy ≈ w · delta_chi + b``."""
    inputs = np.column_stack([delta_chi, np.ones_like(delta_chi)])
    best = np.linalg.lstsq(inputs, enthalpy, rcond=None)[0]
    lowest = np.mean((inputs @ best - enthalpy) ** 2)
    theta, walker = np.array(STARTS[start]), OPTIMIZERS[optimizer](eta)
    path = [theta]
    while len(path) <= VALLEY_STEPS and np.abs(path[-1]).max() < OUT_OF_SIGHT:
        gradient = 2 * inputs.T @ (inputs @ path[-1] - enthalpy) / len(enthalpy)
        path.append(walker.step(path[-1], gradient))
    path = np.array(path)
    losses = np.mean((path @ inputs.T - enthalpy) ** 2, axis=1)
    w, b = np.linspace(-3.2, 1.2, 45), np.linspace(-1.2, 4.2, 45)
    grid = np.stack(np.meshgrid(w, b), axis=-1)
    surface = np.log10(np.mean((grid @ inputs.T - enthalpy) ** 2, axis=-1))
    inside = np.cumprod(
        (path[:, 0] >= w[0]) & (path[:, 0] <= w[-1]) & (path[:, 1] >= b[0]) & (path[:, 1] <= b[-1])
    ).astype(bool)
    excess = losses[-1] / lowest - 1
    outcome = (
        _("the loss grows, the descent diverges")
        if losses[-1] > losses[0]
        else _("after {n} steps the loss is {excess:.1%} above the lowest").format(
            n=len(path) - 1, excess=excess
        )
    )

    fig = make_subplots(cols=2, column_widths=[0.58, 0.42], horizontal_spacing=0.17)
    fig.add_contour(
        x=w, y=b, z=surface, contours_coloring="lines", line_width=1, colorscale=GRAY, ncontours=14,
        showscale=False, name=_("loss"), hoverinfo="skip",
    )  # fmt: skip
    fig.add_scatter(
        x=path[inside, 0], y=path[inside, 1], mode="lines+markers", name=_("path"),
        marker_size=5,
    )  # fmt: skip
    fig.add_scatter(
        x=best[:1], y=best[1:], mode="markers", name=_("lowest point"),
        marker={"symbol": "star", "size": 13},
    )  # fmt: skip
    fig.add_scatter(
        x=np.arange(len(path)),
        y=np.clip(losses - lowest, 1e-7, OUT_OF_SIGHT),
        mode="lines",
        name=_("loss above the lowest"),
        row=1,
        col=2,
    )
    names = {"SGD": _("SGD"), "momentum": _("Momentum"), "Adam": _("Adam")}
    label(
        fig,
        title=_("{optimizer}, η = {eta:g}: {outcome}").format(
            optimizer=names[optimizer], eta=eta, outcome=outcome
        ),
        alt=_(
            "Left: the path of {optimizer} with a learning rate of {eta:g} from w = {w:g}, b = {b:g} over "
            "a long narrow valley of the loss. Right: how far the loss is above its lowest value "
            "after each step. Outcome: {outcome}."
        ).format(optimizer=names[optimizer], eta=eta, w=theta[0], b=theta[1], outcome=outcome),
    )
    fig.update_layout(showlegend=False, height=420)
    fig.update_xaxes(title_text=_("w (eV/atom)"), range=[w[0], w[-1]], row=1, col=1)
    fig.update_yaxes(title_text=_("b (eV/atom)"), range=[b[0], b[-1]], row=1, col=1)
    fig.update_xaxes(title_text=_("Step"), range=[-2, VALLEY_STEPS + 2], row=1, col=2)
    fig.update_yaxes(
        title_text=_("L − lowest L in (eV/atom)²"), type="log", dtick=1, exponentformat="power",
        range=[-7.2, 3], row=1, col=2,
    )  # fmt: skip
    return fig


def batch_explorer(delta_chi: ArrayLike, enthalpy: ArrayLike) -> Explorer:
    """Choose the batch size and the learning rate of stochastic gradient descent.

    The data are those of :func:`learning_rate_explorer`.
    """
    return _explorer(
        batch_figure,
        (delta_chi, enthalpy),
        batch_size=Slider([1, 2, 5, 10, 20], _("Batch size B"), default=1),
        eta=Slider([0.01, 0.03, 0.1, 0.3], _("Learning rate η"), default=0.1),
        draw=Choice([1, 2, 3], _("Random draw")),
    )


def batch_figure(
    delta_chi: Array, enthalpy: Array, *, batch_size: int, eta: float, draw: int
) -> go.Figure:
    """Draw 120 steps of SGD on mini-batches, with the inputs standardized so that the bowl is round."""
    z = (delta_chi - delta_chi.mean()) / delta_chi.std()
    inputs = np.column_stack([z, np.ones_like(z)])
    best = inputs.T @ enthalpy / len(z)
    rng, walker = np.random.default_rng(draw), SGD(eta)
    path = [np.zeros(2)]
    for _step in range(BATCH_STEPS):
        rows = rng.choice(len(z), batch_size, replace=False)
        error = inputs[rows] @ path[-1] - enthalpy[rows]
        path.append(walker.step(path[-1], 2 * inputs[rows].T @ error / batch_size))
    path = np.array(path)
    distance = np.linalg.norm(path - best, axis=1)
    floor = np.sqrt(np.mean(distance[BATCH_STEPS // 2 :] ** 2))

    fig = make_subplots(cols=2, column_widths=[0.5, 0.5], horizontal_spacing=0.17)
    fig.add_scatter(
        x=path[:, 0], y=path[:, 1], mode="lines+markers", name=_("path"), marker_size=4,
        line_width=1,
    )  # fmt: skip
    fig.add_scatter(
        x=best[:1], y=best[1:], mode="markers", name=_("lowest point"),
        marker={"symbol": "star", "size": 13},
    )  # fmt: skip
    fig.add_scatter(
        x=np.arange(len(path)), y=np.maximum(distance, 1e-4), mode="lines",
        name=_("distance from the lowest point"), row=1, col=2,
    )  # fmt: skip
    label(
        fig,
        title=_("B = {size}, η = {eta:g}: {floor:.2g} eV/atom from the lowest point").format(
            size=batch_size, eta=eta, floor=floor
        ),
        alt=_(
            "Left: the path of stochastic gradient descent with {size} compounds a step (random draw "
            "{draw}) and a learning rate of {eta:g}. Right: its distance from the lowest point after each "
            "step; over the last 60 steps it is {floor:.2g} eV/atom (root mean square)."
        ).format(size=batch_size, draw=draw, eta=eta, floor=floor),
    )
    fig.update_layout(showlegend=False, height=400)
    fig.update_xaxes(title_text=_("w (eV/atom)"), range=[-1.1, 0.8], row=1, col=1)
    fig.update_yaxes(title_text=_("b (eV/atom)"), range=[-2.9, 0.2], row=1, col=1)
    fig.update_xaxes(title_text=_("Step"), range=[-2, BATCH_STEPS + 2], row=1, col=2)
    fig.update_yaxes(
        title_text=_("Distance (eV/atom)"), type="log", dtick=1, exponentformat="power", range=[-4.1, 0.7],
        row=1, col=2,
    )  # fmt: skip
    return fig
