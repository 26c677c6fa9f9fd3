"""Explorers of notebook 01: one neuron, a layer bent to a curve, the shapes of random networks."""

import math
from collections.abc import Callable
from statistics import NormalDist

import numpy as np
import plotly.graph_objects as go
from numpy.typing import ArrayLike, NDArray

from matnn_lab.figures import label
from matnn_lab.models.activations import ACTIVATIONS
from matnn_lab.text import gettext as _
from matnn_lab.widgets import Choice, Explorer, Slider

Array = NDArray[np.float64]

GAS_CONSTANT = 8.314462618  # J/(mol K)
EINSTEIN_TEMPERATURE = 1320.0  # K, of diamond (Einstein 1907, doi:10.1002/andp.19063270110)
INPUTS = np.linspace(-3, 3, 61)
# the middles of 1000 equally likely parts of a standard normal distribution: a sample without luck
QUANTILES = np.array([NormalDist().inv_cdf((i + 0.5) / 1000) for i in range(1000)])
FLAT = 0.01


def neuron_explorer() -> Explorer:
    """Choose φ, the weight and the bias of one neuron; see its output and its slope."""
    return Explorer(
        neuron_figure,
        activation=Choice(list(ACTIVATIONS), _("Activation φ")),
        weight=Slider([-4.0, -1.0, 0.25, 1.0, 2.0, 4.0], _("Weight w"), default=1.0),
        bias=Slider([-4.0, -2.0, 0.0, 2.0, 4.0], _("Bias b"), default=0.0),
    )


def neuron_figure(*, activation: str, weight: float, bias: float) -> go.Figure:
    """Draw h = φ(wx + b) and dh/dx of one neuron, with the share of inputs to which it is flat.

    The share is that of standard normal inputs at which |φ′(wx + b)| is below 0.01.
    """
    value, slope = ACTIVATIONS[activation]
    z = weight * INPUTS + bias
    flat = np.mean(np.abs(slope(weight * QUANTILES + bias)) < FLAT)
    fig = two_panels(
        [{"x": INPUTS, "y": value(z), "name": _("output h")}],
        [{"x": INPUTS, "y": weight * slope(z), "name": _("slope dh/dx")}],
        xaxis={"title": {"text": _("Input x")}, "range": [-3, 3]},
        yaxis={"title": {"text": _("Output h")}, "range": [-2, 8]},
        yaxis2={"title": {"text": _("Slope dh/dx")}, "range": [-4.8, 4.8]},
    )
    label(
        fig,
        title=_("{activation}, bend at x = {bend:g}: flat for {flat:.0%} of the inputs").format(
            activation=activation, bend=0.0 - bias / weight, flat=flat
        ),
        alt=_(
            "Left: the output of one neuron, {activation} of {weight:g} x plus {bias:g}, against its "
            "input x. Right: the slope of that curve. For {flat:.0%} of standard normal inputs the "
            "activation is flat."
        ).format(activation=activation, weight=weight, bias=bias, flat=flat),
    )
    return fig


def two_panels(
    left: list[dict], right: list[dict], *, xaxis: dict, yaxis: dict, yaxis2: dict
) -> go.Figure:
    """Draw lines in two panels with one kind of x axis, in one call because baking draws hundreds."""
    right = [trace | {"xaxis": "x2", "yaxis": "y2"} for trace in right]
    layout = {
        "xaxis": xaxis | {"domain": [0, 0.46]},
        "xaxis2": xaxis | {"domain": [0.6, 1], "anchor": "y2"},
        "yaxis": yaxis,
        "yaxis2": yaxis2 | {"anchor": "x2"},
        "showlegend": False,
        "height": 400,
    }
    traces = [{"type": "scatter", "mode": "lines"} | trace for trace in left + right]
    return go.Figure({"data": traces, "layout": layout})


