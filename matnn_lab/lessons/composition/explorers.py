"""Explorers of notebook 05: single features, mixing two elements, and the answer to polymorphs."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import ArrayLike, NDArray
from plotly.subplots import make_subplots

from matnn_lab.figures import COLORS, label
from matnn_lab.representations.composition import element_fractions, element_properties
from matnn_lab.representations.formulas import Formula
from matnn_lab.text import gettext as _
from matnn_lab.widgets import Choice, Explorer, Slider

Array = NDArray[np.float64]
Predict = Callable[[Sequence[Formula]], ArrayLike]

POINTS = 300  # drawn of the features, so that the page stays light
GRID = np.linspace(0, 1, 81)
ENTHALPY = "formation_enthalpy_ev_per_atom"


def feature_explorer(
    features: pd.DataFrame,
    enthalpy: ArrayLike,
    properties: Mapping[str, str],
    statistics: Sequence[str],
) -> Explorer:
    """Choose a property and a statistic and see what this one feature says about the enthalpy.

    Parameters
    ----------
    features : pandas.DataFrame, n rows
        From `composition_features`.
    enthalpy : array_like of float, shape (n,)
        Measured formation enthalpies, eV/atom.
    properties : mapping of str to str
        What the reader sees, and the column of `element_properties`.
    statistics : sequence of str
        Such as ``"mean"``; together with each property the name of a feature.
    """
    enthalpy = np.asarray(enthalpy, dtype=float)
    shown = np.random.default_rng(0).permutation(len(enthalpy))[:POINTS]
    return Explorer(
        partial(feature_figure, features, enthalpy, shown),
        element_property=Choice(dict(properties), _("Property of the elements")),
        statistic=Choice(list(statistics), _("Statistic")),
    )


def feature_figure(
    features: pd.DataFrame,
    enthalpy: Array,
    shown: NDArray[np.int64],
    *,
    element_property: str,
    statistic: str,
) -> go.Figure:
    """Draw enthalpy against one feature, for some of the compounds, with the rank correlation of all."""
    name = f"{statistic} {element_property}"
    feature = features[name]
    correlation = feature.corr(pd.Series(enthalpy, index=feature.index), method="spearman")
    fig = go.Figure()
    fig.add_scatter(
        x=feature.to_numpy()[shown], y=enthalpy[shown], mode="markers",
        marker={"size": 5, "opacity": 0.6}, showlegend=False,
    )  # fmt: skip
    label(
        fig,
        title=_("Rank correlation with the measured enthalpy: {correlation:+.2f}").format(
            correlation=correlation
        ),
        alt=_(
            "Measured formation enthalpy of {count} compounds against the {name}. Over all compounds "
            "the rank correlation is {correlation:.2f}."
        ).format(count=len(shown), name=name, correlation=correlation),
        x=name,
        y=_("measured ΔHf (eV/atom)"),
    )
    return fig.update_yaxes(range=[-4.7, 0.6])


def mixing_explorer(
    models: Mapping[str, Predict], measured: pd.DataFrame, systems: Sequence[str]
) -> Explorer:
    """Mix two elements in any ratio and compare what models predict with what was measured.

    Parameters
    ----------
    models : mapping of str to callable
        Each takes n formulas and returns n enthalpies, eV/atom.
    measured : pandas.DataFrame
        From `formation_enthalpies`.
    systems : sequence of str
        Such as ``"Al-Ni"``: x runs from the first element to the second.
    """
    points = {system: _measured_in(measured, *system.split("-")) for system in systems}
    curves = {
        (model, system): np.asarray(predict(_mixtures(system)), dtype=float)
        for model, predict in models.items()
        for system in systems
    }
    return Explorer(
        partial(mixing_figure, points, curves),
        system=Choice(list(systems), _("Elements A-B")),
        model=Choice(list(models), _("Model")),
        x=Slider([round(0.1 * step, 1) for step in range(11)], _("x in A₁₋ₓBₓ"), default=0.5),
    )


def _mixtures(system: str) -> list[Formula]:
    first, second = system.split("-")
    mixtures = [{first: 1 - x, second: x} for x in GRID]
    return [{symbol: f for symbol, f in each.items() if f > 0} for each in mixtures]


def _measured_in(measured: pd.DataFrame, first: str, second: str) -> pd.DataFrame:
    """Give x and the measured enthalpy of the compounds of two elements."""
    numbers, amounts = element_fractions(measured["formula"])
    elements = list(element_properties().index)
    a, b = elements.index(first) + 1, elements.index(second) + 1
    x = np.where((numbers == b) & (amounts > 0), amounts, 0).sum(axis=1)
    rest = np.where((numbers == a) & (amounts > 0), amounts, 0).sum(axis=1)
    inside = np.isclose(x + rest, 1) & (x > 0) & (rest > 0)
    columns = {"formula": measured["formula"], "x": x, "enthalpy": measured[ENTHALPY]}
    return pd.DataFrame(columns)[inside].sort_values("x")


def mixing_figure(
    points: Mapping[str, pd.DataFrame],
    curves: Mapping[tuple[str, str], Array],
    *,
    system: str,
    model: str,
    x: float,
) -> go.Figure:
    """Draw the predicted enthalpy over the composition of two elements, with the measured compounds."""
    first, second = system.split("-")
    measured, curve = points[system], curves[model, system]
    here = float(np.interp(x, GRID, curve))
    fig = go.Figure()
    fig.add_scatter(x=GRID, y=curve, mode="lines", name=_("predicted"))
    fig.add_scatter(
        x=measured["x"], y=measured["enthalpy"], text=measured["formula"], mode="markers",
        marker={"size": 10, "symbol": "diamond"}, name=_("measured"),
    )  # fmt: skip
    fig.add_scatter(
        x=[0, 1], y=[0, 0], mode="markers", marker={"size": 9, "symbol": "square-open"},
        name=_("pure element: 0 by definition"),
    )  # fmt: skip
    fig.add_scatter(
        x=[x], y=[here], mode="markers", marker={"size": 12, "symbol": "circle-open", "line_width": 3},
        name=_("you are here"),
    )  # fmt: skip
    label(
        fig,
        title=_("{first} {a:.0%}, {second} {b:.0%}: predicted {here:.2f} eV/atom").format(
            first=first, second=second, a=1 - x, b=x, here=here
        ),
        alt=_(
            "Formation enthalpy between {first} and {second} as the model {model} predicts it, with {count} "
            "measured compounds. At {b:.0%} {second} the prediction is {here:.2f} eV/atom."
        ).format(first=first, second=second, model=model, count=len(measured), b=x, here=here),
        x=_("share of {second} among the atoms").format(second=second),
        y=_("ΔHf (eV/atom)"),
    )
    lowest = min(
        measured["enthalpy"].min(), *(c.min() for (_m, s), c in curves.items() if s == system)
    )
    return fig.update_yaxes(range=[1.12 * lowest, 0.15 - 0.1 * lowest])


def polymorph_explorer(
    crystals: pd.DataFrame, predicted: ArrayLike, formulas: Sequence[str]
) -> Explorer:
    """Choose a formula and the one answer to all its structures; see which error it leaves.

    Parameters
    ----------
    crystals : pandas.DataFrame
        From `prototype_crystals`.
    predicted : array_like of float, shape (n,)
        What a composition model says for each crystal, eV/atom.
    formulas : sequence of str
        Formulas with several structures.
    """
    rows = crystals[["formula", "prototype", "formation_energy_ev_per_atom"]].copy()
    rows["predicted"] = np.asarray(predicted, dtype=float)
    groups = {
        formula: rows[rows["formula"] == formula].sort_values("formation_energy_ev_per_atom")
        for formula in formulas
    }
    return Explorer(
        partial(polymorph_figure, groups),
        formula=Choice(list(formulas), _("Formula")),
        answer=Slider(
            [round(0.1 * step, 1) for step in range(11)],
            _("Your one answer, from the lowest (0) to the highest energy (1)"),
            default=0.0,
        ),
    )


def polymorph_figure(
    groups: Mapping[str, pd.DataFrame], *, formula: str, answer: float
) -> go.Figure:
    """Draw the energies of all structures of a formula with one answer, and its errors beside the floors."""
    group = groups[formula]
    energies = group["formation_energy_ev_per_atom"].to_numpy()
    ends = energies.min(), energies.max()
    width = max(ends[1] - ends[0], 1e-3)
    grid = np.linspace(*ends, 41)
    errors = grid[:, None] - energies
    mae, rmse = np.abs(errors).mean(axis=1), np.sqrt((errors**2).mean(axis=1))
    said = ends[0] + answer * (ends[1] - ends[0])
    mae_here = np.abs(said - energies).mean()
    rmse_here = np.sqrt(((said - energies) ** 2).mean())
    floor = np.abs(energies - np.median(energies)).mean()
    view = [ends[0] - 0.08 * width, ends[1] + 0.08 * width]

    fig = make_subplots(cols=2, column_widths=[0.5, 0.5], horizontal_spacing=0.16)
    fig.add_scatter(
        x=np.arange(1, len(energies) + 1), y=energies, text=group["prototype"], mode="markers",
        marker_size=9, name=_("structures"),
    )  # fmt: skip
    fig.add_scatter(
        x=[0.5, len(energies) + 0.5], y=[said, said], mode="lines", name=_("your answer"),
        line={"color": COLORS[1], "dash": "dash"},
    )  # fmt: skip
    fig.add_scatter(x=grid, y=mae, mode="lines", name=_("MAE"), line_color=COLORS[2], row=1, col=2)
    fig.add_scatter(
        x=grid, y=rmse, mode="lines", name=_("RMSE"), line_color=COLORS[3], row=1, col=2
    )
    fig.add_scatter(
        x=[said, said], y=[mae_here, rmse_here], mode="markers", marker={"size": 11, "color": COLORS[1]},
        name=_("errors of your answer"), row=1, col=2,
    )  # fmt: skip
    label(
        fig,
        title=_("{formula} (computed): your MAE {mae:.3f}, floor {floor:.3f} eV/atom").format(
            formula=formula, mae=mae_here, floor=floor
        ),
        alt=_(
            "Left: computed formation energies of {count} structures of {formula} and the answer "
            "{said:.2f} eV/atom for all of them. Right: errors of each possible answer. This one has an MAE "
            "of {mae:.3f} and an RMSE of {rmse:.3f} eV/atom; no answer has an MAE below {floor:.3f}."
        ).format(
            count=len(energies),
            formula=formula,
            said=said,
            mae=mae_here,
            rmse=rmse_here,
            floor=floor,
        ),
    )
    model = float(group["predicted"].mean())
    fig.add_hline(
        y=float(np.clip(model, *view)), line={"color": COLORS[6], "width": 1}, row=1, col=1,
        annotation_text=_("network: {model:.2f}").format(model=model),
    )  # fmt: skip
    fig.update_layout(height=420, legend={"orientation": "h", "y": -0.25})
    fig.update_xaxes(title_text=_("structures, from stable to unstable"), row=1, col=1)
    fig.update_yaxes(title_text=_("formation energy (eV/atom)"), range=view, row=1, col=1)
    fig.update_xaxes(title_text=_("answer (eV/atom)"), row=1, col=2)
    fig.update_yaxes(title_text=_("error (eV/atom)"), rangemode="tozero", row=1, col=2)
    return fig
