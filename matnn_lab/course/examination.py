"""An examination: a paper with drawn numbers, and its solutions, which nbgrader takes as they are.

The solutions lie where nbgrader looks for the source of an assignment. Their regions of solutions and of
hidden tests are taken out for the paper, as nbgrader does it too; so neither the answer nor the seed stands
in a paper, and nbgrader puts the hidden tests back when it grades.
"""

from __future__ import annotations

import csv
import hashlib
import secrets
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from matnn_lab.classroom.examination import Question
from matnn_lab.course.execute import METADATA
from matnn_lab.course.workbook import unsolved
from matnn_lab.lessons import examination, question
from matnn_lab.text import gettext as _
from matnn_lab.text import ngettext


def make_examination(
    notebooks: list[str], seed: list[int] | None, students: Path | None, name: str, output: Path
) -> list[str]:
    """Write the papers and their solutions; return sentences that say what was done.

    Parameters
    ----------
    notebooks : list of str
        Such as "05" for all examination questions of a notebook, or "05.2" for one of them.
    seed : list of int, optional
        One for each paper; without it, one that nobody can guess.
    students : Path, optional
        A table whose first column names the students: each gets a paper with other numbers.
    name : str
        Of the examination, with letters, digits, - and _.
    output : Path
        The folder of nbgrader's course.

    Raises
    ------
    ValueError
        If something that was asked for makes no sense.
    FileExistsError
        If one of the files is there; then nothing is written.
    """
    if not name.replace("_", "").replace("-", "").isalnum():
        raise ValueError(
            _("The examination {name!r} needs a name of letters, digits, - and _.").format(
                name=name
            )
        )
    numbers = list(dict.fromkeys(number for each in notebooks for number in _questions(each)))
    seeds = seed or [secrets.randbelow(10**12)]
    papers = _seeds(name, seeds, students)
    files = {}
    for paper in papers:
        source = output / "source" / paper / f"{paper}.ipynb"
        files[paper] = source, output / "papers" / f"{paper}.ipynb"
        for file in files[paper]:
            if file.exists():
                raise FileExistsError(
                    _("{path} is there already; give another --name or --output.").format(path=file)
                )
    solved = {paper: solutions(paper, numbers, own) for paper, own in papers.items()}
    for paper, (source, copy) in files.items():
        source.parent.mkdir(parents=True, exist_ok=True)
        copy.parent.mkdir(parents=True, exist_ok=True)
        with source.open("x", encoding="utf-8") as file:
            nbformat.write(solved[paper], file)
        with copy.open("xb") as binary:
            binary.write(unsolved(source))
    wrote = _("Wrote {copy} to hand out, and its solutions {source}.")
    said = [wrote.format(copy=copy, source=source) for source, copy in files.values()]
    again = _("The same command with --seed {seed} draws the same numbers again.")
    return [*said, again.format(seed=" ".join(map(str, seeds)))]


def solutions(title: str, numbers: list[str], seed: int) -> nbformat.NotebookNode:
    """Return the solved paper with these questions, such as "05.2", and the marks of nbgrader."""
    drawn = [question(number, seed) for number in numbers]
    about = _(
        "# {title}\n\n"
        "Each question comes with a cell that holds its numbers. Work there, and give your answer the name "
        "that the question asks for; add as many cells as you like. The cell after it takes your "
        "answer and says whether it has the right form, not whether it is right. You may hand in again "
        "until the end; what counts is what stands in the notebook then."
    ).format(title=title[:1].upper() + title[1:])
    points = sum(each.points for each in drawn)
    about += " " + ngettext(
        "There is {points} point to be had.", "There are {points} points to be had.", points
    ).format(points=points)
    start = "import numpy as np\n\nfrom matnn_lab.lessons import hand_in"
    cells = [new_markdown_cell(about, id="about"), new_code_cell(start, id="start")]
    for count, (number, each) in enumerate(zip(numbers, drawn, strict=True), start=1):
        cells += _cells(count, number, each, seed)
    return new_notebook(cells=cells, metadata=METADATA)


