"""The asserts at the end of a cell are set apart and nothing is lost by it."""

import ast

import nbformat
import pytest

from matnn_lab.course.environment import ROOT
from matnn_lab.course.workbook import unsolved, without_solution
from matnn_lab.publishing.asserts import shows_a_value, split_asserts

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize(
    ("shown", "checks"),
    [
        ("x = 1\nprint(x)  # one", "assert x == 1"),
        ("x = 1", "# why\nassert (x\n        == 1), 'a\\nb'\n\nassert x  # still\n# the end"),
        ('text = """\nassert\n"""', "assert text"),
        ("f(x);", "assert x"),
        ("assert x\ny = 2", "assert y"),
        ("if x:\n    assert x", ""),
        ("assert x\nx", ""),
        ("x = 1; assert x", ""),
        ("%timeit x\nassert x", ""),
        ("", ""),
    ],
)
def test_a_cell_is_cut_before_the_asserts_with_which_it_ends(shown, checks):
    source = f"{shown}\n{checks}" if checks else shown
    assert split_asserts(source) == (shown, checks)


def test_an_assert_beside_a_statement_stays_with_it_and_those_below_are_cut_off():
    assert split_asserts("x = 1; assert x\nassert x > 0") == (
        "x = 1; assert x",
        "assert x > 0",
    )


def test_a_cell_of_asserts_alone_has_nothing_to_show():
    assert split_asserts("# two\nassert a\nassert b") == ("", "# two\nassert a\nassert b")


@pytest.mark.parametrize(
    ("source", "shows"),
    [("x", True), ("f(x)", True), ("print(x)", False), ("x = f()", False), ("", False)],
)
def test_it_is_known_whether_a_cell_shows_a_value(source, shows):
    assert shows_a_value(source) is shows


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_cutting_loses_nothing_in_the_notebooks(path):
    cut = 0
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code":
            shown, checks = split_asserts(cell.source)
            assert "\n".join(filter(None, [shown, checks])) == cell.source
            both = ast.parse(shown).body + ast.parse(checks).body
            assert ast.dump(ast.Module(both, [])) == ast.dump(
                ast.Module(ast.parse(cell.source).body, [])
            )
            assert all(isinstance(node, ast.Assert) for node in ast.parse(checks).body)
            cut += bool(checks)
    assert cut > 3


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_workbook_runs_the_code_of_the_notebook_in_its_order_and_shows_no_more(path):
    """Statement by statement; a cell whose checks moved out ends in what shows nothing."""

    def statements(cells):
        sources = [without_solution(cell.source) for cell in cells if cell.cell_type == "code"]
        return [ast.dump(node) for source in sources for node in ast.parse(source).body]

    original = nbformat.read(path, as_version=4).cells
    workbook = nbformat.reads(unsolved(path).decode(), as_version=4).cells
    assert statements(workbook) == statements(original)
    assert len({cell.id for cell in workbook}) == len(workbook)
    for cell, following in zip(workbook, workbook[1:], strict=False):
        if following.id == f"{cell.id}-checks":
            assert not shows_a_value(cell.source)
            assert following.metadata.jupyter.source_hidden
            assert "nbgrader" not in following.metadata | cell.metadata
