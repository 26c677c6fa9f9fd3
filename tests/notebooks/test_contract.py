"""The contract that every notebook keeps, one small rule each: ``rule(notebook) -> what is wrong``.

Each rule is tried on a notebook in small that keeps all of them, and on one that breaks it.
"""

import ast
import dis
import json
import re
import statistics
import symtable
import sys
import tomllib
from collections.abc import Callable, Iterator
from copy import deepcopy
from functools import cache
from importlib.metadata import packages_distributions
from types import CodeType
from urllib.parse import unquote

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

from matnn_lab.course.environment import ROOT
from matnn_lab.course.execute import NOTEBOOKS, clean
from matnn_lab.lessons import TOPICS
from matnn_lab.widgets import Explorer
from matnn_lab.widgets.payload import read
from tests.notebooks.explored import bare, explored

PATHS = sorted(NOTEBOOKS.glob("*.ipynb"))
PLOTLY = "application/vnd.plotly.v1+json"
EXPLORER = "application/vnd.matnn.explorer+json"
WIDGET = "application/vnd.jupyter.widget-view+json"
FEW_EXPLORERS = {"13", "20"}
FIRST = {"00", "01", "02"}  # their readers have just met notebooks, and run cells again
LARGEST = 1_048_576  # bytes
LONGEST_LINE = 100  # characters
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
LAST_SECTIONS = ["Common misconceptions", "What you may now claim", "References"]
SECTION = re.compile(r"## (\d+) · .+ \((\d+) min\)")
EXERCISE = re.compile(r"### Exercise (\d\d\.(\d+)) · .+")
HINT = re.compile(r"<details>\n\s*<summary>Hint</summary>\n\n.+?\n\n\s*</details>", re.DOTALL)
DOI = re.compile(r"https://doi\.org/(10\.\d{4,}/[^\s)>\]]+)")
FORBIDDEN = {
    r"\bsys\.path\b": "changes sys.path",
    r"\b(filterwarnings|simplefilter|catch_warnings)\b": "silences warnings",
    r"""["'](/|~|[A-Za-z]:\\)[\w./\\]""": "holds an absolute path",
    r"(?m)^\s*[!%]": "holds a magic or a shell command",
    r"\b(urlopen|urlretrieve|requests\.get|httpx)\b": "reaches for the network",
}

RULES: list[Callable[[NotebookNode], list[str]]] = []


def rule(function):
    """Add the function below to the rules."""
    RULES.append(function)
    return function


# What the rules read


def numbered(notebook: NotebookNode, kind: str) -> Iterator[tuple[int, NotebookNode]]:
    """Give the cells of a kind with their place in the notebook, counted from 1."""
    for place, cell in enumerate(notebook.cells, start=1):
        if cell.cell_type == kind and cell.source.strip():
            yield place, cell


def headings(notebook: NotebookNode) -> list[tuple[int, str]]:
    """Give the place and the text of each heading, code blocks left out."""
    found = []
    for place, cell in numbered(notebook, "markdown"):
        text = re.sub(r"```.*?```", "", cell.source, flags=re.DOTALL)
        found += [(place, line.rstrip()) for line in text.splitlines() if re.match(r"#+ ", line)]
    return found


def number(notebook: NotebookNode) -> str:
    """Give the two digits with which the title begins."""
    return notebook.cells[0].source[2:4]


def section(notebook: NotebookNode, title: str) -> str:
    """Give the text below a heading of the second level."""
    text = "\n".join(cell.source for _place, cell in numbered(notebook, "markdown"))
    _before, _title, after = text.partition(f"\n## {title}\n")
    return after.split("\n## ")[0]


def dois(text: str) -> set[str]:
    """Give the DOIs of all links in a text, as a bibliography writes them."""
    return {unquote(doi).lower() for doi in DOI.findall(text)}


def outputs(notebook: NotebookNode, mime: str) -> Iterator[tuple[int, dict]]:
    """Give the outputs of a type with the places of their cells."""
    for place, cell in numbered(notebook, "code"):
        for output in cell.outputs:
            if mime in output.get("data", {}):
                yield place, output.data[mime]


