"""Explorers of notebook 04: flexible polynomials, weight decay on them, training curves of networks.

The polynomials are fitted to the measured formation enthalpies of one binary system, which the notebook
selects; the training curves are those of the networks that it has trained.
"""

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import ArrayLike, NDArray
from plotly.subplots import make_subplots

from matnn_lab.figures import COLORS, label, line_styles
from matnn_lab.text import gettext as _
from matnn_lab.widgets import Choice, Explorer, Slider

Array = NDArray[np.float64]

NONE_LEFT_OUT = -1
DECAYS = [0.0, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0]
GRID = np.linspace(0, 1, 81)


def powers(fraction: ArrayLike, degree: int) -> Array:
    """Return the powers 0 to ``degree`` of t = 2 · fraction − 1, shape (n, degree + 1)."""
    return np.vander(2 * np.asarray(fraction, dtype=float) - 1, degree + 1, increasing=True)


def fit_polynomial(
    fraction: ArrayLike, enthalpy: ArrayLike, degree: int, decay: float = 0.0
) -> Array:
    """Fit a polynomial with weight decay.

    Parameters
    ----------
    fraction, enthalpy : array_like, shape (n,)
        Fraction of one element (0 to 1) and formation enthalpy (eV/atom).
    degree : int
        Highest power of t = 2 · fraction − 1.
    decay : float
        Strength λ of the penalty; the constant is free of it, as a bias is.

    Returns
    -------
    numpy.ndarray, shape (degree + 1,)
        The weights w with the lowest mean squared error + λ Σ w_k² (k ≥ 1).
    """
    inputs, targets = powers(fraction, degree), np.asarray(enthalpy, dtype=float)
    penalty = np.sqrt(decay * len(targets)) * np.eye(degree + 1)
    penalty[0] = 0
    rows, ends = np.vstack([inputs, penalty]), np.append(targets, np.zeros(degree + 1))
    return np.linalg.lstsq(rows, ends, rcond=None)[0]


def training_error(
    fraction: ArrayLike, enthalpy: ArrayLike, degree: int, decay: float = 0.0
) -> float:
    """Return the root mean squared error on the points themselves, in eV/atom."""
    weights = fit_polynomial(fraction, enthalpy, degree, decay)
    off = powers(fraction, degree) @ weights - np.asarray(enthalpy, dtype=float)
    return float(np.sqrt(np.mean(off**2)))


def left_out_error(
    fraction: ArrayLike, enthalpy: ArrayLike, degree: int, decay: float = 0.0
) -> float:
    """Return the root mean squared error on compounds that are left out one at a time, in eV/atom.

    The first and the last point, the pure elements, always stay in: their enthalpy is zero by definition.
    """
    fraction, enthalpy = np.asarray(fraction), np.asarray(enthalpy)
    errors = []
    for out in range(1, len(fraction) - 1):
        kept = np.arange(len(fraction)) != out
        weights = fit_polynomial(fraction[kept], enthalpy[kept], degree, decay)
        errors.append((powers(fraction[[out]], degree) @ weights)[0] - enthalpy[out])
    return float(np.sqrt(np.mean(np.square(errors))))


def capacity_explorer(
    fraction: ArrayLike, enthalpy: ArrayLike, formulas: Sequence[str]
) -> Explorer:
    """Choose the degree of a polynomial through measured enthalpies, and a compound to leave out.

    Parameters
    ----------
    fraction, enthalpy : array_like of float, shape (n,)
        Fraction of nickel, increasing from 0 to 1, and formation enthalpy (eV/atom).
    formulas : sequence of str, shape (n,)
        Names of the points; the first and the last are the pure elements.
    """
    fraction, enthalpy = np.asarray(fraction, dtype=float), np.asarray(enthalpy, dtype=float)
    left_out = {_("none"): NONE_LEFT_OUT} | {formulas[i]: i for i in range(1, len(formulas) - 1)}
    return Explorer(
        partial(capacity_figure, fraction, enthalpy, tuple(formulas)),
        degree=Slider(list(range(len(fraction))), _("Degree"), default=2),
        left_out=Choice(left_out, _("Left out")),
    )


