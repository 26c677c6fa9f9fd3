"""Say in one sentence what stopped a learner's code."""

import linecache
from types import TracebackType

from matnn_lab.text import gettext as _

LONGEST = 200  # characters of an error's own message that are repeated


def explain(error: BaseException, call: str | None = None) -> str:
    """Return one sentence for an exception that came out of a learner's code.

    Parameters
    ----------
    error
        What was raised.
    call
        The call that raised it, as a learner would write it, such as ``slope(2.0)``.
    """
    if isinstance(error, NotImplementedError):
        return _("This exercise is not solved yet: replace the line `raise NotImplementedError()`.")
    name = _error_name(error)
    line = _last_line(error.__traceback__)
    if call and line:
        sentence = _("`{call}` stopped with {name} in the line `{line}`.")
    elif call:
        sentence = _("`{call}` stopped with {name}.")
    elif line:
        sentence = _("Your answer stopped with {name} in the line `{line}`.")
    else:
        sentence = _("Your answer cannot be used here: it led to {name}.")
    return sentence.format(call=call, name=name, line=line)


def _error_name(error: BaseException) -> str:
    """Return the exception's type and message on one line, also where its own text fails."""
    try:
        message = " ".join(str.__str__(str(error)).split()).replace("`", "'")
    except BaseException:
        message = ""
    if len(message) > LONGEST:
        message = message[:LONGEST] + " …"
    return f"{type(error).__name__} ({message})" if message else type(error).__name__


def _last_line(traceback: TracebackType | None) -> str:
    """Return the last line of the notebook that was running, or an empty string."""
    line = ""
    while traceback is not None:
        frame = traceback.tb_frame
        if frame.f_globals.get("__name__") == "__main__":
            line = linecache.getline(frame.f_code.co_filename, traceback.tb_lineno).strip()
        traceback = traceback.tb_next
    return line.replace("`", "'")
