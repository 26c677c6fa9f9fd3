"""Viscosity of oxide melts and glasses, measured, from the installed package gpvisc."""

from io import BytesIO

import pandas as pd

from matnn_lab.datasets.cards import Card
from matnn_lab.datasets.files import read_installed
from matnn_lab.text import gettext as _

FILE = ("data", "dataset+sciglass_lp.csv")
SHA256 = "5a5bbf6e9e5a9048015f5e7724e644d73c312e3358b767d672085757ed2e58f3"
OXIDES = (
    "sio2",
    "tio2",
    "al2o3",
    "feo",
    "fe2o3",
    "mno",
    "na2o",
    "k2o",
    "mgo",
    "cao",
    "p2o5",
    "h2o",
)

CARD = Card(
    name="melt_viscosities",
    title=_("Viscosity of oxide melts and glasses (measured)"),
    kind="measured",
    source=_(
        "Compiled by Le Losq, Ferraina, Sossi and Boukaré (2024) from some two hundred publications, with "
        "12,231 rows of the SciGlass database added; read from the file `dataset+sciglass_lp.csv` of the "
        "installed package gpvisc 0.3.5. Nothing of it is shipped with the course."
    ),
    doi=("10.48550/arXiv.2409.20235",),
    licence=_("GPL-3.0, as part of gpvisc"),
    n=27671,
    units=dict.fromkeys(OXIDES, "mol%")
    | {"temperature_k": "K", "log10_viscosity_pa_s": "log₁₀(Pa·s)", "paper": "label"},
    notes=(
        _(
            "`paper` is the compilers' abbreviation, in which one publication can have several names; the"
            " rows that came from SciGlass have none (None)."
        ),
        _(
            "The rows without a paper all have a whole number as log₁₀ η: they are temperatures read off a"
            " curve at fixed viscosities, not measured points."
        ),
        _(
            "The rows are as they are found, with repeated ones, with rows that stand in several"
            " publications, and with 47 rows of pure water between 2 and 48 °C."
        ),
        _("All rows are for low pressure; the compilers keep pressure in another table."),
    ),
)


def melt_viscosities() -> pd.DataFrame:
    """Load measured viscosities of melts and glasses of twelve oxides.

    Returns
    -------
    pandas.DataFrame
        27,671 rows with the twelve columns of `OXIDES` (mol%, sums 99.97 to 100.03), ``temperature_k``,
        ``log10_viscosity_pa_s`` and ``paper`` (None where the row came from SciGlass). The card is in
        ``.attrs["card"]``.

    Raises
    ------
    DataFileError
        If the package gpvisc is not installed, or not in the version that the course was written for.

    Notes
    -----
    Le Losq et al. (2024), doi:10.48550/arXiv.2409.20235. The package is looked up and not imported.
    """
    raw = pd.read_csv(BytesIO(read_installed("gpvisc", *FILE, sha256=SHA256)), low_memory=False)
    frame = raw[list(OXIDES)].astype(float)
    frame["temperature_k"] = raw["T"].astype(float)
    frame["log10_viscosity_pa_s"] = raw["viscosity"].astype(float)
    frame["paper"] = raw["ref"].astype(object).where(raw["ref"].notna(), None)
    frame.attrs["card"] = CARD
    return frame
