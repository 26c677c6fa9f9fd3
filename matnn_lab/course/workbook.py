"""The reader's workbook: her own copy of the notebooks, without solutions and never overwritten."""

import hashlib
import json
import os
import re
import tempfile
import unicodedata
from collections.abc import Container, Iterable, Mapping
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass, field
from errno import EACCES
from functools import partial
from html import escape
from pathlib import Path

import nbformat
from nbformat import NotebookNode

import matnn_lab
from matnn_lab.classroom.progress import WORKBOOK
from matnn_lab.course.editions import translated
from matnn_lab.course.environment import ROOT
from matnn_lab.publishing.asserts import shows_a_value, split_asserts
from matnn_lab.text import gettext as _

NOTEBOOKS = ROOT / "notebooks"
GLOSSARY = ROOT / "book" / "glossary.md"
# a link to a page of the book, which does not lie beside a copy
TO_BOOK = re.compile(r"\[([^\]]+)\]\(\.\./book/[^)#]+(?:#term-)?([^)]*)\)")
TO_NOTEBOOK = re.compile(r"\[([^\]]+)\]\((\w+\.ipynb)[^)]*\)")
# what was put into the folder: name of the notebook -> hashes of its versions
RECORD = WORKBOOK
STUB = ("# YOUR CODE HERE", "raise NotImplementedError()")


@dataclass
class Report:
    """What was done to a workbook; prints as one sentence a line."""

    folder: Path
    added: list[str] = field(default_factory=list)
    renewed: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        sentences = []
        if self.refused:
            sentences.append(
                _("The workbook cannot be in {refused}, so it is in {folder}.").format(
                    refused=", ".join(self.refused), folder=self.folder
                )
            )
        if self.added:
            sentences.append(
                _("Added to {folder}: {names}.").format(
                    folder=self.folder, names=", ".join(self.added)
                )
            )
        if self.renewed:
            sentences.append(
                _("Renewed, since you had changed nothing in them: {names}.").format(
                    names=", ".join(self.renewed)
                )
            )
        if self.kept:
            sentences.append(_("Kept as you left it: {names}.").format(names=", ".join(self.kept)))
        return "\n".join(sentences)


def make_workbook(target: Path, source: Path = NOTEBOOKS, language: str = "") -> Report:
    """Make a workbook, or add to one what is new in the course.

    What the reader changed is never written to: a newer version of a notebook is put beside hers, once, with
    the version in its name. A file that is, to the byte, as it was put there is replaced by the newer
    version. A notebook that was deleted is made again. Where the record of what was put there is lost,
    each file that differs from what would be written now counts as the reader's.

    Parameters
    ----------
    target
        The folder of the workbook; made if need be.
    source
        The folder with the solved notebooks.
    language
        Of the edition, such as "ja"; "" is the English original. Each edition has a folder of its own.

    Raises
    ------
    ValueError
        If there are no notebooks, or the marks of a solution do not match.
    """
    paths = sorted(Path(source).glob("*.ipynb"))
    if not paths:
        raise ValueError(
            _("There are no notebooks in {folder}; give the course's folder of notebooks.").format(
                folder=source
            )
        )
    target = Path(target)
    target.mkdir(parents=True, exist_ok=True)
    if not os.access(target, os.W_OK):  # even a complete one: she could save nothing in it
        raise PermissionError(EACCES, os.strerror(EACCES), str(target))
    record = _read_record(target)
    report = Report(target)
    terms = {} if language else definitions()
    for path in paths:
        # a better definition alone does not make a newer version of a notebook
        digest = _digest(unsolved(path, language))
        versions = record.setdefault(path.name, [])
        copy = target / path.name
        if copy.exists() and digest in versions:
            report.kept.append(copy.name)
            continue
        content = unsolved(path, language, terms)
        if not copy.exists():
            _create(copy, content)
            report.added.append(copy.name)
        elif _digest(copy.read_bytes()) in versions:
            _replace(copy, content)
            report.renewed.append(copy.name)
        else:
            report.kept.append(copy.name)
            if copy.read_bytes() != content:
                beside = _create_beside(copy, content)
                report.added.append(beside.name)
        new = {digest, _digest(content)}.difference(versions)
        if new:
            versions += sorted(new)
            _write_record(target, record)
    return report


def in_home(home: Path, language: str = "") -> Path:
    """Return where the workbook of an edition lies in a home."""
    return home / "-".join(filter(None, ["matnn-workbook", language]))


