"""Figures and explorers stored in a notebook, written into a page as data for its scripts to draw.

myst-nb asks every renderer named in the entry points of the environment, also when it builds somebody
else's book. This one therefore claims no MIME type by itself: :mod:`matnn_lab.publishing.extension` gives
the two types their priority, and without that extension myst-nb never offers them.
"""

from __future__ import annotations

import json
from html import escape
from typing import TYPE_CHECKING, Any

from docutils import nodes

from matnn_lab.widgets.page import explorer_html

if TYPE_CHECKING:
    from myst_nb.core.render import MimeData, NbElementRenderer

PLOTLY = "application/vnd.plotly.v1+json"
EXPLORER = "application/vnd.matnn.explorer+json"
PLOTLY_HEIGHT = 450  # what plotly takes where a figure names no height


class Renderer:
    """The renderer that myst-nb finds under ``myst_nb.mime_renderers``."""

    mime_priority_overrides = ()

    @staticmethod
    def handle_mime(
        renderer: NbElementRenderer, data: MimeData, inline: bool
    ) -> list[nodes.Element] | None:
        """Return the nodes of a figure or explorer, or None for every other MIME type."""
        if data.mime_type == EXPLORER:
            html = explorer_html(data.content)
        elif data.mime_type == PLOTLY:
            if not _alt(data.content):
                renderer.logger.warning(
                    "a figure has no text for readers who cannot see it; pass it through "
                    "matnn_lab.figures.label",
                    subtype="alt_text",
                    line=data.line,
                )
            html = figure_html(data.content)
        else:
            return None
        return [nodes.raw(text=html, format="html", classes=["matnn"])]


def figure_html(figure: dict[str, Any]) -> str:
    """Return the element in which ``matnn.js`` draws a figure, with its height kept free.

    Left out are the width, which is that of the page, and the template: the page's script adds that of
    the reader's color mode.
    """
    layout = {k: v for k, v in figure["layout"].items() if k not in ("template", "width")}
    alt = escape(_alt(figure))
    return (
        f'<div class="matnn-plot" role="img" aria-label="{alt}" '
        f'style="height: {layout.get("height", PLOTLY_HEIGHT)}px">'
        f"{_script({**figure, 'layout': layout})}<noscript>{alt}</noscript></div>"
    )


def _alt(figure: dict[str, Any]) -> str:
    return (figure["layout"].get("meta") or {}).get("alt", "")


def _script(content: dict[str, Any]) -> str:
    # "<" could only stand inside a JSON string, where the escape means the same to the reader of JSON
    # and nothing to the reader of HTML
    data = json.dumps(content, separators=(",", ":"), ensure_ascii=False).replace("<", "\\u003c")
    return f'<script type="application/json">{data}</script>'