def is_exercise(cell: NotebookNode) -> bool:
    return "nbgrader" in cell.metadata


# The frame


@rule
def begins_with_title_question_goals_minutes_and_map(notebook):
    titles = [(place, text) for place, text in headings(notebook) if text.startswith("# ")]
    if [place for place, _text in titles] != [1] or not re.match(r"# \d\d · \S", titles[0][1]):
        return ['cell 1: should hold the only title, such as "# 03 · Gradient descent"']
    head = "\n".join(cell.source for cell in notebook.cells[:2] if cell.cell_type == "markdown")
    wrong = [
        f'cell 1: "**{words}" is missing'
        for words in ("Question", "You will learn to", "Where this stands")
        if f"**{words}" not in head
    ]
    goals = head.partition("**You will learn to")[2].partition("\n**")[0]
    count = len(re.findall(r"(?m)^\s*[-*] ", goals))
    if not 3 <= count <= 5:
        wrong.append(f"cell 1: has {count} goals, should have 3 to 5")
    if not re.search(r"\d+ min", head):
        wrong.append("cell 1: the minutes in all are missing")
    return wrong


@rule
def has_its_sections_in_order(notebook):
    second = [(place, text) for place, text in headings(notebook) if text.startswith("## ")]
    content = [(place, SECTION.fullmatch(text)) for place, text in second[:-4]]
    wrong = [
        f'cell {place}: the heading should be like "## {count} · Title (8 min)"'
        for count, (place, match) in enumerate(content, start=1)
        if not match or int(match[1]) != count
    ]
    last = [text for _place, text in second[-4:]]
    if (
        len(last) < 4
        or not re.fullmatch(r"## Quiz \(\d+ min\)", last[0])
        or last[1:] != [f"## {title}" for title in LAST_SECTIONS]
    ):
        wrong.append(f'the last sections should be "Quiz (5 min)", {LAST_SECTIONS}, but are {last}')
    if len(content) < 3:
        wrong.append(f"has {len(content)} sections of content, should have 3 or more")
    return wrong


@rule
def adds_up_its_minutes(notebook):
    head = "\n".join(cell.source for cell in notebook.cells[:2] if cell.cell_type == "markdown")
    total = re.search(r"(\d+) min", head)
    parts = sum(
        int(minutes)
        for _place, text in headings(notebook)
        for minutes in re.findall(r"\((\d+) min\)$", text)
    )
    if total and int(total[1]) != parts:
        return [f"cell 1: says {total[1]} minutes, but the headings add up to {parts}"]
    return []


@rule
def shows_a_table_of_before_and_after(notebook):
    tables = [cell for _p, cell in numbered(notebook, "markdown") if "|---" in cell.source]
    frames = [html for _p, html in outputs(notebook, "text/html") if "<table" in html]
    return [] if tables or frames else ["has no table of before and after"]


@rule
def says_what_may_not_be_claimed(notebook):
    wrong = []
    if not re.search(r"\bnot\b", section(notebook, "What you may now claim")):
        wrong.append('"What you may now claim" should also say what may not be claimed')
    if len(section(notebook, "Common misconceptions").split()) < 5:
        wrong.append('"Common misconceptions" is empty')
    return wrong


@rule
def cites_only_works_in_the_bibliography(notebook):
    wrong = []
    if not dois(section(notebook, "References")):
        wrong.append("References: there is no link to https://doi.org/")
    text = "\n".join(cell.source for _place, cell in numbered(notebook, "markdown"))
    known = bibliography()
    wrong += [f"{doi} is not in book/references.bib" for doi in sorted(dois(text) - known)]
    wrong += [
        f"References: an entry has no DOI: {line[:60]}"
        for line in section(notebook, "References").splitlines()
        if re.match(r"\s*([-*]|\d+\.) ", line) and "https://doi.org/" not in line
    ]
    return wrong


def bibliography() -> set[str]:
    text = (ROOT / "book" / "references.bib").read_text(encoding="utf-8")
    return {doi.lower() for doi in re.findall(r"(?im)^\s*doi\s*=\s*[{\"](.+?)[}\"]", text)}


# Exercises, quiz and explorers


