"""Explorers of notebook 08: a microstructure that grows, and a phase that begins to touch itself.

All images in them are computed. The network of the second comes from the notebook.
"""

from collections.abc import Callable
from functools import cache

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from matnn_lab.datasets.conductivity import wiener_bounds
from matnn_lab.datasets.microstructures import cahn_hilliard, grain_films, specimens
from matnn_lab.figures import COLORS, label
from matnn_lab.lessons.images_cnn_and_vit.data import CONTRAST, SIZE, log_conductivity
from matnn_lab.representations.images import radial_power_spectrum
from matnn_lab.text import gettext as _
from matnn_lab.widgets import Choice, Explorer, Slider

Array = NDArray[np.float64]

STEPS = [5, 10, 20, 40, 80, 160]
MEANS = {"equal amounts": 0.0, "one phase in the minority": 0.4}
GROWING = 48  # pixels
FRACTIONS = [0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8]
MATERIALS = ["demixed", "droplets", "grains with films"]


def growth_explorer() -> Explorer:
    """Watch a mixture demix (computed), and the wavelength that its spectrum shows."""

    @cache
    def history(mean: float) -> tuple[Array, Array]:
        """Return the images at all steps and their spectra."""
        noise = 0.05 * np.random.default_rng(3).standard_normal((GROWING, GROWING))
        start = np.tile(mean + noise - noise.mean(), (len(STEPS), 1, 1))
        images = cahn_hilliard(start, STEPS)
        return images.astype(float), radial_power_spectrum(images)

    def render(steps: int, mean: float) -> go.Figure:
        images, spectra = history(mean)
        place = STEPS.index(steps)
        return growth_figure(images[place], spectra[place], spectra.max(), steps=steps, mean=mean)

    return Explorer(
        render,
        steps=Slider(STEPS, _("Time steps"), default=20),
        mean=Choice(MEANS, _("Mixture")),
    )


def growth_figure(
    image: Array, power: Array, highest: float, *, steps: int, mean: float
) -> go.Figure:
    """Draw an image beside its radial power spectrum.

    Parameters
    ----------
    image : numpy.ndarray, shape (size, size)
    power : numpy.ndarray, shape (n_bins,)
    highest : float
        End of the power axis, the same for all figures of an explorer.
    steps, mean
        Settings of the controls.
    """
    ring = int(power.argmax()) + 1
    wavelength = len(image) / ring
    fig = make_subplots(rows=1, cols=2, column_widths=[0.5, 0.5], horizontal_spacing=0.14)
    fig.add_heatmap(
        z=np.round(image, 1), zmin=-1, zmax=1, colorscale="Viridis", showscale=False,
        hoverinfo="skip", row=1, col=1,
    )  # fmt: skip
    rings = np.arange(1, len(power) + 1)
    fig.add_scatter(
        x=rings, y=np.round(power, 3), mode="lines+markers", name=_("power"), showlegend=False,
        line_color=COLORS[0], row=1, col=2,
    )  # fmt: skip
    fig.add_scatter(
        x=[ring], y=[round(float(power[ring - 1]), 3)], mode="markers", name=_("highest"),
        showlegend=False, marker={"size": 12, "color": COLORS[1]}, row=1, col=2,
    )  # fmt: skip
    title = _("after {steps} steps: wavelength {wavelength:.0f} pixels").format(
        steps=steps, wavelength=wavelength
    )
    alt = _(
        "Left: a computed image of a mixture with the mean composition {mean:g} after {steps} "
        "steps. Right: its "
        "power spectrum, highest at {ring} periods across the image, a wavelength of "
        "{wavelength:.1f} pixels; "
        "contrast (standard deviation) {contrast:.2f}."
    ).format(mean=mean, steps=steps, ring=ring, wavelength=wavelength, contrast=image.std())
    label(fig, title=title, alt=alt)
    hide_axes(fig)
    fig.update_xaxes(title_text=_("Periods across the image"), row=1, col=2)
    fig.update_yaxes(title_text=_("Power (dimensionless)"), range=[0, 1.08 * highest], row=1, col=2)
    return fig


def conduction_explorer(predict: Callable[[NDArray[np.bool_]], Array]) -> Explorer:
    """Let the good conductor grow and see where the current flows, and what a network makes of it.

    Parameters
    ----------
    predict : callable
        Takes two-phase images (n, 32, 32) of bool and returns log10 k_xx, shape (n,).
    """

    @cache
    def family(material: str) -> tuple[NDArray[np.bool_], Array, Array]:
        """Return the images at all fractions, their log10 k_xx and the predictions."""
        images = growing(landscape(material))
        return images, log_conductivity(images), np.asarray(predict(images))

    def render(fraction: float, material: str) -> go.Figure:
        images, true, predicted = family(material)
        return conduction_figure(images, true, predicted, fraction=fraction, material=material)

    return Explorer(
        render,
        fraction=Slider(FRACTIONS, _("Share of the good conductor"), default=0.4),
        material=Choice(MATERIALS, _("Material")),
    )


