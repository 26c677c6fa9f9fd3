"""The Sphinx extension of the site: what the pages need, from the packages of the environment.

Scripts and fonts are copied into the site when it is built, and a page names only those it uses, so a
reader needs no network and a page without figures does not carry plotly.
"""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from shutil import copyfile
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx.util.fileutil import copy_asset

from matnn_lab import __version__
from matnn_lab.figures import TEMPLATE, TEMPLATE_DARK
from matnn_lab.publishing.asserts import fold_asserts
from matnn_lab.publishing.renderer import EXPLORER, PLOTLY

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.config import Config

OWN = Path(__file__).with_name("static")
MATHJAX = "tex-chtml.js"
# what MathJax fetches when it is first needed: fonts, rare LaTeX packages, reading formulas aloud
MATHJAX_PARTS = ["a11y", "input", "output/chtml", "sre"]

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


def add_assets(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document
) -> None:
    """Name on each page the scripts that it uses, and mend the roles of its list of literature."""
    app.add_js_file(None, body=COLOR_MODE, priority=0)
    app.add_css_file("matnn/matnn.css", priority=900)
    # a list whose items have a role that is none of a list's: nonsense to a screen reader
    body = context.get("body", "").replace(' role="doc-biblioentry"', "")
    context["body"] = body.replace('<div role="list" class="citation-list">', "<div>")
    if doctree and any("matnn" in node["classes"] for node in doctree.findall(nodes.raw)):
        app.add_css_file("matnn/explorer.css", priority=900)
        for script in ("plotly.min.js", "templates.js", "explorer.js", "matnn.js"):
            app.add_js_file(f"matnn/{script}", defer="defer")


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect the extension to Sphinx."""
    app.connect("config-inited", configure)
    app.connect("builder-inited", copy_assets)
    app.connect("doctree-read", name_terms)
    app.connect("doctree-read", lambda _app, doctree: fold_asserts(doctree))
    app.connect("html-page-context", add_assets)
    return {"version": __version__, "parallel_read_safe": True, "parallel_write_safe": True}
