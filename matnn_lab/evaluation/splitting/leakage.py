"""What train and test share: the report that belongs to every split."""

from collections.abc import Sequence, Sized

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.model_selection import BaseCrossValidator

from matnn_lab.evaluation.scores.inputs import group_numbers
from matnn_lab.evaluation.splitting.labels import chemical_systems, compositions, element_sets


def leakage_report(
    splitter: BaseCrossValidator,
    X: Sized,
    y: ArrayLike | None = None,
    groups: ArrayLike | None = None,
    *,
    formulas: Sequence[str] | None = None,
    **labels: ArrayLike,
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
        `matnn_lab.evaluation.auditing.duplicates`). A missing label is shared with no other row.

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
    n_rows = X.shape[0] if hasattr(X, "shape") else len(X)
    if formulas is not None:
        own = {"formula": compositions(formulas), "chemical_system": chemical_systems(formulas)}
        labels = own | labels
    columns = {name: group_numbers(values, n_rows, name) for name, values in labels.items()}
    elements = element_sets(formulas) if formulas is not None else None
    rows = []
    for train, test in splitter.split(X, y, groups):
        row = {"train": len(train), "test": len(test)}
        for name, values in columns.items():
            row[f"shared {name.replace('_', ' ')}"] = np.isin(values[test], values[train]).mean()
        if elements is not None:
            known = set().union(*(elements[each] for each in train))
            row["all elements known"] = np.mean([elements[each] <= known for each in test])
        rows.append(row)
    return pd.DataFrame(rows, index=pd.RangeIndex(1, len(rows) + 1, name="fold"))
