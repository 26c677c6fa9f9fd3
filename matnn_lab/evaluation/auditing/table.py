"""A table made ready for the questions: formulas read, numbers in text read, rows known by position."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pandas as pd

from matnn_lab.evaluation.auditing.cells import ReadNumbers, read_numbers
from matnn_lab.evaluation.auditing.headers import unit_of
from matnn_lab.representations.formulas import ReadFormulas, composition_label, read_formulas

# share of the cells of a text column that must be numbers for it to be a column of numbers
MOSTLY = 0.5
# a value that fills this share of the rows is one that people choose or that nature repeats
COMMON = 0.1
# no float is larger
HUGE = 10**308


class Found(NamedTuple):
    """What a check found: positions of the rows, what was seen, what to do about it."""

    positions: list[int]
    finding: str
    advice: str


class NotAsked(NamedTuple):
    """Why a check could not be made."""

    reason: str


@dataclass(frozen=True)
class Table:
    """The columns of a table as an audit looks at them.

    Attributes
    ----------
    frame : pandas.DataFrame
        As given, but with rows numbered from zero and the first of each two columns of one name.
    formula, target, structure, n_atoms, by : str or None
        Names of columns, as for `matnn_lab.evaluation.audit`.
    conditions : list of str
    repeated : list of str
        Names that several columns have.
    """

    frame: pd.DataFrame
    formula: str
    target: str | None
    structure: str | None
    conditions: list[str]
    n_atoms: str | None
    by: str | None
    repeated: list[str]

    @cached_property
    def read(self) -> ReadFormulas:
        """The formulas."""
        return read_formulas(self.frame[self.formula])

    @cached_property
    def known(self) -> np.ndarray:
        """Positions of the rows whose formula was read."""
        return np.array([row for row, each in enumerate(self.read.fractions) if each], dtype=int)

    @cached_property
    def fractions(self) -> list[dict[str, float]]:
        """Fractions of the rows in `known`."""
        return [each for each in self.read.fractions if each]

    @cached_property
    def compositions(self) -> np.ndarray:
        """Label of the composition of each row; None where the formula was not read."""
        labels = [each and composition_label(each) for each in self.read.fractions]
        return np.array(labels, dtype=object)

    @cached_property
    def numbers(self) -> dict[str, np.ndarray]:
        """Columns of numbers, those that stand as text among them; NaN where there is none."""
        plain = {}
        for name in self._others():
            column = self.frame[name]
            if name in self.texts:
                plain[name] = self.texts[name].values
            elif pd.api.types.is_numeric_dtype(column) and not _truth(column):
                plain[name] = column.to_numpy(dtype=float, na_value=np.nan)
        return plain

    @cached_property
    def texts(self) -> dict[str, ReadNumbers]:
        """Columns of text that are columns of numbers."""
        found = {}
        for name in self._others():
            column = self.frame[name]
            if pd.api.types.is_numeric_dtype(column) or pd.api.types.is_datetime64_any_dtype(
                column
            ):
                continue
            if column.map(lambda cell: isinstance(cell, bool | np.bool_)).any():
                continue
            read = read_numbers(column)
            filled = int(column.notna().sum()) - int((read.texts["kind"] == "missing").sum())
            certain = int(np.isfinite(read.values).sum())
            meant = name in (self.target, *self.conditions) or unit_of(name) is not None
            likely = certain
            if meant:  # here ranges, bounds and the like are numbers, too
                likely += int((read.unread["kind"] != "text").sum())
            # texts of digits alone may be names, such as those of samples
            if likely >= max(1, MOSTLY * filled) and (meant or len(read.texts)):
                found[name] = read
        return found

    @cached_property
    def values(self) -> np.ndarray | None:
        """The targets as numbers; None without a target, or if they are labels."""
        return self.numbers.get(self.target) if self.target is not None else None

    def _others(self) -> list[str]:
        return [name for name in self.frame if name not in (self.formula, self.structure, self.by)]


def names_of(given: str | Sequence[str] | None) -> list[str]:
    """Return the names of columns as a list, also where one name or none is given."""
    return [given] if isinstance(given, str) else list(given or ())


def table_of(
    frame: pd.DataFrame,
    formula: str,
    target: str | None,
    structure: str | None,
    conditions: Sequence[str],
    n_atoms: str | None,
    by: str | None,
) -> Table:
    """Number the rows and keep the first of each two columns of one name."""
    twice = frame.columns.duplicated()
    plain = frame.loc[:, ~twice].reset_index(drop=True)
    plain.index.name = None
    for name in plain.columns:
        if name != formula and name != structure:
            plain[name] = _comparable(plain[name])
    repeated = list(dict.fromkeys(frame.columns[twice]))
    return Table(plain, formula, target, structure, list(conditions), n_atoms, by, repeated)


def _comparable(column: pd.Series) -> pd.Series:
    """Return a column whose cells can be compared: lists and the like as text, gaps of zeros filled."""
    if isinstance(column.dtype, pd.SparseDtype):
        return column.astype(column.dtype.subtype)
    if column.dtype != object or not column.map(_is_odd).any():
        return column
    return column.map(lambda cell: _plain(cell) if _is_odd(cell) else cell)


def _is_odd(cell: object) -> bool:
    if isinstance(cell, Decimal):
        return cell.is_snan()
    if isinstance(cell, int) and abs(cell) > HUGE:
        return True
    return isinstance(cell, list | dict | set | np.ndarray | pd.Series)


def _plain(cell: object) -> object:
    return np.nan if isinstance(cell, Decimal) else str(cell)


def looks_like_classes(values: np.ndarray, name: object) -> bool:
    """Tell whether numbers may be the codes of classes: few different whole ones, without a unit."""
    known = values[np.isfinite(values)]
    if unit_of(name) is not None or len(known) < 20 or (known % 1 != 0).any():
        return False
    return len(np.unique(known)) <= min(10, 0.1 * len(known))


def common(values: np.ndarray) -> np.ndarray:
    """Tell of each value whether so many rows have it that it is no slip and not far from the others."""
    different, row, counts = np.unique(values, return_inverse=True, return_counts=True)
    least = max(3, COMMON * np.isfinite(values).sum())
    return (counts >= least)[row.reshape(values.shape)] & np.isfinite(values)


def _truth(column: pd.Series) -> bool:
    return pd.api.types.is_bool_dtype(column)


def robust_spread(values: np.ndarray) -> float:
    """Return the standard deviation that the median absolute deviation of a normal distribution has.

    A few wild values do not move it. Where more than half of the values are one number, such as the
    band gap 0 of metals, the others alone are looked at. Zero if all values are one number.
    """
    known = values[np.isfinite(values)]
    if not len(known):
        return 0.0
    off = np.abs(known - np.median(known))
    if np.median(off) == 0:
        others = known[off > 0]
        if not len(others):
            return 0.0
        off = np.abs(others - np.median(others))
        if np.median(off) == 0:
            off = np.abs(others - np.median(known))
    return 1.4826 * float(np.median(off))
