"""Editions in other languages: one catalogue of all that a reader sees, and the notebooks that it makes.

Texts go two ways. A *sentence* stands where only a reader reads it: a paragraph, the title of an axis, what
is printed. It is translated in the notebook's source, whose code stays equal but for such literals. A
*label*, such as the heading of a table or the name of a split, may be a key of the code as well; so the
source keeps it, and it is translated where it is drawn (:func:`matnn_lab.text.shown`). Which labels there
are is read from the stored outputs.

To begin an edition: ``write_template(Path("matnn_lab.pot"))``, then ``pybabel init`` and ``pybabel compile``
with the domain ``matnn_lab`` and the folder ``matnn_lab/locale``, then
``MATNN_LANGUAGE=ja python -m matnn_lab lab``.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Collection, Iterator
from copy import deepcopy
from functools import partial
from html import unescape
from pathlib import Path
from string import Formatter
from typing import TYPE_CHECKING, Any, TypeGuard

import nbformat
from nbformat import NotebookNode

import matnn_lab
from matnn_lab import text
from matnn_lab.classroom.quizzes import read_questions
from matnn_lab.course.environment import ROOT

if TYPE_CHECKING:
    import pandas as pd
    from babel.messages import Catalog

Say = Callable[[str], str]

STARTUP = Path(__file__).with_name("jupyter") / "labels.py"
CHECKS = (
    "real_numbers",
    "real_number",
    "rising",
    "gray_images",
    "number_rows",
    "marks",
    "check_varied",
    "check_same_shape",
    "rotation_matrices",
    "_start",
)
# Arguments that a reader sees and code does not look at: by function, and in all that draws.
SHOWN: dict[str, Collection[str | int]] = {
    "label": {"alt", "title", "x", "y"},
    "crystal": {"alt", "title"},
    "parity": {"alt", "quantity"},
    "learning_curve": {"alt", "loss"},
    "Slider": {"label", 1},
    "Choice": {"label", 1},
    "Toggle": {"label", 0},
    "print": set(range(20)),
}
DRAWN = {"name", "text", "title", "title_text", "annotation_text", "colorbar_title"}
DRAWS = re.compile(r"(.+\.)?(add|update)_\w+|go\.\w+")  # fig.add_scatter, update_layout, go.Scatter
# what compares and searches takes its strings as keys, whatever they look like
SEARCHES = {"search", "match", "findall", "sub", "split", "replace", "startswith", "endswith", "eq"}
SENTENCE = re.compile(r".*\S\s.*[.?!…][)”\"]?\s*", re.DOTALL)
WORD = re.compile(r"[^\W\d_]{2,}")
# a word of three letters or more; no text that pandas cut off, no formula, no name in code
LABEL = re.compile(
    r"(?!.*\.\.\.$)(?!(?:[A-Z][a-z]?[\d.]*|[()])+$)(?!\w+_\w+$).*[^\W\d_]{3,}", re.DOTALL
)
CELL = re.compile(r"<t[hd][^>]*>([^<]*)</t[hd]>")
SERIES = re.compile(r"^(\S.*?) {2,}\S+$|^Name: (.+?), (?:Length|dtype): ", re.MULTILINE)
LINE = re.compile(r"(\s*(?:(?:#{1,6}|[-*+]|\d+[.)]|>)\s+)?)(.*)")
APART = re.compile(r"\s*(?:</?\w+>\s*)+$|\s*([-*_]\s*){3,}$|\([\w-]+\)=$|\s*\|[\s|:-]+\|\s*$")
FENCE = re.compile(r"\s*(```|~~~|:::|\$\$)")


def environment(language: str) -> dict[str, str]:
    """Give what a kernel of an edition finds in its environment; "" is the English original."""
    startup = {"PYTHONSTARTUP": str(STARTUP)} if language else {}
    return {"MATNN_LANGUAGE": language} | startup


def translated(notebook: NotebookNode, language: str) -> NotebookNode:
    """Return a notebook in a language, its outputs left as they are; "" gives a copy of the original.

    Raises
    ------
    ValueError
        If a translation does not have the placeholders of its original.
    """
    notebook = deepcopy(notebook)
    if language:
        say = partial(text.gettext, language=language)
        for cell in notebook.cells:
            cell.source = (code if cell.cell_type == "code" else markdown)(cell.source, say)
    return notebook


def extract(root: Path = ROOT) -> Catalog:
    """Collect what readers of the package, the quizzes and the notebooks of a course see."""
    from babel.messages import Catalog
    from babel.messages.extract import extract_from_dir

    catalog = Catalog(project="matnn_lab", version=matnn_lab.__version__, charset="utf-8")
    package = root / "matnn_lab"
    keywords: dict[str, Any] = {"_": None, "gettext": None, "ngettext": (1, 2)}
    # what the checks of arrays call an array, translated only where something is wrong with it
    keywords |= dict.fromkeys(CHECKS, (2,))
    for name, line, message, _comments, _context in extract_from_dir(
        package, [("**.py", "python")], keywords=keywords
    ):
        if message:
            catalog.add(message, locations=[(f"matnn_lab/{name}", line)])
    for path in sorted(package.glob("lessons/*/quiz.md")):
        for question in read_questions(path.read_text(encoding="utf-8")):
            choices = [part for choice in question.choices for part in (choice.text, choice.why)]
            for message in [question.text, *choices]:
                catalog.add(message, locations=[(path.relative_to(root).as_posix(), 1)])
    for path in sorted((root / "notebooks").glob("*.ipynb")):
        for count, cell in enumerate(nbformat.read(path, as_version=4).cells, start=1):
            place = [(f"notebooks/{path.name}", count)]
            say = partial(_add, catalog, locations=place)
            (code if cell.cell_type == "code" else markdown)(cell.source, say)
            for label in labels(cell):
                catalog.add(label, context="label", locations=place)
    return catalog


def _add(catalog: Catalog, message: str, **details: Any) -> str:
    catalog.add(message, **details)
    return message


def write_template(path: Path, root: Path = ROOT) -> None:
    """Write what is to be translated as a ``.pot`` file."""
    from babel.messages.pofile import write_po

    with path.open("wb") as file:
        write_po(file, extract(root), width=100)


# ---- Markdown: paragraphs, headings, items, cells of tables


def markdown(source: str, say: Say) -> str:
    """Return Markdown with each paragraph, heading, item and cell of a table as ``say`` says it."""
    written: list[str] = []
    gathered: list[str] = []  # lines of a paragraph
    fence = ""

    def finish() -> None:
        if gathered:
            prefix, first = _parts(gathered[0])
            whole = " ".join([first, *(line.strip() for line in gathered[1:])]).strip()
            said = say(whole) if WORD.search(whole) else whole
            written.extend(gathered if said == whole else [prefix + said])
            gathered.clear()

    for line in source.split("\n"):
        mark = FENCE.match(line)
        edge = fence or (mark[1] if mark else "")
        if edge:
            finish()
            written.append(line)
            ends = line.count(edge) - (not fence)
            fence = "" if ends > 0 else edge
        elif not line.strip() or APART.fullmatch(line):
            finish()
            written.append(line)
        elif line.lstrip().startswith(("|", "<")):
            finish()
            parts = re.split(r"((?<!\\)\||<[^>]+>)", line)
            written.append("".join(_trimmed(part, say) for part in parts))
        else:
            if _parts(line)[0].strip():
                finish()
            gathered.append(line)
            if line.startswith("#"):
                finish()
    finish()
    return "\n".join(written)


def _parts(line: str) -> tuple[str, str]:
    """Return what marks a line as a heading or an item, and its text."""
    words = LINE.sub(r"\2", line, count=1)
    return line.removesuffix(words), words


def _trimmed(part: str, say: Say) -> str:
    words = part.strip()
    return part.replace(words, say(words)) if WORD.search(words) and words[0] != "<" else part


# ---- code: string literals that only a reader reads


def code(source: str, say: Say) -> str:
    """Return the source of a cell with the string literals that only a reader reads as ``say`` says them."""
    try:
        tree = ast.parse(source)
    except SyntaxError:  # a magic of IPython's
        return source
    lines = source.encode().splitlines(keepends=True)
    for node in sorted(_seen(tree), key=lambda n: (n.lineno, n.col_offset), reverse=True):
        message, values = _message(node)
        said = say(message) if WORD.search(re.sub(r"\{\d+\}", "", message)) else message
        if said != message:
            new = _literal(said, values, message).encode()
            last = node.end_lineno or node.lineno
            before = lines[node.lineno - 1][: node.col_offset]
            after = lines[last - 1][node.end_col_offset :]
            lines[node.lineno - 1 : last] = [before + new + after]
    return b"".join(lines).decode()


def _seen(tree: ast.AST) -> Iterator[ast.Constant | ast.JoinedStr]:
    """Find the literals that a reader sees and that are nobody's key."""
    found: dict[int, ast.Constant | ast.JoinedStr] = {}
    keys: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            arguments = [*enumerate(node.args), *((k.arg, k.value) for k in node.keywords)]
            draws = DRAWS.fullmatch(ast.unparse(node.func))
            shown = SHOWN.get(name, DRAWN if draws else set())
            for argument, value in arguments:
                if argument in shown:
                    found |= {id(literal): literal for literal in _literals(value)}
                elif shown is DRAWN and isinstance(value, ast.Dict):
                    for key, part in zip(value.keys, value.values, strict=True):
                        if isinstance(key, ast.Constant) and key.value in DRAWN:
                            found |= {id(literal): literal for literal in _literals(part)}
            if name in SEARCHES:
                keys |= {id(part) for part in ast.walk(node)}
        elif isinstance(node, (ast.Subscript, ast.Compare, ast.FormattedValue)):
            keys |= {id(part) for part in ast.walk(node)}
        elif isinstance(node, ast.Dict):
            keys |= {id(key) for key in node.keys}
        elif isinstance(node, ast.JoinedStr):
            keys |= {id(part) for part in ast.walk(node) if part is not node}
        if _is_literal(node) and SENTENCE.fullmatch(_message(node)[0]):
            found[id(node)] = node
    return (node for number, node in found.items() if number not in keys)


