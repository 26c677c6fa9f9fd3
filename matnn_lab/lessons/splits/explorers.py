"""Explorers of notebook 16: drag the split, and take an element out of the training set."""

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from matnn_lab import text
from matnn_lab.evaluation.splitting.leave_out import element_errors
from matnn_lab.figures import COLORS, label
from matnn_lab.text import gettext as _
from matnn_lab.widgets import Choice, Explorer, Slider

POINTS = 150  # drawn of each table, the same ones under every split
GRAY = COLORS[6]
F_BLOCK_ROWS = {6: 8.5, 7: 9.5}  # where the lanthanides and the actinides are drawn


def split_explorer(
    tables: Mapping[str, Mapping[str, pd.DataFrame]],
    units: Mapping[str, str],
    questions: Mapping[str, str],
) -> Explorer:
    """Drag the split from near to far and watch the same materials leave the diagonal.

    Parameters
    ----------
    tables : mapping of str to mapping of str to pandas.DataFrame
        For each table and each split that it allows, what `predict_folds` returned.
    units : mapping of str to str
        Of the target of each table.
    questions : mapping of str to str
        All splits, from near to far, each with the question that it asks.
    """
    shown = {name: _some_rows(splits) for name, splits in tables.items()}
    return Explorer(
        partial(split_figure, tables, units, questions, shown),
        table=Choice(list(tables), _("Table")),
        split=Slider(
            list(range(1, len(questions) + 1)), _("Split, from near (1) to far"), default=1
        ),
    )


def _some_rows(splits: Mapping[str, pd.DataFrame]) -> set[int]:
    """Choose rows that are tested under as many splits as possible."""
    tested = pd.concat([frame["row"].drop_duplicates() for frame in splits.values()])
    order = tested.value_counts().sort_index()
    order = order.iloc[np.random.default_rng(0).permutation(len(order))]
    return set(order.sort_values(ascending=False, kind="stable").index[:POINTS])


def errors(frame: pd.DataFrame) -> tuple[float, float]:
    """Return the mean absolute error of the model and of the training mean over all tested rows."""
    return (
        float((frame["predicted"] - frame["true"]).abs().mean()),
        float((frame["baseline"] - frame["true"]).abs().mean()),
    )


def split_figure(
    tables: Mapping[str, Mapping[str, pd.DataFrame]],
    units: Mapping[str, str],
    questions: Mapping[str, str],
    shown: Mapping[str, set[int]],
    *,
    table: str,
    split: int,
) -> go.Figure:
    """Draw predictions under one split beside the errors under all splits of a table."""
    splits, unit, names = tables[table], units[table], list(questions)
    name = names[split - 1]
    maes = {each: errors(frame) for each, frame in splits.items()}
    values = pd.concat([frame["true"] for frame in splits.values()])
    ends = [float(values.min()), float(values.max())]

    fig = make_subplots(cols=2, column_widths=[0.5, 0.5], horizontal_spacing=0.24)
    fig.add_scatter(
        x=ends, y=ends, mode="lines", line={"color": GRAY, "dash": "dash"}, hoverinfo="skip",
        showlegend=False, row=1, col=1,
    )  # fmt: skip
    if name in splits:
        some = splits[name][splits[name]["row"].isin(shown[table])].drop_duplicates("row")
        some = some.sort_values("row")
        fig.add_scatter(
            x=some["true"], y=some["predicted"], mode="markers", name=_("materials"),
            marker={"size": 6, "opacity": 0.6, "color": COLORS[0]}, showlegend=False, row=1, col=1,
        )  # fmt: skip
    numbered = {
        each: f"{names.index(each) + 1} {text.shown(each)}" for each in names if each in splits
    }
    fig.add_bar(
        y=list(numbered.values()), x=[maes[each][0] for each in numbered], orientation="h",
        name=_("extra trees"), row=1, col=2,
        marker_color=[COLORS[1] if each == name else COLORS[0] for each in numbered],
    )  # fmt: skip
    fig.add_scatter(
        y=list(numbered.values()), x=[maes[each][1] for each in numbered], mode="markers",
        marker={"symbol": "line-ns", "size": 16, "line": {"width": 3, "color": GRAY}},
        name=_("always the mean"), row=1, col=2,
    )  # fmt: skip
    if name in splits:
        title = _("{split}: MAE {mae:.3g}, always the mean {baseline:.3g} {unit}").format(
            split=text.shown(name), mae=maes[name][0], baseline=maes[name][1], unit=unit
        )
        said = _(
            "{table}, {split}: the mean absolute error is {mae:.3g} {unit}; always saying the mean of "
            "the training part gives {baseline:.3g}. Left, predictions against true values; right, "
            "the errors under all splits of this table."
        ).format(
            table=text.shown(table), split=text.shown(name), mae=maes[name][0],
            baseline=maes[name][1], unit=unit,
        )  # fmt: skip
    else:
        title = _("{split}: this table cannot answer").format(split=text.shown(name))
        said = _(
            "{table} has no column for the split {split}, so there is no parity plot. Right, the "
            "errors under the splits that it has."
        ).format(table=text.shown(table), split=text.shown(name))
    title = f"{title}<br><sup>{questions[name]}</sup>"
    label(fig, title=title, alt=said)
    fig.update_layout(height=440, margin_t=80, legend={"orientation": "h", "y": -0.2})
    fig.update_xaxes(title_text=_("true ({unit})").format(unit=unit), row=1, col=1)
    fig.update_yaxes(title_text=_("predicted ({unit})").format(unit=unit), row=1, col=1)
    pad = 0.06 * (ends[1] - ends[0])
    view = [ends[0] - pad, ends[1] + pad]
    fig.update_xaxes(range=view, row=1, col=1)
    fig.update_yaxes(range=view, row=1, col=1)
    fig.update_xaxes(
        title_text=_("MAE ({unit})").format(unit=unit), rangemode="tozero", row=1, col=2
    )
    return fig.update_yaxes(autorange="reversed", row=1, col=2)


