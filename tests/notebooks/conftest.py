"""A notebook in small that keeps the contract."""

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from matnn_lab.course.execute import METADATA
from tests.notebooks.explored import explored

HEAD = """# 03 · A small notebook

**Question.** How small can it be?

**You will learn to**
- say one thing,
- say another,
- stop.

**Time.** 20 minutes in all.

**Where this stands.** [02 Losses] ← **03** → [04 Overfitting]; it needs nothing."""

STATEMENT = """### Exercise 03.{k} · Count

Count to three.

<details>
<summary>Hint</summary>

Begin with one.

</details>"""

SOLUTION = """def count():
    ### BEGIN SOLUTION
    return [1, 2, 3]
    ### END SOLUTION"""

END = """## Common misconceptions

- It is long. It is not.

## What you may now claim

That it is small. You may not claim more.

## References

- A paper: [10.1000/Small](https://doi.org/10.1000/Small)"""


def explorer_cell(k):
    payload = explored(lambda height: [0, height])
    data = {"application/vnd.matnn.explorer+json": payload, "text/plain": "An explorer."}
    return new_code_cell(
        f"explorer_{k}()", outputs=[new_output("execute_result", data=data, execution_count=1)]
    )


def figure_cell():
    figure = {"data": [], "layout": {"meta": {"alt": "A line from the origin to the right"}}}
    data = {"application/vnd.plotly.v1+json": figure}
    return new_code_cell(
        "figure = 1\nfigure", outputs=[new_output("execute_result", data=data, execution_count=1)]
    )


def exercise_cells(k, nbgrader_metadata):
    solution = new_code_cell(SOLUTION)
    solution.metadata = {
        "tags": ["hide-input"],
        "mystnb": {
            "code_prompt_show": "Show the solution",
            "code_prompt_hide": "Hide the solution",
        },
        "nbgrader": nbgrader_metadata(f"ex-03-{k}", solution=True),
    }
    check = new_code_cell(f'check("03.{k}", count)')
    check.metadata["nbgrader"] = nbgrader_metadata(f"check-03-{k}", solution=False)
    return [new_markdown_cell(STATEMENT.format(k=k)), solution, check]


@pytest.fixture
def small(nbgrader_metadata):
    """Return a notebook that keeps every rule, made anew for each test."""
    table = "| model | before | after |\n|---|---|---|\n| line | 2 | 1 |"
    cells = [
        new_markdown_cell(HEAD),
        new_code_cell("import numpy as np\n\nx = np.ones(3)\nassert x.sum() == 3"),
        new_markdown_cell("## 1 · Begin (5 min)\n\nPredict first: does it rise?"),
        explorer_cell(1),
        new_markdown_cell("## 2 · Go on (5 min)\n\nWhat happens at the end? Predict it first."),
        explorer_cell(2),
        *(cell for k in (1, 2, 3) for cell in exercise_cells(k, nbgrader_metadata)),
        new_markdown_cell(f"## 3 · Stop (5 min)\n\n{table}"),
        figure_cell(),
        new_markdown_cell("## Quiz (5 min)"),
        new_code_cell('from matnn_lab.lessons import quiz\nquiz("03")'),
        new_markdown_cell(END),
    ]
    count = 0
    for index, cell in enumerate(cells):
        cell.id = f"cell-{index}"
        if cell.cell_type == "code":
            count += 1
            cell.execution_count = count
    return new_notebook(cells=[nbformat.from_dict(cell) for cell in cells], metadata=METADATA)
