import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from matnn_lab.course import environment
from matnn_lab.course.environment import SetupError, python_with


@pytest.fixture
def course(tmp_path, monkeypatch):
    """An empty course folder in which pip is a list of the calls made to it."""
    (tmp_path / "pyproject.toml").write_text("[project]")
    (tmp_path / "requirements.lock").write_text("torch==2\n")
    home = tmp_path / ".venv"
    monkeypatch.setattr(environment, "ROOT", tmp_path)
    monkeypatch.setattr(environment, "LOCK", tmp_path / "requirements.lock")
    monkeypatch.setattr(environment, "ENVIRONMENT", home)
    monkeypatch.setattr(environment, "_is_installed_here", lambda: False)

    class Course:
        folder, pip_calls, renewed, cleared, pip_answers = tmp_path, [], 0, 0, 0

    def create(folder, *, with_pip, clear):
        Course.cleared += clear
        interpreter = environment._interpreter()
        interpreter.parent.mkdir(parents=True, exist_ok=True)
        interpreter.unlink(missing_ok=True)
        os.symlink(sys.executable, interpreter)

    real_popen = subprocess.Popen

    def popen(command, **options):
        if "pip" not in command:
            return real_popen(command, **options)
        if "--editable" in command:
            Course.pip_calls.append(str(command[-1]))
        Course.renewed += "--upgrade" in command
        said = f"print('Collecting torch'); print('No space left'); exit({Course.pip_answers})"
        return real_popen([sys.executable, "-c", said], **options)

    monkeypatch.setattr(environment.venv, "create", create)
    monkeypatch.setattr(environment.subprocess, "Popen", popen)
    return Course


def test_a_first_call_makes_the_environment_and_a_second_uses_it(course):
    assert python_with([]) == python_with([]) == environment._interpreter()
    assert course.pip_calls == [str(course.folder)]
    assert course.renewed == 1


def test_the_first_call_asks_for_the_disk_that_the_readme_asks_for(course, capsys):
    disk = re.search(r"\d to \d GB", (Path(__file__).parents[2] / "README.md").read_text("utf-8"))
    python_with([])
    assert disk
    assert disk[0] in capsys.readouterr().out


def test_what_the_tests_installed_serves_the_lab_too(course):
    python_with(["test"])
    python_with([])
    assert course.pip_calls == [f"{course.folder}[test]"]


def test_more_extras_are_added_to_those_already_there(course):
    python_with(["site"])
    python_with(["test"])
    assert course.pip_calls[-1] == f"{course.folder}[site,test]"


def test_a_changed_lock_installs_again_without_clearing(course):
    python_with([])
    (course.folder / "requirements.lock").write_text("torch==3\n")
    python_with([])
    assert len(course.pip_calls) == 2
    assert course.cleared == 0
    assert course.renewed == 1


def test_a_failed_setup_says_so_and_the_next_call_goes_on(course):
    course.pip_answers = 1
    with pytest.raises(SetupError, match=r"(?s)No space left.*run the same command again"):
        python_with([])
    course.pip_answers = 0
    python_with([])
    assert len(course.pip_calls) == 2
    assert json.loads((environment.ENVIRONMENT / "matnn_lab.json").read_text())["extras"] == []


def test_an_update_that_fails_leaves_the_environment_in_place(course):
    python_with([])
    (course.folder / "requirements.lock").write_text("torch==3\n")
    course.pip_answers = 1
    with pytest.raises(SetupError):
        python_with([])
    assert course.cleared == 0
    assert environment._interpreter().exists()


@pytest.mark.parametrize("finished_before", [False, True])
def test_what_an_interruption_left_is_cleared_away(course, monkeypatch, finished_before):
    if finished_before:
        python_with([])
        (course.folder / "requirements.lock").write_text("torch==3\n")

    def interrupt(_requirements):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(environment, "_install", interrupt)
        with pytest.raises(KeyboardInterrupt):
            python_with([])
    python_with([])
    assert course.cleared == 1


def test_an_environment_that_the_reader_made_there_is_not_cleared(course):
    environment.venv.create(environment.ENVIRONMENT, with_pip=True, clear=False)
    python_with([])
    assert course.cleared == 0
    assert course.pip_calls == [str(course.folder)]


def test_an_environment_whose_python_is_gone_is_made_anew(course):
    python_with([])
    environment._interpreter().unlink()
    python_with([])
    assert len(course.pip_calls) == 2


def test_an_old_python_is_told_which_one_is_needed(course, monkeypatch):
    monkeypatch.setattr(environment.sys, "version_info", (3, 9, 1))
    with pytest.raises(SetupError, match=r"This is Python 3\.9, but the course needs 3\.11"):
        python_with([])


def test_an_environment_of_the_readers_own_is_used_as_it_is(course, monkeypatch):
    monkeypatch.setattr(environment, "_is_installed_here", lambda: True)
    assert str(python_with(["test"])) == sys.executable
    assert course.pip_calls == []


def test_the_source_folder_alone_does_not_count_as_installed(monkeypatch):
    monkeypatch.setattr(environment.sys, "path", ["", str(environment.ROOT)])
    assert not environment._is_installed_here()
