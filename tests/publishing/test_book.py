"""The pages of the site that are not notebooks say what the notebooks say."""

import re
from itertools import combinations, pairwise

import nbformat
import pytest
import yaml
from bs4 import BeautifulSoup
from pybtex.database import parse_file

from matnn_lab.course.environment import ROOT
from matnn_lab.lessons import exercises
from matnn_lab.publishing.renderer import EXPLORER
from matnn_lab.publishing.welcome import (
    MODES,
    draw_map,
    find_explorer,
    fingerprint,
    poster_name,
    read_course,
)

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))

COURSE = read_course(ROOT)

each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def text(path) -> str:
    cells = nbformat.read(path, as_version=4).cells
    return "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


@pytest.fixture(scope="module")
def references():
    return parse_file(ROOT / "book/references.bib").entries


def test_every_notebook_is_in_the_table_of_contents():
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    files = [chapter["file"] for part in toc["parts"] for chapter in part["chapters"]]
    listed = [file for file in files if file.startswith("notebooks/")]
    assert listed == [f"notebooks/{path.stem}" for path in NOTEBOOKS]


def test_every_reference_has_a_doi_or_an_address_and_no_two_the_same(references):
    fields = [entry.fields for entry in references.values()]
    links = [entry["doi"].lower() if "doi" in entry else entry["url"] for entry in fields]
    assert len(set(links)) == len(links)


@each_notebook
def test_the_book_has_the_minutes_of_the_notebook(path):
    """``python scripts/write_minutes.py`` writes them."""
    minutes = sum(map(int, re.findall(r"^## .*\((\d+) min\b.*\)", text(path), re.MULTILINE)))
    guide = (ROOT / "book/teaching.md").read_text(encoding="utf-8")
    row = re.search(rf"^\|.*{path.stem}.*\| (\d+) min \|", guide, re.MULTILINE)
    assert int(row[1]) == minutes
    course_map = (ROOT / "book/course_map.md").read_text(encoding="utf-8")
    row = re.search(rf"^\|.*{path.stem}.*\| (\d+) \|$", course_map, re.MULTILINE)
    assert int(row[1]) == minutes


def test_the_cards_and_the_map_know_which_notebooks_are_there():
    """A notebook that is planned in ``book/course.toml`` has no file, and the others have one."""
    written = [book.file for book in COURSE.notebooks if not book.planned]
    assert written == [path.stem for path in NOTEBOOKS]
    planned = [book for book in COURSE.notebooks if book.planned]
    assert not any((ROOT / f"notebooks/{book.file}.ipynb").exists() for book in planned)
    assert [book.number for book in COURSE.notebooks] == sorted(
        book.number for book in COURSE.notebooks
    )


@each_notebook
def test_the_cards_have_the_number_and_the_minutes_of_the_notebook(path):
    (book,) = (book for book in COURSE.notebooks if book.file == path.stem)
    heading = re.search("^# (.*)$", text(path), re.MULTILINE)[1]
    assert heading.startswith(f"{book.number} · ")
    assert book.minutes > 50


def test_each_box_of_the_map_is_a_link_and_stands_apart():
    svg = BeautifulSoup(draw_map(COURSE, lambda book: f"{book.file}.html"), "xml")
    links = [link["href"] for link in svg.find_all("a")]
    assert links == [f"{path.stem}.html" for path in NOTEBOOKS]
    places = [(box["x"], box["y"]) for box in svg.find_all("rect")]
    assert len(set(places)) == len(COURSE.notebooks)
    assert "12 needs 07 and 11" in svg.svg["aria-label"]
    # a link without a label is called what is seen in it, and each word stands apart
    names = [" ".join(link.get_text().split()) for link in svg.find_all("a")]
    assert names == [f"{b.number} {b.title} {b.minutes} min" for b in COURSE.notebooks]
    assert not any("aria-label" in link.attrs for link in svg.find_all("a"))