@rule
def has_three_to_five_whole_exercises(notebook):
    found = [
        (place, EXERCISE.fullmatch(text))
        for place, text in headings(notebook)
        if text.startswith("### Exercise")
    ]
    wrong = [
        f'cell {place}: the heading should be like "### Exercise {number(notebook)}.{k} · Title"'
        for k, (place, match) in enumerate(found, start=1)
        if not match or match[1] != f"{number(notebook)}.{k}"
    ]
    if not 3 <= len(found) <= 5:
        wrong.append(f"has {len(found)} exercises, should have 3 to 5")
    for k, (place, _match) in enumerate(found, start=1):
        wrong += broken_exercise(notebook, place, k)
    return wrong


def broken_exercise(notebook: NotebookNode, place: int, k: int) -> list[str]:
    """Tell what is wrong with the exercise whose statement is at this place."""
    end = next(
        (p for p, c in numbered(notebook, "code") if p > place), len(notebook.cells)
    )  # the solution
    statement = "\n\n".join(cell.source for cell in notebook.cells[place - 1 : end - 1])
    name = f"{number(notebook)}-{k}"
    solution, check = (*notebook.cells[end - 1 : end + 1], {}, {})[:2]
    wrong = []
    if not HINT.search(statement):
        wrong.append(
            f"cell {place}: the hint should be a <details> block with <summary>Hint</summary> "
            "and empty lines around its text"
        )
    source = solution.get("source", "")
    if source.count("### BEGIN SOLUTION") != 1 or source.count("### END SOLUTION") != 1:
        wrong.append(f"cell {end}: the solution should stand between its two marks")
    elif not re.search(r"^[ \t]+### BEGIN SOLUTION", source, re.MULTILINE):
        wrong.append(
            f"cell {end}: the marks should stand below the `def` line and at its indent, so that the "
            "cell runs in a workbook and the check can say that it is not solved yet"
        )
    metadata = solution.get("metadata", {})
    if metadata.get("nbgrader") != grading(f"ex-{name}", solution=True):
        wrong.append(f"cell {end}: the nbgrader metadata of the solution are not right")
    if metadata.get("tags") != ["hide-input"] or metadata.get("mystnb") != {
        "code_prompt_show": "Show the solution",
        "code_prompt_hide": "Hide the solution",
    }:
        wrong.append(f"cell {end}: the solution should be folded on the site")
    if f'check("{number(notebook)}.{k}", ' not in check.get("source", ""):
        wrong.append(f"cell {end + 1}: the check of the exercise should follow its solution")
    elif check.metadata.get("nbgrader") != grading(f"check-{name}", solution=False):
        wrong.append(f"cell {end + 1}: the nbgrader metadata of the check are not right")
    return wrong


def grading(name: str, *, solution: bool) -> dict:
    metadata = {
        "schema_version": 3,
        "solution": solution,
        "grade": not solution,
        "locked": not solution,
        "task": False,
        "grade_id": name,
    }
    return metadata if solution else metadata | {"points": 1}


@rule
def uses_no_name_of_an_exercise_in_its_story(notebook):
    """After an exercise cell has bound a name, the story binds it anew before it uses it."""
    wrong = []
    of_exercises: set[str] = set()
    imported: set[str] = set()
    for place, cell in numbered(notebook, "code"):
        table = names(cell.source)
        if table is None:
            continue
        bound, imports, used = table
        if is_exercise(cell):
            of_exercises |= bound | (imports - imported)
        else:
            wrong += [
                f"cell {place}: uses {name}, which an exercise defines"
                for name in sorted(used & of_exercises - bound - imports)
            ]
            of_exercises -= bound | imports
            imported |= imports
    return wrong


@rule
def gives_no_exercise_a_name_of_its_story(notebook):
    """No exercise cell binds anew what the story has bound: its cells could not be run a second time."""
    wrong = []
    of_story: set[str] = set()
    for place, cell in numbered(notebook, "code"):
        table = names(cell.source)
        if table is None:
            continue
        bound, imports, _used = table
        if is_exercise(cell):
            again = sorted((bound & of_story) - imports)
            wrong += [f"cell {place}: binds {name}, a name of the story" for name in again]
        else:
            of_story |= bound
    return wrong


