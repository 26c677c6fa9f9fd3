"""Papers are written whole or not at all, show neither answer nor seed, and are graded by nbgrader."""

import os
import sys
from pathlib import Path

import nbformat
import pytest
from nbgrader.apps.api import NbGraderAPI
from nbgrader.nbgraderformat import MetadataValidator
from traitlets.config import Config

from matnn_lab import __main__ as main
from matnn_lab.course.examination import make_examination
from matnn_lab.lessons import TOPICS, examination, question

SEED = 918273645


def write(output, notebooks=("05.1", "17"), seed=(SEED,), students=None, name="mid-term"):
    return make_examination(list(notebooks), list(seed), students, name, output)


def code(path, start=""):
    cells = nbformat.read(path, as_version=4).cells
    return [cell.source for cell in cells if cell.cell_type == "code" and cell.id.startswith(start)]


def test_a_paper_shows_neither_the_answers_nor_the_hints_nor_the_seed(tmp_path):
    write(tmp_path, notebooks=TOPICS)
    text = (tmp_path / "papers" / "mid-term.ipynb").read_text(encoding="utf-8")
    source = (tmp_path / "source" / "mid-term" / "mid-term.ipynb").read_text(encoding="utf-8")
    assert str(SEED) in source
    assert str(SEED) not in text
    assert "This is the right answer" in source
    assert "mark(" not in text
    for number in (number for notebook in TOPICS for number in examination(notebook)):
        for _value, hint in question(number, SEED).mistakes:
            assert hint in source
            assert hint not in text


def test_the_marks_of_a_paper_are_those_of_nbgrader_with_the_points_of_each_question(tmp_path):
    write(tmp_path)
    points = [question(number, SEED).points for number in ("05.1", "17.1", "17.2")]
    assert points == [1, 2, 2]
    for path in tmp_path.rglob("*.ipynb"):
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
        for cell in notebook.cells:
            MetadataValidator().validate_cell(cell)
        marks = [cell.metadata.get("nbgrader", {}) for cell in notebook.cells]
        assert [mark["points"] for mark in marks if "points" in mark] == points
        titles = [
            cell.source.split("\n")[0] for cell in notebook.cells if "Question" in cell.source
        ]
        assert titles[:2] == ["## Question 1 (1 point)", "## Question 2 (2 points)"]
        assert "There are 5 points to be had." in notebook.cells[0].source


def test_nothing_is_overwritten_and_nothing_written_beside_what_is_there(tmp_path):
    write(tmp_path, seed=[2], name="a")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.ipynb")}
    with pytest.raises(FileExistsError, match="is there already"):
        write(tmp_path, seed=[3], name="a")
    (tmp_path / "papers" / "b_2.ipynb").write_text("mine")
    with pytest.raises(FileExistsError):
        write(tmp_path, seed=[1, 2], name="b")
    assert not (tmp_path / "papers" / "b_1.ipynb").exists()
    assert {path: path.read_bytes() for path in before} == before


