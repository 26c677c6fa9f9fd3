"""Explorers of notebook 12: a shell that leaves the cutoff, the angle of two bonds, and when to stop a run.

The radial functions, the networks and the errors come from the notebook.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np
import plotly.graph_objects as go
import torch
from ase import Atoms
from numpy.typing import ArrayLike, NDArray
from plotly.subplots import make_subplots

from matnn_lab.figures import COLORS, label, line_styles
from matnn_lab.models.potential import Potential
from matnn_lab.representations.graph import CrystalGraphs
from matnn_lab.text import gettext as _
from matnn_lab.widgets import Choice, Explorer, Slider, Toggle

Array = NDArray[np.float64]
Radial = Callable[[torch.Tensor, float], torch.Tensor]

CUTOFFS = [3.6, 4.0, 4.4, 4.8]
# shells of silicon in units of the lattice constant, and the number of atoms in each
SHELLS = np.array([np.sqrt(3) / 4, np.sqrt(2) / 2, np.sqrt(11) / 4, 1.0])
COUNTS = (4, 12, 12, 6)
LATTICE_CONSTANTS = np.linspace(4.9, 6.1, 121)

ANGLES = [90, 100, 109.5, 125, 150, 180]
GRID = np.linspace(90, 180, 46)
BOND = 2.36  # Å
TURN = 40.0  # degrees

LIMITS = [50, 100, 200]
ALARMS = [5, 10, 20, 30, 50, 80, 120, 200]


def cutoff_explorer(radials: Mapping[str, Radial]) -> Explorer:
    """Stretch silicon until a shell of neighbors leaves the cutoff.

    Parameters
    ----------
    radials : mapping of str to callable
        Each takes distances, shape (n,), and the cutoff in Å, and returns the radial functions, shape
        (n, n_basis), which are zero from the cutoff on.
    """
    return Explorer(
        partial(cutoff_figure, dict(radials)),
        radial=Choice(list(radials), _("Radial functions")),
        cutoff=Slider(CUTOFFS, _("Cutoff"), default=4.0, unit="Å"),
    )


def shell_energy(radial: Radial, lattice_constant: torch.Tensor, cutoff: float) -> torch.Tensor:
    """Compute the energy of an atom in silicon with a small network of random weights.

    The network reads the sum of the radial functions over the neighbors.

    Parameters
    ----------
    radial : callable
        As for `cutoff_explorer`.
    lattice_constant : torch.Tensor, shape (n,)
        Å.
    cutoff : float
        Å.

    Returns
    -------
    torch.Tensor, shape (n,)
        eV.
    """
    distance = lattice_constant[:, None] * torch.as_tensor(SHELLS)
    functions = radial(distance.flatten(), cutoff)
    functions = functions.view(*distance.shape, -1) * torch.tensor(COUNTS)[:, None]
    random = np.random.default_rng(12)
    first = torch.as_tensor(random.normal(size=(functions.shape[-1], 16)))
    second = torch.as_tensor(random.normal(size=16))
    return torch.tanh(0.1 * functions.sum(dim=1) @ first) @ second


def cutoff_figure(radials: Mapping[str, Radial], *, radial: str, cutoff: float) -> go.Figure:
    """Draw the radial functions, and the energy of silicon and its slope against the lattice constant."""
    function = radials[radial]
    distance = torch.linspace(1.5, 5.2, 112, dtype=torch.float64)
    waves = function(distance, cutoff).numpy()
    a = torch.as_tensor(LATTICE_CONSTANTS).requires_grad_()
    energy = shell_energy(function, a, cutoff)
    (slope,) = torch.autograd.grad(energy.sum(), a)
    energy, slope = energy.detach().numpy(), slope.numpy()
    crossing = [
        cutoff / s for s in SHELLS if LATTICE_CONSTANTS[0] < cutoff / s < LATTICE_CONSTANTS[-1]
    ]

    fig = make_subplots(
        rows=2, cols=2, specs=[[{"rowspan": 2}, {}], [None, {}]], column_widths=[0.42, 0.58],
        shared_xaxes=True, horizontal_spacing=0.16, vertical_spacing=0.08,
    )  # fmt: skip
    shown = np.concatenate([np.append(wave, np.nan) for wave in waves.T[::2]])
    places = np.tile(np.append(distance.numpy(), np.nan), len(waves.T[::2]))
    fig.add_scatter(
        x=[None if np.isnan(v) else round(float(v), 4) for v in places],
        y=[None if np.isnan(v) else round(float(v), 4) for v in shown],
        mode="lines", line_width=1.5, name=_("radial functions"),
    )  # fmt: skip
    # a gap where a shell leaves, so that a jump shows as a jump
    for row, values in ((1, energy), (2, slope)):
        x, y = _cut(LATTICE_CONSTANTS, values, crossing)
        fig.add_scatter(
            x=x, y=y, mode="lines", line={"color": COLORS[1]},
            name=_("energy") if row == 1 else _("slope"), row=row, col=2,
        )  # fmt: skip
    jumps = [_jump(values, crossing) for values in (energy, slope)]
    title = _("{radial}, cutoff {cutoff:g} Å: {outcome}").format(
        radial=radial, cutoff=cutoff, outcome=describe_jumps(*jumps)
    )
    leaves = (
        _("A shell leaves the cutoff at a lattice constant of {places} Å.").format(
            places=_(" and ").join(f"{place:.2f}" for place in crossing)
        )
        if crossing
        else _("No shell leaves the cutoff in this range.")
    )
    label(
        fig,
        title=f"{title}<br><sup>{leaves}</sup>",
        alt=_(
            "Left: {radial} up to a cutoff of {cutoff:g} Å. Right: energy and its slope against the "
            "lattice constant of silicon. {leaves} Outcome: {outcome}."
        ).format(radial=radial, cutoff=cutoff, leaves=leaves, outcome=describe_jumps(*jumps)),
    )
    fig.update_layout(showlegend=False, height=440, margin_t=80)
    fig.update_xaxes(title_text=_("Distance (Å)"), range=[1.5, 5.2], row=1, col=1)
    fig.update_yaxes(title_text=_("Radial functions"), range=[-0.75, 1.05], row=1, col=1)
    fig.update_xaxes(range=[LATTICE_CONSTANTS[0], LATTICE_CONSTANTS[-1]], col=2)
    fig.update_xaxes(title_text=_("Lattice constant (Å)"), row=2, col=2)
    fig.update_yaxes(title_text=_("E (eV/atom)"), row=1, col=2)
    fig.update_yaxes(title_text=_("Slope (eV/Å)"), row=2, col=2)
    return fig


def describe_jumps(energy: float, slope: float) -> str:
    """Say in words what jumps where a shell leaves the cutoff; sizes in eV/atom and eV/atom/Å."""
    if energy > 0.02:
        return _("the energy jumps")
    if slope > 0.02:
        return _("the energy meets, its slope jumps")
    return _("energy and slope are smooth")


def _cut(x: Array, y: Array, places: Sequence[float]) -> tuple[list, list]:
    """Put a gap into a curve at each place."""
    rows = np.searchsorted(x, places)
    x, y = np.insert(x, rows, np.nan), np.insert(y, rows, np.nan)
    return (
        [None if np.isnan(v) else round(float(v), 5) for v in x],
        [None if np.isnan(v) else round(float(v), 5) for v in y],
    )


def _jump(values: Array, places: Sequence[float]) -> float:
    """Find how much more a curve changes across a place than on both sides of it."""
    steps = np.abs(np.diff(values))
    rows = [int(np.searchsorted(LATTICE_CONSTANTS, place)) - 1 for place in places]
    return max((steps[r] - max(steps[r - 1], steps[r + 1]) for r in rows), default=0.0)


def angle_explorer(networks: Mapping[str, Potential]) -> Explorer:
    """Open the angle between two bonds, and turn the molecule.

    Parameters
    ----------
    networks : mapping of str to Potential
        They know silicon; their cutoff is longer than a bond of 2.36 Å and shorter than the distance of
        the outer atoms at 90°, 3.34 Å.
    """
    energies = {name: angle_energy(model, GRID) for name, model in networks.items()}
    energies = {name: _relative(energy) for name, energy in energies.items()}
    return Explorer(
        partial(angle_figure, energies),
        angle=Slider(ANGLES, _("Angle between the bonds"), default=109.5, unit="°"),
        turned=Toggle(_("Turn the molecule"), False),
    )


def _relative(energy: Array) -> Array:
    """Measure an energy from that at 180°, in units of the largest change; rounding is no change."""
    change = energy - energy[-1]
    largest = np.abs(change).max()
    return change / largest if largest > 1e-10 else np.zeros_like(change)


def angle_energy(model: Potential, angles: ArrayLike) -> Array:
    """Compute the energy of three silicon atoms at each angle (degrees) between two bonds of 2.36 Å."""
    molecules = [Atoms("Si3", molecule(angle, 0.0)) for angle in np.atleast_1d(angles)]
    dtype = next(model.parameters()).dtype
    graphs = CrystalGraphs.from_structures(molecules, model.cutoff, dtype=dtype, progress=False)
    return model.eval()(graphs).energy.numpy()


def molecule(angle: float, turn: float) -> Array:
    """Place an atom at the origin and two others at the ends of two bonds in a plane, turned by degrees."""
    directions = np.radians([turn + 90 - angle / 2, turn + 90 + angle / 2])
    ends = BOND * np.stack([np.cos(directions), np.sin(directions), 0 * directions], axis=1)
    return np.concatenate([np.zeros((1, 3)), ends])


def angle_figure(energies: Mapping[str, Array], *, angle: float, turned: bool) -> go.Figure:
    """Draw the molecule with the sum of its bond vectors, and each network's energy against the angle."""
    places = molecule(angle, TURN if turned else 0.0)
    total = (places[1:] / BOND).sum(axis=0)
    length = float(np.linalg.norm(total))
    fig = make_subplots(cols=2, column_widths=[0.42, 0.58], horizontal_spacing=0.15)
    fig.add_scatter(
        x=places[[1, 0, 2], 0], y=places[[1, 0, 2], 1], mode="lines+markers", name=_("atoms"),
        marker={"size": 26}, line={"width": 4, "color": COLORS[-1]}, showlegend=False,
    )  # fmt: skip
    fig.add_scatter(
        x=[0, total[0]], y=[0, total[1]], mode="lines+markers", name=_("sum of the two arrows"),
        line={"width": 5, "color": COLORS[1]},
        marker={"size": [0, 16], "symbol": "arrow", "angleref": "previous", "color": COLORS[1]},
    )  # fmt: skip
    for line, (name, energy) in zip(line_styles(len(energies)), energies.items(), strict=True):
        fig.add_scatter(x=GRID, y=energy, mode="lines", name=name, line=line, row=1, col=2)
        here = float(np.interp(angle, GRID, energy))
        fig.add_scatter(
            x=[angle], y=[here], mode="markers", showlegend=False, name=name,
            marker={"size": 11, "color": line["color"]}, row=1, col=2,
        )  # fmt: skip
    outcome = _("two unit vectors add up to one of length {length:.2f}").format(length=length)
    label(
        fig,
        title=_("Angle {angle:g}°: {outcome}").format(angle=angle, outcome=outcome),
        alt=_(
            "Left: an atom with two bonds at an angle of {angle:g}°, {turned}; {outcome}. Right: energy "
            "against angle for networks of random weights: flat for {flat}, a curve for {bent}."
        ).format(
            angle=angle,
            turned=_("turned by 40°") if turned else _("upright"),
            outcome=outcome,
            flat=_named(energies, flat=True),
            bent=_named(energies, flat=False),
        ),
    )
    fig.update_layout(
        height=420, legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"}
    )
    fig.update_layout(margin_t=100, title_y=0.95)
    plane = {"range": [-3, 3], "showgrid": False, "zeroline": False}
    fig.update_xaxes(**plane, title_text=_("x (Å)"), row=1, col=1)
    fig.update_yaxes(**plane, title_text=_("y (Å)"), scaleanchor="x", row=1, col=1)
    fig.update_xaxes(title_text=_("Angle (degrees)"), range=[87, 183], row=1, col=2)
    fig.update_yaxes(title_text=_("Change of energy (largest = 1)"), row=1, col=2)
    return fig


