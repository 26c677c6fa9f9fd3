"""Every exercise of the course refuses more than 200 bad answers, each with a hint."""

import json
from dataclasses import replace

import pytest

from matnn_lab.course.execute import NOTEBOOKS
from matnn_lab.lessons import TOPICS, exercises

EXERCISES = [exercise for notebook in TOPICS for exercise in exercises(notebook)]


def name(exercise):
    return exercise.number


@pytest.mark.filterwarnings("ignore:coroutine")
@pytest.mark.parametrize("exercise", EXERCISES, ids=name)
def test_no_bad_answer_is_accepted(exercise, bad_answers, endless_answers):
    hints = {label: exercise.hint(answer) for label, answer in bad_answers.items()}
    # the time limit is the same for all exercises: test_checking.py tries it in other ways
    endless = endless_answers["never returns"]
    hints["never returns"] = replace(exercise, seconds=0.1).hint(endless)
    assert [label for label, hint in hints.items() if hint is None] == []
    assert [label for label, hint in hints.items() if not 10 < len(hint) < 600] == []
    assert [label for label, hint in hints.items() if "at fault" in hint] == []


@pytest.mark.parametrize("exercise", EXERCISES, ids=name)
def test_hints_are_sentences(exercise):
    for answer in (0.0, [1.0], "text", lambda: None, lambda *arguments: 0.5):
        hint = exercise.hint(answer)
        assert hint[-1] in ".?!", hint
        assert "\n" not in hint


@pytest.mark.parametrize("exercise", EXERCISES, ids=name)
def test_the_solution_in_the_notebook_is_accepted(exercise):
    (path,) = NOTEBOOKS.glob(f"{exercise.number[:2]}_*.ipynb")
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    outputs = [
        "".join(output.get("data", {}).get("text/plain", ""))
        for cell in cells
        if f'check("{exercise.number}"' in "".join(cell["source"])
        for output in cell.get("outputs", [])
    ]
    assert len(outputs) == 1
    assert outputs[0].startswith("✓ Right.")
