"""Measured lattice constants and bulk moduli of 56 cubic solids, as one compares calculations with them."""

from io import BytesIO
from pathlib import Path

import pandas as pd

from matnn_lab.datasets.cards import Card
from matnn_lab.datasets.files import read_shipped
from matnn_lab.text import gettext as _

FILE = Path(__file__).with_name("cubic_solids.csv")
SHA256 = "d4932c4c0e5b8d44185dee511586007cd08837cde42abbcc90b6b7ab2dc3ea6a"

CARD = Card(
    name="cubic_solids",
    title=_("Cubic solids (measured)"),
    kind="measured",
    source=_(
        "Lattice constants and bulk moduli collected by Hao et al. (2012) from many measurements, to test "
        "density functionals. The 58 solids go back to Haas, Tran and Blaha (2009); the numbers were typed "
        "from a public transcription of the table, not from the printed page."
    ),
    doi=("10.1103/PhysRevB.85.014111", "10.1103/PhysRevB.79.085104"),
    licence=_(
        "Single measured values, cited from the paper; the table as such belongs to its publisher"
    ),
    n=56,
    units={
        "formula": "label",
        "prototype": "label",
        "lattice_constant_a": "Å",
        "bulk_modulus_gpa": "GPa",
    },
    dropped={_("no bulk modulus in the table (LiH and cubic AlN)"): 2},
    notes=(
        _(
            "The lattice constants were measured at low temperature or extrapolated to 0 K, and the "
            "expansion by zero-point motion was then taken off with phonons of density functional theory: "
            "they are those of a crystal whose nuclei are at rest, which is what a potential computes. That "
            "part of each number is computed. It makes 0.1 to 1 % in most crystals, and most in light ones: "
            "halite has 5.64 Å at room temperature and 5.565 Å here."
        ),
        _(
            "Zero-point motion is not taken off the bulk moduli; at rest a crystal is stiffer by a few per "
            "cent. Compilations differ by several per cent and in some crystals (AlP, BP) by more than a "
            "tenth."
        ),
        _(
            "`prototype` is the name that `ase.build.bulk` knows. BN, GaN and SiC are the cubic forms. Fe, "
            "Ni and FeAl are magnetic in calculations."
        ),
    ),
)


def cubic_solids() -> pd.DataFrame:
    """Load the measured lattice constants and bulk moduli of 56 cubic solids.

    Returns
    -------
    pandas.DataFrame
        One row a solid, with the columns of the card, which is in ``.attrs["card"]``.

    Raises
    ------
    DataFileError
        If the shipped file is missing or damaged.

    Notes
    -----
    Hao et al., Phys. Rev. B 85, 014111 (2012), doi:10.1103/PhysRevB.85.014111.
    """
    frame = pd.read_csv(BytesIO(read_shipped(FILE, SHA256)), dtype={"bulk_modulus_gpa": float})
    frame.attrs["card"] = CARD
    return frame
