"""A notebook alone looks for the package, and says what to run where it is missing."""

import subprocess
import sys

import nbformat
import pytest
from IPython.core.inputtransformer2 import TransformerManager

from matnn_lab.course.door import alone, door
from matnn_lab.course.environment import ROOT
from matnn_lab.course.workbook import NOTEBOOKS, definitions, unsolved

ADDRESS = "https://github.com/someone/course"
INSTALL = f"%pip install git+{ADDRESS}"
# what IPython gives a cell, without IPython
SHELL = """
class Shell:
    def run_line_magic(self, name, line):
        print(name, line)

get_ipython = Shell
"""
EMPTY = ["-I", "-S"]  # a Python that has nothing but its own library


def run(cell: str, *options: str, before: str = "") -> subprocess.CompletedProcess:
    code = SHELL + before + TransformerManager().transform_cell(cell)
    command = [sys.executable, *options, "-c", code]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


@pytest.mark.parametrize(
    ("address", "command"), [(ADDRESS, INSTALL), ("", "%pip install FOLDER")], ids=["set", "none"]
)
def test_without_the_package_it_stops_and_says_in_one_sentence_what_to_run(address, command):
    done = run(door(address), *EMPTY)
    assert (done.returncode, done.stdout) == (1, "")
    said = done.stderr.splitlines()[-1]
    assert said.startswith("ModuleNotFoundError: This notebook needs the package of the course")
    assert f"run `{command}` in a cell" in said
    assert said.endswith("then this cell again.")


def test_in_colab_it_installs_the_package():
    done = run(door(ADDRESS), *EMPTY, before="import sys; sys.modules['google.colab'] = Shell\n")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"pip install --quiet git+{ADDRESS}\n"


@pytest.mark.parametrize("address", [ADDRESS, ""], ids=["set", "none"])
def test_with_the_package_it_says_nothing_and_loads_nothing(address):
    done = run(door(address) + "\nimport sys\nprint('matnn_lab' in sys.modules)")
    assert (done.returncode, done.stdout, done.stderr) == (0, "False\n", "")


def test_its_lines_fit_the_page():
    assert max(len(line) for line in (door(ADDRESS) + door()).splitlines()) <= 100


@pytest.mark.parametrize("number", ["03", "17"])
def test_a_notebook_alone_is_that_of_the_workbook_with_one_cell_more(number):
    (path,) = NOTEBOOKS.glob(f"{number}_*.ipynb")
    notebook = nbformat.reads(alone(path).decode(), as_version=4)
    nbformat.validate(notebook)
    assert notebook.cells[0].source.startswith(f"# {number} ·")
    assert notebook.cells.pop(1).source == door()
    workbook = unsolved(path, terms=definitions())
    assert notebook == nbformat.reads(workbook.decode(), as_version=4)
