"""The reference of the package is complete, and its examples run as they stand."""

import doctest
import re
from importlib import import_module

import pytest

from matnn_lab.course.environment import ROOT

PAGES = sorted((ROOT / "book/reference").glob("*.md"))

each_page = pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)


@each_page
def test_the_example_says_what_the_page_says(path):
    (example,) = re.findall(r"```python\n(.*?)```", path.read_text(encoding="utf-8"), re.DOTALL)
    parsed = doctest.DocTestParser().get_doctest(example, {}, path.stem, str(path), 0)
    assert len(parsed.examples) >= 3
    assert doctest.DocTestRunner().run(parsed).failed == 0


@each_page
def test_a_page_names_all_that_its_folder_hands_on(path):
    """``python scripts/write_reference.py`` writes the pages."""
    text = path.read_text(encoding="utf-8")
    module, described = "", set()
    for kind, name in re.findall(
        r"^\.\. (currentmodule|autoclass|autofunction):: (\S+)$", text, re.M
    ):
        if kind == "currentmodule":
            module = name
        else:
            described.add(name)
            found = getattr(import_module(module), name)
            assert isinstance(found, type) == (kind == "autoclass")
            assert found.__doc__
    folder = import_module(f"matnn_lab.{path.stem}")
    if hasattr(folder, "__all__"):
        assert described == {name for name in folder.__all__ if callable(getattr(folder, name))}
