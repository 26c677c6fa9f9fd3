"""Explorers of notebook 00: a map of materials, and a surrogate beside its calculation."""

from collections.abc import Mapping, Sequence
from functools import cache, partial
from typing import Protocol

import numpy as np
import plotly.graph_objects as go
from numpy.typing import ArrayLike, NDArray
from plotly.subplots import make_subplots
from sklearn.decomposition import PCA

from matnn_lab.figures import label
from matnn_lab.potentials.titania import lattice_energy, rutile
from matnn_lab.representations.composition import element_fractions, element_properties
from matnn_lab.text import gettext as _
from matnn_lab.widgets import Choice, Explorer, Slider

Array = NDArray[np.float64]

NONMETALS = ("H", "B", "C", "N", "O", "F", "Si", "P", "S", "Cl", "As", "Se", "Sb", "Te", "Br", "I")
FAMILIES = {
    "O": _("oxides"),
    **dict.fromkeys(("F", "Cl", "Br", "I"), _("halides")),
    **dict.fromkeys(("S", "Se", "Te"), _("chalcogenides")),
    "metal": _("metals only"),
}
NEIGHBORS = 5
VOLUMES = np.linspace(7.6, 13.6, 25)


class Regressor(Protocol):
    """Anything that predicts energies (eV/atom) from rows of volume, c/a and u."""

    def predict(self, X: ArrayLike) -> Array:
        """Return energies, shape (n,), for the rows of X, shape (n, 3)."""


def chemical_classes(formulas: Sequence[str]) -> NDArray[np.str_]:
    """Name the most electronegative nonmetal of each formula, or "metal" where there is none.

    Parameters
    ----------
    formulas : sequence of str, n

    Returns
    -------
    numpy.ndarray of str, shape (n,)
        "O" for TiO2 and BaTiO3, "As" for GaAs, "metal" for Ni3Al. Boron, silicon, arsenic, antimony
        and tellurium count as nonmetals.
    """
    numbers, amounts = element_fractions(formulas)
    table = element_properties()
    symbols = table.index.to_numpy()[numbers - 1]
    anion = np.isin(symbols, NONMETALS) & (amounts > 0)
    chi = np.where(anion, table["Electronegativity"].to_numpy()[numbers - 1], -1.0)
    strongest = symbols[np.arange(len(symbols)), chi.argmax(axis=1)]
    return np.where(anion.any(axis=1), strongest, "metal").astype(str)


def neighbor_explorer(
    formulas: Sequence[str], spaces: Mapping[str, ArrayLike], materials: Sequence[str]
) -> Explorer:
    """Choose a material and a representation, and see its nearest neighbors on a map.

    Parameters
    ----------
    formulas : sequence of str, n
    spaces : mapping of str to array_like, shape (n, d)
        Name of each representation and its vectors; d may differ.
    materials : sequence of str
        Formulas that the reader can choose.
    """
    formulas = list(formulas)
    vectors = {name: np.asarray(space, dtype=float) for name, space in spaces.items()}
    maps = {name: PCA(2, random_state=0).fit_transform(space) for name, space in vectors.items()}
    return Explorer(
        partial(neighbor_figure, formulas, vectors, maps, chemical_classes(formulas)),
        material=Choice(list(materials), _("Material")),
        space=Choice(list(vectors), _("Representation"), default=list(vectors)[-1]),
    )


def neighbor_figure(
    formulas: list[str],
    vectors: dict[str, Array],
    maps: dict[str, Array],
    classes: NDArray[np.str_],
    *,
    material: str,
    space: str,
) -> go.Figure:
    """Draw all materials on the two principal axes of a representation and mark five neighbors."""
    chosen = formulas.index(material)
    distance = np.linalg.norm(vectors[space] - vectors[space][chosen], axis=1)
    distance[chosen] = np.inf
    nearest = np.argsort(distance, kind="stable")[:NEIGHBORS]
    names = [formulas[row] for row in nearest]
    same = int(np.sum(classes[nearest] == classes[chosen]))
    position = maps[space] / maps[space].std(axis=0)

    family = np.array([FAMILIES.get(each, _("other nonmetals")) for each in classes])
    fig = go.Figure()
    for name in dict.fromkeys([*FAMILIES.values(), _("other nonmetals")]):
        rows = np.flatnonzero(family == name)
        fig.add_scatter(
            x=position[rows, 0].round(2), y=position[rows, 1].round(2),
            text=[formulas[row] for row in rows], mode="markers", name=name,
            marker={"size": 4, "opacity": 0.5}, hovertemplate="%{text}",
        )  # fmt: skip
    fig.add_scatter(
        x=position[nearest, 0].round(2), y=position[nearest, 1].round(2), text=names,
        mode="markers", name=_("five nearest"), hovertemplate="%{text}",
        marker={"symbol": "circle-open", "size": 13, "line": {"width": 2}, "color": "#8C8C8C"},
    )  # fmt: skip
    fig.add_scatter(
        x=position[[chosen], 0].round(2), y=position[[chosen], 1].round(2), text=[material],
        mode="markers", name=_("chosen"), hovertemplate="%{text}",
        marker={"symbol": "star", "size": 15, "color": "#E69F00"},
    )  # fmt: skip
    label(
        fig,
        title=_("{material}: {names}<br>{same} of 5 neighbours of its chemical class").format(
            material=material, names=", ".join(names), same=same
        ),
        x=_("First axis (in its standard deviation)"),
        y=_("Second axis (in its standard deviation)"),
        alt=_(
            "A map of {count} compounds, coloured by family, for the representation “{space}”. The "
            "five nearest to {material} are {names}; {same} of them are of its chemical class."
        ).format(
            count=f"{len(formulas):,}",
            space=space,
            material=material,
            names=", ".join(names),
            same=same,
        ),
    )
    fig.update_layout(height=480, margin_t=76, legend_itemsizing="constant")
    fig.update_xaxes(range=[-4, 4])
    fig.update_yaxes(range=[-4, 4])
    return fig