def heat_capacity(temperature: ArrayLike) -> Array:
    """Return Einstein's molar heat capacity of diamond in J/(mol K) at temperatures in K."""
    x = EINSTEIN_TEMPERATURE / np.asarray(temperature)
    return 3 * GAS_CONSTANT * x**2 * np.exp(x) / np.expm1(x) ** 2


def bond_energy(r: ArrayLike) -> Array:
    """Return the Lennard-Jones energy 4(r⁻¹² − r⁻⁶) in reduced units."""
    r = np.asarray(r)
    return 4 * (r**-12 - r**-6)


def melting(temperature: ArrayLike) -> Array:
    """Return a toy enthalpy in kJ/mol that jumps by 10 kJ/mol at a melting point of 900 K."""
    temperature = np.asarray(temperature)
    return 0.03 * (temperature - 300) + 10.0 * (temperature > 900)


CURVES = {
    "heat capacity": (heat_capacity, 100.0, 1300.0),
    "bond": (bond_energy, 0.97, 2.5),
    "melting": (melting, 300.0, 1500.0),
}


def units(x: ArrayLike, curve: str, activation: str, count: int, sharpness: float) -> Array:
    """Return the outputs of a hidden layer whose units sit at even distances along a curve.

    Unit k is φ(s (x − t_k) / d): its place t_k = left end + k d, the distance d of two places, and
    the sharpness s, so that the weight of each unit is s/d and its bias −s t_k/d.

    Parameters
    ----------
    x : array_like of float, shape (n,)
    curve, activation : str
        Keys of ``CURVES`` and ``ACTIVATIONS``.
    count : int
    sharpness : float

    Returns
    -------
    ndarray, shape (n, count)
    """
    _function, left, right = CURVES[curve]
    distance = (right - left) / count
    places = left + distance * np.arange(count)
    z = sharpness * np.subtract.outer(np.asarray(x, dtype=float), places) / distance
    return ACTIVATIONS[activation][0](z)


def bent_network(
    curve: str, activation: str, count: int, sharpness: float
) -> Callable[[ArrayLike], Array]:
    """Return the network whose output weights fit a curve best (least squares on 241 points)."""
    function, left, right = CURVES[curve]
    x = np.linspace(left, right, 241)

    def inputs(x: ArrayLike) -> Array:
        hidden = units(x, curve, activation, count, sharpness)
        return np.column_stack([np.ones(len(hidden)), hidden])

    weights = np.linalg.lstsq(inputs(x), function(x), rcond=1e-8)[0]
    return lambda x: inputs(x) @ weights


def bend_explorer() -> Explorer:
    """Choose the number of units, their sharpness and φ of one hidden layer that fits a curve."""
    return Explorer(
        bend_figure,
        curve=Choice(
            {
                _("heat capacity (Einstein)"): "heat capacity",
                _("bond (Lennard-Jones)"): "bond",
                _("melting (toy)"): "melting",
            },
            _("Curve"),
        ),
        activation=Choice(["ReLU", "GELU", "tanh"], _("Activation φ")),
        count=Slider([1, 2, 4, 8, 16], _("Hidden units"), default=2),
        sharpness=Slider([0.3, 1.0, 3.0, 10.0], _("Sharpness (weight)"), default=1.0),
    )


