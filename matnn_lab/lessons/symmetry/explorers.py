"""Explorers of notebook 07: a crystal that turns with its forces, a network that learned to turn."""

from collections.abc import Callable, Mapping
from functools import cache

import numpy as np
import plotly.graph_objects as go
import torch
from numpy.typing import NDArray
from plotly.subplots import make_subplots
from pymatgen.core import Molecule, Structure

from matnn_lab.figures import COLORS, cell_edges, label, look_at_box
from matnn_lab.representations.symmetry import rotation, transformed
from matnn_lab.text import gettext as _
from matnn_lab.widgets import Choice, Explorer, Slider, Toggle

Array = NDArray[np.float64]
Model = Callable[[Structure | Molecule], tuple[float, Array]]

ANGLES = list(range(0, 361, 10))
STOPS = ANGLES[::3]
AXES = {"z": (0, 0, 1), "x": (1, 0, 0), "111": (1, 1, 1)}
GRAY, BLUE, ORANGE, GREEN = COLORS[-1], *COLORS[:3]
COMPONENTS = [("x", BLUE), ("y", ORANGE), ("z", GREEN)]
ATOM_COLORS = {"Si": COLORS[4], "O": COLORS[3]}
ARROW = 2.0  # Å for each eV/Å


def turn_explorer(crystal: Structure, models: Mapping[str, Model], atom: int) -> Explorer:
    """Turn a crystal and watch its energy and the force on one atom.

    Parameters
    ----------
    crystal : pymatgen.core.Structure
    models : mapping of str to callable
        Each takes a structure and returns its energy (eV) and its forces (eV/Å), shape (n_atoms, 3).
    atom : int
        The atom whose force is drawn.
    """

    @cache
    def curve(axis: str, model: str) -> tuple[Array, Array]:
        """Return energies (n_angles,) and forces on the atom (n_angles, 3)."""
        turned = [transformed(crystal, rotation(AXES[axis], angle)) for angle in ANGLES]
        results = [models[model](structure) for structure in turned]
        return np.array([e for e, _f in results]), np.array([f[atom] for _e, f in results])

    def render(angle: int, axis: str, model: str, back: bool) -> go.Figure:
        energies, forces = curve(axis, model)
        return turn_figure(
            crystal, energies, forces, atom=atom, angle=angle, axis=axis, model=model, back=back
        )

    return Explorer(
        render,
        angle=Slider(STOPS, _("Angle"), default=30, unit="°"),
        axis=Choice({"z": "z", "x": "x"}, _("Axis")),
        model=Choice(list(models), _("Model")),
        back=Toggle(_("Turn the force back with the crystal")),
    )


