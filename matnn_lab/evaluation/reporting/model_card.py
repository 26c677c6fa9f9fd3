"""A model card that a project fills in step by step, and that never writes over what its reader wrote."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

import matnn_lab
from matnn_lab.evaluation.auditing.page import STYLE
from matnn_lab.text import gettext as _
from matnn_lab.text import language

if TYPE_CHECKING:
    import plotly.graph_objects as go

NAME = "model_card"
STEPS = (
    "question",
    "split",
    "audit",
    "baseline",
    "representation",
    "model",
    "uncertainty",
    "ranking",
    "claim",
)
SECTIONS = ("data", "split", "scores", "uncertainty", "use it for", "do not use it for")
BLOCK = re.compile(
    r"<!-- filled in: (?P<name>[\w ]+), (?P<sum>[0-9a-f]{12}) -->\n(?P<body>.*?)<!-- end: (?P=name) -->\n",
    re.DOTALL,
)


class Decision(NamedTuple):
    """What was decided in a step, and why."""

    choice: str
    because: str


@dataclass(frozen=True)
class Written:
    """What `ModelCard.write` did; prints as sentences.

    Attributes
    ----------
    paths : list of Path
        Of the card as Markdown and as an HTML page.
    kept : list of str
        Sections, or the page, that the reader had changed and that were left as they are.
    """

    paths: list[Path]
    kept: list[str]

    def __repr__(self) -> str:
        said = _("The card is in {files}.").format(files=", ".join(p.name for p in self.paths))
        if self.kept:
            said += " " + _("Left as you had changed it: {kept}.").format(kept=", ".join(self.kept))
        return said


@dataclass
class ModelCard:
    """The record of a project: its decisions, data, scores and limits (Mitchell et al. 2019).

    After doi:10.1145/3287560.3287596, for models of materials.

    Parameters
    ----------
    title : str
    steps : sequence of str
        Steps in which something is to be decided, in order; one that was not decided yet is told as such.

    Examples
    --------
    ::

        card = ModelCard("Viscosity of oxide melts")
        card.decide("split", "whole papers", because="new data will come from new papers")
        card.add("scores", table)
        card.write("my_project")  # my_project/model_card.md and model_card.html
    """

    title: str
    steps: Sequence[str] = STEPS
    decisions: dict[str, Decision] = field(default_factory=dict, init=False)
    sections: dict[str, str] = field(default_factory=dict, init=False)
    figures: dict[str, go.Figure] = field(default_factory=dict, init=False)

    def decide(self, step: str, choice: str, *, because: str) -> Decision:
        """Write down what was decided in a step; a later decision in the step takes its place.

        Raises
        ------
        ValueError
            If there is no such step, or the choice or its reason is empty.
        """
        if step not in self.steps:
            raise ValueError(
                _("There is no step {step!r}; choose one of {steps}.").format(
                    step=step, steps=", ".join(self.steps)
                )
            )
        if not choice.strip() or not because.strip():
            raise ValueError(
                _(
                    "The decision on {step!r} has no choice or no reason; write a sentence for each."
                ).format(step=step)
            )
        self.decisions[step] = Decision(choice.strip(), because.strip())
        return self.decisions[step]

    def undecided(self) -> list[str]:
        """Return the steps in which nothing was decided yet."""
        return [step for step in self.steps if step not in self.decisions]

    def add(self, section: str, content: str | Sequence[str] | pd.DataFrame) -> None:
        """Put a text, a list of points or a table into a section.

        Parameters
        ----------
        section : str
            One of `SECTIONS`, or one of your own, in letters, digits and spaces; what it held before is
            replaced.
        content : str, sequence of str or pandas.DataFrame
        """
        if not re.fullmatch(r"[\w ]+", section) or section in ("decisions", "figures"):
            raise ValueError(
                _(
                    "A section cannot be called {section!r}; use letters, digits and spaces, and another"
                    " name than decisions and figures."
                ).format(section=section)
            )
        if isinstance(content, pd.DataFrame):
            text = _table(content)
        elif isinstance(content, str):
            text = content.strip()
        else:
            text = "\n".join(f"- {point}" for point in content)
        self.sections[section] = text

    def add_figure(self, name: str, figure: go.Figure) -> None:
        """Put a figure on the page; its description (`matnn_lab.figures.label`) goes into both files.

        Raises
        ------
        ValueError
            If the figure has no description, or the name is not of letters, digits and spaces.
        """
        if not re.fullmatch(r"[\w ]+", name):
            raise ValueError(
                _("A figure cannot be called {name!r}; use letters, digits and spaces.").format(
                    name=name
                )
            )
        if not _alt(figure):
            raise ValueError(
                _("The figure {name!r} has no description; pass alt to label.").format(name=name)
            )
        self.figures[name] = figure

    def blocks(self) -> dict[str, str]:
        """Return the text of each section that the project fills in, in order."""
        rows = []
        for step in self.steps:
            found = self.decisions.get(step, Decision(_("**not decided yet**"), ""))
            rows.append((step, *found))
        columns = [_("Step"), _("Decision"), _("Because")]
        named = {"decisions": _table(pd.DataFrame(rows, columns=columns).set_index(columns[0]))}
        order = [name for name in SECTIONS if name in self.sections]
        order += [name for name in self.sections if name not in SECTIONS]
        named |= {name: self.sections[name] for name in order}
        if self.figures:
            named["figures"] = "\n".join(
                f"- {name}: {_alt(figure)}" for name, figure in self.figures.items()
            )
        return named

    def to_markdown(self) -> str:
        """Return a new card as Markdown."""
        return self._merged("")[0]

    def _repr_markdown_(self) -> str:
        # shown inside a page that has a title of its own: each heading one level lower
        return re.sub(r"(?m)^#", "##", _without_marks(self.to_markdown()))

    def write(self, folder: str | Path) -> Written:
        """Write the card as Markdown and as a page, and keep what the reader wrote into either.

        In a card that is there, text outside of the filled-in sections stays, letter for letter; a filled-in
        section is renewed if it is as it was written, and left alone if somebody changed it. The page is
        made from the Markdown, with the figures; a page that somebody changed is left alone too.

        Parameters
        ----------
        folder : path
            Made if it is not there.

        Returns
        -------
        Written
        """
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        card, page = folder / f"{NAME}.md", folder / f"{NAME}.html"
        # newline="" keeps the line ends of the reader's editor
        before = card.open(encoding="utf-8", newline="").read() if card.exists() else ""
        text, kept = self._merged(before)
        if text != before:
            card.open("w", encoding="utf-8", newline="").write(text)
        if page.exists() and not _is_own(page.read_text(encoding="utf-8")):
            kept.append(page.name)
        else:
            page.write_text(_stamped(self._page(text)), encoding="utf-8")
        return Written([card, page], kept)

    def _merged(self, before: str) -> tuple[str, list[str]]:
        """Return the card, and the names of the sections that were left as they are."""
        named, kept, there = self.blocks(), [], set()

        def renew(match: re.Match) -> str:
            name = match["name"]
            there.add(name)
            if match["sum"] != _sum(match["body"]):
                kept.append(name)
                return match[0]
            return _block(name, named[name]) if name in named else match[0]

        text = BLOCK.sub(renew, before) if before else f"# {self.title}\n"
        ends_well = text if text.endswith("\n") else text + "\n"
        new = [name for name in named if name not in there]
        added = "".join(f"\n## {_title(name)}\n\n{_block(name, named[name])}" for name in new)
        return (ends_well + added if new else text), kept

    def _page(self, text: str) -> str:
        from mistune import create_markdown

        body = str(create_markdown(plugins=["table"])(_without_marks(text)))
        parts, library = [], True
        for name, figure in self.figures.items():
            drawn = figure.to_html(
                full_html=False, include_plotlyjs=library, div_id=name.replace(" ", "-")
            )
            parts.append(f"<figure>{drawn}<figcaption>{escape(_alt(figure))}</figcaption></figure>")
            library = False
        made = _("Made by matnn-lab {version}.").format(version=matnn_lab.__version__)
        return (
            f'<!doctype html>\n<html lang="{language() or "en"}">\n<head>\n<meta charset="utf-8">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f"<title>{escape(self.title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n{body}\n"
            + "\n".join(parts)
            + f"\n<p><small>{escape(made)}</small></p>\n</body>\n</html>\n"
        )


def _alt(figure: go.Figure) -> str:
    return str((figure.layout.meta or {}).get("alt", ""))


def _title(name: str) -> str:
    return name[:1].upper() + name[1:]


def _sum(body: str) -> str:
    return sha256(body.replace("\r\n", "\n").encode()).hexdigest()[:12]


def _block(name: str, text: str) -> str:
    body = f"\n{text}\n\n"
    return f"<!-- filled in: {name}, {_sum(body)} -->\n{body}<!-- end: {name} -->\n"


def _without_marks(text: str) -> str:
    return re.sub(r"<!-- (?:filled in|end): [^\n]*? -->\r?\n", "", text)


def _table(frame: pd.DataFrame) -> str:
    """Write a table in Markdown; numbers in three digits, as far as they say something."""
    named = (
        frame.reset_index() if frame.index.name or isinstance(frame.index, pd.MultiIndex) else frame
    )
    lines = ["| " + " | ".join(map(str, named.columns)) + " |"]
    lines.append("|" + "---|" * named.shape[1])
    for row in named.itertuples(index=False):
        lines.append("| " + " | ".join(map(_cell, row)) + " |")
    return "\n".join(lines)


def _cell(value: object) -> str:
    text = f"{value:.3g}" if isinstance(value, float) else str(value)
    return text.replace("|", "\\|").replace("\n", " ")


def _stamped(page: str) -> str:
    """Add the sum of the page to its end, so that a change by hand can be seen."""
    return f"{page}<!-- {_sum(page)} -->\n"


def _is_own(page: str) -> bool:
    body, _mark, stamp = page.rpartition("<!-- ")
    return stamp == f"{_sum(body)} -->\n"
