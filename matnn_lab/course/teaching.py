"""A folder for nbgrader, made from the notebooks that a teacher chose, with dates and weights."""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from sysconfig import get_path
from typing import Any

import nbformat

from matnn_lab.course.workbook import NOTEBOOKS, definitions, without_dead_links
from matnn_lab.text import gettext as _

PLAN = "class.toml"
EXAMPLE = """\
# Which notebooks are handed out together, until when, and what each check in them counts.
# After a change run `python -m matnn_lab nbgrader` on this folder again.

[[assignment]]
name = "gradient"
notebooks = ["03"]
due = 2027-04-15T18:00:00+09:00
weight = 1

[[assignment]]
name = "trust"
notebooks = ["16", "17"]
due = 2027-05-13T18:00:00+09:00
weight = 2
"""
CONFIG = """\
c = get_config()  # noqa: F821
c.CourseDirectory.course_id = "materials"
"""


@dataclass(frozen=True)
class Assignment:
    """Notebooks that are handed out together; each of their checks is worth ``weight`` points."""

    name: str
    notebooks: list[Path]
    due: datetime | None
    weight: float


def read_plan(path: Path, notebooks: Path = NOTEBOOKS) -> list[Assignment]:
    """Read the assignments of a class.

    Raises
    ------
    ValueError
        If something in the file makes no sense; the sentence says what.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeError) as error:
        raise ValueError(
            _("{path} cannot be read: {reason}; mend that line.").format(path=path, reason=error)
        ) from None
    plan = [_assignment(each, path, notebooks) for each in content.get("assignment", [])]
    names = [each.name for each in plan]
    if not plan or len(set(names)) < len(names):
        raise ValueError(
            _("{path} needs one [[assignment]] or more, each with a name of its own.").format(
                path=path
            )
        )
    return plan


def _assignment(entry: dict[str, Any], path: Path, notebooks: Path) -> Assignment:
    name, due, weight = entry.get("name", ""), entry.get("due"), entry.get("weight", 1)
    known = {"name", "notebooks", "due", "weight"}
    if unknown := sorted(set(entry) - known):
        raise ValueError(
            _("{path} has {unknown!r} in an assignment; it takes {known}.").format(
                path=path, unknown=unknown[0], known=", ".join(sorted(known))
            )
        )
    # nbgrader takes + and the like for parts of its own paths
    if not isinstance(name, str) or not name.replace("_", "").isalnum():
        raise ValueError(
            _("The assignment {name!r} in {path} needs a name of letters, digits and _.").format(
                name=name, path=path
            )
        )
    if due is not None and not (isinstance(due, datetime) and due.tzinfo):
        raise ValueError(
            _(
                "“due” of {name} needs a date, a time and a zone, as in 2027-04-15T18:00:00+09:00."
            ).format(name=name)
        )
    if isinstance(weight, bool) or not isinstance(weight, int | float) or not weight > 0:
        raise ValueError(_("“weight” of {name} needs a number above 0.").format(name=name))
    found = []
    for number in entry.get("notebooks", []):
        paths = sorted(notebooks.glob(f"{number}_*.ipynb")) if str(number).isdigit() else []
        if len(paths) != 1:
            raise ValueError(
                _("There is no notebook {number!r} for {name}; give numbers such as “03”.").format(
                    number=number, name=name
                )
            )
        found += paths
    if not found:
        raise ValueError(_("“notebooks” of {name} names none; give one or more.").format(name=name))
    return Assignment(name, found, due, float(weight))


def make_class(folder: Path, notebooks: Path = NOTEBOOKS) -> list[str]:
    """Make the course folder of nbgrader, or bring it up to its plan.

    Parameters
    ----------
    folder : Path
        With ``class.toml``; without one an example is written there, and nothing else.
    notebooks : Path
        The solved notebooks of the course.

    Returns
    -------
    list of str
        Sentences that say what was done. A notebook that is there already is left as it is; dates are
        brought up to the plan.

    Raises
    ------
    ValueError
        If the plan makes no sense.
    """
    from nbgrader.api import Gradebook

    plan_path = folder / PLAN
    if not plan_path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        plan_path.write_text(EXAMPLE, encoding="utf-8")
        return [
            _("Wrote {path}; write your plan there and run the same command again.").format(
                path=plan_path
            )
        ]
    plan = read_plan(plan_path, notebooks)
    config = folder / "nbgrader_config.py"
    if not config.exists():
        config.write_text(CONFIG, encoding="utf-8")
    said = []
    # nbgrader starts alembic by its name, which is found only where the environment was activated
    os.environ["PATH"] = os.pathsep.join([get_path("scripts"), os.environ.get("PATH", "")])
    with Gradebook(f"sqlite:///{folder.resolve() / 'gradebook.db'}") as gradebook:
        for each in plan:
            source = folder / "source" / each.name
            source.mkdir(parents=True, exist_ok=True)
            for path in each.notebooks:
                copy = source / path.name
                if copy.exists():
                    said.append(_("Kept {path} as it is.").format(path=copy))
                else:
                    nbformat.write(to_hand_out(each, path), copy)
                    said.append(_("Wrote {path}.").format(path=copy))
            due = each.due.isoformat() if each.due else None
            gradebook.update_or_create_assignment(each.name, duedate=due)
    names = " ".join(each.name for each in plan)
    said.append(
        _(
            "In {folder}, `nbgrader generate_assignment NAME` writes what to hand out, for the NAMEs {names}."
        ).format(folder=folder, names=names)
    )
    return said


def to_hand_out(assignment: Assignment, path: Path) -> nbformat.NotebookNode:
    """Return a notebook of an assignment, still with its solutions: each check has its weight.

    It leaves the course's folder, so links to what does not lie beside it there become words.
    """
    notebook = nbformat.read(path, as_version=4)
    terms, beside = definitions(), {each.name for each in assignment.notebooks}
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = without_dead_links(cell.source, terms, beside)
        marks = cell.metadata.get("nbgrader", {})
        if marks.get("grade"):
            marks["points"] = marks["points"] * assignment.weight
    return notebook