def make_workbook_where_it_can_be(places: Iterable[Path], language: str = "") -> Report:
    """Make or complete the workbook in the first of these folders that can be written to.

    Raises
    ------
    OSError
        If none can be; the sentence names them all.
    """
    refused = []
    for place in places:
        try:
            report = make_workbook(place, language=language)
        except OSError as error:
            refused.append(f"{place} ({error.strerror or error})")
            continue
        report.refused = refused
        return report
    raise OSError(
        _(
            "The workbook can be written to none of these places: {places}; "
            "please choose a folder that you may write to."
        ).format(places=", ".join(refused))
    )


def definitions(glossary: Path = GLOSSARY) -> dict[str, str]:
    """Return the first sentence on each term of the glossary as plain text, by the term's anchor."""
    _before, _fence, entries = glossary.read_text(encoding="utf-8").partition(":::{glossary}\n")
    found = {}
    for entry in re.split(r"\n\n+(?=\S)", entries.partition("\n:::")[0]):
        term, *lines = entry.split("\n")
        text = " ".join(line.strip() for line in lines)
        text = re.sub(r" ?\{cite\}`[^`]*`", "", text)
        text = re.sub(r"\{\w+\}`([^`<]*)(?:<[^>]*>)?`", lambda role: role[1].strip(), text)
        text = re.sub(r"\$([^$]*)\$", _readable, text)
        text = re.sub(r"[`*]", "", text)
        found[re.sub(r"\W+", "-", term).strip("-")] = re.split(r"(?<=[.?!]) (?=[A-Z])", text)[0]
    return found


def _readable(formula: re.Match[str]) -> str:
    """Return a short formula in plain letters: ``$\\phi_i$`` becomes φi."""

    def letter(command: re.Match[str]) -> str:
        size = "CAPITAL" if command[1][0].isupper() else "SMALL"
        with suppress(KeyError):
            return unicodedata.lookup(f"GREEK {size} LETTER {command[1].upper()}")
        return command[1]

    text = re.sub(r"\\mathbf *|\\,", "", formula[1])
    text = re.sub(r"\\hat *(\w)", "\\1\N{COMBINING CIRCUMFLEX ACCENT}", text)
    text = re.sub(r"\\([A-Za-z]+)", letter, text)
    return unicodedata.normalize("NFC", re.sub(r"[_{}\\]", "", text))


def unsolved(path: Path, language: str = "", terms: Mapping[str, str] | None = None) -> bytes:
    """Return a solved notebook as the reader gets it: without solutions, outputs and what hides them.

    What nbgrader has to know of a cell stays, so that the workbook can be handed in and graded. A link to
    one of the terms becomes the word with its definition, which JupyterLab shows under the pointer.
    """
    notebook = translated(nbformat.read(path, as_version=4), language)
    notebook.metadata.pop("widgets", None)
    for count, cell in enumerate(notebook.cells, start=1):
        nbgrader = cell.metadata.get("nbgrader", {})
        try:
            cell.source = without_solution(cell.source, whole=nbgrader.get("solution", False))
        except ValueError as error:
            raise ValueError(
                _("Cell {count} of {name}: {reason}").format(
                    count=count, name=path.name, reason=error
                )
            ) from None
        cell.metadata = nbformat.from_dict({"nbgrader": nbgrader} if nbgrader else {})
        if cell.cell_type == "markdown":
            cell.source = without_dead_links(cell.source, terms or {})
        if cell.cell_type == "code":
            cell.outputs = []
            cell.execution_count = None
    notebook.cells = [part for cell in notebook.cells for part in _with_checks_apart(cell)]
    return (nbformat.writes(notebook) + "\n").encode()


def without_dead_links(
    source: str, terms: Mapping[str, str], beside: Container[str] | None = None
) -> str:
    """Return Markdown of a notebook as it stands in a copy, which has no book beside it.

    Parameters
    ----------
    source
        Of the cell.
    terms
        Definitions: a link to one of these terms becomes the word with its definition, other links into the
        book become words.
    beside
        Names of the notebooks that lie beside the copy: links to others become words. None means all.
    """
    source = TO_BOOK.sub(partial(_explained, terms=terms), source)
    if beside is None:
        return source
    return TO_NOTEBOOK.sub(lambda link: link[0] if link[2] in beside else link[1], source)


