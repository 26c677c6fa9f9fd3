"""Directives of the pages that welcome a reader: an explorer of a notebook, its picture, the map, the cards.

An explorer outside its notebook shows a picture until it is touched, and loads plotly only then. The
pictures are drawn by ``scripts/write_posters.py``.
"""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util.docutils import SphinxDirective

from matnn_lab.publishing.renderer import EXPLORER
from matnn_lab.text import gettext as _
from matnn_lab.widgets.page import explorer_html

WIDTHS = ("wide", "narrow")
MODES = ("light", "dark")
NARROW = 600  # px, as in explorer.js
BOX, PITCH, COLUMN, TOP = (226, 52), 76, 260, 34


@dataclass(frozen=True)
class Notebook:
    """What the book says of one notebook; ``minutes`` is 0 where it is not written yet."""

    file: str
    title: str
    group: str
    text: str
    needs: list[str] = field(default_factory=list)
    after: str = ""
    planned: bool = False
    minutes: int = 0

    @property
    def number(self) -> str:
        """The two digits with which its file begins."""
        return self.file[:2]


@dataclass(frozen=True)
class Course:
    """The notebooks in their order, and the titles of their groups."""

    groups: dict[str, str]
    notebooks: list[Notebook]


def read_course(root: Path) -> Course:
    """Read ``book/course.toml`` of a course, with the minutes at the headings of its notebooks."""
    content = tomllib.loads((root / "book/course.toml").read_text(encoding="utf-8"))
    notebooks = [
        Notebook(**entry, minutes=minutes(root / f"notebooks/{entry['file']}.ipynb"))
        for entry in content["notebook"]
    ]
    return Course(content["groups"], notebooks)


@cache
def _cells(path: Path) -> list[dict[str, Any]]:
    return json.loads(path.read_text(encoding="utf-8"))["cells"] if path.is_file() else []


def minutes(path: Path) -> int:
    """Add up the minutes at the headings of a notebook."""
    text = "\n".join(
        "".join(cell["source"]) for cell in _cells(path) if cell["cell_type"] == "markdown"
    )
    return sum(map(int, re.findall(r"^## .*\((\d+) min\b.*\)", text, re.MULTILINE)))


def find_explorer(path: Path, name: str) -> dict[str, Any]:
    """Return the explorer that a notebook shows in the cell in which a function is called.

    Raises
    ------
    ValueError
        If there is none.
    """
    for cell in _cells(path):
        if f"{name}(" in "".join(cell["source"]):
            for output in cell.get("outputs", []):
                if EXPLORER in output.get("data", {}):
                    return output["data"][EXPLORER]
    raise ValueError(
        _("{path} shows no explorer made by {name}; name one that it shows.").format(
            path=path, name=name
        )
    )


def fingerprint(payload: dict[str, Any]) -> str:
    """Return what changes when an explorer does, so that an old picture of it is noticed."""
    shown = json.dumps([payload["controls"], payload["figures"]], sort_keys=True)
    return sha256(shown.encode()).hexdigest()[:16]


class _Directive(SphinxDirective):
    has_content = False

    def root(self) -> Path:
        return Path(self.env.srcdir)

    def address(self, page: str) -> str:
        return self.env.app.builder.get_relative_uri(self.env.docname, page)

    def image(self, name: str) -> str:
        """Return the address of a picture in ``book/images``, which the extension copies as they are."""
        path = self.root() / "book/images" / name
        self.env.note_dependency(str(path))
        if not path.is_file():
            raise self.error(f"{path} is missing; run scripts/write_posters.py")
        return "../" * self.env.docname.count("/") + f"_static/matnn/images/{name}"


def poster_name(file: str, function: str) -> str:
    """Return the name under which the pictures of an explorer stand in ``book/images``."""
    return f"{file[:2]}_{function}"


def _posters(directive: _Directive, name: str) -> str:
    """Return the pictures of an explorer: for both color modes, and narrow ones for a phone."""
    parts = []
    for mode in MODES:
        files = [f"{name}_{width}_{mode}.svg" for width in WIDTHS]
        wide, narrow = map(directive.image, files)
        wide_size, narrow_size = (_size(directive.root() / "book/images" / file) for file in files)
        # of two lazy pictures only the one that is seen is loaded
        loading = ' loading="lazy"' if mode == "dark" else ""
        parts.append(
            f'<picture class="only-{mode}">'
            f'<source media="(max-width: {NARROW}px)" srcset="{narrow}"{narrow_size}>'
            f'<img src="{wide}" alt=""{loading}{wide_size}></picture>'
        )
    return "".join(parts)


def _size(path: Path) -> str:
    """Return the attributes with which a page keeps the room of an SVG before it is loaded."""
    found = re.search(r'width="(\d+)" height="(\d+)"', path.read_text(encoding="utf-8")[:500])
    return f' width="{found[1]}" height="{found[2]}"' if found else ""


def _title(path: Path) -> str:
    """Return what an SVG says to those who cannot see it, as it stands there."""
    found = (
        re.search("<title>(.*?)</title>", path.read_text(encoding="utf-8"))
        if path.is_file()
        else None
    )
    return found[1] if found else ""


