"""The one catalogue through which every sentence that a reader sees can be translated.

Modules write ``from matnn_lab.text import gettext as _`` and pass whole sentences through ``_``; texts that
count something go through :func:`ngettext`. The edition says its language in ``MATNN_LANGUAGE``, which is
looked at when a sentence is asked for, never the locale of the reader: without it, or without a catalogue for
it, the English sentence is returned as it is. ``MATNN_CATALOGUES`` names another folder of catalogues than
the package's own. ``course/editions.py`` says how a catalogue is made.
"""

import os
from functools import cache
from gettext import NullTranslations, translation
from pathlib import Path

CATALOGUES = Path(__file__).with_name("locale")


def language() -> str:
    """Return the language of the edition, such as "ja"; an empty text is the English original."""
    return os.environ.get("MATNN_LANGUAGE", "")


def gettext(message: str, language: str | None = None) -> str:
    """Return a sentence in the language of the edition, or in the one that is named."""
    # the catalogue's own header stands under the empty text
    return _catalogue(language).gettext(message) if message else message


def ngettext(one: str, several: str, count: int) -> str:
    """Return the sentence that fits a count: ``ngettext("{n} row", "{n} rows", n).format(n=n)``."""
    return _catalogue().ngettext(one, several, count)


def shown(label: object) -> object:
    """Return how a reader sees a label that code may use as a key, such as the heading of a table.

    Code keeps the English label; this is called where the label is drawn. In the catalogue such labels stand
    apart from sentences, under the context "label". What is no text comes back as it is.
    """
    if not isinstance(label, str) or not label:
        return label
    return _catalogue().pgettext("label", label)


def _catalogue(named: str | None = None) -> NullTranslations:
    return _read(
        language() if named is None else named,
        os.environ.get("MATNN_CATALOGUES") or str(CATALOGUES),
    )


@cache
def _read(language: str, folder: str) -> NullTranslations:
    if not language:
        return NullTranslations()
    return translation("matnn_lab", folder, [language], fallback=True)
