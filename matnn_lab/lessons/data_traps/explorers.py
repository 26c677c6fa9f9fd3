"""Explorers of notebook 19: how near a near-duplicate is, and an element that the model has hardly seen."""

from functools import partial

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from matnn_lab.figures import COLORS, label
from matnn_lab.text import gettext as _
from matnn_lab.widgets import Choice, Explorer, Slider


def tolerance_explorer(curve: pd.DataFrame, models: list[str]) -> Explorer:
    """Widen what counts as the same alloy and see how many groups are left and what the score becomes.

    Parameters
    ----------
    curve : pandas.DataFrame
        One row a tolerance, in rising order: ``tolerance`` (in atomic percent), ``groups``,
        ``largest`` (rows in the largest group), ``always the mean`` and one column a model (MAE in MPa
        with whole groups on one side).
    models : list of str
        Names of the columns with errors.
    """
    return Explorer(
        partial(tolerance_figure, curve),
        tolerance=Slider(
            curve["tolerance"].tolist(), _("Tolerance in the fraction of an element (atomic %)")
        ),
        model=Choice(models, _("Model")),
    )


def tolerance_figure(curve: pd.DataFrame, *, tolerance: float, model: str) -> go.Figure:
    """Draw the number of groups and the error against the tolerance."""
    here = curve[curve["tolerance"] == tolerance].iloc[0]
    fig = make_subplots(cols=2, horizontal_spacing=0.15)
    for column, name, color, col in (
        ("groups", _("groups"), COLORS[0], 1),
        ("largest", _("rows in the largest group"), COLORS[4], 1),
        (model, model, COLORS[2], 2),
        ("always the mean", _("always the mean"), COLORS[6], 2),
    ):
        fig.add_scatter(
            x=curve["tolerance"], y=curve[column], mode="lines+markers", name=name,
            line_color=color, row=1, col=col,
        )  # fmt: skip
    fig.add_scatter(
        x=[tolerance], y=[here["groups"]], mode="markers", showlegend=False, row=1, col=1,
        marker={"size": 15, "symbol": "circle-open", "color": COLORS[1], "line_width": 3},
    )  # fmt: skip
    fig.add_scatter(
        x=[tolerance], y=[here[model]], mode="markers", name=_("you are here"), row=1, col=2,
        marker={"size": 15, "symbol": "circle-open", "color": COLORS[1], "line_width": 3},
    )  # fmt: skip
    words = {
        "tolerance": tolerance,
        "groups": int(here["groups"]),
        "largest": int(here["largest"]),
        "model": model,
        "mae": here[model],
        "mean": here["always the mean"],
    }
    label(
        fig,
        title=_("{tolerance:g} atomic %: {groups} groups, MAE {mae:.0f} MPa").format(**words),
        alt=_(
            "Left: alloys that differ by at most {tolerance:g} atomic percent form {groups} groups, the "
            "largest of {largest} rows. Right: with whole groups on one side of the split, the MAE of the "
            "yield strength of {model} is {mae:.0f} MPa; always the mean has {mean:.0f} MPa."
        ).format(**words),
        x=_("tolerance (atomic %)"),
    )
    fig.update_layout(height=420, legend={"orientation": "h", "y": -0.25})
    fig.update_yaxes(title_text=_("count"), rangemode="tozero", row=1, col=1)
    fig.update_yaxes(title_text=_("MAE (MPa)"), rangemode="tozero", row=1, col=2)
    return fig


def element_explorer(tests: pd.DataFrame) -> Explorer:
    """Give the model a few compounds of an element and see how well it does on the others.

    Parameters
    ----------
    tests : pandas.DataFrame
        One row a test: ``element``, ``rows`` (training rows that hold the element), ``seed``, and in
        eV/atom ``true``, ``predicted`` and ``baseline`` (the mean of the training rows).
    """
    return Explorer(
        partial(element_figure, tests),
        element=Choice(list(dict.fromkeys(tests["element"])), _("Element")),
        rows=Slider(
            sorted(int(each) for each in tests["rows"].unique()),
            _("Training compounds that hold it"),
        ),
    )


def element_figure(tests: pd.DataFrame, *, element: str, rows: int) -> go.Figure:
    """Draw predictions for compounds of an element, and the error against the number of training rows."""
    mine = tests[tests["element"] == element]
    errors = mine.assign(
        mae=(mine["predicted"] - mine["true"]).abs(), mean=(mine["baseline"] - mine["true"]).abs()
    )
    curve = errors.groupby(["seed", "rows"])[["mae", "mean"]].mean().reset_index()
    here = curve[curve["rows"] == rows]
    first = mine["seed"].iloc[0]
    shown = mine[(mine["rows"] == rows) & (mine["seed"] == first)]
    ends = [mine["true"].min() - 0.2, max(mine["true"].max(), 0.0) + 0.2]
    fig = make_subplots(cols=2, horizontal_spacing=0.15)
    fig.add_scatter(
        x=ends, y=ends, mode="lines", line={"color": COLORS[6], "dash": "dot"}, showlegend=False,
        row=1, col=1,
    )  # fmt: skip
    fig.add_scatter(
        x=shown["true"].round(3), y=shown["predicted"].round(3), mode="markers", name=_("compounds"),
        marker={"size": 6, "opacity": 0.7, "color": COLORS[0]}, row=1, col=1,
    )  # fmt: skip
    for seed, line in curve.groupby("seed"):
        fig.add_scatter(
            x=line["rows"].astype(str), y=line["mae"].round(4), mode="lines+markers",
            name=_("seed {seed}").format(seed=seed), line_color=COLORS[2 + int(seed)], row=1, col=2,
        )  # fmt: skip
    always = curve.groupby("rows")["mean"].mean()
    fig.add_scatter(
        x=always.index.astype(str), y=always.round(4), mode="lines", name=_("always the mean"),
        line={"color": COLORS[6], "dash": "dash"}, row=1, col=2,
    )  # fmt: skip
    fig.add_scatter(
        x=[str(rows)], y=[here["mae"].mean().round(4)], mode="markers", name=_("mean of the seeds"),
        marker={"size": 15, "symbol": "circle-open", "color": COLORS[1], "line_width": 3},
        row=1, col=2,
    )  # fmt: skip
    words = {
        "element": element,
        "rows": rows,
        "mae": here["mae"].mean(),
        "mean": here["mean"].mean(),
    }
    label(
        fig,
        title=_(
            "{rows} training compounds with {element}: MAE {mae:.2f} eV/atom (mean: {mean:.2f})"
        ).format(**words),
        alt=_(
            "Left: predicted against measured formation enthalpy of compounds with {element}, by a model "
            "that knows {rows} others with it. Right: its error against that number for several seeds. Here "
            "the MAE is {mae:.2f} eV/atom; always the mean has {mean:.2f}."
        ).format(**words),
    )
    fig.update_layout(height=420, legend={"orientation": "h", "y": -0.25})
    fig.update_xaxes(title_text=_("measured ΔHf (eV/atom)"), range=ends, row=1, col=1)
    fig.update_yaxes(title_text=_("predicted ΔHf (eV/atom)"), range=ends, row=1, col=1)
    fig.update_xaxes(title_text=_("training compounds that hold it"), type="category", row=1, col=2)
    highest = float(np.ceil(10 * curve[["mae", "mean"]].to_numpy().max()) / 10)
    fig.update_yaxes(title_text=_("MAE (eV/atom)"), range=[0, 1.05 * highest], row=1, col=2)
    return fig
