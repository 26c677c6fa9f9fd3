"""What the project says of itself in several files agrees."""

import re
import subprocess
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, requires

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

import matnn_lab
from matnn_lab.course.environment import OLDEST_PYTHON, ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
LOCK = {
    canonicalize_name(line.split("==")[0]): Version(line.split("==")[1])
    for line in (ROOT / "requirements.lock").read_text().splitlines()
    if line.strip() and not line.startswith("#")
}


def declared() -> list[Requirement]:
    extras = PROJECT["optional-dependencies"].values()
    texts = PROJECT["dependencies"] + [text for extra in extras for text in extra]
    return [r for r in map(Requirement, texts) if r.name != "matnn-lab"]


def test_conda_takes_python_and_pip_and_everything_else_from_the_lock():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    python, pip, rest = environment["dependencies"]
    assert re.fullmatch(r"python=3\.\d+", python)
    assert pip == "pip"
    assert rest == {"pip": ["--requirement requirements.lock", "--editable .[test]"]}
    version = tuple(int(part) for part in python.split("=")[1].split("."))
    assert version >= OLDEST_PYTHON
    assert PROJECT["requires-python"] == ">=" + ".".join(map(str, OLDEST_PYTHON))


@pytest.mark.parametrize("requirement", declared(), ids=str)
def test_every_declared_dependency_is_locked_at_a_version_it_allows(requirement):
    assert requirement.specifier.contains(LOCK[canonicalize_name(requirement.name)])


@pytest.mark.skipif(sys.platform != "linux", reason="the lock was resolved on Linux")
def test_the_lock_holds_everything_that_the_dependencies_need_in_turn():
    seen, waiting = set(), declared()
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        key = (name, frozenset(requirement.extras))
        # torch for GPUs brings its CUDA libraries, which no CPU lock names; pip freeze leaves
        # setuptools and wheel to the environment
        if key in seen or name.startswith(("nvidia-", "cuda-", "triton", "setuptools", "wheel")):
            continue
        seen.add(key)
        assert name in LOCK, f"{requirement} is needed but not in requirements.lock"
        try:
            needs = requires(name) or []
        except PackageNotFoundError:
            continue
        extras = requirement.extras or {""}
        for text in needs:
            need = Requirement(text)
            if need.marker is None or any(need.marker.evaluate({"extra": e}) for e in extras):
                waiting.append(need)


def test_version_is_the_same_everywhere():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert citation["version"] == matnn_lab.__version__
    assert f"## {matnn_lab.__version__}" in (ROOT / "CHANGELOG.md").read_text()


def test_importing_the_package_loads_nothing_else():
    code = (
        "import sys; before = set(sys.modules); import matnn_lab; "
        "print(sorted(set(sys.modules) - before))"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert loaded.strip() == "['matnn_lab']"


def test_workflows_are_valid_yaml_and_run_the_readme_command():
    for workflow in (ROOT / ".github/workflows").glob("*.yml"):
        assert yaml.safe_load(workflow.read_text())["jobs"]
    assert (ROOT / ".ci/run").read_text().rstrip().endswith("make test")
