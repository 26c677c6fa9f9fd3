"""Measured standard enthalpies of formation of 2,135 solid compounds."""

import gzip
import json

import pandas as pd

from matnn_lab.datasets.cards import Card
from matnn_lab.datasets.files import read_installed
from matnn_lab.text import gettext as _

FILE = ("analysis", "compatibility", "exp_compounds.json.gz")
SHA256 = "1c77f299b6e50b23abeea421793da35acca9583f322e01a38224789e6e3f6aac"

CARD = Card(
    name="formation_enthalpies",
    title=_("Formation enthalpies (measured)"),
    kind="measured",
    source=_(
        "Measured values compiled for the Materials Project by Wang et al. (2021), mostly from Kim et al. "
        "(2017), Kubaschewski et al. (1993) and the NIST-JANAF tables: calorimetry for the most part, in "
        "the older tables also vapour pressures and cell voltages; read from the file "
        "`exp_compounds.json.gz` of the installed package pymatgen."
    ),
    doi=("10.1038/s41598-021-94550-5", "10.1038/sdata.2017.162", "10.18434/T42S31"),
    licence=_("MIT, as part of pymatgen"),
    n=2135,
    units={
        "formula": "label",
        "formation_enthalpy_ev_per_atom": "eV/atom",
        "uncertainty_ev_per_atom": "eV/atom",
        "mp_id": "label",
    },
    notes=(
        _(
            "The file holds eV per formula unit; both numbers are divided by the atoms of the "
            "formula unit, so they are per mole of atoms (1 eV/atom = 96.485 kJ/mol)."
        ),
        _(
            "Values are for solids at 298 K, relative to the elements in their standard states. "
            "Elements, liquids and gases are not in the set."
        ),
        _(
            "The compilers kept one value per composition, so no formula occurs twice and the set "
            "cannot tell polymorphs apart; the phase that was measured is not in the file."
        ),
        _(
            "Some formulas are measured compositions and not ideal ones (for example Dy499Ni501): "
            "197 have more than 40 atoms in the formula unit, and in 9 pairs (DyNi and Dy499Ni501 is "
            "one) all atomic fractions agree within 0.005. Al4C3 and Al57C43 are such a pair and "
            "differ by 0.13 eV/atom. A random split can put the halves of a pair on both sides."
        ),
        _(
            "The uncertainty is the one that the source reports: 301 rows have none (NaN), and in 5 "
            "rows it is 0, which no measurement has."
        ),
        _(
            "`mp_id` is the entry of the Materials Project that the compilers found most likely to "
            "be the measured phase; 555 rows have none."
        ),
    ),
)


def formation_enthalpies() -> pd.DataFrame:
    """Load the measured standard enthalpies of formation at 298 K.

    Returns
    -------
    pandas.DataFrame
        2,135 rows with the columns ``formula``, ``formation_enthalpy_ev_per_atom``,
        ``uncertainty_ev_per_atom`` (both eV/atom; the uncertainty may be NaN) and ``mp_id`` (or
        None). The card is in ``.attrs["card"]``.

    Raises
    ------
    DataFileError
        If the file of pymatgen is missing or is not the one that the course was written for.

    Notes
    -----
    Wang et al., Sci. Rep. 11, 15496 (2021), doi:10.1038/s41598-021-94550-5.
    """
    from pymatgen.core import Composition

    compounds = json.loads(gzip.decompress(read_installed("pymatgen", *FILE, sha256=SHA256)))
    raw = pd.DataFrame(compounds)
    atoms = raw["formula"].map(lambda formula: Composition(formula).num_atoms)
    frame = pd.DataFrame(
        {
            "formula": raw["formula"],
            "formation_enthalpy_ev_per_atom": raw["exp energy"] / atoms,
            "uncertainty_ev_per_atom": raw["uncertainty"] / atoms,
            "mp_id": raw["mpid"],
        }
    )
    frame.attrs["card"] = CARD
    return frame
