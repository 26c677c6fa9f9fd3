"""Mini-batches: the same loop reads tensors and graphs that lie in memory and any DataLoader."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from itertools import accumulate
from typing import Any

import numpy as np
import pandas as pd
import torch
from lightning_fabric import Fabric
from torch.utils.data import DataLoader

from matnn_lab.text import gettext as _

Data = tuple | DataLoader


class TensorBatches:
    """Batches taken by index out of inputs and targets that lie in memory.

    This is what a DataLoader does, without copying the rows one by one. A single row that would be left
    over joins the batch before it: its gradient would count as much as that of a whole batch, and
    batch normalization has no spread of one row to divide by. With several devices each takes its own
    share of every shuffled epoch.

    Parameters
    ----------
    inputs, targets : torch.Tensor, shapes (n, …), or packed data as in `batches`
    batch_size : int
    fabric : lightning_fabric.Fabric
        Its device receives the data, once.
    shuffle : bool
        Draw a new order for each pass from the global random state.
    """

    def __init__(
        self,
        inputs: torch.Tensor,
        targets: torch.Tensor,
        batch_size: int,
        fabric: Fabric,
        *,
        shuffle: bool,
    ):
        self.inputs, self.targets = fabric.to_device((inputs, targets))
        self.batch_size, self.shuffle, self.device = batch_size, shuffle, fabric.device
        self.share, self.shares = (fabric.global_rank, fabric.world_size) if shuffle else (0, 1)

    def __len__(self) -> int:
        return len(self._sizes())

    def __iter__(self) -> Iterator[tuple]:
        sizes = self._sizes()
        if not self.shuffle:
            for size, stop in zip(sizes, accumulate(sizes), strict=True):
                rows = slice(stop - size, stop)
                yield self.inputs[rows], self.targets[rows]
            return
        order = torch.randperm(len(self.targets))[: sum(sizes) * self.shares]
        own = order[self.share :: self.shares]
        for rows in own.to(self.device).split(sizes):
            yield self.inputs[rows], self.targets[rows]

    @property
    def identity(self) -> list:
        """What tells these batches from others."""
        return [self.inputs, self.targets]

    def _sizes(self) -> list[int]:
        whole, rest = divmod(len(self.targets) // self.shares, self.batch_size)
        sizes = [self.batch_size] * whole + [rest] * (rest > 0)
        if rest == 1 and whole:
            sizes[-2:] = [self.batch_size + 1]
        return sizes


class LoaderBatches:
    """The batches of a DataLoader, real numbers in the precision of the model.

    Parameters
    ----------
    name : str
        What the data are called in an error.
    loader : torch.utils.data.DataLoader
        Of pairs (inputs, targets).
    dtype : torch.dtype
    fabric : lightning_fabric.Fabric

    Raises
    ------
    ValueError
        If the loader is empty or does not know its length, or gives something else than pairs.
    """

    def __init__(self, name: str, loader: DataLoader, dtype: torch.dtype, fabric: Fabric):
        self.name, self.identity, self.dtype = name, loader, dtype
        self.loader = fabric.setup_dataloaders(loader)
        try:
            empty = len(loader) == 0
        except TypeError:
            empty = True
        if empty:
            raise ValueError(
                _(
                    "The {name} DataLoader is empty or does not know its length; give one that has a"
                    " length of at least one batch."
                ).format(name=name)
            )

    def __len__(self) -> int:
        return len(self.loader)

    def __iter__(self) -> Iterator[tuple]:
        for batch in self.loader:
            if not isinstance(batch, tuple | list) or len(batch) != 2:
                raise ValueError(
                    _(
                        "The {name} DataLoader gives batches of type {type}; give one that gives pairs"
                        " (inputs, targets)."
                    ).format(name=self.name, type=type(batch).__name__)
                )
            yield tuple(self._real(part) for part in batch)

    def _real(self, part: Any) -> Any:
        return part.to(self.dtype) if torch.is_tensor(part) and part.is_floating_point() else part

    def first_not_finite(self) -> int | None:
        """Find the first batch with NaN or infinity, None if there is none."""
        for number, batch in enumerate(self):
            if not all(map(_is_finite, batch)):
                return number
        return None


Batches = TensorBatches | LoaderBatches


def batches(
    name: str, data: Data, batch_size: int, dtype: torch.dtype, fabric: Fabric, *, shuffle: bool
) -> Batches:
    """Check the data and make them ready for the device of a Fabric.

    Parameters
    ----------
    name : str
        What the data are called in an error.
    data : (inputs, targets) of equal length, or DataLoader
        Each an array, tensor, DataFrame or Series, or packed data of which rows are taken by index and
        slice and which can be copied to a device or precision: ``len(x)``, ``x[rows]``,
        ``x.to(where)``, such as `CrystalGraphs`.
    batch_size : int
        Rows in a batch.
    dtype : torch.dtype
        Precision that real numbers are converted to; whole numbers and true/false stay whole numbers.
    fabric : lightning_fabric.Fabric
    shuffle : bool
        Whether tensors are shuffled anew in each pass.

    Raises
    ------
    TypeError, ValueError
        If the data are something else, hold no numbers, are empty, of unequal length, NaN or infinite,
        or if graphs and their targets are packed in another order.
    """
    if isinstance(data, DataLoader):
        return LoaderBatches(name, data, dtype, fabric)
    if not isinstance(data, tuple | list) or len(data) != 2:
        raise TypeError(
            _(
                "The {name} data are a {type}; give a pair (inputs, targets) or a DataLoader."
            ).format(name=name, type=type(data).__name__)
        )
    inputs, targets = (
        _packed(f"{name} {kind}", part, dtype)
        if is_packed(part)
        else _tensor(f"{name} {kind}", part, dtype)
        for kind, part in zip(("inputs", "targets"), data, strict=True)
    )
    if len(inputs) != len(targets) or not len(targets):
        raise ValueError(
            _(
                "The {name} data have {inputs} rows of inputs and {targets} targets; give one"
                " target for each of at least one row."
            ).format(name=name, inputs=len(inputs), targets=len(targets))
        )
    _check_same_order(name, inputs, targets)
    if batch_size < 1:
        raise ValueError(
            _("The batch size {given} was given; give a whole number above zero.").format(
                given=batch_size
            )
        )
    return TensorBatches(inputs, targets, batch_size, fabric, shuffle=shuffle)


def is_packed(data: object) -> bool:
    """Tell packed data, such as graphs, from an array or a tensor."""
    moves = callable(getattr(data, "to", None))
    return moves and hasattr(data, "__getitem__") and not torch.is_tensor(data)


def _packed(name: str, data: Any, dtype: torch.dtype) -> Any:
    """Bring packed data to a precision, and name the first row that holds no finite number."""
    data = data.to(dtype)
    if _is_finite(data):
        return data
    low, high = 0, len(data)  # rows before `low` are finite, a row before `high` is not
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _is_finite(data[low:middle]) else (low, middle)
    raise ValueError(
        _(
            "The {name} hold NaN or infinity, first in row {row}; drop such rows or fill them in."
        ).format(name=name, row=low)
    )


def _is_finite(data: Any) -> bool:
    """Look at every real number of a tensor or of packed data."""
    if torch.is_tensor(data):
        return not data.is_floating_point() or bool(torch.isfinite(data).all())
    if is_dataclass(data):
        parts = [getattr(data, field.name) for field in fields(data)]
    else:
        parts = list(getattr(data, "__dict__", {}).values())
    return all(_is_finite(part) for part in parts if torch.is_tensor(part))


def _check_same_order(name: str, inputs: object, targets: object) -> None:
    """See that each crystal has as many atoms in the graphs as in the targets."""
    one, other = getattr(inputs, "n_atoms", None), getattr(targets, "n_atoms", None)
    if not torch.is_tensor(one) or not torch.is_tensor(other) or torch.equal(one, other):
        return
    row = int((one != other).nonzero()[0, 0])
    raise ValueError(
        _(
            "Row {row} of the {name} inputs has {inputs} atoms, row {row} of the targets {targets}; pack"
            " inputs and targets from the same crystals in the same order."
        ).format(row=row, name=name, inputs=int(one[row]), targets=int(other[row]))
    )


def _tensor(name: str, array: Any, dtype: torch.dtype) -> torch.Tensor:
    tensor = array.detach() if torch.is_tensor(array) else _from_table(name, array)
    if tensor.ndim == 0:
        raise ValueError(
            _(
                "The {name} are nothing or a single number; give an array with one row for each example."
            ).format(name=name)
        )
    if tensor.is_complex():
        raise ValueError(_no_numbers(name, _("complex numbers")))
    if not tensor.is_floating_point():
        return tensor.long()
    tensor = tensor.to(dtype)
    finite = torch.isfinite(tensor).flatten(min(1, tensor.ndim - 1))
    finite = finite.all(dim=1) if finite.ndim > 1 else finite
    if not finite.all():
        raise ValueError(
            _(
                "The {name} hold NaN or infinity in {count} rows, first in row {row}; drop these"
                " rows or fill them in."
            ).format(name=name, count=int((~finite).sum()), row=int((~finite).nonzero()[0, 0]))
        )
    return tensor


def _from_table(name: str, table: Any) -> torch.Tensor:
    """Read an array, list, DataFrame or Series of numbers of any kind."""
    if hasattr(table, "columns") and hasattr(table, "dtypes"):
        columns = []
        for place, column in enumerate(table.columns):
            values = _numbers(table.iloc[:, place])
            if values is None:
                raise ValueError(_no_numbers(name, _("column {c!r}").format(c=column)))
            columns.append(values)
        array = np.column_stack(columns) if columns else None
    else:
        array = _numbers(table)
    if array is None:
        raise ValueError(_no_numbers(name, type(table).__name__))
    return torch.from_numpy(array)


def _no_numbers(name: str, what: str) -> str:
    return _(
        "The {name} cannot be read as real numbers ({what}); give an array, tensor or DataFrame of"
        " numbers, of the same length in each row."
    ).format(name=name, what=what)


def _numbers(values: Any) -> np.ndarray | None:
    """Give an array of float, int64 or bool that is torch's own to keep; None if these are no numbers."""
    try:
        if isinstance(values, list | tuple) and values and torch.is_tensor(values[0]):
            return torch.stack(list(values)).detach().cpu().numpy().copy()
        if np.ma.isMA(values):
            values = np.ma.filled(values.astype(float), np.nan)
        elif isinstance(getattr(values, "dtype", None), pd.api.extensions.ExtensionDtype):
            missing = bool(np.any(pd.isna(values)))
            values = values.to_numpy(
                float if missing else values.dtype.numpy_dtype, na_value=np.nan
            )
        array = np.asarray(values)
        if array.dtype.kind == "O":
            if any(isinstance(value, str | bytes) for value in array.flat):
                return None
            array = np.where(pd.isna(array), np.nan, array).astype(float)
    except (TypeError, ValueError, AttributeError, RuntimeError):
        return None
    if array.dtype.kind in "iu":
        return array.astype(np.int64)
    if array.dtype.kind == "f":
        small = array.dtype.itemsize <= 4
        return array.astype(np.float32 if small else np.float64)
    return array.astype(bool) if array.dtype.kind == "b" else None
