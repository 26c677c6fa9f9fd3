"""What the tests of the site share; ``browser`` and ``page`` come from ``tests/conftest.py``."""

import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import chain
from pathlib import Path

import pytest
import yaml
from filelock import FileLock
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, TimeoutError

from matnn_lab.course.build import build_site
from matnn_lab.course.environment import ROOT

MEASURED = "measured on the site"
SOURCES = ("_*.yml", "book/*", "notebooks/*.ipynb", "matnn_lab/**/*.py", "matnn_lab/**/static/*")
SETTLED = """() =>
    [...document.querySelectorAll(".matnn-plot, .matnn-explorer")]
        .every((element) => element.querySelector(".plot-container, .matnn-poster"))
    && document.querySelectorAll(".math").length
        === document.querySelectorAll(".math mjx-container").length"""


def pages() -> list[str]:
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    return [toc["root"]] + [
        chapter["file"] for part in toc["parts"] for chapter in part["chapters"]
    ]


def scroll_through(page: Page) -> None:
    """Read a page from its top to its end and come back: figures are drawn when they come near."""
    page.evaluate(
        """async () => {
            const isWaiting = (figure) => {
                const { top, bottom } = figure.getBoundingClientRect();
                const isSeen = bottom > 0 && top < innerHeight;
                return isSeen && !figure.querySelector(".plot-container, .matnn-poster");
            };
            const figures = [...document.querySelectorAll(".matnn-plot, .matnn-figure")];
            for (let y = 0; y < document.documentElement.scrollHeight; y += innerHeight) {
                scrollTo(0, y);
                await new Promise(requestAnimationFrame);
                await new Promise((resolve) => setTimeout(resolve, 20));
                for (let tries = 0; tries < 100 && figures.some(isWaiting); tries++)
                    await new Promise((resolve) => setTimeout(resolve, 100));
            }
            scrollTo(0, 0);
        }"""
    )


class _Silent(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="session")
def html() -> Path:
    """The folder of the built site, built here unless it is newer than all it is made of."""
    index = ROOT / "_build/html/index.html"
    newest = max(path.stat().st_mtime for path in chain(*map(ROOT.glob, SOURCES)))
    index.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(index.parent.with_name("building.lock")):  # one worker builds, the others wait
        if not index.exists() or index.stat().st_mtime < newest:
            index = build_site()
    return index.parent


@pytest.fixture(scope="session")
def site(html: Path) -> Iterator[str]:
    """The address at which the site is served on this machine."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Silent, directory=html))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@dataclass
class Visit:
    """A page that was opened, and what the browser said and asked for meanwhile."""

    name: str
    page: Page
    errors: list[str] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)

    def open(self, address: str) -> None:
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request))
        self.page.goto(address)
        self.page.wait_for_load_state("networkidle")
        scroll_through(self.page)
        with suppress(TimeoutError):  # the tests say what is missing
            self.page.wait_for_function(SETTLED, timeout=20_000)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(message.text)


def _each_on_one_worker(names: list[str]) -> list:
    """Keep the tests of a page together: it is opened once, and two pages are tried side by side."""
    return [pytest.param(name, marks=pytest.mark.xdist_group(name)) for name in names]


@pytest.fixture(scope="module", params=_each_on_one_worker(pages()))
def visit(request: pytest.FixtureRequest, browser: Browser, site: str) -> Iterator[Visit]:
    """Each page of the site, opened once in the light mode."""
    context = browser.new_context(
        viewport={"width": 1280, "height": 900}, color_scheme="light", reduced_motion="reduce"
    )
    visit = Visit(request.param, context.new_page())
    visit.open(f"{site}/{request.param}.html")
    yield visit
    context.close()


@pytest.fixture
def report(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Keep a measured figure for the end of the run, on whichever worker it was measured."""
    return partial(record_property, MEASURED)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    lines = [
        line
        for done in chain(*map(terminalreporter.getreports, ("passed", "failed")))
        for name, line in done.user_properties
        if name == MEASURED and done.when == "call"
    ]
    if lines:
        terminalreporter.section(MEASURED)
        for line in sorted(lines):
            terminalreporter.line(line)
