"""A book of two pages, built with the settings of the real one."""

import json
from collections.abc import Callable
from pathlib import Path

import nbformat
import plotly.graph_objects as go
import pytest
import yaml
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from matnn_lab.course.environment import ROOT
from matnn_lab.figures import label
from matnn_lab.publishing.renderer import EXPLORER, PLOTLY

KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}


def draw_line() -> go.Figure:
    return label(go.Figure(go.Scatter(x=[0, 1], y=[0, 1])), alt="A line that rises from 0 to 1.")


@pytest.fixture
def line() -> go.Figure:
    return draw_line()


@pytest.fixture(scope="session")
def notebook() -> nbformat.NotebookNode:
    """A page with a figure, an explorer, a table and a folded solution."""
    outputs = {
        PLOTLY: json.loads(draw_line().to_json()),
        EXPLORER: {"words": {"noscript": "</script><b>"}},
    }
    cells = [
        new_markdown_cell("# Figures\n\nThe [slope](intro.md#term-Slope) is $\\eta$.", id="title")
    ]
    for name, (mime, content) in enumerate(outputs.items()):
        output = new_output("display_data", {mime: content, "text/html": "<i>instead</i>"})
        cells.append(new_code_cell("show()", id=f"figure-{name}", outputs=[output]))
    table = new_output(
        "display_data", {"text/markdown": "| fact | value |\n| --- | --- |\n| a | 1 |"}
    )
    cells.append(new_code_cell("card", id="card", outputs=[table]))
    prompts = {"code_prompt_show": "Show the solution", "code_prompt_hide": "Hide the solution"}
    solution = {"tags": ["hide-input"], "mystnb": prompts}
    cells.append(new_code_cell("answer = 42", id="solution", metadata=solution))
    return new_notebook(cells=cells, metadata=KERNEL)


@pytest.fixture(scope="session")
def make_book(notebook: nbformat.NotebookNode) -> Callable[..., Path]:
    """Write the book into a folder; ``repository`` is the address in its settings."""

    def make(folder: Path, *, repository: str = "", notebook: dict = notebook) -> Path:
        config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
        del config["html"]["favicon"]
        del config["sphinx"]["config"]["html_theme_options"]["logo"]
        config["bibtex_bibfiles"] = ["references.bib"]
        config["repository"]["url"] = repository
        toc = {"format": "jb-book", "root": "intro", "chapters": [{"file": "figures"}]}
        (folder / "_config.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
        (folder / "_toc.yml").write_text(yaml.safe_dump(toc), encoding="utf-8")
        words = "# Welcome\n\nOnly words.\n\n:::{glossary}\nSlope\n  Rise over run.\n:::\n"
        (folder / "intro.md").write_text(words, encoding="utf-8")
        (folder / "references.bib").touch()
        nbformat.write(notebook, folder / "figures.ipynb")
        return folder

    return make
