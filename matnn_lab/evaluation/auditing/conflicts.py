"""One material, several answers: rows that no model can all get right."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from matnn_lab.text import gettext as _
from matnn_lab.text import ngettext


def conflicts(
    keys: Sequence, targets: Sequence | np.ndarray, *, tolerance: float = 0.0
) -> pd.DataFrame:
    """List keys that stand for several targets.

    Parameters
    ----------
    keys : sequence of n labels
        Formulas, groups of near-duplicates, or tuples of formula and condition. Rows without a target,
        with an infinite one, or with a key of which a part is missing are left out.
    targets : sequence of n numbers, labels or truth values
    tolerance : float
        Largest difference between numbers that is no conflict, in their unit.

    Returns
    -------
    pandas.DataFrame
        One row a key, the worst first: ``key``, ``rows`` (how many), ``lowest`` and ``highest`` (for
        labels the first and last in alphabetical order), ``spread`` (in the unit of the targets; for
        labels how many there are), ``positions`` (of its rows in the input).

    Raises
    ------
    ValueError
        If lengths differ.
    """
    if len(keys) != len(targets):
        raise ValueError(
            _("{keys} and {targets} were given; give one of each a row.").format(
                keys=ngettext("{n} key", "{n} keys", len(keys)).format(n=len(keys)),
                targets=ngettext("{n} target", "{n} targets", len(targets)).format(n=len(targets)),
            )
        )
    keys = pd.Series(list(keys), dtype=object)
    targets = pd.Series(list(targets))
    if targets.dtype == object:  # whole numbers with a gap, True and False with a gap
        targets = targets.convert_dtypes()
    numeric = pd.api.types.is_numeric_dtype(targets) and not pd.api.types.is_bool_dtype(targets)
    targets = targets.astype(float).where(np.isfinite) if numeric else targets.astype(object)
    known = ~targets.isna() & ~keys.map(_unnamed)
    # a table whose cells are tuples would be taken for one with several columns
    label = pd.Series(pd.factorize(keys)[0])[known]
    if not numeric:
        # ranks let labels of any kind be compared; their order is that of the alphabet
        targets = targets.where(known).astype("string")
    groups = targets[known].groupby(label)
    if numeric:
        spread = groups.max() - groups.min()
        several = spread[spread > tolerance]
    else:
        spread = groups.nunique()
        several = spread[spread > 1]
    inside = label[label.isin(several.index)]
    found = []
    for each, positions in inside.index.groupby(inside).items():
        mine = targets[positions]
        first = keys[positions[0]]
        found.append((first, len(mine), mine.min(), mine.max(), several[each], positions.tolist()))
    columns = ["key", "rows", "lowest", "highest", "spread", "positions"]
    table = pd.DataFrame(found, columns=columns)
    return table.sort_values("spread", ascending=False, kind="stable", ignore_index=True)


def _unnamed(key: object) -> bool:
    """Tell whether a key, or a part of it, is missing: two rows without a name are not one material."""
    if isinstance(key, tuple):
        return any(_unnamed(part) for part in key)
    return bool(pd.api.types.is_scalar(key) and pd.isna(key))