@rule
def shows_the_same_in_whatever_order_the_first_cells_are_run(notebook):
    """In the first notebooks no name that a cell takes from another one is bound by two cells."""
    if number(notebook) not in FIRST:
        return []
    cells = [(place, names(cell.source), cell) for place, cell in numbered(notebook, "code")]
    binding: dict[str, list[int]] = {}
    for place, table, _cell in cells:
        for name in table[0] if table else ():
            binding.setdefault(name, []).append(place)
    return [
        f"cell {place}: takes {name}, which is bound by several cells, {binding[name]}"
        for place, table, cell in cells
        if table
        for name in sorted(taken(compile(cell.source, "cell", "exec")))
        if len(binding.get(name, ())) > 1
    ]


def taken(code: CodeType, bound: frozenset[str] = frozenset()) -> set[str]:
    """Give the names that a cell reads before it binds them, and all that its functions read later."""
    found, known = set(), set(bound)
    for step in dis.get_instructions(code):
        if step.opname == "STORE_NAME":
            known.add(step.argval)
        elif step.opname in ("LOAD_NAME", "LOAD_GLOBAL") and step.argval not in known:
            found.add(step.argval)
        elif isinstance(step.argval, CodeType):
            at_once = step.argval.co_name.endswith(("comp>", "<genexpr>"))
            found |= taken(step.argval, frozenset(known) if at_once else frozenset())
    return found


def names(source: str) -> tuple[set[str], set[str], set[str]] | None:
    """Give the names that a cell binds, imports and uses; None where it is no Python."""
    try:
        top = symtable.symtable(source, "cell", "exec")
    except SyntaxError:
        return None
    bound = {s.get_name() for s in top.get_symbols() if s.is_assigned() or s.is_namespace()}
    imports = {s.get_name() for s in top.get_symbols() if s.is_imported()}
    used = {s.get_name() for s in top.get_symbols() if s.is_referenced()}
    tables = list(top.get_children())
    while tables:
        table = tables.pop()
        tables += table.get_children()
        used |= {s.get_name() for s in table.get_symbols() if s.is_global() and s.is_referenced()}
    return bound - imports, imports, used


@rule
def has_its_quiz(notebook):
    call = f'quiz("{number(notebook)}")'
    place = next((p for p, text in headings(notebook) if text.startswith("## Quiz")), None)
    after = [cell.source for p, cell in numbered(notebook, "code") if place and p > place]
    return [] if after and call in after[0] else [f"the section Quiz should hold {call}"]


@rule
def has_explorers_and_asks_to_predict(notebook):
    places = [place for place, _payload in outputs(notebook, EXPLORER)]
    wanted = 1 if number(notebook) in FEW_EXPLORERS else 2
    wrong = []
    if len(places) < wanted:
        wrong.append(f"has {len(places)} explorers, should have {wanted} or more")
    for place in places:
        before = [cell.source for p, cell in numbered(notebook, "markdown") if p < place]
        if "predict" not in before[-1].lower():
            wrong.append(f"cell {place}: the text before the explorer should ask to predict first")
    return wrong


@rule
def has_explorers_that_are_whole(notebook):
    """Every setting is described in words of its own, every control changes the figure, no number is lost."""
    wrong = []
    for place, payload in outputs(notebook, EXPLORER):
        drawn = {tuple(setting.values()): figure for setting, figure in read(payload)}
        alts = [(figure["layout"].get("meta") or {}).get("alt", "") for figure in drawn.values()]
        if min(map(len, alts)) < 40 or len(set(alts)) < len(alts):
            wrong.append(
                f"cell {place}: each setting needs a description of its own, 40 letters or more"
            )
        for number, control in enumerate(payload["controls"]):
            if not moves_the_figure(drawn, number):
                wrong.append(f"cell {place}: the control {control['name']} changes no figure")
        if any(holds_no_number(figure) for figure in drawn.values()):
            wrong.append(f"cell {place}: a trace holds NaN, infinity or nothing")
    return wrong


