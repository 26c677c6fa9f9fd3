"""One training loop for the whole course: mini-batches, early stopping, resume, CPU or GPU."""

import math
import os
from collections.abc import Callable, Iterable
from functools import cache, partial
from pathlib import Path

import torch
from lightning_fabric import Fabric
from torch import nn
from tqdm.auto import tqdm

from matnn_lab.text import gettext as _
from matnn_lab.training.batches import Data, batches, is_packed
from matnn_lab.training.history import History

Loss = Callable[..., torch.Tensor]


def fit(
    model: nn.Module,
    train: Data,
    validation: Data | None = None,
    *,
    loss: Loss = nn.functional.mse_loss,
    optimizer: Callable[[Iterable[nn.Parameter]], torch.optim.Optimizer] | None = None,
    schedule: Callable[[float], float] | None = None,
    epochs: int = 100,
    batch_size: int = 64,
    patience: int | None = None,
    seed: int = 0,
    fabric: Fabric | None = None,
    progress: bool = True,
    checkpoint: str | os.PathLike | None = None,
) -> History:
    """Train a model by mini-batch gradient descent.

    Parameters
    ----------
    model : torch.nn.Module
        Called as ``model(inputs)``; trained in place and left in evaluation mode, ready to predict.
    train, validation : (inputs, targets) of equal length, or DataLoader of such batches
        Arrays, tensors and packed data such as `CrystalGraphs` (see `batches`) are cut into batches
        here, the training data in a new random order each epoch, real numbers in the precision of the
        model; a DataLoader does this itself (with batch normalization give it ``drop_last=True`` where
        a single row would be left over). With
        validation data the model ends with the weights of the epoch of lowest validation loss.
    loss : callable
        ``loss(prediction, target)`` → scalar tensor, the mean over a batch; the target is a batch of the
        targets, of their type.
    optimizer : callable
        Takes the parameters and returns an optimizer, such as
        ``functools.partial(torch.optim.SGD, lr=0.1)``; by default Adam with learning rate 0.001.
    schedule : callable
        Takes the share of all steps that is done (0 to 1) and returns the factor on the learning
        rate, as `warm_up_and_cosine` does; by default the rate stays constant.
    epochs : int
        Largest number of passes over the training data.
    batch_size : int
        Rows in a mini-batch of tensors; the last one may be smaller, or larger by a row.
    patience : int
        Stop when the validation loss has not fallen for so many epochs; by default never.
    seed : int
        Fixes the order of the batches and the dropout. The first weights are the model's own. The
        global random state is left as it was.
    fabric : lightning_fabric.Fabric
        Where to compute, such as ``Fabric(accelerator="gpu", precision="bf16-mixed")``; by default
        the best single device there is. The model returns to the device that it came from.
    progress : bool
        Show a progress bar.
    checkpoint : path
        File that is rewritten after every epoch. A call that finds it goes on where the last one
        stopped, and ends as a run that was never stopped. Delete it to start anew.

    Returns
    -------
    History
        Losses and learning rate of each epoch. Interrupting (the stop button, Ctrl-C) returns the
        history so far and leaves the model with the best weights so far.

    Raises
    ------
    TypeError, ValueError
        If the data are no such pair, are empty, differ in length or hold NaN or infinity; if
        predictions and real targets differ in shape; if ``patience`` is given without validation
        data, or a finished optimizer; if the loss stops being finite; if the checkpoint belongs to
        another run.
    """
    if patience is not None and validation is None:
        raise ValueError(
            _(
                "patience={patience} was given without validation data; give both or neither."
            ).format(patience=patience)
        )
    if isinstance(optimizer, torch.optim.Optimizer):
        raise TypeError(
            _(
                "A finished optimizer {name} was given; give what makes one, such as"
                " functools.partial(torch.optim.{name}, lr=0.001)."
            ).format(name=type(optimizer).__name__)
        )
    fabric = fabric or one_device()
    some_weight = next(model.parameters())
    home, dtype = some_weight.device, some_weight.dtype
    training = batches("train", train, batch_size, dtype, fabric, shuffle=True)
    checking = validation is not None and batches(
        "validation",
        validation,
        _rows_at_once(validation, batch_size),
        dtype,
        fabric,
        shuffle=False,
    )
    make_optimizer = optimizer or partial(torch.optim.Adam, lr=1e-3, fused=True)
    engine, stepper = fabric.setup(model, make_optimizer(model.parameters()))
    run = _Run(model, stepper, fabric, identity={"seed": seed, "batches": len(training)})
    if checkpoint is not None:
        run.load_or_save(Path(checkpoint))
    history = run.history
    pace = _Pace(stepper, schedule, epochs * len(training))
    # leaving `disable` out lets the environment (TQDM_DISABLE) decide
    hidden = {} if progress else {"disable": True}
    bar = tqdm(total=epochs, initial=len(history), unit="epoch", **hidden)
    try:
        while len(history) < epochs and not _patience_is_over(history, patience):
            row = {"epoch": len(history) + 1}
            # every epoch has a seed of its own, so that a resumed run sees the same batches
            with torch.random.fork_rng([fabric.device] if fabric.device.type == "cuda" else []):
                torch.manual_seed(hash((seed, row["epoch"])) % 2**63)
                pace.step = len(history) * len(training)
                row["train_loss"] = _one_epoch(engine, training, loss, fabric, stepper, pace)
            if checking:
                row["validation_loss"] = _evaluate(engine, checking, loss, fabric)
            row["learning_rate"] = stepper.param_groups[0]["lr"]
            _check_finite(row)
            run.end_epoch(row, None if checkpoint is None else Path(checkpoint))
            bar.set_postfix({k: f"{row[k]:.4g}" for k in row if "loss" in k}, refresh=False)
            bar.update()
    except KeyboardInterrupt:
        history.interrupted = True
    finally:
        bar.close()
        run.restore_best()
        model.to(home).eval()
    return history


