"""One's own table: a text file of cells, however a spreadsheet wrote it, and how it was read."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from matnn_lab.datasets.decimals import is_ambiguous, plain_number, sign_in, signs_of
from matnn_lab.datasets.files import as_path
from matnn_lab.text import gettext as _
from matnn_lab.text import ngettext

SEPARATORS = (",", ";", "\t", "|")
LOOKED_AT = 500  # rows from which the separator is guessed
WORKBOOKS = {b"PK\x03\x04", b"\xd0\xcf\x11\xe0"}  # how .xlsx and .ods begin, and .xls
BYTE_ORDER = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"\xef\xbb\xbf": "utf-8-sig"}
SEPARATOR_LINE = re.compile(r'"?sep=(.)"?\s*?(?:\r\n|\r|\n|$)', re.IGNORECASE)  # Excel's own
LINE_BREAK = re.compile(r"[\r\n]")
GUESSED = ("cp932", "cp1252", "latin-1")
NAMED = 5  # columns in a sentence


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
        The sign before decimals: "," if some column has decimal commas, else ".".
    n_blank : int
        Rows without any content, which were left out.
    cells : pandas.DataFrame
        The same rows and columns as they stand in the file, all as text.
    with_commas, in_doubt : list of str
        Columns whose commas were read as decimal commas, and columns with numbers such as "7,874" that were
        left as text, because nothing in the column shows what the sign means.
    """

    frame: pd.DataFrame
    encoding: str
    separator: str
    decimal: str
    n_blank: int
    cells: pd.DataFrame
    with_commas: list[str]
    in_doubt: list[str]

    def __str__(self) -> str:
        names = {",": _("commas"), ";": _("semicolons"), "\t": _("tabs"), "|": _("bars")}
        n, columns = self.frame.shape
        sentences = [
            _("{rows} and {columns}, separated by {separator}, written in {code}.").format(
                rows=ngettext("{n:,} row", "{n:,} rows", n).format(n=n),
                columns=ngettext("{n} column", "{n} columns", columns).format(n=columns),
                separator=names.get(self.separator, repr(self.separator)),
                code=self.encoding,
            )
        ]
        if self.encoding in GUESSED:
            sentences.append(_("If letters look wrong, name another encoding."))
        if self.with_commas:
            sentences.append(
                _("Commas in numbers were read as decimal commas: {columns}.").format(
                    columns=_listed(self.with_commas)
                )
            )
        if self.in_doubt:
            sentences.append(
                _(
                    "A comma or a full stop before three digits may stand before decimals or between"
                    ' thousands; such numbers were left as text: {columns}. Name the sign (decimal="," or'
                    ' decimal=".") to have them read.'
                ).format(columns=_listed(self.in_doubt))
            )
        if self.n_blank:
            sentences.append(
                ngettext(
                    "{n} blank row was left out.", "{n} blank rows were left out.", self.n_blank
                ).format(n=self.n_blank)
            )
        return " ".join(sentences)


def _listed(columns: list[str]) -> str:
    return ", ".join(columns[:NAMED]) + (", …" if len(columns) > NAMED else "")


