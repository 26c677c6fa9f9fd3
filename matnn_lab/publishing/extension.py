"""The Sphinx extension of the site: what the pages need, from the packages of the environment.

Scripts and fonts are copied into the site when it is built, and a page names only those it uses, so a
reader needs no network and a page carries plotly only when a figure of it comes near the screen.
"""

from __future__ import annotations

import json
import re
from html import escape
from importlib.resources import files
from pathlib import Path
from shutil import copyfile
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx import addnodes
from sphinx.util.fileutil import copy_asset

from matnn_lab import __version__
from matnn_lab.figures import TEMPLATE, TEMPLATE_DARK
from matnn_lab.publishing.folds import fold_asserts
from matnn_lab.publishing.renderer import EXPLORER, PLOTLY
from matnn_lab.publishing.welcome import (
    CardsDirective,
    ExplorerDirective,
    MapDirective,
    PictureDirective,
)
from matnn_lab.text import gettext as _

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.config import Config

OWN = Path(__file__).with_name("static")
CARD = "_static/matnn/card.png"  # what is shown where a link to the site is sent
DESCRIPTION = 200  # letters, about as many as search engines show
MATHJAX = "tex-chtml.js"
# what MathJax fetches when it is first needed: fonts, rare LaTeX packages, reading formulas aloud
MATHJAX_PARTS = ["a11y", "input", "output/chtml", "sre"]

# what extensions name on every page -> what a page has that needs it
NEEDED = {
    "sphinx-design": r'class="[^"]*\bsd-',
    "design-tabs": r'class="[^"]*\bsd-tab',
    "mystnb": r'class="[^"]*\bcell',
    "clipboard": r'class="[^"]*\bhighlight',
    "copybutton": r'class="[^"]*\bhighlight',
}


def scrolling() -> dict[str, str]:
    """Return what may be wider than a page and scrolls in itself, with a name for it."""
    return {
        ".course-map": _("Drawing that scrolls sideways"),
        ".pst-scrollable-table-container, .bd-content .cell_output .text_html": _(
            "Table that scrolls sideways"
        ),
        ".bd-content div.math": _("Formula that scrolls sideways"),
        ".bd-content div.highlight pre": _("Code that scrolls sideways"),
    }


THEME = """\
matnn.theme = () => ({
  template: matnn.templates[document.documentElement.dataset.theme === "dark" ? "dark" : "light"],
});
"""

# Before the first paint, so that a page opened in the dark mode never shows white.
COLOR_MODE = """
{
  const root = document.documentElement;
  if (root.dataset.theme !== "light" && root.dataset.theme !== "dark") {
    const dark = matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "dark" : "light";
  }
}
"""


def configure(app: Sphinx, config: Config) -> None:
    """Offer the figures to myst-nb, keep MathJax at home, and drop launch buttons without a target."""
    config.nb_mime_priority_overrides = [("*", EXPLORER, 4), ("*", PLOTLY, 5)]
    config.mathjax_path = f"mathjax/{MATHJAX}"
    config.templates_path.append(str(OWN.with_name("templates")))
    if not config.html_theme_options.get("repository_url"):
        config.html_theme_options["launch_buttons"] = {}


def copy_assets(app: Sphinx) -> None:
    """Put scripts, styles and fonts beside the pages, before Sphinx takes their checksums."""
    if app.builder.format != "html":
        return
    target = Path(app.outdir, "_static")
    mathjax = _package("mathjax") / "static/mathjax"
    for part in MATHJAX_PARTS:
        copy_asset(mathjax / "es5" / part, target / "mathjax" / part)
    copyfile(mathjax / "es5" / MATHJAX, target / "mathjax" / MATHJAX)
    copyfile(mathjax / "LICENSE", target / "mathjax" / "LICENSE")
    own = target / "matnn"
    copy_asset(OWN, own)
    if (pictures := Path(app.srcdir, "book/images")).is_dir():
        copy_asset(pictures, own / "images")
    for name in ("explorer.js", "explorer.css"):
        copyfile(_package("matnn_lab.widgets") / "static" / name, own / name)
    copyfile(_package("plotly") / "package_data/plotly.min.js", own / "plotly.min.js")
    templates = {"light": TEMPLATE.to_plotly_json(), "dark": TEMPLATE_DARK.to_plotly_json()}
    (own / "templates.js").write_text(
        f"window.matnn = {{...window.matnn, templates: {json.dumps(templates)}}};\n{THEME}",
        encoding="utf-8",
    )


def _package(name: str) -> Path:
    return Path(str(files(name)))


def name_terms(app: Sphinx, doctree: nodes.document) -> None:
    """Let plain links of Markdown lead to terms: ``[loss](../book/glossary.md#term-Loss)``."""
    names = app.env.metadata[app.env.docname].setdefault("myst_slugs", {})
    for term in doctree.findall(nodes.term):
        names.update({name: (0, name, term.astext()) for name in term["ids"]})


