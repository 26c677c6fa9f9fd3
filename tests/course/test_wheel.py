"""Installed from a wheel the package is a library; the jobs of the course say that they need its folder."""

import os
import shutil
import subprocess
import sys
import tarfile

import pytest

from matnn_lab.__main__ import JOBS
from matnn_lab.course.environment import ROOT

pytest.importorskip("setuptools", minversion="77")
SOURCES = ("pyproject.toml", "README.md", "LICENSE", "LICENSE-TEXT", "MANIFEST.in", "matnn_lab")


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The folder with a wheel and a source archive, built from a copy of the sources."""
    folder = tmp_path_factory.mktemp("built")
    copy = folder / "copy"
    copy.mkdir()
    for name in SOURCES:
        take = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        take(ROOT / name, copy / name)
    build = "from setuptools import build_meta as b; b.build_wheel('..'); b.build_sdist('..')"
    subprocess.run([sys.executable, "-c", build], cwd=copy, check=True, capture_output=True)
    shutil.rmtree(copy)
    return folder


@pytest.fixture(scope="module")
def run(built):
    """Return a function that runs Python with the wheel installed, far from the course's folder."""
    site = built / "site"
    (wheel,) = built.glob("*.whl")
    install = [sys.executable, "-m", "pip", "install", "--no-deps", "--no-index", "--target"]
    subprocess.run([*install, site, wheel], check=True, capture_output=True)
    environment = os.environ | {"PYTHONPATH": str(site)}

    def run(*arguments):
        command = [sys.executable, *arguments]
        return subprocess.run(command, cwd=built, env=environment, capture_output=True, text=True)

    return run


@pytest.mark.parametrize("job", JOBS)
def test_a_job_says_in_one_sentence_that_it_needs_the_folder(run, job):
    done = run("-m", "matnn_lab", job)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert f"The job {job} works on the course's folder" in done.stderr


def test_as_a_library_it_is_whole(run):
    code = (
        "import matnn_lab; from matnn_lab.lessons import TOPICS, exercises, quiz;"
        "from matnn_lab.datasets import formation_enthalpies;"
        "from matnn_lab.widgets.live import STATIC;"
        "print(matnn_lab.__file__, len(formation_enthalpies()), STATIC.is_dir(),"
        "all(len(quiz(n).questions) == 5 and exercises(n) for n in TOPICS))"
    )
    done = run("-c", code)
    assert done.returncode == 0, done.stderr
    file, n, static, lessons = done.stdout.split()
    assert "site" in file
    assert (int(n), static, lessons) == (2135, "True", "True")


def test_a_table_is_audited_without_the_folder(built, run):
    (built / "alloys.csv").write_text("formula,hv\nFe2O3,500\nFe2O3,5\n", encoding="utf-8")
    done = run("-m", "matnn_lab", "audit", "alloys.csv", "--target", "hv")
    assert (done.returncode, done.stderr) == (0, "")
    assert "repeated compositions (2)" in done.stdout
    assert "repeated compositions" in (built / "alloys_audit.html").read_text(encoding="utf-8")


def test_it_says_that_it_is_typed(built, run):
    assert run("-c", "import matnn_lab").returncode == 0
    assert (built / "site" / "matnn_lab" / "py.typed").is_file()


def test_the_source_archive_holds_no_test_that_lacks_its_files(built):
    (archive,) = built.glob("*.tar.gz")
    with tarfile.open(archive) as files:
        names = files.getnames()
    assert any(name.endswith("/matnn_lab/lessons/splits/quiz.md") for name in names)
    assert [name for name in names if "/tests/" in name] == []
