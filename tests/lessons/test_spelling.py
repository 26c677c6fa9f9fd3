"""Prose is British, code American: what a reader reads as a sentence spells neighbour, optimiser, colour."""

import ast
import json
import re

import pytest

from matnn_lab.course.environment import ROOT
from matnn_lab.lessons import TOPICS

AMERICAN = re.compile(
    r"\b(?:(?:un)?(?:neighbor|color|behavior|flavor|favor|honor)\w*|gray\w*|centers?|centered"
    r"|fibers?|sulfur|aluminum|(?:un)?labeled|labeling|modeled|modeling|analyz(?:e|ed|es|ing)"
    r"|(?:re|un)?(?:optim|regular|initial|general|normal|standard|minim|maxim|summar|recogn|polar"
    r"|character|organ|emphas|visual)iz(?:e|ed|es|ers?|ing|ation)s?)\b",
    re.IGNORECASE,
)
# code, addresses, formulas: these keep the names that they have
NO_PROSE = re.compile(
    r"```.*?```|`[^`]*`|\]\([^)]*\)|<[^>]*>|\$\$.*?\$\$|\$[^$]*\$|\{[^}]*\}", re.DOTALL
)


def american(text: str) -> list[str]:
    """Give the words of a text that are spelled as in America."""
    return AMERICAN.findall(NO_PROSE.sub(" ", text))


def test_what_is_american_is_found_and_code_is_left_alone():
    assert american("the neighbors of the center, regularized; an unlabeled color") == [
        "neighbors",
        "center",
        "regularized",
        "unlabeled",
        "color",
    ]
    assert american("`center`, {center}, [a](neighbors.md), $center$: the neighbours' centre") == []


@pytest.mark.parametrize(
    "path", sorted((ROOT / "matnn_lab" / "lessons").glob("*/quiz.md")), ids=str
)
def test_a_quiz_is_british(path):
    assert american(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("name", ["exercises", "examination"])
@pytest.mark.parametrize("topic", TOPICS.values())
def test_a_hint_is_british(topic, name):
    path = ROOT / "matnn_lab" / "lessons" / topic / f"{name}.py"
    hints = [
        node.args[0].value
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "_"
    ]
    assert [word for hint in hints for word in american(hint)] == []


@pytest.mark.parametrize("path", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda p: p.stem)
def test_the_text_of_a_notebook_is_british(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    texts = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]
    # titles of papers are spelled as their authors did
    story = "\n".join(texts).partition("\n## References\n")[0]
    assert american(story) == []
