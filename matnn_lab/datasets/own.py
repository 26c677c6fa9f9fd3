"""One's own structures: every file of a folder that can be read, and the reason for each that cannot."""

from __future__ import annotations

import re
import warnings
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from tqdm.auto import tqdm

from matnn_lab.datasets.files import as_path
from matnn_lab.text import gettext as _

if TYPE_CHECKING:
    from pymatgen.core import Composition, Structure

ENDINGS = {".cif", ".mcif", ".vasp", ".poscar", ".contcar", ".json", ".xsf", ".res"}
NAMES = ("poscar", "contcar")
LONGEST_REASON = 200  # characters
# no two nuclei are nearer (Å), and no cell is flatter than this share of the box of its edges; a structure
# that passes here makes a graph (`matnn_lab.representations.graph`)
CLOSEST = 0.1
FLATTEST = 1e-3
SHORTEST = 1e-6  # Å, of a cell vector
# the largest difference between a formula and the sites, as a share of the atoms
SAME = 0.01


def read_structures(folder: str | Path, *, progress: bool = False) -> pd.DataFrame:
    """Read the crystal structures of a folder, and say of each file that cannot be read why.

    Parameters
    ----------
    folder : path
        Its files ending in .cif, .mcif, .vasp, .poscar, .contcar, .json, .xsf or .res, and those whose names
        begin with POSCAR or CONTCAR, are read by pymatgen; folders below it too. Other files are left
        alone, and so are files and folders whose names begin with a full stop, such as .ipynb_checkpoints.
    progress : bool
        Show a progress bar.

    Returns
    -------
    pandas.DataFrame
        One row a structure, files in the order of their names; a CIF with several structures gives as many
        rows. Columns ``file``, its path below the folder; ``structure``, a pymatgen ``Structure`` or None;
        ``formula``, reduced, or None; ``reason``, why the row should not be used as it stands, empty where
        it can: the file cannot be read; the structure makes no graph (disordered, two atoms in one place,
        a flat cell, something that is no element); the elements are not named in the file (an old POSCAR);
        the formula in the CIF is another than that of its sites (atoms without a site, often hydrogen). A
        row with a reason keeps its ``structure`` where there is one. Nothing is dropped.

    Raises
    ------
    NotADirectoryError, FileNotFoundError
        If there is no such folder, or no such file in it.

    Examples
    --------
    ::

        crystals = read_structures("cifs")
        crystals[crystals["reason"] != ""]  # what could not be used, and why
        usable = crystals[crystals["reason"] == ""]
    """
    folder = as_path(folder)
    if not folder.is_dir():
        raise NotADirectoryError(
            _("{folder} is no folder; give the folder that holds the structure files.").format(
                folder=folder
            )
        )
    paths = sorted(
        path for path in folder.rglob("*") if path.is_file() and _is_structure(path, folder)
    )
    if not paths:
        raise FileNotFoundError(
            _(
                "There is no structure file in {folder}; expected files that end in {endings}, or "
                "that are called POSCAR or CONTCAR."
            ).format(folder=folder, endings=", ".join(sorted(ENDINGS)))
        )
    rows: list[tuple[str, Structure | None, str | None, str]] = []
    for path in tqdm(paths, desc=_("reading structures"), disable=not progress):
        name = path.relative_to(folder).as_posix()
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            try:
                found = [(each, _what_hinders(each, claim)) for each, claim in _read(path)]
            except Exception as error:  # whatever a file holds, the next one is read
                rows.append((name, None, None, _reason(error, path)))
                continue
            # what the parser mends by itself, such as 0.3333 for a third, is no reason to leave a file out
            unnamed = any("cannot be determined" in str(each.message) for each in told)
            for structure, hindrance in found:
                if unnamed:
                    hindrance = _(
                        "the file names no elements; write their symbols in the line above the numbers of"
                        " atoms"
                    )
                rows.append((name, structure, structure.composition.reduced_formula, hindrance))
    return pd.DataFrame(rows, columns=["file", "structure", "formula", "reason"])


def _is_structure(path: Path, folder: Path) -> bool:
    if any(part.startswith(".") for part in path.relative_to(folder).parts):
        return False
    return path.suffix.lower() in ENDINGS or path.name.lower().startswith(NAMES)


