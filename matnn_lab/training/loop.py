"""One training loop for the whole course: mini-batches, early stopping, resume, CPU or GPU."""

import math
import os
from collections.abc import Callable, Iterable
from functools import cache, partial
from pathlib import Path
from typing import Any

import torch
from lightning_fabric import Fabric
from torch import nn
from tqdm.auto import tqdm

from matnn_lab.text import gettext as _
from matnn_lab.training.batches import Batches, Data, LoaderBatches, batches, is_packed
from matnn_lab.training.checkpoint import Run
from matnn_lab.training.fingerprint import fingerprint, model_shape, optimizer_settings
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
        Arrays, tensors, DataFrames and packed data such as `CrystalGraphs` (see `batches`) are cut into
        batches here, the training data in a new random order each epoch, real numbers in the precision
        of the model; a DataLoader does this itself (with batch normalization give it
        ``drop_last=True`` where a single row would be left over). Whole numbers and true/false become
        real numbers where the model wants real inputs, and where a prediction is of the shape of the
        targets; they stay whole as class labels, one for each row of scores. With validation data the
        model ends with the weights of the epoch of lowest validation loss.
    loss : callable
        ``loss(prediction, target)`` → scalar tensor, the mean over a batch.
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
        stopped, and ends as a run that was never stopped. It belongs to one model, data, loss,
        optimizer with its settings, schedule, batch size and seed, and no other run takes it. Delete
        it to start anew.

    Returns
    -------
    History
        Losses and learning rate of each epoch. Interrupting (the stop button, Ctrl-C) returns the
        history so far and leaves the model with the best weights so far.

    Raises
    ------
    TypeError, ValueError
        If the data are no such pair, hold no numbers, are empty, differ in length or hold NaN or
        infinity; if predictions and targets differ in shape, or the loss cannot compare them; if
        ``patience`` is given without validation data, or a finished optimizer; if the loss stops being
        finite; if the checkpoint cannot be read or written, or belongs to another run.
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
    _choose_kind_of_inputs(engine, dtype, training, checking)
    run = Run(model, stepper, fabric, identity={})
    if checkpoint is not None:
        run.identity = {
            "model": model_shape(model),
            "loss": fingerprint(loss),
            "optimizer": optimizer_settings(stepper),
            # a schedule is stretched over all epochs; without one a run may be made longer
            "schedule": fingerprint((schedule, epochs if schedule else None)),
            "batch size": fingerprint((batch_size, len(training))),
            "training data": fingerprint(training.identity),
            "validation data": fingerprint(checking.identity if checking else None),
            "seed": fingerprint(seed),
            "precision": _way_to_compute(fabric),
        }
        run.load_or_save(Path(checkpoint))
    history = run.history
    pace = Pace(stepper, schedule, epochs * len(training))
    # leaving `disable` out lets the environment (TQDM_DISABLE) decide
    hidden = {} if progress else {"disable": True}
    bar = tqdm(total=epochs, initial=len(history), unit="epoch", **hidden)
    try:
        while len(history) < epochs and not _patience_is_over(history, patience):
            row: dict[str, float] = {"epoch": len(history) + 1}
            # every epoch has a seed of its own, so that a resumed run sees the same batches
            with torch.random.fork_rng([fabric.device] if fabric.device.type == "cuda" else []):
                torch.manual_seed(hash((seed, row["epoch"])) % 2**63)
                pace.step = len(history) * len(training)
                row["train_loss"] = _one_epoch(engine, training, loss, fabric, stepper, pace)
            if checking:
                row["validation_loss"] = _evaluate(engine, checking, loss, fabric)
            row["learning_rate"] = stepper.param_groups[0]["lr"]
            _check_finite(row, {"train_loss": training, "validation_loss": checking})
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

    Raises
    ------
    ValueError
        If this computer has no such device.
    """
    try:
        return Fabric(accelerator=accelerator, devices=1)
    except Exception as error:  # Lightning has a kind of error for each accelerator
        raise ValueError(
            _(
                'The accelerator {given!r} cannot be used here; choose "cpu" or "auto" ({error}).'
            ).format(given=accelerator, error=str(error).splitlines()[0])
        ) from None


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


class Pace:
    """Sets the learning rate of each step.

    Parameters
    ----------
    optimizer : torch.optim.Optimizer
    schedule : callable or None
        From the share of all steps that is done to the factor on the learning rate.
    steps : int
        Number of all steps.
    """

    def __init__(
        self,
        optimizer: torch.optim.Optimizer,
        schedule: Callable[[float], float] | None,
        steps: int,
    ):
        self.optimizer, self.schedule, self.steps, self.step = optimizer, schedule, steps, 0
        for group in optimizer.param_groups:
            group.setdefault("initial_lr", group["lr"])

    def advance(self) -> None:
        """Set the rate of the next step."""
        factor = self.schedule((self.step + 0.5) / self.steps) if self.schedule else 1.0
        for group in self.optimizer.param_groups:
            group["lr"] = group["initial_lr"] * factor
        self.step += 1


def _one_epoch(
    engine: nn.Module,
    training: Batches,
    loss: Loss,
    fabric: Fabric,
    optimizer: torch.optim.Optimizer,
    pace: Pace,
) -> float:
    """Take one gradient step for each mini-batch; return the mean loss on the way."""
    engine.train()
    total, count = torch.zeros((), device=fabric.device), 0
    for inputs, targets in training:
        pace.advance()
        optimizer.zero_grad()
        value = _compare(loss, engine(inputs), targets)
        fabric.backward(value)
        optimizer.step()
        total += value.detach() * len(targets)
        count += len(targets)
    return fabric.all_reduce(total / count).item()  # type: ignore[union-attr]


@torch.no_grad()
def _evaluate(engine: nn.Module, checking: Batches, loss: Loss, fabric: Fabric) -> float:
    engine.eval()
    total, count = torch.zeros((), device=fabric.device), 0
    for inputs, targets in checking:
        total += _compare(loss, engine(inputs), targets) * len(targets)
        count += len(targets)
    return fabric.all_reduce(total / count).item()  # type: ignore[union-attr]


def _rows_at_once(validation: Data, batch_size: int) -> int:
    """Take many rows of tensors, but of packed data, which can be large, no more than in training."""
    packed = isinstance(validation, tuple | list) and any(map(is_packed, validation))
    return batch_size if packed else 4096


def _choose_kind_of_inputs(engine: nn.Module, dtype: torch.dtype, *parts: Any) -> None:
    """Turn whole numbers into real ones, save for a model that looks them up, as an embedding does."""
    for part in parts:
        inputs = getattr(part, "inputs", None)
        if torch.is_tensor(inputs) and not inputs.is_floating_point():
            try:
                with torch.no_grad():
                    engine.eval()(inputs[:1])
            except (RuntimeError, TypeError):
                part.inputs = inputs.to(dtype)


def _compare(loss: Loss, prediction: Any, targets: Any) -> torch.Tensor:
    """Take the loss of a batch, once it is sure that prediction and targets can be compared."""
    if not torch.is_tensor(targets) or not torch.is_tensor(prediction):
        return loss(prediction, targets)
    shapes = {"prediction": tuple(prediction.shape), "targets": tuple(targets.shape)}
    whole = not targets.is_floating_point()
    if prediction.shape == targets.shape:
        return loss(prediction, targets.to(prediction.dtype) if whole else targets)
    # one label for each row of scores, or for each point of an image of scores
    labels = whole and prediction.ndim == targets.ndim + 1 and prediction.shape[1] > 1
    labels = labels and prediction.shape[:1] + prediction.shape[2:] == targets.shape
    if not labels or _subtracts(loss):
        raise ValueError(
            _(
                "The model predicts the shape {prediction} where the targets have {targets}; give"
                " targets of the shape that the model returns."
            ).format(**shapes)
        )
    try:
        return loss(prediction, targets)
    except (RuntimeError, IndexError, ValueError) as error:
        raise ValueError(
            _(
                "The loss cannot compare predictions of the shape {prediction} with targets of the"
                " shape {targets} as class labels ({error})."
            ).format(error=str(error).splitlines()[0], **shapes)
        ) from error


def _subtracts(loss: Loss) -> bool:
    """Tell the losses that compare number with number from those that take class labels."""
    numbers = nn.functional
    known = (numbers.mse_loss, numbers.l1_loss, numbers.huber_loss, numbers.smooth_l1_loss)
    modules = (nn.MSELoss, nn.L1Loss, nn.HuberLoss, nn.SmoothL1Loss)
    return getattr(loss, "func", loss) in known or isinstance(loss, modules)


def _way_to_compute(fabric: Fabric) -> str:
    return fingerprint((getattr(fabric._precision, "precision", None), fabric.world_size))


def _patience_is_over(history: History, patience: int | None) -> bool:
    return patience is not None and len(history) - (history.best_epoch or 0) >= patience


def _check_finite(row: dict[str, float], data: dict) -> None:
    for name, batches_of in data.items():
        if math.isfinite(row.get(name, 0.0)):
            continue
        if isinstance(batches_of, LoaderBatches) and batches_of.first_not_finite() is not None:
            raise ValueError(
                _(
                    "The {name} DataLoader gives NaN or infinity, first in batch {batch}; drop such rows"
                    " or fill them in."
                ).format(name=batches_of.name, batch=batches_of.first_not_finite())
            )
        raise ValueError(
            _(
                "The {name} became {value} in epoch {epoch}; lower the learning rate or bring"
                " the inputs to a common scale."
            ).format(name=name, value=row[name], epoch=row["epoch"])
        )
