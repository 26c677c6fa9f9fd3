"""A notebook that is opened without the course: downloaded from the site, or by Binder or Colab.

It is the workbook's copy with one cell more, which looks for the package. The stored notebooks have no such
cell: whoever opens those has the course's folder.
"""

import os
import textwrap
from pathlib import Path
from shutil import copyfile, rmtree

import nbformat
from nbformat.v4 import new_code_cell

from matnn_lab.course.environment import LOCK
from matnn_lab.course.workbook import definitions, unsolved
from matnn_lab.text import gettext

ID = "door"
COLAB = """\
    if "google.colab" in sys.modules:
        %pip install --quiet {package}
    else:
"""


def package_at(address: str) -> str:
    """Return what pip installs the course from, where its repository has this address."""
    return f"git+{address}"


def door(address: str = "", language: str = "") -> str:
    """Return the source of the cell that looks for the package.

    Where the package is, the cell does nothing. In Colab it installs it, since nothing lasts there; elsewhere
    it stops and says in one sentence what to run.

    Parameters
    ----------
    address
        Of the repository of the course; "" while it has none.
    language
        Of the edition; "" is the English original.
    """
    if address:
        sentence = gettext(
            "This notebook needs the package of the course, and this Python does not have it: "
            "run `%pip install {package}` in a cell, and then this cell again.",
            language=language,
        ).format(package=package_at(address))
    else:
        sentence = gettext(
            "This notebook needs the package of the course, and this Python does not have it: "
            "run `%pip install FOLDER` in a cell, with the path of the course's folder or of its "
            "wheel, and then this cell again.",
            language=language,
        )
    comment = gettext("Looks for the package of the course.", language=language)
    inside = COLAB.format(package=package_at(address)) if address else ""
    indent = 8 if address else 4
    *parts, last = textwrap.wrap(sentence, 80 - indent)
    literals = [*(f"{part} " for part in parts), last]
    lines = [
        "raise ModuleNotFoundError(",
        *(f"    {literal!r}" for literal in literals),
        ")",
    ]
    stop = textwrap.indent("\n".join(lines), " " * indent)
    imports = "import sys\n" if address else ""
    return (
        f"# {comment}\n{imports}from importlib.util import find_spec\n\n"
        f'if find_spec("matnn_lab") is None:\n{inside}{stop}'
    )


def alone(path: Path, address: str = "", language: str = "") -> bytes:
    """Return a stored notebook as it is opened without the course's folder: unsolved, with the door in it."""
    terms = {} if language else definitions()
    notebook = nbformat.reads(unsolved(path, terms=terms).decode(), as_version=4)
    notebook.cells.insert(1, new_code_cell(door(address, language), id=ID))
    return (nbformat.writes(notebook) + "\n").encode()


def write_downloads(root: Path, html: Path, address: str = "", language: str = "") -> None:
    """Let the pages of a built site offer each notebook as it is opened without the folder."""
    for path in (html / "_sources").rglob("*.ipynb"):
        source = root / path.relative_to(html / "_sources")
        path.write_bytes(alone(source, address, language))


def write_launch(html: Path, target: Path, address: str) -> None:
    """Write what the branch holds from which Binder and Colab open the notebooks.

    Binder installs what ``requirements.txt`` names: the package at the versions of the lock, without the
    tests. Where PIP_EXTRA_INDEX_URL leads to PyTorch's index for CPUs, Binder takes it from there too.

    Parameters
    ----------
    html
        The built site, whose downloads are taken.
    target
        The folder; made anew.
    address
        Of the repository of the course.
    """
    if target.exists():
        rmtree(target)
    for path in (html / "_sources").rglob("*.ipynb"):
        copy = target / path.relative_to(html / "_sources")
        copy.parent.mkdir(parents=True, exist_ok=True)
        copyfile(path, copy)
    copyfile(LOCK, target / LOCK.name)
    index = os.environ.get("PIP_EXTRA_INDEX_URL", "")
    lines = [
        *([f"--extra-index-url {index}"] if index else []),
        f"--constraint {LOCK.name}",
        package_at(address),
    ]
    (target / "requirements.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (target / "runtime.txt").write_text("python-3.11\n", encoding="utf-8")
