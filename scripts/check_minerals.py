"""Decode all entries of the mineral database and write which of them are whole.

    python scripts/check_minerals.py

takes about a minute, needs ase (which chgnet brings) and writes ``matnn_lab/datasets/minerals.json.gz``: for
each entry that stands the checks its number, its reduced formula and the atoms in its cell, and how many of
the others fell out for which reason. Neither coordinates nor texts of the database are copied.
"""

import gzip
import hashlib
import json
import re
import sqlite3
from collections import Counter
from contextlib import closing

import numpy as np
import pandas as pd
from ase.data import covalent_radii
from pymatgen.core import Composition, Structure
from tqdm import tqdm

from matnn_lab.datasets.amcsd import INDEX, TABLE, UndecodableError, connect, decode

NOT_MEASURED = re.compile(
    "hypothet|theoret|simulat|density functional|DFT|first-principles|quantum-mechanical",
    re.IGNORECASE,
)
DENSITY_TOLERANCE = 0.03
CLOSEST_PAIR_ANGSTROM = 0.6
FILLING = (0.04, 3.0)
MOST_VOLUME_OF_FORMULA = 1.8


def checked(connection: sqlite3.Connection, entry: tuple) -> Structure:
    """Return the structure of an entry that stands the checks on itself."""
    if NOT_MEASURED.search(f"{entry.locality} {entry.title}"):
        raise UndecodableError("computed or hypothetical, as its own note says")
    structure = decode(connection, entry.amcsd_id)
    if not structure.is_valid(tol=CLOSEST_PAIR_ANGSTROM):
        raise UndecodableError("atoms closer than 0.6 Å")
    density = float(entry.density_g_per_cm3)
    if abs(structure.density - density) > DENSITY_TOLERANCE * density:
        raise UndecodableError("density differs by more than 3 % from the one in the database")
    if _elements(entry.compound) - _elements(structure.composition.reduced_formula):
        raise UndecodableError("an element of the compound's name has no site")
    radii = covalent_radii[list(structure.atomic_numbers)]
    if not FILLING[0] <= 4 / 3 * np.pi * (radii**3).sum() / structure.volume <= FILLING[1]:
        raise UndecodableError("cell far too empty or too full for its atoms")
    return structure


def odd_ones(kept: pd.DataFrame) -> dict[int, str]:
    """Return the entries that do not fit to the others of the same mineral or formula, with the reason."""
    odd = {}
    oxygen = kept["formula"].map(lambda formula: "O" in _elements(formula))
    most_have_oxygen = oxygen.groupby(kept["mineral"]).transform("mean") > 0.5
    named = kept["mineral"] != "<missing>"
    for number in kept.loc[named & most_have_oxygen & ~oxygen, "amcsd_id"]:
        odd[number] = "no oxygen, which other entries of the mineral have"
    median = kept["volume_per_atom"].groupby(kept["formula"]).transform("median")
    for number in kept.loc[kept["volume_per_atom"] > MOST_VOLUME_OF_FORMULA * median, "amcsd_id"]:
        odd[number] = "cell far too large for its formula"
    return odd


def _elements(formula: str) -> set[str]:
    """Return the elements of a formula without hydrogen, which is often not located; none if unreadable."""
    try:
        return {str(element) for element in Composition(formula.replace(" ", ""))} - {"H", "D"}
    except ValueError:
        return set()


def main() -> None:
    rows, dropped = [], Counter()
    with closing(connect()) as connection:
        entries = pd.read_sql_query(TABLE, connection)
        for entry in tqdm(entries.itertuples(), total=len(entries), unit="entry"):
            try:
                structure = checked(connection, entry)
            except UndecodableError as reason:
                dropped[str(reason)] += 1
                continue
            formula = structure.composition.reduced_formula
            volume = structure.volume / len(structure)
            rows.append((entry.amcsd_id, entry.mineral, formula, len(structure), volume))
    columns = ["amcsd_id", "mineral", "formula", "n_atoms", "volume_per_atom"]
    table = pd.DataFrame(rows, columns=columns)
    odd = odd_ones(table)
    dropped.update(odd.values())
    table = table[~table["amcsd_id"].isin(odd.keys())]
    kept = table[["amcsd_id", "formula", "n_atoms"]].to_numpy().tolist()
    content = json.dumps(
        {"kept": kept, "dropped": dict(sorted(dropped.items()))}, separators=(",", ":")
    )
    packed = gzip.compress(content.encode(), mtime=0)
    INDEX.write_bytes(packed)
    print(f"kept {len(kept)} of {len(entries)}")
    for reason, count in dropped.most_common():
        print(f"  {count:5d}  {reason}")
    print(f"{INDEX}: {len(packed):,} bytes, SHA-256 {hashlib.sha256(packed).hexdigest()}")


if __name__ == "__main__":
    main()
