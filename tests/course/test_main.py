import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from matnn_lab import __main__ as main
from matnn_lab.course.environment import ROOT


def test_make_and_python_offer_the_same_jobs():
    targets = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.M)[1].split()
    assert sorted(targets) == sorted(main.JOBS)


def test_the_command_line_answers_before_anything_is_installed():
    answer = subprocess.run(
        [sys.executable, "-S", "-m", "matnn_lab", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert all(job in answer.stdout for job in main.JOBS)


def test_a_failing_step_ends_the_tests_with_its_code(monkeypatch, capsys):
    calls = []

    def run(module, *arguments, **_options):
        calls.append(module)
        return 3 if module == "pytest" else 0

    monkeypatch.setattr(main, "_run", run)
    assert main.test() == 3
    assert calls == ["ruff", "ruff", "mypy", "pytest"]
    assert "Step 1 of 3" in capsys.readouterr().out


STALLS = """
import time
from pathlib import Path
import pytest

pytestmark = pytest.mark.browser
tries = Path(__file__).with_name("tries")

def test_that_stalls_at_first():
    with tries.open("a") as count:
        count.write("+")
    if len(tries.read_text()) <= {times}:
        time.sleep(60)

def test_that_passes():
    pass

@pytest.mark.skipif({sound}, reason="everything is sound")
def test_that_fails():
    assert tries.exists() and False
"""
IMPATIENT = """
[pytest]
addopts = --import-mode=importlib
markers = browser
faulthandler_timeout = 3
faulthandler_exit_on_timeout = true
"""


@pytest.mark.parametrize(
    ("times", "sound", "tries", "code"),
    [(1, True, 2, 0), (2, True, 2, main.STALLED), (0, False, 1, 1)],
)
def test_browser_tests_begin_again_once_if_one_does_not_end(
    tmp_path, monkeypatch, capfd, times, sound, tries, code
):
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests/test_it.py").write_text(STALLS.format(times=times, sound=sound))
    (tmp_path / "conftest.py").write_text("from tests.conftest import pytest_handlecrashitem")
    (tmp_path / "pytest.ini").write_text(IMPATIENT)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    run = main._run
    monkeypatch.setattr(main, "_run", lambda *command: run(*command, cwd=tmp_path, env=environment))
    assert main._browser_tests() == code
    said = capfd.readouterr()
    assert (tmp_path / "tests/tries").read_text() == "+" * tries
    assert ("begin again" in said.out) == (times > 0)
    assert ("in test_that_stalls_at_first" in said.err) == (times > 0)  # where it stood
    assert ("test_that_stalls_at_first did not end" in said.out) == (times > 0)


def python_without(*names):
    """Return the start of a program that runs ``matnn_lab`` where these packages are not installed."""
    return (
        "import subprocess, sys\n"
        "def start(*arguments, **options): raise AssertionError('the job was begun')\n"
        "subprocess.Popen.__init__ = start\n"
        "from importlib.machinery import PathFinder\n"
        "class Finder(PathFinder):\n"
        "    @classmethod\n"
        "    def find_spec(cls, name, path=None, target=None):\n"
        f"        return None if name in {names!r} else PathFinder.find_spec(name, path, target)\n"
        "sys.meta_path = [Finder if each is PathFinder else each for each in sys.meta_path]\n"
        "from pathlib import Path\n"
        "from matnn_lab import __main__ as main\n"
        "main.python_with = lambda extras: Path(sys.executable)\n"
        "sys.exit(main.main())\n"
    )


@pytest.mark.parametrize(
    ("job", "package"),
    [
        (["nbgrader", "class"], "nbgrader"),
        (["book"], "jupyter_book"),
        (["notebooks", "03"], "nbclient"),
        (["bench"], "matminer"),
        (["test"], "nbval"),
        (["lab"], "jupyterlab"),
        (["workbook", "mine"], "nbformat"),
        (["examination", "--notebooks", "05"], "nbformat"),
        (["audit", "table.csv"], "pandas"),
    ],
)
def test_a_package_that_is_missing_is_named_in_one_sentence_with_what_to_run(
    job, package, tmp_path
):
    done = subprocess.run(
        [sys.executable, "-c", python_without(package), *job],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr.count("\n")) == (1, 1), done.stderr
    assert f"The job {job[0]} needs the package {package}, which this Python" in done.stderr
    assert f'-m pip install --constraint "{main.LOCK}" --editable "{ROOT}' in done.stderr
    assert not (tmp_path / "class").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["audit", "absent"], "absent cannot be opened: No such file"),
        (["nbgrader", "there"], "there cannot be read or written: File exists; name another"),
        (["workbook", "there"], "there (File exists); please choose a folder"),
        (
            ["examination", "--notebooks", "05", "--students", "absent"],
            "absent cannot be read or written: No such file",
        ),
    ],
)
def test_a_file_that_is_missing_or_in_the_way_is_told_in_a_sentence(
    tmp_path, monkeypatch, capsys, arguments, said
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there").touch()
    monkeypatch.setattr(main, "python_with", lambda extras: Path(sys.executable))
    monkeypatch.setattr(sys, "argv", ["matnn_lab", *arguments])
    assert main.main() == 1
    errors = capsys.readouterr().err
    assert said in errors
    assert errors.count("\n") == 1
    assert "Errno" not in errors


def test_a_command_ends_quietly_where_nobody_reads_on(tmp_path):
    rows = "".join(f"Fe{n}O{n + 1},{n}.5\n" for n in range(1, 60))
    (tmp_path / "table.csv").write_text("formula,hv\n" + rows)
    for arguments in (["audit", "table.csv", "--target", "hv"], ["--help"]):
        run = subprocess.Popen(
            [sys.executable, "-m", "matnn_lab", *arguments],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        run.stdout.close()
        assert run.stderr.read() == b""
        assert run.wait() in (0, 1)  # argparse hides that its help was not read
    assert "59 rows" in (tmp_path / "table_audit.html").read_text(encoding="utf-8")