def drawn_arrows() -> list[tuple[str, str, list[tuple[float, float]]]]:
    """Start, end and corners of each arrow; a round corner stays inside the corner itself."""
    svg = BeautifulSoup(draw_map(COURSE, lambda book: f"{book.file}.html"), "xml")
    arrows = []
    for group in svg.find_all("g", attrs={"data-from": True}):
        numbers = list(map(float, re.findall(r"[-\d.]+", group.path["d"])))
        corners = list(zip(numbers[::2], numbers[1::2], strict=True))
        arrows.append((group["data-from"], group["data-to"], corners))
    return arrows


def drawn_boxes() -> dict[str, tuple[float, float, float, float]]:
    """Left, top, right and bottom of each box."""
    svg = BeautifulSoup(draw_map(COURSE, lambda book: f"{book.file}.html"), "xml")
    boxes = {}
    for link in svg.find_all("a"):
        x, y, width, height = (float(link.rect[name]) for name in ("x", "y", "width", "height"))
        boxes[link["href"][:2]] = (x, y, x + width, y + height)
    return boxes


def test_the_map_draws_each_need_and_each_order_once():
    wanted = [(number, book.number) for book in COURSE.notebooks for number in book.needs]
    wanted += [(book.after, book.number) for book in COURSE.notebooks if book.after]
    assert sorted((start, end) for start, end, _corners in drawn_arrows()) == sorted(wanted)


def test_no_arrow_of_the_map_touches_a_box_that_is_not_its_end():
    boxes, touched = drawn_boxes(), []
    for start, end, corners in drawn_arrows():
        for (x, y), (to_x, to_y) in pairwise(corners):
            for number, (left, top, right, bottom) in boxes.items():
                apart = max(x, to_x) < left or min(x, to_x) > right
                apart = apart or max(y, to_y) < top or min(y, to_y) > bottom
                if not apart and number not in (start, end):
                    touched.append(f"{start} to {end} touches {number}")
        for number, (x, y) in ((start, corners[0]), (end, corners[-1])):
            left, top, right, bottom = boxes[number]
            assert left - 2 <= x <= right + 2
            assert top - 2 <= y <= bottom + 2
    assert touched == []


def test_two_arrows_of_the_map_share_a_line_only_where_they_share_an_end():
    lines = [
        (start, end, sorted(line))
        for start, end, corners in drawn_arrows()
        for line in pairwise(corners)
    ]
    for (start, end, line), (other_start, other_end, other) in combinations(lines, 2):
        if start == other_start or end == other_end:
            continue
        for across, along in ((0, 1), (1, 0)):
            (first, last), (other_first, other_last) = (
                [point[along] for point in ends] for ends in (line, other)
            )
            if {point[across] for point in line} == {point[across] for point in other}:
                shared = min(last, other_last) > max(first, other_first)
                assert not shared, f"{start} to {end} lies on {other_start} to {other_end}"


def test_the_pictures_of_the_welcome_page_are_those_of_its_explorers():
    """``python scripts/write_posters.py`` draws them anew."""
    intro = (ROOT / "book/intro.md").read_text(encoding="utf-8")
    found = re.findall(r"\{(explorer|picture)\} (\S+) (\S+)", intro)
    assert [kind for kind, *_names in found] == ["explorer", "picture", "picture", "picture"]
    for kind, *names in found:
        payload = find_explorer(ROOT / f"notebooks/{names[0]}.ipynb", names[1])
        for width in ("wide", "narrow") if kind == "explorer" else ("small",):
            for mode in MODES:
                file = ROOT / f"book/images/{poster_name(*names)}_{width}_{mode}.svg"
                picture = file.read_text(encoding="utf-8")
                assert fingerprint(payload) in picture
                assert len(re.search("<title>(.*?)</title>", picture)[1]) > 20


def test_the_python_that_you_need_runs_as_the_page_says(capsys):
    page = (ROOT / "book/how_to_use.md").read_text(encoding="utf-8")
    names = {}
    for block in re.findall(r"```python\n(.*?)```", page, re.DOTALL):
        exec(block, names)
    assert capsys.readouterr().out.endswith("[-2. -2.]\n42.0 2.0\n")