@cache
def one_device(accelerator: str = "auto") -> Fabric:
    """Return Lightning's Fabric on one device, made once: a new one reads about all installed packages.

    Parameters
    ----------
    accelerator : str
        As Fabric's own, such as "cpu".
    """
    return Fabric(accelerator=accelerator, devices=1)


def warm_up_and_cosine(done: float, warm_up: float = 0.1) -> float:
    """Give the factor on the learning rate when a share of the training is done.

    Parameters
    ----------
    done : float
        0 at the first step, 1 after the last.
    warm_up : float
        Share of the training over which the rate rises linearly from zero.

    Returns
    -------
    float
        Rises from 0 to 1, then falls to 0 along half a cosine (Loshchilov and Hutter, 2017,
        doi:10.48550/arXiv.1608.03983).
    """
    if done < warm_up:
        return done / warm_up
    return 0.5 * (1 + math.cos(math.pi * (done - warm_up) / (1 - warm_up)))


class _Pace:
    """Sets the learning rate of each step."""

    def __init__(self, optimizer, schedule: Callable[[float], float] | None, steps: int):
        self.optimizer, self.schedule, self.steps, self.step = optimizer, schedule, steps, 0
        for group in optimizer.param_groups:
            group.setdefault("initial_lr", group["lr"])

    def advance(self) -> None:
        factor = self.schedule((self.step + 0.5) / self.steps) if self.schedule else 1.0
        for group in self.optimizer.param_groups:
            group["lr"] = group["initial_lr"] * factor
        self.step += 1


def _one_epoch(engine, training, loss: Loss, fabric: Fabric, optimizer, pace: _Pace) -> float:
    """Take one gradient step for each mini-batch; return the mean loss on the way."""
    engine.train()
    total, count = torch.zeros((), device=fabric.device), 0
    for inputs, targets in training:
        pace.advance()
        optimizer.zero_grad()
        value = loss(_predict(engine, inputs, targets), targets)
        fabric.backward(value)
        optimizer.step()
        total += value.detach() * len(targets)
        count += len(targets)
    return fabric.all_reduce(total / count).item()


@torch.no_grad()
def _evaluate(engine, checking, loss: Loss, fabric: Fabric) -> float:
    engine.eval()
    total, count = torch.zeros((), device=fabric.device), 0
    for inputs, targets in checking:
        total += loss(_predict(engine, inputs, targets), targets) * len(targets)
        count += len(targets)
    return fabric.all_reduce(total / count).item()


def _rows_at_once(validation: Data, batch_size: int) -> int:
    """Take many rows of tensors, but of packed data, which can be large, no more than in training."""
    packed = isinstance(validation, tuple | list) and any(map(is_packed, validation))
    return batch_size if packed else 4096


def _predict(engine, inputs, targets):
    prediction = engine(inputs)
    real = torch.is_tensor(targets) and targets.is_floating_point()
    if real and prediction.shape != targets.shape:
        raise ValueError(
            _(
                "The model predicts the shape {prediction} where the targets have {targets}; give"
                " targets of the shape that the model returns."
            ).format(prediction=tuple(prediction.shape), targets=tuple(targets.shape))
        )
    return prediction


def _patience_is_over(history: History, patience: int | None) -> bool:
    return patience is not None and len(history) - (history.best_epoch or 0) >= patience


def _check_finite(row: dict[str, float]) -> None:
    for name in ("train_loss", "validation_loss"):
        if not math.isfinite(row.get(name, 0.0)):
            raise ValueError(
                _(
                    "The {name} became {value} in epoch {epoch}; lower the learning rate or bring"
                    " the inputs to a common scale."
                ).format(name=name, value=row[name], epoch=row["epoch"])
            )


class _Run:
    """What must be kept to stop, to go back to the best epoch, and to go on another day."""

    def __init__(self, model: nn.Module, optimizer, fabric: Fabric, identity: dict[str, int]):
        self.model, self.optimizer, self.fabric = model, optimizer, fabric
        self.identity = identity
        self.history = History()
        self.best: dict[str, torch.Tensor] | None = None

    def end_epoch(self, row: dict[str, float], checkpoint: Path | None) -> None:
        self.history.rows.append(row)
        if "validation_loss" in row and self.history.best_epoch == row["epoch"]:
            self.best = {k: v.clone() for k, v in self.model.state_dict().items()}
        if checkpoint is not None:
            self.save(checkpoint)

    def restore_best(self) -> None:
        if self.best is not None:
            self.model.load_state_dict(self.best)

    def save(self, path: Path) -> None:
        state = {
            "identity": self.identity,
            "history": self.history.rows,
            "model": self.model.state_dict(),
            "best": self.best,
            "optimizer": self.optimizer.state_dict(),
        }
        if self.fabric.is_global_zero:
            # an interrupt while writing must not damage the last good file
            unfinished = path.with_name(path.name + ".part")
            torch.save(state, unfinished)
            unfinished.replace(path)

    def load_or_save(self, path: Path) -> None:
        if not path.exists():
            self.save(path)
            return
        state = torch.load(path, map_location=self.fabric.device, weights_only=True)
        shapes = {k: v.shape for k, v in self.model.state_dict().items()}
        saved = {k: v.shape for k, v in state["model"].items()}
        if state["identity"] != self.identity or saved != shapes:
            raise ValueError(
                _(
                    "The checkpoint {path} belongs to another model, seed, batch size or data;"
                    " delete it or name another file."
                ).format(path=path)
            )
        self.history.rows = state["history"]
        self.best = state["best"]
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