def _cells(count: int, number: str, drawn: Question, seed: int) -> list[nbformat.NotebookNode]:
    """Return the cells of a question: its text, its answer and its check."""
    name, key = f"answer_{count}", number.replace(".", "-")
    title = ngettext(
        "## Question {count} ({points} point)",
        "## Question {count} ({points} points)",
        drawn.points,
    ).format(count=count, points=drawn.points)
    text = drawn.text.format(**{given: _signed(value) for given, value in drawn.given.items()})
    *lines, last = drawn.way.split("\n")
    known = [_comment(_("This is the right answer."), drawn, drawn.answer)]
    known += [_comment(hint, drawn, value) for value, hint in drawn.mistakes]
    region = ["### BEGIN SOLUTION", *lines, f"{name} = {last}", *known, "### END SOLUTION"]
    check = [
        f'print(hand_in("{number}", {name}))',
        "### BEGIN HIDDEN TESTS",
        "from matnn_lab.lessons import mark",
        f'mark("{number}", {seed}, {drawn.fingerprint()}, {name})',
        "### END HIDDEN TESTS",
    ]
    common = {"schema_version": 3, "task": False}
    to_solve = {"grade_id": f"answer-{key}", "grade": False, "solution": True, "locked": False}
    to_grade = {"grade_id": f"check-{key}", "grade": True, "solution": False, "locked": True}
    return [
        new_markdown_cell(f"{title}\n\n{text}\n\n{_form(drawn, name)}", id=f"question-{key}"),
        new_code_cell(
            "\n".join([drawn.code(), *region]),
            id=f"answer-{key}",
            metadata={"nbgrader": common | to_solve},
        ),
        new_code_cell(
            "\n".join(check),
            id=f"check-{key}",
            metadata={"nbgrader": common | to_grade | {"points": drawn.points}},
        ),
    ]


def _form(drawn: Question, name: str) -> str:
    """Return the sentence that says what to hand in."""
    size = np.size(drawn.answer)
    if size > 1:
        form = _("Your answer is an array or a list of {size} numbers; give it the name `{name}`.")
    else:
        form = _("Your answer is a number; give it the name `{name}`.")
    if drawn.unit:
        form += " " + _("It is in {unit}.")
    if drawn.whole:
        form += " " + _("It has to be exact.")
    elif drawn.decimals == 0:
        form += " " + _("You may round it to whole numbers.")
    else:
        form += " " + ngettext(
            "You may round it to {decimals} decimal.",
            "You may round it to {decimals} decimals.",
            drawn.decimals,
        )
    return form.format(name=name, unit=drawn.unit, decimals=drawn.decimals, size=size)


def _signed(value: Any) -> str:
    """Return a number as prose writes it: a hyphen is a minus in code only."""
    return f"{value}".replace("-", "−") if isinstance(value, int | float) else f"{value}"


def _comment(sentence: str, drawn: Question, value: Any) -> str:
    return f"# {drawn.shown(value)}: {sentence}"


def _questions(asked: str) -> list[str]:
    """Return the questions that "05" or "05.2" asks for."""
    known = examination(asked[:2])
    if asked != asked[:2] and asked not in known:
        question(asked, 0)  # says what there is
    return [number for number in known if asked in (number[:2], number)]


def _seeds(name: str, seeds: list[int], students: Path | None) -> dict[str, int]:
    """Return the seed of each paper by its name."""
    if min(seeds) < 0 or (students and len(seeds) > 1):
        raise ValueError(_("Give whole seeds from 0 on, and with --students one seed at most."))
    if students is None:
        if len(set(seeds)) == 1:
            return {name: seeds[0]}
        return {f"{name}_{seed}": seed for seed in seeds}
    return {f"{name}_{each}": _own(seeds[0], each) for each in _names(students)}


def _names(students: Path) -> list[str]:
    """Return the students of a table, as they stand in the names of files.

    The table is a name in each row, or it begins with a row of headings, the first of which is "name",
    "student" or "id".

    Raises
    ------
    ValueError
        If a row cannot be understood, or two students have one name; the sentence gives the numbers of rows.
    """
    try:
        with students.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            rows = [(reader.line_num, [cell.strip() for cell in row]) for row in reader]
    except (UnicodeError, csv.Error) as error:
        raise ValueError(
            _("{path} cannot be read: {reason}; save it as CSV in UTF-8.").format(
                path=students, reason=error
            )
        ) from None
    rows = [(line, row) for line, row in rows if any(row)]
    width = 1
    if rows and rows[0][1][0].lower() in ("name", "student", "id"):
        width = len(rows.pop(0)[1])
    found: dict[str, int] = {}
    for line, row in rows:
        if any(row[width:]) or any(mark in row[0] for mark in ";\t"):
            raise ValueError(
                _(
                    "Row {line} of {path} has more cells than expected ({cells}); put a name that has a "
                    'comma in it into quotation marks, as in "Ott, Anna", and part columns with commas, '
                    "below a row of headings that begins with name."
                ).format(line=line, path=students, cells=" | ".join(row))
            )
        name = "".join(c if c.isalnum() else "_" for c in row[0])
        if not name.strip("_"):
            raise ValueError(
                _("Row {line} of {path} has no name in its first cell; write one there.").format(
                    line=line, path=students
                )
            )
        if name in found:
            raise ValueError(
                _(
                    "Rows {first} and {line} of {path} have the same name; add something that tells "
                    "them apart."
                ).format(first=found[name], line=line, path=students)
            )
        found[name] = line
    if not found:
        raise ValueError(
            _("{path} names no student; write a name into each row.").format(path=students)
        )
    return list(found)


def _own(seed: int, student: str) -> int:
    """Return a seed for a student that does not depend on who else is in the table."""
    return int.from_bytes(hashlib.sha256(f"{seed} {student}".encode()).digest()[:6])
