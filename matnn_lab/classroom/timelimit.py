"""Run a learner's function that may never return, on every system and in the main thread of a kernel.

The function runs in a thread of its own. When its time is over, Python is asked to raise an exception
inside that thread, which ends any loop written in Python. A single call of compiled code that keeps
the interpreter to itself, such as ``10**10**10``, cannot be stopped from inside one process.
"""

import ctypes
import io
import threading
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from time import monotonic, process_time

PATIENCE = 10  # how often, and for how many twentieths of a second, a late thread is asked to stop


class OutOfTime(Exception):
    """The function did not return within its time; ``stopped`` tells whether it could be ended."""

    def __init__(self, stopped: bool):
        self.stopped = stopped


class Failed(Exception):
    """The function raised ``error``; what is raised around it, such as an interrupt, is not wrapped."""

    def __init__(self, error: BaseException):
        self.error = error


class _Stop(SystemExit):
    """Ends a thread; no ``except Exception`` holds it up, and threading does not report it."""


class _Nowhere(io.TextIOBase):
    """A stream that keeps nothing of what is written to it."""

    def write(self, text: str) -> int:
        return len(text)


_NOWHERE = _Nowhere()  # lives as long as any thread that could not be stopped and still prints


def run_within(seconds: float, function: Callable, *arguments: object) -> object:
    """Return what the function returns, printing nothing.

    On a busy computer, where the function waits for its turn, it gets up to six times as long.

    Raises
    ------
    Failed
        If it raises anything.
    OutOfTime
        If it has not returned after so many seconds; whatever it does later is ignored.
    """
    outcome: list[tuple[object, BaseException | None]] = []

    def work() -> None:
        try:
            outcome.append((function(*arguments), None))
        except BaseException as error:
            outcome.append((None, error))

    thread = threading.Thread(target=work, daemon=True)
    with redirect_stdout(_NOWHERE), redirect_stderr(_NOWHERE):
        thread.start()
        try:
            finished = _ends_within(seconds, thread)
        finally:
            _stop(thread)
    if not finished:
        raise OutOfTime(stopped=not thread.is_alive())
    value, error = outcome[0]
    if error is not None:
        raise Failed(error)
    return value


def _ends_within(seconds: float, thread: threading.Thread) -> bool:
    """Wait for a thread; time in which the computer did something else counts only up to a limit."""
    started, worked = monotonic(), process_time()
    thread.join(seconds)
    while (
        thread.is_alive()
        and process_time() - worked < seconds / 2
        and monotonic() - started < 6 * seconds
    ):
        thread.join(seconds / 10)
    return not thread.is_alive()


def _stop(thread: threading.Thread) -> None:
    """Ask until it has ended: code that catches everything has to be asked more than once."""
    for _attempt in range(PATIENCE):
        if thread.ident is None or not thread.is_alive():
            return
        ctypes.pythonapi.PyThreadState_SetAsyncExc(
            ctypes.c_ulong(thread.ident), ctypes.py_object(_Stop)
        )
        thread.join(0.05)