def read_table(
    path: str | Path, *, encoding: str | None = None, decimal: str | None = None
) -> ReadTable:
    """Read a table from a text file, such as a spreadsheet saves as CSV.

    Parameters
    ----------
    path : path
        A file with one header row; cells separated by commas, semicolons, tabs or bars.
    encoding : str, optional
        How it writes letters. By default UTF-8 and UTF-16 are recognised; what is neither is taken for
        Japanese (cp932) where letters come in runs as in Japanese, else for Western European (cp1252).
    decimal : {",", "."}, optional
        The sign before decimals. By default each column shows it by itself: where one of its cells leaves
        no doubt, as "0,5" does, all of its commas are decimal commas.

    Returns
    -------
    ReadTable
        Names of columns are kept also where two are the same. Numbers such as "1,234" in a column that
        does not show what its commas mean stay text, for `matnn_lab.evaluation.read_numbers`, and so do
        those such as "1.234" where other columns have commas that may be decimal. A first line such as
        "sep=;", as Excel has it, names the separator and is not counted as a row.

    Raises
    ------
    OSError
        If the file cannot be opened.
    TypeError
        If something else than a path is given.
    ValueError
        If it is empty, an Excel workbook or otherwise no text, a row has more cells than the header, a
        quotation mark seems not to be closed, or lines stand above the header.

    Examples
    --------
    ::

        table = read_table("steels.csv")
        print(table)  # 150 rows and 3 columns, separated by commas, written in utf-8.
        table.frame
    """
    path = as_path(path)
    if path.is_dir():
        raise ValueError(
            _("{path} is a folder; give one file with a table, such as a CSV file.").format(
                path=path
            )
        )
    try:
        content = path.read_bytes()
    except OSError as error:
        raise type(error)(
            _("{path} cannot be opened: {reason}; give the path of a table.").format(
                path=path, reason=error.strerror or error
            )
        ) from None
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
    if told := SEPARATOR_LINE.match(text):
        text = text[told.end() :]
    separator = told[1] if told else _separator(text)
    rows = _cells(text, separator, path)
    filled = [number for number, row in enumerate(rows) if any(cell.strip() for cell in row)]
    header = [name.strip() for name in rows[filled[0]]]
    while header and not header[-1] and not any("".join(row[len(header) - 1 :]) for row in rows):
        header.pop()  # each row ends with a separator
    if len(header) > 1 and header[0] and not any(header[1:]):
        raise ValueError(
            _(
                "The first row of {path} names one column, {name!r}, and there are {n}; take out what stands"
                " above the header."
            ).format(path=path, name=header[0], n=len(header))
        )
    for number in filled[1:]:
        extra = [cell for cell in rows[number][len(header) :] if cell.strip()]
        if extra:
            raise ValueError(
                _(
                    "Row {row} of {path} has {found} cells and the header {expected}; put cells that hold"
                    " the separator {separator!r} between quotes, mend the row, or take out what stands above"
                    " the header (the first row is {first!r})."
                ).format(
                    row=number + 1,
                    path=path,
                    found=len(rows[number]),
                    expected=len(header),
                    separator=separator,
                    first=separator.join(header)[:80],
                )
            )
    body = [(rows[i] + [""] * len(header))[: len(header)] for i in filled[1:]]
    cells = pd.DataFrame(body, columns=header, index=[i + 1 for i in filled[1:]], dtype=object)
    frame, with_commas, in_doubt = _typed(cells, decimal or _doubt(body, separator))
    return ReadTable(
        frame,
        encoding,
        separator,
        "," if with_commas else ".",
        len(rows) - len(filled),
        cells,
        with_commas,
        in_doubt,
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
    """Return what cuts most rows into as many cells as the first has; of equals the one that makes more.

    What cuts nothing of the first line, perhaps a title, is looked for below it.
    """
    lines = [line for line in text.splitlines() if line.strip()][:LOOKED_AT]
    best, score = ",", (0.0, 1)
    while lines and score == (0.0, 1):
        for separator in SEPARATORS:
            try:
                counts = [len(row) for row in csv.reader(lines, delimiter=separator)]
            except csv.Error:
                continue
            if counts and counts[0] > 1:
                found = (round(counts.count(counts[0]) / len(counts), 1), counts[0])
                if found > score:
                    best, score = separator, found
        lines = lines[1:]
    return best


def _cells(text: str, separator: str, path: Path) -> list[list[str]]:
    """Cut a text into cells; a quotation mark that was not closed would swallow rows in silence."""
    # some programs put blanks behind a cell between quotes
    text = re.sub(rf'" +(?={re.escape(separator)}|[\r\n]|$)', '"', text)
    lines = StringIO(text, newline="").readlines()
    reader = csv.reader(lines, delimiter=separator, strict=True)
    rows: list[list[str]] = []
    start = 0
    try:
        for row in reader:
            width = len(rows[0] if rows else row)
            within = lines[start + 1 : reader.line_num]
            if any(line.count(separator) >= width - 1 for line in within) and any(
                separator in cell and LINE_BREAK.search(cell) for cell in row
            ):
                raise csv.Error(_("one of its cells holds what may be whole rows"))
            rows.append(row)
            start = reader.line_num
    except csv.Error as error:
        raise ValueError(
            _(
                "The cells of row {row} of {path} cannot be told apart ({reason}); close the quotation mark"
                " that was left open, or take line breaks out of the cell."
            ).format(row=len(rows) + 1, path=path, reason=error)
        ) from None
    while rows and not any(cell.strip() for cell in rows[-1]):
        rows.pop()
    return rows


def _doubt(body: list[list[str]], separator: str) -> str | None:
    """Return "?" if the file has commas that stand before decimals, or may well do so."""
    with_commas = [cell.strip(" ~≈<>≤≥−%") for row in body for cell in row if "," in cell]
    decimal = any(sign_in(cell) == "," for cell in with_commas)
    if decimal or (separator != "," and any(map(is_ambiguous, with_commas))):
        return "?"
    return None


def _typed(cells: pd.DataFrame, decimal: str | None) -> tuple[pd.DataFrame, list[str], list[str]]:
    """Let pandas tell numbers from text, and name the columns with decimal commas and those in doubt."""
    frame = _parsed(cells.to_numpy())
    with_commas, in_doubt = [], []
    for place, name in enumerate(cells):
        column = cells.iloc[:, place].str.strip()
        if decimal is None and not column.str.contains(",", regex=False).any():
            continue
        signs = signs_of(column, decimal)
        plain = [plain_number(cell, signs) for cell in column]
        if None in plain:
            in_doubt.append(name)
            frame[place] = _parsed(column.to_numpy()[:, None], dtype=str)[0]
        elif signs.comma == "." and plain != column.tolist():
            if column.str.contains(",", regex=False).any():
                with_commas.append(name)
            numbers = _parsed(np.array(plain, dtype=object)[:, None])[0]
            if pd.api.types.is_numeric_dtype(numbers):
                frame[place] = numbers
    frame.columns, frame.index = cells.columns, cells.index
    if decimal is not None:
        frame.attrs["decimal"] = decimal  # for read_numbers
    return frame, with_commas, in_doubt


def _parsed(cells: np.ndarray, **options: Any) -> pd.DataFrame:
    written = StringIO(newline="")
    csv.writer(written).writerows(cells)
    written.seek(0)
    names = list(range(cells.shape[1]))
    return pd.read_csv(written, names=names, index_col=False, skip_blank_lines=False, **options)
