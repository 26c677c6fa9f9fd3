"""A pseudo-language, in which every text stands in brackets, goes the whole road of a translation."""

import ast
import re
import subprocess
import sys
from functools import partial
from html import unescape
from pathlib import Path
from shutil import copy, copytree

import nbformat
import pytest
from babel.messages import Catalog
from babel.messages.mofile import write_mo
from bs4 import BeautifulSoup

from matnn_lab import text
from matnn_lab.course import editions
from matnn_lab.course.build import build_edition
from matnn_lab.course.editions import code, extract, markdown, translated
from matnn_lab.course.environment import ROOT
from matnn_lab.course.workbook import unsolved
from matnn_lab.figures import go, label
from matnn_lab.widgets.payload import read

LESSON = "06_crystals_as_graphs.ipynb"
PATHS = sorted((ROOT / "notebooks").glob("*.ipynb"))
# printed as code shows it: objects, lists, and numbers by their keys
CODE = re.compile(r"[\[{]|\w+\(")
SEEN = {"name", "text", "alt", "title", "x", "y"}


def bracketed(message: str) -> str:
    return f"⟦{message}⟧"


def write_catalogue(folder: Path, catalog: Catalog) -> None:
    path = folder / "zz/LC_MESSAGES/matnn_lab.mo"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_mo(file, catalog)


@pytest.fixture(scope="module")
def template() -> Catalog:
    return extract()


@pytest.fixture(scope="module")
def pseudo(template: Catalog, tmp_path_factory):
    """The pseudo-language zz, in a catalogue of its own; the shell's locale is Japanese."""
    folder = tmp_path_factory.mktemp("catalogues")
    for message in template:
        if message.id:
            several = isinstance(message.id, tuple)
            message.string = tuple(map(bracketed, message.id)) if several else bracketed(message.id)
    write_catalogue(folder, template)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MATNN_CATALOGUES", str(folder))
        patch.setenv("LANG", "ja_JP.UTF-8")
        yield


# ---- sentences of the package


def test_the_language_is_that_of_the_edition_and_never_the_locale(monkeypatch, pseudo):
    sentence = "The figure has been redrawn."
    assert text.gettext(sentence) == sentence
    monkeypatch.setenv("MATNN_LANGUAGE", "zz")
    assert text.gettext(sentence) == bracketed(sentence)
    monkeypatch.setenv("MATNN_LANGUAGE", "ja")  # no catalogue yet
    assert text.gettext(sentence) == sentence


def test_the_empty_text_is_not_the_header_of_the_catalogue(monkeypatch, pseudo):
    monkeypatch.setenv("MATNN_LANGUAGE", "zz")
    assert text.gettext("") == text.shown("") == ""
    fig = label(go.Figure(), alt="A figure without names of axes.", x="", title="")
    assert fig.layout.xaxis.title.text == fig.layout.title.text == ""


def test_a_text_that_is_counted_has_a_singular_and_a_plural(monkeypatch, pseudo):
    forms = "{count} row is on both sides.", "{count} rows are on both sides."
    assert [text.ngettext(*forms, n).format(count=n)[:6] for n in (1, 2)] == ["1 row ", "2 rows"]
    monkeypatch.setenv("MATNN_LANGUAGE", "zz")
    assert text.ngettext(*forms, 1) == bracketed(forms[0])


def test_a_figure_shows_its_texts_as_they_are_given_and_its_labels_translated(monkeypatch, pseudo):
    monkeypatch.setenv("MATNN_LANGUAGE", "zz")
    fig = go.Figure(go.Bar(x=["quartz", "rutile"], y=[1, 2], name="quartz"))
    label(fig, alt="Explorer", title="Explorer", x="Explorer")  # a sentence of the catalogue
    assert fig.layout.meta["alt"] == fig.layout.title.text == fig.layout.xaxis.title.text
    assert fig.layout.title.text == "Explorer"
    assert fig.data[0].name == "⟦quartz⟧"
    assert list(fig.data[0].x) == ["⟦quartz⟧", "⟦rutile⟧"]
    assert list(fig.data[0].y) == [1, 2]


# ---- notebooks


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_without_translations_a_notebook_stays_as_it_is(path):
    for cell in nbformat.read(path, as_version=4).cells:
        translate = code if cell.cell_type == "code" else markdown
        assert translate(cell.source, lambda message: message) == cell.source