def test_each_student_has_numbers_of_her_own_whoever_else_is_there(tmp_path):
    table = tmp_path / "names.csv"
    table.write_text("name,mail\nAnna Ott,a@x\nBen,b@x\n", encoding="utf-8")
    write(tmp_path / "one", students=table)
    table.write_text("Ben\nCleo\nAnna Ott\n", encoding="utf-8")
    write(tmp_path / "two", students=table)
    papers = {path.name: path for path in (tmp_path / "one" / "papers").iterdir()}
    assert sorted(papers) == ["mid-term_Anna_Ott.ipynb", "mid-term_Ben.ipynb"]
    assert code(papers["mid-term_Ben.ipynb"])[1] != code(papers["mid-term_Anna_Ott.ipynb"])[1]
    for name, path in papers.items():
        assert path.read_bytes() == (tmp_path / "two" / "papers" / name).read_bytes()


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"notebooks": ["21"]}, "no notebook '21'"),
        ({"notebooks": ["17.5"]}, "no examination question '17.5'"),
        ({"name": "a+b"}, "letters, digits"),
        ({"seed": [-1]}, "from 0 on"),
    ],
)
def test_a_slip_is_told_in_one_sentence(tmp_path, asked, said):
    with pytest.raises(ValueError, match=said):
        write(tmp_path, **asked)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (
            "Ott, Anna\nOtt, Berta\n",
            "Row 1 of .*names.csv has more cells than expected .Ott . Anna.;",
        ),
        ('name\n"Ott, Anna"\nOtt, Berta\n', "Row 3 of "),
        ("name,mail\nAnna,a@x\nOtt, Berta,b@x\n", "Row 3 of .*Ott . Berta . b@x"),
        ("Anna,a@x\n", "Row 1 of .* row of headings that begins with name"),
        ("name;mail\nAnna;a@x\n", "Row 1 of .*part columns with commas"),
        ("Anna\n\nBen\nAnna\n", "Rows 1 and 4 of .* the same name"),
        ("name,mail\n,a@x\n", "Row 2 of .* no name in its first cell"),
        ('Anna\n"Ben\n', "cannot be read: .*; save it as CSV in UTF-8"),
        ("\n", "names no student"),
    ],
)
def test_a_class_list_that_cannot_be_understood_is_told_with_the_row(tmp_path, table, said):
    (tmp_path / "names.csv").write_text(table, encoding="utf-8")
    with pytest.raises(ValueError, match=said):
        write(tmp_path, students=tmp_path / "names.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["names.csv"]


def test_a_class_list_of_another_encoding_is_told(tmp_path):
    (tmp_path / "names.csv").write_bytes("Jürgen\n".encode("cp1252"))
    with pytest.raises(ValueError, match="save it as CSV in UTF-8"):
        write(tmp_path, students=tmp_path / "names.csv")


def test_a_name_in_quotation_marks_may_have_a_comma(tmp_path):
    table = tmp_path / "names.csv"
    table.write_text('name,mail\n"Ott, Anna",a@x\nBen,\n', encoding="utf-8")
    write(tmp_path, students=table)
    papers = sorted(path.name for path in (tmp_path / "papers").iterdir())
    assert papers == ["mid-term_Ben.ipynb", "mid-term_Ott__Anna.ipynb"]


def test_the_command_writes_a_paper_and_without_a_seed_nobody_can_guess_it(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(main, "has_course", lambda: False)  # it works in this very process
    for name in ("one", "two"):
        asked = ["--notebooks", "00", "--name", name, "--output", str(tmp_path)]
        monkeypatch.setattr(sys, "argv", ["matnn_lab", "examination", *asked])
        assert main.main() == 0
    assert main.main() == 1
    said = capsys.readouterr()
    assert "is there already" in said.err
    assert "with --seed " in said.out
    first, second = (code(tmp_path / "papers" / f"{name}.ipynb")[1] for name in ("one", "two"))
    assert first != second


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """The scores and what was said, of three students, through the real nbgrader."""
    root = tmp_path_factory.mktemp("examination")
    write(root)
    paper = root / "papers" / "mid-term.ipynb"
    drawn = [question(number, SEED) for number in ("05.1", "17.1", "17.2")]
    handed = {
        "right": [round(float(each.answer), each.decimals) for each in drawn],
        "wrong": [float(each.mistakes[0][0]) for each in drawn],
        "mixed": [float(drawn[0].answer), "a text"],  # and the last one untouched
    }
    for student, answers in handed.items():
        notebook = nbformat.read(paper, as_version=4)
        cells = [cell for cell in notebook.cells if cell.id.startswith("answer")]
        for count, (cell, answer) in enumerate(zip(cells, answers, strict=False), start=1):
            given = f"answer_{count} = {answer!r}"
            cell.source = cell.source.replace("raise NotImplementedError()", given)
        path = root / "submitted" / student / "mid-term" / paper.name
        path.parent.mkdir(parents=True)
        nbformat.write(notebook, path)
    with pytest.MonkeyPatch.context() as patch:
        # nbgrader calls alembic by its name
        patch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)
        patch.delenv("NBGRADER_EXECUTION", raising=False)
        nbgrader = NbGraderAPI(config=Config({"CourseDirectory": {"root": str(root)}}))
        done = [nbgrader.generate_assignment("mid-term")]
        done += [nbgrader.autograde("mid-term", student) for student in handed]
        assert [each["log"] for each in done if not each["success"]] == []
        with nbgrader.gradebook as gradebook:
            scores = {
                student: gradebook.find_submission("mid-term", student).score for student in handed
            }
    return root, scores, drawn


def test_nbgrader_gives_full_points_to_right_answers_and_none_to_wrong_ones(graded):
    assert graded[1] == {"right": 5, "wrong": 0, "mixed": 1}


def test_nbgrader_releases_the_paper_as_it_was_written(graded):
    root, _scores, _drawn = graded
    written, released = root / "papers" / "mid-term.ipynb", root / "release" / "mid-term"
    assert code(written) == code(released / written.name)


def test_the_hint_stands_in_the_graded_paper_only(graded):
    root, _scores, drawn = graded
    path = root / "autograded" / "wrong" / "mid-term" / "mid-term.ipynb"
    cells = nbformat.read(path, as_version=4).cells
    said = [cell.outputs[-1].evalue for cell in cells if cell.id.startswith("check")]
    assert said == [each.mistakes[0][1] for each in drawn]
