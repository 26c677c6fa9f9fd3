"""Imports inside the package run one way, so that each folder can be read without the later ones."""

import ast
from pathlib import Path

import pytest

import matnn_lab

PACKAGE = Path(matnn_lab.__file__).parent
EVERYWHERE = {"text", "faces", "figures"}
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


@pytest.mark.parametrize("name", sorted(EVERYWHERE))
def test_what_is_used_everywhere_stands_on_nothing(name):
    assert runtime_imports(PACKAGE / f"{name}.py") <= EVERYWHERE
