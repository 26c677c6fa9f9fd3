"""Imports inside the package run one way, so that each folder can be read without the later ones."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import matnn_lab

PACKAGE = Path(matnn_lab.__file__).parent
EVERYWHERE = {"text", "faces", "figures", "arrays"}
LAYERS = [
    "datasets",
    "representations",
    "models",
    "training",
    "evaluation",
    "potentials",
    "widgets",
    "classroom",
    "lessons",
    "publishing",
    "course",
]
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path.parent != PACKAGE)


def runtime_imports(path: Path) -> set[str]:
    """Names of the package's folders and modules that this file imports when it runs."""
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            node.body = []
    found = set()
    for node in ast.walk(tree):
        names = []
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name} line {node.lineno}: write the import in full"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        found |= {name.split(".")[1] for name in names if name.startswith("matnn_lab.")}
    return found - {"__version__"}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_imports_only_what_comes_before_it(path):
    own = path.relative_to(PACKAGE).parts[0]
    allowed = EVERYWHERE | set(LAYERS[: LAYERS.index(own) + 1])
    assert runtime_imports(path) <= allowed


def named_modules(path: Path) -> set[str]:
    """Modules of the package that this file names in any import, one for type hints included."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("matnn_lab"):
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found & set(NAMED)


NAMED = {
    ".".join(("matnn_lab", *path.relative_to(PACKAGE).with_suffix("").parts)): path
    for path in MODULES
}


def test_no_two_modules_import_each_other_in_any_number_of_steps():
    waiting = {name: named_modules(path) for name, path in NAMED.items()}
    while True:
        free = {name for name, needs in waiting.items() if not needs & set(waiting)}
        if not free:
            break
        waiting = {name: needs for name, needs in waiting.items() if name not in free}
    assert waiting == {}


def test_a_shelf_of_evaluation_does_not_load_the_others():
    code = (
        "import sys, matnn_lab.evaluation.discovery.ranking;"
        "print([m for m in sys.modules if m.startswith(('sklearn', 'torch', 'pymatgen'))"
        " or m.startswith('matnn_lab.evaluation.') and '.discovery' not in m and '.scores' not in m])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("name", sorted(EVERYWHERE))
def test_what_is_used_everywhere_stands_on_nothing(name):
    assert runtime_imports(PACKAGE / f"{name}.py") <= EVERYWHERE
