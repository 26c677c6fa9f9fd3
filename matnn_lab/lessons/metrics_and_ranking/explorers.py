"""Explorers of notebook 17: what a metric does not see, and a screening with a budget."""

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
import plotly.graph_objects as go
from numpy.typing import ArrayLike, NDArray

from matnn_lab.evaluation.discovery.hull import energy_above_hull
from matnn_lab.evaluation.discovery.ranking import discovery_curve
from matnn_lab.figures import COLORS, label
from matnn_lab.text import gettext as _
from matnn_lab.widgets import Choice, Explorer, Slider

Array = NDArray[np.float64]

SHOWN = 220  # points of the parity plot
SLIPS = (0.0, 0.005, 0.01, 0.02, 0.05)  # share of labels with a slipped decimal point
RANGES = (1.0, 0.6, 0.35, 0.2, 0.1)  # share of the rows that stay, around the median
KNOWN = (1.0, 0.75, 0.5, 0.25, 0.0)  # share of what the model knows inside a family
NOISES = (0.02, 0.05, 0.1, 0.2, 0.3)  # mean absolute error, eV/atom
BUDGETS = (10, 25, 50, 100, 200, 400)


def blind_spot_explorer(true: ArrayLike, predicted: ArrayLike, families: Sequence[str]) -> Explorer:
    """Plant a trouble in a test and watch MAE, RMSE and R² react, or not.

    Parameters
    ----------
    true, predicted : array_like of float, shape (n,)
        In eV/atom.
    families : sequence of str, shape (n,)
        Family of each material.
    """
    true, predicted = np.asarray(true, dtype=float), np.asarray(predicted, dtype=float)
    return Explorer(
        partial(blind_spot_figure, true, predicted, np.asarray(families)),
        trouble=Choice(
            {
                _("labels with a slipped decimal point"): "slips",
                _("a test of similar materials"): "range",
                _("a model that knows only the family"): "family",
            },
            _("Trouble"),
        ),
        step=Slider([0, 1, 2, 3, 4], _("How much of it (0: none)"), default=1),
    )


def troubled(
    true: Array, predicted: Array, families: NDArray, *, trouble: str, step: int
) -> tuple[Array, Array, NDArray[np.int64]]:
    """Return true values and predictions with the trouble planted, and the rows that are left."""
    rows = np.arange(len(true))
    if trouble == "slips":
        slipped = np.random.default_rng(0).permutation(len(true))
        slipped = slipped[: round(SLIPS[step] * len(true))]
        return np.where(np.isin(rows, slipped), 10 * true, true), predicted, rows
    if trouble == "range":
        near = np.argsort(np.abs(true - np.median(true)), kind="stable")
        rows = np.sort(near[: round(RANGES[step] * len(true))])
        return true[rows], predicted[rows], rows
    means = np.empty_like(true)
    for family in np.unique(families):
        means[families == family] = true[families == family].mean()
    return true, means + KNOWN[step] * (predicted - means), rows


def blind_spot_figure(
    true: Array, predicted: Array, families: NDArray, *, trouble: str, step: int
) -> go.Figure:
    """Draw predictions against true values with the trouble planted, and the three metrics."""
    y, p, rows = troubled(true, predicted, families, trouble=trouble, step=step)
    mae, baseline = np.abs(p - y).mean(), np.abs(y - y.mean()).mean()
    rmse = np.sqrt(((p - y) ** 2).mean())
    r2 = 1 - ((p - y) ** 2).sum() / ((y - y.mean()) ** 2).sum()
    shown = np.random.default_rng(1).permutation(len(y))[:SHOWN]
    far = np.flatnonzero(np.abs(y - true[rows]) > 1)
    shown = np.union1d(shown, far)
    fig = go.Figure()
    for family in np.unique(families):
        these = shown[families[rows][shown] == family]
        fig.add_scatter(
            x=y[these].round(2), y=p[these].round(2), mode="markers", name=str(family),
            marker={"size": 5, "opacity": 0.7},
        )  # fmt: skip
    ends = [float(min(y.min(), p.min())), float(max(y.max(), p.max()))]
    fig.add_scatter(
        x=ends, y=ends, mode="lines", name=_("perfect"), line={"color": COLORS[6], "width": 1}
    )
    title = _(
        "Computed: MAE {mae:.3f} eV/atom (the mean: {baseline:.3f}), RMSE {rmse:.3f}, R² {r2:.2f}"
    )
    words = {
        "slips": _("{share:.1%} of the labels have a slipped decimal point."),
        "range": _("Only the {share:.0%} of the materials nearest to the median are tested."),
        "family": _("The model knows {share:.0%} of the differences inside a family."),
    }[trouble]
    share = {"slips": SLIPS, "range": RANGES, "family": KNOWN}[trouble][step]
    numbers = title.format(mae=mae, baseline=baseline, rmse=rmse, r2=r2)
    return label(
        fig,
        title=numbers,
        alt=_("Parity plot. {words} {numbers}.").format(
            words=words.format(share=share), numbers=numbers
        ),
        x=_("formation energy in the test (eV/atom)"),
        y=_("prediction (eV/atom)"),
    )


