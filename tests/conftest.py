"""What tests of several folders share: Chromium, and the cells of an exercise.

The browser is the ``chromium`` on the PATH, else the one playwright installed. With neither, the tests are
reported as skipped together with the line that installs one; in CI (``CI=true``) that is a failure.
"""

import os
import shutil
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Error, Page, sync_playwright

from matnn_lab.__main__ import STALLED

pytest_plugins = ["tests.bad_answers", "tests.without_chgnet"]

# so many processes wait for each processor that a time measured here says nothing of the code
CROWDED = 2.0

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--enable-unsafe-swiftshader",
)
ADVICE = (
    "No Chromium was found: run `python -m playwright install --with-deps chromium` to get one."
)


def busy() -> bool:
    """Tell whether other work runs beside the tests, so that no time limit can be asked for."""
    waiting = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    return waiting > CROWDED * (os.cpu_count() or 1)


@pytest.hookimpl(optionalhook=True)
def pytest_handlecrashitem(crashitem: str) -> None:
    """End the run when a worker was lost: the other one would wait for it forever."""
    pytest.exit(f"{crashitem} did not end, or its process died.", returncode=STALLED)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One headless Chromium for the whole run."""
    with sync_playwright() as playwright:
        try:
            chromium = playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=list(FLAGS)
            )
        except Error:
            if shutil.which("chromium"):
                raise
            if os.environ.get("CI") == "true":
                pytest.fail(ADVICE)
            pytest.skip(ADVICE)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page in a fresh profile."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    yield context.new_page()
    context.close()


@pytest.fixture(scope="session")
def nbgrader_metadata() -> Callable[..., dict]:
    """Return a function that gives what nbgrader wants to know of a solution or a check."""

    def metadata(name: str, *, solution: bool) -> dict:
        common = {"schema_version": 3, "task": False, "grade_id": name, "solution": solution}
        if solution:
            return common | {"grade": False, "locked": False}
        return common | {"grade": True, "locked": True, "points": 1}

    return metadata