def moves_the_figure(drawn: dict[tuple[int, ...], dict], number: int) -> bool:
    """Tell whether a control changes what is drawn, its description aside, in some setting."""
    seen: dict[tuple[int, ...], str] = {}
    for setting, figure in drawn.items():
        others = setting[:number] + setting[number + 1 :]
        shown = json.dumps([figure["data"], without_words(figure["layout"])], sort_keys=True)
        if seen.setdefault(others, shown) != shown:
            return True
    return False


def without_words(layout: dict) -> dict:
    return {key: value for key, value in layout.items() if key not in ("meta", "title")}


def holds_no_number(figure: dict) -> bool:
    """Tell whether a trace has no points, or a coordinate that is not finite and no gap in a line."""
    for trace in figure["data"]:
        if trace.get("mode") == "lines" or trace.get("type", "scatter") not in ("scatter", "bar"):
            continue
        values = [*trace.get("x", [0]), *trace.get("y", [0])]
        if any(value is None for value in values):
            return True
    return not figure["data"]


# Code


@rule
def has_lines_that_fit_the_page(notebook):
    return [
        f"cell {place}: a line has {len(line)} characters; {LONGEST_LINE} are allowed"
        for place, cell in numbered(notebook, "code")
        for line in cell.source.splitlines()
        if len(line) > LONGEST_LINE
    ]


@rule
def nests_no_comprehension(notebook):
    wrong = []
    for place, cell in numbered(notebook, "code"):
        if names(cell.source) is None:
            continue
        for node in ast.walk(ast.parse(cell.source)):
            inside = [n for n in ast.walk(node) if isinstance(n, COMPREHENSIONS)]
            if isinstance(node, COMPREHENSIONS) and len(inside) > 1:
                wrong.append(
                    f"cell {place}: line {node.lineno} nests a comprehension; write the loop"
                )
            if isinstance(node, ast.Lambda) and isinstance(node.body, ast.Lambda):
                wrong.append(f"cell {place}: line {node.lineno} nests a lambda; write a function")
    return wrong


@rule
def imports_no_answers(notebook):
    return [
        f"cell {place}: imports from a module that holds the answers"
        for place, cell in numbered(notebook, "code")
        if re.search(
            r"matnn_lab\.lessons\S* import .*exercises|lessons\.\w+\.exercises", cell.source
        )
    ]


@rule
def has_short_cells(notebook):
    lengths = sorted(
        sum(1 for line in cell.source.splitlines() if line.strip())
        for _place, cell in numbered(notebook, "code")
    )
    median, long = statistics.median(lengths), lengths[int(0.9 * (len(lengths) - 1))]
    wrong = []
    if median > 6:
        wrong.append(f"half of the code cells have more than {median:g} lines; 6 are allowed")
    if long > 15:
        wrong.append(f"a tenth of the code cells has {long} lines or more; 15 are allowed")
    return wrong


@rule
def holds_no_plumbing(notebook):
    return [
        f"cell {place}: {reason}"
        for place, cell in numbered(notebook, "code")
        for pattern, reason in FORBIDDEN.items()
        if re.search(pattern, cell.source)
    ]


@rule
def imports_only_what_the_course_depends_on(notebook):
    wrong = []
    for place, cell in numbered(notebook, "code"):
        try:
            tree = ast.parse(cell.source)
        except SyntaxError:
            wrong.append(f"cell {place}: is not plain Python")
            continue
        modules = set()
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                modules |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                modules.add((node.module or "").split(".")[0])
        wrong += [
            f"cell {place}: imports {module}, which is no dependency of the course"
            for module in sorted(modules)
            if module not in allowed_modules()
        ]
    return wrong


@cache
def allowed_modules() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = {
        re.match(r"[\w.-]+", line)[0].lower().replace("_", "-") for line in project["dependencies"]
    }
    installed = {
        module
        for module, distributions in packages_distributions().items()
        if declared & {name.lower().replace("_", "-") for name in distributions}
    }
    return installed | sys.stdlib_module_names | {"matnn_lab"}


# Outputs


