"""What `make lab` installs is enough: nothing that a reader runs needs the site's or the tests' packages."""

import subprocess
import sys
from importlib.metadata import PackageNotFoundError, packages_distributions, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import matnn_lab

PACKAGE = Path(matnn_lab.__file__).parent
# what builds the site, executes notebooks for it or grades is installed on top
ON_TOP = (
    "publishing",
    "course.build",
    "course.execute",
    "course.teaching",
    "course.benchmarks",
    "course.jupyter",
)
BLOCK = """
import sys
from importlib.machinery import PathFinder

class Finder(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        return None if name in {names} else PathFinder.find_spec(name, path, target)

sys.meta_path = [Finder if each is PathFinder else each for each in sys.meta_path]
"""


def base() -> set[str]:
    """Names of the distributions that the package brings without any extra."""
    found: set[str] = set()
    waiting = [("matnn-lab", frozenset({""}))]
    seen = set()
    while waiting:
        name, extras = waiting.pop()
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        found.add(canonicalize_name(name))
        try:
            lines = requires(name) or []
        except PackageNotFoundError:
            continue
        for requirement in map(Requirement, lines):
            marker = requirement.marker
            if marker is None or any(marker.evaluate({"extra": extra}) for extra in extras):
                waiting.append((requirement.name, frozenset({"", *requirement.extras})))
    return found


@pytest.fixture(scope="module")
def blocked() -> str:
    brought = base()
    assert {"torch", "jupyterlab", "nbformat"} <= brought
    names = {
        name
        for name, distributions in packages_distributions().items()
        if not brought & {canonicalize_name(each) for each in distributions}
    }
    assert {"docutils", "sphinx", "nbgrader", "pytest", "playwright"} <= names
    return BLOCK.format(names=sorted(names))


def run(code: str) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)


def test_the_workbook_is_made(blocked, tmp_path):
    folder = tmp_path / "workbook"
    done = run(
        f"{blocked}import runpy; sys.argv = ['matnn_lab', 'workbook', {str(folder)!r}]; "
        "runpy.run_module('matnn_lab', run_name='__main__')"
    )
    assert done.returncode == 0, done.stderr
    assert len(list(folder.glob("*.ipynb"))) == 21


def test_every_module_that_a_reader_meets_is_imported(blocked):
    names = [
        ".".join(("matnn_lab", *path.relative_to(PACKAGE).with_suffix("").parts))
        for path in sorted(PACKAGE.rglob("*.py"))
        if path.stem not in ("__init__", "__main__")
    ]
    names = [
        name for name in names if not name.startswith(tuple(f"matnn_lab.{part}" for part in ON_TOP))
    ]
    names.append("matnn_lab.publishing.asserts")
    done = run(f"{blocked}import importlib\nfor name in {names}: importlib.import_module(name)")
    assert len(names) > 150
    assert done.returncode == 0, done.stderr
