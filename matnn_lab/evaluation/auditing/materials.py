"""Questions about the materials: formulas that cannot be read, relatives, rare elements, structures."""

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from matnn_lab.evaluation.auditing.conflicts import conflicts
from matnn_lab.evaluation.auditing.duplicates import fraction_groups, structure_groups
from matnn_lab.evaluation.auditing.table import Found, NotAsked, Table, robust_spread
from matnn_lab.representations.formulas import formula_fractions
from matnn_lab.text import gettext as _
from matnn_lab.text import ngettext

if TYPE_CHECKING:
    from pymatgen.core import Structure

# targets of one material that differ by more than this share of their spread are in conflict
CONFLICT = 0.1
# largest difference in the fraction of an element between a formula and its structure
SAME = 0.02


def unreadable(table: Table) -> Found | None:
    """Look for formulas that cannot be read or may mean two things."""
    unread = table.read.unread
    if unread.empty:
        return None
    kinds = []
    for kind, rows in unread.groupby("kind", sort=False):
        example = rows["formula"].iloc[0]
        kinds.append((len(rows), kind, example))
    kinds.sort(key=lambda each: -each[0])
    said = ", ".join(
        _("{n:,} {kind} ({example!r})").format(n=n, kind=kind, example=example)
        for n, kind, example in kinds
    )
    return Found(
        unread["row"].tolist(),
        _("Formulas that cannot be read, or not with certainty: {n:,}. {kinds}.").format(
            n=len(unread), kinds=said
        ),
        _(
            "See read_formulas(…).unread for the reason in each row; all other checks leave them out."
        ),
    )


def repeated_compositions(table: Table) -> Found | None:
    """Look for compositions with several rows."""
    several, groups = _shared(pd.factorize(table.compositions[table.known])[0])
    if not groups:
        return None
    return Found(
        table.known[several].tolist(),
        ngettext(
            "Rows that share their composition with another row: {rows:,}, of {groups:,} composition.",
            "Rows that share their composition with another row: {rows:,}, of {groups:,} compositions.",
            groups,
        ).format(rows=several.sum(), groups=groups),
        _("Split by composition (FormulaKFold), and ask what tells these rows apart."),
    )


def nearly_equal_formulas(table: Table, tolerance: float) -> Found | None:
    """Look for formulas that differ, but hardly."""
    exact = pd.Series(table.compositions[table.known])
    groups = pd.Series(fraction_groups(table.fractions, tolerance=tolerance))
    several = (exact.groupby(groups).transform("nunique") > 1).to_numpy(dtype=bool)
    if not several.any():
        return None
    return Found(
        table.known[several].tolist(),
        _("Rows whose formula is within {percent:g} atomic % of another one: {rows:,}.").format(
            rows=int(several.sum()), percent=100 * tolerance
        ),
        _("Keep them on one side of the split: pass composition_groups(…) to GroupKFold."),
    )


def rare_elements(table: Table, n_rare: int) -> Found | None:
    """Look for elements that a model can hardly learn."""
    counts = Counter(element for each in table.fractions for element in each)
    rare = {element for element, n in counts.items() if n < n_rare}
    if not rare:
        return None
    return Found(
        [
            int(row)
            for row, each in zip(table.known, table.fractions, strict=True)
            if not rare.isdisjoint(each)
        ],
        _("Elements in fewer than {n} rows each: {elements}.").format(
            elements=", ".join(sorted(rare)), n=n_rare
        ),
        _("Claim nothing about them, or leave them out and say so."),
    )


def conflicting(table: Table) -> Found | NotAsked | None:
    """Look for one material, (composition, condition, …), with several targets."""
    if table.target is None:
        return NotAsked(_("no target was named"))
    targets = table.frame[table.target] if table.values is None else table.values
    parts = [table.compositions]
    for name in table.conditions:
        parts.append(table.numbers.get(name, table.frame[name].astype(object)))
    keys = list(zip(*parts, strict=True))
    numeric = table.values is not None
    spread = 0.0 if table.values is None else robust_spread(table.values)
    found = conflicts(keys, targets, tolerance=CONFLICT * spread)
    if found.empty:
        return None
    worst = found.iloc[0]
    position = worst["positions"][0]
    shown = [table.frame[name].iloc[position] for name in (table.formula, *table.conditions)]
    return Found(
        sorted(position for each in found["positions"] for position in each),
        _(
            "Materials with conflicting targets: {n:,}, such as {lowest} and {highest} for {key}."
        ).format(
            n=len(found),
            lowest=f"{worst['lowest']:g}" if numeric else worst["lowest"],
            highest=f"{worst['highest']:g}" if numeric else worst["highest"],
            key=", ".join(map(str, shown)),
        ),
        _("Find the condition that differs (temperature, phase, method), or take the median."),
    )


def odd_structures(table: Table) -> Found | NotAsked | None:
    """Look for rows without a usable structure, or with that of another compound."""
    if table.structure is None:
        return NotAsked(_("no column of structures was named"))
    absent, other = [], []
    for row, structure in enumerate(table.frame[table.structure]):
        fractions = table.read.fractions[row]
        if not usable(structure):
            absent.append(row)
        elif fractions is not None and _differs(structure, fractions):
            other.append(row)
    if not absent and not other:
        return None
    return Found(
        sorted([*absent, *other]),
        _(
            "Rows without a structure that has sites: {absent:,}; with a structure of another composition"
            " than the formula: {other:,}."
        ).format(absent=len(absent), other=len(other)),
        _(
            "Look up which structure belongs to the row; near-duplicates are sought among the others."
        ),
    )


def near_duplicates(table: Table) -> Found | NotAsked | None:
    """Look for crystals that are the same structure of the same compound."""
    if table.structure is None:
        return NotAsked(_("no column of structures was named"))
    structures = table.frame[table.structure]
    rows = np.array([row for row, each in enumerate(structures) if usable(each)], dtype=int)
    several, groups = _shared(structure_groups([structures.iloc[row] for row in rows]))
    if not groups:
        return None
    return Found(
        rows[several].tolist(),
        ngettext(
            "Crystals that match another one of the same compound: {rows:,}, in {groups:,} group.",
            "Crystals that match another one of the same compound: {rows:,}, in {groups:,} groups.",
            groups,
        ).format(rows=several.sum(), groups=groups),
        _("Keep them on one side of the split: pass structure_groups(…) to GroupKFold."),
    )


def usable(structure: Any) -> bool:
    """Tell whether a cell holds a crystal with sites."""
    return hasattr(structure, "lattice") and len(structure) > 0


def _differs(structure: "Structure", fractions: dict[str, float]) -> bool:
    try:
        (mine,) = formula_fractions([structure.composition])
    except ValueError:  # a dummy species
        return True
    elements = set(mine) | set(fractions)
    return any(abs(mine.get(e, 0.0) - fractions.get(e, 0.0)) > SAME for e in elements)


def _shared(group: np.ndarray) -> tuple[np.ndarray, int]:
    """Mark the rows whose group another row has too, and count these groups."""
    several = pd.Series(group).duplicated(keep=False).to_numpy(dtype=bool)
    return several, len(set(group[several]))
