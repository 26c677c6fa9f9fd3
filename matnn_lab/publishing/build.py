"""Build the site."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from matnn_lab.environment import ROOT
from matnn_lab.text import gettext as _


class SiteError(Exception):
    """The site could not be built."""


def build_site(root: Path = ROOT, output: Path | None = None) -> Path:
    """Build the site with Jupyter Book, every warning an error, and return its first page.

    Parameters
    ----------
    root : Path
        Folder with ``_config.yml`` and ``_toc.yml``.
    output : Path, optional
        Where ``_build`` is made; ``root`` where it is left out.

    Raises
    ------
    FileNotFoundError
        If there is no book in ``root``.
    SiteError
        If Jupyter Book reports a warning or an error; the sentence quotes the first.
    """
    root, output = Path(root).resolve(), Path(output or root).resolve()
    if not (root / "_config.yml").is_file():
        raise FileNotFoundError(
            _(
                "{root} has no _config.yml, expected the folder of the course; please run the "
                "command in a copy of its repository."
            ).format(root=root)
        )
    run = "from jupyter_book.cli.main import main; main()"
    options = ["--path-output", str(output), "--all", "-W", "-n", "--keep-going"]
    command = [sys.executable, "-c", run, "build", str(root), *options]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        raise SiteError(_explain(done.stdout))
    return output / "_build/html/index.html"


def _explain(log: str) -> str:
    plain = re.sub(r"\x1b\[[0-9;]*m", "", log)
    problems = re.findall(r"^.*\b(?:WARNING|ERROR|Error)\b.*$", plain, flags=re.MULTILINE)
    first = (problems or plain.strip().splitlines() or [""])[0 if problems else -1]
    return _(
        "The site was not built, Jupyter Book reported {count} warnings or errors, the first of "
        "them “{first}”; please mend it and build again."
    ).format(count=max(len(problems), 1), first=first.strip())