def budget_explorer(
    formulas: Sequence[str],
    energies: ArrayLike,
    distances: ArrayLike,
    systems: Sequence[str],
    *,
    known: tuple[Sequence[str], ArrayLike] = ((), ()),
    threshold: float = 0.05,
) -> Explorer:
    """Screen candidates with an imagined model: choose its error and how many you can afford to try.

    Parameters
    ----------
    formulas : sequence of str, shape (n,)
        The candidates.
    energies, distances : array_like of float, shape (n,)
        Formation energies and energies above the hull, computed, eV/atom.
    systems : sequence of str, shape (n,)
        Chemical system of each candidate.
    known : (formulas, energies), optional
        Phases whose energies are known without error; they compete with the candidates.
    threshold : float
        A candidate at or below this distance, eV/atom, is a hit.
    """
    energies = np.asarray(energies, dtype=float)
    hits = np.asarray(distances) <= threshold
    curves = {}
    for kind in ("independent", "shared"):
        for noise in NOISES:
            said = energies + imagined_errors(systems, noise, kind)
            phases = [*known[0], *formulas], [*np.asarray(known[1]), *said]
            above = energy_above_hull(formulas, said, known=phases)
            curves[kind, noise] = discovery_curve(hits, -above)
    return Explorer(
        partial(budget_figure, curves),
        kind=Choice(
            {
                _("its own for each crystal"): "independent",
                _("the same for all crystals of a chemical system"): "shared",
            },
            _("Error"),
        ),
        noise=Slider(list(NOISES), _("MAE of the model (eV/atom)"), default=0.1),
        budget=Slider([b for b in BUDGETS if b < len(hits)], _("Budget (trials)"), default=50),
    )


def imagined_errors(systems: Sequence[str], mae: float, kind: str, seed: int = 0) -> Array:
    """Return normal errors with exactly this mean size, drawn for each crystal or for each system."""
    rng = np.random.default_rng(seed)
    _names, system = np.unique(np.asarray(systems, dtype=str), return_inverse=True)
    errors = rng.normal(size=len(system))
    if kind == "shared":
        errors = rng.normal(size=system.max() + 1)[system]
    return errors * mae / np.abs(errors).mean()


def budget_figure(
    curves: Mapping[tuple[str, float], Array], *, kind: str, noise: float, budget: int
) -> go.Figure:
    """Draw hits against trials for one imagined model, beside a perfect one and chance."""
    curve = curves[kind, noise]
    n, n_hits = len(curve) - 1, round(curve[-1])
    found = float(curve[budget])
    trials = np.unique(np.r_[np.arange(0, 60, 4), np.linspace(60, n, 40).astype(int), budget])
    fig = go.Figure()
    fig.add_scatter(
        x=[0, n_hits, n], y=[0, n_hits, n_hits], mode="lines", name=_("perfect"),
        line={"color": COLORS[2], "dash": "dot"},
    )  # fmt: skip
    fig.add_scatter(
        x=[0, n], y=[0, n_hits], mode="lines", name=_("random choice"),
        line={"color": COLORS[6], "dash": "dash"},
    )  # fmt: skip
    fig.add_scatter(
        x=trials, y=curve[trials].round(1), mode="lines", name=_("this model"),
        line={"color": COLORS[0], "width": 3},
    )  # fmt: skip
    fig.add_scatter(
        x=[budget], y=[found], mode="markers", name=_("your budget"),
        marker={"size": 12, "color": COLORS[1]},
    )  # fmt: skip
    numbers = _(
        "Computed: {found:.0f} hits in {budget} trials, precision {precision:.2f}, recall {recall:.2f}, "
        "enrichment {enrichment:.1f}"
    ).format(
        found=found, budget=budget, precision=found / budget, recall=found / n_hits,
        enrichment=found / budget / (n_hits / n),
    )  # fmt: skip
    errors = {
        "independent": _("errors of its own for each crystal"),
        "shared": _("one error for all crystals of a chemical system"),
    }[kind]
    return label(
        fig,
        title=numbers,
        alt=_(
            "Discovery curve among {n} candidates with {n_hits} hits for a model with an MAE of "
            "{noise} eV/atom and {errors}. {numbers}."
        ).format(n=n, n_hits=n_hits, noise=noise, errors=errors, numbers=numbers),
        x=_("trials, best first"),
        y=_("hits found"),
    )
