"""Explorers of notebook 18: does an interval hold what it promises, and where should a warning begin?"""

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from matnn_lab.evaluation.doubt.uncertainty import SET_ASIDE, retained_curve
from matnn_lab.figures import COLORS, label
from matnn_lab.text import gettext as _
from matnn_lab.widgets import Choice, Explorer, Slider

GRAY = COLORS[6]
LEVEL = 0.9  # the one that the title names


def coverage_explorer(
    covered: pd.DataFrame, splits: Sequence[str], methods: Sequence[str]
) -> Explorer:
    """Choose a split and a method and compare what the intervals hold with what they promise.

    Parameters
    ----------
    covered : pandas.DataFrame
        One row a split, seed, method and level, with the columns ``split``, ``seed``, ``method``,
        ``level`` and ``covered`` (shares from 0 to 1) and ``width`` (mean full width, eV/atom).
    splits, methods : sequence of str
        In the order in which they are offered.
    """
    return Explorer(
        partial(coverage_figure, covered),
        split=Choice(list(splits), _("Split")),
        method=Choice(list(methods), _("Method")),
    )


def coverage_figure(covered: pd.DataFrame, *, split: str, method: str) -> go.Figure:
    """Draw coverage against nominal coverage, one curve a seed, with the diagonal that it should follow."""
    shown = covered[(covered["split"] == split) & (covered["method"] == method)]
    at_level = shown[np.isclose(shown["level"], LEVEL)]
    held, width = at_level["covered"].mean(), at_level["width"].mean()
    fig = go.Figure()
    fig.add_scatter(
        x=[0, 1], y=[0, 1], mode="lines", name=_("as promised"), hoverinfo="skip",
        line={"color": GRAY, "dash": "dash"},
    )  # fmt: skip
    for number, (seed, curve) in enumerate(shown.groupby("seed")):
        fig.add_scatter(
            x=curve["level"].to_numpy(), y=curve["covered"].to_numpy().round(3), mode="lines+markers",
            marker={"size": 5}, line={"color": COLORS[number]}, name=_("seed {seed}").format(seed=seed),
        )  # fmt: skip
    label(
        fig,
        title=_("{percent} % intervals hold {held:.0%}; mean width {width:.2f} eV/atom").format(
            percent=round(100 * LEVEL), held=held, width=width
        ),
        alt=_(
            "Coverage against nominal coverage for {method} under the split {split}, a curve for each of "
            "{count} seeds. Intervals of 90 % hold {held:.0%} of the test values at a mean width of "
            "{width:.2f} eV/atom."
        ).format(method=method, split=split, count=shown["seed"].nunique(), held=held, width=width),
        x=_("nominal coverage"),
        y=_("share of test values held"),
    )
    fig.update_xaxes(range=[0, 1])
    return fig.update_yaxes(range=[0, 1.02])


def warning_explorer(
    piles: Mapping[str, Sequence[pd.DataFrame]],
    scores: Mapping[str, str],
    shares: Sequence[float] = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5),
) -> Explorer:
    """Set aside the most doubtful share and see the error of the rest, and how many bad ones were caught.

    Parameters
    ----------
    piles : mapping of str to sequence of pandas.DataFrame
        For each pile of candidates one table a model, with the column ``error`` (absolute, eV/atom) and
        one for each score.
    scores : mapping of str to str
        What the reader sees, and the column.
    shares : sequence of float
        That the slider offers.
    """
    curves = {
        (pile, name): np.mean([retained_curve(t["error"], t[column]) for t in tables], axis=0)
        for pile, tables in piles.items()
        for name, column in [*scores.items(), ("", "error")]
    }
    caught = {
        (pile, name, share): float(np.mean([_caught(t["error"], t[column], share) for t in tables]))
        for pile, tables in piles.items()
        for name, column in scores.items()
        for share in shares
    }
    return Explorer(
        partial(warning_figure, curves, caught),
        pile=Choice(list(piles), _("Candidates")),
        score=Choice(list(scores), _("Warn by")),
        share=Slider(list(shares), _("Share set aside"), default=shares[2]),
    )


def _caught(errors: pd.Series, scores: pd.Series, share: float) -> float:
    """Return which share of the worst tenth of the errors is among the rows set aside."""
    n = len(errors)
    worst = set(np.argsort(-errors.to_numpy(), kind="stable")[: max(1, round(0.1 * n))])
    aside = set(np.argsort(-scores.to_numpy(), kind="stable")[: round(share * n)])
    return len(worst & aside) / len(worst)


def warning_figure(
    curves: Mapping[tuple[str, str], np.ndarray],
    caught: Mapping[tuple[str, str, float], float],
    *,
    pile: str,
    score: str,
    share: float,
) -> go.Figure:
    """Draw the error of the rest against the share set aside, with the best and the random order."""
    curve, best = curves[pile, score], curves[pile, ""]
    rest = float(np.interp(share, SET_ASIDE, curve))
    fig = go.Figure()
    for name, values, dash, color in [
        (_("random order"), np.full(len(SET_ASIDE), curve[0]), "dash", GRAY),
        (_("by the true error (nobody knows it)"), best, "dot", COLORS[2]),
        (_("by this score"), curve, "solid", COLORS[0]),
    ]:
        fig.add_scatter(
            x=SET_ASIDE,
            y=values.round(4),
            mode="lines",
            name=name,
            line={"dash": dash, "color": color},
        )
    fig.add_scatter(
        x=[share],
        y=[rest],
        mode="markers",
        marker={"size": 12, "color": COLORS[1]},
        showlegend=False,
    )
    label(
        fig,
        title=_(
            "Rest: MAE {rest:.3f} eV/atom (random {random:.3f}); of the worst tenth {caught:.0%} caught"
        ).format(rest=rest, random=curve[0], caught=caught[pile, score, share]),
        alt=_(
            "Mean absolute error of the rest against the share set aside, candidates: {pile}, warned by "
            "{score}. With {share:.0%} set aside it is {rest:.3f} eV/atom, in random order {random:.3f}, "
            "and {caught:.0%} of the worst tenth are caught."
        ).format(
            pile=pile, score=score, share=share, rest=rest, random=curve[0],
            caught=caught[pile, score, share],
        ),
        x=_("share set aside"),
        y=_("MAE of the rest (eV/atom)"),
    )  # fmt: skip
    return fig.update_yaxes(rangemode="tozero")
