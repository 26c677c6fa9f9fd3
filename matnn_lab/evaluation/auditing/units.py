"""Numbers in the wrong unit: impossible values, energies of a cell taken for energies of an atom, slips."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.stats import spearmanr

from matnn_lab.evaluation.auditing.cells import read_numbers
from matnn_lab.evaluation.auditing.headers import SHARE, Bounds, bounds_of, is_difference
from matnn_lab.text import gettext as _

# by what a value is too large if it was written in the first unit and is read as the second;
# CODATA 2018 (doi:10.1103/RevModPhys.93.025010)
FACTORS = {
    "energy": {
        "kJ/mol read as eV": 96.485332,
        "kcal/mol read as eV": 23.060548,
        "meV read as eV": 1000.0,
        "eV read as Ha": 27.211386,
        "eV read as Ry": 13.605693,
    },
    "volume": {"cm³/mol read as Å³": 0.602214, "Bohr³ read as Å³": 6.748334},
    "pressure": {"kbar read as GPa": 10.0, "MPa read as GPa": 1000.0},
    "hardness": {"MPa read as HV": 9.80665, "GPa read as HV": 0.00980665},
}


def impossible_values(
    frame: pd.DataFrame, possible: Mapping[str, tuple[float, float]] | None = None
) -> pd.DataFrame:
    """List values that no solid can have, judged by the unit in the name of their column.

    Parameters
    ----------
    frame : pandas.DataFrame
        Columns with the unit in the name, as in ``hardness_hv``, ``T (K)`` or ``Eg/eV``; numbers may
        stand there as text.
    possible : mapping from ending to (lowest, highest), optional
        Bounds for columns whose names end so, in place of those of
        `matnn_lab.evaluation.auditing.headers.bounds_of`.

    Returns
    -------
    pandas.DataFrame
        Columns ``row`` (index of frame), ``column``, ``value``, ``lowest``, ``highest`` and ``position``.
    """
    found = []
    for place, column in enumerate(frame.columns):
        cells = frame.iloc[:, place]
        if possible is None:
            bounds = bounds_of(column)
        else:
            ends = [ending for ending in possible if str(column).endswith(ending)]
            bounds = Bounds(*possible[max(ends, key=len)]) if ends else None
        share = SHARE.search(str(column).lower()) and not is_difference(column)
        if (bounds is None and not share) or _no_numbers(cells):
            continue
        values = read_numbers(cells).values
        bounds = bounds or _share_bounds(values)
        with np.errstate(invalid="ignore"):
            out = np.flatnonzero((values < bounds.lowest) | (values > bounds.highest))
        found += [(frame.index[p], column, values[p], *bounds, int(p)) for p in out]
    columns = ["row", "column", "value", "lowest", "highest", "position"]
    return pd.DataFrame(found, columns=columns)


def _no_numbers(cells: pd.Series) -> bool:
    return pd.api.types.is_datetime64_any_dtype(cells) or pd.api.types.is_bool_dtype(cells)


def _share_bounds(values: np.ndarray) -> Bounds:
    """Return 0 and 1 if nearly all values are shares, else 0 and 100."""
    known = values[np.isfinite(values)]
    share = len(known) > 0 and np.mean((known >= 0) & (known <= 1)) > 0.8
    return Bounds(0.0, 1.0 if share else 100.0)


def extensivity(values: ArrayLike, n_atoms: ArrayLike) -> float:
    """Return how strongly the size of the values grows with the number of atoms they may belong to.

    An energy per atom does not care how large the cell or the formula is; an energy per cell or per
    formula unit does.

    Parameters
    ----------
    values : array_like of float, shape (n,)
    n_atoms : array_like of int, shape (n,)
        Atoms in the cell or in the formula unit.

    Returns
    -------
    float
        Spearman's rank correlation between |values| and n_atoms; NaN if one of them is constant. Above
        0.5 it is worth asking what the values are divided by.

    Raises
    ------
    ValueError
        If shapes differ.
    """
    values, n_atoms = np.asarray(values, dtype=float), np.asarray(n_atoms, dtype=float)
    if values.shape != n_atoms.shape:
        raise ValueError(
            _(
                "Values of shape {values} and numbers of atoms of shape {atoms} were given; give one of"
                " each a row."
            ).format(values=values.shape, atoms=n_atoms.shape)
        )
    known = np.isfinite(values)
    values, n_atoms = np.abs(values[known]), n_atoms[known]
    if len(np.unique(values)) < 2 or len(np.unique(n_atoms)) < 2:
        return float("nan")
    return float(spearmanr(values, n_atoms).statistic)


def unit_slips(
    values: Sequence[float],
    expected: Sequence[float],
    quantity: str = "energy",
    *,
    tolerance: float = 0.2,
) -> pd.DataFrame:
    """Find values that would be as expected in another unit.

    Parameters
    ----------
    values : array_like of float, shape (n,)
    expected : array_like of float, shape (n,)
        What each should be roughly, in the same unit: the median of the same compound's other values, or
        what a model predicts that was trained on other rows (`predict_folds`).
    quantity : {"energy", "volume", "pressure", "hardness"}
        Which units may have been mixed up (`FACTORS`), in either direction.
    tolerance : float
        Largest distance of value / expected from a factor, as a natural logarithm.

    Returns
    -------
    pandas.DataFrame
        Columns ``row`` (position), ``value``, ``expected``, ``ratio`` and ``perhaps``. Only values that are
        off by more than five times the median error are listed, the worst first. A hint to look
        the value up, not a verdict. Expect with something that a few wrong values do not move: a
        median, or a model trained with an absolute or Huber loss.

    Raises
    ------
    ValueError
        If shapes differ, the quantity is not known or the tolerance is not positive.
    """
    values, expected = np.asarray(values, dtype=float), np.asarray(expected, dtype=float)
    if values.shape != expected.shape or tolerance <= 0:
        raise ValueError(
            _(
                "Values of shape {values}, expectations of shape {expected} and the tolerance {tolerance}"
                " were given; give one expectation a value and a positive tolerance."
            ).format(values=values.shape, expected=expected.shape, tolerance=tolerance)
        )
    if quantity not in FACTORS:
        raise ValueError(
            _("The quantity {given!r} is not known; choose one of {known}.").format(
                given=quantity, known=", ".join(FACTORS)
            )
        )
    logs = {}
    for name, factor in FACTORS[quantity].items():
        logs[name] = np.log(factor)
        logs[" read as ".join(reversed(name.split(" read as ")))] = -np.log(factor)
    names, logs = np.array(list(logs)), np.array(list(logs.values()))
    off = np.abs(values - expected)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = values / expected
        distance = np.abs(np.log(ratio)[:, None] - logs)
    distance = np.nan_to_num(distance, nan=np.inf)
    slipped = (distance.min(axis=1) <= tolerance) & (off > 5 * np.nanmedian(off))
    rows = np.flatnonzero(slipped)
    rows = rows[np.argsort(-off[rows], kind="stable")]
    columns = {"row": rows, "value": values[rows], "expected": expected[rows], "ratio": ratio[rows]}
    return pd.DataFrame(columns | {"perhaps": names[distance[rows].argmin(axis=1)]})
