"""What the benchmarks print becomes a page, unless one of them fails."""

import pytest

from matnn_lab.course.benchmarks import SCRIPTS, run_benchmarks


@pytest.fixture
def scripts(tmp_path):
    folder = tmp_path / "benchmarks"
    folder.mkdir()
    (folder / "one.py").write_text('"""Speed of one.\n\nHow it is timed.\n"""\nprint("3 times")\n')
    return folder


def test_the_page_holds_titles_and_figures(scripts, tmp_path):
    page = tmp_path / "page.md"
    assert run_benchmarks(scripts, page) == 0
    text = page.read_text()
    assert "## Speed of one\n\nHow it is timed.\n\n```text\n3 times\n```" in text
    assert "PyTorch" in text


def test_a_benchmark_that_fails_leaves_the_page_alone(scripts, tmp_path):
    page = tmp_path / "page.md"
    page.write_text("before")
    (scripts / "two.py").write_text('"""Speed of two."""\nraise SystemExit(3)\n')
    assert run_benchmarks(scripts, page) == 3
    assert page.read_text() == "before"


@pytest.mark.parametrize("script", sorted(SCRIPTS.glob("*.py")), ids=lambda path: path.stem)
def test_every_benchmark_is_on_the_page_of_the_site(script):
    title = script.read_text().removeprefix('"""').splitlines()[0].rstrip('".')
    assert f"## {title}" in (SCRIPTS.parent / "book" / "benchmarks.md").read_text()
