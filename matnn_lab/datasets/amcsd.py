"""Measured crystal structures of minerals, decoded from the database that larixite brings along.

``scripts/check_minerals.py`` decodes the whole database once and writes which entries are measured, ordered
and complete (``minerals.json.gz``, numbers and formulas only). Here the metadata of these
entries are read in one query, and structures are decoded when they are asked for.
"""

import gzip
import json
import re
import sqlite3
from base64 import b64decode
from collections.abc import Iterable
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from matnn_lab.datasets.cards import Card
from matnn_lab.datasets.files import installed_file, read_installed, read_shipped
from matnn_lab.text import gettext as _

if TYPE_CHECKING:
    from pymatgen.core import Structure

DATABASE = "amcsd_cif1.db"
DATABASE_SHA256 = "991b2c197bb13537bda2383eb9621cac2b80ebfb2fe8960900db15083a8a0e33"
INDEX = Path(__file__).with_name("minerals.json.gz")
INDEX_SHA256 = "94f369ed618d05943245d7fe00d283256a3675f11644bfe16d3169d9f12d8f95"

CARD = Card(
    name="minerals",
    title=_("Crystal structures of minerals (measured)"),
    kind="measured",
    source=_(
        "American Mineralogist Crystal Structure Database (AMCSD): Downs and Hall-Wallace, American "
        "Mineralogist 88, 247-250 (2003), in the trimmed copy (version 1) that the installed package "
        "larixite brings along; some entries came from the Crystallography Open Database (COD)."
    ),
    doi=("10.1093/nar/gkr900",),
    licence=_(
        "No open licence: the AMCSD is free to read, and the COD states of its entries that they may "
        "be used within the scientific community if the original article is cited. The course "
        "therefore ships none of it and reads the installed copy; only entry numbers, formulas and "
        "counts of atoms that the course worked out lie in this repository."
    ),
    n=5806,
    units={
        "amcsd_id": "label",
        "mineral": "label",
        "formula": "label",
        "space_group": "label",
        "n_atoms": "count",
        "density_g_per_cm3": "g/cm³",
        "year": "year",
        "journal": "label",
        "title": "label",
    },
    dropped={
        _("partly occupied sites"): 2952,
        _("a site without an element (water, hydroxyl or a mixed site)"): 286,
        _("computed or hypothetical, as its own note says"): 64,
        _("cell far too empty or too full for its atoms (also solid H2, He and Ne)"): 52,
        _("an element of the compound's name has no site"): 32,
        _("more than 200 atoms in the cell"): 26,
        _("volume per atom above 1.8 times the median of its formula"): 23,
        _("atoms closer than 0.6 Å"): 15,
        _("density differs by more than 3 % from the one in the database"): 12,
        _("several atoms on one site"): 4,
        _("no oxygen, which other entries of the mineral have"): 3,
    },
    notes=(
        _(
            "`minerals()` gives the table; `mineral_structures(ids)` decodes the structures that are "
            "asked for, in a few milliseconds each, in the conventional cell of the publication."
        ),
        _(
            "One mineral has many entries: other samples, temperatures and pressures, other "
            "groups. They are near-duplicates; split by mineral or formula, not by entry."
        ),
        _("Cite the article of an entry (`journal`, `year`, `title`) when you use its structure."),
        _(
            "Not all are at room conditions: `title` ends with notes such as T = 576 K or P = 5 GPa. "
            "Not all are minerals: `mineral` is None for synthetic compounds."
        ),
        _(
            "Hydrogen is often not located by X-rays and then missing from both structure and "
            "formula; the density of the database leaves it out too, so no check can see it. The same "
            "may hold for other light atoms in a few of the oldest entries."
        ),
        _(
            "`space_group` is the symbol of the publication in its setting (F d 3 m for F d -3 m); "
            "`year` is that of the publication, 1915 to 2016."
        ),
        _("The checks are made by `scripts/check_minerals.py`, which anyone can run again."),
    ),
)

MAX_ATOMS = 200
SAME_PLACE_ANGSTROM = 0.2
TABLE = """
    select cif.id as amcsd_id, minerals.name as mineral, spacegroups.hm_notation as space_group,
        cif.crystal_density as density_g_per_cm3, publications.year, publications.journalname as journal,
        cif.pub_title as title, cif.compound as locality, cif.formula_title as compound
    from cif
        join minerals on minerals.id = cif.mineral_id
        join spacegroups on spacegroups.id = cif.spacegroup_id
        join publications on publications.id = cif.publication_id
    order by cif.id
"""
CELL = """
    select a, b, c, alpha, beta, gamma, symmetry_xyz, atoms_sites, atoms_x, atoms_y, atoms_z,
        atoms_occupancy
    from cif join spacegroups on spacegroups.id = cif.spacegroup_id
    where cif.id = ?
"""


class UndecodableError(ValueError):
    """An entry of the database that gives no complete, ordered crystal structure; says why."""