def _explained(link: re.Match[str], terms: Mapping[str, str]) -> str:
    """Return the words of a link, with what the glossary says if it leads to one of the terms."""
    definition = terms.get(link[2])
    if definition is None:
        return link[1]
    return f'<abbr title="{escape(definition)}">{link[1]}</abbr>'


def _with_checks_apart(cell: NotebookNode) -> list[NotebookNode]:
    """Put the asserts with which a cell ends into a cell of their own, whose source is hidden."""
    if cell.cell_type != "code" or "nbgrader" in cell.metadata:
        return [cell]
    shown, checks = split_asserts(cell.source)
    if not checks or (shown.strip() and shows_a_value(shown)):
        return [cell]
    hidden = deepcopy(cell)
    hidden.metadata["jupyter"] = {"source_hidden": True}
    if not shown.strip():
        return [hidden]
    cell.source = shown
    hidden.id, hidden.source = f"{cell.id[:57]}-checks", checks.strip("\n")
    return [cell, hidden]


def without_solution(source: str, *, whole: bool = False) -> str:
    """Return the source of a cell with each marked solution replaced by a stub, as nbgrader does it.

    Regions between ``### BEGIN HIDDEN TESTS`` and ``### END HIDDEN TESTS`` are left out.

    Parameters
    ----------
    source
        The lines of the cell.
    whole
        Whether all of it is the solution where nothing is marked.

    Raises
    ------
    ValueError
        If a region does not end, ends without having begun, or lies in another.
    """
    if whole and "BEGIN SOLUTION" not in source:
        return "\n".join(STUB)
    kept: list[str] = []
    inside: str | None = None
    for line in source.split("\n"):
        mark = re.search(r"(BEGIN|END) (SOLUTION|HIDDEN TESTS)", line)
        if mark is None:
            if inside is None:
                kept.append(line)
        elif mark[1] == "BEGIN":
            if inside is not None:
                raise ValueError(_("a region begins inside another; end the first one before."))
            inside = mark[2]
            if inside == "SOLUTION":
                indent = line[: len(line) - len(line.lstrip())]
                kept += [indent + stub for stub in STUB]
        else:
            if inside != mark[2]:
                raise ValueError(
                    _("END {region} has no BEGIN {region} before it; add it.").format(
                        region=mark[2]
                    )
                )
            inside = None
    if inside is not None:
        raise ValueError(
            _("BEGIN {region} has no END {region} after it; add it.").format(region=inside)
        )
    return "\n".join(kept)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _create_beside(copy: Path, content: bytes) -> Path:
    """Put a newer version beside a copy, under the first name that is free; return its path."""
    version = matnn_lab.__version__
    count = 1
    while True:
        suffix = version if count == 1 else f"{version}, {count}"
        beside = copy.with_name(f"{copy.stem} (version {suffix}).ipynb")
        if not beside.exists():
            _create(beside, content)
            return beside
        if beside.read_bytes() == content:  # an earlier run was cut off before its record
            return beside
        count += 1


def _create(path: Path, content: bytes) -> None:
    """Write a new file whole or not at all, and never over one that is there."""
    temporary = _temporary(path, content)
    try:
        os.link(temporary, path)
    except FileExistsError:
        pass
    except OSError:  # a file system without links
        if not path.exists():
            os.replace(temporary, path)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(temporary)


def _replace(path: Path, content: bytes) -> None:
    """Put a newer file in the place of one, whole or not at all."""
    temporary = _temporary(path, content)
    try:
        os.replace(temporary, path)
    except OSError:
        os.unlink(temporary)
        raise


def _temporary(path: Path, content: bytes) -> str:
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
    except OSError:  # the disk is full
        with suppress(FileNotFoundError):
            os.unlink(temporary)
        raise
    with suppress(OSError):  # a drive without modes
        os.chmod(temporary, 0o644)
    return temporary


def _read_record(target: Path) -> dict[str, list[str]]:
    """Return the record; an empty one where it is missing or damaged, since nothing is lost by that."""
    try:
        record = json.loads((target / RECORD).read_text(encoding="utf-8"))
        return {name: list(versions) for name, versions in record.items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}


def _write_record(target: Path, record: dict[str, list[str]]) -> None:
    content = (json.dumps(record, indent=1, sort_keys=True) + "\n").encode()
    _replace(target / RECORD, content)
