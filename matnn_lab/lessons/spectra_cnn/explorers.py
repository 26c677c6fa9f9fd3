"""Explorers of notebook 09: what moves, widens and raises the lines, and when a network changes its mind.

The networks and the crystals of the second come from the notebook.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache, partial

import numpy as np
import plotly.graph_objects as go
from numpy.typing import ArrayLike, NDArray
from plotly.subplots import make_subplots

from matnn_lab.arrays import number_rows, real_number
from matnn_lab.figures import COLORS, label
from matnn_lab.lessons.spectra_cnn.powders import SYSTEMS
from matnn_lab.models.inputs import check_choice
from matnn_lab.representations.spectra import (
    GRID,
    Measurement,
    Reflections,
    line_profiles,
    powder_patterns,
)
from matnn_lab.text import gettext as _
from matnn_lab.widgets import Choice, Explorer, Slider

Answer = Callable[[NDArray[np.float32]], ArrayLike]

LATTICE_CONSTANTS = [5.40, 5.52, 5.64, 5.76]
SIZES_NM = [4, 8, 16, 100]
MARCH = [1.0, 0.75, 0.5]
FINE = np.linspace(24, 70, 307)  # degrees, steps of 0.15
SCHERRER = 0.9
WAVELENGTH = 1.54184  # Å

STEPS = [0, 1, 2, 3, 4]
FAULTS = ("shift", "background", "texture", "noise")


@cache
def halite(a: float) -> Reflections:
    """Return the reflections of NaCl with a lattice constant in Å."""
    from pymatgen.core import Lattice, Structure

    corner = np.array([[0, 0, 0], [0, 0.5, 0.5], [0.5, 0, 0.5], [0.5, 0.5, 0]])
    sites = np.concatenate([corner, corner + 0.5])
    crystal = Structure(Lattice.cubic(a), 4 * ["Na"] + 4 * ["Cl"], sites)
    return Reflections.from_structures([crystal])


def pattern_explorer() -> Explorer:
    """Change lattice constant, crystallite size and texture of halite, and see which changes what."""
    return Explorer(
        pattern_figure,
        a=Slider(LATTICE_CONSTANTS, _("Lattice constant"), default=5.64, unit="Å"),
        size=Slider(SIZES_NM, _("Crystallite size"), default=100, unit="nm"),
        march=Slider(MARCH, _("Texture r")),
    )


def pattern_figure(*, a: float, size: float, march: float) -> go.Figure:
    """Draw the pattern of a powder of halite over that of large crystallites without texture."""
    size = real_number(size, "sizes (nm)", above=0)
    ideal = Measurement.ideal(1, fwhm_deg=0.25)
    random = np.random.default_rng(0)
    (reference,) = line_profiles(halite(5.64), ideal, random, FINE)
    # Scherrer: the width grows with 1/cos θ, and 1/cos² θ = 1 + tan² θ has the form of Caglioti
    grain = np.degrees(SCHERRER * WAVELENGTH / (10 * size)) ** 2
    how = replace(
        ideal,
        caglioti=ideal.caglioti + [grain, 0, grain],
        march=np.array([march]),
        axis=np.array([[1, 0, 0]]),
    )
    (pattern,) = line_profiles(halite(a), how, random, FINE)
    top = reference.max()
    fig = go.Figure()
    for values, name, color, width in (
        (reference, _("a = 5.64 Å, large crystallites, no texture"), COLORS[6], 1.5),
        (pattern, _("your powder"), COLORS[0], 2),
    ):
        fig.add_scatter(
            x=FINE.round(2).tolist(), y=(100 * values / top).round(1).tolist(), mode="lines", name=name,
            line={"color": color, "width": width},
        )  # fmt: skip
    strongest = FINE[pattern.argmax()]
    label(
        fig,
        title=_(
            "Halite, a = {a:g} Å, crystallites of {size:g} nm, r = {march:g} (simulated)"
        ).format(a=a, size=size, march=march),
        alt=_(
            "Simulated powder pattern of halite with a = {a:g} Å, crystallites of {size:g} nm and texture "
            "r = {march:g}. The highest point lies at {angle:.1f}° and is {height:.0f} % of that of the "
            "undisturbed powder."
        ).format(a=a, size=size, march=march, angle=strongest, height=100 * pattern.max() / top),
        x=_("2θ (°)"),
        y=_("Intensity (% of the highest undisturbed)"),
    )
    fig.update_layout(height=400, legend={"x": 0.98, "xanchor": "right", "y": 0.98})
    fig.update_yaxes(range=[0, 310])
    return fig


def gap_explorer(
    networks: Mapping[str, Answer], reflections: Reflections, names: Sequence[str]
) -> Explorer:
    """Disturb the pattern of a crystal more and more, and see what networks say of it.

    Parameters
    ----------
    networks : mapping of str to callable
        Each takes patterns, shape (n, n_points), and returns probabilities, shape (n, n_systems).
    reflections : Reflections
        Of the crystals to choose from.
    names : sequence of str
        How they are called.
    """
    return Explorer(
        partial(gap_figure, dict(networks), reflections, list(names)),
        crystal=Choice(list(names), _("Mineral")),
        fault=Choice(
            {
                _("shift"): "shift",
                _("background"): "background",
                _("texture"): "texture",
                _("noise"): "noise",
            },
            _("Fault"),
        ),
        strength=Slider(STEPS, _("Strength")),
    )


def disturbed(fault: str, strength: int) -> Measurement:
    """Return a measurement with one fault, from none (0) to as strong as in the training patterns (4)."""
    check_choice(fault=fault, known=FAULTS)
    ideal, share = Measurement.ideal(1), strength / STEPS[-1]
    one = np.ones(1)
    changes = {
        "shift": {"zero_shift_deg": 0.1 * share * one, "displacement_mm": -0.2 * share * one},
        "background": {"background": np.array([[0.4, 20, 0.1, 0.15]]) * [share, 1, share, share]},
        "texture": {"march": one - 0.5 * share},
        "noise": {"counts": one * (np.inf if strength == 0 else 10 ** (4.5 - 2 * share))},
    }
    return replace(ideal, **changes[fault])


def gap_figure(
    networks: Mapping[str, Answer],
    reflections: Reflections,
    names: Sequence[str],
    *,
    crystal: str,
    fault: str,
    strength: int,
) -> go.Figure:
    """Draw the disturbed pattern, and the probabilities of the crystal systems beside it."""
    one = reflections[[list(names).index(crystal)]]
    pattern = powder_patterns(one, disturbed(fault, strength), np.random.default_rng(5))
    fig = make_subplots(rows=1, cols=2, column_widths=[0.6, 0.4], horizontal_spacing=0.14)
    fig.add_scatter(
        x=GRID[::2].round(1).tolist(), y=pattern[0, ::2].round(3).tolist(), mode="lines",
        showlegend=False, line={"color": COLORS[6], "width": 1.5},
    )  # fmt: skip
    said = []
    for number, (name, network) in enumerate(networks.items()):
        said_of = number_rows(network(pattern), "probabilities", len(SYSTEMS))
        probability = said_of[0].astype(np.float32).round(3)
        system = SYSTEMS[int(probability.argmax())]
        said.append(_("{network}: {system}").format(network=name, system=system))
        fig.add_bar(
            x=SYSTEMS, y=probability.tolist(), name=name, marker_color=COLORS[number], row=1, col=2
        )
    label(
        fig,
        title=_("{crystal} (simulated)<br>{said}").format(crystal=crystal, said="; ".join(said)),
        alt=_(
            "Left: simulated pattern of {crystal} with {fault} of strength {strength} of 4. Right: "
            "probabilities of the crystal systems. {said}."
        ).format(crystal=crystal, fault=fault, strength=strength, said="; ".join(said)),
    )
    fig.update_layout(
        height=440,
        barmode="group",
        margin_t=112,  # the title in two lines, and the legend between it and the panels
        title={"y": 0.95, "yanchor": "top"},
        legend={"orientation": "h", "x": 1, "xanchor": "right", "y": 1.05, "yanchor": "bottom"},
    )
    given = _("2θ (°) · {fault} {strength} of 4").format(fault=fault, strength=strength)
    fig.update_xaxes(title_text=given, row=1, col=1)
    fig.update_yaxes(title_text=_("Intensity (highest point 1)"), row=1, col=1)
    fig.update_yaxes(title_text=_("Probability (no unit)"), range=[0, 1], row=1, col=2)
    return fig