def surrogate_explorer(
    surrogates: Mapping[str, Regressor], low: ArrayLike, high: ArrayLike
) -> Explorer:
    """Choose the shape of a rutile cell and compare its energy curve with that of a surrogate.

    Parameters
    ----------
    surrogates : mapping of str to Regressor
        Name of each surrogate and its model.
    low, high : array_like, shape (3,)
        Ends of the training range in volume (Å³/atom), c/a and u.
    """
    return Explorer(
        partial(surrogate_figure, dict(surrogates), np.asarray(low), np.asarray(high)),
        ratio=Slider([0.52, 0.58, 0.62, 0.67, 0.70, 0.74, 0.78], _("c/a"), default=0.67),
        u=Slider([0.275, 0.29, 0.305, 0.335], "u", default=0.305),
        surrogate=Choice(list(surrogates), _("Surrogate")),
    )


def surrogate_figure(
    surrogates: dict[str, Regressor],
    low: Array,
    high: Array,
    *,
    ratio: float,
    u: float,
    surrogate: str,
) -> go.Figure:
    """Draw the calculated and the predicted energy against volume, and their difference."""
    volume, energy = VOLUMES, energy_curve(ratio, u)
    shapes = np.column_stack([volume, np.full_like(volume, ratio), np.full_like(volume, u)])
    predicted = surrogates[surrogate].predict(shapes)
    error = 1000 * np.abs(predicted - energy)
    trained = (volume >= low[0]) & (volume <= high[0])
    shape_trained = low[1] <= ratio <= high[1] and low[2] <= u <= high[2]
    where = _("shape within the training range") if shape_trained else _("shape never trained on")

    fig = make_subplots(cols=2, column_widths=[0.56, 0.44], horizontal_spacing=0.17)
    fig.add_scatter(x=volume, y=energy.round(4), mode="lines", name=_("calculated"), row=1, col=1)
    fig.add_scatter(
        x=volume, y=predicted.round(4), mode="markers", name=_("surrogate"), row=1, col=1
    )
    fig.add_scatter(
        x=volume, y=np.maximum(error, 0.01).round(3), mode="lines+markers", name=_("error"),
        showlegend=False, line={"color": "#009E73"}, row=1, col=2,
    )  # fmt: skip
    fig.add_vrect(
        x0=low[0], x1=high[0], fillcolor="#8C8C8C", opacity=0.15, line_width=0, layer="below"
    )
    label(
        fig,
        title=_(
            "c/a = {ratio:g}, u = {u:g}: {where}<br>mean error {inside:.1f} meV/atom at trained "
            "volumes, {outside:.1f} outside"
        ).format(
            ratio=ratio, u=u, where=where, inside=error[trained].mean(),
            outside=error[~trained].mean(),
        ),
        alt=_(
            "Left: energy against volume for rutile with c/a = {ratio:g} and u = {u:g}, calculated and "
            "from the surrogate “{surrogate}”; the trained volumes are shaded. Right: the difference. "
            "Mean error {inside:.1f} meV/atom at the trained volumes and {outside:.1f} outside; {where}."
        ).format(
            ratio=ratio, u=u, surrogate=surrogate, inside=error[trained].mean(),
            outside=error[~trained].mean(), where=where,
        ),
    )  # fmt: skip
    fig.update_layout(height=440, margin_t=84, legend={"orientation": "h", "y": -0.25})
    fig.update_xaxes(title_text=_("Volume (Å³/atom)"), range=[volume[0], volume[-1]])
    fig.update_yaxes(title_text=_("Energy (eV/atom)"), range=[-13.3, -12.4], row=1, col=1)
    fig.update_yaxes(
        title_text=_("Error (meV/atom)"), type="log", exponentformat="power", range=[-2, 3.3],
        row=1, col=2,
    )  # fmt: skip
    return fig


@cache
def energy_curve(ratio: float, u: float) -> Array:
    """Calculate the energy (eV/atom) of rutile at the volumes of the explorer."""
    return np.array([lattice_energy(rutile(volume, ratio, u)) for volume in VOLUMES])