def _named(energies: Mapping[str, Array], *, flat: bool) -> str:
    names = [name for name, energy in energies.items() if (np.ptp(energy) < 1e-6) == flat]
    return ", ".join(names) or _("none")


def alarm_explorer(kinds: Sequence[str], spread: ArrayLike, error: ArrayLike) -> Explorer:
    """Choose the spread at which a run is stopped, and the error that may not be exceeded.

    Parameters
    ----------
    kinds : sequence of str, shape (n,)
        What was done to each crystal.
    spread, error : array_like of float, shape (n,)
        Of the forces in the crystal, in meV/Å: how much the networks differ, and how wrong their mean is.
    """
    data = np.asarray(kinds), np.asarray(spread), np.asarray(error)
    return Explorer(
        partial(alarm_figure, *data),
        alarm=Slider(ALARMS, _("Alarm at a spread of"), default=30, unit="meV/Å"),
        limit=Choice(
            {_("{limit} meV/Å").format(limit=limit): limit for limit in LIMITS},
            _("Error that matters"),
            default=100,
        ),
    )


def alarm_figure(
    kinds: NDArray, spread: Array, error: Array, *, alarm: int, limit: int
) -> go.Figure:
    """Draw error against spread, the two thresholds, and count hits, misses and false alarms."""
    bad, called = error > limit, spread > alarm
    missed, needless = int((bad & ~called).sum()), int((~bad & called).sum())
    fig = go.Figure()
    for number, kind in enumerate(dict.fromkeys(kinds.tolist())):
        rows = kinds == kind
        # colors repeat after the seventh
        symbol = "circle" if number < len(COLORS) else "diamond-open"
        fig.add_scatter(
            x=spread[rows], y=error[rows], mode="markers", name=kind,
            marker={"size": 7, "symbol": symbol},
        )  # fmt: skip
    x_range, y_range = [np.log10(2), np.log10(3000)], [np.log10(5), np.log10(5000)]
    fig.add_scatter(
        x=[alarm, alarm], y=[5, 5000], mode="lines", name=_("alarm"),
        line={"color": COLORS[-1], "dash": "dash"}, showlegend=False,
    )  # fmt: skip
    fig.add_scatter(
        x=[2, 3000], y=[limit, limit], mode="lines", name=_("limit"),
        line={"color": COLORS[-1], "dash": "dot"}, showlegend=False,
    )  # fmt: skip
    outcome = _("{missed} of {bad} bad crystals missed, {needless} of {good} good ones stopped")
    outcome = outcome.format(
        missed=missed, bad=int(bad.sum()), needless=needless, good=int((~bad).sum())
    )
    label(
        fig,
        x=_("Spread of the committee (meV/Å)"),
        y=_("Error of its mean against CHGNet (meV/Å)"),
        title=_("Alarm at {alarm} meV/Å: {outcome}").format(alarm=alarm, outcome=outcome),
        alt=_(
            "Error of the mean force against the spread of the committee, one point a crystal, on "
            "logarithmic axes. With an alarm at {alarm} meV/Å and a limit of {limit} meV/Å: {outcome}."
        ).format(alarm=alarm, limit=limit, outcome=outcome),
    )
    axis = {"type": "log", "dtick": 1, "exponentformat": "power"}
    fig.update_xaxes(**axis, range=x_range)
    fig.update_yaxes(**axis, range=y_range)
    fig.update_layout(height=460)
    return fig
