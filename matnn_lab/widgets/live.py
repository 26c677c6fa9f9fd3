"""The explorer in JupyterLab: a widget that asks Python for each figure."""

from __future__ import annotations

import zlib
from functools import cache
from hashlib import blake2b
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

from matnn_lab.widgets.payload import leaves

if TYPE_CHECKING:
    from matnn_lab.widgets.explorer import Explorer

STATIC = files("matnn_lab.widgets") / "static"


class LiveExplorer(anywidget.AnyWidget):
    """The browser's half is ``static/explorer.js``, as on the site, with ``static/live.js`` as its source.

    The browser sends the positions of the controls and gets the leaves of the figure (see ``payload.py``);
    leaves that it has are not sent again. plotly.js comes from the plotly package, once for each page.
    """

    _esm = (STATIC / "explorer.js").read_text("utf-8") + (STATIC / "live.js").read_text("utf-8")
    _css = (STATIC / "explorer.css").read_text("utf-8")
    description = traitlets.Dict().tag(sync=True)

    def __init__(self, explorer: Explorer) -> None:
        super().__init__(description=explorer.description())
        self._explorer = explorer
        self.on_msg(self._answer)

    def _answer(self, _widget: Any, question: dict[str, Any], _buffers: list[Any]) -> None:
        if question["want"] == "plotly":
            self.send({"to": question["from"]}, [_plotly_js()])
            return
        try:
            found = leaves(self._explorer.figure_at(question["want"]))
        except Exception as error:
            self.send({"to": question["from"], "error": str(error)})
            return
        keys = {text: blake2b(text.encode(), digest_size=8).hexdigest() for text in found.values()}
        answer = {
            "to": question["from"],
            "leaves": [(path, keys[text]) for path, text in found.items()],
            "values": {key: text for text, key in keys.items() if key not in question["have"]},
        }
        self.send(answer)


@cache
def _plotly_js() -> bytes:
    source = (files("plotly") / "package_data" / "plotly.min.js").read_bytes()
    return zlib.compress(source)