def _is_literal(node: ast.AST) -> TypeGuard[ast.Constant | ast.JoinedStr]:
    return isinstance(node, ast.JoinedStr) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def _literals(node: ast.AST) -> Iterator[ast.Constant | ast.JoinedStr]:
    """Go into what chooses, joins or lists strings, and into no other expression."""
    if _is_literal(node):
        yield node
    elif isinstance(node, ast.IfExp):
        yield from [*_literals(node.body), *_literals(node.orelse)]
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        yield from [*_literals(node.left), *_literals(node.right)]
    elif isinstance(node, (ast.List, ast.Tuple)):
        for part in node.elts:
            yield from _literals(part)
    elif isinstance(node, ast.Dict):
        for key, part in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant) and key.value in DRAWN:
                yield from _literals(part)


def _message(node: ast.Constant | ast.JoinedStr) -> tuple[str, list[ast.FormattedValue]]:
    """Return a literal as the catalogue has it, placeholders as {0} and {1}, and what stands in them."""
    if isinstance(node, ast.Constant):
        return str(node.value), []
    values = [part for part in node.values if isinstance(part, ast.FormattedValue)]
    parts = [
        f"{{{values.index(part)}}}"
        if isinstance(part, ast.FormattedValue)
        else re.sub(r"([{}])", r"\1\1", ast.literal_eval(part))
        for part in node.values
    ]
    return "".join(parts), values


