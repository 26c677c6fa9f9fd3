"""Mini-batches: the same loop reads tensors and graphs that lie in memory and any DataLoader."""

from collections.abc import Iterator
from itertools import accumulate

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

    def _sizes(self) -> list[int]:
        whole, rest = divmod(len(self.targets) // self.shares, self.batch_size)
        sizes = [self.batch_size] * whole + [rest] * (rest > 0)
        if rest == 1 and whole:
            sizes[-2:] = [self.batch_size + 1]
        return sizes


def batches(
    name: str, data: Data, batch_size: int, dtype: torch.dtype, fabric: Fabric, *, shuffle: bool
) -> TensorBatches | DataLoader:
    """Check the data and make them ready for the device of a Fabric.

    Parameters
    ----------
    name : str
        What the data are called in an error.
    data : (inputs, targets) of equal length, or DataLoader
        Each an array or a tensor, or packed data of which rows are taken by index and slice and which
        can be copied to a device or precision: ``len(x)``, ``x[rows]``, ``x.to(where)``, such as
        `CrystalGraphs`.
    batch_size : int
        Rows in a batch.
    dtype : torch.dtype
        Precision that real numbers are converted to.
    fabric : lightning_fabric.Fabric
    shuffle : bool
        Whether tensors are shuffled anew in each pass.

    Raises
    ------
    TypeError, ValueError
        If the data are something else, empty, of unequal length, NaN or infinite.
    """
    if isinstance(data, DataLoader):
        return fabric.setup_dataloaders(data)
    if not isinstance(data, tuple | list) or len(data) != 2:
        raise TypeError(
            _(
                "The {name} data are a {type}; give a pair (inputs, targets) or a DataLoader."
            ).format(name=name, type=type(data).__name__)
        )
    inputs, targets = (
        part.to(dtype) if is_packed(part) else _tensor(f"{name} {kind}", part, dtype)
        for kind, part in zip(("inputs", "targets"), data, strict=True)
    )
    if len(inputs) != len(targets) or not len(targets):
        raise ValueError(
            _(
                "The {name} data have {inputs} rows of inputs and {targets} targets; give one"
                " target for each of at least one row."
            ).format(name=name, inputs=len(inputs), targets=len(targets))
        )
    if batch_size < 1:
        raise ValueError(
            _("The batch size {given} was given; give a whole number above zero.").format(
                given=batch_size
            )
        )
    return TensorBatches(inputs, targets, batch_size, fabric, shuffle=shuffle)


def is_packed(data) -> bool:
    """Tell packed data, such as graphs, from an array or a tensor."""
    return hasattr(data, "to") and hasattr(data, "__getitem__") and not torch.is_tensor(data)


def _tensor(name: str, array, dtype: torch.dtype) -> torch.Tensor:
    tensor = torch.as_tensor(array)
    if tensor.ndim == 0:
        raise ValueError(
            _("The {name} are a single number; give one row for each example.").format(name=name)
        )
    if not tensor.is_floating_point():
        return tensor
    finite = torch.isfinite(tensor).flatten(min(1, tensor.ndim - 1))
    finite = finite.all(dim=1) if finite.ndim > 1 else finite
    if not finite.all():
        raise ValueError(
            _(
                "The {name} hold NaN or infinity in {count} rows, first in row {row}; drop these"
                " rows or fill them in."
            ).format(name=name, count=int((~finite).sum()), row=int((~finite).nonzero()[0, 0]))
        )
    return tensor.to(dtype)