@rule
def was_executed_from_top_to_bottom(notebook):
    cells = list(numbered(notebook, "code"))
    wrong = [
        f"cell {place}: was not executed in its turn"
        for count, (place, cell) in enumerate(cells, start=1)
        if cell.execution_count != count
    ]
    wrong += [
        f"cell {place}: ended in {output.ename}"
        for place, cell in cells
        for output in cell.outputs
        if output.output_type == "error"
    ]
    return wrong


@rule
def describes_each_figure(notebook):
    wrong = [
        f"cell {place}: the figure has no description; pass alt to matnn_lab.figures.label"
        for place, figure in outputs(notebook, PLOTLY)
        if len(str((figure["layout"].get("meta") or {}).get("alt", ""))) < 20
    ]
    wrong += [
        f"cell {place}: an image is stored; draw it with plotly and a description"
        for mime in ("image/png", "image/jpeg", "image/svg+xml")
        for place, _image in outputs(notebook, mime)
    ]
    return wrong


@rule
def is_stored_as_make_notebooks_stores_it(notebook):
    cleaned = deepcopy(notebook)
    clean(cleaned)
    if cleaned == notebook:
        return []
    places = [
        f"cell {place}"
        for place, (old, new) in enumerate(zip(notebook.cells, cleaned.cells, strict=True), start=1)
        if old != new
    ]
    return [f"{where}: run `make notebooks`" for where in places or ["metadata"]]


@rule
def names_no_folder_of_one_machine(notebook):
    texts = (
        (place, str(output.get("text", "")) + str(output.get("data", {}).get("text/plain", "")))
        for place, cell in numbered(notebook, "code")
        for output in cell.outputs
    )
    return [
        f"cell {place}: shows a folder of one machine"
        for place, text in texts
        if re.search(r"(/home/|/root/|/Users/|/tmp/|site-packages|[A-Z]:\\)", text)
    ]


@rule
def is_at_most_a_megabyte(notebook):
    size = len(nbformat.writes(notebook).encode())
    return [f"is {size} bytes, should be {LARGEST} at most"] if size > LARGEST else []


# The notebooks of the course


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_each_notebook(path, rule):
    notebook = nbformat.read(path, as_version=4)
    assert [f"{path.name}, {wrong}" for wrong in rule(notebook)] == []


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_the_file_is_named_after_its_number(path):
    assert path.name[:3] == f"{number(nbformat.read(path, as_version=4))}_"


@pytest.mark.parametrize("place", range(len(PATHS)), ids=[path.stem for path in PATHS])
def test_a_notebook_stands_between_the_one_before_and_the_one_after(place):
    """The arrows at its top name what the site's own arrows lead to."""
    course = tomllib.loads((ROOT / "book" / "course.toml").read_text(encoding="utf-8"))
    titles = {each["file"]: each["title"] for each in course["notebook"]}
    names = [f"{path.name[:2]} {titles[path.stem]}" for path in PATHS]
    head = nbformat.read(PATHS[place], as_version=4).cells[0].source
    stands = head.partition("**Where this stands.** ")[2]
    before = "start" if place == 0 else names[place - 1]
    assert stands.startswith(f"{before} ← **{names[place]}** → ")
    if place + 1 < len(PATHS):
        assert stands.partition(" → ")[2].startswith(f"{names[place + 1]}.")


def test_each_notebook_has_its_lesson():
    assert [f"{notebook}_{topic}" for notebook, topic in TOPICS.items()] == [p.stem for p in PATHS]


# The rules themselves


@pytest.fixture(autouse=True)
def _bibliography(request, monkeypatch):
    if "small" in request.fixturenames:
        monkeypatch.setitem(globals(), "bibliography", lambda: {"10.1000/small"})


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_small_notebook_keeps_every_rule(small, rule):
    assert rule(small) == []


def replaced(place, old, new):
    """Return a change of the source of a cell."""

    def change(notebook):
        assert old in notebook.cells[place].source
        notebook.cells[place].source = notebook.cells[place].source.replace(old, new)

    return change


def added(source, output=None):
    """Return a change that adds a code cell before the quiz."""

    def change(notebook):
        cell = new_code_cell(source, outputs=[output] if output else [], id="added")
        notebook.cells.insert(-3, cell)

    return change


def with_output(output):
    return added("1", output)


