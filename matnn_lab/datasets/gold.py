"""Measured scans of the gold 4f lines in photoemission, repeated some hundred times."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd

from matnn_lab.datasets.cards import Card
from matnn_lab.datasets.files import read_shipped
from matnn_lab.text import gettext as _

FILE = Path(__file__).with_name("gold_scans.npz")
SHA256 = "a9252cdd2fb207315210534e45fe446280c1b65bbcce4c2721cfd5732d6a0d07"
BINDING_ENERGY_EV = 175 - 0.1 * np.arange(1001)
STEP_COUNTS_PER_S = 0.02

CARD = Card(
    name="gold_scans",
    title=_("Repeated photoemission scans of gold (measured)"),
    kind="measured",
    source=_(
        "The example experiment of pynxtools-xps 0.6.3 (Pielsticker et al. 2025): gold, first in vacuum and "
        "then in 25 mbar of oxygen, Al Kα (1486.6 eV), pass energy 20 eV, 27 and 28 August 2020."
    ),
    doi=("10.5281/zenodo.13951684",),
    licence=_("Apache-2.0; the notice is in `matnn_lab/datasets/notices/pynxtools-xps.md`"),
    n=404,
    units={
        "run": "label",
        "scan": "count",
        "spectrum": "array (1001,), counts/s",
    },
    notes=(
        _(
            "Binding energies fall from 175 to 75 eV in steps of 0.1 eV: `datasets.gold.BINDING_ENERGY_EV`."
        ),
        _(
            "Runs: `vacuum` (4 scans), `oxygen, first day` (300) and `oxygen, second day` (100). Scans of "
            "one run are of one specimen and follow each other, so they are near-duplicates."
        ),
        _(
            "The rate climbs over the first 60 scans of the first day and then drifts. Between 90 and 120 eV "
            "lie the electrons that lost energy in the gas, which vacuum does not show."
        ),
        _("Rounded to 0.02 counts/s, which is a hundredth of the noise of a scan."),
    ),
)


def gold_scans() -> pd.DataFrame:
    """Load the measured scans of Au 4f.

    Returns
    -------
    pandas.DataFrame
        One row a scan: ``run``, ``scan`` (its number in the run, from 0) and ``spectrum``, an array of shape
        (1001,) in counts a second. The card is in ``.attrs["card"]``.

    Raises
    ------
    DataFileError
        If the shipped file is missing or damaged.
    """
    tables = []
    with np.load(BytesIO(read_shipped(FILE, SHA256))) as content:
        for run in content.files:
            spectra = content[run] * STEP_COUNTS_PER_S
            tables.append(pd.DataFrame({"run": run, "scan": range(len(spectra))}))
            tables[-1]["spectrum"] = list(spectra)
    frame = pd.concat(tables, ignore_index=True)
    frame.attrs["card"] = CARD
    return frame
