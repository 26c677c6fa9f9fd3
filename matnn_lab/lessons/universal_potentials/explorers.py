"""Explorers of notebook 13: a crystal under pressure, and two atoms that part.

The curves were computed beforehand (`matnn_lab.potentials.universal`).
"""

from functools import partial

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from ase import units
from numpy.typing import ArrayLike, NDArray
from plotly.subplots import make_subplots

from matnn_lab.figures import COLORS, label, line_styles
from matnn_lab.potentials.universal import LABELS
from matnn_lab.text import gettext as _
from matnn_lab.widgets import Choice, Explorer, Slider

Array = NDArray[np.float64]

# how far apart, in lengths of the bond
STRETCHES = [1.0, 1.2, 1.4, 1.7, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5]


def birch_murnaghan(ratio: ArrayLike, bulk_modulus: float, slope: float) -> tuple[Array, Array]:
    """Compute pressure and energy at a ratio V/V₀ from the bulk modulus and its slope.

    Parameters
    ----------
    ratio : array_like of float, shape (n,)
    bulk_modulus : float
        GPa.
    slope : float
        dB/dP.

    Returns
    -------
    pressure : numpy.ndarray, shape (n,)
        GPa.
    energy : numpy.ndarray, shape (n,)
        GPa times V₀, zero at the minimum.

    Notes
    -----
    Birch, Phys. Rev. 71, 809 (1947), doi:10.1103/PhysRev.71.809, the third order.
    """
    x = np.asarray(ratio, dtype=float) ** (-2 / 3)
    pressure = 1.5 * bulk_modulus * (x**3.5 - x**2.5) * (1 + 0.75 * (slope - 4) * (x - 1))
    energy = (
        9 / 16 * bulk_modulus * ((x - 1) ** 3 * slope + (x - 1) ** 2 * (6 - 4 * x))
    )  # per volume V₀
    return pressure, energy


def pressure_explorer(curves: pd.DataFrame, reference: pd.DataFrame) -> Explorer:
    """Squeeze a crystal in a potential, beside what PBE says.

    Parameters
    ----------
    curves : pandas.DataFrame
        ``stored("curves")``.
    reference : pandas.DataFrame
        `pbe_elements`.
    """
    names = [name for name in LABELS if name in set(curves["potential"])]
    return Explorer(
        partial(pressure_figure, curves, reference),
        potential=Choice({LABELS[name]: name for name in names}, _("Potential")),
        element=Choice(list(dict.fromkeys(curves["element"])), _("Crystal"), default="Si"),
    )


def pressure_figure(
    curves: pd.DataFrame, reference: pd.DataFrame, *, potential: str, element: str
) -> go.Figure:
    """Draw energy and pressure of a crystal against its volume."""
    rows = curves[(curves["potential"] == potential) & (curves["element"] == element)]
    ratio = rows["volume_ratio"].to_numpy()
    pressure = rows["pressure_gpa"].to_numpy()
    energy = rows["energy_ev_per_atom"].to_numpy()
    known = reference.loc[element]
    pbe_pressure, pbe_energy = birch_murnaghan(ratio, known["bulk_modulus_gpa"], known["slope"])
    pbe_energy = pbe_energy * known["volume_a3_per_atom"] * units.GPa
    fig = make_subplots(cols=2, horizontal_spacing=0.16)
    pairs = ((energy - energy.min(), pbe_energy), (pressure, pbe_pressure))
    for column, (values, pbe) in enumerate(pairs, start=1):
        for name, line, y in (
            (_("PBE, all electrons"), {"color": COLORS[-1], "dash": "dash"}, pbe),
            (LABELS[potential], {"color": COLORS[0]}, values),
        ):
            fig.add_scatter(
                x=ratio, y=np.round(y, 4), mode="lines", name=name, line=line,
                showlegend=column == 1, row=1, col=column,
            )  # fmt: skip
    half = 100 * pressure[0] / pbe_pressure[0]
    outcome = _("at half of its volume {percent:.0f} % of PBE's pressure").format(percent=half)
    label(
        fig,
        title=_("{element}: {outcome}").format(element=element, outcome=outcome),
        alt=_(
            "Energy and pressure of {element} against its volume from half of that of PBE to a fifth more, "
            "for {potential} and for PBE: {outcome}, where PBE's curve is extrapolated."
        ).format(element=element, potential=LABELS[potential], outcome=outcome),
    )
    fig.update_layout(height=420, legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"})
    fig.update_layout(margin_t=100, title_y=0.95)
    fig.update_xaxes(title_text=_("Volume / V₀ of PBE"), range=[0.49, 1.21])
    top = float(np.max(pbe_energy)) * 1.2
    fig.update_yaxes(title_text=_("Energy (eV/atom)"), range=[-0.1 * top, top], row=1, col=1)
    top = float(np.max(pbe_pressure)) * 1.2
    fig.update_yaxes(title_text=_("Pressure (GPa)"), range=[-0.2 * top, top], row=1, col=2)
    return fig


def bond_explorer(curves: pd.DataFrame) -> Explorer:
    """Pull the two atoms of a molecule apart.

    Parameters
    ----------
    curves : pandas.DataFrame
        ``stored("molecules")``.
    """
    return Explorer(
        partial(bond_figure, curves),
        molecule=Choice(list(dict.fromkeys(curves["molecule"])), _("Molecule"), default="N2"),
        stretch=Slider(STRETCHES, _("Distance in bond lengths"), default=2.0),
    )


def bond_figure(curves: pd.DataFrame, *, molecule: str, stretch: float) -> go.Figure:
    """Draw the energy of two atoms against their distance for each potential, and the slope at one place."""
    rows = curves[curves["molecule"] == molecule].dropna()  # some refuse atoms without neighbors
    fig = go.Figure()
    told = []
    names = [name for name in LABELS if name in set(rows["potential"])]
    shortest = rows["length_a"].min() / 0.8  # the curves begin at 0.8 bond lengths
    for line, name in zip(line_styles(len(names)), names, strict=True):
        curve = rows[rows["potential"] == name]
        r, energy = curve["length_a"].to_numpy(), curve["energy_ev"].to_numpy()
        energy = energy - energy.min()
        fig.add_scatter(
            x=np.round(r, 3), y=np.round(energy, 3), mode="lines", name=LABELS[name],
            line=line,
        )  # fmt: skip
        place = min(stretch * shortest, r.max())
        height = float(np.interp(place, r, energy))
        slope = float(np.interp(place, r, np.gradient(energy, r)))
        fig.add_scatter(
            x=[round(place, 3)], y=[round(height, 3)], mode="markers", showlegend=False,
            name=LABELS[name], marker={"size": 11, "color": line["color"]},
        )  # fmt: skip
        told.append(_("{name} {slope:+.2f}").format(name=LABELS[name], slope=slope))
    pulls = "; ".join(told)
    label(
        fig,
        x=_("Distance of the two atoms (Å)"),
        y=_("Energy above the lowest (eV)"),
        title=_("{molecule} at {stretch:g} bond lengths").format(
            molecule=molecule, stretch=stretch
        ),
        alt=_(
            "Energy of two atoms ({molecule}) against their distance for several potentials, one marked at "
            "{stretch:g} bond lengths. Slopes there in eV/Å: {pulls}."
        ).format(molecule=molecule, stretch=stretch, pulls=pulls),
    )
    fig.update_layout(height=440)
    fig.update_yaxes(range=[-0.8, 16])
    return fig