def without_cell(place):
    def change(notebook):
        del notebook.cells[place]

    return change


def with_metadata(place, key, value):
    def change(notebook):
        notebook.cells[place].metadata[key] = value

    return change


def later_use(notebook):
    notebook.cells[-2].source += "\ncount()"


def earlier_use(notebook):
    notebook.cells[1].source += "\ncount = 3"


def bound_twice(notebook):
    """Let a later cell of one of the first notebooks bind anew what an earlier one was given."""
    notebook.cells[0].source = notebook.cells[0].source.replace("# 03 ", "# 02 ")
    for source in ("taken_on = 1", "print([taken_on for _ in range(2)])", "taken_on = 2"):
        added(source)(notebook)


def large(notebook):
    notebook.cells[1].source += "#" * LARGEST


def long_cells(notebook):
    for _place, cell in numbered(notebook, "code"):
        cell.source = "x = 1\n" * 16


def not_executed(notebook):
    notebook.cells[1].execution_count = None


def undescribed(notebook):
    next(outputs(notebook, PLOTLY))[1]["layout"]["meta"] = {}


def one_explorer(notebook):
    notebook.cells[3].outputs = []


def same_figures(notebook):
    """Let a control change the words alone."""
    next(outputs(notebook, EXPLORER))[1].update(explored(lambda height: [0, 1]))


def same_words(notebook):
    payload = Explorer(lambda height: bare([0, height]), height=[0, 1, 2]).bake()
    next(outputs(notebook, EXPLORER))[1].update(payload)


def lost_numbers(notebook):
    next(outputs(notebook, EXPLORER))[1].update(explored(lambda height: [None, height]))