class ExplorerDirective(_Directive):
    """An explorer of a notebook: ``{explorer} 08_images_cnn_and_vit conduction_explorer``."""

    required_arguments = 2

    def run(self) -> list[nodes.Node]:
        """Write the explorer, with its picture in place of the figure until it is touched."""
        path = self.root() / f"notebooks/{self.arguments[0]}.ipynb"
        self.env.note_dependency(str(path))
        html = explorer_html(find_explorer(path, self.arguments[1]))
        name = poster_name(*self.arguments)
        picture = self.root() / f"book/images/{name}_wide_light.svg"
        poster = (
            f'<div class="matnn-poster" data-alt="{_title(picture)}">{_posters(self, name)}</div>'
        )
        html = html.replace("<noscript>", f"{poster}<noscript>", 1)
        return [nodes.raw("", html, format="html", classes=["matnn"])]


class PictureDirective(_Directive):
    """A picture of an explorer with a sentence, linked to its notebook."""

    required_arguments = 2
    has_content = True
    option_spec: ClassVar = {"alt": directives.unchanged_required}

    def run(self) -> list[nodes.Node]:
        """Write the figure."""
        pictures = ""
        for mode in MODES:
            file = f"{poster_name(*self.arguments)}_small_{mode}.svg"
            pictures += (
                f'<img class="only-{mode}" loading="lazy" alt="{escape(self.options["alt"])}" '
                f'src="{self.image(file)}"{_size(self.root() / "book/images" / file)}>'
            )
        link = self.address(f"notebooks/{self.arguments[0]}")
        words = escape(" ".join(self.content))
        html = f'<a class="course-picture" href="{link}">{pictures}<span>{words}</span></a>'
        return [nodes.raw("", html, format="html")]


class CardsDirective(_Directive):
    """All notebooks as cards in their groups, with numbers and minutes."""

    def run(self) -> list[nodes.Node]:
        """Write a list a group."""
        course = read_course(self.root())
        parts = []
        for group, title in course.groups.items():
            cards = "".join(self._card(book) for book in course.notebooks if book.group == group)
            parts.append(
                f'<p class="course-group" id="cards-{group}">{escape(title)}</p>'
                f'<ul class="course-cards" aria-labelledby="cards-{group}">{cards}</ul>'
            )
        return [nodes.raw("", "".join(parts), format="html")]

    def _card(self, book: Notebook) -> str:
        time = _("follows") if book.planned else _("{n} min").format(n=book.minutes)
        # the spaces part the words where they are read aloud or copied
        inside = (
            f'<span class="course-number">{book.number}</span> '
            f"<strong>{escape(book.title)}</strong> "
            f'<span class="course-minutes">{escape(time)}</span> '
            f"<span>{escape(book.text)}</span>"
        )
        if book.planned:
            return f'<li class="course-planned">{inside}</li>'
        link = self.address(f"notebooks/{book.file}")
        return f'<li><a href="{link}">{inside}</a></li>'


class MapDirective(_Directive):
    """The notebooks as boxes, with an arrow from what is needed to what needs it; each box is a link."""

    def run(self) -> list[nodes.Node]:
        """Draw the map."""
        course = read_course(self.root())
        svg = draw_map(course, lambda book: self.address(f"notebooks/{book.file}"))
        return [nodes.raw("", f'<div class="course-map">{svg}</div>', format="html")]


def draw_map(course: Course, address: Any) -> str:
    """Return the SVG of the course map.

    Parameters
    ----------
    course : Course
    address : callable
        Gives the address of a `Notebook`.
    """
    columns = list(course.groups)
    places: dict[str, tuple[int, int]] = {}  # number -> column and row
    for column, group in enumerate(columns):
        # the first row of the models stays free for the arrow that passes them
        row = int(group == "models")
        for book in course.notebooks:
            if book.group == group:
                places[book.number] = (column, row)
                row += 1
    arrows = _arrows(course)
    lanes = _lanes(arrows, places)
    width = COLUMN * len(columns)
    height = TOP + PITCH * max(row for _column, row in places.values()) + BOX[1] + 6
    parts = [
        f'<text x="{4 + COLUMN * i}" y="20" font-weight="bold">{escape(course.groups[group])}</text>'
        for i, group in enumerate(columns)
    ]
    for start, end, dashed in arrows:
        path, head = _route(places[start], places[end], lanes.get(start, 0), set(places.values()))
        style = ' stroke-dasharray="4 4"' if dashed else ""
        parts.append(
            f'<g data-from="{start}" data-to="{end}"><path d="{_rounded(path)}"{style}/>'
            f'<path d="{head}"/></g>'
        )
    parts += [_box(book, *_corner(places[book.number]), address) for book in course.notebooks]
    return (
        f'<svg role="group" aria-label="{escape(_said(course))}" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" font-size="14">{"".join(parts)}</svg>'
    )


def _corner(place: tuple[int, int]) -> tuple[int, int]:
    """Return left and top of the box in a column and row."""
    return 4 + COLUMN * place[0], TOP + PITCH * place[1]


