"""nbgrader releases and grades the notebooks as they are: no release of our own is needed."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from nbgrader.api import Gradebook
from nbgrader.nbgraderformat import MetadataValidator
from nbgrader.utils import is_grade, is_solution

from matnn_lab.course.execute import METADATA, NOTEBOOKS
from matnn_lab.course.teaching import PLAN, make_class, read_plan
from matnn_lab.course.workbook import unsolved

PATHS = sorted(NOTEBOOKS.glob("*.ipynb"))
EXERCISE = """from matnn_lab.classroom import ask
from matnn_lab.classroom.exercises import exercise

@exercise("97.1")
def double(answer):
    if ask.function(answer, "double(x)").number(4.0) != 8.0:
        return "Twice four is eight."
"""


@pytest.fixture(scope="module", autouse=True)
def _environment():
    with pytest.MonkeyPatch.context() as patch:
        # nbgrader calls alembic by its name
        patch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)
        patch.delenv("NBGRADER_EXECUTION", raising=False)
        yield


def nbgrader(folder, *arguments):
    subprocess.run(
        [sys.executable, "-m", "nbgrader", *arguments],
        cwd=folder,
        check=True,
        capture_output=True,
    )


@pytest.fixture(scope="module")
def graded(_environment, tmp_path_factory, nbgrader_metadata):
    """Scores of a solved, a wrong and an untouched submission, through the real nbgrader."""
    root = tmp_path_factory.mktemp("teaching")
    solution = "def double(x):\n    ### BEGIN SOLUTION\n    return 2 * x\n    ### END SOLUTION"
    cells = [
        new_code_cell(EXERCISE),
        new_code_cell("two = 2\nassert two == 1 + 1  # set apart in a workbook"),
        new_code_cell(solution, metadata={"nbgrader": nbgrader_metadata("ex-97-1", solution=True)}),
        new_code_cell(
            'from matnn_lab.lessons import check\ncheck("97.1", double)',
            metadata={"nbgrader": nbgrader_metadata("check-97-1", solution=False)},
        ),
    ]
    source = root / "source" / "course" / "97_tiny.ipynb"
    source.parent.mkdir(parents=True)
    nbformat.write(new_notebook(cells=cells, metadata=METADATA), source)

    nbgrader(root, "generate_assignment", "course", "--create")
    released = (root / "release" / "course" / "97_tiny.ipynb").read_text()
    workbook = unsolved(source).decode()
    submissions = {
        "workbook": workbook.replace("raise NotImplementedError()", "return x + x"),
        "untouched workbook": workbook,
        "solved": source.read_text(),
        "wrong": released.replace("raise NotImplementedError()", "return x ** 2"),
        "untouched": released,
    }
    for student, text in submissions.items():
        path = root / "submitted" / student / "course" / "97_tiny.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(text)
    nbgrader(root, "autograde", "course")
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}") as gradebook:
        scores = {
            student: gradebook.find_submission("course", student).score for student in submissions
        }
    feedback = nbformat.read(
        root / "autograded" / "wrong" / "course" / "97_tiny.ipynb", as_version=4
    )
    return released, scores, feedback


def test_a_released_notebook_holds_no_solution(graded):
    assert "2 * x" not in graded[0]
    assert "raise NotImplementedError()" in graded[0]


def test_a_solved_submission_or_workbook_gets_all_points_and_others_none(graded):
    scores = {"solved": 1, "wrong": 0, "untouched": 0, "workbook": 1, "untouched workbook": 0}
    assert graded[1] == scores


def test_the_graded_notebook_holds_the_hint(graded):
    (output,) = graded[2].cells[-1].outputs
    assert (output.ename, output.evalue) == ("AssertionError", "Twice four is eight.")


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_the_metadata_of_the_course_are_valid(path):
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        MetadataValidator().validate_cell(cell)
    grade_ids = [
        cell.metadata.nbgrader.grade_id for cell in notebook.cells if "nbgrader" in cell.metadata
    ]
    assert len(grade_ids) == len(set(grade_ids))
    graded = sum(map(is_grade, notebook.cells))
    assert graded == sum(map(is_solution, notebook.cells)) >= 3


def test_nbgrader_releases_the_notebooks_of_the_course(tmp_path):
    source = tmp_path / "source" / "course"
    source.mkdir(parents=True)
    for path in PATHS:
        shutil.copy(path, source)
    nbgrader(tmp_path, "generate_assignment", "course", "--create")
    released = (tmp_path / "release" / "course").glob("*.ipynb")
    assert sorted(path.name for path in released) == [path.name for path in PATHS]


def test_a_class_is_made_from_its_plan_and_nbgrader_releases_it(tmp_path):
    folder = tmp_path / "my class"
    (said,) = make_class(folder)
    assert "write your plan there" in said
    make_class(folder)
    nbgrader(folder, "generate_assignment", "gradient")
    (released,) = (folder / "release/gradient").glob("*.ipynb")
    assert "BEGIN SOLUTION" not in released.read_text(encoding="utf-8")
    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as gradebook:
        assert gradebook.find_assignment("gradient").duedate.isoformat() == "2027-04-15T09:00:00"
        assert gradebook.find_assignment("gradient").max_score == 5
    trust = nbformat.read(folder / "source/trust/16_splits.ipynb", as_version=4)
    assert {cell.metadata.nbgrader.points for cell in trust.cells if is_grade(cell)} == {2}


def test_what_is_handed_out_links_only_to_what_lies_beside_it(tmp_path):
    (tmp_path / PLAN).write_text('[[assignment]]\nname = "start"\nnotebooks = ["00", "01"]\n')
    make_class(tmp_path)
    nbgrader(tmp_path, "generate_assignment", "start")
    released = sorted((tmp_path / "release/start").glob("*.ipynb"))
    names = {path.name for path in released}
    links, words = set(), ""
    for path in released:
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type == "markdown":
                links |= set(re.findall(r"\]\(([^)]*)\)", cell.source))
                words += cell.source
    assert {link for link in links if "://" not in link} == {"01_layers_and_activations.ipynb"}
    assert len(names) == 2
    assert '<abbr title="' in words
    assert "| 20 | Capstone |" in words


def test_a_second_run_keeps_the_notebooks_and_moves_the_dates(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", os.defpath)  # as where no environment was activated
    make_class(tmp_path)
    make_class(tmp_path)
    mine = tmp_path / "source/trust/17_metrics_and_ranking.ipynb"
    mine.write_text("mine")
    plan = tmp_path / PLAN
    plan.write_text(plan.read_text().replace("05-13", "06-13"))
    assert any("Kept" in sentence and mine.name in sentence for sentence in make_class(tmp_path))
    assert mine.read_text() == "mine"
    with Gradebook(f"sqlite:///{tmp_path / 'gradebook.db'}") as gradebook:
        assert gradebook.find_assignment("trust").duedate.month == 6


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('["03"]', '["99"]', "no notebook '99' for gradient"),
        ('["03"]', "[]", "names none"),
        ('"gradient"', '"trust"', "a name of its own"),
        ('"gradient"', '"a b"', "letters, digits"),
        ("weight = 1", "weight = 0", "a number above 0"),
        ("weight = 1", "weigth = 1", "has 'weigth'"),
        ("+09:00", "", "a date, a time and a zone"),
        ("[[assignment]]", "[[assignment", "cannot be read"),
    ],
)
def test_a_slip_in_the_plan_is_told_in_one_sentence(tmp_path, before, after, said):
    make_class(tmp_path)
    plan = tmp_path / PLAN
    plan.write_text(plan.read_text().replace(before, after, 1))
    with pytest.raises(ValueError, match=said):
        read_plan(plan)
