"""A measured micrograph: nanoporous gold in the scanning electron microscope."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd

from matnn_lab.datasets.cards import Card
from matnn_lab.datasets.files import read_shipped
from matnn_lab.text import gettext as _

FILE = Path(__file__).with_name("nanoporous_gold.npz")
SHA256 = "369181465ea2a78c23b34f53eecf2c67f2ad23ecbdb3750c726e9c87f0b72ab6"
PIXEL_NM = 2 * 556.0 / 1024  # the caption says that 1024 pixels are 556.0 nm; the image was halved

CARD = Card(
    name="nanoporous_gold",
    title=_("Nanoporous gold in the scanning electron microscope"),
    kind="measured",
    source=_(
        "The sample micrograph of the program aquami 1.1.0 (Stuckner, Frei, McCue, Demkowicz and "
        "Murayama 2017): "
        "secondary electrons (in-lens detector) at 20 kV, magnification 500,000, 11 July 2016."
    ),
    doi=("10.1016/j.commatsci.2017.08.012",),
    licence=_("MIT; the notice is in `matnn_lab/datasets/notices/aquami.md`"),
    n=1,
    units={
        "pixel_nm": "nm",
        "image": "array (344, 512) of grey values, 0 to 255",
    },
    notes=(
        _(
            "Halved from 1024 × 688 pixels, each pixel the mean of four, and without the caption, "
            "which says that "
            "the image is 556.0 nm wide."
        ),
        _(
            "One micrograph of one specimen: patches of it show how a program behaves, and say "
            "nothing of other "
            "specimens."
        ),
        _("Grey is no measured quantity: brightness and contrast were set at the microscope."),
    ),
)


def nanoporous_gold() -> pd.DataFrame:
    """Load the measured micrograph of nanoporous gold.

    Returns
    -------
    pandas.DataFrame
        One row: ``pixel_nm``, the edge of a pixel, and ``image``, an array of shape (344, 512).

    Raises
    ------
    DataFileError
        If the shipped file is missing or damaged.
    """
    with np.load(BytesIO(read_shipped(FILE, SHA256))) as content:
        frame = pd.DataFrame({"pixel_nm": [PIXEL_NM], "image": [content["image"]]})
    frame.attrs["card"] = CARD
    return frame