def add_letters(app: Sphinx, doctree: nodes.document) -> None:
    """Put the letters with which terms of a glossary begin under the title, as links to the first of each."""
    first: dict[str, str] = {}  # letter -> where its first term stands
    for term in (
        term
        for glossary in doctree.findall(addnodes.glossary)
        for term in glossary.findall(nodes.term)
    ):
        first.setdefault(term.astext()[0].upper(), term["ids"][0])
    title = next(doctree.findall(nodes.title), None)
    if not first or title is None:
        return
    links = "".join(
        f'<a href="#{name}">{escape(letter)}</a>' for letter, name in sorted(first.items())
    )
    said = escape(_("First letters of the terms"))
    html = f'<nav class="course-letters" aria-label="{said}">{links}</nav>'
    title.parent.insert(title.parent.index(title) + 1, nodes.raw("", html, format="html"))


def add_assets(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document
) -> None:
    """Name on each page the scripts and styles that it uses, and mend the roles of its list of literature."""
    app.add_js_file(None, body=COLOR_MODE, priority=0)
    app.add_css_file("matnn/matnn.css", priority=900)
    names: dict[str, Any] = {"data-names": json.dumps(scrolling(), ensure_ascii=False)}
    app.add_js_file("matnn/scrolling.js", defer="defer", **names)
    # a list whose items have a role that is none of a list's: nonsense to a screen reader
    body = context.get("body", "").replace(' role="doc-biblioentry"', "")
    context["body"] = body.replace('<div role="list" class="citation-list">', "<div>")
    if not doctree:
        return
    _describe(app, pagename, context, doctree)
    if any("matnn" in node["classes"] for node in doctree.findall(nodes.raw)):
        app.add_css_file("matnn/explorer.css", priority=900)
        # they load plotly, which lies beside them, when there is something to draw
        for script in ("templates.js", "explorer.js", "matnn.js"):
            app.add_js_file(f"matnn/{script}", defer="defer")
    unused = [name for name, mark in NEEDED.items() if not re.search(mark, context["body"])]
    if pagename.startswith("book/") and not _has_formulas(doctree):
        unused.append("mathjax")
    for kind in ("script_files", "css_files"):
        context[kind] = [
            each for each in context[kind] if not any(name in str(each) for name in unused)
        ]


def _has_formulas(doctree: nodes.document) -> bool:
    return any(isinstance(node, nodes.math | nodes.math_block) for node in doctree.findall())


def _describe(app: Sphinx, pagename: str, context: dict[str, Any], doctree: nodes.document) -> None:
    """Say to search engines, and to whoever is sent a link, what a page is about."""
    first = next(doctree.findall(nodes.paragraph), None)
    words = " ".join(first.astext().split()) if first else ""
    is_start = pagename == app.config.root_doc
    if len(words) > DESCRIPTION:
        words = words[:DESCRIPTION].rpartition(" ")[0] + " …"
    base = app.config.html_baseurl.rstrip("/")
    picture = f"{base}/{CARD}" if base else context["pathto"](CARD, resource=True)
    title = context["title"]
    if is_start:  # elsewhere the name of the site follows that of the page
        title = _("{site}: a course in notebooks").format(site=app.config.html_title)
        context |= {"title": title, "docstitle": ""}
    said = {
        "og:type": "website" if is_start else "article",
        "og:site_name": app.config.html_title,
        "og:title": title,
        "og:description": words,
        "og:image": picture,
        "og:image:alt": app.config.html_title,
    }
    tags = [f'<meta name="description" content="{escape(words)}">'] if words else []
    tags += [
        f'<meta property="{name}" content="{escape(value)}">'
        for name, value in said.items()
        if value
    ]
    tags.append('<meta name="twitter:card" content="summary_large_image">')
    context["metatags"] = context.get("metatags", "") + "\n".join(tags)


def plain_bars(
    app: Sphinx, what: str, name: str, found: Any, options: Any, lines: list[str]
) -> None:
    """Keep the bars of |x| in a docstring, where Sphinx would look for a substitution."""
    for number, line in enumerate(lines):
        parts = re.split("(``.*?``)", line)
        parts[::2] = [part.replace("|", "\\|") for part in parts[::2]]
        lines[number] = "".join(parts)


def is_foreign(app: Sphinx, what: str, name: str, found: Any, skip: bool, options: Any) -> bool:
    """Leave out of the reference what scikit-learn adds to every regressor."""
    return skip or (name.startswith("set_") and name.endswith("_request"))


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect the extension to Sphinx."""
    app.add_directive("explorer", ExplorerDirective)
    app.add_directive("picture", PictureDirective)
    app.add_directive("course-cards", CardsDirective)
    app.add_directive("course-map", MapDirective)
    app.connect("config-inited", configure)
    app.connect("builder-inited", copy_assets)
    app.connect("doctree-read", name_terms)
    app.connect("doctree-read", add_letters)
    app.connect("doctree-read", lambda _app, doctree: fold_asserts(doctree))
    if "sphinx.ext.autodoc" in app.extensions:
        app.connect("autodoc-process-docstring", plain_bars)
        app.connect("autodoc-skip-member", is_foreign)
    app.connect("html-page-context", add_assets)
    return {"version": __version__, "parallel_read_safe": True, "parallel_write_safe": True}
