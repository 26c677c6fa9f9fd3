"""Explorers of notebook 11: what a network has learned of the elements, and shares of a prediction on sites.

Vectors and contributions come from the networks that the notebook has trained.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from itertools import product

import numpy as np
import plotly.graph_objects as go
from numpy.typing import ArrayLike, NDArray
from plotly.subplots import make_subplots
from pymatgen.core import Element, Structure

from matnn_lab.figures import COLORS, broken_line, cell_edges, label, look_at_box
from matnn_lab.representations.latent import principal_components, similarity
from matnn_lab.text import gettext as _
from matnn_lab.widgets import Choice, Explorer, Slider

Array = NDArray[np.float64]

NEAREST = 3  # elements that the title names
DARK = 0.65  # similarity beyond which the colors are dark
SHARES = [-0.5, -0.25, 0.0, 0.25, 0.5]
SITES = ("A", "B", "X")
MARGIN, ZOOM = 0.4, 1.4  # of the box around the cell, Å; larger brings the cell nearer
SIZES = {"A": 26, "B": 20, "X": 14}


def element_explorer(
    vectors: Mapping[str, ArrayLike], symbols: Sequence[str], chosen: Sequence[str]
) -> Explorer:
    """Choose an element and see which others have a similar vector, on a map and in the periodic table.

    Parameters
    ----------
    vectors : mapping of str to array_like of float, shape (n, width)
        By the name of the network, one row for each element.
    symbols : sequence of str, shape (n,)
        The elements, in the order of the rows.
    chosen : sequence of str
        Elements that can be chosen.
    """
    every = {name: np.asarray(rows, dtype=float) for name, rows in vectors.items()}
    return Explorer(
        partial(element_figure, every, list(symbols)),
        element=Choice(list(chosen), _("Element")),
        network=Choice(list(every), _("Vectors of")),
    )


def element_figure(
    vectors: Mapping[str, Array], symbols: Sequence[str], *, element: str, network: str
) -> go.Figure:
    """Draw the map of the vectors and the periodic table, colored by similarity to one element."""
    place = list(symbols).index(element)
    alike = similarity(vectors[network])[place]
    positions, share = principal_components(vectors[network], symbols)
    elements = [Element(symbol) for symbol in symbols]
    order = [row for row in np.argsort(-alike) if row != place][:NEAREST]
    nearest = ", ".join(symbols[row] for row in order)
    ring = {"width": np.where(np.arange(len(symbols)) == place, 3, 0.5), "color": COLORS[-1]}
    marker = {
        "color": alike, "cmin": -1, "cmax": 1, "colorscale": "RdBu", "reversescale": True, "line": ring,
    }  # fmt: skip

    fig = make_subplots(cols=2, column_widths=[0.42, 0.58], horizontal_spacing=0.1)
    fig.add_scatter(
        x=positions[:, 0], y=positions[:, 1], text=symbols, mode="markers+text",
        textposition="top center", marker={**marker, "size": 13}, name=_("map"),
        hovertemplate="%{text}: %{marker.color:.2f}<extra></extra>",
    )  # fmt: skip
    title = _("similarity to {element}").format(element=element)
    fig.add_scatter(
        x=[e.group for e in elements], y=[e.row for e in elements], text=symbols,
        mode="markers+text", name=_("periodic table"),
        textfont={"size": 11, "color": np.where(np.abs(alike) > DARK, "#ffffff", "#222222")},
        marker={
            **marker, "size": 17, "symbol": "square",
            "colorbar": {"title": {"text": title, "side": "right"}, "thickness": 12},
        },
        hovertemplate="%{text}: %{marker.color:.2f}<extra></extra>", row=1, col=2,
    )  # fmt: skip
    label(
        fig,
        title=_("{network}: most like {element} are {nearest}").format(
            network=network, element=element, nearest=nearest
        ),
        alt=_(
            "Left: the element vectors of the network {network} on their two main directions, which hold "
            "{share:.0%} of their spread. Right: the same elements in the periodic table. The colour is the "
            "similarity to {element}; the nearest are {nearest}."
        ).format(network=network, share=share, element=element, nearest=nearest),
    )
    width = 1.25 * np.abs(positions).max()
    fig.update_layout(showlegend=False, height=420)
    fig.update_xaxes(title_text=_("first direction (no unit)"), range=[-width, width], row=1, col=1)
    fig.update_yaxes(
        title_text=_("second direction (no unit)"), range=[-width, width], row=1, col=1
    )
    fig.update_xaxes(title_text=_("group"), range=[0.2, 18.8], dtick=2, tick0=2, row=1, col=2)
    fig.update_yaxes(title_text=_("period"), range=[6.7, 1.3], dtick=1, row=1, col=2)
    return fig


def site_explorer(
    crystals: Mapping[str, Structure],
    contributions: Mapping[str, Mapping[str, ArrayLike]],
    change: Mapping[str, ArrayLike],
) -> Explorer:
    """Choose a perovskite, a network and a way to share bonds; see the contributions in 3D.

    Parameters
    ----------
    crystals : mapping of str to pymatgen.core.Structure
        Cubic perovskites ABX₃ with one formula unit in the cell, by name.
    contributions : mapping of str to mapping of str to array_like of float, shape (5,)
        By network and crystal: the contribution of each site, eV.
    change : mapping of str to array_like of float, shape (5,)
        By crystal: by how much each contribution moves for λ = 1 eV; the sum is zero.
    """
    sites = {name: {of: np.asarray(v) for of, v in of_network.items()}
             for name, of_network in contributions.items()}  # fmt: skip
    moved = {name: np.asarray(values) for name, values in change.items()}
    largest = max(
        np.abs(values + share * moved[of]).max()
        for of_network in sites.values()
        for of, values in of_network.items()
        for share in SHARES
    )
    edge = max(structure.lattice.a for structure in crystals.values())
    return Explorer(
        partial(site_figure, dict(crystals), sites, moved, float(np.ceil(largest)), edge),
        crystal=Choice(list(crystals), _("Crystal")),
        network=Choice(list(sites), _("Network")),
        share=Slider(SHARES, _("Share of the bonds, λ"), default=0.0, unit="eV"),
    )


def site_figure(
    crystals: Mapping[str, Structure],
    contributions: Mapping[str, Mapping[str, Array]],
    change: Mapping[str, Array],
    limit: float,
    edge: float,
    *,
    crystal: str,
    network: str,
    share: float,
) -> go.Figure:
    """Draw a perovskite with its atoms colored by what they contribute to the prediction.

    The colors end at ±``limit`` (eV), and the box has room for a cell with this ``edge`` (Å).
    """
    structure = crystals[crystal]
    values = contributions[network][crystal] + share * change[crystal]
    names = site_names(structure)
    places, which = with_images(structure)
    symbols = [site.specie.symbol for site in structure]
    of_site = {name: (symbols[names.index(name)], values[names.index(name)]) for name in SITES}
    words = _(
        "A site (corners) {a}: {va:+.2f}, B site (centre) {b}: {vb:+.2f}, X site (faces) {x}: {vx:+.2f} eV"
    ).format(
        a=of_site["A"][0], va=of_site["A"][1], b=of_site["B"][0], vb=of_site["B"][1],
        x=of_site["X"][0], vx=of_site["X"][1],
    ).replace("-", "\N{MINUS SIGN}")  # fmt: skip
    mean = f"{values.mean():.3f}".replace("-", "\N{MINUS SIGN}")

    cube = broken_line(cell_edges(structure.lattice.a * np.eye(3)))
    fig = go.Figure()
    for lines, color, width, name in (
        (cube, COLORS[-1], 3, _("unit cell")),
        (bonds(places, [names[row] for row in which]), COLORS[4], 4, _("B–X bonds")),
    ):
        x, y, z = lines
        fig.add_scatter3d(
            x=x, y=y, z=z, mode="lines", line={"color": color, "width": width}, name=name,
            hoverinfo="skip",
        )  # fmt: skip
    fig.add_scatter3d(
        x=places[:, 0], y=places[:, 1], z=places[:, 2], mode="markers", name=_("atoms"),
        text=[symbols[row] for row in which],
        marker={
            "size": [SIZES[names[row]] for row in which], "color": values[which], "opacity": 1,
            "cmin": -limit, "cmax": limit, "colorscale": "RdBu", "reversescale": True,
            "line": {"width": 1, "color": "#222222"},
            "colorbar": {"title": {"text": _("contribution (eV)"), "side": "right"}, "thickness": 14},
        },
        hovertemplate="%{text}: %{marker.color:.2f} eV<extra></extra>",
    )  # fmt: skip
    label(
        fig,
        title=_("{crystal}: mean over the five sites {mean} eV/atom<br><sup>{words}</sup>").format(
            crystal=crystal, mean=mean, words=words
        ),
        alt=_(
            "The cubic cell of {crystal} in three dimensions. Contributions of the network {network} with "
            "λ = {share:g} eV: {words}. Their mean over the five sites is {mean} eV/atom."
        ).format(crystal=crystal, network=network, share=share, words=words, mean=mean),
    )
    look_at_box(fig, -MARGIN, edge + MARGIN, eye=(1.5, 1.1, 0.5), zoom=ZOOM)
    fig.update_layout(showlegend=False, height=460, margin={"l": 0, "r": 0, "b": 0, "t": 64})
    return fig


def site_names(structure: Structure) -> list[str]:
    """Name the sites of a cubic perovskite A, B or X, by how many neighbors of X they have nearby.

    Raises
    ------
    ValueError
        If the structure is no cubic perovskite with five atoms.
    """
    lattice, coords = structure.lattice, structure.frac_coords
    distance = lattice.get_all_distances(coords, coords) / lattice.a
    # half an edge away from B lie all X, and from X only B
    near = [np.isclose(row, 0.5, atol=0.02).sum() for row in distance]
    names = [{3: "B", 1: "X", 0: "A"}.get(count, "?") for count in near]
    if sorted(names) != ["A", "B", "X", "X", "X"]:
        raise ValueError(
            _("{formula} is no cubic perovskite with five atoms in its cell; give one.").format(
                formula=structure.formula.replace(" ", "")
            )
        )
    return names


def with_images(structure: Structure) -> tuple[Array, NDArray[np.int64]]:
    """Return the positions of the atoms of a cell with A on its corners, and the site of each."""
    names = site_names(structure)
    shifted = (structure.frac_coords - structure.frac_coords[names.index("A")]) % 1.0
    shifted[np.isclose(shifted, 1.0, atol=1e-3)] = 0.0
    places, which = [], []
    for row, site in enumerate(shifted):
        for shift in product((0, 1), repeat=3):
            if all(s == 0 or f < 1e-3 for s, f in zip(shift, site, strict=True)):
                places.append((site + shift) * structure.lattice.a)
                which.append(row)
    return np.array(places), np.array(which)


def bonds(places: Array, names: Sequence[str]) -> tuple[list, list, list]:
    """Return the lines from the B atom to the X atoms as one broken line."""
    middle = places[list(names).index("B")]
    ends = places[np.array(names) == "X"]
    return broken_line(np.stack([np.broadcast_to(middle, ends.shape), ends], axis=1))