def _box(book: Notebook, left: int, top: int, address: Any) -> str:
    words = book.title.split()
    # the minutes stand at the lower right, below the first of two lines
    lines = [book.title] if len(book.title) < 18 else [" ".join(words[:-1]), words[-1]]
    first = top + 22
    style = ' stroke-dasharray="3 4"' if book.planned else ""
    said = " ".join(
        f'<text x="{left + 40}" y="{first + 19 * i}">{escape(line)}</text>'
        for i, line in enumerate(lines)
    )
    time = "" if book.planned else _("{n} min").format(n=book.minutes)
    shape = (
        f'<rect x="{left}" y="{top}" width="{BOX[0]}" height="{BOX[1]}" rx="6"{style}/>'
        f'<text x="{left + 12}" y="{first}" font-weight="bold">{book.number}</text> {said} '
        f'<text x="{left + BOX[0] - 8}" y="{top + BOX[1] - 8}" font-size="11" text-anchor="end">{time}</text>'
    )
    if book.planned:
        return f'<g class="course-planned">{shape}</g>'
    # what is read aloud is what is seen, so that who speaks to the browser can name the box
    return f'<a href="{address(book)}">{shape}</a>'


def _arrows(course: Course) -> list[tuple[str, str, bool]]:
    """Return where each arrow begins and ends, and whether it only gives the order of reading."""
    found = []
    for book in course.notebooks:
        found += [(number, book.number, False) for number in book.needs]
        found += [(book.after, book.number, True)] if book.after else []
    return found


def _is_next(start: tuple[int, int], end: tuple[int, int]) -> bool:
    return start[0] == end[0] and end[1] == start[1] + 1


def _lanes(
    arrows: list[tuple[str, str, bool]], places: dict[str, tuple[int, int]]
) -> dict[str, int]:
    """Give each box from which arrows turn a lane of its own in the gap at its right, the longest outside."""
    rows: dict[str, list[int]] = {}  # those that the lane of a box passes
    for start, end, _dashed in arrows:
        if not _is_next(places[start], places[end]) and places[start][1] != places[end][1]:
            rows.setdefault(start, [places[start][1]]).append(places[end][1])
    lanes: dict[str, int] = {}
    for start in sorted(rows, key=lambda start: max(rows[start]) - min(rows[start])):
        lanes[start] = sum(places[other][0] == places[start][0] for other in lanes)
    return lanes


def _route(
    start: tuple[int, int], end: tuple[int, int], lane: int, taken: set[tuple[int, int]]
) -> tuple[list[tuple[int, int]], str]:
    """Return the corners of an arrow that touches no box but its two ends, and the path of its head.

    It goes down to the next box of its column, and else in the gaps: from the right side of its start along
    a lane, and where boxes stand in its way, along the gap above the row of its end.
    """
    (left, top), (end_left, end_top) = _corner(start), _corner(end)
    if _is_next(start, end):
        x, y = left + BOX[0] // 2, end_top - 2
        return [(x, top + BOX[1]), (x, y)], f"M{x - 6} {y - 7}L{x} {y}L{x + 6} {y - 7}"
    right, out = left + BOX[0], top + BOX[1] // 2 + 8
    turn, into = right + 13 + 7 * lane, end_top + BOX[1] // 2 - 8
    if start[0] == end[0]:
        x = right + 2
        path = [(right, out), (turn, out), (turn, into), (x, into)]
        return path, f"M{x + 7} {into - 6}L{x} {into}L{x + 7} {into + 6}"
    x, between = end_left - 2, range(start[0] + 1, end[0])
    if start[1] == end[1]:
        into = out
    if any((column, end[1]) in taken for column in between):
        gap, last = end_top - 10, end_left - 12
        path = [(right, out), (turn, out), (turn, gap), (last, gap), (last, into), (x, into)]
    elif start[1] == end[1]:
        path = [(right, out), (x, out)]
    else:
        path = [(right, out), (turn, out), (turn, into), (x, into)]
    return path, f"M{x - 7} {into - 6}L{x} {into}L{x - 7} {into + 6}"


def _rounded(corners: list[tuple[int, int]]) -> str:
    """Return a path whose corners are round, so that a turn is told from a crossing."""
    path = "M{} {}".format(*corners[0])
    for before, (x, y), after in zip(corners, corners[1:], corners[2:], strict=False):
        ends = []
        for other_x, other_y in (before, after):
            radius = min(6, (abs(other_x - x) + abs(other_y - y)) // 2)
            ends += [x + radius * _sign(other_x - x), y + radius * _sign(other_y - y)]
        path += "L{} {}Q{x} {y} {} {}".format(*ends, x=x, y=y)
    return path + "L{} {}".format(*corners[-1])


def _sign(number: int) -> int:
    return (number > 0) - (number < 0)


def _said(course: Course) -> str:
    sentences = []
    for book in course.notebooks:
        if book.needs:
            sentences.append(
                _("{number} needs {others}").format(
                    number=book.number, others=_(" and ").join(book.needs)
                )
            )
        elif book.after:
            sentences.append(
                _("{number} is read after {other}").format(number=book.number, other=book.after)
            )
    return _("The order of the notebooks: {sentences}.").format(sentences="; ".join(sentences))
