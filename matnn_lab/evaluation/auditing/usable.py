"""The rows of a table from which a model can learn, and a reason for each of the others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from matnn_lab.evaluation.auditing.cells import read_numbers
from matnn_lab.evaluation.auditing.table import names_of
from matnn_lab.representations.formulas import read_formulas
from matnn_lab.text import gettext as _


class UsableRows(NamedTuple):
    """What `usable_rows` kept, and what it did not.

    Attributes
    ----------
    frame : pandas.DataFrame
        The rows in which all that is needed can be read, with the target and further numbers as float.
    unread : pandas.DataFrame
        One row a cell that hinders: ``row`` (index label in the table), ``column``, ``text`` (the cell as it
        stands) and ``reason``.
    """

    frame: pd.DataFrame
    unread: pd.DataFrame


def usable_rows(
    frame: pd.DataFrame,
    *,
    target: str,
    formula: str | None = "formula",
    numbers: str | Sequence[str] = (),
) -> UsableRows:
    """Keep the rows whose formula and target can be read, and list all others with the reason.

    Parameters
    ----------
    frame : pandas.DataFrame, n rows
    target : str
        Column of numbers, which may stand there as text (`matnn_lab.evaluation.read_numbers`).
    formula : str or None
        Column of formulas (`matnn_lab.representations.formulas.read_formulas`); None where there is none.
    numbers : str or sequence of str
        Further columns of numbers that a model needs, such as amounts of oxides or a temperature.

    Returns
    -------
    UsableRows

    Raises
    ------
    ValueError
        If a column is not there once, the table has no rows, or none can be used.

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
    numbers = names_of(numbers)
    needed = [*([] if formula is None else [formula]), target, *numbers]
    for column in needed:
        if list(frame.columns).count(column) != 1:
            raise ValueError(
                _("The table needs one column {column!r}; its columns are {columns}.").format(
                    column=column, columns=", ".join(map(str, frame.columns))
                )
            )
    if frame.empty:
        raise ValueError(_("The table has no rows; give at least one."))
    reasons: list[tuple[int, str, object, str]] = []
    if formula is not None:
        reasons += [
            (
                int(each.row),
                formula,
                each.formula,
                _("missing") if each.kind == "missing" else each.reason,
            )
            for each in read_formulas(frame[formula]).unread.itertuples()
        ]
    values = {}
    for column in (target, *numbers):
        found = read_numbers(frame[column])
        values[column] = found.values
        kinds = dict(zip(found.texts["row"], found.texts["kind"], strict=True))
        for row in np.flatnonzero(~np.isfinite(found.values)):
            cell = frame[column].iloc[row]
            kind = kinds.get(row, _("missing") if pd.isna(cell) else _("no finite number"))
            reasons.append((int(row), column, cell, kind))
    reasons.sort(key=lambda each: each[0])
    unread = pd.DataFrame(reasons, columns=["row", "column", "text", "reason"])
    bad = np.zeros(len(frame), dtype=bool)
    bad[unread["row"].astype(int)] = True
    unread["row"] = [frame.index[row] for row in unread["row"]]
    if bad.all():
        raise ValueError(
            _(
                "No row of the table has everything that is needed ({columns}) in a form that can be read;"
                " look at these columns with audit(…)."
            ).format(columns=", ".join(map(str, needed)))
        )
    kept = frame.assign(**values)[~bad]
    return UsableRows(kept, unread)
