"""Numbers in the wrong unit: impossible values, energies of a cell taken for energies of an atom, slips."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from scipy.stats import spearmanr

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

# how a column's name ends: lowest and highest value that a solid can have
POSSIBLE = {
    "_ev_per_atom": (-10.0, 10.0),
    "_a3_per_atom": (2.0, 300.0),
    "_g_per_cm3": (0.05, 23.0),
    "_gpa": (0.0, 1300.0),
    "_mpa": (0.0, 10_000.0),
    "_hv": (0.0, 11_000.0),
    "_c": (-273.15, 4500.0),
    "_k": (0.0, 5000.0),
    "_um": (0.0, 1e5),
    "n_atoms": (1.0, np.inf),
    "year": (1800.0, 2100.0),
}


def impossible_values(
    frame: pd.DataFrame, possible: Mapping[str, tuple[float, float]] = POSSIBLE
) -> pd.DataFrame:
    """List values that lie outside what their column's name allows.

    Parameters
    ----------
    frame : pandas.DataFrame
        Numeric columns with the unit at the end of the name, as in ``hardness_hv``.
    possible : mapping from ending to (lowest, highest)

    Returns
    -------
    pandas.DataFrame
        Columns ``row`` (index of frame), ``column``, ``value``, ``lowest``, ``highest``.
    """
    found = []
    for column in frame.select_dtypes("number"):
        ending = max((e for e in possible if str(column).endswith(e)), key=len, default=None)
        if ending is None:
            continue
        lowest, highest = possible[ending]
        values = frame[column]
        for row, value in values[(values < lowest) | (values > highest)].items():
            found.append((row, column, value, lowest, highest))
    return pd.DataFrame(found, columns=["row", "column", "value", "lowest", "highest"])


def extensivity(values: Sequence[float], n_atoms: Sequence[int]) -> float:
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
                "{values} values and {atoms} numbers of atoms were given; give one of each a row."
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
                "{values} values, {expected} expectations and tolerance {tolerance} were given; give one"
                " expectation a value and a positive tolerance."
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