def test_what_a_beginner_looks_for_is_in_the_glossary():
    glossary = (ROOT / "book/glossary.md").read_text(encoding="utf-8")
    terms = "Hidden layer|Weight|Parameter|Epoch|Gradient|MAE|RMSE|Seed|Tensor|Inference|Training"
    for term in [*terms.split("|"), "Training set", "Validation set", "Test set", "Neural network"]:
        assert f"\n{term}\n" in glossary
        linked = re.search(rf"{{term}}`(?:[^`<]*<)?{term}\b", glossary, re.IGNORECASE)
        elsewhere = any(f"#term-{term.replace(' ', '-')})" in text(path) for path in NOTEBOOKS)
        assert linked or elsewhere, term


def book_page(name: str) -> str:
    return (ROOT / f"book/{name}.md").read_text(encoding="utf-8")


def column_of_needs(name: str) -> dict[str, str]:
    """Return what the column "It needs" of a page says, by the number of the notebook."""
    head, *rows = re.findall(r"^\| (?:Notebook|{doc}).*$", book_page(name), re.MULTILINE)
    place = head.strip("| ").split(" | ").index("It needs")
    return {row[8:10]: row.strip("| ").split(" | ")[place].strip() for row in rows}


def numbers(words: str) -> set[str]:
    return set(re.findall(r"\b\d\d\b", words))


def followed(needs: dict[str, set[str]]) -> dict[str, set[str]]:
    """Return all that each notebook needs, with what those need in their turn."""
    found: dict[str, set[str]] = {}
    for number in sorted(needs):
        found[number] = needs[number].union(*(found[other] for other in needs[number]))
    return found


NEEDS = {number: numbers(words) for number, words in column_of_needs("teaching").items()}


def too_early(order: list[str], told: set[str] = frozenset()) -> list[str]:
    """Return the notebooks of a plan that come before one that they need."""
    return [
        number for count, number in enumerate(order) if not NEEDS[number] <= {*order[:count], *told}
    ]


def test_the_pages_the_map_and_the_notebooks_agree_on_what_is_needed():
    assert list(NEEDS) == [path.name[:2] for path in NOTEBOOKS]
    assert column_of_needs("course_map") == column_of_needs("teaching")
    needed = followed(NEEDS)
    assert not [
        book.number for book in COURSE.notebooks if not {*book.needs} <= needed[book.number]
    ]
    arrows = {book.number: {*book.needs, *filter(None, [book.after])} for book in COURSE.notebooks}
    reached = followed(arrows)
    assert not [number for number in NEEDS if not NEEDS[number] <= reached[number]]
    for path in NOTEBOOKS:
        begin = " ".join(text(path).split("## 1 ·")[0].split())
        # "(16 tells more)" and what stands behind a semicolon is for later
        own = re.search(r"(?:It needs|You need|You should know) ([^.;]*)", begin)[1]
        own = re.sub(r"\(\d\d tells more\)", "", own)
        assert numbers(own) <= needed[path.name[:2]], path.name


def rows_below(heading: str) -> list[list[str]]:
    """Return the cells of the first table that follows a heading of the guide, without its head."""
    table = re.search(r"(?:^\|.*\n)+", book_page("teaching").split(heading)[1], re.MULTILINE)[0]
    return [row.strip("| ").split(" | ") for row in table.splitlines()[2:]]


def test_each_week_of_a_semester_comes_after_what_it_needs():
    weeks = rows_below("**A semester of thirteen weeks**")
    assert [week for week, *_plans in weeks] == [str(count) for count in range(1, 14)]
    for plan in zip(*[plans for _week, *plans in weeks], strict=True):
        assert all(re.fullmatch(r"\d\d( or \d\d)?", cell) for cell in plan)
        for choice in (0, -1):
            order = [cell.split(" or ")[choice] for cell in plan]
            assert too_early(order) == []
    assert too_early(["01", "17", "16"]) == [
        "17",
        "16",
    ]  # so that the check is seen to find something


def test_the_school_says_what_it_skips():
    rows = rows_below("**A school of two days**")
    days = [[re.findall(r"\b\d\d\b", row[day]) for row in rows] for day in (1, 2)]
    order = [number for day in days for lesson in day for number in lesson]
    told = numbers(
        re.search(r"skips what its notebooks need of ([^:]*):", book_page("teaching"))[1]
    )
    assert len(order) == 9
    assert too_early(order, told) == []
    assert all(too_early(order, told - {one}) for one in told)