BROKEN = [
    (begins_with_title_question_goals_minutes_and_map, replaced(0, "# 03 ·", "# ")),
    (begins_with_title_question_goals_minutes_and_map, replaced(0, "**Question.**", "")),
    (begins_with_title_question_goals_minutes_and_map, replaced(0, "- say another,\n", "")),
    (begins_with_title_question_goals_minutes_and_map, replaced(0, "20 minutes", "Long")),
    (begins_with_title_question_goals_minutes_and_map, replaced(2, "## 1", "# 1")),
    (has_its_sections_in_order, replaced(2, " (5 min)", "")),
    (has_its_sections_in_order, replaced(2, "1 ·", "2 ·")),
    (has_its_sections_in_order, replaced(-1, "## References", "## Literature")),
    (has_its_sections_in_order, without_cell(15)),
    (adds_up_its_minutes, replaced(0, "20 minutes", "25 minutes")),
    (shows_a_table_of_before_and_after, replaced(15, "|---|---|---|", "")),
    (says_what_may_not_be_claimed, replaced(-1, "You may not claim more.", "")),
    (says_what_may_not_be_claimed, replaced(-1, "- It is long. It is not.", "")),
    (cites_only_works_in_the_bibliography, replaced(-1, "10.1000/Small)", "10.1000/other)")),
    (cites_only_works_in_the_bibliography, replaced(-1, "https://doi.org/", "https://x.org/")),
    (has_three_to_five_whole_exercises, replaced(9, "03.2", "03.4")),
    (has_three_to_five_whole_exercises, replaced(6, "<summary>Hint</summary>\n", "")),
    (has_three_to_five_whole_exercises, replaced(7, "### END SOLUTION", "")),
    (has_three_to_five_whole_exercises, replaced(7, "    ### BEGIN", "### BEGIN")),
    (has_three_to_five_whole_exercises, replaced(8, "03.1", "03.2")),
    (has_three_to_five_whole_exercises, replaced(12, "### Exercise", "### Task")),
    (has_three_to_five_whole_exercises, without_cell(7)),
    (has_three_to_five_whole_exercises, with_metadata(7, "tags", [])),
    (has_three_to_five_whole_exercises, with_metadata(7, "nbgrader", {})),
    (has_three_to_five_whole_exercises, with_metadata(8, "nbgrader", {"points": 2})),
    (uses_no_name_of_an_exercise_in_its_story, later_use),
    (uses_no_name_of_an_exercise_in_its_story, added("def f():\n    return count()")),
    (gives_no_exercise_a_name_of_its_story, earlier_use),
    (has_its_quiz, replaced(-2, 'quiz("03")', 'quiz("05")')),
    (has_explorers_and_asks_to_predict, one_explorer),
    (has_explorers_and_asks_to_predict, replaced(4, "Predict it first.", "")),
    (has_explorers_that_are_whole, same_figures),
    (has_explorers_that_are_whole, same_words),
    (has_explorers_that_are_whole, lost_numbers),
    (has_lines_that_fit_the_page, added("x = 1" + "  # long" * 20)),
    (nests_no_comprehension, added("[[y for y in range(x)] for x in range(3)]")),
    (nests_no_comprehension, added("sum(x for x in [y for y in range(3)])")),
    (nests_no_comprehension, added("f = lambda x: lambda y: x + y")),
    (imports_no_answers, added("from matnn_lab.lessons.splits.exercises import SYMBOLS")),
    (imports_no_answers, added("from matnn_lab.lessons.splits import explorers, exercises")),
    (has_short_cells, long_cells),
    (holds_no_plumbing, added("import sys\nsys.path.append('..')")),
    (holds_no_plumbing, added("import warnings\nwarnings.filterwarnings('ignore')")),
    (holds_no_plumbing, added("open('/data/file.csv')")),
    (holds_no_plumbing, added("%matplotlib inline")),
    (holds_no_plumbing, added("!pip install x")),
    (imports_only_what_the_course_depends_on, added("from matplotlib import pyplot")),
    (imports_only_what_the_course_depends_on, added("x = = 1")),
    (was_executed_from_top_to_bottom, not_executed),
    (was_executed_from_top_to_bottom, with_output(new_output("error", ename="KeyError"))),
    (describes_each_figure, undescribed),
    (describes_each_figure, with_output(new_output("display_data", data={"image/png": "00"}))),
    (
        is_stored_as_make_notebooks_stores_it,
        lambda notebook: notebook.metadata.update(widgets={"state": {}}),
    ),
    (
        is_stored_as_make_notebooks_stores_it,
        with_output(new_output("display_data", data={WIDGET: {"model_id": "0"}})),
    ),
    (
        is_stored_as_make_notebooks_stores_it,
        with_output(new_output("stream", name="stderr", text="50 %")),
    ),
    (names_no_folder_of_one_machine, with_output(new_output("stream", text="/home/ada/x"))),
    (shows_the_same_in_whatever_order_the_first_cells_are_run, bound_twice),
    (is_at_most_a_megabyte, large),
]


@pytest.mark.parametrize(("rule", "change"), BROKEN, ids=lambda value: value.__name__)
def test_a_broken_notebook_is_found(small, rule, change):
    change(small)
    assert rule(small) != []


def test_every_rule_was_seen_to_fail():
    assert {rule for rule, _change in BROKEN} == set(RULES)


@pytest.mark.parametrize(
    "source",
    [
        "count = 3\nprint(count)",
        "print([count for count in range(3)])",
        "def f(count):\n    return count",
        "from itertools import count\ncount()",
    ],
)
def test_the_story_may_bind_a_name_anew(small, source):
    added(source)(small)
    assert uses_no_name_of_an_exercise_in_its_story(small) == []


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("count = 3\nprint(count)", {"print"}),
        ("total = total + 1", {"total"}),
        ("count = 3\ndef f(x):\n    return x + count", {"count"}),  # whatever it is when f is called
        ("count = 3\n[count for _ in '123']", set()),
        ("for count in range(3):\n    pass\ncount", {"range"}),
    ],
)
def test_what_a_cell_takes_from_others(source, expected):
    assert taken(compile(source, "cell", "exec")) == expected


def test_brackets_in_a_doi_may_be_written_in_a_link_as_codes():
    assert dois("[x](https://doi.org/10.1016/0041-5553%2864%2990137-5)") == {
        "10.1016/0041-5553(64)90137-5"
    }


def test_code_in_a_fence_is_no_heading(small):
    small.cells.insert(3, new_markdown_cell("```\n# a comment\n```"))
    assert begins_with_title_question_goals_minutes_and_map(small) == []