def _literal(said: str, values: list[ast.FormattedValue], message: str) -> str:
    if not values:
        return ast.unparse(ast.Constant(said))
    try:
        parts = [(words, number) for words, number, _spec, _kind in Formatter().parse(said)]
    except ValueError:  # a bracket without its other half
        parts = []
    numbers = [number for _words, number in parts if number is not None]
    if set(numbers) != {str(number) for number in range(len(values))}:
        raise ValueError(
            f"The translation of “{message}” is “{said}”; it needs the same placeholders."
        )
    pieces: list[ast.expr] = []
    for words, number in parts:
        pieces += [ast.Constant(words), *([] if number is None else [values[int(number)]])]
    return ast.unparse(ast.JoinedStr(pieces))


# ---- labels: what may be a key, translated where it is drawn


def labels(cell: NotebookNode) -> list[str]:
    """List the labels of tables and figures in the stored outputs of a cell."""
    found: list[Any] = []
    for output in cell.get("outputs", []):
        data = output.get("data", {})
        plain = "" if len(data) > 1 else data.get("text/plain", "")  # a series
        found += map(unescape, CELL.findall(data.get("text/html", "")))
        found += [label or name for label, name in SERIES.findall(plain)]
        for trace in data.get("application/vnd.plotly.v1+json", {}).get("data", []):
            for part in ("name", "x", "y", "text"):
                value = trace.get(part)
                found += value if isinstance(value, list) else [value]
        for control in data.get("application/vnd.matnn.explorer+json", {}).get("controls", []):
            found += [control["label"], *control["texts"]]
    texts = [label for label in found if isinstance(label, str) and LABEL.match(label)]
    return list(dict.fromkeys(texts))


def shown_table(table: pd.DataFrame | pd.Series | pd.Index) -> pd.DataFrame | pd.Series | pd.Index:
    """Return a copy of a table with its labels and texts as a reader of the edition sees them."""
    import pandas as pd

    if isinstance(table, pd.Index):
        index = pd.Index([_label(item) for item in table]) if table.dtype == object else table
        return index.set_names([text.shown(name) for name in table.names])
    table = table.copy()
    for number, axis in enumerate(table.axes):
        table = table.set_axis(shown_table(axis), axis=number)
    if isinstance(table, pd.Series):
        table.name = text.shown(table.name)
        return table.map(text.shown) if table.dtype == object else table
    return table.apply(lambda column: column.map(text.shown) if column.dtype == object else column)


def _label(item: object) -> object:
    return tuple(map(text.shown, item)) if isinstance(item, tuple) else text.shown(item)
