"""Explorers of notebook 06: the graph of a crystal that grows with the cutoff, and a strained crystal.

Crystals come from the notebook, and so does the network that the second explorer asks.
"""

from collections.abc import Callable, Mapping
from functools import cache, partial

import numpy as np
import plotly.graph_objects as go
import torch
from numpy.typing import NDArray
from plotly.subplots import make_subplots
from pymatgen.core import Lattice, Structure

from matnn_lab.figures import COLORS, broken_line, cell_edges, colors_for, label, look_at_box
from matnn_lab.representations.basis import polynomial_cutoff
from matnn_lab.representations.graph import Neighbors, nearest_neighbors, neighbors
from matnn_lab.text import gettext as _
from matnn_lab.widgets import Choice, Explorer, Slider

Array = NDArray[np.float64]
Network = Callable[[Structure, Neighbors, Array | None], float]

CUTOFFS = [1.5, 1.7, 2.0, 2.4, 2.6, 2.8, 3.0, 3.4, 3.7, 4.0, 4.5]
HALF_WIDTH = 10.0  # Å, of the cube that holds every atom drawn
ZOOM = 4.0
SHELL = 0.05  # Å: neighbors of one element whose distances differ by less are one shell
SHELLS = 3  # that are described in words

CUTOFF = 4.45
STRAINS = [-3.0, -2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 3.0]
EPSILON = np.linspace(-0.03, 0.03, 25)
GRID = np.linspace(1.4, 5.0, 91)
BLUR = 0.08  # Å
FULL_WEIGHT = 0.99


def growing_graph_explorer(
    crystals: Mapping[str, Structure], centers: Mapping[str, str]
) -> Explorer:
    """Choose a crystal and a cutoff, and see in 3D which edges the cutoff makes.

    Parameters
    ----------
    crystals : mapping of str to pymatgen.core.Structure
        By name; primitive cells show best that several edges lead to the same atom.
    centers : mapping of str to str
        The element, by the same name, whose first atom stands in the middle.
    """
    return Explorer(
        partial(growing_graph_figure, dict(crystals), dict(centers)),
        crystal=Choice(list(crystals), _("Crystal")),
        cutoff=Slider(CUTOFFS, _("Cutoff"), default=3.0, unit="Å"),
        edges=Choice(
            {_("one atom"): "one", _("all atoms of the cell"): "all"}, _("Draw the edges of")
        ),
    )


def growing_graph_figure(
    crystals: Mapping[str, Structure],
    centers: Mapping[str, str],
    *,
    crystal: str,
    cutoff: float,
    edges: str,
) -> go.Figure:
    """Draw the cell, the atoms within reach and the edges no longer than the cutoff (Å)."""
    structure, element = crystals[crystal], centers[crystal]
    symbols = [site.specie.symbol for site in structure]
    middle = symbols.index(element)
    positions = structure.cart_coords - structure.cart_coords[middle]
    found = neighbors(structure, cutoff)
    own = found[found.center == middle]
    drawn = own if edges == "one" else found
    ends = positions[drawn.center] + drawn.vector
    places = np.concatenate([positions, ends])
    which = np.concatenate([np.arange(len(structure)), drawn.neighbor])
    places, first = np.unique(np.round(places, 4), axis=0, return_index=True)
    kinds = list(dict.fromkeys(symbols))
    color_of = dict(zip(kinds, colors_for(len(kinds)), strict=True))
    atoms = [symbols[atom] for atom in which[first]]
    # one color for each atom of the list; images are smaller than the atoms of the cell
    sizes = np.where(first < len(structure), 16, 10)

    fig = go.Figure()
    origin = (positions - structure.cart_coords)[0]
    x, y, z = broken_line(cell_edges(structure.lattice.matrix) + origin)
    fig.add_scatter3d(
        x=x, y=y, z=z, mode="lines", line={"color": COLORS[-1], "width": 3}, name=_("unit cell"),
        hoverinfo="skip",
    )  # fmt: skip
    x, y, z = broken_line(np.stack([positions[drawn.center], ends], axis=1))
    fig.add_scatter3d(
        x=x, y=y, z=z, mode="lines", line={"color": COLORS[4], "width": 4}, name=_("edges"),
        hoverinfo="skip",
    )  # fmt: skip
    fig.add_scatter3d(
        x=places[:, 0], y=places[:, 1], z=places[:, 2], mode="markers", name=_("atoms"),
        marker={"size": sizes, "color": [color_of[atom] for atom in atoms], "opacity": 1},
        text=atoms, hovertemplate="%{text}<extra></extra>",
    )  # fmt: skip
    shells = describe_shells(own, symbols)
    title = _(
        "{crystal}, cutoff {cutoff:g} Å: {n} edges from {element} to {m} of {size} atoms in the cell<br>"
        "<sup>{shells}; drawn: edges of {which}</sup>"
    )
    which = _("one atom") if edges == "one" else _("all atoms of the cell")
    label(
        fig,
        title=title.format(
            crystal=crystal,
            cutoff=cutoff,
            element=element,
            n=len(own),
            m=len(set(own.neighbor.tolist())),
            size=len(structure),
            shells=shells,
            which=which,
        ),
        alt=_(
            "The cell of {crystal}, its atoms and the edges of {which} up to {cutoff:g} Å in three "
            "dimensions. Neighbours of {element}: {shells}."
        ).format(
            crystal=crystal,
            which=which,
            cutoff=cutoff,
            element=element,
            shells=shells,
        ),
    )
    key = "   ".join(f'<span style="color:{color}">⬤</span> {el}' for el, color in color_of.items())
    fig.add_annotation(
        text=key, xref="paper", yref="paper", x=0, y=0, xanchor="left", yanchor="bottom",
        showarrow=False,
    )  # fmt: skip
    look_at_box(fig, -HALF_WIDTH, HALF_WIDTH, eye=(1.3, 0.9, 0.6), zoom=ZOOM)
    fig.update_layout(showlegend=False, height=460, margin={"l": 0, "r": 0, "b": 0, "t": 64})
    return fig


