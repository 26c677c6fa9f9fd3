"""How far a material lies from all that a model has been trained on.

Both scores work on any vectors: features, or what a network makes of them (`NetworkRegressor.latent`). The
third score in use is the disagreement of an ensemble, ``predict(X, return_std=True)``. A score is worth
something if it is higher where the errors are: look at its rank correlation with them.
"""

import numpy as np
from numpy.typing import ArrayLike
from sklearn.covariance import LedoitWolf
from sklearn.neighbors import NearestNeighbors

from matnn_lab.evaluation.scores.inputs import whole
from matnn_lab.text import gettext as _


def neighbor_distance(known: ArrayLike, new: ArrayLike, *, n_neighbors: int = 5) -> np.ndarray:
    """Return the mean distance to the nearest training rows, in standard deviations a feature.

    Parameters
    ----------
    known, new : array-like, shape (n_known, n_features) and (n_new, n_features)
        Training rows and rows to judge. Features are standardised by the training rows; those that
        are constant there, but for rounding, count as they are.
    n_neighbors : int

    Returns
    -------
    numpy.ndarray, shape (n_new,)
        Root mean square over the features, averaged over the neighbors: 1 means that the row differs
        from its neighbors as much as training rows differ from their mean.

    Raises
    ------
    ValueError
        If the numbers of features differ, a value is not finite, or there are fewer training rows
        than neighbors.
    """
    known, new = _standardized(known, new)
    n_neighbors = whole(n_neighbors, "n_neighbors", 1)
    if n_neighbors > len(known):
        raise ValueError(
            _("{k} neighbors among {n} training rows were asked for; ask for 1 to {n}.").format(
                k=n_neighbors, n=len(known)
            )
        )
    distances, _rows = NearestNeighbors(n_neighbors=n_neighbors).fit(known).kneighbors(new)
    return distances.mean(axis=1) / np.sqrt(known.shape[1])


def gaussian_energy(known: ArrayLike, new: ArrayLike) -> np.ndarray:
    """Return the energy of rows in a Gaussian through the training rows: half the squared distance.

    −log of its density up to a constant; the distance is Mahalanobis's, which counts a step along a
    direction in which the training rows hardly vary as a long one (Lee et al. 2018,
    doi:10.48550/arXiv.1807.03888). The covariance is shrunk as by Ledoit and Wolf
    (doi:10.1016/S0047-259X(03)00096-4), so that more features than rows are no obstacle.

    Parameters
    ----------
    known, new : array-like, shape (n_known, n_features) and (n_new, n_features)
        As in `neighbor_distance`.

    Returns
    -------
    numpy.ndarray, shape (n_new,)

    Raises
    ------
    ValueError
        If the numbers of features differ or a value is not finite.
    """
    known, new = _standardized(known, new)
    return LedoitWolf().fit(known).mahalanobis(new) / 2


def _standardized(known: ArrayLike, new: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    known, new = np.asarray(known), np.asarray(new)
    # what is left of a constant that was computed with the digits of its type
    rounding = 1e-9 if known.dtype.kind != "f" else max(1e-9, 10 * np.finfo(known.dtype).eps)
    try:
        known, new = known.astype(float), new.astype(float)
    except (TypeError, ValueError):
        raise ValueError(
            _("Some features cannot be read as numbers; give tables of numbers only.")
        ) from None
    if known.ndim != 2 or new.ndim != 2 or known.shape[1] != new.shape[1]:
        raise ValueError(
            _(
                "Rows of shapes {known} and {new} were given; give tables with the same features."
            ).format(known=known.shape, new=new.shape)
        )
    if not (np.isfinite(known).all() and np.isfinite(new).all()):
        raise ValueError(_("Some features are not finite; leave these rows or columns out first."))
    if not len(known):
        raise ValueError(_("No training rows were given; give at least one."))
    mean, spread = known.mean(axis=0), known.std(axis=0)
    constant = spread <= rounding * np.abs(known).max(axis=0)
    scale = np.where(constant, 1.0, spread)
    # a constant is the same for all training rows, to the last digit
    return np.where(constant, 0.0, known - mean) / scale, (new - mean) / scale
