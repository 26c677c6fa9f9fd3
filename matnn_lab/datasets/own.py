"""One's own structures: every file of a folder that can be read, and the reason for each that cannot."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
from tqdm.auto import tqdm

from matnn_lab.text import gettext as _

if TYPE_CHECKING:
    from pymatgen.core import Structure

ENDINGS = {".cif", ".mcif", ".vasp", ".poscar", ".contcar", ".json", ".xsf", ".res"}
NAMES = ("poscar", "contcar")
LONGEST_REASON = 200  # characters


def read_structures(folder: str | Path, *, progress: bool = False) -> pd.DataFrame:
    """Read the crystal structures of a folder, and say of each file that cannot be read why.

    Parameters
    ----------
    folder : path
        Its files ending in .cif, .mcif, .vasp, .poscar, .contcar, .json, .xsf or .res, and those whose names
        begin with POSCAR or CONTCAR, are read by pymatgen; folders below it too. Other files are left alone.
    progress : bool
        Show a progress bar.

    Returns
    -------
    pandas.DataFrame
        One row a structure, files in the order of their names; a CIF with several structures gives as many
        rows. Columns ``file``, its path below the folder; ``structure``, a pymatgen ``Structure`` or None;
        ``formula``, reduced, or None; ``reason``, why the row cannot make a graph, empty where it can. A
        disordered structure keeps its ``structure`` and has a reason. Nothing is dropped.

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
    folder = Path(folder)
    if not folder.is_dir():
        raise NotADirectoryError(
            _("{folder} is no folder; give the folder that holds the structure files.").format(
                folder=folder
            )
        )
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and _is_structure(path))
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
        try:
            found = _read(path)
        except Exception as error:  # whatever a file holds, the next one is read
            rows.append((name, None, None, _reason(error)))
            continue
        for structure in found:
            formula = structure.composition.reduced_formula
            rows.append((name, structure, formula, _what_hinders(structure)))
    return pd.DataFrame(rows, columns=["file", "structure", "formula", "reason"])


def _is_structure(path: Path) -> bool:
    return path.suffix.lower() in ENDINGS or path.name.lower().startswith(NAMES)


def _read(path: Path) -> list[Structure]:
    from pymatgen.core import Structure
    from pymatgen.io.cif import CifParser

    with warnings.catch_warnings():
        # what the parser mends by itself, such as 0.3333 for a third, is no reason to leave a file out
        warnings.simplefilter("ignore")
        if path.suffix.lower() in (".cif", ".mcif"):
            found = CifParser(path).parse_structures(primitive=False, on_error="raise")
        else:
            found = [Structure.from_file(path)]
    if not found:
        raise ValueError(_("it holds no structure"))
    return found


def _what_hinders(structure: Structure) -> str:
    if not structure.is_ordered:
        mixed = sum(not site.is_ordered for site in structure)
        return _(
            "disordered: {mixed} of {n} sites are shared or partly empty; order them first"
        ).format(mixed=mixed, n=len(structure))
    return ""


def _reason(error: Exception) -> str:
    """Return the first line of an error, without the file's own folder, short enough for a table."""
    lines = str(error).strip().splitlines()
    said = lines[0].strip() if lines else type(error).__name__
    return _("cannot be read: {said}").format(said=said[:LONGEST_REASON])
