"""Vectors of elements: what they know of the periodic table, and probes that read properties out of them."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from pymatgen.core import Element
from sklearn.metrics import r2_score
from sklearn.model_selection import KFold
from sklearn.preprocessing import StandardScaler

from matnn_lab.datasets import element_vectors
from matnn_lab.models.cgcnn_runs import trained_networks
from matnn_lab.models.published import cgcnn

Array = NDArray[np.float64]
# of the computed crystals that the networks of notebook 11 learned from
COURSE_ELEMENTS = {
    "Al", "As", "B", "Ba", "C", "Ca", "Cd", "Cl", "Cu", "F", "Fe", "Ga", "Ge", "In", "K",
    "Li", "Mg", "N", "Na", "Ni", "O", "S", "Sc", "Se", "Si", "Sr", "Ti", "Zn", "Zr",
}  # fmt: skip
ALPHAS = np.logspace(-2, 5, 15)


def published() -> dict[str, pd.Series]:
    """Give published vectors by the name of their set: a series of arrays, the symbols as index.

    The sets of `element_vectors`, and the table with which the published CGCNN (formation energy) begins.
    """
    table = element_vectors().set_index("element")
    found = {name: vectors.dropna() for name, vectors in table.items()}
    network = cgcnn("formation_energy")
    return {"cgcnn": of_network(network.element_vectors().detach().numpy())} | found


def own() -> list[pd.Series]:
    """Give the vectors with which the two networks of notebook 11 begin, for the elements of its crystals."""
    return [
        of_network(network.element_vectors().detach().numpy())
        for network, _curve in trained_networks()
    ]


def of_network(rows: ArrayLike) -> pd.Series:
    """Name the rows of a network's table, where row Z belongs to element Z, by symbols."""
    rows = np.asarray(rows, dtype=float)
    symbols = [Element.from_Z(number).symbol for number in range(1, len(rows))]
    return pd.Series(list(rows[1:]), index=symbols)


def in_all(sets: Sequence[pd.Series]) -> list[str]:
    """List the elements that all sets have, in order of the atomic number, the f block left out.

    The f block has no group of its own in the periodic table.
    """
    symbols = set.intersection(*(set(vectors.index) for vectors in sets))
    elements = sorted((Element(symbol) for symbol in symbols), key=lambda element: element.Z)
    return [e.symbol for e in elements if not (e.is_lanthanoid or e.is_actinoid)]


def table_of(symbols: Sequence[str]) -> pd.DataFrame:
    """Tabulate group, period, electronegativity (Pauling) and atomic radius (Å); NaN where there is none."""
    rows = {}
    for element in map(Element, symbols):
        radius = element.atomic_radius
        rows[element.symbol] = {
            "group": element.group,
            "period": element.row,
            # Pauling's scale has no value for He, Ne and Ar
            "electronegativity": np.nan if element.symbol in ("He", "Ne", "Ar") else element.X,
            "radius": np.nan if radius is None else float(radius),
        }
    return pd.DataFrame.from_dict(rows, orient="index").astype({"group": int, "period": int})


def probe(vectors: ArrayLike, target: ArrayLike, seed: int) -> float:
    """Read a property out of vectors by a ridge, ten folds over the elements: R² of all left-out elements.

    Elements whose target is NaN are left out. The strength is chosen inside the training folds.
    """
    y, answers = probed(vectors, target, seed)
    return float(r2_score(y, answers))


def probed(vectors: ArrayLike, target: ArrayLike, seed: int) -> tuple[Array, Array]:
    """Give the known values of a property, and what the probe answers when each is left out."""
    y = np.asarray(target, dtype=float)
    known = np.isfinite(y)
    rows, y = np.asarray(vectors, dtype=float)[known], y[known]
    answers = np.empty_like(y)
    for train, test in KFold(10, shuffle=True, random_state=seed).split(rows):
        answers[test] = _ridge(rows[train], y[train], rows[test])
    return y, answers


def _ridge(rows: Array, y: Array, new: Array) -> Array:
    """Fit a ridge to standardised columns, and predict.

    It is scikit-learn's ``RidgeCV(ALPHAS)``, which leaves out one row at a time, but all strengths share one
    decomposition and the few rows of a table of elements are not checked anew for each fold.
    """
    scaler = StandardScaler()
    x, mean = scaler.fit_transform(rows), y.mean()
    values, axes = np.linalg.eigh(x @ x.T)
    values = np.maximum(values, 0)  # round-off
    along = axes.T @ (y - mean)
    shrunk = 1 / (values + ALPHAS[:, None])  # one row a strength, one column an axis
    residuals = ALPHAS[:, None] * shrunk * along @ axes.T
    leverage = 1 / len(y) + values * shrunk @ axes.T**2
    left_out = np.mean((residuals / (1 - leverage)) ** 2, axis=1)
    weights = x.T @ axes @ (shrunk[left_out.argmin()] * along)
    return mean + scaler.transform(new) @ weights


def squared_errors(vectors: ArrayLike, target: ArrayLike) -> Array:
    """Give each known element's squared error in the probe over the variance; their mean is 1 − R².

    The mean of three orders of the folds.
    """
    errors = []
    for seed in range(3):
        y, answers = probed(vectors, target, seed)
        errors.append((y - answers) ** 2 / y.var())
    return np.mean(errors, axis=0)


def gain(errors: ArrayLike, of_baseline: ArrayLike) -> Array:
    """Compare two probes by their `squared_errors`: the gain in R², and how sure it is.

    Returns
    -------
    numpy.ndarray, shape (3,)
        The gain in front of the baseline, and the ends of its 95 % interval when the elements are drawn anew
        (2,000 times, with replacement).
    """
    gains = np.asarray(of_baseline) - np.asarray(errors)
    drawn = np.random.default_rng(0).integers(len(gains), size=(2000, len(gains)))
    return np.array([gains.mean(), *np.percentile(gains[drawn].mean(axis=1), [2.5, 97.5])])


def places(table: pd.DataFrame) -> Array:
    """Say where each element stands in the periodic table: one column a group, one a period, 0 or 1."""
    return pd.get_dummies(table[["group", "period"]].astype(str), dtype=float).to_numpy()
