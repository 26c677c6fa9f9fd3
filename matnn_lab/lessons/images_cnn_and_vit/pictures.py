"""Figures of notebook 08 that need more lines than a lesson should show."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import ArrayLike
from plotly.subplots import make_subplots

from matnn_lab.arrays import gray_images
from matnn_lab.figures import label
from matnn_lab.text import gettext as _


def gallery(images: Sequence[ArrayLike], titles: Sequence[str], *, alt: str) -> go.Figure:
    """Draw grey images side by side, each on its own grey scale.

    Parameters
    ----------
    images : sequence of array_like, shape (height, width)
    titles : sequence of str
        One above each image.
    alt : str
        Description in words.

    Raises
    ------
    ValueError
        If an image has another shape, or holds NaN or infinity.
    """
    fig = make_subplots(
        rows=1, cols=len(images), subplot_titles=list(titles), horizontal_spacing=0.03
    )
    for column, image in enumerate(images, start=1):
        values = gray_images(image, "images")
        if values.ndim != 2:
            raise ValueError(
                _("An image has the shape {shape}; give a list of images (height, width).").format(
                    shape=values.shape
                )
            )
        low, high = values.min(), values.max()
        grey = np.round(99 * (values - low) / max(high - low, 1e-12))
        fig.add_heatmap(
            z=grey.astype(int), colorscale="Greys_r", showscale=False, hoverinfo="skip",
            row=1, col=column,
        )  # fmt: skip
        fig.update_yaxes(
            scaleanchor=f"x{'' if column == 1 else column}", autorange="reversed", row=1, col=column
        )
    label(fig, alt=alt)
    fig.update_xaxes(visible=False, constrain="domain")
    fig.update_yaxes(visible=False)
    return fig.update_layout(height=260, margin={"l": 10, "r": 10, "t": 40, "b": 10})
