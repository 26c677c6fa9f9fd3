"""What train and test share: the report that belongs to every split."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from matnn_lab.evaluation.splitting.labels import chemical_systems, compositions, element_sets
from matnn_lab.text import gettext as _


def leakage_report(
    splitter,
    X,
    y=None,
    groups=None,
    *,
    formulas: Sequence[str] | None = None,
    **labels: Sequence,
) -> pd.DataFrame:
    """Report for each fold which share of the test rows has a relative in the training set.

    Parameters
    ----------
    splitter : scikit-learn splitter
    X, y, groups
        As for ``splitter.split``.
    formulas : sequence of n formulas, optional
        Adds what is shared in composition, chemical system and elements.
    **labels : sequence of n labels
        Adds what is shared in anything else, under its own name, such as ``prototype=…`` (from
        `matnn_lab.evaluation.splitting.labels.prototypes`) or ``near_duplicate=…`` (from
        `matnn_lab.evaluation.auditing.duplicates`).

    Returns
    -------
    pandas.DataFrame, one row a fold
        ``train`` and ``test`` count rows; the other columns are shares of the test rows, from 0 to 1:
        ``shared formula`` is the share whose composition is also in the training set, and so on;
        ``all elements known`` is the share without an element that is new.

    Raises
    ------
    ValueError
        If labels or formulas are not as many as the rows.
    """
    columns = {}
    if formulas is not None:
        columns["formula"] = compositions(formulas)
        columns["chemical_system"] = chemical_systems(formulas)
    columns |= {name: np.asarray(values, dtype=object) for name, values in labels.items()}
    for name, values in columns.items():
        if len(values) != len(X):
            raise ValueError(
                _("{n} entries of {name} were given for {rows} rows; give one a row.").format(
                    n=len(values), name=name, rows=len(X)
                )
            )
    elements = element_sets(formulas) if formulas is not None else None
    rows = []
    for train, test in splitter.split(X, y, groups):
        row = {"train": len(train), "test": len(test)}
        for name, values in columns.items():
            known = set(values[train])
            shared = np.mean([value in known for value in values[test]])
            row[f"shared {name.replace('_', ' ')}"] = shared
        if elements is not None:
            known = set().union(*(elements[each] for each in train))
            row["all elements known"] = np.mean([elements[each] <= known for each in test])
        rows.append(row)
    return pd.DataFrame(rows, index=pd.RangeIndex(1, len(rows) + 1, name="fold"))
