"""Execute the notebooks and store their outputs: a second run without a change leaves no difference."""

import hashlib
import os
import re
import sys
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

import nbformat
import psutil
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from matnn_lab.course.editions import environment
from matnn_lab.course.environment import ROOT
from matnn_lab.text import gettext as _

NOTEBOOKS = ROOT / "notebooks"
LONGEST_SECONDS = 60
LARGEST_MB = 1500
CELL_TIMEOUT = 300  # seconds, after which a cell is taken to hang

KERNEL_ENVIRONMENT = {
    "MATNN_BAKE": "1",  # explorers store what the site needs
    "PLOTLY_RENDERER": "plotly_mimetype",
    "NBGRADER_EXECUTION": "validate",  # a check that fails is an error
    "TQDM_DISABLE": "1",
    "PYTHONHASHSEED": "0",
    "OMP_NUM_THREADS": "2",
    "MKL_NUM_THREADS": "2",
    "OPENBLAS_NUM_THREADS": "2",
}
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {
        "file_extension": ".py",
        "mimetype": "text/x-python",
        "name": "python",
        "pygments_lexer": "ipython3",
    },
}
PLOTLY = "application/vnd.plotly.v1+json"
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
ADDRESS = re.compile(r"\bat 0x[0-9a-fA-F]{6,}")


class ExecutionError(Exception):
    """A notebook cannot be stored; the message names the cell and what is wrong with it."""


@dataclass(frozen=True)
class Cost:
    """What executing a notebook took."""

    seconds: float
    megabytes: float

    def within_limits(self) -> bool:
        """Tell whether it is within what the course allows on two cores."""
        return self.seconds <= LONGEST_SECONDS and self.megabytes <= LARGEST_MB


def execute_notebooks(names: Iterable[str], folder: Path = NOTEBOOKS) -> int:
    """Execute notebooks, store their outputs and print what each took.

    Parameters
    ----------
    names
        Beginnings of names, such as "03" or "03_gradient_descent.ipynb"; none means all.
    folder
        Where the notebooks are; they are executed in it.

    Returns
    -------
    int
        0 when every notebook was stored within the limits, else 1. A notebook that fails is left as it is.
    """
    try:
        paths = _find(list(names), folder)
    except ExecutionError as error:
        print(error, file=sys.stderr)
        return 1
    failed = False
    for path in paths:
        try:
            cost, changed = execute(path)
        except ExecutionError as error:
            print(f"{path.name}: {error}", file=sys.stderr, flush=True)
            failed = True
            continue
        state = _("stored") if changed else _("unchanged")
        print(
            f"{path.name:40s} {cost.seconds:5.1f} s {cost.megabytes:6.0f} MB  {state}", flush=True
        )
        if not cost.within_limits():
            print(
                _("{name} is over the limits of {seconds} s and {megabytes} MB.").format(
                    name=path.name, seconds=LONGEST_SECONDS, megabytes=LARGEST_MB
                ),
                file=sys.stderr,
            )
            failed = True
    return int(failed)


def execute(path: Path) -> tuple[Cost, bool]:
    """Execute one notebook where it stands; return what it took and whether the file has changed."""
    before = path.read_text(encoding="utf-8")
    notebook = nbformat.reads(before, as_version=4)
    cost = run(notebook, path.parent)
    clean(notebook)
    describe(notebook)
    after = nbformat.writes(notebook) + "\n"
    if after == before:
        return cost, False
    temporary = path.with_suffix(".ipynb.tmp")
    temporary.write_text(after, encoding="utf-8", newline="\n")
    os.replace(temporary, path)
    return cost, True


def client_for(notebook: NotebookNode, folder: Path, **options: Any) -> NotebookClient:
    """Return what executes a notebook in a folder, with the interpreter that runs this."""
    client = NotebookClient(
        notebook,
        kernel_name="python3",
        timeout=CELL_TIMEOUT,
        record_timing=False,
        resources={"metadata": {"path": str(folder)}},
        **options,
    )
    manager = client.create_kernel_manager()
    manager.kernel_spec.argv[0] = sys.executable  # type: ignore[union-attr]
    return client


