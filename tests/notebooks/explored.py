"""A small explorer, as a notebook stores it."""

import plotly.graph_objects as go

from matnn_lab.figures import label
from matnn_lab.widgets import Explorer


def bare(heights):
    """Return a line without words."""
    return go.Figure(go.Scatter(x=[0, 1], y=heights, mode="markers"))


def explored(line):
    """Return what is stored of an explorer with one slider that draws a line."""

    def draw(height):
        words = f"A line from the origin to the height {height} at the right end"
        return label(bare(line(height)), x="Step", y="Height (m)", title="A line", alt=words)

    return Explorer(draw, height=[0, 1, 2]).bake()