def capacity_figure(
    fraction: Array, enthalpy: Array, formulas: Sequence[str], *, degree: int, left_out: int
) -> go.Figure:
    """Draw a polynomial, the compound that it has not seen, and both errors against the degree."""
    kept = np.arange(len(fraction)) != left_out
    weights = fit_polynomial(fraction[kept], enthalpy[kept], degree)
    degrees = list(range(len(fraction)))
    errors = {
        _("training error"): [training_error(fraction, enthalpy, each) for each in degrees],
        _("left-out error"): [left_out_error(fraction, enthalpy, each) for each in degrees],
    }
    fig = _curve_and_errors(fraction, enthalpy, kept, weights, degrees, errors, degree)
    seen = np.sqrt(np.mean((powers(fraction[kept], degree) @ weights - enthalpy[kept]) ** 2))
    if left_out == NONE_LEFT_OUT:
        outcome = _("training error {seen:.3f} eV/atom").format(seen=seen)
    else:
        missed = (powers(fraction[[left_out]], degree) @ weights)[0] - enthalpy[left_out]
        outcome = _(
            "training error {seen:.3f} eV/atom, {formula} missed by {missed:.2f} eV/atom"
        ).format(seen=seen, formula=formulas[left_out], missed=abs(missed))
    label(
        fig,
        title=_("Degree {degree}: {outcome}").format(degree=degree, outcome=outcome),
        alt=_(
            "Left: measured formation enthalpies against the nickel fraction and a polynomial of degree "
            "{degree}. Right: training error and left-out error against the degree. Outcome: {outcome}."
        ).format(degree=degree, outcome=outcome),
    )
    fig.update_xaxes(title_text=_("Degree"), row=1, col=2)
    return fig


def decay_explorer(fraction: ArrayLike, enthalpy: ArrayLike) -> Explorer:
    """Choose the weight decay λ of a polynomial through measured enthalpies.

    Parameters
    ----------
    fraction, enthalpy : array_like of float, shape (n,)
        Fraction of nickel, increasing from 0 to 1, and formation enthalpy (eV/atom).
    """
    fraction, enthalpy = np.asarray(fraction, dtype=float), np.asarray(enthalpy, dtype=float)
    return Explorer(
        partial(decay_figure, fraction, enthalpy),
        decay=Slider(DECAYS, _("Weight decay λ"), default=0.0),
        degree=Slider(list(range(2, len(fraction))), _("Degree"), default=len(fraction) - 1),
    )


def decay_figure(fraction: Array, enthalpy: Array, *, decay: float, degree: int) -> go.Figure:
    """Draw a polynomial with weight decay, and both errors against λ."""
    weights = fit_polynomial(fraction, enthalpy, degree, decay)
    errors = {
        _("training error"): [training_error(fraction, enthalpy, degree, each) for each in DECAYS],
        _("left-out error"): [left_out_error(fraction, enthalpy, degree, each) for each in DECAYS],
    }
    # zero has no place on a logarithmic axis: it is drawn one decade below the smallest value
    places = [each or DECAYS[1] / 10 for each in DECAYS]
    everyone = np.ones(len(fraction), dtype=bool)
    fig = _curve_and_errors(
        fraction, enthalpy, everyone, weights, places, errors, decay or DECAYS[1] / 10
    )
    size = float(np.sqrt(np.sum(weights[1:] ** 2)))
    missed = errors[_("left-out error")][DECAYS.index(decay)]
    label(
        fig,
        title=_(
            "λ = {decay:g}: weights of size {size:.3g} eV/atom, left-out error {missed:.3f} eV/atom"
        ).format(decay=decay, size=size, missed=missed),
        alt=_(
            "Left: measured formation enthalpies against the nickel fraction and a polynomial of degree "
            "{degree} with weight decay λ = {decay:g}. Right: training error and left-out error "
            "against λ; at this λ the left-out error is {missed:.3f} eV/atom."
        ).format(degree=degree, decay=decay, missed=missed),
    )
    fig.update_xaxes(
        title_text=_("λ (leftmost point: 0)"), type="log", exponentformat="power", row=1, col=2
    )
    return fig


