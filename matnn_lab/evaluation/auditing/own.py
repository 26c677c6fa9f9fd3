"""One's own table or folder of structures by one door: what was found in it, and what could not be read."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path, PurePosixPath

import numpy as np
import pandas as pd

from matnn_lab.datasets.decimals import plain_number, signs_of
from matnn_lab.datasets.files import as_path
from matnn_lab.datasets.own import read_structures
from matnn_lab.datasets.own_table import ReadTable, read_table
from matnn_lab.evaluation.auditing.report import Audit, audit
from matnn_lab.evaluation.auditing.table import names_of
from matnn_lab.evaluation.auditing.usable import usable_rows
from matnn_lab.text import gettext as _
from matnn_lab.text import ngettext

SHOWN = 10
OF_A_CRYSTAL = ("file", "structure", "formula", "reason")
UNREAD = ["where", "column", "text", "reason"]


@dataclass(frozen=True)
class OwnData:
    """What `read_own` found; a notebook shows it as a table.

    Attributes
    ----------
    usable : pandas.DataFrame
        Rows from which a model can learn. Of a table they have the row of the file as index (the header is
        row 1); of a folder one row is one structure, with the columns ``file``, ``structure``, ``formula``
        and those of the table of targets.
    unread : pandas.DataFrame
        One row a cell or file that hinders: ``where`` (row of the table, or file), ``column``, ``text`` (as
        it stands) and ``reason``.
    how : str
        How it was read, and how many of how many can be used.
    audit : Audit or None
        Of all rows of a table, or of the usable structures of a folder; None where there is no formula.
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
    numbers: str | Sequence[str] = (),
    by: str | None = None,
    conditions: str | Sequence[str] = (),
    targets: str | Path | None = None,
    encoding: str | None = None,
    decimal: str | None = None,
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
    numbers : str or sequence of str
        Further columns of a table that a model needs: amounts of oxides, a temperature.
    by : str, optional
        Column of a table that names the source of each row, for the audit.
    conditions : str or sequence of str
        Columns on which the target depends besides the composition, for the audit.
    targets : path, optional
        For a folder: a table with the columns ``file`` (path below the folder) and the target, and those
        of ``numbers``, ``by`` and ``conditions``.
    encoding, decimal : str, optional
        How the table writes letters, and its sign before decimals; see `matnn_lab.datasets.read_table`.

    Returns
    -------
    OwnData

    Raises
    ------
    ValueError, TypeError, OSError
        If there is nothing to read or nothing that can be used, a column is not there, or a folder is given
        without ``targets``; as `read_table`, `read_structures`, `usable_rows` and `audit`.

    Examples
    --------
    ::

        mine = read_own("steels.csv", target="yield_strength_mpa", by="paper")
        mine.unread  # row 17: yield_strength_mpa, "850-900", range
        mine.usable
    """
    path, numbers, conditions = as_path(path), names_of(numbers), names_of(conditions)
    others = [*numbers, *conditions, *names_of(by)]
    if path.is_dir():
        if targets is None:
            raise ValueError(
                _(
                    "{folder} is a folder of structures; give targets, a table with the columns 'file' and"
                    " {target!r}."
                ).format(folder=path, target=target)
            )
        if formula not in ("formula", None):
            raise ValueError(
                _(
                    "The structures of a folder have their formulas; leave out formula={given!r}."
                ).format(given=formula)
            )
        if taken := [name for name in (target, *others) if name in OF_A_CRYSTAL]:
            raise ValueError(
                _(
                    "A column of the table of targets cannot be called {name!r}, as one of the structures is;"
                    " give it another name."
                ).format(name=taken[0])
            )
        table = read_table(targets, encoding=encoding, decimal=decimal)
        _check_columns(table, targets, ["file", target, *others])
        return _folder(path, table, target, numbers, by, conditions)
    if targets is not None:
        raise ValueError(
            _(
                "A table of targets belongs to a folder of structures, and {path} is no folder; give one"
                " table, or the folder."
            ).format(path=path)
        )
    table = read_table(path, encoding=encoding, decimal=decimal)
    _check_columns(table, path, [*names_of(formula), target, *others])
    usable, unread, told = _usable(table, target, formula, numbers)
    report = None
    if formula is not None:
        report = audit(table.frame, formula=formula, target=target, by=by, conditions=conditions)
    how = ngettext(
        "{table} {usable:,} of {n:,} row can be used.",
        "{table} {usable:,} of {n:,} rows can be used.",
        len(table.frame),
    ).format(table=told, usable=len(usable), n=len(table.frame))
    return OwnData(usable, unread, how, report)


def _check_columns(table: ReadTable, path: str | Path, needed: list[str]) -> None:
    columns = list(table.frame.columns)
    if bad := [name for name in needed if columns.count(name) != 1]:
        raise ValueError(
            _(
                "{path} needs one column {column!r}; its columns are {columns}. It was read in {code}; if"
                " letters look wrong, name another encoding."
            ).format(
                path=path, column=bad[0], columns=", ".join(map(str, columns)), code=table.encoding
            )
        )


def _usable(
    table: ReadTable, target: str, formula: str | None, numbers: list[str]
) -> tuple[pd.DataFrame, pd.DataFrame, str]:
    """Return the usable rows, the cells that hinder as they stand, and how the table was read."""
    try:
        usable, unread = usable_rows(table.frame, target=target, formula=formula, numbers=numbers)
    except ValueError as error:
        raise ValueError(f"{error} {table}") from None
    unread = unread.set_axis(UNREAD, axis=1)
    unread["text"] = [
        table.cells.at[row, name]
        for row, name in zip(unread["where"], unread["column"], strict=True)
    ]
    told = [str(table)]
    for name in (target, *numbers):
        cells = table.cells.loc[usable.index, name].str.strip()
        alone = signs_of(table.cells[name], "?")
        for cell, value in zip(cells, usable[name], strict=True):
            # among cells that commas separate, a full stop is one before decimals
            if plain_number(cell, alone) is None and ("," in cell or table.separator != ","):
                told.append(
                    _("In {column}, “{cell}” was read as {value:.10g}.").format(
                        column=name, cell=cell, value=value
                    )
                )
                break
        if table.frame[name].map(lambda cell: isinstance(cell, bool | np.bool_)).any():
            told.append(_("In {column}, True was read as 1 and False as 0.").format(column=name))
    return usable, unread, " ".join(told)


def _folder(
    folder: Path,
    table: ReadTable,
    target: str,
    numbers: list[str],
    by: str | None,
    conditions: list[str],
) -> OwnData:
    crystals = read_structures(folder)
    known, unread, how_read = _usable(table, target, None, numbers)
    told = [tuple(row) for row in unread.itertuples(index=False)]
    keys, asked = crystals["file"].map(_key), table.cells["file"].map(_key)
    counts = keys.value_counts()
    twice = asked[known.index].duplicated(keep=False)
    for row, key in asked.items():
        text = table.cells.at[row, "file"]
        if key not in counts:
            told.append((row, "file", text, _no_file(key, crystals["file"])))
        elif row in twice.index and twice[row]:
            told.append((row, "file", text, _("several rows give this file a target")))
    values = known.set_axis(asked[known.index])[~twice.to_numpy()]
    usable = []
    for place, (row, key) in enumerate(zip(crystals.itertuples(), keys, strict=True)):
        if row.reason:
            told.append((row.file, "structure", row.formula or "", row.reason))
        elif key not in values.index:
            told.append((row.file, target, "", _("the table gives it no target that can be used")))
        elif counts[key] > 1:
            # never one, but other languages have several plurals
            reason = ngettext(
                "the file holds {n} structure, and the table gives it one target",
                "the file holds {n} structures, and the table gives it one target",
                counts[key],
            ).format(n=counts[key])
            told.append((row.file, "structure", row.formula, reason))
        else:
            usable.append(place)
    if not usable:
        raise ValueError(
            ngettext(
                "The only structure in {folder} cannot be used or has no target; look at the names in the"
                " column 'file'.",
                "None of the {n} structures in {folder} has both a structure that can be used and a"
                " target; look at the names in the column 'file'.",
                len(crystals),
            ).format(n=len(crystals), folder=folder)
        )
    own = [name for name in OF_A_CRYSTAL if name in known]
    frame = pd.concat(
        [
            crystals.drop(columns="reason").iloc[usable].reset_index(drop=True),
            values.loc[keys.iloc[usable]].drop(columns=own).reset_index(drop=True),
        ],
        axis=1,
    )
    n, files = int(crystals["structure"].notna().sum()), crystals["file"].nunique()
    how = _("{structures} in {files}. Their targets: {table} {can_be_used}").format(
        structures=ngettext("{n:,} structure", "{n:,} structures", n).format(n=n),
        files=ngettext("{n:,} file", "{n:,} files", files).format(n=files),
        table=how_read,
        can_be_used=ngettext(
            "{n:,} structure can be used.", "{n:,} structures can be used.", len(frame)
        ).format(n=len(frame)),
    )
    if own[1:]:  # besides the file
        left = _("Left out of the table, as the structures have their own: {names}.")
        how += " " + left.format(names=", ".join(own[1:]))
    report = audit(frame, target=target, structure="structure", by=by, conditions=conditions)
    return OwnData(frame, pd.DataFrame(told, columns=UNREAD), how, report)


def _key(name: str) -> str:
    """Return a file name as it is compared: macOS writes ä in two letters, Windows a \\ between folders."""
    plain = unicodedata.normalize("NFC", name.strip().replace("\\", "/"))
    return PurePosixPath(plain).as_posix() if plain else ""


def _no_file(key: str, files: pd.Series) -> str:
    if not key:
        return _("missing")
    near = [name for name in files if _key(name).casefold() == key.casefold()]
    if near:
        return _(
            "no structure file of this name in the folder; {name} differs only in upper and lower case"
        ).format(name=near[0])
    return _("no structure file of this name in the folder")
