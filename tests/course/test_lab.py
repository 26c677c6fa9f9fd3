"""Where the workbook can be, and what ends a lab."""

import os
import signal
import subprocess
import sys
import time

import pytest

from matnn_lab import __main__ as main
from matnn_lab.course import lab, workbook
from matnn_lab.course.workbook import make_workbook_where_it_can_be


@pytest.fixture(autouse=True)
def _course(tmp_path, monkeypatch):
    """A course of one notebook."""
    from tests.course.test_workbook import write

    write(tmp_path / "course")
    made = workbook.make_workbook
    monkeypatch.setattr(
        workbook,
        "make_workbook",
        lambda target, language: made(target, tmp_path / "course", language),
    )


def test_a_file_in_the_place_of_the_folder_sends_the_workbook_elsewhere(tmp_path):
    (tmp_path / "workbook").write_text("a file")
    report = make_workbook_where_it_can_be([tmp_path / "workbook", tmp_path / "home"])
    assert report.folder == tmp_path / "home"
    assert (tmp_path / "home/03_descent.ipynb").exists()
    first = str(report).splitlines()[0]
    assert first.startswith(f"The workbook cannot be in {tmp_path / 'workbook'} (File exists)")
    assert first.endswith(f"so it is in {tmp_path / 'home'}.")
    assert (tmp_path / "workbook").read_text() == "a file"


def test_without_any_place_one_sentence_names_them(tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).write_text("")
    with pytest.raises(OSError, match=r"^The workbook can be written to none of .*one.*two.*\.$"):
        make_workbook_where_it_can_be([tmp_path / "one", tmp_path / "two"])


def test_a_drive_without_modes_gets_a_workbook(tmp_path, monkeypatch):
    def refuse(*_arguments):
        raise PermissionError("Operation not permitted")

    monkeypatch.setattr(os, "chmod", refuse)
    assert make_workbook_where_it_can_be([tmp_path / "book"]).added == ["03_descent.ipynb"]
    assert [path.name for path in (tmp_path / "book").iterdir() if path.suffix == ".tmp"] == []


@pytest.mark.parametrize("fails", ["fdopen", "replace"])
def test_a_write_that_fails_leaves_no_piece_behind(tmp_path, monkeypatch, fails):
    def refuse(*_arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, fails, refuse)
    with pytest.raises(OSError, match="No space left"):
        make_workbook_where_it_can_be([tmp_path / "book"])
    assert [path for path in (tmp_path / "book").iterdir() if path.suffix == ".tmp"] == []


def test_a_lab_that_is_open_on_the_folder_is_found(tmp_path, monkeypatch):
    servers = [{"root_dir": str(tmp_path), "url": "http://127.0.0.1:8888/", "token": "abc"}]
    monkeypatch.setattr("jupyter_server.serverapp.list_running_servers", lambda: servers)
    assert lab.running_lab(tmp_path) == "http://127.0.0.1:8888/lab?token=abc"
    assert lab.running_lab(tmp_path / "other") == ""


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGTERM")
def test_what_ends_the_command_ends_the_lab_in_order(tmp_path):
    """The program that runs inside cleans up after itself."""
    inside = (
        "import signal, sys, time\n"
        "def clean_up(*_signal):\n"
        f"    open({str(tmp_path / 'clean')!r}, 'w').close(); sys.exit(0)\n"
        "signal.signal(signal.SIGTERM, clean_up)\n"
        f"open({str(tmp_path / 'ready')!r}, 'w').close()\n"
        "time.sleep(60)"
    )
    outside = (
        f"import sys; from {main.__name__} import _wait_for\n"
        f"sys.exit(_wait_for([sys.executable, '-c', {inside!r}]))"
    )
    with subprocess.Popen([sys.executable, "-c", outside]) as command:
        while not (tmp_path / "ready").exists():
            time.sleep(0.05)
        command.send_signal(signal.SIGTERM)
        assert command.wait() == 0
    assert (tmp_path / "clean").exists()
