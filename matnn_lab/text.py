"""The one catalogue through which every sentence that a reader sees can be translated.

Modules write ``from matnn_lab.text import gettext as _`` and pass whole sentences through ``_``. The
language is taken from the environment as gettext does (``LANGUAGE``, ``LC_ALL``, ``LC_MESSAGES``, ``LANG``);
without a catalogue for it the English sentence is returned as it is.
"""

from gettext import translation
from pathlib import Path

CATALOGUES = Path(__file__).with_name("locale")

gettext = translation("matnn_lab", CATALOGUES, fallback=True).gettext
