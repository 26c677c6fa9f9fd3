"""The course's own Python environment: made once, mended by asking again, nothing outside the folder.

Only the standard library is imported here, because this runs before anything is installed.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import venv
from collections.abc import Iterable
from importlib.metadata import distributions
from pathlib import Path

from matnn_lab.text import gettext as _

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT = ROOT / ".venv"
LOCK = ROOT / "requirements.lock"
OLDEST_PYTHON = (3, 11)


def has_course() -> bool:
    """Tell whether this package lies in the course's folder; one that pip installed does not."""
    return LOCK.is_file() and (ROOT / "notebooks").is_dir()


class SetupError(RuntimeError):
    """The environment could not be made; the message says what to do."""


def python_with(extras: Iterable[str]) -> Path:
    """Give the interpreter that has the course and these extras installed, made first if need be.

    An environment of the reader's own in which the course is installed (conda, say) is used as it
    is. Otherwise ``.venv`` in the course's folder is made from ``requirements.lock``. A stamp says
    what is installed; a set-up that was interrupted is cleared away and made anew.

    Parameters
    ----------
    extras : iterable of str
        Names from ``[project.optional-dependencies]`` in ``pyproject.toml``.

    Raises
    ------
    SetupError
        If Python is too old, the folder cannot be written to, or pip did not succeed.
    """
    if _is_installed_here() and Path(sys.prefix) != ENVIRONMENT:
        return Path(sys.executable)
    if sys.version_info < OLDEST_PYTHON:
        raise SetupError(
            _(
                "This is Python {found}, but the course needs {needed} or newer; please install one."
            ).format(
                found=".".join(map(str, sys.version_info[:2])),
                needed=".".join(map(str, OLDEST_PYTHON)),
            )
        )
    stamp = ENVIRONMENT / "matnn_lab.json"
    wanted, fingerprint = set(extras), _fingerprint()
    done = _read(stamp)
    if done.get("fingerprint") == fingerprint and wanted <= set(done.get("extras", [])):
        return _interpreter()
    if not os.access(ENVIRONMENT if ENVIRONMENT.exists() else ENVIRONMENT.parent, os.W_OK):
        raise SetupError(
            _(
                "{folder} cannot be written to, so the course cannot be set up there; let its owner run "
                "the same command once, or copy the folder to a place of your own."
            ).format(folder=ENVIRONMENT.parent)
        )
    _say(
        _(
            "Setting up the course in {folder}: about 3 minutes and 3 to 6 GB the first time, "
            "nothing outside this folder is changed but pip's cache."
        ).format(folder=ENVIRONMENT)
    )
    begun = ENVIRONMENT / "matnn_lab.begun"
    if not done:
        venv.create(ENVIRONMENT, with_pip=True, clear=begun.exists())
    begun.touch()
    if not done:
        _renew_pip()
    wanted |= set(done.get("extras", []))
    target = f"{ROOT}[{','.join(sorted(wanted))}]" if wanted else str(ROOT)
    log = _install(["--constraint", LOCK, "--editable", target])
    begun.unlink(missing_ok=True)  # only an interruption leaves half a package behind
    if log:
        raise SetupError(
            _(
                "{log}\nThe set-up did not finish (pip's message is above); please mend its cause, "
                "often the connection or the disk, and run the same command again."
            ).format(log=log)
        )
    stamp.write_text(json.dumps({"fingerprint": fingerprint, "extras": sorted(wanted)}))
    _say(_("The set-up is complete."))
    return _interpreter()


def _renew_pip() -> None:
    """Take the newest pip if it can be had: the one of Python 3.11 needs minutes more to think."""
    command = [str(_interpreter()), "-m", "pip", "install", "--quiet", "--upgrade", "pip"]
    subprocess.run(command, capture_output=True, check=False)


def _install(requirements: list[str | Path]) -> str:
    """Run pip under a progress bar; return the end of what it said if it failed, else nothing."""
    command = [str(_interpreter()), "-m", "pip", "install", "--disable-pip-version-check"]
    lines, found, expected = [], set(), len(LOCK.read_text().splitlines())
    with subprocess.Popen(
        [*command, *requirements], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as pip:
        for line in pip.stdout or ():
            lines.append(line)
            named = re.match(
                r"(?:Collecting|Requirement already satisfied:|Processing) (\S+)", line
            )
            if named:
                found.add(named[1])
                _bar(min(len(found) / expected, 0.99), _("collecting packages"))
            elif line.startswith("Installing collected packages"):
                _bar(0.99, _("installing them, about 1 minute"))
    print()
    return "".join(lines[-20:]) if pip.returncode else ""


def _bar(done: float, what: str) -> None:
    # a terminal shows one line that grows; a log would get hundreds
    if sys.stdout.isatty():
        print(f"\r[{'#' * int(30 * done):30}] {what:40}", end="", flush=True)


def _is_installed_here() -> bool:
    elsewhere = [path for path in sys.path if path and Path(path).resolve() != ROOT]
    return any(True for _found in distributions(name="matnn-lab", path=elsewhere))


def _interpreter() -> Path:
    return ENVIRONMENT / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _fingerprint() -> str:
    parts = [LOCK.read_bytes(), (ROOT / "pyproject.toml").read_bytes(), str(ROOT).encode()]
    return hashlib.sha256(b"".join(parts)).hexdigest()


def _read(stamp: Path) -> dict:
    """What a finished installation left, empty if there is none or its Python has gone."""
    try:
        if stamp.with_name("matnn_lab.begun").exists():
            return {}
        subprocess.run([_interpreter(), "-c", ""], check=True, capture_output=True)
        return json.loads(stamp.read_text())
    except (OSError, ValueError, subprocess.CalledProcessError):
        return {}


def _say(sentence: str) -> None:
    print(sentence, flush=True)
