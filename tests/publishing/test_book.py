"""The pages of the site that are not notebooks say what the notebooks say."""

import re

import nbformat
import pytest
import yaml
from pybtex.database import parse_file

from matnn_lab.course.environment import ROOT

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))

each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def text(path) -> str:
    cells = nbformat.read(path, as_version=4).cells
    return "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


@pytest.fixture(scope="module")
def references():
    return parse_file(ROOT / "book/references.bib").entries


def test_every_notebook_is_in_the_table_of_contents():
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    files = [chapter["file"] for part in toc["parts"] for chapter in part["chapters"]]
    listed = [file for file in files if file.startswith("notebooks/")]
    assert listed == [f"notebooks/{path.stem}" for path in NOTEBOOKS]


def test_every_reference_has_a_doi_or_an_address_and_no_two_the_same(references):
    fields = [entry.fields for entry in references.values()]
    links = [entry["doi"].lower() if "doi" in entry else entry["url"] for entry in fields]
    assert len(set(links)) == len(links)


@each_notebook
def test_the_book_has_the_minutes_of_the_notebook(path):
    """``python scripts/write_minutes.py`` writes them."""
    minutes = sum(map(int, re.findall(r"^## .*\((\d+) min\b.*\)", text(path), re.MULTILINE)))
    guide = (ROOT / "book/teaching.md").read_text(encoding="utf-8")
    row = re.search(rf"^\|.*{path.stem}.*\| (\d+) min \|", guide, re.MULTILINE)
    assert int(row[1]) == minutes
    course_map = (ROOT / "book/course_map.md").read_text(encoding="utf-8")
    row = re.search(rf"^\|.*{path.stem}.*\| (\d+) \|$", course_map, re.MULTILINE)
    assert int(row[1]) == minutes
