"""The site folds the asserts with which a cell ends under it (see ``asserts.py``)."""

from docutils import nodes

from matnn_lab.publishing.asserts import split_asserts
from matnn_lab.text import gettext as _


def fold_asserts(document: nodes.document) -> None:
    """Fold, on a page of the site, the asserts with which the cells of a notebook end."""
    for cell in list(document.findall(nodes.container)):
        # a solution is folded as a whole, and a fold in a fold cannot be reached by keyboard
        folded = "tag_hide-input" in cell.parent.get("classes", [])
        if "cell_input" in cell["classes"] and not folded:
            for block in list(cell.findall(nodes.literal_block)):
                shown, checks = split_asserts(block.astext())
                if checks:
                    block.replace_self(
                        [
                            *([_with_text(block, shown)] if shown.strip() else []),
                            _raw(
                                f'<details class="course-checks"><summary>{_("Checks")}</summary>'
                            ),
                            _with_text(block, checks),
                            _raw("</details>"),
                        ]
                    )


def _with_text(block: nodes.literal_block, text: str) -> nodes.literal_block:
    copy = block.copy()
    text = text.strip("\n")
    copy.rawsource = text
    copy += nodes.Text(text)
    return copy


def _raw(html: str) -> nodes.raw:
    return nodes.raw("", html, format="html")
