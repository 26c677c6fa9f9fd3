"""An audit as a page of its own, which needs no network and no notebook, and the command that writes it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from html import escape
from pathlib import Path

import pandas as pd

import matnn_lab
from matnn_lab.datasets.own_table import read_table
from matnn_lab.evaluation.auditing.report import Audit, audit
from matnn_lab.text import gettext as _
from matnn_lab.text import language, ngettext

SHOWN_ROWS = 20
STYLE = """
:root { color-scheme: light dark; }
body { font: 1rem/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; }
h2 { border-top: 1px solid; font-size: 1.15rem; margin-top: 2rem; padding-top: 0.75rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: 0.875rem; font-variant-numeric: tabular-nums; }
th, td { border-bottom: 1px solid #8886; padding: 0.25rem 0.6rem; text-align: left; }
"""


def audit_page(report: Audit, frame: pd.DataFrame, title: str, notes: Sequence[str] = ()) -> str:
    """Write an audit as a whole HTML page: each finding with its advice and the rows that it concerns.

    Parameters
    ----------
    report : Audit
    frame : pandas.DataFrame
        The table that was looked at; the first rows of each finding are shown with their index labels.
    title : str
        Such as the name of the file.
    notes : sequence of str
        Sentences below the title, such as how the file was read.

    Returns
    -------
    str
        HTML without scripts and without anything to load.
    """
    heading = _("Audit of {title}").format(title=title)
    rest = report.closing()
    parts = [f"<h1>{escape(heading)}</h1>"]
    parts += [f"<p>{escape(note)}</p>" for note in notes]
    parts.append(f"<p><strong>{escape(report.summary())}</strong></p>")
    for row in report.findings.itertuples():
        parts.append(f"<h2>{escape(row.check)} ({row.rows:,})</h2>")
        parts += [f"<p>{escape(text)}</p>" for text in (row.finding, row.advice) if text]
        if row.positions and len(row.positions) < report.n:
            parts.append(_rows(frame, row.positions))
    parts.append(f"<h2>{escape(_('Other checks'))}</h2>" if rest else "")
    parts += [f"<p>{escape(text)}</p>" for text in rest]
    made = _("Made by matnn-lab {version}.").format(version=matnn_lab.__version__)
    return (
        f'<!doctype html>\n<html lang="{language() or "en"}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(heading)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        + "\n".join(filter(None, parts))
        + f"\n<p><small>{escape(made)}</small></p>\n</body>\n</html>\n"
    )


def _rows(frame: pd.DataFrame, positions: Sequence[int]) -> str:
    shown = frame.iloc[list(positions[:SHOWN_ROWS])]
    table = shown.to_html(border=0, na_rep="", max_rows=None, max_cols=None)
    more = len(positions) - len(shown)
    told = ngettext("and {n:,} row more", "and {n:,} rows more", more).format(n=more)
    note = f"<p>{escape(told)}</p>" if more else ""
    return f'<div class="scroll" tabindex="0">{table}</div>{note}'


def audit_file(
    table: Path,
    *,
    formula: str,
    target: str | None,
    by: str | None,
    conditions: Sequence[str],
    n_atoms: str | None,
    encoding: str | None,
    decimal: str | None,
    signal: bool,
    output: Path | None,
    overwrite: bool,
) -> int:
    """Audit the table of a file, print the report and write it as an HTML page.

    Parameters
    ----------
    table : path
        See `matnn_lab.datasets.read_table`, which takes ``encoding`` and ``decimal`` too.
    formula, target, by, conditions, n_atoms, signal
        See `matnn_lab.evaluation.audit`.
    output : path, optional
        Of the page; by default a new file in the present folder, named after the table.
    overwrite : bool
        Whether a file at ``output`` may be replaced.

    Returns
    -------
    int
        0 if the report was made, whatever it found; 1 if not, and then one sentence on stderr says why.
    """
    try:
        read = read_table(table, encoding=encoding, decimal=decimal)
        page = _free(table, output, overwrite)
        report = audit(
            read.frame,
            formula=formula,
            target=target,
            by=by,
            conditions=conditions,
            n_atoms=n_atoms,
            signal=signal,
        )
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    # first the page, since whoever prints into a pipe may read a part only
    wrong = _written(page, audit_page(report, read.frame, table.name, [str(read)]))
    print(read)
    print(_("Index labels are the rows of the file; the header is row 1.") + "\n")
    print(report, flush=True)
    if wrong:
        print(wrong, file=sys.stderr)
        return 1
    print("\n" + _("The report is also in {page}").format(page=page))
    return 0


def _written(page: Path, text: str) -> str:
    """Write a page; return a sentence if that is not possible, else nothing."""
    try:
        page.write_text(text, encoding="utf-8")
    except OSError as error:
        return _("The report cannot be written to {page}: {reason}; name another --output.").format(
            page=page, reason=error.strerror or error
        )
    return ""


def _free(table: Path, output: Path | None, overwrite: bool) -> Path:
    """Return where the page goes: what was named, or a name that is free."""
    if output is not None:
        if output.resolve() == table.resolve():
            raise ValueError(
                _("{output} is the table itself; name another --output.").format(output=output)
            )
        if output.exists() and not overwrite:
            raise ValueError(
                _("{output} is there already; name another --output, or add --overwrite.").format(
                    output=output
                )
            )
        return output
    page = Path(f"{table.stem}_audit.html")
    count = 1
    while page.exists():
        count += 1
        page = Path(f"{table.stem}_audit_{count}.html")
    return page
