"""The explorer in JupyterLab: a widget that asks Python for each figure but the first."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Container, Sequence
from functools import cache
from hashlib import blake2b
from importlib.resources import files
from typing import Any

import anywidget
import ipywidgets
import plotly.graph_objects as go
import traitlets

from matnn_lab.widgets.payload import leaves

STATIC = files("matnn_lab.widgets") / "static"


class PlotlyScript(ipywidgets.Widget):
    """plotly.js of the installed plotly package, which no web address has that every Jupyter serves.

    A kernel sends it once, and all its explorers point to it.
    """

    compressed = traitlets.Bytes().tag(sync=True)


class LiveExplorer(anywidget.AnyWidget):
    """The browser's half is ``static/explorer.js``, as on the site, with ``static/live.js`` as its source.

    Python answers no question before all cells that were asked to run have run. So what draws the first
    figure comes with the widget. After that the browser sends the positions of the controls and gets the
    leaves of the figure (see ``payload.py``); leaves that it has are not sent again.

    Parameters
    ----------
    description : dict
        The controls and the sentences that the browser shows, as JSON.
    draw : callable
        Returns the figure with each control at a position among its values.
    """

    _esm = (STATIC / "explorer.js").read_text("utf-8") + (STATIC / "live.js").read_text("utf-8")
    _css = (STATIC / "explorer.css").read_text("utf-8")
    description = traitlets.Dict().tag(sync=True)
    opening = traitlets.Dict().tag(sync=True)
    plotly = traitlets.Instance(PlotlyScript).tag(sync=True, **ipywidgets.widget_serialization)

    def __init__(
        self, description: dict[str, Any], draw: Callable[[Sequence[int]], go.Figure]
    ) -> None:
        start = [control["start"] for control in description["controls"]]
        super().__init__(
            description=description, opening=_answer(draw, start), plotly=_plotly_script()
        )
        self._draw = draw
        self.on_msg(self._reply)

    def _reply(self, _widget: Any, question: dict[str, Any], _buffers: list[Any]) -> None:
        answer = _answer(self._draw, question["want"], question["have"])
        self.send({"to": question["from"]} | answer)


def _answer(
    draw: Callable[[Sequence[int]], go.Figure],
    positions: Sequence[int],
    have: Container[str] = (),
) -> dict[str, Any]:
    """Give the leaves of a figure with the values that the browser does not have, or an error."""
    try:
        found = leaves(draw(positions))
    except Exception as error:
        return {"error": str(error)}
    keys = {text: blake2b(text.encode(), digest_size=8).hexdigest() for text in found.values()}
    return {
        "leaves": [(path, keys[text]) for path, text in found.items()],
        "values": {key: text for text, key in keys.items() if key not in have},
    }


@cache
def _plotly_script() -> PlotlyScript:
    source = (files("plotly") / "package_data" / "plotly.min.js").read_bytes()
    return PlotlyScript(compressed=zlib.compress(source))