def turn_figure(
    crystal: Structure,
    energies: Array,
    forces: Array,
    *,
    atom: int,
    angle: int,
    axis: str,
    model: str,
    back: bool,
) -> go.Figure:
    """Draw the turned crystal with the force on one atom; its components and the energy by angle.

    Parameters
    ----------
    crystal : pymatgen.core.Structure
        As it stands at 0°.
    energies, forces : numpy.ndarray, shapes (n_angles,) and (n_angles, 3)
        eV and eV/Å for each of ``ANGLES``.
    atom, angle, axis, model, back
        Settings of the controls; ``back`` undoes the rotation of each force.
    """
    turn, here = rotation(AXES[axis], angle), ANGLES.index(angle)
    positions, cell = scene(crystal)
    center = cell[~np.isnan(cell[:, 0])].mean(axis=0)
    start = (crystal.cart_coords[atom] - center) @ turn.T
    colors = [ATOM_COLORS.get(site.specie.symbol, GRAY) for site in crystal]
    shown = forces
    if back:
        turns = np.array([rotation(AXES[axis], a) for a in ANGLES])
        shown = np.einsum("aji,aj->ai", turns, forces)
    change = 1000 * (energies - energies[0])
    spread = np.ptp(change)
    steady = np.ptp(shown, axis=0).max() < 1e-6

    fig = make_subplots(
        rows=2,
        cols=2,
        specs=[[{"type": "scene", "rowspan": 2}, {}], [None, {}]],
        column_widths=[0.45, 0.55],
        horizontal_spacing=0.12,
        vertical_spacing=0.16,
    )
    x, y, z = ((cell - center) @ turn.T).T
    fig.add_scatter3d(
        x=x, y=y, z=z, mode="lines", line={"color": GRAY, "width": 3}, name=_("unit cell"),
        hoverinfo="skip", row=1, col=1,
    )  # fmt: skip
    x, y, z = ((positions - center) @ turn.T).T
    fig.add_scatter3d(
        x=x, y=y, z=z, mode="markers", name=_("atoms"), hoverinfo="skip",
        marker={"size": 7, "color": colors}, row=1, col=1,
    )  # fmt: skip
    x, y, z = np.array([start, start + ARROW * forces[here]]).T
    fig.add_scatter3d(
        x=x, y=y, z=z, mode="lines+markers", name=_("force"), hoverinfo="skip",
        line={"color": BLUE, "width": 7}, marker={"size": [0, 6], "color": BLUE}, row=1, col=1,
    )  # fmt: skip
    for k, (name, color) in enumerate(COMPONENTS):
        fig.add_scatter(
            x=ANGLES, y=shown[:, k], mode="lines", name=f"F<sub>{name}</sub>",
            line_color=color, row=1, col=2,
        )  # fmt: skip
    fig.add_scatter(
        x=[angle] * 3, y=shown[here], mode="markers", name=_("here"), showlegend=False,
        marker={"size": 10, "color": [color for _name, color in COMPONENTS]}, row=1, col=2,
    )  # fmt: skip
    fig.add_scatter(
        x=ANGLES, y=change, mode="lines", name=_("energy"), line_color=GRAY, showlegend=False,
        row=2, col=2,
    )  # fmt: skip
    fig.add_scatter(
        x=[angle], y=change[here : here + 1], mode="markers", showlegend=False, name=_("here"),
        marker={"size": 10, "color": GRAY}, row=2, col=2,
    )  # fmt: skip

    title = _("{model}, turned by {angle}°: F = ({force}) eV/Å, energy {change} meV").format(
        model=model, angle=angle, force=", ".join(f"{f:.2f}" for f in shown[here]),
        change=f"{round(change[here]) + 0:+d}",
    )  # fmt: skip
    alt = _(
        "Left: a crystal of quartz turned by {angle}° about {axis}, with the force on one atom. Right: the "
        "components of this force{back} and the energy against the angle, by the model {model}. Over a "
        "full turn the energy changes by {spread} meV, and the components {steady}."
    ).format(
        angle=angle,
        axis=axis,
        model=model,
        back=_(", turned back with the crystal,") if back else "",
        spread=f"{spread:.0f}",
        steady=_("stay as they are") if steady else _("change"),
    )
    label(fig, title=title.replace("-", "\N{MINUS SIGN}"), alt=alt)
    look_at_box(fig, -5.2, 5.2, eye=(0.6, -0.75, 0.45), zoom=1.8)
    fig.update_layout(
        height=460,
        legend={"orientation": "h", "x": 0.52, "y": 1.0, "yanchor": "bottom"},
    )  # fmt: skip
    for trace in fig.data[:3]:
        trace.showlegend = False
    fig.update_xaxes(range=[-8, 368], dtick=90)
    fig.update_xaxes(title_text=_("Angle (°)"), row=2, col=2)
    force_range = 1.15 * np.abs(forces).max()
    fig.update_yaxes(title_text=_("Force (eV/Å)"), range=[-force_range, force_range], row=1, col=2)
    half = max(50.0, 1.1 * np.abs(change).max())
    fig.update_yaxes(title_text=_("E − E(0°) (meV)"), range=[-half, half], row=2, col=2)
    return fig


def scene(crystal: Structure) -> tuple[Array, Array]:
    """Return the atoms (n_atoms, 3) and the edges of the cell as one line with gaps (36, 3), in Å."""
    matrix = crystal.lattice.matrix
    # a line breaks where there is no number
    edges = np.concatenate([cell_edges(matrix), np.full((12, 1, 3), np.nan)], axis=1)
    return np.mod(crystal.frac_coords, 1.0) @ matrix, edges.reshape(-1, 3)


