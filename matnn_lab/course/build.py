"""Build the site."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from shutil import copyfile, copytree

import nbformat
import yaml

from matnn_lab.course.door import write_downloads, write_launch
from matnn_lab.course.editions import environment, translated
from matnn_lab.course.environment import ROOT
from matnn_lab.course.execute import clean, run
from matnn_lab.text import gettext as _


class SiteError(Exception):
    """The site could not be built."""


def build_site(root: Path = ROOT, language: str = "") -> Path:
    """Build the site with Jupyter Book, every warning an error, and return its first page.

    Parameters
    ----------
    root : Path
        Folder with ``_config.yml`` and ``_toc.yml``; the site goes into its ``_build/html``. Where the first
        names the address of a repository, what Binder and Colab open goes into ``_build/launch``.
    language : str
        Of the edition, such as "ja"; "" is the English original.

    Raises
    ------
    FileNotFoundError
        If there is no book in ``root``.
    SiteError
        If Jupyter Book reports a warning or an error; the sentence quotes the first.
    """
    root = Path(root).resolve()
    if not (root / "_config.yml").is_file():
        raise FileNotFoundError(
            _(
                "{root} has no _config.yml, expected the folder of the course; please run the "
                "command in a copy of its repository."
            ).format(root=root)
        )
    command = "from jupyter_book.cli.main import main; main()"
    options = ["--all", "-W", "-n", "--keep-going"]
    done = subprocess.run(
        [sys.executable, "-c", command, "build", str(root), *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=os.environ | environment(language),
    )
    if done.returncode:
        raise SiteError(_explain(done.stdout))
    index = root / "_build/html/index.html"
    index.touch()  # it only leads to the first page, so that Sphinx leaves an old one as it is
    config = yaml.safe_load((root / "_config.yml").read_text(encoding="utf-8"))
    address = config.get("repository", {}).get("url", "")
    write_downloads(root, index.parent, address, language)
    if address:
        write_launch(index.parent, root / "_build/launch", address)
    return index


def build_edition(
    language: str, target: Path, root: Path = ROOT, only: Sequence[str] = ("",)
) -> Path:
    """Write the course in another language into a folder, execute it there, build its site.

    The pages of the book are taken as they are: Sphinx has catalogues of its own for those.

    Parameters
    ----------
    language : str
        Such as "ja".
    target : Path
        A folder that is not there yet.
    root : Path
        The course.
    only : sequence of str
        Beginnings of the names of the notebooks to execute; the others are translated only.

    Returns
    -------
    Path
        The first page of the site.
    """
    target.mkdir(parents=True)
    for name in ("_config.yml", "_toc.yml"):
        copyfile(root / name, target / name)
    config = target / "_config.yml"
    words = config.read_text(encoding="utf-8")
    config.write_text(words.replace("language: en", f"language: {language}"), encoding="utf-8")
    copytree(root / "book", target / "book")
    (target / "notebooks").mkdir()
    for path in sorted((root / "notebooks").glob("*.ipynb")):
        notebook = translated(nbformat.read(path, as_version=4), language)
        if path.name.startswith(tuple(only)):
            run(notebook, path.parent, language)
            clean(notebook)
        nbformat.write(notebook, target / "notebooks" / path.name)
    return build_site(target, language)


def _explain(log: str) -> str:
    plain = re.sub(r"\x1b\[[0-9;]*m", "", log)
    problems = re.findall(
        r"^.*?(?:WARNING|ERROR|SEVERE|CRITICAL|\w+Error): .+$", plain, re.MULTILINE
    )
    first = (problems or plain.strip().splitlines()[-1:] or [""])[0].strip()
    return _(
        "The site was not built, Jupyter Book reported {count} warnings or errors, the first of "
        "them “{first}”; please mend it and build again."
    ).format(count=len(problems), first=first)