def without_strings(source: str) -> str:
    """Return code with every string literal, and every f-string's words, left out."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            node.values = [part for part in node.values if isinstance(part, ast.FormattedValue)]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = ""
    return ast.dump(tree)


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_code_is_equal_but_for_string_literals(path):
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code":
            assert without_strings(code(cell.source, bracketed)) == without_strings(cell.source)


@pytest.mark.parametrize(
    "source",
    [
        'frame["random split"]',
        'frame.loc["A sentence as a key."]',
        'table = {"A key that ends. ": 1, "random": 2}',
        'fit(model, loss="squared")',
        'pd.Series(values, name="slope")',
        'answer == "Is it a sentence?"',
        're.search(r"T = (.) K and so on.", title)',
        'px.line(frame, x="year", y="temperature")',
        'print(f"{frame["a b."]}")' if sys.version_info >= (3, 12) else "0",
        "%timeit f(x)",
    ],
)
def test_what_may_be_a_key_is_left_alone(source):
    assert code(source, bracketed) == source


def test_what_only_a_reader_reads_is_translated():
    source = (
        'label(fig, x="Å (length)", alt="Two lines "\n      "that meet.")\n'
        'print(f"{n:,} rows of {name!r}", "and", key if n else "nothing")  # ä'
    )
    assert code(source, bracketed) == (
        "label(fig, x='⟦Å (length)⟧', alt='⟦Two lines that meet.⟧')\n"
        "print(f'⟦{n:,} rows of {name!r}⟧', '⟦and⟧', key if n else '⟦nothing⟧')  # ä"
    )


def test_a_translation_may_put_its_placeholders_in_another_order():
    said = {"{0} of {{n}} {1}": "{1}, {{n}}: {0}"}
    assert code('print(f"{a:.2f} of {{n}} {b}")', said.get) == "print(f'{b}, {{n}}: {a:.2f}')"


@pytest.mark.parametrize("wrong", ["{0}", "{0} {2}", "{0} {1", "words"])
def test_a_translation_with_other_placeholders_is_named(wrong):
    with pytest.raises(ValueError, match="needs the same placeholders"):
        code('print(f"{a} of {b}")', lambda _message: wrong)


def test_markdown_is_translated_by_paragraphs_items_and_cells():
    source = (
        "## Title\nTwo\nlines.\n\n- one\n  more\n- two\n\n| a | $x$ bc |\n|---|---|\n| de | 1 |\n\n"
        "$$\nx = y\n$$\n\n<details>\n<summary>Hint</summary>\n\nSo.\n\n</details>\n\n```python\nx\n```"
    )
    assert markdown(source, bracketed) == (
        "## ⟦Title⟧\n⟦Two lines.⟧\n\n- ⟦one more⟧\n- ⟦two⟧\n\n| a | ⟦$x$ bc⟧ |\n|---|---|\n| ⟦de⟧ | 1 |"
        "\n\n$$\nx = y\n$$\n\n<details>\n<summary>⟦Hint⟧</summary>\n\n⟦So.⟧\n\n</details>\n\n"
        "```python\nx\n```"
    )


def test_the_template_holds_each_kind_of_text(template):
    for message in (
        "Waiting for Python to draw the figure.",  # the package
        "Halite, NaCl",  # the title of a figure
        "{0} of 300 measured cells: more than ±1",  # printed
    ):
        assert message in template
    assert template.get("supercell, 60 atoms", "label")  # the name of a row


# ---- one lesson, all the way


@pytest.fixture(scope="module")
def edition(pseudo, tmp_path_factory) -> Path:
    """The folder of a small course in the pseudo-language: one lesson, executed, and its site."""
    root = tmp_path_factory.mktemp("course")
    copytree(ROOT / "book", root / "book")
    (root / "notebooks").mkdir()
    copy(ROOT / "notebooks" / LESSON, root / "notebooks")
    copy(ROOT / "_config.yml", root)
    (root / "_toc.yml").write_text(
        "format: jb-book\nroot: book/glossary\nchapters:\n"
        f"- file: book/notation\n- file: book/references\n- file: notebooks/{Path(LESSON).stem}\n"
    )
    target = tmp_path_factory.mktemp("edition") / "zz"
    build_edition("zz", target, root)
    return target


def texts_of_output(output: nbformat.NotebookNode):
    """Yield each text that a reader of the page sees or hears."""
    if output.output_type == "stream":
        yield from output.text.splitlines()
    data = output.get("data", {})
    page = BeautifulSoup(data.get("text/html", ""), "lxml")
    for part in page.find_all("style"):
        part.decompose()
    yield from page.stripped_strings
    figure = data.get("application/vnd.plotly.v1+json")
    yield from texts_of_figure(figure or {})
    explorer = data.get("application/vnd.matnn.explorer+json")
    if explorer:
        yield from explorer["words"].values()
        for control in explorer["controls"]:
            yield from [control["label"], *control["texts"]]
        for _setting, figure in read(explorer):
            yield from texts_of_figure(figure)


def texts_of_figure(part: dict | list, key: str = ""):
    if isinstance(part, dict):
        for name, value in part.items():
            if name != "template":
                yield from texts_of_figure(value, name)
    elif isinstance(part, list):
        for value in part:
            yield from texts_of_figure(value, key)
    elif isinstance(part, str) and key in SEEN:
        yield re.sub(r"<[^>]*>", "", part)


def heard(texts: list[str], message: str) -> str:
    texts.append(message)
    return message


def test_every_text_that_a_reader_of_the_lesson_sees_is_translated(edition):
    notebook = nbformat.read(edition / "notebooks" / LESSON, as_version=4)
    texts = []
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            markdown(cell.source, partial(heard, texts))
        for output in cell.get("outputs", []):
            texts += texts_of_output(output)
    shown = [unescape(part).strip() for part in texts]
    assert len(shown) > 500
    left = [
        part
        for part in shown
        if "⟦" not in part and editions.LABEL.match(part) and not CODE.match(part)
    ]
    assert left == []


def test_the_lesson_runs_with_equal_code(edition):
    made = nbformat.read(edition / "notebooks" / LESSON, as_version=4)
    original = nbformat.read(ROOT / "notebooks" / LESSON, as_version=4)
    for own, first in zip(made.cells, original.cells, strict=True):
        assert own.id == first.id
        if own.cell_type == "code":
            assert without_strings(own.source) == without_strings(first.source)


def test_the_site_of_the_edition_shows_it(edition):
    page = BeautifulSoup(
        (edition / "_build/html/notebooks" / LESSON).with_suffix(".html").read_bytes(), "lxml"
    )
    assert page.html["lang"] == "zz"
    assert page.h1.text.startswith("⟦06")
    assert page.select_one(".matnn-plot")["aria-label"].startswith("⟦")
    assert page.select_one(".matnn-quiz legend").text.startswith("1. ⟦")
    assert '"noscript":"⟦' in page.select_one(".matnn-explorer script").text


def test_the_workbook_of_the_edition_has_the_same_texts_and_stubs(pseudo):
    english, other = (
        nbformat.reads(unsolved(ROOT / "notebooks" / LESSON, language).decode(), as_version=4)
        for language in ("", "zz")
    )
    assert other.cells[0].source.startswith("# ⟦06")
    assert [c.source for c in other.cells if "YOUR CODE HERE" in c.source] == [
        c.source for c in english.cells if "YOUR CODE HERE" in c.source
    ]


def test_a_kernel_of_an_edition_knows_its_language():
    environment = editions.environment("zz")
    assert environment["MATNN_LANGUAGE"] == "zz"
    assert Path(environment["PYTHONSTARTUP"]).is_file()
    assert editions.environment("") == {"MATNN_LANGUAGE": ""}


def test_the_catalogues_of_babel_are_not_needed_to_run_the_course():
    program = "import sys, matnn_lab.text; sys.exit('babel' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0


def test_a_notebook_in_english_is_a_copy(pseudo):
    notebook = nbformat.read(ROOT / "notebooks" / LESSON, as_version=4)
    copied = translated(notebook, "")
    assert copied == notebook
    assert copied is not notebook


def test_what_the_package_draws_goes_through_the_catalogue():
    """``label`` shows what it is given, so the package gives it translated texts."""
    written = []
    for path in (ROOT / "matnn_lab").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "label":
                written += [
                    f"{path.name}: {part.value}"
                    for argument in node.keywords
                    if isinstance(argument.value, (ast.Constant, ast.JoinedStr))
                    for part in getattr(argument.value, "values", [argument.value])
                    if re.search(
                        r"[^\W\d_]{2,}", re.sub("<[^>]*>", "", str(getattr(part, "value", "")))
                    )
                    and isinstance(part, ast.Constant)
                ]
    assert written == []