def _read(path: Path) -> list[tuple[Structure, str | None]]:
    """Read the structures of a file, each with the formula that the file says it has, or None."""
    from pymatgen.core import Structure
    from pymatgen.io.cif import CifParser

    if path.suffix.lower() not in (".cif", ".mcif"):
        return [(Structure.from_file(path), None)]
    text = path.read_text(encoding="utf-8", errors="replace")
    blocks = re.split(r"^\s*data_", text, flags=re.MULTILINE)[1:]
    names = Counter(block.split(maxsplit=1)[0] for block in blocks if "_atom_site_" in block)
    if twice := [name for name, n in names.items() if n > 1]:
        raise ValueError(  # pymatgen keeps the last of them
            _("several of its data blocks are called {name}; give each a name of its own").format(
                name=twice[0]
            )
        )
    parser = CifParser(path)
    found = parser.parse_structures(primitive=False, on_error="raise")
    claims = [
        block.get("_chemical_formula_sum")
        for block in parser.as_dict().values()
        if "_atom_site_label" in block or "_atom_site_type_symbol" in block
    ]
    if len(claims) != len(found):
        claims = [None] * len(found)
    return list(zip(found, claims, strict=True))


def _what_hinders(structure: Structure, claim: str | None = None) -> str:
    """Say why a structure should not be used as it stands; empty where it can be."""
    from pymatgen.core import DummySpecies

    if not len(structure):
        return _("it has no sites")
    if any(isinstance(each, DummySpecies) for each in structure.composition):
        return _("a site holds something that is no element")
    if not structure.is_ordered:
        mixed = sum(not site.is_ordered for site in structure)
        return _(
            "disordered: {mixed} of {n} sites are shared or partly empty; order them first"
        ).format(mixed=mixed, n=len(structure))
    if not (
        np.isfinite(structure.lattice.matrix).all() and np.isfinite(structure.cart_coords).all()
    ):
        return _("a position or a cell vector is no finite number")
    if _is_flat(structure):
        return _("its cell vectors lie in one plane or are zero")
    center, neighbor, _image, distance = structure.get_neighbor_list(CLOSEST)
    if len(distance):
        return _("sites {one} and {other} are {distance:.3f} Å apart").format(
            one=int(center[0]), other=int(neighbor[0]), distance=float(distance[0])
        )
    if "implicit_hydrogens" in structure.site_properties:
        return _("hydrogens have no sites of their own; add them")
    return _other_than(claim, structure)


def _is_flat(structure: Structure) -> bool:
    lattice = structure.lattice
    if not lattice.volume > 0:
        return True
    if min(lattice.abc) > SHORTEST and lattice.volume > FLATTEST * np.prod(lattice.abc):
        return False
    short = lattice.get_lll_reduced_lattice()  # a slanted cell of a needle is not flat
    return min(short.abc) <= SHORTEST or not short.volume > FLATTEST * np.prod(short.abc)


def _other_than(claim: str | None, structure: Structure) -> str:
    """Compare the formula in the file with the sites."""
    from pymatgen.core import Composition

    if claim is None:
        return ""
    try:
        said = _fractions(Composition(claim.replace("'", "")))
    except ValueError:  # not every author writes a formula
        return ""
    there = _fractions(structure.composition)
    if missing := sorted(set(said) - set(there)):
        return _(
            "no site holds {elements}, which the formula in the file names ({claim}); add the atoms"
        ).format(elements=", ".join(missing), claim=claim)
    if any(abs(said.get(each, 0) - there[each]) > SAME for each in there):
        return _("the formula in the file is {claim} and that of the sites {sites}").format(
            claim=claim, sites=structure.composition.reduced_formula
        )
    return ""


def _fractions(composition: Composition) -> dict[str, float]:
    """Return the share of each element; deuterium and tritium are hydrogen."""
    shares: dict[str, float] = {}
    for element, amount in composition.get_el_amt_dict().items():
        symbol = "H" if element in ("D", "T") else element
        shares[symbol] = shares.get(symbol, 0.0) + amount / composition.num_atoms
    return shares


def _reason(error: Exception, path: Path) -> str:
    """Say in a clause, without the file's own folder, why a file cannot be read."""
    cause = error.__cause__ or error
    lines = str(cause).strip().splitlines()
    said = lines[0].strip() if lines else ""
    if isinstance(error, OSError):
        said = error.strerror or type(error).__name__
    elif "Occupancy" in said:
        said = _("the atoms on a site add up to more than one ({said})").format(said=said)
    elif isinstance(cause, KeyError) and said.strip("'").startswith("_"):
        said = _("it has no {key}").format(key=said.strip("'"))
    elif "no structures" in said:
        said = _("it holds no structure")
    elif path.suffix.lower() == ".json":
        said = _("it holds no structure as Structure.to_json writes it")
    elif not isinstance(cause, ValueError) or not said or "zip()" in said:
        said = _("it is cut off, or not written as its ending says")
    return _("cannot be read: {said}").format(said=said[:LONGEST_REASON])
