"""The course's jobs: ``python -m matnn_lab lab`` and its neighbors do what ``make lab`` does."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from time import monotonic
from typing import Any

from matnn_lab.course.environment import LOCK, ROOT, SetupError, has_course, python_with
from matnn_lab.text import gettext as _
from matnn_lab.text import language


def workbook(folder: Path | None) -> int:
    """Make or complete a workbook and open nothing, as the server of a class needs it."""
    return 0 if _make_workbook(folder) else 1


def _make_workbook(folder: Path | None = None) -> Path | None:
    """Make or complete the reader's workbook, say what was done, and give its folder if there is one."""
    from matnn_lab.course.workbook import in_home, make_workbook_where_it_can_be

    name = "-".join(filter(None, ["workbook", language()]))
    places = [folder] if folder else [ROOT / name, in_home(Path.home(), language())]
    try:
        report = make_workbook_where_it_can_be(places, language())
    except OSError as error:
        print(error, file=sys.stderr)
        return None
    print(report)
    return report.folder


def lab(port: int | None) -> int:
    """Make or complete the reader's workbook and open JupyterLab on it."""
    from matnn_lab.course.lab import lab_environment, lab_options, running_lab

    folder = _make_workbook()
    if folder is None:
        return 1
    address = running_lab(folder)
    if address:
        print(
            _("A lab is open on {folder} already: {address}").format(folder=folder, address=address)
        )
        return 0
    print(
        _(
            "Opening JupyterLab on {folder} in about 5 seconds. If no browser opens, copy the "
            "address below into one. Ctrl+C here closes the lab; your work stays in the folder."
        ).format(folder=folder),
        flush=True,
    )
    try:
        return _run("jupyterlab", *lab_options(port), cwd=folder, env=lab_environment())
    except KeyboardInterrupt:
        return 0


def test() -> int:
    """Run everything that CI runs: units, contract, notebooks, then the site in a real browser."""
    _need("mypy", "nbval", "playwright", "pytest", "ruff", "xdist")
    quick = ["-n", "2", "--dist", "loadscope", "-m", "not browser"]
    # one thread for each of the two workers: threads that wait for one another make small networks slow
    validating = {**os.environ, "NBGRADER_EXECUTION": "validate", "OMP_NUM_THREADS": "1"}
    notebooks = ["--nbval-lax", "--nbval-current-env", "--nbval-cell-timeout", "300"]
    steps = [
        (
            _("Step 1 of 3, about 18 minutes: style, types, unit tests and every notebook."),
            lambda: (
                _run("ruff", "check", ".")
                or _run("ruff", "format", "--check", ".")
                or _run("mypy")
                # so that a solution which its own check refuses is an error in its notebook
                or _run("pytest", *quick, *notebooks, "tests", "notebooks", env=validating)
            ),
        ),
        (_("Step 2 of 3, half a minute: the site, with warnings as errors."), book),
        (
            _("Step 3 of 3, about 12 minutes: the site and JupyterLab in a real Chromium."),
            _browser_tests,
        ),
    ]
    started = monotonic()
    for title, step in steps:
        print("\n" + title, flush=True)
        failed = step()
        print(
            _("{minutes:.1f} minutes so far.").format(minutes=(monotonic() - started) / 60),
            flush=True,
        )
        if failed:
            return failed
    return 0


STALLED = 70  # the exit status of tests of which one did not end


def _browser_tests() -> int:
    """Try the site and JupyterLab in Chromium, once more if Chromium stalls."""
    command = ["pytest", "-n", "2", "--dist", "loadgroup", "-m", "browser", "tests"]
    failed = _run(*command)
    if failed == STALLED:
        print("\n" + _("A browser stalled; the tests of this step begin again."), flush=True)
        failed = _run(*command)
    return failed


def book() -> int:
    """Build the site and say where it is."""
    _need("jupyter_book", "sphinx_book_theme")
    from matnn_lab.course.build import SiteError, build_site

    try:
        page = build_site()
    except SiteError as error:
        print(error, file=sys.stderr)
        return 1
    print(_("The site is ready: open {page}").format(page=page), flush=True)
    return 0