def test_without_exercises_and_quiz_about_three_quarters_of_the_minutes_are_left():
    for book in COURSE.notebooks:
        left = book.minutes - 5 * len(exercises(book.number)) - 5
        assert 0.68 < left / book.minutes < 0.82, book.number


def section_cells(path) -> dict[str, list]:
    """Return the cells of each numbered section of a notebook."""
    found, section = {}, None
    for cell in nbformat.read(path, as_version=4).cells:
        for line in cell.source.splitlines() if cell.cell_type == "markdown" else ():
            if line.startswith("## "):
                section = (re.match(r"## (\d+) ·", line) or [None, None])[1]
        found.setdefault(section, []).append(cell)
    return found


def named_sections(words: str) -> set[str]:
    found = set()
    for listed in re.findall(r"\bsections? (\d+(?:(?:, | and | to )\d+)*)", words):
        if span := re.fullmatch(r"(\d+) to (\d+)", listed):
            found |= {str(each) for each in range(int(span[1]), int(span[2]) + 1)}
        found |= set(re.findall(r"\d+", listed))
    return found


def test_a_lesson_names_only_what_its_notebook_has():
    plans = re.split(r"^## ", book_page("lessons"), flags=re.MULTILINE)[1:]
    for plan, path in zip(plans, NOTEBOOKS, strict=True):
        sections = section_cells(path)
        assert named_sections(plan) <= set(sections), plan[:30]
        for section in re.findall(r"explorer of section (\d+)", plan):
            assert any(
                EXPLORER in output.get("data", {})
                for cell in sections[section]
                for output in cell.get("outputs", [])
            ), (plan[:30], section)
        show, stop, ask, out = (
            named_sections(re.search(rf"\*\*{part}\*\*(.*?)(?=\n- |\n\n|\Z)", plan, re.DOTALL)[1])
            for part in ("Show", "Stop", "Ask", "Leave out")
        )
        assert stop | ask <= show, plan[:30]
        first = re.search(
            r"\*\*Leave out\*\* sections? [^.;:]*?(?=[.;:]| for | if | in | where |, )", plan
        )
        assert not named_sections(first[0] if first else "") & show, plan[:30]
        assert out <= set(sections)
    for row in rows_below("**A school of two days**"):
        for lesson in row[1:]:
            (path,) = (path for path in NOTEBOOKS if path.name[:2] == lesson[:2])
            assert named_sections(lesson) <= set(section_cells(path)), lesson


def test_plans_that_skip_sections_ask_to_run_all_cells_before():
    """A section that is shown may use a name from one that is skipped."""
    asked = "let everybody run all cells of"
    introduction = " ".join(book_page("lessons").split("\n## ")[0].split())
    assert f"{asked} the notebook before the lesson begins" in introduction
    school = " ".join(book_page("teaching").split("**A school of two days**")[1].split())
    assert f"{asked} its notebook before it begins" in school.split("Five habits")[0]


def test_each_notebook_has_a_plan_that_fits_into_ninety_minutes():
    page = (ROOT / "book/lessons.md").read_text(encoding="utf-8")
    plans = re.split(r"^## ", page, flags=re.MULTILINE)[1:]
    assert [plan[:2] for plan in plans] == [path.name[:2] for path in NOTEBOOKS]
    for plan, path in zip(plans, NOTEBOOKS, strict=True):
        minutes = dict(re.findall(r"^## (\d+) · .*\((\d+) min\)", text(path), re.MULTILINE))
        shown = re.search(r"\*\*Show\*\* sections ([\d, and]+)", plan)[1]
        sections = re.findall(r"\d+", shown)
        assert len(sections) >= 3
        assert 40 <= sum(int(minutes[section]) for section in sections) <= 75, plan[:30]
        for exercise in re.findall(r"\d\d\.\d", plan):
            assert f"### Exercise {exercise}" in text(path)
        for part in ("**Stop**", "**Ask**", "**Wrong answers.**", "**Leave out**"):
            assert part in plan
