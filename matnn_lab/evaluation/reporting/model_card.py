"""A model card that a project fills in step by step, and that never writes over what its reader wrote."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
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
# a section that the project filled in, with the line end of the reader's editor, which may cut the last one
BLOCK = re.compile(
    r"<!-- filled in: (?P<name>[\w ]+), (?P<sum>[0-9a-f]{12}) -->(?P<line_end>\r\n|\r|\n)"
    r"(?P<body>.*?)<!-- end: (?P=name) -->(?:\r\n|\r|\n|\Z)",
    re.DOTALL,
)
# all sections that were ever filled in: one that is named here and not there was deleted by the reader
RECORD = re.compile(r"<!-- filled in here: ([\w ,]*) -->")
MARK = r"<!-- (?=(?:filled in|filled in here|end): )"
FIGURE = re.compile(r'<figure data-name="([\w ]+)">.*?</figure>', re.DOTALL)


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
        Sections, or the page, that the reader had changed or deleted and that were left so.
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
            If there is no such step, or the choice or its reason is no text or empty.
        """
        if step not in self.steps:
            raise ValueError(
                _("There is no step {step!r}; choose one of {steps}.").format(
                    step=step, steps=", ".join(self.steps)
                )
            )
        if not all(isinstance(said, str) and said.strip() for said in (choice, because)):
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

    def add(
        self, section: str, content: str | Iterable | Mapping | pd.Series | pd.DataFrame
    ) -> None:
        """Put a text, a list of points or a table into a section.

        Parameters
        ----------
        section : str
            One of `SECTIONS`, or one of your own, in letters, digits and spaces; what it held before is
            replaced. Capitals make no other section.
        content : str, sequence of str, pandas.DataFrame, or pandas.Series or dict
            The last two are tables of names and values.

        Raises
        ------
        ValueError, TypeError
            If a section cannot have this name, or the content is none of these.
        """
        if not _is_name(section) or section.casefold() in ("decisions", "figures"):
            raise ValueError(
                _(
                    "A section cannot be called {section!r}; use letters, digits and spaces, and another"
                    " name than decisions and figures."
                ).format(section=section)
            )
        if isinstance(content, Mapping):
            content = pd.Series(content, dtype=object)
        if isinstance(content, pd.Series):
            content = content.to_frame("" if content.name is None else content.name)
        if isinstance(content, pd.DataFrame):
            text = _table(content)
        elif isinstance(content, str):
            text = content.strip()
        elif isinstance(content, Iterable):
            text = "\n".join(f"- {point}" for point in content)
        else:
            raise TypeError(
                _(
                    "The section {section!r} was given {content!r}; give a text, a list of texts or a table."
                ).format(section=section, content=content)
            )
        self.sections[_same(section, [*SECTIONS, *self.sections])] = text

    def add_figure(self, name: str, figure: go.Figure) -> None:
        """Put a figure on the page; its description (`matnn_lab.figures.label`) goes into both files.

        Raises
        ------
        ValueError
            If the figure has no description, or the name is not of letters, digits and spaces.
        """
        if not _is_name(name):
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
                f"- {name}: {_one_line(_alt(figure))}" for name, figure in self.figures.items()
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
        section is renewed if it is as it was written, and left alone if somebody changed or deleted it (a
        comment below the title names the sections; take a name out of it, and the section comes back). Rows
        and figures of an earlier session stay until this one decides or draws them. The page is made from
        the Markdown, with the figures; a page that somebody changed is left alone too.

        Parameters
        ----------
        folder : path
            Made if it is not there.

        Returns
        -------
        Written

        Raises
        ------
        ValueError, FileExistsError
            If the card in the folder has another title or is not in UTF-8, or the folder is a file. Nothing
            is written then.
        """
        folder = Path(folder)
        for path in (folder, *folder.parents):
            if path.is_file():
                raise FileExistsError(_("{path} is a file; name a folder.").format(path=path))
        folder.mkdir(parents=True, exist_ok=True)
        card, page = folder / f"{NAME}.md", folder / f"{NAME}.html"
        # as bytes, so that the line ends of the reader's editor stay
        try:
            before = card.read_bytes().decode() if card.exists() else ""
        except UnicodeDecodeError:
            raise ValueError(
                _("{path} is not written in UTF-8; save it so in your editor.").format(path=card)
            ) from None
        lines = before.removeprefix("\ufeff").splitlines()
        headings = [_one_line(line[2:]) for line in lines if line.startswith("# ")]
        if headings and _one_line(self.title) not in headings:
            raise ValueError(
                _(
                    "{path} is a card with the title {there!r}, and this one is called {here!r}; name another"
                    " folder, or give both the same title."
                ).format(path=card, there=headings[0], here=self.title)
            )
        text, kept = self._merged(before)
        if text != before:
            card.write_bytes(text.encode())
        drawn = page.read_text(encoding="utf-8", errors="replace") if page.exists() else ""
        if drawn and not _is_own(drawn):
            kept.append(page.name)
        else:
            page.write_text(_stamped(self._page(text, drawn)), encoding="utf-8")
        return Written([card, page], kept)

    def _merged(self, before: str) -> tuple[str, list[str]]:
        """Return the card, and the names of the sections that were left as they are."""
        named, kept, there = self.blocks(), [], []

        def renew(match: re.Match) -> str:
            name = _same(match["name"], named)
            there.append(name)
            if match["sum"] != _sum(match["body"]):
                kept.append(name)
            if name in kept or name not in named:
                return match[0]
            rows = {"decisions": 2, "figures": 0}  # and the lines above them
            old = match["body"].strip().splitlines()
            text = _with_earlier(old, named[name], rows[name]) if name in rows else named[name]
            return _block(name, text).replace("\n", match["line_end"])

        text = before or f"# {_one_line(self.title)}\n<!-- filled in here:  -->\n"
        line_end = next(iter(re.findall(r"\r\n|\r|\n", text)), "\n")
        text = BLOCK.sub(renew, text)
        record = RECORD.search(text)
        known = [_same(name, named) for name in record[1].split(", ") if name] if record else []
        new = [name for name in named if name not in there and name not in known]
        kept += [name for name in named if name not in there and name in known]
        added = "".join(f"\n## {_title(name)}\n\n{_block(name, named[name])}" for name in new)
        mark = f"<!-- filled in here: {', '.join(dict.fromkeys([*known, *there, *new]))} -->"
        if record:
            text = text[: record.start()] + mark + text[record.end() :]
        else:
            added += f"\n{mark}\n"
        if added and not text.endswith(line_end):
            text += line_end
        return text + added.replace("\n", line_end), kept

    def _page(self, text: str, before: str) -> str:
        from mistune import create_markdown

        body = str(create_markdown(plugins=["table"])(_without_marks(text)))
        parts, library = {}, True
        for name, figure in self.figures.items():
            drawn = figure.to_html(
                full_html=False, include_plotlyjs=library, div_id=name.replace(" ", "-")
            )
            caption = f"<figcaption>{escape(_alt(figure))}</figcaption>"
            parts[name] = f'<figure data-name="{name}">{drawn}{caption}</figure>'
            library = False
        parts |= {old[1]: old[0] for old in FIGURE.finditer(before) if old[1] not in parts}
        made = _("Made by matnn-lab {version}.").format(version=matnn_lab.__version__)
        return (
            f'<!doctype html>\n<html lang="{language() or "en"}">\n<head>\n<meta charset="utf-8">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f"<title>{escape(self.title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n{body}\n"
            + "\n".join(parts.values())
            + f"\n<p><small>{escape(made)}</small></p>\n</body>\n</html>\n"
        )


def _alt(figure: go.Figure) -> str:
    return str((figure.layout.meta or {}).get("alt", ""))


def _is_name(name: object) -> bool:
    return isinstance(name, str) and re.fullmatch(r"\w(?:[\w ]*\w)?", name) is not None


def _same(name: str, others: Iterable[str]) -> str:
    """Return the name as the others have it, in capitals or not."""
    return next((other for other in others if other.casefold() == name.casefold()), name)


def _one_line(text: str) -> str:
    return " ".join(str(text).split())


def _with_earlier(old: list[str], text: str, head: int) -> str:
    """Keep the rows of an earlier session of which this one says nothing."""
    lines = text.splitlines()
    was, now = ({re.split(r" \| |: ", row)[0]: row for row in part[head:]} for part in (old, lines))
    open_ = _("**not decided yet**")
    said = {name: row for name, row in now.items() if name not in was or open_ not in row}
    return "\n".join(lines[:head] + list((was | said).values()))


def _title(name: str) -> str:
    return name[:1].upper() + name[1:]


def _sum(body: str) -> str:
    return sha256(re.sub(r"\r\n?", "\n", body).encode()).hexdigest()[:12]


def _block(name: str, text: str) -> str:
    text = re.sub(MARK, "&lt;!-- ", text)
    body = f"\n{text}\n\n"
    return f"<!-- filled in: {name}, {_sum(body)} -->\n{body}<!-- end: {name} -->\n"


def _without_marks(text: str) -> str:
    return re.sub(MARK + r"[^\r\n]*? -->(?:\r\n|\r|\n|\Z)", "", text)


def _table(frame: pd.DataFrame) -> str:
    """Write a table in Markdown; numbers in three digits, as far as they say something."""
    index, named = frame.index, any(name is not None for name in frame.index.names)
    rows = [list(map(str, frame.columns)), *frame.itertuples(index=False)]
    if named or not isinstance(index, pd.RangeIndex):
        names = ["" if name is None else name for name in index.names]
        labels = index if isinstance(index, pd.MultiIndex) else zip(index, strict=True)
        rows = [[*map(str, first), *row] for first, row in zip([names, *labels], rows, strict=True)]
    lines = ["| " + " | ".join(map(_cell, row)) + " |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * len(rows[0]), *lines[1:]])


def _cell(value: object) -> str:
    text = f"{value:.3g}" if isinstance(value, float) else str(value)
    return " ".join(text.replace("|", "\\|").splitlines())


def _stamped(page: str) -> str:
    """Add the sum of the page to its end, so that a change by hand can be seen."""
    return f"{page}<!-- {_sum(page)} -->\n"


def _is_own(page: str) -> bool:
    body, _mark, stamp = page.rpartition("<!-- ")
    return stamp == f"{_sum(body)} -->\n"
