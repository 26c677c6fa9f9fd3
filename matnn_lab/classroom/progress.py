"""Which exercises a learner has solved: kept in her workbook, on her own computer, and sent nowhere.

Each check adds one line to ``.progress.jsonl`` in the folder of the workbook, so that two notebooks that
are open at once lose nothing, and a damaged line costs only itself.
"""

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from html import escape
from pathlib import Path

from matnn_lab.classroom import markup
from matnn_lab.text import gettext as _

# the file by which a folder is known as a workbook, and the one that holds what was solved
WORKBOOK, PROGRESS = ".workbook.json", ".progress.jsonl"
SIGNS = {"solved": "●", "tried": "◐", "open": "○"}


def record(number: str, right: bool, folder: Path | None = None) -> None:
    """Note a check in the workbook; where the folder is no workbook, or cannot be written to, do nothing.

    Parameters
    ----------
    number
        The exercise, such as "03.1".
    right
        Whether the answer was right.
    folder
        The folder of the notebook; without it, the one that the kernel works in.
    """
    folder = Path.cwd() if folder is None else Path(folder)
    when = datetime.now().astimezone().isoformat(timespec="seconds")
    line = json.dumps({"exercise": number, "right": right, "when": when}) + "\n"
    with suppress(OSError):
        if (folder / WORKBOOK).exists():
            # one short write to a file that is opened for appending stays in one piece
            handle = os.open(folder / PROGRESS, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
            try:
                os.write(handle, line.encode())
            finally:
                os.close(handle)


def read(folder: Path | None = None) -> dict[str, bool]:
    """Return whether each exercise that was tried was ever solved; damaged lines are left out."""
    folder = Path.cwd() if folder is None else Path(folder)
    solved: dict[str, bool] = {}
    try:
        lines = (folder / PROGRESS).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return {}
    for line in lines:
        with suppress(ValueError, KeyError, TypeError, RecursionError):
            entry = json.loads(line)
            number = str(entry["exercise"])
            solved[number] = solved.get(number, False) or entry["right"] is True
    return solved


def no_workbook(folder: Path | None = None) -> str:
    """Return a sentence that says that a folder is no workbook, or nothing where it is one."""
    folder = Path.cwd() if folder is None else Path(folder)
    if (folder / WORKBOOK).exists():
        return ""
    return _("{folder} is no workbook, so no exercise is noted there.").format(folder=folder)


@dataclass(frozen=True)
class Progress:
    """The exercises of each notebook and which of them were solved; shows itself as a small table.

    Parameters
    ----------
    exercises
        The numbers of the exercises of each notebook: ``{"03": ["03.1", ...], ...}``.
    solved
        What :func:`read` returns.
    hint
        A sentence that is shown behind the count, such as what :func:`no_workbook` returns.
    """

    exercises: Mapping[str, list[str]]
    solved: Mapping[str, bool]
    hint: str = ""

    def state(self, number: str) -> str:
        """Return "solved", "tried" or "open" for an exercise such as "03.1"."""
        if number not in self.solved:
            return "open"
        return "solved" if self.solved[number] else "tried"

    def summary(self) -> str:
        """Return a sentence: how many exercises are solved, of how many; and the hint, if there is one."""
        numbers = [number for known in self.exercises.values() for number in known]
        done = sum(self.state(number) == "solved" for number in numbers)
        count = _("Exercises solved: {done} of {total}.").format(done=done, total=len(numbers))
        return f"{count} {self.hint}".rstrip()

    def legend(self) -> str:
        """Return what the signs mean."""
        return _("{solved} solved   {tried} tried, not right yet   {open} not tried").format(
            **SIGNS
        )

    def __repr__(self) -> str:
        rows = [
            f"{notebook}  {' '.join(SIGNS[self.state(number)] for number in numbers)}"
            for notebook, numbers in self.exercises.items()
        ]
        return "\n".join([self.summary(), *rows, self.legend()])

    def _repr_html_(self) -> str:
        names = {"solved": _("solved"), "tried": _("tried, not right yet"), "open": _("not tried")}
        rows = []
        for notebook, numbers in self.exercises.items():
            signs = []
            for number in numbers:
                state = self.state(number)
                color = f' style="color: {markup.GREEN}"' if state == "solved" else ""
                title = escape(f"{number}: {names[state]}")
                signs.append(
                    f'<span title="{title}" role="img" aria-label="{title}"{color}>{SIGNS[state]}</span>'
                )
            rows.append(
                f'<tr><th scope="row" style="text-align: left">{escape(notebook)}</th>'
                f'<td style="text-align: left; letter-spacing: 0.3em">{"".join(signs)}</td></tr>'
            )
        return (
            f"<p><strong>{escape(self.summary())}</strong></p>"
            f"<table>{''.join(rows)}</table><p>{escape(self.legend())}</p>"
        )
