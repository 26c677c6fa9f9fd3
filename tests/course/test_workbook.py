"""A workbook holds no solution, is made once, and only ever grows."""

import json
import os
import re
import signal
import subprocess
import sys
import time

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from nbgrader.preprocessors import ClearSolutions

import matnn_lab
from matnn_lab.course import workbook
from matnn_lab.course.execute import METADATA, NOTEBOOKS
from matnn_lab.course.workbook import (
    definitions,
    make_workbook,
    make_workbook_where_it_can_be,
    unsolved,
    without_solution,
)

SOLUTION = """def slope(x):
    ### BEGIN SOLUTION
    factor = 2
    return factor * x
    ### END SOLUTION"""
PATHS = sorted(NOTEBOOKS.glob("*.ipynb"))


def write(folder, name="03_descent.ipynb", text="Story"):
    cell = new_code_cell(SOLUTION, execution_count=1, id="solution")
    cell.metadata = {
        "tags": ["hide-input"],
        "jupyter": {"source_hidden": True},
        "mystnb": {"code_prompt_show": "Show the solution"},
        "nbgrader": {"solution": True, "grade": False, "grade_id": "ex-03-1"},
    }
    cell.outputs = [new_output("stream", text="factor is 2")]
    notebook = new_notebook(
        cells=[new_markdown_cell(text, id="story"), cell],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}, "widgets": {}},
    )
    folder.mkdir(exist_ok=True)
    nbformat.write(notebook, folder / name)
    return folder / name


@pytest.fixture
def course(tmp_path):
    write(tmp_path / "course")
    return tmp_path / "course"


@pytest.fixture
def book(tmp_path):
    return tmp_path / "workbook"


def names(folder):
    return sorted(path.name for path in folder.glob("*.ipynb"))


def test_the_solution_becomes_a_stub_at_its_own_indent():
    assert without_solution(SOLUTION) == (
        "def slope(x):\n    # YOUR CODE HERE\n    raise NotImplementedError()"
    )


def test_hidden_tests_are_left_out():
    source = "a = 1\n### BEGIN HIDDEN TESTS\nassert a == 2\n### END HIDDEN TESTS\nb = 2"
    assert without_solution(source) == "a = 1\nb = 2"


@pytest.mark.parametrize(
    "source",
    [
        "### BEGIN SOLUTION\nx",
        "x\n### END SOLUTION",
        "### BEGIN SOLUTION\n### BEGIN SOLUTION\n### END SOLUTION",
        "### BEGIN SOLUTION\n### END HIDDEN TESTS",
        "### BEGIN HIDDEN TESTS",
    ],
)
def test_marks_that_do_not_match_are_told_in_one_sentence(source, course, book):
    with pytest.raises(ValueError, match=r"^[^.]*(begins|before|after)[^.]*\.$"):
        without_solution(source)
    notebook = new_notebook(cells=[new_code_cell("1"), new_code_cell(source)])
    nbformat.write(notebook, course / "05_wrong.ipynb")
    with pytest.raises(ValueError, match="Cell 2 of 05_wrong.ipynb: "):
        make_workbook(book, course)


def by_nbgrader(source):
    cell = new_code_cell(source)
    cell.metadata["nbgrader"] = {
        "schema_version": 3,
        "grade_id": "ex-03-1",
        "solution": True,
        "grade": False,
        "locked": False,
        "task": False,
    }
    notebook = new_notebook(cells=[cell], metadata=METADATA)
    return ClearSolutions().preprocess(notebook, {})[0].cells[0].source


lines = st.lists(st.sampled_from(["x = 1", "", "    y = 2", "\tz = 3", "# END", "def f():"]))


@given(
    st.lists(
        st.tuples(lines, st.sampled_from(["", "    ", "\t"]), lines),
        min_size=1,
        max_size=3,
    ),
    lines,
)
def test_solutions_are_taken_out_as_nbgrader_does_it(regions, tail):
    source = []
    for before, indent, inside in regions:
        source += [*before, f"{indent}### BEGIN SOLUTION", *inside, f"{indent}### END SOLUTION"]
    source = "\n".join([*source, *tail])
    assert without_solution(source) == by_nbgrader(source)


def test_a_solution_cell_without_marks_is_taken_out_whole_as_nbgrader_does_it():
    assert without_solution("x = 1\ny = 2", whole=True) == by_nbgrader("x = 1\ny = 2")


