"""What a JupyterHub starts for each student: her workbook is made or completed, then JupyterLab opens on it.

``book/jupyterhub_config.py`` names this module as the command of the single-user server; what the hub adds to
the command goes to that server. It runs as the student, so the workbook belongs to her.
"""

import os
import sys
from pathlib import Path

from matnn_lab.course.lab import lab_environment
from matnn_lab.course.workbook import in_home, make_workbook_where_it_can_be
from matnn_lab.text import language


def prepare(home: Path) -> None:
    """Make or complete the workbook in a home, and tell the server that follows to open on it.

    If the workbook cannot be made, say why; the server then opens on what the hub names, or on the home.
    """
    try:
        report = make_workbook_where_it_can_be([in_home(home, language())], language())
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
    else:
        print(report)
        os.environ.setdefault("JUPYTERHUB_ROOT_DIR", str(report.folder))
    os.environ.update(lab_environment())


def main() -> None:
    """Prepare the student's home, then be her single-user server until the hub ends it."""
    prepare(Path.home())
    # in the same process: importing Jupyter's schemas anew would take seconds of a shared processor
    from jupyterhub.singleuser import main as serve

    serve()


if __name__ == "__main__":
    main()