def bend_figure(*, curve: str, activation: str, count: int, sharpness: float) -> go.Figure:
    """Draw a curve, the network that was fitted to it, and the difference of the two."""
    function, left, right = CURVES[curve]
    axes = {
        "heat capacity": (_("Temperature (K)"), _("Heat capacity (J/(mol K))"), "J/(mol K)"),
        "bond": (_("Distance r (reduced units)"), _("Energy (reduced units)"), _("reduced units")),
        "melting": (_("Temperature (K)"), _("Enthalpy (kJ/mol)"), "kJ/mol"),
    }
    x_title, y_title, unit = axes[curve]
    x = np.linspace(left, right, 61)
    network = bent_network(curve, activation, count, sharpness)
    fine = np.linspace(left, right, 241)
    rmse = np.sqrt(np.mean((network(fine) - function(fine)) ** 2))
    fig = two_panels(
        [
            {
                "x": x,
                "y": function(x),
                "name": _("curve"),
                "line": {"color": "#8C8C8C", "width": 4},
            },
            {"x": x, "y": network(x), "name": _("network")},
        ],
        [{"x": x, "y": network(x) - function(x), "name": _("network − curve")}],
        xaxis={"title": {"text": x_title}},
        yaxis={"title": {"text": y_title}},
        yaxis2={"title": {"text": _("Network − curve ({unit})").format(unit=unit)}},
    )
    label(
        fig,
        title=_("{activation}, hidden units: {count}, RMSE {rmse:.2g} {unit}").format(
            activation=activation, count=count, rmse=rmse, unit=unit
        ),
        alt=_(
            "Left: a curve, in grey, and the best network with {count} {activation} units of sharpness "
            "{sharpness:g}. Right: network minus curve. The root-mean-square error is {rmse:.2g} {unit}."
        ).format(count=count, activation=activation, sharpness=sharpness, rmse=rmse, unit=unit),
    )
    return fig


def shape_explorer() -> Explorer:
    """Choose width, depth, φ and the size of the weights of random networks of one input."""
    return Explorer(
        shape_figure,
        activation=Choice({_("none"): "none", "ReLU": "ReLU", "tanh": "tanh"}, _("Activation φ")),
        width=Slider([1, 4, 16, 64], _("Width"), default=4),
        depth=Slider([1, 2, 4, 8, 16], _("Depth (hidden layers)"), default=1),
        gain=Slider([0.5, 1.0, 2.0], _("Weights, times √(2/d_in)"), default=1.0),
    )


def random_network(
    x: Array, *, activation: str, width: int, depth: int, gain: float, draw: int
) -> tuple[Array, int]:
    """Return the output of a random network at each x, and its number of patterns along x.

    Weights have the variance gain² · 2/d_in, biases the standard deviation 0.5. A pattern says which
    units have z > 0; with ReLU, every pattern in a row along x is one straight piece.
    """
    rng, h, changed = np.random.default_rng(draw), x[:, None], np.zeros(len(x) - 1, dtype=bool)
    for _layer in range(depth):
        weight = rng.normal(size=(width, h.shape[1])) * gain * math.sqrt(2 / h.shape[1])
        z = h @ weight.T + rng.normal(scale=0.5, size=width)
        changed |= ((z[1:] > 0) != (z[:-1] > 0)).any(axis=1)
        h = z if activation == "none" else ACTIVATIONS[activation][0](z)
    return h @ (rng.normal(size=width) * gain * math.sqrt(2 / width)), 1 + int(changed.sum())


def shape_figure(*, activation: str, width: int, depth: int, gain: float) -> go.Figure:
    """Draw two random networks of one input against that input."""
    fine = np.linspace(-2, 2, 1201)
    traces, pieces = [], []
    for draw in (1, 2):
        output, patterns = random_network(
            fine, activation=activation, width=width, depth=depth, gain=gain, draw=draw
        )
        pieces.append(patterns)
        name = _("random draw {draw}").format(draw=draw)
        traces.append(
            {"type": "scatter", "mode": "lines", "x": fine[::10], "y": output[::10], "name": name}
        )
    fig = go.Figure({"data": traces, "layout": {"height": 400}})
    outcomes = {
        "none": _("straight lines"),
        "ReLU": _("{first} and {second} straight pieces").format(first=pieces[0], second=pieces[1]),
        "tanh": _("curves without a kink"),
    }
    label(
        fig,
        title=_("Width {width}, depth {depth}: {outcome}").format(
            width=width, depth=depth, outcome=outcomes[activation]
        ),
        alt=_(
            "The outputs of two random networks with {depth} hidden layers of {width} units against "
            "their input, with weights {gain:g} times as large as in He's rule, are {outcome}."
        ).format(depth=depth, width=width, gain=gain, outcome=outcomes[activation]),
        x=_("Input x"),
        y=_("Output"),
    )
    return fig