def _curve_and_errors(
    fraction: Array,
    enthalpy: Array,
    kept: NDArray[np.bool_],
    weights: Array,
    places: Sequence[float],
    errors: Mapping[str, Sequence[float]],
    here: float,
) -> go.Figure:
    """Draw the fitted curve on the left; on the right its two errors, with a line where we are."""
    fig = make_subplots(cols=2, column_widths=[0.55, 0.45], horizontal_spacing=0.17)
    fig.add_scatter(
        x=fraction[kept], y=enthalpy[kept], mode="markers", name=_("measured"),
        marker={"size": 9, "color": COLORS[2]},
    )  # fmt: skip
    if not kept.all():
        fig.add_scatter(
            x=fraction[~kept], y=enthalpy[~kept], mode="markers", name=_("left out"),
            marker={"size": 12, "symbol": "diamond-open", "line_width": 3, "color": COLORS[1]},
        )  # fmt: skip
    curve = np.clip(powers(GRID, len(weights) - 1) @ weights, -5, 5)
    fig.add_scatter(x=GRID, y=curve, mode="lines", name=_("polynomial"), line_color=COLORS[3])
    for (name, values), line in zip(errors.items(), line_styles(len(errors)), strict=True):
        fig.add_scatter(
            x=places, y=np.maximum(values, 1e-3), mode="lines+markers", name=name,
            line=line, row=1, col=2,
        )  # fmt: skip
    fig.add_scatter(
        x=[here, here], y=[1e-3, 20], mode="lines", line={"dash": "dot", "color": "#8C8C8C"},
        name=_("here"), showlegend=False, row=1, col=2,
    )  # fmt: skip
    fig.update_layout(height=420, legend={"orientation": "h", "y": -0.22}, margin_b=90)
    fig.update_xaxes(title_text=_("Nickel fraction"), range=[-0.03, 1.03], row=1, col=1)
    fig.update_yaxes(title_text=_("ΔH<sub>f</sub> (eV/atom)"), range=[-0.75, 0.35], row=1, col=1)
    fig.update_yaxes(
        title_text=_("RMSE (eV/atom)"), type="log", exponentformat="power", range=[-3.1, 1.3],
        row=1, col=2,
    )  # fmt: skip
    return fig


def training_explorer(runs: Mapping[tuple[int, str], pd.DataFrame], mean_rmse: float) -> Explorer:
    """Choose the number of training compounds and a remedy, and see how the training went.

    Parameters
    ----------
    runs : mapping of (n, remedy) to pandas.DataFrame
        For each number of compounds and each remedy the columns ``epoch``, ``training`` and
        ``validation``: root mean squared errors in eV/atom.
    mean_rmse : float
        Root mean squared error of always predicting the mean (eV/atom).
    """
    sizes = sorted({n for n, _remedy in runs})
    remedies = list(dict.fromkeys(remedy for _n, remedy in runs))
    return Explorer(
        partial(training_figure, dict(runs), mean_rmse),
        n=Slider(sizes, _("Training compounds n"), default=sizes[len(sizes) // 2]),
        remedy=Choice({_(remedy): remedy for remedy in remedies}, _("Remedy")),
    )


def training_figure(
    runs: Mapping[tuple[int, str], pd.DataFrame], mean_rmse: float, *, n: int, remedy: str
) -> go.Figure:
    """Draw training and validation error against the epoch, and the lowest validation error."""
    epochs, train, validation = (
        runs[n, remedy][name].to_numpy() for name in ("epoch", "training", "validation")
    )
    best = int(validation.argmin())
    fig = go.Figure()
    fig.add_scatter(x=epochs, y=train, mode="lines", name=_("training"))
    fig.add_scatter(x=epochs, y=validation, mode="lines", name=_("validation"))
    fig.add_scatter(
        x=epochs[[best]], y=validation[[best]], mode="markers", name=_("lowest validation error"),
        marker={"size": 13, "symbol": "star"},
    )  # fmt: skip
    fig.add_scatter(
        x=epochs[[0, -1]], y=[mean_rmse] * 2, mode="lines", name=_("always the mean"),
        line={"dash": "dash", "color": "#8C8C8C"},
    )  # fmt: skip
    numbers = {
        "n": n, "remedy": _(remedy), "train": train[-1], "end": validation[-1],
        "best": validation[best], "epoch": epochs[best],
    }  # fmt: skip
    label(
        fig,
        x=_("Epoch"),
        y=_("RMSE (eV/atom)"),
        title=_(
            "n = {n}, {remedy}: training {train:.2f}, validation {end:.2f}, at best {best:.2f} eV/atom"
        ).format(**numbers),
        alt=_(
            "Training and validation error against the epoch for {n} compounds and the remedy "
            "{remedy}. At the end the training error is {train:.2f} and the validation error "
            "{end:.2f} eV/atom; its lowest value is {best:.2f} in epoch {epoch}."
        ).format(**numbers),
    )
    fig.update_layout(height=420)
    fig.update_yaxes(type="log", range=[-2, 0.3], tickvals=[0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2])
    return fig
