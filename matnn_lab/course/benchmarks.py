"""Run the benchmarks and keep what they print as a page of the site."""

import ast
import os
import platform
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

from matnn_lab.course.environment import ROOT

SCRIPTS, PAGE = ROOT / "benchmarks", ROOT / "book" / "benchmarks.md"

INTRODUCTION = """\
# Benchmarks

What the course wrote itself, beside the published implementation of the same thing. Both run in one process
on one machine, in turns; given are medians, and medians of the ratios of neighboring runs. `make bench` runs
them again and writes this page. Another machine gives other times and similar ratios.

This page: {system}, {cores} cores, Python {python}, PyTorch {torch}.
"""


def run_benchmarks(scripts: Path = SCRIPTS, page: Path = PAGE) -> int:
    """Run each script, show what it prints, and store it as a page.

    Parameters
    ----------
    scripts : Path
        Folder of Python scripts whose docstring begins with a title.
    page : Path
        The page to write. It is left as it was if a script fails.

    Returns
    -------
    int
        0, or the exit code of the script that failed.
    """
    sections = [
        INTRODUCTION.format(
            system=f"{platform.system()} on {platform.machine()}",
            cores=os.cpu_count(),
            python=platform.python_version(),
            torch=version("torch"),
        )
    ]
    for script in sorted(scripts.glob("*.py")):
        docstring = ast.get_docstring(ast.parse(script.read_text())) or ""
        title, _, text = docstring.partition("\n")
        print(f"\n{title}", flush=True)
        with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True) as run:
            lines = []
            for line in run.stdout or ():
                try:
                    print(line, end="", flush=True)
                except BrokenPipeError:  # nobody reads on
                    run.kill()
                    raise
                lines.append(line.rstrip())
        if run.returncode:
            return run.returncode
        paragraphs = [
            f"## {title.rstrip('.')}",
            text.strip(),
            "\n".join(["```text", *lines, "```"]),
        ]
        sections.append("\n\n".join(filter(None, paragraphs)) + "\n")
    page.write_text("\n".join(sections), encoding="utf-8")
    return 0