Network = Callable[[torch.Tensor], torch.Tensor]


def wobble_explorer(
    networks: Mapping[str, Mapping[int, Network]], fragment: torch.Tensor, dipole: torch.Tensor
) -> Explorer:
    """Turn a fragment once around and watch the dipole moment that a trained network predicts.

    Parameters
    ----------
    networks : mapping of str to mapping of int to callable
        By kind of training and number of training fragments; each maps bond vectors (n, n_bonds, 3) to
        dipole moments (n, 3).
    fragment : torch.Tensor, shape (n_bonds, 3)
        Bond vectors in Å of a fragment that no network was trained on.
    dipole : torch.Tensor, shape (3,)
        Its true dipole moment in e Å.
    """
    sizes = list(next(iter(networks.values())))

    def render(kind: str, n: int, axis: str) -> go.Figure:
        return wobble_figure(networks[kind][n], fragment, dipole, kind=kind, n=n, axis=axis)

    return Explorer(
        render,
        kind=Choice(list(networks), _("Training")),
        n=Slider(sizes, _("Training fragments"), default=sizes[1]),
        axis=Choice({"z": "z", "x": "x", "[111]": "111"}, _("Axis")),
    )


def wobble_figure(
    network: Network, fragment: torch.Tensor, dipole: torch.Tensor, *, kind: str, n: int, axis: str
) -> go.Figure:
    """Draw true and predicted components of the dipole moment, and its predicted length, by angle."""
    turns = torch.tensor(
        np.array([rotation(AXES[axis], angle) for angle in ANGLES]), dtype=fragment.dtype
    )
    with torch.no_grad():
        predicted = network(fragment @ turns.mT).numpy()
    true = (turns @ dipole).numpy()
    lengths, length = np.linalg.norm(predicted, axis=1), float(torch.linalg.norm(dipole))
    error, wobble = np.abs(predicted - true).mean(), np.ptp(lengths)

    fig = make_subplots(cols=2, column_widths=[0.6, 0.4], horizontal_spacing=0.14)
    for k, (name, color) in enumerate(COMPONENTS):
        fig.add_scatter(
            x=ANGLES, y=true[:, k], mode="lines", name=_("true μ<sub>{name}</sub>").format(name=name),
            line={"color": color, "width": 1.5},
        )  # fmt: skip
        fig.add_scatter(
            x=ANGLES, y=predicted[:, k], mode="markers", name=_("predicted"), showlegend=k == 0,
            marker={"color": color, "size": 6},
        )  # fmt: skip
    fig.add_scatter(
        x=[0, 360], y=[length] * 2, mode="lines", line={"color": GRAY, "dash": "dash"},
        name=_("true length"), showlegend=False, row=1, col=2,
    )  # fmt: skip
    fig.add_scatter(
        x=ANGLES, y=lengths, mode="lines+markers", line_color=GRAY, name=_("predicted length"),
        showlegend=False, row=1, col=2,
    )  # fmt: skip
    label(
        fig,
        title=_(
            "{kind}, {n} fragments: MAE {error:.3f} eÅ, length varies by {wobble:.3f} eÅ"
        ).format(kind=kind, n=n, error=error, wobble=wobble),
        alt=_(
            "Left: components of the true and the predicted dipole moment of a fragment that is turned "
            "about {axis}. Right: the length of the prediction, which should not depend on the angle. "
            "Network: {kind}, trained on {n} fragments; the mean error is {error:.3f} eÅ and the "
            "length varies by {wobble:.3f} eÅ."
        ).format(axis=axis, kind=kind, n=n, error=error, wobble=wobble),
    )
    top = 1.25 * length
    fig.update_layout(height=420, legend={"orientation": "h", "y": -0.22})
    fig.update_xaxes(title_text=_("Angle (°)"), range=[-8, 368], dtick=90)
    fig.update_yaxes(title_text=_("Dipole moment (eÅ)"), range=[-top, top], row=1, col=1)
    fig.update_yaxes(title_text=_("Its length (eÅ)"), range=[0, 1.6 * length], row=1, col=2)
    return fig