def test_nothing_of_a_solution_its_outputs_or_its_metadata_is_left(course):
    text = unsolved(course / "03_descent.ipynb").decode()
    for leak in ("factor", "SOLUTION", "hidden", "hide", "Show the", "widgets"):
        assert leak not in text
    notebook = nbformat.reads(text, as_version=4)
    nbformat.validate(notebook)
    assert [cell.id for cell in notebook.cells] == ["story", "solution"]
    assert notebook.cells[1].execution_count is None
    assert text.endswith("}\n")


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_no_solution_of_the_course_leaks(path):
    released = unsolved(path).decode()
    kept = {
        line.strip()
        for cell in nbformat.reads(released, as_version=4).cells
        for line in cell.source.splitlines()
    }
    solutions = set()
    elsewhere = set()
    for cell in nbformat.read(path, as_version=4).cells:
        inside = False
        for line in map(str.strip, cell.source.splitlines()):
            if "BEGIN SOLUTION" in line or "END SOLUTION" in line:
                inside = "BEGIN" in line
            else:
                (solutions if inside else elsewhere).add(line)
    assert len(solutions) >= 3
    assert solutions & kept <= elsewhere
    assert '"outputs": []' in released
    assert '"output_type"' not in released


def test_a_workbook_is_made_with_all_notebooks(course, book):
    write(course, "05_composition.ipynb")
    report = make_workbook(book, course)
    assert names(book) == report.added == ["03_descent.ipynb", "05_composition.ipynb"]
    assert str(report) == f"Added to {book}: 03_descent.ipynb, 05_composition.ipynb."


def test_a_link_to_the_book_which_a_workbook_lacks_becomes_its_words(tmp_path):
    path = write(tmp_path / "course", text="A *[loss](../book/glossary.md#term-Loss)* falls.")
    assert nbformat.reads(unsolved(path).decode(), as_version=4).cells[0].source == (
        "A *loss* falls."
    )


def test_a_term_comes_with_its_definition(tmp_path):
    path = write(tmp_path / "course", text="A *[loss](../book/glossary.md#term-Loss)* falls.")
    content = unsolved(path, terms={"Loss": 'The "cost" of a < b.'})
    assert nbformat.reads(content.decode(), as_version=4).cells[0].source == (
        'A *<abbr title="The &quot;cost&quot; of a &lt; b.">loss</abbr>* falls.'
    )


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_a_copy_links_only_to_what_lies_beside_it(path):
    cells = nbformat.reads(unsolved(path, terms=definitions()).decode(), as_version=4).cells
    words = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    links = {link for link in re.findall(r"\]\(([^)]*)\)", words) if "://" not in link}
    assert links <= {each.name for each in PATHS}


def test_every_term_that_a_notebook_links_has_a_plain_definition():
    terms = definitions()
    linked = set()
    for path in NOTEBOOKS.glob("*.ipynb"):
        linked |= set(re.findall(r"glossary\.md#term-([^)]*)\)", path.read_text("utf-8")))
    assert len(linked) > 100
    assert linked <= set(terms)
    assert all(10 < len(text) < 250 for text in terms.values())
    assert not [text for text in terms.values() if re.search(r"[{}`$\\*]|cite|math", text)]
    assert "the mean of (ŷ - y)^2." in terms["MSE"]
    assert terms["Activation-function"].startswith("The function")


def test_a_better_definition_alone_is_no_newer_version(tmp_path, book, monkeypatch):
    course = tmp_path / "course"
    write(course, text="A *[loss](../book/glossary.md#term-Loss)* falls.")
    make_workbook(book, course)
    monkeypatch.setattr(workbook, "definitions", lambda: {"Loss": "Another sentence."})
    assert make_workbook(book, course).added == []


def test_a_second_run_keeps_every_edit(course, book):
    make_workbook(book, course)
    (book / "03_descent.ipynb").write_text("her own work")
    before = {path: path.stat().st_mtime_ns for path in book.iterdir()}
    report = make_workbook(book, course)
    assert (book / "03_descent.ipynb").read_text() == "her own work"
    assert {path: path.stat().st_mtime_ns for path in book.iterdir()} == before
    assert str(report) == "Kept as you left it: 03_descent.ipynb."


def test_a_newer_version_is_put_beside_once(course, book, monkeypatch):
    make_workbook(book, course)
    (book / "03_descent.ipynb").write_text("her own work")
    monkeypatch.setattr(matnn_lab, "__version__", "0.2.0")
    write(course, text="A better story")
    beside = "03_descent (version 0.2.0).ipynb"
    assert make_workbook(book, course).added == [beside]
    (book / beside).write_text("more work")
    assert make_workbook(book, course).added == []
    assert (book / "03_descent.ipynb").read_text() == "her own work"
    assert (book / beside).read_text() == "more work"


def test_a_change_of_a_solution_alone_is_no_newer_version(course, book):
    make_workbook(book, course)
    path = course / "03_descent.ipynb"
    path.write_text(path.read_text().replace("factor = 2", "factor = 1 + 1"))
    assert make_workbook(book, course).added == []


def test_what_she_did_not_touch_is_renewed_in_its_place(course, book):
    write(course, "05_composition.ipynb")
    make_workbook(book, course)
    touched = book / "05_composition.ipynb"
    touched.write_text(touched.read_text().replace("Story", "Story with her note"))
    for name in ("03_descent.ipynb", "05_composition.ipynb"):
        write(course, name, text="A better story")
    report = make_workbook(book, course)
    assert report.renewed == ["03_descent.ipynb"]
    assert "Renewed, since you had changed nothing in them: 03_descent.ipynb." in str(report)
    assert len(names(book)) == 3  # and only the other one has a twin
    assert "A better story" in (book / "03_descent.ipynb").read_text()
    assert "her note" in touched.read_text()
    again = make_workbook(book, course)
    assert (again.added, again.renewed) == ([], [])