def notebooks(names: list[str]) -> int:
    """Execute the notebooks anew and store their outputs."""
    from matnn_lab.course.execute import execute_notebooks

    return execute_notebooks(names)


def bench() -> int:
    """Time what the course wrote itself against the published implementations."""
    _need("cgcnn2", "matminer", "nequip")
    from matnn_lab.course.benchmarks import run_benchmarks

    return run_benchmarks()


def nbgrader(folder: Path) -> int:
    """Make a course folder for nbgrader from a plan: which notebooks, until when, how many points."""
    from matnn_lab.course.teaching import make_class

    try:
        sentences = make_class(folder)
    except (ValueError, OSError) as error:
        print(_told(error), file=sys.stderr)
        return 1
    print("\n".join(sentences))
    return 0


def examination(**options: Any) -> int:
    """Write an examination with drawn numbers: the paper, and its solutions for the teacher and nbgrader."""
    from matnn_lab.course.examination import make_examination

    try:
        sentences = make_examination(**options)
    except (ValueError, OSError) as error:
        print(_told(error), file=sys.stderr)
        return 1
    print("\n".join(sentences))
    return 0


def audit(**options: Any) -> int:
    """Look for what is wrong with a table of materials; print the report and write it as HTML."""
    from matnn_lab.evaluation.auditing.page import audit_file

    return audit_file(**options)


def _audit_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "table", type=Path, help=_("a CSV file; semicolons, tabs and decimal commas are understood")
    )
    add("--formula", default="formula", help=_("the column of formulas (default: formula)"))
    add("--target", help=_("the column that is to be predicted"))
    add("--by", help=_("the column that names the source of each row, such as a DOI"))
    add(
        "--condition",
        dest="conditions",
        action="append",
        default=[],
        help=_(
            "a column that the target may depend on, such as a temperature; several may be given"
        ),
    )
    add("--n-atoms", help=_("the column with the number of atoms in the cell"))
    add("--encoding", help=_("how the file writes letters, if it is not recognised"))
    add("--decimal", help=_("the sign before decimals, if a column does not show it"))
    add(
        "--signal", action="store_true", help=_("also train a model and ask if it beats the median")
    )
    add("--output", type=Path, help=_("the HTML file; by default a new one named after the table"))
    add("--overwrite", action="store_true", help=_("replace the file that --output names"))


def _examination_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "--notebooks",
        nargs="+",
        required=True,
        help=_("numbers, as in 01 05 17; 17.2 is the second question of notebook 17 alone"),
    )
    add(
        "--seed",
        type=int,
        nargs="+",
        help=_("what the numbers are drawn from; several give a paper each (default: a new one)"),
    )
    add("--students", type=Path, help=_("a CSV file with a name in each row; each gets a paper"))
    add("--name", default="examination", help=_("the name of the files (default: examination)"))
    add(
        "--output",
        type=Path,
        default=Path("class"),
        help=_("the folder of the class, to which papers and source are added (default: class)"),
    )


def _told(error: Exception) -> str:
    """Return a sentence about an error; what the system says of a file is none."""
    if isinstance(error, OSError) and error.filename is not None:
        return _("{path} cannot be read or written: {reason}; name another file or folder.").format(
            path=error.filename, reason=error.strerror
        )
    return str(error)


def _need(*modules: str) -> None:
    """Raise the error of an import if one of these is not installed."""
    for module in modules:
        if find_spec(module) is None:
            raise ModuleNotFoundError(name=module)


def _run(module: str, *arguments: str, cwd: Path = ROOT, env: dict[str, str] | None = None) -> int:
    _need(module)
    return _wait_for([sys.executable, "-m", module, *arguments], cwd=cwd, env=env)


def _wait_for(command: list[str | Path], **options: Any) -> int:
    """Run a program; what ends this process ends it too, and it is given the time to clean up."""
    with subprocess.Popen(command, **options) as program:
        before = signal.signal(signal.SIGTERM, lambda *_signal: program.terminate())
        try:
            return program.wait()
        finally:
            signal.signal(signal.SIGTERM, before)


