"""The rows of a table from which a model can learn, and a reason for each of the others."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from matnn_lab.evaluation.auditing.cells import read_numbers
from matnn_lab.representations.formulas import read_formulas
from matnn_lab.text import gettext as _


class UsableRows(NamedTuple):
    """What `usable_rows` kept, and what it did not.

    Attributes
    ----------
    frame : pandas.DataFrame
        The rows whose formula and target can be read, with the target as float.
    unread : pandas.DataFrame
        One row a cell that hinders: ``row`` (index label in the table), ``column``, ``text`` (the cell as it
        stands) and ``reason``.
    """

    frame: pd.DataFrame
    unread: pd.DataFrame


def usable_rows(frame: pd.DataFrame, *, target: str, formula: str = "formula") -> UsableRows:
    """Keep the rows whose formula and target can be read, and list all others with the reason.

    Parameters
    ----------
    frame : pandas.DataFrame, n rows
    target : str
        Column of numbers, which may stand there as text (`matnn_lab.evaluation.read_numbers`).
    formula : str
        Column of formulas (`matnn_lab.representations.formulas.read_formulas`).

    Returns
    -------
    UsableRows

    Raises
    ------
    ValueError
        If a column is not there once, or no row can be used.

    Examples
    --------
    >>> import pandas as pd
    >>> from matnn_lab.evaluation import usable_rows
    >>> table = pd.DataFrame({"formula": ["Fe2O3", "steel", "NaCl"], "hv": ["1,234", "5", "10-20"]})
    >>> rows, unread = usable_rows(table, target="hv")
    >>> rows["hv"].tolist()
    [1234.0]
    >>> unread[["row", "column", "text"]].values.tolist()
    [[1, 'formula', 'steel'], [2, 'hv', '10-20']]
    """
    for column in (formula, target):
        if list(frame.columns).count(column) != 1:
            raise ValueError(
                _("The table needs one column {column!r}; its columns are {columns}.").format(
                    column=column, columns=", ".join(map(str, frame.columns))
                )
            )
    formulas, numbers = read_formulas(frame[formula]), read_numbers(frame[target])
    kinds = dict(zip(numbers.texts["row"], numbers.texts["kind"], strict=True))
    reasons = [
        (int(row), formula, text, reason)
        for row, text, reason in formulas.unread[["row", "formula", "reason"]].itertuples(
            index=False
        )
    ]
    for row in np.flatnonzero(~np.isfinite(numbers.values)):
        cell = frame[target].iloc[row]
        kind = kinds.get(row, _("missing") if pd.isna(cell) else _("no finite number"))
        reasons.append((int(row), target, cell, kind))
    reasons.sort(key=lambda each: each[0])
    unread = pd.DataFrame(reasons, columns=["row", "column", "text", "reason"])
    bad = np.zeros(len(frame), dtype=bool)
    bad[unread["row"].astype(int)] = True
    unread["row"] = [frame.index[row] for row in unread["row"]]
    if bad.all():
        raise ValueError(
            _(
                "No row of the table has both a formula and a target that can be read; look at the columns"
                " {formula!r} and {target!r} with audit(…)."
            ).format(formula=formula, target=target)
        )
    kept = frame.assign(**{target: numbers.values})[~bad]
    return UsableRows(kept, unread)