def decode(connection: sqlite3.Connection, amcsd_id: int) -> "Structure":
    """Return the unit cell of an entry of the database with all atoms that the symmetry makes.

    Raises
    ------
    UndecodableError
        If sites are partly occupied, shared or without an element, or the cell is too large.
    """
    from pymatgen.core import Lattice, Structure

    *cell, symmetry, labels, x, y, z, occupancy = connection.execute(
        CELL, [int(amcsd_id)]
    ).fetchone()
    sites = np.column_stack([_numbers(axis) for axis in (x, y, z)])
    if occupancy != "0" and np.any(np.abs(_numbers(occupancy) - 1) > 1e-3):
        raise UndecodableError("partly occupied sites")
    if len(np.unique(np.round(sites, 4), axis=0)) < len(sites):
        raise UndecodableError("several atoms on one site")
    species = [_element(label) for label in json.loads(labels)]
    lattice = Lattice.from_parameters(*(float(value.replace(",", ".")) for value in cell))
    rotations, translations = _operations(symmetry)
    all_species: list[str] = []
    all_coords: list[np.ndarray] = []
    for element, site in zip(species, sites, strict=True):
        images = _without_repeats((rotations @ site + translations) % 1.0, lattice.matrix)
        all_species += [element] * len(images)
        all_coords += list(images)
        if len(all_coords) > MAX_ATOMS:
            raise UndecodableError("more than 200 atoms in the cell")
    return Structure(lattice, all_species, all_coords)


def _numbers(text: str) -> np.ndarray:
    """Decode the number arrays of the database: base64 of 32-bit integers in units of 1/4,000,000."""
    return np.frombuffer(b64decode(text), dtype="<i4") / 4e6


def _element(label: str) -> str:
    """Return the element of a site label such as ``Ca1``; water, hydroxyl and mixed sites have none."""
    from pymatgen.core import Element

    letters = re.match(r"[A-Z][a-z]?", label)
    symbol = letters.group() if letters else ""
    mixed = label.startswith(("Wat", "OH", "Oh", "Ow", "O-H")) or re.match(r"[MT](?![a-z])", label)
    if symbol == "D":
        return "H"
    for candidate in (symbol, symbol[:1]):
        if not mixed and Element.is_valid_symbol(candidate):
            return candidate
    raise UndecodableError("a site without an element")


@cache
def _operations(symmetry: str) -> tuple[np.ndarray, np.ndarray]:
    """Return rotations (n, 3, 3) and translations (n, 3) of the symmetry operations."""
    from pymatgen.core.operations import SymmOp

    operations = [SymmOp.from_xyz_str(text) for text in json.loads(symmetry)]
    return (
        np.array([operation.rotation_matrix for operation in operations]),
        np.array([operation.translation_vector for operation in operations]),
    )


def _without_repeats(images: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Keep one of the images that fall on the same place (special positions)."""
    difference = images[:, None] - images[None]
    difference -= np.round(difference)
    distance = np.linalg.norm(difference @ matrix, axis=-1)
    repeats = np.tril(distance < SAME_PLACE_ANGSTROM, -1).any(axis=1)
    return images[~repeats]


def minerals() -> pd.DataFrame:
    """Load the table of measured, ordered mineral structures.

    Returns
    -------
    pandas.DataFrame
        One row an entry of the database, in order of ``amcsd_id`` (its number in larixite's copy), with
        ``mineral`` (or None), reduced ``formula``, ``space_group``, ``n_atoms`` in the conventional cell,
        ``density_g_per_cm3``, ``year``, ``journal`` and ``title``. The card is in ``.attrs["card"]``.
        The structures are given by :func:`mineral_structures`.

    Raises
    ------
    DataFileError
        If larixite is not installed or its database is not the one that the checks were made on.

    Notes
    -----
    Downs and Hall-Wallace, Am. Mineral. 88, 247 (2003).
    """
    checked = pd.DataFrame(_index(), columns=["amcsd_id", "formula", "n_atoms"])
    with closing(connect()) as connection:
        table = pd.read_sql_query(TABLE, connection).merge(checked, on="amcsd_id")
    table["mineral"] = table["mineral"].where(table["mineral"] != "<missing>", None)
    table["space_group"] = table["space_group"].str.replace(r" %var\d%", "", regex=True)
    table["density_g_per_cm3"] = table["density_g_per_cm3"].astype(float)
    table["title"] = table["title"].str.split().str.join(" ")
    frame = table[list(CARD.units)].copy()
    frame.attrs["card"] = CARD
    return frame


def mineral_structures(ids: Iterable[int]) -> "list[Structure]":
    """Decode the measured structures of some minerals.

    Parameters
    ----------
    ids
        Values of the column ``amcsd_id`` of :func:`minerals`.

    Returns
    -------
    list of pymatgen.core.Structure
        Conventional cells in the order of ``ids``.

    Raises
    ------
    TypeError
        If an id is not a whole number.
    ValueError
        If an id is not one of those in :func:`minerals`.
    DataFileError
        As in :func:`minerals`.
    """
    wanted = list(ids)
    if not all(isinstance(number, int | np.integer) for number in wanted):
        raise TypeError(
            _("The ids of minerals must be whole numbers, as in the column amcsd_id of minerals().")
        )
    known = {number for number, _formula, _atoms in _index()}
    if unknown := [number for number in wanted if number not in known]:
        raise ValueError(
            _("There is no mineral with id {number}; take ids from minerals().").format(
                number=unknown[0]
            )
        )
    with closing(connect()) as connection:
        return [decode(connection, number) for number in wanted]


@cache
def _index() -> list[tuple[int, str, int]]:
    """Return number, reduced formula and atoms of the entries that stand the checks."""
    return json.loads(gzip.decompress(read_shipped(INDEX, INDEX_SHA256)))["kept"]


def connect() -> sqlite3.Connection:
    """Open the database that larixite brings along, for reading only."""
    read_installed("larixite", DATABASE, sha256=DATABASE_SHA256)
    path = installed_file("larixite", DATABASE)
    return sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
