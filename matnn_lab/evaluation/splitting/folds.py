"""One model under one split: predictions for every test row, fold by fold."""

from inspect import signature
from typing import Any

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, clone, is_classifier
from sklearn.model_selection import BaseCrossValidator, check_cv

from matnn_lab.evaluation.scores.inputs import chosen, numbers, row_count, rows_of
from matnn_lab.text import gettext as _


def predict_folds(
    estimator: BaseEstimator,
    X: ArrayLike,
    y: ArrayLike,
    splitter: BaseCrossValidator | int,
    groups: ArrayLike | None = None,
    *,
    return_std: bool = False,
    n_jobs: int | None = None,
) -> pd.DataFrame:
    """Train on each training set and predict the test set that belongs to it.

    Unlike scikit-learn's ``cross_val_predict`` this also works where test sets overlap or leave rows
    out (`LeaveOneElementOut`, `TimeSplit`), and it keeps what the trivial model would have said.

    Parameters
    ----------
    estimator : scikit-learn regressor or classifier
        Cloned for each fold.
    X : array-like, DataFrame or sparse matrix, shape (n, n_features), or list of n structures
    y : array-like, shape (n,)
        Finite numbers for a regressor, classes for a classifier.
    splitter : scikit-learn splitter, or int
        A number of folds is scikit-learn's ``KFold``, or for classes ``StratifiedKFold``.
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
        of the fold's training targets, or their most frequent class), all but the first two in the unit
        of y, and ``std`` if asked for.
        Score it with ``regression_score(p["true"], p["predicted"], baseline=p["baseline"], unit=…)``.

    Raises
    ------
    ValueError
        Before anything is trained: if y is not one number (or class) a row, the estimator has no standard
        deviation to return or the splitter gives a fold without training or test rows; and as the
        splitter and estimator.
    """
    table = rows_of(X)
    y = _targets(estimator, y)
    if row_count(table) != len(y):
        raise ValueError(
            _("{n} targets were given for {rows} rows; give one a row.").format(
                n=len(y), rows=row_count(table)
            )
        )
    if return_std and not _gives_std(estimator):
        raise ValueError(
            _(
                "{estimator} gives no standard deviation; leave return_std out, or take a model that"
                " has one, such as NetworkRegressor(n_members=4)."
            ).format(estimator=type(estimator).__name__)
        )
    # for a number scikit-learn makes folds in the order of the rows
    splitter = check_cv(splitter, y, classifier=is_classifier(estimator))
    splits = list(splitter.split(table, y, groups))
    for fold, (train, test) in enumerate(splits, start=1):
        if not len(train) or not len(test):
            raise ValueError(
                _(
                    "Fold {fold} has {train} training and {test} test rows; choose a split that leaves"
                    " some of each."
                ).format(fold=fold, train=len(train), test=len(test))
            )
    frames = Parallel(n_jobs=n_jobs)(
        delayed(_predict_fold)(clone(estimator), table, y, train, test, return_std)
        for train, test in splits
    )
    folds = pd.concat(frames, keys=range(1, len(frames) + 1), names=["fold", None])
    return folds.reset_index("fold").reset_index(drop=True)


def _gives_std(estimator: Any) -> bool:
    """Tell whether predict takes ``return_std``, or hands on whatever it is given, as a pipeline does."""
    taken = signature(estimator.predict).parameters
    return "return_std" in taken or any(each.kind == each.VAR_KEYWORD for each in taken.values())


def _targets(estimator: BaseEstimator, y: ArrayLike) -> np.ndarray:
    """Return the targets as an array of shape (n,), without gaps."""
    if is_classifier(estimator):
        y = np.asarray(y)
        if y.ndim != 1:
            raise ValueError(
                _(
                    "The classes have the shape {shape}; give one a row, as np.ravel(…) does."
                ).format(shape=y.shape)
            )
        missing = int(pd.isna(y).sum())
    else:
        y = numbers(y, _("targets"))
        missing = int((~np.isfinite(y)).sum())
    if missing:
        raise ValueError(
            _("{n} of {total} targets are missing; leave these rows out first.").format(
                n=missing, total=len(y)
            )
        )
    return y


def _predict_fold(
    estimator: BaseEstimator,
    X: Any,
    y: np.ndarray,
    train: np.ndarray,
    test: np.ndarray,
    return_std: bool,
) -> pd.DataFrame:
    known, new = chosen(X, train), chosen(X, test)
    estimator.fit(known, y[train])
    trivial = pd.Series(y[train]).mode()[0] if is_classifier(estimator) else y[train].mean()
    columns = {"row": test, "true": y[test], "baseline": trivial}
    if return_std:
        columns["predicted"], columns["std"] = estimator.predict(new, return_std=True)
    else:
        columns["predicted"] = estimator.predict(new)
    order = ["row", "true", "predicted", "baseline", *(["std"] if return_std else [])]
    return pd.DataFrame(columns)[order]
