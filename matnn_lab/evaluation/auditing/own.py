"""One's own table or folder of structures by one door: what was found in it, and what could not be read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

import pandas as pd

from matnn_lab.datasets.own import read_structures
from matnn_lab.datasets.own_table import read_table
from matnn_lab.evaluation.auditing.report import Audit, audit
from matnn_lab.evaluation.auditing.usable import usable_rows
from matnn_lab.text import gettext as _

SHOWN = 10
UNREAD = ["where", "column", "text", "reason"]


@dataclass(frozen=True)
class OwnData:
    """What `read_own` found; a notebook shows it as a table.

    Attributes
    ----------
    usable : pandas.DataFrame
        Rows from which a model can learn. Of a table they have the row of the file as index (the header is
        row 1); of a folder one row is one structure, with the columns ``file``, ``structure``, ``formula``
        and the target.
    unread : pandas.DataFrame
        One row a cell or file that hinders: ``where`` (row of the table, or file), ``column``, ``text`` (as
        it stands) and ``reason``.
    how : str
        How it was read, and how many of how many can be used.
    audit : Audit or None
        Of the usable rows; None where there is no formula to ask.
    """

    usable: pd.DataFrame
    unread: pd.DataFrame
    how: str
    audit: Audit | None

    def __repr__(self) -> str:
        parts = [self.how]
        if len(self.unread):
            parts.append(self.unread.head(SHOWN).to_string(index=False))
        if more := self._more():
            parts.append(more)
        parts.append(_("No audit: it needs formulas.") if self.audit is None else repr(self.audit))
        return "\n\n".join(parts)

    def _repr_html_(self) -> str:
        parts = [f"<p>{escape(self.how)}</p>"]
        if len(self.unread):
            parts.append(self.unread.head(SHOWN).to_html(index=False, border=0))
        if more := self._more():
            parts.append(f"<p>{escape(more)}</p>")
        if self.audit is not None:
            parts.append(self.audit._repr_html_())
        return "".join(parts)

    def _more(self) -> str:
        left = len(self.unread) - SHOWN
        return _("and {n:,} more, in .unread").format(n=left) if left > 0 else ""


def read_own(
    path: str | Path,
    *,
    target: str,
    formula: str | None = "formula",
    numbers: Sequence[str] = (),
    by: str | None = None,
    conditions: Sequence[str] = (),
    targets: str | Path | None = None,
) -> OwnData:
    """Read a table, or a folder of structures with a table of targets, and drop nothing in silence.

    Parameters
    ----------
    path : path
        A table as `matnn_lab.datasets.read_table` takes it, or a folder as
        `matnn_lab.datasets.read_structures` does.
    target : str
        Column that is to be predicted.
    formula : str or None
        Column of formulas of a table; None for a table whose columns ``numbers`` say it all.
    numbers : sequence of str
        Further columns of a table that a model needs: amounts of oxides, a temperature.
    by : str, optional
        Column of a table that names the source of each row, for the audit.
    conditions : sequence of str
        Columns on which the target depends besides the composition, for the audit.
    targets : path, optional
        For a folder: a table with the columns ``file`` (path below the folder) and the target.

    Returns
    -------
    OwnData

    Raises
    ------
    ValueError, OSError
        If there is nothing to read or nothing that can be used, a column is not there, or a folder is given
        without ``targets``; as `read_table`, `read_structures`, `usable_rows` and `audit`.

    Examples
    --------
    ::

        mine = read_own("steels.csv", target="yield_strength_mpa", by="paper")
        mine.unread  # row 17: yield_strength_mpa, "850-900", range
        mine.usable
    """
    if Path(path).is_dir():
        return _folder(Path(path), target, targets)
    if targets is not None:
        raise ValueError(
            _(
                "A table of targets belongs to a folder of structures, and {path} is no folder; give one"
                " table, or the folder."
            ).format(path=path)
        )
    table = read_table(path)
    usable, unread = usable_rows(table.frame, target=target, formula=formula, numbers=numbers)
    report = None
    if formula is not None:
        report = audit(
            table.frame, formula=formula, target=target, by=by, conditions=list(conditions)
        )
    how = _("{table} {usable:,} of {n:,} rows can be used.").format(
        table=table, usable=len(usable), n=len(table.frame)
    )
    return OwnData(usable, unread.set_axis(UNREAD, axis=1), how, report)


def _folder(folder: Path, target: str, targets: str | Path | None) -> OwnData:
    if targets is None:
        raise ValueError(
            _(
                "{folder} is a folder of structures; give targets, a table with the columns 'file' and"
                " {target!r}."
            ).format(folder=folder, target=target)
        )
    crystals = read_structures(folder)
    table = read_table(targets)
    known, unread = usable_rows(table.frame, target=target, formula=None)
    if list(table.frame.columns).count("file") != 1:
        raise ValueError(
            _("{table} needs one column 'file'; its columns are {columns}.").format(
                table=targets, columns=", ".join(map(str, table.frame.columns))
            )
        )
    told = [tuple(row) for row in unread.itertuples(index=False)]
    names = table.frame["file"].astype(str).str.strip().str.replace("\\", "/")
    twice = names[known.index].duplicated(keep=False)
    for row, name in names.items():
        if name not in set(crystals["file"]):
            told.append((row, "file", name, _("no structure file of this name in the folder")))
        elif row in twice.index and twice[row]:
            told.append((row, "file", name, _("several rows give this file a target")))
    single = names[known.index][~twice]
    value = pd.Series(known.loc[single.index, target].to_numpy(), index=single.to_numpy())
    crystals = crystals.assign(**{target: crystals["file"].map(value)})
    for row in crystals[crystals["reason"] != ""].itertuples():
        told.append((row.file, "structure", row.formula or "", row.reason))
    without = (crystals["reason"] == "") & crystals[target].isna()
    for row in crystals[without].itertuples():
        told.append((row.file, target, "", _("the table gives it no target that can be used")))
    usable = crystals[(crystals["reason"] == "") & crystals[target].notna()]
    usable = usable.drop(columns="reason").reset_index(drop=True)
    if not len(usable):
        raise ValueError(
            _(
                "None of the {n} structures in {folder} has both a structure that can be used and a"
                " target; look at the names in the column 'file'."
            ).format(n=len(crystals), folder=folder)
        )
    how = _(
        "{n:,} structures in {files:,} files. Their targets: {table} {usable:,} structures can be used."
    ).format(
        n=int(crystals["structure"].notna().sum()),
        files=crystals["file"].nunique(),
        table=table,
        usable=len(usable),
    )
    report = audit(usable, target=target, structure="structure")
    return OwnData(usable, pd.DataFrame(told, columns=UNREAD), how, report)