JOBS: dict[str, tuple[Callable[..., int], list[str]]] = {
    # name: (function, extras that it needs)
    "lab": (lab, []),
    "workbook": (workbook, []),
    "test": (test, ["test"]),
    "book": (book, ["site"]),
    "notebooks": (notebooks, ["test"]),
    "bench": (bench, ["test"]),
    "nbgrader": (nbgrader, ["teaching"]),
}

# these work on the reader's own files, and need no folder of the course
TOOLS: dict[str, tuple[Callable[..., int], Callable[[argparse.ArgumentParser], None]]] = {
    "audit": (audit, _audit_arguments),
    "examination": (examination, _examination_arguments),
}


def main() -> int:
    """Run what the command line asks for, and end quietly where nobody reads on, as behind `| head`."""
    try:
        try:
            return _asked()
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        # Python flushes once more at its end (docs.python.org, library/signal, "Note on SIGPIPE")
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _asked() -> int:
    """Parse the command line, see to the environment, run the job in it."""
    parser = argparse.ArgumentParser(prog="python -m matnn_lab", description=__doc__)
    commands = parser.add_subparsers(dest="job", required=True)
    parsers = {
        name: commands.add_parser(name, help=function.__doc__, description=function.__doc__)
        for name, (function, _extras) in JOBS.items()
    }
    for name, (tool, add_arguments) in TOOLS.items():
        add_arguments(commands.add_parser(name, help=tool.__doc__, description=tool.__doc__))
    parsers["lab"].add_argument("--port", type=int, help=_("the port for JupyterLab"))
    parsers["workbook"].add_argument(
        "folder",
        nargs="?",
        type=lambda text: Path(text).expanduser().absolute(),
        help=_("where it shall be (default: where the lab would have it)"),
    )
    parsers["notebooks"].add_argument(
        "names", nargs="*", help=_("beginnings of names, as in 03 05; none means all")
    )
    parsers["nbgrader"].add_argument(
        "folder",
        nargs="?",
        type=lambda text: Path(text).absolute(),
        default=Path("class").absolute(),
        help=_("the folder of the class, with the plan class.toml in it (default: class)"),
    )
    options = vars(parser.parse_args())
    job = options.pop("job")
    function, extras = JOBS[job] if job in JOBS else (TOOLS[job][0], [])
    if not has_course():
        if job in TOOLS:
            return _done(job, function, options, extras)
        print(
            _(
                "The job {job} works on the course's folder (notebooks, book, tests), which {folder} "
                "is not; get a copy of the course's repository and run `python -m matnn_lab {job}` there."
            ).format(job=job, folder=ROOT),
            file=sys.stderr,
        )
        return 1
    try:
        python = python_with(extras)
    except SetupError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(
            _("\nThe set-up was interrupted; run the same command again to mend it."),
            file=sys.stderr,
        )
        return 130
    if python != Path(sys.executable):
        try:
            return _wait_for([python, "-m", "matnn_lab", *sys.argv[1:]])
        except KeyboardInterrupt:
            return 130
    return _done(job, function, options, extras)


def _done(
    job: str, function: Callable[..., int], options: dict[str, Any], extras: list[str]
) -> int:
    """Run a job; where a package is missing, say in one sentence how to get it."""
    try:
        return function(**options)
    except ModuleNotFoundError as error:
        name = (error.name or "matnn_lab").partition(".")[0]
        if name == "matnn_lab":  # a fault of ours
            raise
        wanted = f"{ROOT}[{','.join(extras)}]" if extras else str(ROOT)
        what = f'--constraint "{LOCK}" --editable "{wanted}"' if has_course() else name
        print(
            _(
                "The job {job} needs the package {name}, which this Python does not have; run "
                '`"{python}" -m pip install {what}`, and then the same command again.'
            ).format(job=job, name=name, python=sys.executable, what=what),
            file=sys.stderr,
        )
        return 1


if __name__ == "__main__":
    sys.exit(main())
