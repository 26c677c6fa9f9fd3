"""Questions about rows and columns: what stands there twice, is missing, or was never read as a number."""

from collections import Counter

import numpy as np
import pandas as pd

from matnn_lab.evaluation.auditing.table import Found, NotAsked, Table
from matnn_lab.text import gettext as _

# text columns with at most this many different labels are looked at for spellings
FEW = 200


def numbers_as_text(table: Table) -> Found | None:
    """Look for columns of numbers in which some stand as text."""
    sentences, positions = [], set()
    for name, read in table.texts.items():
        shown = read.texts[read.texts["kind"] != "missing"]
        shown = read.texts if shown.empty else shown
        if shown.empty:
            sentences.append(_("{column}: all numbers are text").format(column=name))
            continue
        positions |= set(shown["row"])
        kinds = []
        for kind, cells in shown.groupby("kind", sort=False):
            kinds.append(
                _("{n:,} {kind} (“{example}”)").format(
                    n=len(cells), kind=kind, example=cells["text"].iloc[0]
                )
            )
        sentences.append(
            _("{column}: {kinds}; {unread:,} of them not read").format(
                column=name, kinds=", ".join(kinds), unread=len(read.unread)
            )
        )
    if not sentences:
        return None
    return Found(
        sorted(positions),
        _("Numbers that stand in the table as text. {columns}.").format(
            columns=". ".join(sentences)
        ),
        _(
            "Turn them into numbers (read_numbers), and decide what a range, a bound or a bare text is to"
            " mean."
        ),
    )


def repeated_columns(table: Table) -> Found | None:
    """Look for names that several columns have."""
    if not table.repeated:
        return None
    names = ", ".join(map(str, table.repeated))
    return Found(
        [],
        _("Names that several columns have: {names}; only the first of each was looked at.").format(
            names=names
        ),
        _("Give each column a name of its own, or drop the copies."),
    )


def repeated_labels(index: pd.Index) -> Found | None:
    """Look for index labels that several rows have, as after a join of two tables."""
    several = index.duplicated(keep=False)
    if not several.any():
        return None
    return Found(
        np.flatnonzero(several).tolist(),
        _("Rows whose index label another row has too: {n:,}, such as {label!r}.").format(
            n=int(several.sum()), label=index[several].tolist()[0]
        ),
        _("Call reset_index(drop=True): with repeated labels .loc returns several rows."),
    )


def identical_rows(table: Table) -> Found | None:
    """Look for rows that repeat an earlier one in every column (structures are left aside)."""
    codes = _codes(table)
    positions = np.flatnonzero(codes.duplicated())
    if not len(positions):
        return None
    return Found(
        positions.tolist(),
        _("Rows that repeat an earlier row in every column: {n:,}.").format(n=len(positions)),
        _("Drop them, or find out what tells them apart."),
    )


def rows_under_a_new_name(table: Table) -> Found | NotAsked | None:
    """Look for rows that repeat an earlier one in all but a column that numbers or names the rows."""
    codes = _codes(table)
    used = {
        table.formula,
        table.target,
        table.structure,
        table.n_atoms,
        table.by,
        *table.conditions,
    }
    names = [
        name
        for name in codes
        if name not in used
        and codes[name].nunique() == len(codes)
        and not pd.api.types.is_float_dtype(table.frame[name])
    ]
    if not names:
        return NotAsked(_("no column numbers or names the rows"))
    rest = codes.drop(columns=names)
    if rest.shape[1] < 2:
        return NotAsked(_("there is nothing to compare but the formula"))
    positions = np.flatnonzero(rest.duplicated())
    if not len(positions):
        return None
    return Found(
        positions.tolist(),
        _("Rows that repeat an earlier row in all columns but {names}: {n:,}.").format(
            names=", ".join(map(str, names)), n=len(positions)
        ),
        _("Ask whether they were pasted twice; drop the copies."),
    )


def copied_values(table: Table) -> Found | NotAsked | None:
    """Look for one material with one value, to the digit, in several sources."""
    if table.by is None:
        return NotAsked(_("no column of sources was named (by=)"))
    if table.target is None:
        return NotAsked(_("no target was named"))
    frame = pd.DataFrame(
        {
            "material": table.compositions,
            "value": table.frame[table.target] if table.values is None else table.values,
            "source": table.frame[table.by].astype("string"),
        }
    ).dropna()
    # a value that many materials have, such as zero, says nothing of copying
    materials = frame.groupby("value")["material"].nunique()
    frame = frame[frame["value"].map(materials) <= max(3, 0.02 * len(frame))]
    sources = frame.groupby(["material", "value"])["source"].transform("nunique")
    copied = frame[sources > 1]
    if copied.empty:
        return None
    return Found(
        copied.index.tolist(),
        _(
            "Rows whose value stands, to the digit, in another source for the same composition: {n:,}."
        ).format(n=len(copied)),
        _("Ask who copied from whom; keep them on one side of the split (FormulaKFold)."),
    )


def spellings(table: Table) -> Found | None:
    """Look for labels that differ only in case or blanks."""
    pairs, positions = [], []
    for name in table.frame:
        column = table.frame[name]
        if name in (table.formula, table.structure) or name in table.texts:
            continue
        if not (pd.api.types.is_object_dtype(column) or isinstance(column.dtype, pd.CategoricalDtype)
                or pd.api.types.is_string_dtype(column)):  # fmt: skip
            continue
        counts = Counter(cell for cell in column if isinstance(cell, str))
        if not 1 < len(counts) <= FEW:
            continue
        same: dict[str, list[str]] = {}
        for label in counts:
            same.setdefault(" ".join(label.split()).casefold(), []).append(label)
        for labels in same.values():
            if len(labels) > 1:
                rare = sorted(labels, key=counts.__getitem__)[:-1]
                pairs.append(
                    _("“{a}” and “{b}” in {column}").format(a=labels[0], b=labels[1], column=name)
                )
                positions += np.flatnonzero(column.isin(rare)).tolist()
    if not pairs:
        return None
    return Found(
        sorted(set(positions)),
        _("Labels that differ only in capitals or blanks: {pairs}.").format(
            pairs=", ".join(pairs[:3])
        ),
        _("Write each in one way; a model takes them for two."),
    )


def missing(table: Table) -> Found | NotAsked | None:
    """Look for missing targets and conditions."""
    columns = [*([] if table.target is None else [table.target]), *table.conditions]
    if not columns:
        return NotAsked(_("neither a target nor conditions were named"))
    gaps = table.frame[columns].isna()
    for name in columns:
        if name in table.texts:
            texts = table.texts[name].texts
            gaps.loc[texts.loc[texts["kind"] == "missing", "row"], name] = True
    counts = gaps.sum()
    if not counts.any():
        return None
    said = [f"{name}: {n:,}" for name, n in counts.items() if n]
    return Found(
        np.flatnonzero(gaps.any(axis=1)).tolist(),
        _("Rows without a value. {columns}.").format(columns=", ".join(said)),
        _("Leave them out, and ask whether they are missing for a reason."),
    )


def _codes(table: Table) -> pd.DataFrame:
    """Number the different values of each column; structures and other objects are left aside."""
    codes = {}
    for name in table.frame:
        column = table.frame[name]
        if name == table.structure or column.map(lambda cell: hasattr(cell, "lattice")).any():
            continue
        try:
            codes[name] = pd.factorize(column)[0]
        except TypeError:  # lists and dictionaries cannot be looked up
            codes[name] = pd.factorize(column.astype(str))[0]
    return pd.DataFrame(codes)
