"""Still pictures of notebook 07."""

import numpy as np
import plotly.graph_objects as go
import torch

from matnn_lab.figures import COLORS, label
from matnn_lab.text import gettext as _

NAMES = [["1"], ["x", "y", "z"], ["xz", "xy", "2y² − x² − z²", "yz", "z² − x²"]]
SIGNS = [[0.0, COLORS[1]], [1.0, COLORS[0]]]  # negative and positive
APART = 3.2  # between two centers


def harmonics_figure() -> go.Figure:
    """Draw the spherical harmonics of degrees 0, 1 and 2, a row for each degree.

    The distance of a surface from its center is the size of the function in this direction, its color the
    sign. Axes and order are those of e3nn (Geiger and Smidt 2022, doi:10.48550/arXiv.2207.09453).
    """
    from e3nn import o3

    polar, around = np.meshgrid(np.linspace(0, np.pi, 19), np.linspace(0, 2 * np.pi, 37))
    directions = np.stack(
        [np.sin(polar) * np.cos(around), np.sin(polar) * np.sin(around), np.cos(polar)], axis=-1
    )
    fig = go.Figure()
    texts = []
    for degree, names in enumerate(NAMES):
        values = o3.spherical_harmonics(
            degree, torch.tensor(directions), normalize=True, normalization="norm"
        ).numpy()
        for k, name in enumerate(names):
            value = values[..., k]
            center = np.array([APART * (k - degree), 0, -APART * degree])
            surface = np.abs(value)[..., None] * directions * 1.35 + center
            x, y, z = surface.astype(np.float32).transpose(2, 0, 1)
            fig.add_surface(
                x=x, y=y, z=z, surfacecolor=np.sign(value).astype(np.int8), cmin=-1, cmax=1,
                colorscale=SIGNS, showscale=False, hoverinfo="skip", name=name,
            )  # fmt: skip
            texts.append((*(center - [0, 0, APART / 2]), name))
        texts.append((-3.2 * APART, 0, -APART * degree, f"l = {degree}"))
    x, y, z, words = zip(*texts, strict=True)
    fig.add_scatter3d(x=x, y=y, z=z, text=words, mode="text", hoverinfo="skip", name=_("names"))
    label(
        fig,
        title=_("Spherical harmonics up to l = 2: blue positive, orange negative"),
        alt=_(
            "Three rows of surfaces. l = 0 is one sphere. l = 1 are three pairs of lobes along x, y and z, "
            "positive on one side and negative on the other. l = 2 are five functions whose opposite lobes "
            "have one sign; most of them have four lobes."
        ),
    )
    hidden = {"visible": False}
    fig.update_scenes(
        aspectmode="data", xaxis=hidden, yaxis=hidden, zaxis=hidden,
        camera={
            "projection": {"type": "orthographic"},
            "eye": {"x": 0.55, "y": -1.5, "z": 0.55},
        },
    )  # fmt: skip
    fig.update_layout(height=480, margin={"l": 0, "r": 0, "b": 0, "t": 48}, showlegend=False)
    return fig
