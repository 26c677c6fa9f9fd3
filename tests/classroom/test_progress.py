"""What was solved is kept in the workbook, survives damage, and stays out of every other folder."""

import json

import pytest

from matnn_lab.classroom.progress import PROGRESS, WORKBOOK, Progress, read, record
from matnn_lab.lessons import TOPICS, check, progress


@pytest.fixture
def workbook(tmp_path, monkeypatch):
    (tmp_path / WORKBOOK).write_text("{}")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_check_in_a_workbook_is_remembered(workbook):
    assert not check("03.1", lambda x: x)
    assert read() == {"03.1": False}
    record("03.1", True)
    record("03.1", False)  # solved once is solved
    assert read() == {"03.1": True}
    shown = progress()
    assert shown.state("03.1") == "solved"
    assert shown.state("03.2") == "open"
    assert set(shown.exercises) == set(TOPICS)
    assert "no workbook" not in repr(shown)


def test_a_number_that_is_no_exercise_is_not_noted(workbook):
    check("99.1", 1)
    check("03.99", 1)
    check(3.1, 1)
    assert not (workbook / PROGRESS).exists()


def test_outside_a_workbook_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    check("03.1", lambda x: x)
    assert list(tmp_path.iterdir()) == []
    assert read() == {}
    assert f"{tmp_path} is no workbook" in repr(progress())
    assert "nofolder is no workbook" in progress("nofolder")._repr_html_()


def test_a_damaged_line_costs_only_itself(workbook):
    record("03.1", True)
    with open(workbook / PROGRESS, "ab") as file:
        file.write(b'{"exercise": "03.2", "ri\n[1]\n\xff\xfe\n{"exercise": "03.3"}\n')
        file.write(b"[" * 100_000 + b"\n")
    record("03.4", True)
    assert read() == {"03.1": True, "03.4": True}


def test_a_folder_that_cannot_be_written_to_stops_no_check(workbook):
    (workbook / PROGRESS).mkdir()  # also stops a user who may write anywhere
    record("03.1", True)
    assert read() == {}


def test_each_line_says_when(workbook):
    record("03.1", True)
    entry = json.loads((workbook / PROGRESS).read_text())
    assert entry.keys() == {"exercise", "right", "when"}
    assert entry["when"][4] == "-"


def test_the_table_counts_and_names_what_it_shows():
    shown = Progress({"03": ["03.1", "03.2", "03.3"]}, {"03.1": True, "03.2": False})
    assert repr(shown).splitlines()[:2] == ["Exercises solved: 1 of 3.", "03  ● ◐ ○"]
    html = shown._repr_html_()
    assert html.count("<tr>") == 1
    assert html.count("<span") == 3
    assert 'aria-label="03.2: tried, not right yet"' in html
