"""The explorer on the published page: the element that ``static/explorer.js`` brings to life."""

from __future__ import annotations

import json
from html import escape
from typing import Any

from matnn_lab.text import gettext as _


def words() -> dict[str, str]:
    """Return what an explorer says beside its controls."""
    return {
        "explorer": _("Explorer"),
        "controls": _("Controls of the figure"),
        "enlarge": _("Enlarge"),
        "reduce": _("Back to the page"),
        "redrawn": _("The figure has been redrawn."),
        "waiting": _("Waiting for Python to draw the figure."),
        "noscript": _("This figure and its controls need JavaScript; please allow it."),
    }


def explorer_html(payload: dict[str, Any]) -> str:
    """Write the element of one explorer.

    Parameters
    ----------
    payload : dict
        What :meth:`Explorer.bake` returned.

    Returns
    -------
    str
        A ``div`` that ``static/explorer.js`` fills when the page is loaded; without JavaScript it shows a
        sentence that says so.
    """
    payload = payload | {"words": words() | payload["words"]}  # an older notebook has fewer
    # "<" stands only inside strings of JSON, where its escape means the same
    data = json.dumps(payload, separators=(",", ":"), ensure_ascii=False).replace("<", "\\u003c")
    return (
        '<div class="matnn-explorer">'
        f'<script type="application/json">{data}</script>'
        f"<noscript><p>{escape(payload['words']['noscript'])}</p></noscript>"
        "</div>"
    )