def describe_shells(edges: Neighbors, symbols: list[str]) -> str:
    """Say in words how many neighbors of which element stand at which distance."""
    shells: list[tuple[str, list[float]]] = []
    for neighbor, distance in zip(edges.neighbor, edges.distance, strict=True):
        symbol = symbols[neighbor]
        near = [s for s in shells if s[0] == symbol and distance - s[1][-1] < SHELL]
        if near:
            near[-1][1].append(float(distance))
        else:
            shells.append((symbol, [float(distance)]))
    if not shells:
        return _("none yet")
    words = [
        _("{n} {element} at {distance:.2f} Å").format(
            n=len(distances), element=element, distance=np.mean(distances)
        )
        for element, distances in shells[:SHELLS]
    ]
    farther = sum(len(distances) for _element, distances in shells[SHELLS:])
    return ", ".join([*words, _("{n} farther").format(n=farther)] if farther else words)


def stretch(structure: Structure, strain: float) -> Structure:
    """Return a crystal stretched along z at constant volume; fractional coordinates stay."""
    side = (1 + strain) ** -0.5
    return _deformed(structure, np.diag([side, side, 1 + strain]))


def swell(structure: Structure, strain: float) -> Structure:
    """Return a crystal whose lengths have all grown by the strain, as on heating."""
    return _deformed(structure, np.eye(3) * (1 + strain))


def _deformed(structure: Structure, deformation: Array) -> Structure:
    lattice = Lattice(structure.lattice.matrix @ deformation)
    return Structure(lattice, structure.species, structure.frac_coords)


def twelve_nearest(structure: Structure) -> tuple[Neighbors, Array]:
    """Return the 12 nearest neighbors of each atom, all with weight one."""
    edges = nearest_neighbors(structure, 12, ties="cut")
    return edges, np.ones(len(edges))


def twelve_nearest_and_ties(structure: Structure) -> tuple[Neighbors, Array]:
    """Return the 12 nearest neighbors of each atom and all that are as far as the last of them."""
    edges = nearest_neighbors(structure, 12, ties="keep")
    return edges, np.ones(len(edges))


def sharp_cutoff(structure: Structure) -> tuple[Neighbors, Array]:
    """Return the neighbors within the cutoff, all with weight one."""
    edges = neighbors(structure, CUTOFF)
    return edges, np.ones(len(edges))


def smooth_cutoff(structure: Structure) -> tuple[Neighbors, Array]:
    """Return the neighbors within the cutoff, with weights that fall to zero there."""
    edges = neighbors(structure, CUTOFF)
    return edges, polynomial_cutoff(torch.from_numpy(edges.distance), CUTOFF).numpy()


RULES = {
    "nearest": twelve_nearest,
    "ties": twelve_nearest_and_ties,
    "sharp": sharp_cutoff,
    "smooth": smooth_cutoff,
}
DEFORMATIONS = {"stretch": stretch, "swell": swell}


def strained_predictions(
    structure: Structure, way: str, rule: str, network: Network
) -> tuple[Array, Array]:
    """Ask a network for a crystal at the strains `EPSILON`.

    Parameters
    ----------
    way : str
        ``"stretch"`` or ``"swell"``.
    rule : str
        A name in `RULES`.

    Returns
    -------
    predictions : shape (n_strains,)
    jumps : bool, shape (n_strains - 1,)
        Whether some atom gains or loses a neighbor of full weight between two strains.
    """
    elements = np.array(structure.atomic_numbers)
    predictions, seen = [], []
    for strain in EPSILON:
        strained = DEFORMATIONS[way](structure, strain)
        edges, weight = RULES[rule](strained)
        predictions.append(network(strained, edges, weight))
        kinds = np.zeros((len(elements), elements.max() + 1))
        np.add.at(kinds, (edges.center, elements[edges.neighbor]), weight)
        seen.append(kinds)
    steps = np.abs(np.diff(seen, axis=0))
    return np.array(predictions), steps.max(axis=(1, 2)) > FULL_WEIGHT


