"""Explorers of notebook 02: an outlier and three estimates, softmax, the strength of class weights."""

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
import plotly.graph_objects as go
from numpy.typing import ArrayLike, NDArray
from plotly.subplots import make_subplots

from matnn_lab.figures import COLORS, label, line_styles
from matnn_lab.text import gettext as _
from matnn_lab.training.losses import huber, huber_location
from matnn_lab.widgets import Choice, Explorer, Slider

Array = NDArray[np.float64]

LOGITS = {"BCC": 0.0, "other": 1.0}  # of the two phases whose score stays where it is
ESTIMATES = np.arange(350.0, 1101.0, 5.0)  # HV


def outlier_explorer(hardness: ArrayLike) -> Explorer:
    """Drag one of several measurements of a hardness and see where three estimates go.

    Parameters
    ----------
    hardness : array_like of float, shape (n,)
        Measurements of one alloy (HV); the first one is dragged.
    """
    return Explorer(
        partial(outlier_figure, np.asarray(hardness, dtype=float)),
        value=Slider(
            [300, 400, 484, 600, 800, 1200, 2000, 4747],
            _("First measurement reads"),
            default=484,
            unit="HV",
        ),
        delta=Slider([1, 10, 30, 100, 1000, 5000], _("δ of Huber"), default=30, unit="HV"),
    )


def outlier_figure(hardness: Array, *, value: float, delta: float) -> go.Figure:
    """Draw the measurements with three estimates, and the three losses of each estimate."""
    data = np.concatenate([[value], hardness[1:]])
    residuals = ESTIMATES[:, None] - data
    losses = {
        _("mean squared error"): np.mean(residuals**2, axis=1),
        _("mean absolute error"): np.mean(np.abs(residuals), axis=1),
        _("Huber"): np.mean(huber(residuals, delta), axis=1),
    }
    estimates = [data.mean(), np.median(data), huber_location(data, delta)]

    fig = make_subplots(rows=2, row_heights=[0.3, 0.7], vertical_spacing=0.2)
    fig.add_scatter(
        x=data, y=np.zeros(len(data)), mode="markers", name=_("measurements"),
        marker={"size": 10, "color": "#8C8C8C", "symbol": "circle-open", "line": {"width": 2}},
    )  # fmt: skip
    names = [_("mean"), _("median"), _("Huber estimate")]
    marks = zip(names, estimates, COLORS, ("diamond", "square", "x"), strict=False)
    for height, (name, estimate, color, symbol) in enumerate(marks, start=1):
        fig.add_scatter(
            x=[estimate], y=[height], mode="markers", name=name,
            marker={"size": 11, "color": color, "symbol": symbol},
        )  # fmt: skip
    for (name, loss), line in zip(losses.items(), line_styles(len(losses)), strict=True):
        fig.add_scatter(
            x=ESTIMATES, y=loss / loss.min(), mode="lines", name=name,
            line=line, row=2, col=1,
        )  # fmt: skip
    mean, median, huber_estimate = estimates
    label(
        fig,
        title=_(
            "mean {mean:.0f} HV, median {median:.0f} HV, Huber (δ = {delta:g} HV) {huber:.0f} HV"
        ).format(delta=delta, mean=mean, median=median, huber=huber_estimate),
        alt=_(
            "Above: {n} hardness measurements of one alloy, the first reading {value:g} HV, with their "
            "mean, {mean:.0f} HV, median, {median:.0f} HV, and Huber estimate for δ = {delta:g} HV, "
            "{huber:.0f} HV. Below: each loss against the estimate, divided by its lowest value."
        ).format(
            n=len(data), value=value, mean=mean, median=median, delta=delta, huber=huber_estimate
        ),
    )
    fig.update_layout(height=520)
    fig.update_xaxes(
        title_text=_("Measured hardness (HV)"), range=[2.44, 3.72], type="log",
        tickvals=[300, 500, 1000, 2000, 5000], row=1, col=1,
    )  # fmt: skip
    fig.update_yaxes(visible=False, range=[-0.8, 3.8], row=1, col=1)
    fig.update_xaxes(
        title_text=_("Estimate ŷ (HV)"), range=[ESTIMATES[0], ESTIMATES[-1]], row=2, col=1
    )
    fig.update_yaxes(title_text=_("Loss / lowest loss"), range=[0.9, 3.5], row=2, col=1)
    return fig


def softmax_explorer() -> Explorer:
    """Choose a logit, the temperature and the observed phase; see probabilities, loss and gradient."""
    return Explorer(
        softmax_figure,
        logit=Slider([-8, -4, -2, 0, 2, 4, 8], _("Logit of FCC"), default=2),
        temperature=Slider([0.25, 0.5, 1, 2, 20], _("Temperature T"), default=1),
        observed=Choice(["FCC", "BCC", "other"], _("Observed phase")),
    )


