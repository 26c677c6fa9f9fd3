"""Many small networks of one kind trained at the same time, each on rows of its own.

Their weights are stacked and one call computes all of them (``torch.func.vmap``), which takes hardly longer
than one network alone. No weight of one network enters the loss of another, so each gets its own gradient.
"""

from collections.abc import Callable
from functools import partial

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import nn
from torch.func import functional_call, stack_module_state, vmap

from matnn_lab.text import gettext as _
from matnn_lab.training.loop import Pace

Array = NDArray[np.float64]
RowLoss = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


class SideBySide:
    """Networks of one kind with stacked weights.

    Parameters
    ----------
    make_network : callable
        Returns a new network.
    count : int
        How many of them.

    Attributes
    ----------
    weights : dict of torch.Tensor, shapes (count, …)
    """

    def __init__(self, make_network: Callable[[], nn.Module], count: int):
        networks = [make_network() for _network in range(count)]
        self.network = networks[0]
        self.weights, self._buffers = stack_module_state(networks)

    def __call__(self, inputs: torch.Tensor) -> torch.Tensor:
        """Predict from inputs of shape (count, n, d), or (n, d) for all of them.

        Returns
        -------
        torch.Tensor, shape (count, n) for networks with one output, else (count, n, n_outputs)
        """
        axes = (0, 0, 0 if inputs.ndim == 3 else None)
        every = vmap(self._one, in_dims=axes, randomness="different")
        return every(self.weights, self._buffers, inputs)

    def _one(
        self,
        weights: dict[str, torch.Tensor],
        buffers: dict[str, torch.Tensor],
        inputs: torch.Tensor,
    ) -> torch.Tensor:
        return functional_call(self.network, (weights, buffers), (inputs,))

    def alone(self, place: int) -> dict[str, torch.Tensor]:
        """Give the weights of one of them, as its ``load_state_dict`` takes them."""
        stacks = self.weights | self._buffers
        return {name: stack[place].detach().clone() for name, stack in stacks.items()}


class SideBySideRun:
    """What `fit_side_by_side` returns.

    Attributes
    ----------
    networks : SideBySide
        With the weights of the last epoch.
    epochs : numpy.ndarray of int, shape (n_notes,)
        Epochs after which the errors were noted.
    training, validation : numpy.ndarray, shape (n_notes, count)
        Root mean squared error of each network on its own rows and on the validation rows, in the unit of
        the targets, with dropout and noise off.
    best_weights : dict of torch.Tensor
        Weights of the epoch of the lowest validation error of each network.
    """

    def __init__(self, networks: SideBySide):
        self.networks = networks
        self.epochs = np.empty(0, dtype=int)
        self.training = self.validation = np.empty((0, 0))
        self.best_weights = {name: w.detach().clone() for name, w in networks.weights.items()}

    @property
    def end(self) -> Array:
        """Validation error of each network after the last epoch."""
        return self.validation[-1]

    @property
    def lowest(self) -> Array:
        """Lowest validation error of each network, that of early stopping."""
        return self.validation.min(axis=0)

    @property
    def best_epoch(self) -> NDArray[np.int_]:
        """Epoch of the lowest validation error of each network."""
        return self.epochs[self.validation.argmin(axis=0)]

    def predict(self, inputs: torch.Tensor, best: bool = False) -> Array:
        """Predict with each network, with the last weights or those of its best epoch.

        Returns
        -------
        numpy.ndarray, shape (count, n) for networks with one output, else (count, n, n_outputs)
        """
        last = self.networks.weights
        self.networks.network.eval()
        try:
            self.networks.weights = self.best_weights if best else last
            with torch.no_grad():
                return self.networks(inputs).double().numpy()
        finally:
            self.networks.weights = last

    def note(self, epoch: int, training: Array, validation: Array) -> None:
        """Write down the errors after an epoch, and keep the weights of the networks that are better."""
        lowest = self.lowest if len(self.epochs) else np.full(len(validation), np.inf)
        better = torch.tensor(validation < lowest)
        for name, stack in self.networks.weights.items():
            self.best_weights[name][better] = stack.detach()[better]
        shape = (len(self.epochs), len(validation))
        self.training = np.vstack([self.training.reshape(shape), training])
        self.validation = np.vstack([self.validation.reshape(shape), validation])
        self.epochs = np.append(self.epochs, epoch)


