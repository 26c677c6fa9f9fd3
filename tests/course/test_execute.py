"""Executing a notebook twice leaves no difference, and a notebook that fails is left as it is."""

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from matnn_lab.course import execute


def write(path, *sources):
    notebook = new_notebook(cells=[new_code_cell(source) for source in sources])
    notebook.metadata["widgets"] = {"state": {}}
    for cell in notebook.cells:
        cell.metadata["execution"] = {"iopub.execute_input": "2026-01-01T00:00:00Z"}
    nbformat.write(notebook, path)
    return path


EXPLORER = """from matnn_lab.figures import label
from matnn_lab.widgets import Explorer
import plotly.graph_objects as go

def draw(slope):
    figure = go.Figure(go.Scatter(y=[0, slope]))
    return label(figure, alt="A line from the origin", x="step", y="height / m")

Explorer(draw, slope=[1, 2, 3])"""


@pytest.fixture(scope="module")
def executed_twice(tmp_path_factory):
    path = write(
        tmp_path_factory.mktemp("notebooks") / "03_tiny.ipynb",
        "import os\nfrom pathlib import Path\nPath.cwd().name",
        "import numpy as np\nnp.random.default_rng(0).normal(size=3).tolist()",
        "import plotly.express as px\npx.line(x=[0, 1], y=[0.0, 1.0])",
        "import sys\nprint('a'); print('progress', file=sys.stderr); print('b')",
        "[os.environ[name] for name in ('MATNN_BAKE', 'PYTHONHASHSEED', 'TQDM_DISABLE')]",
        "import ipywidgets\nipywidgets.IntSlider()",
        EXPLORER,
    )
    codes = [execute.execute_notebooks(["03"], path.parent)]
    first = path.read_bytes()
    codes.append(execute.execute_notebooks([], path.parent))
    return codes, first, path.read_bytes()


def cells(executed):
    return nbformat.reads(executed[1].decode(), as_version=4).cells


def test_a_second_run_without_a_change_leaves_no_difference(executed_twice):
    codes, first, second = executed_twice
    assert codes == [0, 0]
    assert first == second
    assert first.endswith(b"}\n")


def test_it_runs_in_the_folder_of_the_notebook(executed_twice):
    assert cells(executed_twice)[0].outputs[0].data["text/plain"].startswith("'notebooks")


def test_a_figure_is_stored_as_plotly_data_alone(executed_twice):
    assert list(cells(executed_twice)[2].outputs[0].data) == ["application/vnd.plotly.v1+json"]


def test_a_figure_brings_its_description_for_viewers_that_cannot_draw_it():
    figures = [
        new_output("display_data", data={execute.PLOTLY: {"data": [], "layout": {"meta": meta}}})
        for meta in ({"alt": "Two lines that cross"}, None)
    ]
    notebook = new_notebook(cells=[new_code_cell("show()", outputs=figures)])
    execute.describe(notebook)
    first, second = notebook.cells[0].outputs
    assert first.data["text/plain"] == "Figure: Two lines that cross"
    assert list(second.data) == [execute.PLOTLY]


def test_an_explorer_is_stored_baked_without_a_live_widget(executed_twice):
    data = cells(executed_twice)[6].outputs[0].data
    assert set(data) == {"application/vnd.matnn.explorer+json", "text/plain"}


def test_progress_is_dropped_and_what_is_printed_stays_in_one_piece(executed_twice):
    (output,) = cells(executed_twice)[3].outputs
    assert (output.name, output.text) == ("stdout", "a\nb\n")


def test_the_kernel_bakes_and_is_reproducible(executed_twice):
    assert cells(executed_twice)[4].outputs[0].data["text/plain"] == "['1', '0', '1']"


def test_no_state_of_widgets_and_no_times_are_stored(executed_twice):
    notebook = nbformat.reads(executed_twice[1].decode(), as_version=4)
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    assert "version" not in notebook.metadata.language_info
    assert all("execution" not in cell.metadata for cell in notebook.cells)
    assert notebook.cells[5].outputs == []


def test_it_says_how_long_and_how_large(tmp_path, capsys):
    write(tmp_path / "03_tiny.ipynb", "1 + 1")
    execute.execute_notebooks(["03_tiny"], tmp_path)
    words = capsys.readouterr().out.split()
    assert words[0] == "03_tiny.ipynb"
    assert float(words[1]) > 0
    assert float(words[3]) > 10
    assert words[5] == "stored"


def test_a_notebook_that_fails_is_left_as_it_is_and_its_cell_is_named(tmp_path, capsys):
    path = write(tmp_path / "05_wrong.ipynb", "x = 1", "x / 0")
    before = path.read_bytes()
    assert execute.execute_notebooks([], tmp_path) == 1
    assert path.read_bytes() == before
    assert "Cell 2 stopped with ZeroDivisionError: division by zero" in capsys.readouterr().err


def test_a_check_that_is_not_passed_is_an_error(tmp_path, capsys):
    write(tmp_path / "05_wrong.ipynb", "from matnn_lab.lessons import check\ncheck('99.1', None)")
    assert execute.execute_notebooks([], tmp_path) == 1
    assert "Cell 1 stopped with AssertionError" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("limit", "value"), [("LONGEST_SECONDS", 0.01), ("LARGEST_MB", 1)], ids=["time", "memory"]
)
def test_a_notebook_over_its_limits_fails(tmp_path, monkeypatch, capsys, limit, value):
    monkeypatch.setattr(execute, limit, value)
    write(tmp_path / "03_tiny.ipynb", "1 + 1")
    assert execute.execute_notebooks([], tmp_path) == 1
    assert "over the limits" in capsys.readouterr().err


def test_an_unknown_name_is_answered_with_the_known_ones(tmp_path, capsys):
    write(tmp_path / "03_tiny.ipynb", "1 + 1")
    assert execute.execute_notebooks(["77"], tmp_path) == 1
    assert "No notebook begins with 77; there are 03_tiny." in capsys.readouterr().err


def test_a_memory_address_is_refused():
    cell = new_code_cell("f")
    cell.outputs = [
        new_output("execute_result", data={"text/plain": "<function f at 0x7f0123456789>"})
    ]
    with pytest.raises(execute.ExecutionError, match="Cell 1 shows a memory address"):
        execute.clean(new_notebook(cells=[cell]))


def test_missing_and_repeated_cell_ids_are_made_from_the_contents():
    def ids():
        notebook = new_notebook(cells=[new_markdown_cell("a"), new_markdown_cell("b")])
        notebook.cells[0].id = notebook.cells[1].id = "same"
        execute.clean(notebook)
        return [cell.id for cell in notebook.cells]

    assert ids() == ids()
    assert len(set(ids())) == 2