def growing(field: Array) -> NDArray[np.bool_]:
    """Return images in which the highest values of a field are the good conductor, one for each share."""
    edges = np.quantile(field, 1 - np.array(FRACTIONS))
    return field > edges[:, None, None]


def steepest_rise(material: str, number: int) -> float:
    """Return the share from which, to the next of ``FRACTIONS``, log10 k_xx of a specimen rises most."""
    log_k = log_conductivity(growing(landscape(material, number)))
    return FRACTIONS[int(np.diff(log_k).argmax())]


SHOWN = {"demixed": 4, "droplets": 2, "grains with films": 5}  # number of the specimen


def landscape(material: str, number: int | None = None) -> Array:
    """Return a computed field whose highest values are the good conductor, of one specimen."""
    number = SHOWN[material] if number is None else number
    if material == "demixed":
        return specimens("spinodal", [number], SIZE)[0]
    if material == "droplets":
        field = specimens("droplets", [number], SIZE)[0]
        return -field if np.mean(field**3) < 0 else field
    from scipy.ndimage import distance_transform_edt

    grains = grain_films(1, SIZE, seed=number)[0]
    inside = distance_transform_edt(np.tile(grains, (3, 3)))[SIZE : 2 * SIZE, SIZE : 2 * SIZE]
    outside = distance_transform_edt(~np.tile(grains, (3, 3)))[SIZE : 2 * SIZE, SIZE : 2 * SIZE]
    return inside - outside + 1e-3 * np.random.default_rng(0).random((SIZE, SIZE))


def conduction_figure(
    images: NDArray[np.bool_], true: Array, predicted: Array, *, fraction: float, material: str
) -> go.Figure:
    """Draw one image beside the conductivity of all of them, true, predicted and between its bounds.

    Parameters
    ----------
    images : numpy.ndarray of bool, shape (n, size, size)
        One for each of ``FRACTIONS``.
    true, predicted : numpy.ndarray, shape (n,)
        log10 of k_xx over that of the poor conductor.
    fraction, material
        Settings of the controls.
    """
    place = FRACTIONS.index(fraction)
    low, high = (np.log10(bound) for bound in wiener_bounds(FRACTIONS, 1, CONTRAST))
    fig = make_subplots(rows=1, cols=2, column_widths=[0.45, 0.55], horizontal_spacing=0.14)
    fig.add_heatmap(
        z=images[place].astype(int), zmin=0, zmax=1, colorscale=[[0, "#1b2a49"], [1, COLORS[4]]],
        showscale=False, hoverinfo="skip", row=1, col=1,
    )  # fmt: skip
    for values, name, color, dash in (
        (high, _("layers along the current"), COLORS[6], "dot"),
        (low, _("layers across the current"), COLORS[6], "dash"),
        (true, _("solved"), COLORS[0], "solid"),
        (predicted, _("network"), COLORS[1], "solid"),
    ):
        fig.add_scatter(
            x=FRACTIONS, y=np.round(values, 3), mode="lines", name=name,
            line={"color": color, "dash": dash}, row=1, col=2,
        )  # fmt: skip
    fig.add_scatter(
        x=[fraction] * 2, y=np.round([true[place], predicted[place]], 3), mode="markers",
        name=_("here"), showlegend=False, marker={"size": 11, "color": [COLORS[0], COLORS[1]]},
        row=1, col=2,
    )  # fmt: skip
    title = _(
        "{share:.0%} good conductor: k = {true:.1f}, the network says {predicted:.1f}"
    ).format(share=fraction, true=10 ** true[place], predicted=10 ** predicted[place])
    alt = _(
        "Left: a computed two-phase image ({material}) with {share:.0%} of the good conductor. Right: its "
        "conductivity along x against this share on a logarithmic axis, between the bounds; here it is "
        "{true:.2f} and the network says {predicted:.2f} times that of the poor conductor."
    ).format(
        material=material, share=fraction, true=10 ** true[place], predicted=10 ** predicted[place]
    )
    label(fig, title=title, alt=alt)
    hide_axes(fig)
    fig.update_xaxes(title_text=_("Share of the good conductor"), row=1, col=2)
    fig.update_yaxes(
        title_text=_("log<sub>10</sub> k (of the poor conductor)"),
        range=[-0.05, 2.05],
        row=1,
        col=2,
    )
    fig.update_layout(legend={"orientation": "h", "x": 0.5, "y": -0.25, "xanchor": "center"})
    return fig


def hide_axes(fig: go.Figure) -> None:
    """Show the image in the left panel square, without axes, its first row at the top."""
    fig.update_xaxes(visible=False, constrain="domain", row=1, col=1)
    fig.update_yaxes(visible=False, scaleanchor="x", autorange="reversed", row=1, col=1)
    fig.update_layout(height=400)
