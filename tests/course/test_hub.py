"""What a class on one host needs: a workbook from a course that is read-only, and a configuration that fits."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from traitlets.config import Config

from matnn_lab import __main__ as main
from matnn_lab.course import environment, workbook
from matnn_lab.course.environment import ROOT, SetupError
from matnn_lab.course.lab import lab_environment
from tests.course.test_workbook import write

FILE = ROOT / "book/jupyterhub_config.py"
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="JupyterHub does not run on Windows")


def configuration() -> Config:
    c = Config()
    names = {"get_config": lambda: c}
    exec(compile(FILE.read_text(encoding="utf-8"), str(FILE), "exec"), names)
    return c


def files(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {
        str(path.relative_to(folder)): (path.stat().st_mtime_ns, path.read_bytes())
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A course of one notebook that nobody can write to, used from an environment elsewhere."""
    folder = tmp_path / "course"
    folder.mkdir()
    write(folder / "notebooks")
    (folder / "notebooks").chmod(0o555)
    folder.chmod(0o555)
    monkeypatch.setattr(main, "ROOT", folder)
    monkeypatch.setattr(main, "python_with", lambda _extras: Path(sys.executable))
    made = workbook.make_workbook
    monkeypatch.setattr(
        workbook,
        "make_workbook",
        lambda target, language: made(target, folder / "notebooks", language),
    )
    yield folder
    folder.chmod(0o755)
    (folder / "notebooks").chmod(0o755)


def run(monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", ["matnn_lab", "workbook", *map(str, arguments)])
    return main.main()


def test_a_workbook_comes_from_a_read_only_course_and_keeps_what_she_wrote(
    course, tmp_path, monkeypatch, capsys
):
    before, home = files(course), tmp_path / "home" / "workbook"
    assert run(monkeypatch, home) == 0
    copy = home / "03_descent.ipynb"
    assert "YOUR CODE HERE" in copy.read_text()
    assert "factor" not in copy.read_text()
    copy.write_text("what she wrote")
    assert run(monkeypatch, home) == 0
    assert copy.read_text() == "what she wrote"
    assert sorted(path.name for path in home.iterdir()) == [".workbook.json", "03_descent.ipynb"]
    assert files(course) == before
    assert capsys.readouterr().out.splitlines() == [
        f"Added to {home}: 03_descent.ipynb.",
        "Kept as you left it: 03_descent.ipynb.",
    ]


def test_a_workbook_that_cannot_be_made_is_one_sentence(course, tmp_path, monkeypatch, capsys):
    (tmp_path / "taken").write_text("a file")
    assert run(monkeypatch, tmp_path / "taken") == 1
    assert "can be written to none of these places" in capsys.readouterr().err


def test_a_student_who_cannot_write_to_the_course_sets_nothing_up(tmp_path, monkeypatch):
    (tmp_path / "pyproject.toml").write_text("[project]")
    (tmp_path / "requirements.lock").write_text("torch==2\n")
    monkeypatch.setattr(environment, "ROOT", tmp_path)
    monkeypatch.setattr(environment, "LOCK", tmp_path / "requirements.lock")
    monkeypatch.setattr(environment, "ENVIRONMENT", tmp_path / ".venv")
    monkeypatch.setattr(environment, "_is_installed_here", lambda: False)
    monkeypatch.setattr(environment.os, "access", lambda path, _mode: Path(path) != tmp_path)
    with pytest.raises(SetupError, match="cannot be written to, so the course cannot be set up"):
        environment.python_with([])
    assert not (tmp_path / ".venv").exists()


def test_a_students_kernel_finds_what_the_lab_gives_to_a_reader_at_home(monkeypatch):
    for name in ("JUPYTER_CONFIG_PATH", "PLOTLY_RENDERER", "JUPYTER_PREFER_ENV_PATH"):
        monkeypatch.delenv(name, raising=False)
    given = dict(configuration().Spawner.environment)
    at_home = {
        name: value
        for name, value in lab_environment().items()
        if name not in os.environ and name != "MATNN_LANGUAGE"
    }
    assert given.pop("OMP_NUM_THREADS") == "1"
    course = Path(given["JUPYTER_CONFIG_PATH"]).parents[2]
    given["JUPYTER_CONFIG_PATH"] = str(ROOT / Path(given["JUPYTER_CONFIG_PATH"]).relative_to(course))
    assert given == at_home


@POSIX
@pytest.mark.parametrize("code", [0, 1])
def test_her_server_starts_in_her_workbook_whether_or_not_it_could_be_completed(
    code, tmp_path, monkeypatch
):
    """The programs are stand-ins that note what they were given; the shell is the real one."""
    home, programs = tmp_path / "her home", tmp_path / "an environment" / "bin"
    home.mkdir()
    programs.mkdir(parents=True)
    for name, end in {"python": code, "jupyterhub-singleuser": 0}.items():
        program = programs / name
        noted = shlex.quote(str(tmp_path / name))
        program.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > {noted}\nexit {end}\n')
        program.chmod(0o755)
    monkeypatch.setattr(sys, "prefix", str(programs.parent))
    spawner = configuration().Spawner
    subprocess.run(
        [*spawner.cmd, *spawner.args, "--two words"],
        cwd=home,
        env={**os.environ, "HOME": str(home)},
        check=True,
    )
    folder = home / "matnn-workbook"
    assert folder.is_dir()
    assert (tmp_path / "python").read_text().split("\n")[:-1] == [
        *("-P", "-m", "matnn_lab", "workbook"),
        str(folder),
    ]
    assert (tmp_path / "jupyterhub-singleuser").read_text().split("\n")[:-1] == [
        *spawner.args,
        "--two words",
    ]
    assert spawner.notebook_dir == "~/matnn-workbook"


@POSIX
def test_jupyterhub_knows_every_setting():
    app = pytest.importorskip(
        "jupyterhub.app", reason="JupyterHub is not installed; a hub needs it, the course does not"
    )
    from jupyterhub import auth, spawner

    classes = {
        "JupyterHub": app.JupyterHub,
        "Spawner": spawner.LocalProcessSpawner,
        "LocalAuthenticator": auth.PAMAuthenticator,
    }
    hub = app.JupyterHub()
    hub.load_config_file(str(FILE))
    for name, settings in hub.config.items():
        unknown = set(settings) - set(classes[name].class_trait_names(config=True))
        assert not unknown, f"{name} has no {unknown}"