def run(notebook: NotebookNode, folder: Path, language: str = "") -> Cost:
    """Execute all cells of a notebook in place, in a new kernel; stop at the first error.

    The kernel speaks the language of the notebook's edition, whatever that of the shell.
    """
    client = client_for(notebook, folder)
    started = monotonic()
    with _PeakMemory(client) as peak:
        try:
            client.execute(env=os.environ | KERNEL_ENVIRONMENT | environment(language))
        except CellExecutionError as error:
            raise ExecutionError(
                _("Cell {count} stopped with {kind}: {reason}").format(
                    count=_failed_cell(notebook), kind=error.ename, reason=error.evalue.strip()
                )
            ) from None
        except (CellTimeoutError, DeadKernelError) as error:
            raise ExecutionError(str(error).strip().splitlines()[0]) from None
    return Cost(monotonic() - started, peak.megabytes)


def _failed_cell(notebook: NotebookNode) -> int:
    """Return which cell, counted from 1, is the last that ends in an error."""
    return max(
        count
        for count, cell in enumerate(notebook.cells, start=1)
        if any(output.output_type == "error" for output in cell.get("outputs", []))
    )


def clean(notebook: NotebookNode) -> None:
    """Take out of an executed notebook, in place, all that differs from run to run.

    Raises
    ------
    ExecutionError
        If an output holds a memory address: those can't be made to agree.
    """
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    notebook.metadata = nbformat.from_dict(METADATA)
    seen: set[str] = set()
    for count, cell in enumerate(notebook.cells, start=1):
        if not cell.get("id") or cell.id in seen:
            cell.id = hashlib.sha256(f"{count}:{cell.source}".encode()).hexdigest()[:8]
        seen.add(cell.id)
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            cell.metadata.pop("collapsed", None)
            cell.outputs = _clean_outputs(cell.outputs)
            for output in cell.outputs:
                _refuse_addresses(output, count)


def describe(notebook: NotebookNode) -> None:
    """Put the description of each plotly figure beside it, in place, for viewers that cannot draw it."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            figure = output.get("data", {}).get(PLOTLY)
            words = ((figure or {}).get("layout", {}).get("meta") or {}).get("alt")
            if words:
                output.data["text/plain"] = _("Figure: {words}").format(words=words)


def _clean_outputs(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Drop what goes to stderr and views of live widgets; join what was printed in pieces."""
    kept: list[NotebookNode] = []
    for output in outputs:
        if output.output_type == "stream":
            if output.name == "stderr":
                continue
            if kept and kept[-1].output_type == "stream":
                kept[-1].text += output.text
                continue
        elif "data" in output and WIDGET_VIEW in output.data:
            continue
        kept.append(output)
    return kept


def _refuse_addresses(output: NotebookNode, count: int) -> None:
    data = output.get("data", {})
    for text in (output.get("text", ""), data.get("text/plain", ""), data.get("text/html", "")):
        found = ADDRESS.search(text)
        if found:
            raise ExecutionError(
                _("Cell {count} shows a memory address ({found}); end its last line with ;").format(
                    count=count, found=found[0]
                )
            )


def _find(names: list[str], folder: Path) -> list[Path]:
    paths = sorted(folder.glob("*.ipynb"))
    if not names:
        return paths
    found = []
    for name in names:
        matching = [path for path in paths if path.name.startswith(name)]
        if not matching:
            raise ExecutionError(
                _("No notebook begins with {name}; there are {known}.").format(
                    name=name, known=", ".join(path.stem for path in paths) or _("none")
                )
            )
        found += [path for path in matching if path not in found]
    return found


class _PeakMemory(threading.Thread):
    """Watches the memory of a kernel and of the processes that it starts."""

    def __init__(self, client: NotebookClient):
        super().__init__(daemon=True)
        self.client = client
        self.done = threading.Event()
        self.megabytes = 0.0

    def __enter__(self) -> "_PeakMemory":
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.done.set()
        self.join()

    def run(self) -> None:
        while not self.done.wait(0.1):
            self.megabytes = max(self.megabytes, self._now())

    def _now(self) -> float:
        pid = getattr(getattr(self.client.km, "provisioner", None), "pid", None)
        if not pid:
            return 0.0
        total = 0
        try:
            kernel = psutil.Process(pid)
            for process in [kernel, *kernel.children(recursive=True)]:
                total += process.memory_info().rss
        except psutil.NoSuchProcess:
            pass
        return total / 1e6
