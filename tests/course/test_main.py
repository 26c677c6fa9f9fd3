import re
import subprocess
import sys

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