def test_two_versions_of_one_number_lie_side_by_side(course, book):
    make_workbook(book, course)
    (book / "03_descent.ipynb").write_text("her own work")
    for text in ("second", "third"):
        write(course, text=text)
        make_workbook(book, course)
    version = matnn_lab.__version__
    assert names(book) == [
        f"03_descent (version {version}).ipynb",
        f"03_descent (version {version}, 2).ipynb",
        "03_descent.ipynb",
    ]


def test_a_new_notebook_is_added(course, book):
    make_workbook(book, course)
    write(course, "05_composition.ipynb")
    report = make_workbook(book, course)
    assert (report.added, report.kept) == (["05_composition.ipynb"], ["03_descent.ipynb"])


def test_a_notebook_that_she_deleted_is_made_again(course, book):
    make_workbook(book, course)
    (book / "03_descent.ipynb").unlink()
    assert make_workbook(book, course).added == ["03_descent.ipynb"]


@pytest.mark.parametrize("damage", ["", "{", "[1]", '{"03_descent.ipynb": 5}', "\0"])
def test_a_damaged_record_loses_no_work(course, book, damage):
    make_workbook(book, course)
    (book / "03_descent.ipynb").write_text("her own work")
    (book / ".workbook.json").write_text(damage)
    assert make_workbook(book, course).kept == ["03_descent.ipynb"]
    assert (book / "03_descent.ipynb").read_text() == "her own work"
    assert list(json.loads((book / ".workbook.json").read_text())) == ["03_descent.ipynb"]


def test_where_the_record_is_lost_a_newer_version_is_put_beside_once(course, book):
    for name in ("05_composition.ipynb", "06_crystals.ipynb"):
        write(course, name)
    make_workbook(book, course)
    (book / "03_descent.ipynb").write_text("her own work")
    old = (book / "05_composition.ipynb").read_bytes()
    for name in ("03_descent.ipynb", "05_composition.ipynb"):
        write(course, name, text="A better story")
    (book / ".workbook.json").unlink()
    added = [f"{stem} (version {matnn_lab.__version__}).ipynb" for stem in
             ("03_descent", "05_composition")]  # fmt: skip
    report = make_workbook(book, course)
    assert (report.added, report.renewed) == (added, [])
    assert len(report.kept) == 3  # 06 is as the course writes it now
    assert (book / "03_descent.ipynb").read_text() == "her own work"
    assert (book / "05_composition.ipynb").read_bytes() == old
    assert "A better story" in (book / added[0]).read_text()
    assert make_workbook(book, course).added == []


def test_a_file_of_her_own_under_the_name_of_a_notebook_is_kept(course, book):
    book.mkdir()
    (book / "03_descent.ipynb").write_text("her own work")
    assert len(make_workbook(book, course).added) == 1
    assert (book / "03_descent.ipynb").read_text() == "her own work"


def test_a_file_system_without_links_gets_a_workbook_too(course, book, monkeypatch):
    def link(*arguments):
        raise PermissionError

    monkeypatch.setattr(os, "link", link)
    make_workbook(book, course)
    assert names(book) == ["03_descent.ipynb"]
    assert [path.name for path in book.iterdir() if path.suffix == ".tmp"] == []


@pytest.mark.skipif(sys.platform == "win32", reason="needs a signal that can't be caught")
def test_a_run_that_is_killed_leaves_no_half_notebook(course, book):
    for number in range(40):
        write(course, f"{number:02d}_large.ipynb", text="word " * 100_000)
    program = (
        "from pathlib import Path; from matnn_lab.course.workbook import make_workbook; "
        f"make_workbook(Path({str(book)!r}), Path({str(course)!r}))"
    )
    run = subprocess.Popen([sys.executable, "-c", program])
    while not list(book.glob("*.ipynb")):
        time.sleep(0.001)
    run.send_signal(signal.SIGKILL)
    run.wait()
    assert 0 < len(names(book)) < 41
    for path in book.glob("*.ipynb"):
        nbformat.read(path, as_version=4)
    make_workbook(book, course)
    assert names(book) == names(course)


def test_a_complete_workbook_that_cannot_be_written_to_is_left_for_another_place(
    book, tmp_path, monkeypatch
):
    make_workbook(book)
    monkeypatch.setattr(os, "access", lambda place, mode: place != book)
    report = make_workbook_where_it_can_be([book, tmp_path / "home"])
    assert report.folder == tmp_path / "home"
    assert str(book) in str(report)
    assert len(report.added) == 21


def test_a_course_without_notebooks_is_told(tmp_path, book):
    with pytest.raises(ValueError, match="There are no notebooks in"):
        make_workbook(book, tmp_path)
