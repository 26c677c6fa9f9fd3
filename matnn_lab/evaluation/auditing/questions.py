"""The questions that an audit asks, one function each; every one returns what it found, or None."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from matnn_lab.evaluation.auditing.conflicts import conflicts
from matnn_lab.evaluation.auditing.duplicates import composition_groups, structure_groups
from matnn_lab.evaluation.auditing.units import extensivity, impossible_values
from matnn_lab.evaluation.splitting.labels import compositions, element_sets
from matnn_lab.text import gettext as _

# targets of one material that differ by more than this share of their standard deviation are in conflict
CONFLICT = 0.1
# median absolute deviations from the median that make a target far off
FAR_OFF = 10
EXTENSIVE = 0.5


class Found(NamedTuple):
    """What a check found: positions of the rows, what was seen, what to do about it."""

    positions: list[int]
    finding: str
    advice: str


def identical_rows(frame: pd.DataFrame) -> Found | None:
    """Look for rows that repeat an earlier one in every column (structures are left aside)."""
    plain = [c for c in frame if not frame[c].map(lambda value: hasattr(value, "lattice")).any()]
    positions = np.flatnonzero(frame[plain].astype(str).duplicated())
    if not len(positions):
        return None
    return Found(
        positions.tolist(),
        _("Rows that repeat an earlier row in every column: {n:,}.").format(n=len(positions)),
        _("Drop them, or find out what tells them apart."),
    )


def repeated_compositions(formulas: Sequence[str]) -> Found | None:
    """Look for compositions with several rows."""
    return _repeated(
        compositions(formulas),
        _(
            "Rows that share their composition with another row: {rows:,}, of {groups:,} compositions."
        ),
        _("Split by composition (FormulaKFold), and ask what tells these rows apart."),
    )


def nearly_equal_formulas(formulas: Sequence[str], tolerance: float) -> Found | None:
    """Look for formulas that differ, but hardly."""
    exact = pd.Series(compositions(formulas))
    groups = pd.Series(composition_groups(formulas, tolerance=tolerance))
    several = exact.groupby(groups).transform("nunique") > 1
    if not several.any():
        return None
    return Found(
        np.flatnonzero(several).tolist(),
        _("Rows whose formula is within {percent:g} atomic % of another one: {rows:,}.").format(
            rows=int(several.sum()), percent=100 * tolerance
        ),
        _("Keep them on one side of the split: pass composition_groups(…) to GroupKFold."),
    )


def near_duplicates(structures: Sequence) -> Found | None:
    """Look for crystals that are the same structure of the same compound."""
    return _repeated(
        structure_groups(structures),
        _("Crystals that match another one of the same compound: {rows:,}, in {groups:,} groups."),
        _("Keep them on one side of the split: pass structure_groups(…) to GroupKFold."),
    )


def rare_elements(formulas: Sequence[str], n_rare: int) -> Found | None:
    """Look for elements that a model can hardly learn."""
    sets = element_sets(formulas)
    rare = {e for e, n in Counter(e for each in sets for e in each).items() if n < n_rare}
    if not rare:
        return None
    return Found(
        [row for row, each in enumerate(sets) if each & rare],
        _("Elements in fewer than {n} rows each: {elements}.").format(
            elements=", ".join(sorted(rare)), n=n_rare
        ),
        _("Claim nothing about them, or leave them out and say so."),
    )


def impossible(frame: pd.DataFrame) -> Found | None:
    """Look for values that the unit at the end of the column's name does not allow."""
    plain = frame.reset_index(drop=True)
    found = impossible_values(plain)
    if found.empty:
        return None
    worst = found.iloc[0]
    return Found(
        sorted(set(found["row"])),
        _("Impossible values: {n:,}, such as {value:g} in {column}.").format(
            n=len(found), value=worst["value"], column=worst["column"]
        ),
        _("Look them up in the source: unit, sign, decimal point."),
    )


def missing(frame: pd.DataFrame, columns: Sequence[str]) -> Found | None:
    """Look for missing targets and conditions."""
    gaps = frame[list(columns)].isna()
    if not gaps.to_numpy().any():
        return None
    counts = gaps.sum()
    worst = counts.idxmax()
    return Found(
        np.flatnonzero(gaps.any(axis=1)).tolist(),
        _("Rows without {column}: {n:,}.").format(n=int(counts[worst]), column=worst),
        _("Leave them out, and ask whether they are missing for a reason."),
    )


def conflicting(keys: Sequence[tuple], targets: pd.Series) -> Found | None:
    """Look for one material, (composition, condition, …), with several targets."""
    keys = [tuple(map(str, key)) for key in keys]
    numeric = pd.api.types.is_numeric_dtype(targets)
    table = conflicts(keys, targets, tolerance=CONFLICT * targets.std() if numeric else 0.0)
    if table.empty:
        return None
    worst = table.iloc[0]
    return Found(
        sorted(position for each in table["positions"] for position in each),
        _(
            "Materials with conflicting targets: {n:,}, such as {lowest} and {highest} for {key}."
        ).format(
            n=len(table),
            lowest=f"{worst['lowest']:g}" if numeric else worst["lowest"],
            highest=f"{worst['highest']:g}" if numeric else worst["highest"],
            key=", ".join(worst["key"]),
        ),
        _("Find the condition that differs (temperature, phase, method), or take the median."),
    )


def far_off(targets: pd.Series) -> Found | None:
    """Look for targets far from all others."""
    off = (targets - targets.median()).abs()
    far = (off > FAR_OFF * off.median()).to_numpy()
    if not far.any():
        return None
    return Found(
        np.flatnonzero(far).tolist(),
        _("Targets far from all others: {n:,}, such as {value:g}.").format(
            n=int(far.sum()), value=targets.loc[off.idxmax()]
        ),
        _("Look them up in the source; a slip of the unit is likely."),
    )


def grows_with_size(targets, formulas, sizes: Sequence[int] | None) -> Found | None:
    """Look for targets of a cell or formula unit where those of an atom are meant."""
    from pymatgen.core import Composition

    if sizes is None:
        sizes = [Composition(formula).num_atoms for formula in formulas]
    correlation = extensivity(targets, sizes)
    if not correlation > EXTENSIVE:
        return None
    return Found(
        list(range(len(targets))),
        _("The targets grow with the number of atoms (rank correlation {value:.2f}).").format(
            value=correlation
        ),
        _("Find out what they are divided by; divide by the number of atoms."),
    )


def _repeated(labels: np.ndarray, finding: str, advice: str) -> Found | None:
    several = pd.Series(labels).duplicated(keep=False).to_numpy()
    if not several.any():
        return None
    text = finding.format(rows=int(several.sum()), groups=len(set(labels[several])))
    return Found(np.flatnonzero(several).tolist(), text, advice)
