"""One's own table: a text file of cells, however a spreadsheet wrote it, and how it was read."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import pandas as pd

from matnn_lab.text import gettext as _
from matnn_lab.text import ngettext

SEPARATORS = (",", ";", "\t", "|")
LOOKED_AT = 500  # rows from which the separator is guessed
WORKBOOKS = {b"PK\x03\x04", b"\xd0\xcf\x11\xe0"}  # how .xlsx and .ods begin, and .xls
BYTE_ORDER = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"\xef\xbb\xbf": "utf-8-sig"}
# 0,5 and 12,25 have a decimal comma; 1,234 may also be a thousand and some
COMMA = re.compile(r"\s*[-+−]?(?:\d+,(?:\d{1,2}|\d{4,})|0\d*,\d+)(?:[eE][-+]?\d+)?\s*")
POINT = re.compile(r"\s*[-+−]?(?:\d+\.(?:\d{1,2}|\d{4,})|0\d*\.\d+)(?:[eE][-+]?\d+)?\s*")
THOUSANDS = re.compile(r"\s*[-+−]?\d{1,3}(?:\.\d{3})+,\d+\s*")


@dataclass(frozen=True)
class ReadTable:
    """A table, and how its file was read; prints as a sentence.

    Attributes
    ----------
    frame : pandas.DataFrame
        Its index counts as a spreadsheet does: the header is row 1, the first row below it row 2.
    encoding : str
        How the file writes letters, such as "utf-8".
    separator : str
        What stands between two cells.
    decimal : str
        The sign before decimals, "." or ",".
    n_blank : int
        Rows without any content, which were left out.
    """

    frame: pd.DataFrame
    encoding: str
    separator: str
    decimal: str
    n_blank: int

    def __str__(self) -> str:
        names = {",": _("commas"), ";": _("semicolons"), "\t": _("tabs"), "|": _("bars")}
        sentences = [
            _(
                "{n:,} rows and {columns} columns, separated by {separator}, written in {code}."
            ).format(
                n=len(self.frame),
                columns=self.frame.shape[1],
                separator=names[self.separator],
                code=self.encoding,
            )
        ]
        if self.decimal == ",":
            sentences.append(_("Commas in numbers were read as decimal commas."))
        if self.n_blank:
            sentences.append(
                ngettext(
                    "{n} blank row was left out.", "{n} blank rows were left out.", self.n_blank
                ).format(n=self.n_blank)
            )
        return " ".join(sentences)


def read_table(path: str | Path, *, encoding: str | None = None) -> ReadTable:
    """Read a table from a text file, such as a spreadsheet saves as CSV.

    Parameters
    ----------
    path : path
        A file with one header row; cells separated by commas, semicolons, tabs or bars.
    encoding : str, optional
        How it writes letters. By default UTF-8 and UTF-16 are recognised; what is neither is taken for
        Japanese (cp932) where letters come in runs as in Japanese, else for Western European (cp1252).

    Returns
    -------
    ReadTable
        Names of columns are kept also where two are the same. Decimal commas are read as such where some
        cell leaves no doubt; "1,234" alone stays text, for `matnn_lab.evaluation.read_numbers`.

    Raises
    ------
    OSError
        If the file cannot be opened.
    ValueError
        If it is empty, an Excel workbook or otherwise no text, or a row has more cells than the header.

    Examples
    --------
    ::

        table = read_table("steels.csv")
        print(table)  # 150 rows and 3 columns, separated by commas, written in utf-8.
        table.frame
    """
    path = Path(path)
    if path.is_dir():
        raise ValueError(
            _("{path} is a folder; give one file with a table, such as a CSV file.").format(
                path=path
            )
        )
    content = path.read_bytes()
    if content[:4] in WORKBOOKS or path.suffix.lower() in (".xlsx", ".xls", ".ods", ".numbers"):
        raise ValueError(
            _(
                "{path} is a spreadsheet's own file; save the sheet as CSV (UTF-8) and give that one."
            ).format(path=path)
        )
    text, encoding = _decoded(content, path, encoding)
    if not text.strip():
        raise ValueError(_("{path} is empty; give a table with one header row.").format(path=path))
    if "\0" in text:
        raise ValueError(
            _("{path} is no text file; save the table as CSV (UTF-8) and give that one.").format(
                path=path
            )
        )
    separator = _separator(text)
    rows = _cells(text, separator, path)
    filled = [number for number, row in enumerate(rows) if any(cell.strip() for cell in row)]
    header = [name.strip() for name in rows[filled[0]]]
    while header and not header[-1] and not any("".join(row[len(header) - 1 :]) for row in rows):
        header.pop()  # each row ends with a separator
    for number in filled[1:]:
        extra = [cell for cell in rows[number][len(header) :] if cell.strip()]
        if extra:
            raise ValueError(
                _(
                    "Row {row} of {path} has {found} cells and the header {expected}; put cells that hold"
                    " the separator {separator!r} between quotes, or mend the row."
                ).format(
                    row=number + 1,
                    path=path,
                    found=len(rows[number]),
                    expected=len(header),
                    separator=separator,
                )
            )
    body = [(rows[i] + [""] * len(header))[: len(header)] for i in filled[1:]]
    decimal, thousands = _decimal(body)
    return ReadTable(
        _typed(body, header, [i + 1 for i in filled[1:]], decimal, thousands),
        encoding,
        separator,
        decimal,
        n_blank=len(rows) - len(filled),
    )


def _decoded(content: bytes, path: Path, encoding: str | None) -> tuple[str, str]:
    if encoding is not None:
        try:
            return content.decode(encoding), encoding
        except (LookupError, UnicodeError):
            raise ValueError(
                _("{path} cannot be read as {encoding}; name another encoding, or none.").format(
                    path=path, encoding=encoding
                )
            ) from None
    for mark, name in BYTE_ORDER.items():
        if content.startswith(mark):
            encoding = name
    for name in (encoding, "utf-8") if encoding else ("utf-8",):
        try:
            return content.decode(name), name.removesuffix("-sig")
        except UnicodeError:
            continue
    try:
        text = content.decode("cp932")
    except UnicodeError:
        text = ""
    runs = re.findall(r"[^\x00-\x7f]+", text)
    # the ä of Härte and the r behind it make one letter, and ° alone half of one
    if runs and sum(map(len, runs)) >= 2 * len(runs) and not re.search("[\uff61-\uff9f]", text):
        return text, "cp932"
    try:
        return content.decode("cp1252"), "cp1252"
    except UnicodeError:
        return content.decode("latin-1"), "latin-1"


def _separator(text: str) -> str:
    """Return what cuts most rows into as many cells as the first has; of equals the one that makes more."""
    lines = [line for line in text.splitlines() if line.strip()][:LOOKED_AT]
    best, score = ",", (0.0, 1)
    for separator in SEPARATORS:
        try:
            counts = [len(row) for row in csv.reader(lines, delimiter=separator)]
        except csv.Error:
            continue
        if counts and counts[0] > 1:
            found = (round(counts.count(counts[0]) / len(counts), 1), counts[0])
            if found > score:
                best, score = separator, found
    return best


def _cells(text: str, separator: str, path: Path) -> list[list[str]]:
    try:
        rows = list(csv.reader(StringIO(text, newline=""), delimiter=separator))
    except csv.Error as error:
        raise ValueError(
            _("{path} cannot be cut into cells ({reason}); save the table as CSV again.").format(
                path=path, reason=error
            )
        ) from None
    while rows and not any(cell.strip() for cell in rows[-1]):
        rows.pop()
    return rows


def _decimal(body: list[list[str]]) -> tuple[str, str | None]:
    """Return the sign before decimals and that of thousands; commas only where no cell has a point."""
    commas, thousands = False, False
    for row in body:
        for cell in row:
            if POINT.fullmatch(cell):
                return ".", None
            commas = commas or COMMA.fullmatch(cell) is not None
            thousands = thousands or THOUSANDS.fullmatch(cell) is not None
    if not (commas or thousands):
        return ".", None
    return ",", "." if thousands else None


def _typed(
    body: list[list[str]], header: list[str], rows: list[int], decimal: str, thousands: str | None
) -> pd.DataFrame:
    """Let pandas tell numbers from text, and count rows as a spreadsheet does."""
    written = StringIO(newline="")
    csv.writer(written).writerows(body)
    written.seek(0)
    options = {"names": list(range(len(header))), "index_col": False, "skip_blank_lines": False}
    frame = pd.read_csv(written, decimal=decimal, thousands=thousands, **options)
    frame.columns = pd.Index(header)
    frame.index = pd.Index(rows)
    return frame