def _squared_errors(predictions: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Return the squared error of each row."""
    return (predictions - targets).square()


def fit_side_by_side(
    make_network: Callable[[], nn.Module],
    train: tuple[torch.Tensor, torch.Tensor],
    validation: tuple[torch.Tensor, torch.Tensor] | None = None,
    *,
    loss: RowLoss = _squared_errors,
    optimizer: Callable | None = None,
    schedule: Callable[[float], float] | None = None,
    epochs: int = 50,
    n_batches: int = 5,
    note_every: int = 2,
    seed: int = 0,
) -> SideBySideRun:
    """Train many networks of one kind at the same time, each on rows of its own.

    Parameters
    ----------
    make_network : callable
        Returns a new network.
    train : (inputs, targets), shapes (count, n, d) and (count, n) or (count, n, n_outputs)
        The rows of each of the ``count`` networks.
    validation : (inputs, targets), shapes (m, d) and (m,)
        The same for all of them, which then need a single output; by default no errors are noted.
    loss : callable
        ``loss(predictions, targets)`` → the loss of each row, shape (count, rows), of which each network
        gets the mean; by default the squared error.
    optimizer : callable
        Takes the list of weights and returns an optimizer that treats each number by itself, as SGD, Adam
        and AdamW do; by default Adam with learning rate 0.001.
    schedule : callable
        As that of `fit`: from the share of all steps that is done to the factor on the learning rate.
    epochs, n_batches : int
        Passes over the training rows, in a new order each time, and steps in each of them, on batches
        of equal size or of one row less.
    note_every : int
        Epochs from one look at the errors to the next.
    seed : int
        Fixes the first weights, the order of the rows and the dropout; the global random state is left as
        it was.

    Returns
    -------
    SideBySideRun

    Raises
    ------
    ValueError
        If the shapes do not fit together.
    """
    inputs, targets = train
    if inputs.ndim != 3 or inputs.shape[:2] != targets.shape[:2]:
        raise ValueError(
            _(
                "The training inputs have the shape {inputs} and the targets {targets}; give (networks,"
                " rows, features) and (networks, rows)."
            ).format(inputs=tuple(inputs.shape), targets=tuple(targets.shape))
        )
    count, n = targets.shape[:2]
    if not 1 <= n_batches <= n:
        raise ValueError(
            _("{batches} batches were asked of {rows} rows; ask for 1 to {rows}.").format(
                batches=n_batches, rows=n
            )
        )
    each = torch.arange(count)[:, None]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        networks = SideBySide(make_network, count)
        run = SideBySideRun(networks)
        stepper = (optimizer or partial(torch.optim.Adam, lr=1e-3))(list(networks.weights.values()))
        pace = Pace(stepper, schedule, epochs * n_batches)
        for epoch in range(1, epochs + 1):
            networks.network.train()
            for rows in torch.rand(count, n).argsort(dim=1).tensor_split(n_batches, dim=1):
                pace.advance()
                stepper.zero_grad()
                losses = loss(networks(inputs[each, rows]), targets[each, rows])
                _require_one_a_row(losses, rows)
                losses.mean(dim=1).sum().backward()
                stepper.step()
            if validation is not None and (epoch % note_every == 0 or epoch == epochs):
                networks.network.eval()
                run.note(epoch, _rmse(networks, *train), _rmse(networks, *validation))
    return run


def _require_one_a_row(losses: torch.Tensor, rows: torch.Tensor) -> None:
    if losses.shape != rows.shape:
        raise ValueError(
            _(
                "The loss has the shape {given}; give the loss of each row of each network, {wanted}"
                ' (most losses of PyTorch do with reduction="none").'
            ).format(given=tuple(losses.shape), wanted=tuple(rows.shape))
        )


@torch.no_grad()
def _rmse(networks: SideBySide, inputs: torch.Tensor, targets: torch.Tensor) -> Array:
    return (networks(inputs) - targets).square().mean(dim=1).sqrt().double().numpy()


def gains(before: ArrayLike, after: ArrayLike) -> tuple[float, float]:
    """Give the mean fall of an error, pair by pair, and the standard error of that mean.

    Parameters
    ----------
    before, after : array-like, shape (n,)
        Errors of the same draws without and with a remedy; n at least 2.
    """
    falls = np.asarray(before, dtype=float) - np.asarray(after, dtype=float)
    return float(falls.mean()), float(falls.std(ddof=1) / np.sqrt(len(falls)))