def softmax_figure(*, logit: float, temperature: float, observed: str) -> go.Figure:
    """Draw the probabilities of three phases, and the slope of the cross-entropy for each logit."""
    phases = ["FCC", *LOGITS]
    scaled = np.array([logit, *LOGITS.values()]) / temperature
    shifted = scaled - scaled.max()
    log_probabilities = shifted - np.log(np.exp(shifted).sum())
    probabilities = np.exp(log_probabilities)
    right = np.array([phase == observed for phase in phases])
    loss, slope = -log_probabilities[right].item(), (probabilities - right) / temperature

    fig = make_subplots(cols=2, horizontal_spacing=0.17)
    fig.add_bar(x=phases, y=probabilities, name=_("probability"), marker_color=COLORS[0])
    fig.add_bar(x=phases, y=slope, name=_("slope"), marker_color=COLORS[1], row=1, col=2)
    label(
        fig,
        title=_("Observed {phase}: p = {probability:.3g}, cross-entropy {loss:.3g} nats").format(
            phase=observed, probability=probabilities[right].item(), loss=loss
        ),
        alt=_(
            "Left: with the logits FCC {logit:g}, BCC 0, other 1 and the temperature {temperature:g} the "
            "probabilities are FCC {fcc:.3g}, BCC {bcc:.3g}, other {other:.3g}. Right: the slope of the "
            "cross-entropy for each logit if {observed} was observed; the loss is {loss:.3g} nats."
        ).format(
            logit=logit,
            temperature=temperature,
            fcc=probabilities[0],
            bcc=probabilities[1],
            other=probabilities[2],
            observed=observed,
            loss=loss,
        ),
    )
    fig.update_layout(showlegend=False, height=380)
    fig.update_xaxes(title_text=_("Phase"))
    fig.update_yaxes(title_text=_("Probability p"), range=[0, 1.05], row=1, col=1)
    fig.update_yaxes(title_text=_("∂L/∂z = (p − y) / T"), range=[-1.1, 1.1], row=1, col=2)
    if temperature < 1:
        fig.update_yaxes(range=[-1.1 / temperature, 1.1 / temperature], row=1, col=2)
    return fig


def class_weight_explorer(
    trained: Mapping[float, ArrayLike], observed: ArrayLike, phases: Sequence[str]
) -> Explorer:
    """Choose how strong class weights are and where they act; see the confusion matrix.

    Parameters
    ----------
    trained : mapping of float to array_like, shape (n, K)
        Probabilities of networks trained with class weights ∝ 1 / countᵅ, for each strength α; the
        strength 0 (no weights) must be there.
    observed : array_like of int, shape (n,)
        The observed classes.
    phases : sequence of str, length K
        Their names.
    """
    render = partial(
        class_weight_figure,
        {strength: np.asarray(p, dtype=float) for strength, p in trained.items()},
        np.asarray(observed),
        tuple(phases),
    )
    return Explorer(
        render,
        strength=Slider(sorted(trained), _("Strength α of the class weights"), default=0),
        where=Choice(
            {_("in the loss (trained anew)"): "loss", _("afterwards, on p"): "afterwards"},
            _("Where the weights act"),
        ),
    )


def class_weight_figure(
    trained: Mapping[float, Array],
    observed: NDArray[np.int_],
    phases: tuple[str, ...],
    *,
    strength: float,
    where: str,
) -> go.Figure:
    """Draw a confusion matrix beside what it comes to.

    ``where`` is ``"loss"`` for the networks trained with the weights, or ``"afterwards"`` for the
    probabilities of the networks without weights, multiplied by them.
    """
    counts = np.bincount(observed, minlength=len(phases))
    probabilities = trained[strength]
    if where == "afterwards":
        probabilities = trained[0] * (1.0 / counts) ** strength
        probabilities = probabilities / probabilities.sum(axis=1, keepdims=True)
    predicted = probabilities.argmax(axis=1)
    matrix = np.zeros((len(phases), len(phases)), dtype=int)
    np.add.at(matrix, (observed, predicted), 1)
    recalls = np.diag(matrix) / counts
    accuracy, balanced = np.mean(predicted == observed), recalls.mean()
    loss = -np.mean(np.log(probabilities[np.arange(len(observed)), observed]))

    fig = make_subplots(cols=2, column_widths=[0.5, 0.5], horizontal_spacing=0.3)
    fig.add_heatmap(
        x=phases, y=phases, z=matrix / counts[:, None], text=matrix, texttemplate="%{text}",
        colorscale="Blues", zmin=0, zmax=1, showscale=False, name=_("measurements"),
    )  # fmt: skip
    bars = [
        *(_("recall {phase}").format(phase=phase) for phase in phases),
        _("accuracy"),
        _("balanced accuracy"),
    ]
    fig.add_bar(
        x=[*recalls, accuracy, balanced], y=bars, orientation="h", name=_("share"),
        marker_color=COLORS[0], row=1, col=2,
    )  # fmt: skip
    label(
        fig,
        title=_(
            "accuracy {accuracy:.3f}, balanced {balanced:.3f}, cross-entropy {loss:.3f} nats"
        ).format(accuracy=accuracy, balanced=balanced, loss=loss),
        alt=_(
            "Class weights of strength {strength:g}, {where}. Left: confusion matrix, rows observed and "
            "columns predicted. Right: recalls {recalls}; accuracy {accuracy:.3f}, balanced accuracy "
            "{balanced:.3f}."
        ).format(
            strength=strength,
            where=_("in the loss") if where == "loss" else _("afterwards, on the probabilities"),
            recalls=", ".join(
                f"{phase} {recall:.3f}" for phase, recall in zip(phases, recalls, strict=True)
            ),
            accuracy=accuracy,
            balanced=balanced,
        ),
    )
    fig.update_layout(showlegend=False, height=400)
    fig.update_xaxes(title_text=_("Predicted phase"), row=1, col=1)
    fig.update_yaxes(title_text=_("Observed phase"), autorange="reversed", row=1, col=1)
    fig.update_xaxes(title_text=_("Share (0 to 1)"), range=[0, 1], row=1, col=2)
    fig.update_yaxes(autorange="reversed", row=1, col=2)
    return fig
