"""A workbook that nobody has touched runs to its end and stops only at exercise cells."""

import os

import nbformat
import pytest
from nbclient import NotebookClient

from matnn_lab.classroom.workbook import unsolved
from matnn_lab.publishing.execute import KERNEL_ENVIRONMENT, NOTEBOOKS

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
    client = NotebookClient(
        notebook,
        kernel_name="python3",
        timeout=300,
        allow_errors=True,
        resources={"metadata": {"path": str(tmp_path_factory.mktemp("workbook"))}},
    )
    environment = {key: value for key, value in os.environ.items() if key != "NBGRADER_EXECUTION"}
    client.execute(env=environment | OF_THE_LAB)
    solved = nbformat.read(request.param, as_version=4)
    return list(zip(notebook.cells, solved.cells, strict=True))


def test_only_exercise_cells_stop(untouched):
    stopped = [
        f"cell {place}: {output.ename}: {output.evalue}"
        for place, (cell, original) in enumerate(untouched, start=1)
        if "nbgrader" not in original.metadata
        for output in cell.get("outputs", [])
        if output.output_type == "error"
    ]
    assert stopped == []


def test_each_check_says_that_its_exercise_is_not_solved(untouched):
    results = [
        "".join(output.get("evalue", output.get("data", {}).get("text/plain", "")))
        for cell, original in untouched
        if original.metadata.get("nbgrader", {}).get("grade")
        for output in cell.outputs
    ]
    assert len(results) >= 3
    assert all("not solved yet" in text or "is not defined" in text for text in results), results