def element_explorer(tested: pd.DataFrame, elements: Sequence[str], unit: str) -> Explorer:
    """Choose an element, and see its compounds predicted with and without it in the training set.

    Parameters
    ----------
    tested : pandas.DataFrame
        Columns ``element`` (the one left out), ``formula``, ``true``, ``unseen`` (predicted without
        the element), ``seen`` (predicted by models that know it) and ``baseline``.
    elements : sequence of str
        Which the reader can choose.
    unit : str
        Of the target.
    """
    summary = element_errors(tested)
    places = pd.DataFrame(
        [_place(element) for element in summary.index], summary.index, ["group", "period"]
    )
    return Explorer(
        partial(element_figure, tested, summary.join(places), unit),
        element=Choice(list(elements), _("Element left out")),
    )


def _place(symbol: str) -> tuple[float, float]:
    """Return column and row of an element in the periodic table."""
    from pymatgen.core import Element

    element = Element(symbol)
    if element.is_lanthanoid or element.is_actinoid:
        first = 57 if element.is_lanthanoid else 89
        return 4.0 + element.Z - first, F_BLOCK_ROWS[element.row]
    return float(element.group), float(element.row)


def element_figure(
    tested: pd.DataFrame, summary: pd.DataFrame, unit: str, *, element: str
) -> go.Figure:
    """Draw the compounds of one element above a periodic table of how much harder each one is unseen."""
    some = tested[tested["element"] == element].iloc[:POINTS]
    here = summary.loc[element]
    times = summary["unseen"] / summary["seen"]
    fig = make_subplots(rows=2, row_heights=[0.55, 0.45], vertical_spacing=0.16)
    ends = [
        float(tested[["true", "unseen"]].min().min()),
        float(tested[["true", "unseen"]].max().max()),
    ]
    fig.add_scatter(
        x=ends, y=ends, mode="lines", line={"color": GRAY, "dash": "dash"}, hoverinfo="skip",
        showlegend=False,
    )  # fmt: skip
    for column, name, symbol, color in (
        ("seen", _("element in training"), "circle", COLORS[0]),
        ("unseen", _("element never seen"), "x", COLORS[1]),
    ):
        fig.add_scatter(
            x=some["true"], y=some[column], text=some["formula"], mode="markers", name=name,
            marker={"size": 7, "opacity": 0.7, "symbol": symbol, "color": color},
        )  # fmt: skip
    fig.add_scatter(
        x=summary["group"], y=summary["period"], text=list(summary.index), mode="markers+text",
        showlegend=False, textfont={"size": 10, "color": "#222222"},
        customdata=times.round(1), hovertemplate="%{text}: %{customdata}×<extra></extra>",
        marker={
            "symbol": "square", "size": 26, "color": np.log2(times), "cmin": -1, "cmax": 3,
            "colorscale": [[0, "#DCEBF7"], [0.25, "#FFF4D6"], [1, COLORS[4]]],
            "colorbar": {
                "title": {"text": _("unseen / seen")}, "len": 0.4, "y": 0.18,
                "tickvals": [-1, 0, 1, 2, 3], "ticktext": ["½", "1", "2", "4", "8"],
            },
        }, row=2, col=1,
    )  # fmt: skip
    fig.add_scatter(
        x=[here["group"]], y=[here["period"]], mode="markers", showlegend=False, hoverinfo="skip",
        marker={"symbol": "square-open", "size": 30, "line": {"width": 3, "color": COLORS[1]}},
        row=2, col=1,
    )  # fmt: skip
    words = {
        "element": element,
        "count": here["compounds"],
        "seen": here["seen"],
        "unseen": here["unseen"],
        "mean": here["baseline"],
        "unit": unit,
    }
    label(
        fig,
        title=_(
            "{element}: MAE {seen:.2f} with it, {unseen:.2f} without it, always the mean {mean:.2f} {unit}"
        ).format(**words),
        alt=_(
            "Above, {count:.0f} compounds with {element}: models that know the element are off by "
            "{seen:.2f} {unit} on average, models that never saw it by {unseen:.2f}; always the mean "
            "gives {mean:.2f}. Below, a periodic table coloured by how many times larger the error "
            "becomes when the element is left out."
        ).format(**words),
    )
    fig.update_layout(height=700, legend={"orientation": "h", "y": 1.05, "x": 0})
    pad = 0.05 * (ends[1] - ends[0])
    view = [ends[0] - pad, ends[1] + pad]
    fig.update_xaxes(title_text=_("measured ({unit})").format(unit=unit), range=view, row=1, col=1)
    fig.update_yaxes(title_text=_("predicted ({unit})").format(unit=unit), range=view, row=1, col=1)
    fig.update_xaxes(visible=False, range=[0.3, 18.7], row=2, col=1)
    return fig.update_yaxes(visible=False, range=[10.2, 0.3], row=2, col=1)
