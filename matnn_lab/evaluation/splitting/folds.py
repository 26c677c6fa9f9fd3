"""One model under one split: predictions for every test row, fold by fold."""

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from sklearn.base import clone

from matnn_lab.text import gettext as _


def predict_folds(
    estimator,
    X,
    y,
    splitter,
    groups=None,
    *,
    return_std: bool = False,
    n_jobs: int | None = None,
) -> pd.DataFrame:
    """Train on each training set and predict the test set that belongs to it.

    Unlike scikit-learn's ``cross_val_predict`` this also works where test sets overlap or leave rows
    out (`LeaveOneElementOut`, `TimeSplit`), and it keeps what the trivial model would have said.

    Parameters
    ----------
    estimator : scikit-learn regressor
        Cloned for each fold.
    X : array-like or DataFrame, shape (n, n_features)
    y : array-like, shape (n,)
    splitter : scikit-learn splitter
    groups : array-like, shape (n,), optional
        For the splitter.
    return_std : bool
        Also ask the estimator for a standard deviation of each prediction.
    n_jobs : int, optional
        Folds trained at the same time through joblib; inside
        ``joblib.parallel_config(backend="dask")`` (or "ray") on the workers of a cluster. Workers
        need to be processes with one thread each, since PyTorch's random numbers belong to a process.

    Returns
    -------
    pandas.DataFrame, one row a tested material and fold
        Columns ``fold`` (from 1), ``row`` (position in X), ``true``, ``predicted``, ``baseline`` (mean
        of the fold's training targets), all but the first two in the unit of y, and ``std`` if asked for.
        Score it with ``regression_score(p["true"], p["predicted"], baseline=p["baseline"], unit=…)``.

    Raises
    ------
    ValueError
        If the splitter gives a fold without training or test rows, and as the splitter and estimator.
    """
    X, y = X if hasattr(X, "iloc") else np.asarray(X), np.asarray(y, dtype=float)
    splits = list(splitter.split(X, y, groups))
    for fold, (train, test) in enumerate(splits, start=1):
        if not len(train) or not len(test):
            raise ValueError(
                _(
                    "Fold {fold} has {train} training and {test} test rows; choose a split that leaves"
                    " some of each."
                ).format(fold=fold, train=len(train), test=len(test))
            )
    frames = Parallel(n_jobs=n_jobs)(
        delayed(_predict_fold)(clone(estimator), X, y, train, test, return_std)
        for train, test in splits
    )
    folds = pd.concat(frames, keys=range(1, len(frames) + 1), names=["fold", None])
    return folds.reset_index("fold").reset_index(drop=True)


def _predict_fold(estimator, X, y, train, test, return_std) -> pd.DataFrame:
    known, new = (X.iloc[train], X.iloc[test]) if hasattr(X, "iloc") else (X[train], X[test])
    estimator.fit(known, y[train])
    columns = {"row": test, "true": y[test], "baseline": y[train].mean()}
    if return_std:
        columns["predicted"], columns["std"] = estimator.predict(new, return_std=True)
    else:
        columns["predicted"] = estimator.predict(new)
    order = ["row", "true", "predicted", "baseline", *(["std"] if return_std else [])]
    return pd.DataFrame(columns)[order]
