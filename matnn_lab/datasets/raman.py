"""Measured Raman spectra of silicate glasses, with the composition of each."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd

from matnn_lab.datasets.cards import Card
from matnn_lab.datasets.files import read_shipped
from matnn_lab.text import gettext as _

FILE = Path(__file__).with_name("raman_glasses.npz")
SHA256 = "8ec1751f0700ceb14ad0be64c153665ca61775748ade83f4884c7704703b9af5"
RAMAN_SHIFT_PER_CM = np.arange(400.0, 1250.0)
OXIDES = ("sio2", "al2o3", "na2o", "k2o", "mgo", "cao")

CARD = Card(
    name="raman_glasses",
    title=_("Raman spectra of aluminosilicate glasses (measured)"),
    kind="measured",
    source=_(
        "The spectra that the program i-Melt 2.2.0 learns from, in the file that comes with it: glasses with "
        "Na₂O and K₂O (Le Losq, Valentine, Mysen and Neuville 2021) and, since version 2, with MgO and CaO "
        "(Le Losq and Baldoni 2023)."
    ),
    doi=(
        "10.1016/j.gca.2021.08.023",
        "10.48550/arXiv.2304.12123",
        "10.5281/zenodo.5342177",
    ),
    licence=_("MIT; the notice is in `matnn_lab/datasets/notices/imelt.md`"),
    n=258,
    units={
        "sio2": _("mole fraction of the oxide"),
        "al2o3": _("mole fraction of the oxide"),
        "na2o": _("mole fraction of the oxide"),
        "k2o": _("mole fraction of the oxide"),
        "mgo": _("mole fraction of the oxide"),
        "cao": _("mole fraction of the oxide"),
        "spectrum": "array (850,), intensity between 0 and 1",
    },
    notes=(
        _(
            "Raman shifts are 400 to 1249 cm⁻¹ in steps of 1 cm⁻¹: `datasets.raman.RAMAN_SHIFT_PER_CM`."
        ),
        _(
            "The file holds spectra that were processed, with minimum 0 and maximum 1, and does not say how. "
            "Intensities were rounded to 0.0001 for this course."
        ),
        _(
            "249 of the 258 compositions are different. Which paper or instrument a spectrum came from is "
            "not in the file, so spectra cannot be held out by laboratory."
        ),
    ),
)


def raman_glasses() -> pd.DataFrame:
    """Load the measured Raman spectra of 258 glasses in SiO₂–Al₂O₃–Na₂O–K₂O–MgO–CaO.

    Returns
    -------
    pandas.DataFrame
        One row a glass: the mole fractions of six oxides, which add up to one, and ``spectrum``, an array of
        shape (850,). The card is in ``.attrs["card"]``.

    Raises
    ------
    DataFileError
        If the shipped file is missing or damaged.
    """
    with np.load(BytesIO(read_shipped(FILE, SHA256))) as content:
        frame = pd.DataFrame(content["composition"], columns=list(OXIDES))
        frame["spectrum"] = list(content["spectra"] / 1e4)
    frame.attrs["card"] = CARD
    return frame
