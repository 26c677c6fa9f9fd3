"""The few pieces of HTML that exercises and quizzes share; they are legible on light and on dark pages."""

import re
from html import escape

from matnn_lab.text import gettext as _

# both colors have a contrast of at least 3 : 1 to white and to the dark themes' backgrounds;
# the text keeps the color of the page
GREEN, RED = "#22a05a", "#e0564a"


def inline(text: str) -> str:
    """Return the text as HTML, with code between backticks."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))


def verdict(right: bool) -> str:
    """Return the sign and the words that open each answer: nobody has to tell colors apart."""
    return _("✓ Right.") if right else _("✗ Not right yet.")


def verdict_html(right: bool, sentence: str) -> str:
    """Return sign, words, color and sentence as one line of HTML."""
    color = GREEN if right else RED
    return (
        f'<div style="border-left: 0.35em solid {color}; padding: 0.3em 0.8em; margin: 0.3em 0">'
        f"<strong>{escape(verdict(right))}</strong> {inline(sentence)}</div>"
    )
