"""Does the table hold a signal? The one question that is asked by training a model."""

import numpy as np
import pandas as pd

from matnn_lab.evaluation.auditing.table import Found, NotAsked, Table
from matnn_lab.text import gettext as _

ROWS = 2000  # at most, drawn at random
TREES = 20
FOLDS = 3
# a model whose error is above this share of the baseline's has learned next to nothing
HARDLY = 0.95


def signal(table: Table) -> Found | NotAsked | None:
    """Ask whether a forest of extra trees beats the median on compositions that it has not seen.

    Features are those of the composition, with the conditions; whole compositions are on one side of the
    split. A table whose targets were shuffled has no finding but this one.
    """
    from sklearn.ensemble import ExtraTreesRegressor
    from sklearn.model_selection import GroupKFold, cross_val_predict

    from matnn_lab.representations.composition import composition_features

    if table.target is None:
        return NotAsked(_("no target was named"))
    if table.values is None:
        return NotAsked(_("the target is no column of numbers"))
    rows = table.known[np.isfinite(table.values[table.known])]
    if len(rows) > ROWS:
        rows = np.sort(np.random.default_rng(0).choice(rows, size=ROWS, replace=False))
    groups = table.compositions[rows]
    if len(set(groups)) < 10 * FOLDS:
        return NotAsked(_("there are too few different compositions with a target"))
    features = composition_features([table.read.fractions[row] for row in rows])
    for name in table.conditions:
        if name in table.numbers:
            column = np.where(np.isfinite(table.numbers[name]), table.numbers[name], np.nan)[rows]
            features[f"condition {name}"] = (
                pd.Series(column).fillna(np.nanmedian(column)).to_numpy()
            )
        else:
            labels = table.frame[name].iloc[rows].astype("string").reset_index(drop=True)
            features = features.join(
                pd.get_dummies(labels, prefix=f"condition {name}", dtype=float)
            )
    targets = table.values[rows]
    folds = GroupKFold(FOLDS, shuffle=True, random_state=0)
    model = ExtraTreesRegressor(TREES, max_features=0.3, min_samples_leaf=2, random_state=0)
    inputs = features.to_numpy(np.float32)
    predicted = cross_val_predict(model, inputs, targets, cv=folds, groups=groups)
    constant = np.empty(len(rows))
    for train, test in folds.split(inputs, targets, groups):
        constant[test] = np.median(targets[train])
    error, baseline = np.abs(predicted - targets).mean(), np.abs(constant - targets).mean()
    if error <= HARDLY * baseline:
        return None
    return Found(
        rows.tolist(),
        _(
            "Extra trees on the composition do not beat the median on new compositions: MAE {error:.3g}"
            " against {baseline:.3g}."
        ).format(error=error, baseline=baseline),
        _(
            "Ask whether rows and targets belong together, and whether composition can tell this at all."
        ),
    )
