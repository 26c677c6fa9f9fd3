"""Measured X-ray absorption at the K edge of iron in a metal and three compounds."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd

from matnn_lab.datasets.cards import Card
from matnn_lab.datasets.files import read_shipped
from matnn_lab.text import gettext as _

FILE = Path(__file__).with_name("iron_edges.npz")
SHA256 = "21658260ad73f4b60bcfe93d5446ac4ef3c6eea5c4e36cb2155c7473a2289ddd"
SAMPLES = {
    "Fe_Foil": ("iron foil", "0"),
    "FeIISO4_20K": ("iron(II) sulfate", "+2"),
    "Ferrihydrite_20K": ("ferrihydrite", "+3"),
    "Goethite_20K": ("goethite", "+3"),
}

CARD = Card(
    name="iron_edges",
    title=_("X-ray absorption at the iron K edge (measured)"),
    kind="measured",
    source=_(
        "The test data of the program araucaria 0.1.11 (Alsina 2020): scans at beamline P65 of PETRA III, "
        "the compounds at 20 K, merged by its author."
    ),
    doi=("10.1103/RevModPhys.72.621",),
    licence=_("BSD 2-Clause; the notice is in `matnn_lab/datasets/notices/araucaria.md`"),
    n=4,
    units={
        "sample": "label",
        "oxidation_state": "label",
        "energy": "array (about 1900,), eV",
        "absorption": "array (about 1900,), as recorded, not normalized",
    },
    notes=(
        _("The DOI is that of a review of the theory; the measurements have none of their own."),
        _(
            "The foil was measured in the reference channel behind a sample, the others in transmission."
        ),
        _(
            "Four spectra are no training set; they serve for normalization and for fits of mixtures."
        ),
    ),
)


def iron_edges() -> pd.DataFrame:
    """Load the measured absorption spectra of four samples with iron.

    Returns
    -------
    pandas.DataFrame
        One row a sample: its name, the ``oxidation_state`` of iron, and the arrays ``energy`` (eV, rising)
        and ``absorption`` (arbitrary units, not normalized). The card is in ``.attrs["card"]``.

    Raises
    ------
    DataFileError
        If the shipped file is missing or damaged.
    """
    with np.load(BytesIO(read_shipped(FILE, SHA256))) as content:
        rows = [(*SAMPLES[key], *content[key].astype(float)) for key in content.files]
    frame = pd.DataFrame(rows, columns=list(CARD.units))
    frame.attrs["card"] = CARD
    return frame
