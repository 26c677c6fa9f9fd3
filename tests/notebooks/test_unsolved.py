"""A workbook that nobody has touched runs from top to bottom; its checks say what is left to do."""

import os

import nbformat
import pytest

from matnn_lab.classroom.workbook import unsolved
from matnn_lab.publishing.execute import KERNEL_ENVIRONMENT, NOTEBOOKS, client_for

PATHS = sorted(NOTEBOOKS.glob("*.ipynb"))
OF_THE_LAB = {
    name: value
    for name, value in KERNEL_ENVIRONMENT.items()
    if name not in ("MATNN_BAKE", "NBGRADER_EXECUTION")
}


@pytest.fixture(scope="module", params=PATHS, ids=lambda path: path.stem)
def untouched(request, tmp_path_factory):
    """The executed workbook, with the cells of the solved notebook beside its own."""
    notebook = nbformat.reads(unsolved(request.param).decode(), as_version=4)
    client = client_for(notebook, tmp_path_factory.mktemp("workbook"), allow_errors=True)
    environment = {key: value for key, value in os.environ.items() if key != "NBGRADER_EXECUTION"}
    client.execute(env=environment | OF_THE_LAB)
    solved = nbformat.read(request.param, as_version=4)
    return list(zip(notebook.cells, solved.cells, strict=True))


def test_no_cell_stops(untouched):
    stopped = [
        f"cell {place}: {output.ename}: {output.evalue}"
        for place, (cell, _original) in enumerate(untouched, start=1)
        for output in cell.get("outputs", [])
        if output.output_type == "error"
    ]
    assert stopped == []


def test_each_check_says_that_its_exercise_is_not_solved(untouched):
    checks = [
        cell
        for cell, original in untouched
        if original.metadata.get("nbgrader", {}).get("grade", False)
    ]
    assert len(checks) >= 3
    for cell in checks:
        (output,) = cell.outputs
        assert "not solved yet" in output.data["text/plain"], cell.source
