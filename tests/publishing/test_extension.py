import re
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup
from sphinx.cmd.build import build_main

from matnn_lab.course.build import build_site

REPOSITORY = "https://github.com/someone/course"


def read(page: Path) -> BeautifulSoup:
    return BeautifulSoup(page.read_bytes(), "lxml")


def scripts(page: BeautifulSoup) -> set[str]:
    return {Path(tag["src"].partition("?")[0]).name for tag in page.find_all("script", src=True)}


def launch_buttons(page: BeautifulSoup) -> list[str]:
    hosts = ("https://mybinder.org", "https://colab.research.google.com")
    return [
        link["href"] for link in page.find_all("a", href=True) if link["href"].startswith(hosts)
    ]


@pytest.fixture(scope="module")
def site(make_book, tmp_path_factory) -> Path:
    return build_site(make_book(tmp_path_factory.mktemp("book"))).parent


@pytest.fixture(scope="module")
def figures(site: Path) -> BeautifulSoup:
    return read(site / "figures.html")


def test_page_with_figures_loads_the_drawing_and_the_explorers_and_finds_plotly_beside_them(
    site, figures
):
    assert {"templates.js", "matnn.js", "explorer.js"} <= scripts(figures)
    assert "plotly.min.js" not in scripts(figures)
    assert (site / "_static/matnn/plotly.min.js").is_file()
    assert figures.select_one(".matnn-plot[role=img]")
    assert figures.select_one(".matnn-explorer > script[type='application/json']")


def test_plain_link_leads_to_the_term_of_the_glossary(site, figures):
    link = figures.find("a", string="slope")
    assert link["href"] == "intro.html#term-Slope"
    assert read(site / "intro.html").find(id="term-Slope").name == "dt"


def test_each_letter_of_a_glossary_leads_to_its_first_term(make_book, tmp_path):
    book = make_book(tmp_path)
    terms = ["Atom", "alloy", "Bond", "Slope", "strain"]
    entries = "\n".join(f"{term}\n  What it is.\n" for term in terms)
    words = f"# Words\n\nFirst words.\n\n:::{{glossary}}\n{entries}:::\n"
    (book / "intro.md").write_text(words, encoding="utf-8")
    page = read(build_site(book).with_name("intro.html"))
    letters = page.select("nav.course-letters a")
    assert {link.text: link["href"] for link in letters} == {
        "A": "#term-Atom",
        "B": "#term-Bond",
        "S": "#term-Slope",
    }
    assert page.select_one("nav.course-letters").find_previous_sibling().name == "h1"


def test_page_of_words_does_not_load_plotly(site):
    assert not {"plotly.min.js", "explorer.js"} & scripts(read(site / "intro.html"))


def test_a_page_names_only_styles_that_it_uses_and_no_script_holds_up_its_words(site, figures):
    words = read(site / "intro.html")
    styles = {
        page: {
            Path(tag["href"].partition("?")[0]).name for tag in page.select("link[rel=stylesheet]")
        }
        for page in (words, figures)
    }
    assert any(name.startswith("mystnb") for name in styles[figures])
    assert "copybutton.js" in scripts(figures)
    assert not any(
        name.startswith(("mystnb", "copybutton", "sphinx-design")) for name in styles[words]
    )
    assert not {"copybutton.js", "clipboard.min.js", "design-tabs.js"} & scripts(words)
    for page in (words, figures):
        held_up = page.head.select("script[src]:not([defer], [async])")
        assert [tag["src"] for tag in held_up] == []


def test_every_script_style_and_font_is_a_file_of_the_site(site):
    for path in site.glob("*.html"):
        page = read(path)
        loaded = [tag["src"] for tag in page.select("script[src], img[src]")]
        loaded += [
            tag["href"]
            for tag in page.select("link[rel=stylesheet], link[rel=preload], link[rel=icon]")
        ]
        for address in loaded:
            assert (path.parent / address.partition("?")[0]).is_file(), address


def test_mathjax_comes_with_its_fonts_and_licence(site):
    mathjax = site / "_static/mathjax"
    assert (mathjax / "LICENSE").is_file()
    assert list(mathjax.glob("output/chtml/fonts/woff-v2/*.woff"))


def test_table_in_a_markdown_output_is_a_table(figures):
    assert [cell.text for cell in figures.select("table th")] == ["fact", "value"]


def test_solution_is_folded_under_its_prompt(figures):
    details = figures.select_one("details.hide")
    assert "open" not in details.attrs
    assert "Show the solution" in details.summary.text


def test_there_are_no_launch_buttons_without_a_repository(figures):
    assert launch_buttons(figures) == []


def test_a_repository_brings_buttons_and_the_branch_that_they_open(
    make_book, tmp_path, monkeypatch
):
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "https://wheels.example/cpu")
    index = build_site(make_book(tmp_path, repository=REPOSITORY))
    assert launch_buttons(read(index.with_name("figures.html"))) == [
        "https://mybinder.org/v2/gh/someone/course/launch?urlpath=lab/tree/figures.ipynb",
        "https://colab.research.google.com/github/someone/course/blob/launch/figures.ipynb",
    ]
    launch = tmp_path / "_build/launch"
    assert nbformat.read(launch / "figures.ipynb", as_version=4).cells[1].id == "door"
    assert (launch / "requirements.txt").read_text().splitlines() == [
        "--extra-index-url https://wheels.example/cpu",
        "--constraint requirements.lock",
        f"git+{REPOSITORY}",
    ]
    assert (launch / "requirements.lock").is_file()


def test_a_page_offers_its_notebook_with_the_cell_that_looks_for_the_package(site, figures):
    link = figures.select_one("a.btn-download-source-button")
    notebook = nbformat.read(site / link["href"], as_version=4)
    assert "This notebook needs the package" in notebook.cells[1].source
    assert not (site.parent / "launch").exists()


def test_other_books_of_the_environment_are_left_as_they_were(notebook, tmp_path):
    (tmp_path / "conf.py").write_text("extensions = ['myst_nb']\nnb_execution_mode = 'off'\n")
    nbformat.write(notebook, tmp_path / "index.ipynb")
    assert build_main(["-q", str(tmp_path), str(tmp_path / "html")]) == 0
    page = (tmp_path / "html/index.html").read_text(encoding="utf-8")
    assert page.count("<i>instead</i>") == 2
    assert not re.search("matnn-(plot|explorer)", page)