def strain_explorer(
    crystals: Mapping[str, tuple[Structure, int, str]], network: Network
) -> Explorer:
    """Strain a crystal and watch its neighbors, and what a network says of it.

    Parameters
    ----------
    crystals : mapping of str to (pymatgen.core.Structure, int, str)
        By name: the crystal, the index of the atom that is watched, and ``"stretch"`` (along z, at
        constant volume) or ``"swell"`` (all lengths).
    network : callable
        ``network(structure, edges, weight)`` gives a number for the crystal; ``edges`` are `Neighbors`,
        ``weight`` has shape (n_edges,).
    """

    @cache
    def predictions(crystal: str, rule: str) -> tuple[Array, Array]:
        structure, _atom, way = crystals[crystal]
        return strained_predictions(structure, way, rule, network)

    return Explorer(
        partial(strain_figure, dict(crystals), predictions),
        crystal=Choice(list(crystals), _("Crystal")),
        rule=Choice(
            {
                _("exactly the 12 nearest"): "nearest",
                _("the 12 nearest and their ties"): "ties",
                _("sharp cutoff, {cutoff} Å").format(cutoff=CUTOFF): "sharp",
                _("smooth cutoff, {cutoff} Å").format(cutoff=CUTOFF): "smooth",
            },
            _("Neighbours"),
        ),
        strain=Slider(STRAINS, _("Strain"), default=-1.0, unit="%"),
    )


def strain_figure(
    crystals: Mapping[str, tuple[Structure, int, str]],
    predictions: Callable[[str, str], tuple[Array, Array]],
    *,
    crystal: str,
    rule: str,
    strain: float,
) -> go.Figure:
    """Draw what one atom sees at a strain (%), and the network's answer against the strain."""
    original, atom, way = crystals[crystal]
    structure = DEFORMATIONS[way](original, strain / 100)
    symbols = np.array([site.specie.symbol for site in structure])
    edges, weight = RULES[rule](structure)
    mine, element = edges.center == atom, symbols[atom]
    own, weight = edges[mine], weight[mine]
    curve, jumps = predictions(crystal, rule)
    here = int(np.abs(EPSILON - strain / 100).argmin())

    x, y = _with_gaps(100 * EPSILON, curve, jumps)

    fig = make_subplots(cols=2, column_widths=[0.5, 0.5], horizontal_spacing=0.16)
    counts = []
    for symbol in dict.fromkeys(symbols):
        of_element = symbols[own.neighbor] == symbol
        counts.append(f"{of_element.sum()} {symbol}")
        bumps = np.exp(-(((GRID - own.distance[of_element, None]) / BLUR) ** 2))
        seen = weight[of_element] @ bumps
        fig.add_scatter(x=GRID, y=seen, mode="lines", name=_("sees {el}").format(el=symbol))
    fig.add_scatter(
        x=x, y=y, mode="lines", name=_("prediction"),
        line_color=COLORS[-1], showlegend=False, row=1, col=2,
    )  # fmt: skip
    fig.add_scatter(
        x=[strain], y=[curve[here]], mode="markers", name=_("here"), marker_size=11,
        marker_color=COLORS[1], showlegend=False, row=1, col=2,
    )  # fmt: skip
    words = {
        "nearest": _("its 12 nearest neighbours are {counts}"),
        "ties": _("its 12 nearest neighbors and their ties are {counts}"),
        "sharp": _("{counts} lie within {cutoff} Å"),
        "smooth": _("{counts} lie within {cutoff} Å and fade out"),
    }
    outcome = words[rule].format(counts=" + ".join(counts), cutoff=CUTOFF)
    label(
        fig,
        title=_("{element} in {crystal}: {outcome}").format(
            element=element, crystal=crystal, outcome=outcome
        ),
        alt=_(
            "Left: the neighbours that {element} in {crystal} sees, by distance, at a strain of "
            "{strain:g} %: {outcome}. Right: the prediction of a random network against the strain, "
            "{shape}."
        ).format(
            element=element,
            crystal=crystal,
            strain=strain,
            outcome=outcome,
            shape=_("with a jump") if jumps.any() else _("without a jump"),
        ),
    )
    low, high = curve.min(), curve.max()
    fig.update_xaxes(title_text=_("Distance (Å)"), range=[1.4, 5.0], row=1, col=1)
    fig.update_yaxes(title_text=_("Neighbours, blurred"), range=[0, 14.5], row=1, col=1)
    fig.update_xaxes(title_text=_("Strain (%)"), range=[-3.2, 3.2], row=1, col=2)
    margin = 0.1 * (high - low)
    fig.update_yaxes(
        title_text=_("Prediction (no unit)"), range=[low - margin, high + margin], row=1, col=2
    )
    fig.update_layout(height=400, legend={"x": 0.02, "y": 0.98, "xanchor": "left"})
    return fig


def _with_gaps(x: Array, y: Array, jumps: Array) -> tuple[list, list]:
    """Return a curve as lists, with None where it jumps."""
    points = []
    for place, value, jump in zip(x.tolist(), y.tolist(), [*jumps, False], strict=True):
        points.append((place, value))
        if jump:
            points.append((place, None))
    xs, ys = zip(*points, strict=True)
    return list(xs), list(ys)
