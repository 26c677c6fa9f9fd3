"""A class on one host: a workbook from a course that is read-only, and a configuration that fits."""

import os
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from traitlets.config import Config

from matnn_lab import __main__ as main
from matnn_lab.course import environment, hub, workbook
from matnn_lab.course.environment import ROOT, SetupError
from tests.course.test_workbook import write

FILE = ROOT / "book/jupyterhub_config.py"


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


@pytest.fixture
def at_home(tmp_path, monkeypatch):
    """Start a student's server as the configuration does; a stand-in for it notes what it found."""

    def start(home: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        server = ModuleType("jupyterhub.singleuser")
        server.main = lambda: found.update(os.environ, arguments=sys.argv[1:])
        monkeypatch.setitem(sys.modules, "jupyterhub", ModuleType("jupyterhub"))
        monkeypatch.setitem(sys.modules, "jupyterhub.singleuser", server)
        monkeypatch.setattr(hub.Path, "home", lambda: home)
        # what is set for the server is unset when the test ends
        monkeypatch.setattr(os, "environ", dict(os.environ) | {"JUPYTER_CONFIG_PATH": ""})
        spawner = configuration().Spawner
        python, *options, module = spawner.cmd
        assert (python, options) == (sys.executable, ["-P", "-m"])
        monkeypatch.setattr(sys, "argv", [module, *spawner.args])
        import_module(module).main()
        return found

    return start


def test_her_server_opens_on_her_workbook_as_the_lab_at_home_does(course, tmp_path, at_home):
    before = files(course)
    found = at_home(tmp_path)
    folder = tmp_path / "matnn-workbook"
    assert found["JUPYTERHUB_ROOT_DIR"] == str(folder)
    assert (folder / "03_descent.ipynb").exists()
    assert found["JUPYTER_CONFIG_PATH"] == str(ROOT / "matnn_lab/course/jupyter")
    assert found["PLOTLY_RENDERER"] == "plotly_mimetype"
    assert found["arguments"] == configuration().Spawner.args
    assert files(course) == before


def test_her_server_opens_on_her_home_where_no_workbook_can_be(course, tmp_path, at_home, capsys):
    (tmp_path / "matnn-workbook").write_text("a file of hers")
    assert "JUPYTERHUB_ROOT_DIR" not in at_home(tmp_path)
    assert "can be written to none of these places" in capsys.readouterr().err
    assert (tmp_path / "matnn-workbook").read_text() == "a file of hers"


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
