"""A workbook that nobody has touched runs from top to bottom; its checks say what is left to do.

nbval runs the story of each notebook, and a rule of the contract keeps it from using what an exercise
defines. What is left are the untouched exercises of each notebook, and one workbook as a whole.
"""

import ast
import os

import nbformat
import pytest

import matnn_lab.lessons
from matnn_lab.lessons import check
from matnn_lab.course.workbook import unsolved
from matnn_lab.course.execute import KERNEL_ENVIRONMENT, NOTEBOOKS, client_for

PATHS = sorted(NOTEBOOKS.glob("*.ipynb"))
# the shortest: nbval runs the story of all
WHOLE = NOTEBOOKS / "06_crystals_as_graphs.ipynb"
OF_THE_LAB = {
    name: value
    for name, value in KERNEL_ENVIRONMENT.items()
    if name not in ("MATNN_BAKE", "NBGRADER_EXECUTION")
}


def workbook_of(path):
    return nbformat.reads(unsolved(path).decode(), as_version=4)


def imports(source):
    """Give the imports of a cell, which is all that an exercise may need of the story."""
    body = ast.parse(source).body
    kept = [node for node in body if isinstance(node, ast.Import | ast.ImportFrom)]
    return ast.unparse(ast.Module(kept, []))


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_untouched_exercises_run_and_their_checks_say_so(path, monkeypatch):
    messages, names = [], {"__name__": "__main__"}
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    monkeypatch.setattr(
        matnn_lab.lessons, "check", lambda *answer: messages.append(check(*answer).message)
    )
    for cell in workbook_of(path).cells:
        if cell.cell_type == "code":
            of_exercise = "nbgrader" in cell.metadata
            exec(cell.source if of_exercise else imports(cell.source), names)
    assert len(messages) >= 3
    assert [message for message in messages if "not solved yet" not in message] == []


def test_an_untouched_workbook_stops_nowhere(tmp_path):
    workbook = workbook_of(WHOLE)
    client = client_for(workbook, tmp_path, allow_errors=True)
    environment = {key: value for key, value in os.environ.items() if key != "NBGRADER_EXECUTION"}
    client.execute(env=environment | OF_THE_LAB)
    outputs = [
        (place, output)
        for place, cell in enumerate(workbook.cells, start=1)
        for output in cell.get("outputs", [])
    ]
    stopped = [
        f"cell {place}: {output.ename}: {output.evalue}"
        for place, output in outputs
        if output.output_type == "error"
    ]
    assert stopped == []
    checks = sum(cell.metadata.get("nbgrader", {}).get("grade", False) for cell in workbook.cells)
    told = [output for _place, output in outputs if "not solved yet" in str(output.get("data"))]
    assert len(told) == checks >= 3
