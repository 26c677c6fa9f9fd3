"""Computed crystals: AFLOW prototypes decorated with elements, energy against volume with CHGNet.

The file is made by ``scripts/make_prototype_crystals.py``. It keeps each prototype once (its cell at one
cubic angstrom per atom, its sites and their fractional coordinates) and for each crystal the elements on the
sites and three numbers.
"""

import gzip
import json
from pathlib import Path

import numpy as np
import pandas as pd

from matnn_lab.datasets.cards import Card
from matnn_lab.datasets.files import read_shipped
from matnn_lab.text import gettext as _

FILE = Path(__file__).with_name("prototype_crystals.json.gz")
SHA256 = "20455aea0d86be2dd09194c908e4d5ca639bc40ebd5015fed85e782db7253e83"

CARD = Card(
    name="prototype_crystals",
    title=_("Prototype crystals, computed (CHGNet)"),
    kind="computed",
    source=_(
        "Made for this course by `scripts/make_prototype_crystals.py`: prototypes of the AFLOW "
        "library (as in pymatgen), decorated with elements, energies by the pretrained potential "
        "CHGNet 0.3.0. Nobody has measured these numbers, and most of these crystals were never made."
    ),
    doi=("10.1038/s42256-023-00716-3", "10.1016/j.commatsci.2017.01.017"),
    licence=_(
        "CC BY 4.0, as the text of the course; CHGNet and its weights are under a modified BSD "
        "licence, the prototypes under MIT as part of pymatgen"
    ),
    n=4581,
    units={
        "crystal_id": "label",
        "formula": "label",
        "prototype": "label",
        "prototype_name": "label",
        "chemical_system": "label",
        "n_atoms": "count",
        "formation_energy_ev_per_atom": "eV/atom",
        "volume_a3_per_atom": "Å³/atom",
        "bulk_modulus_gpa": "GPa",
        "structure": "pymatgen Structure, lengths in Å",
    },
    dropped={
        _("formation energy below −4.5 or above 1.5 eV/atom"): 188,
        _("energy curve not smooth (rms of the fit over 2 meV/atom or 5 % of the curve)"): 139,
        _("energy still falling at the end of the scan"): 81,
        _("atoms closer than 0.75 of the sum of their covalent radii"): 45,
        _("no minimum inside the fine scan"): 29,
        _("bulk modulus below 1 or above 500 GPa"): 29,
        _("only structure left of its formula"): 19,
    },
    notes=(
        _(
            "Whole chemical systems are covered: 29 elements, 151 pairs and 40 triples of them, each in "
            "every prototype of its size (5,111 crystals before the checks). Every formula is "
            "there in two or more structures, so that the error of any model that sees only the "
            "formula has a floor."
        ),
        _(
            "Each crystal keeps the shape and the fractional coordinates of its prototype; only the "
            "volume is relaxed. The energy is therefore an upper bound of the relaxed one."
        ),
        _(
            "Energy, volume and bulk modulus at the minimum come from a third-order Birch-Murnaghan "
            "fit through seven volumes within 10 % of it, at 0 K without zero-point motion."
        ),
        _(
            "Formation energies are relative to the lowest structure of each element in this very "
            "set, computed and relaxed the same way, and must not be mixed with other references. "
            "N, O, F and Cl are nearly free molecules there: scaling follows the bond, so volumes "
            "and bulk moduli of their elemental crystals mean nothing."
        ),
        _(
            "CHGNet was trained on energies of the Materials Project, some from GGA and some from "
            "GGA+U, joined by the corrections of Wang et al. (2021). +U is used there for oxides and "
            "fluorides of Co, Cr, Fe, Mn, Mo, Ni, V and W; this set has none of these. No "
            "magnetic order is set: the potential answers with what it learned for each composition."
        ),
        _(
            "How far to trust it: for the formulas that are also among the measured formation "
            "enthalpies, the lowest structure of each differs from the measurement by 0.12 eV/atom on "
            "average. CHGNet is too soft in general (Deng et al. 2025, doi:10.1038/s41524-024-01500-6), "
            "and far from crystals that exist its answers are extrapolations."
        ),
        _(
            "`prototype` is the AFLOW label, with the name-giving element where one label stands for "
            "several structures. Where the elements can sit on the sites in several ways with the same "
            "formula, `crystal_id` ends in -2, -3 and so on."
        ),
    ),
)


def prototype_crystals() -> pd.DataFrame:
    """Load the computed (CHGNet) prototype crystals.

    Returns
    -------
    pandas.DataFrame
        One row a crystal, in order of ``crystal_id``. Columns and units are on the card in
        ``.attrs["card"]``; ``structure`` holds the primitive cell at the equilibrium volume as a
        pymatgen ``Structure``.

    Raises
    ------
    DataFileError
        If the shipped file is missing or damaged.

    Notes
    -----
    CHGNet: Deng et al., Nat. Mach. Intell. 5, 1031 (2023), doi:10.1038/s42256-023-00716-3. Prototypes:
    Mehl et al., Comput. Mater. Sci. 136, S1 (2017), doi:10.1016/j.commatsci.2017.01.017.
    """
    from pymatgen.core import Structure

    content = json.loads(gzip.decompress(read_shipped(FILE, SHA256)))
    prototypes = content["prototypes"]
    rows = []
    for crystal_id, formula, label, elements, energy, volume, modulus in content["crystals"]:
        prototype = prototypes[label]
        lattice = np.array(prototype["lattice"]) * volume ** (1 / 3)
        species = [elements[site] for site in prototype["sites"]]
        structure = Structure(lattice, species, prototype["frac_coords"])
        system = "-".join(sorted(elements))
        numbers = (len(species), energy, volume, modulus)
        rows.append((crystal_id, formula, label, prototype["name"], system, *numbers, structure))
    frame = pd.DataFrame(rows, columns=list(CARD.units))
    frame.attrs["card"] = CARD
    return frame
