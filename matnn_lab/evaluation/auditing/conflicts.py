"""One material, several answers: rows that no model can all get right."""

from collections.abc import Sequence

import pandas as pd

from matnn_lab.text import gettext as _


def conflicts(keys: Sequence, targets: Sequence, *, tolerance: float = 0.0) -> pd.DataFrame:
    """List keys that stand for several targets.

    Parameters
    ----------
    keys : sequence of n labels
        Formulas, groups of near-duplicates, or tuples of formula and condition. Rows without a target
        are left out.
    targets : sequence of n numbers or labels
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
            _("{keys} keys and {targets} targets were given; give one of each a row.").format(
                keys=len(keys), targets=len(targets)
            )
        )
    targets = pd.Series(list(targets))
    # a table whose cells are tuples would be taken for one with several columns
    label = pd.Series(pd.factorize(pd.Series(list(keys), dtype=object))[0])
    known = targets.notna()
    numeric = pd.api.types.is_numeric_dtype(targets)
    found = []
    for _label, group in targets[known].groupby(label[known]):
        spread = group.max() - group.min() if numeric else group.nunique()
        if spread > (tolerance if numeric else 1):
            positions = group.index.tolist()
            key = list(keys)[positions[0]]
            found.append((key, len(group), group.min(), group.max(), spread, positions))
    columns = ["key", "rows", "lowest", "highest", "spread", "positions"]
    table = pd.DataFrame(found, columns=columns)
    return table.sort_values("spread", ascending=False, kind="stable", ignore_index=True)
