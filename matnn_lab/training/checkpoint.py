"""What is kept of a training run on disk, so that it goes on another day where it stopped."""

from pathlib import Path

import torch
from lightning_fabric import Fabric
from torch import nn

from matnn_lab.text import gettext as _
from matnn_lab.training.fingerprint import model_settings
from matnn_lab.training.history import History

FORMAT = "matnn_lab training run, format 2"


class Run:
    """What must be kept to stop, to go back to the best epoch, and to go on another day.

    Parameters
    ----------
    model : torch.nn.Module
    optimizer : torch.optim.Optimizer
    fabric : lightning_fabric.Fabric
    identity : dict of str
        Fingerprints of all that decides what comes out, by the name that an error gives them.
    """

    def __init__(
        self,
        model: nn.Module,
        optimizer: torch.optim.Optimizer,
        fabric: Fabric,
        identity: dict[str, str],
    ):
        self.model, self.optimizer, self.fabric = model, optimizer, fabric
        self.identity = identity
        self.history = History()
        self.best: dict[str, torch.Tensor] | None = None
        self.first_settings: dict[str, str] = {}

    def end_epoch(self, row: dict[str, float], checkpoint: Path | None) -> None:
        """Write down an epoch, remember the weights if they are the best, save if asked to."""
        self.history.rows.append(row)
        if "validation_loss" in row and self.history.best_epoch == row["epoch"]:
            self.best = {k: v.clone() for k, v in self.model.state_dict().items()}
        if checkpoint is not None:
            self.save(checkpoint)

    def restore_best(self) -> None:
        """Give the model the weights of its best epoch."""
        if self.best is not None:
            self.model.load_state_dict(self.best)

    def save(self, path: Path) -> None:
        """Write the file anew."""
        state = {
            "format": FORMAT,
            "identity": self.identity,
            "settings": self._constant_settings(),
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
        """Go on from the file, or make it.

        Raises
        ------
        ValueError
            If the file cannot be read or written, is none of `fit`, or belongs to another run.
        """
        self.first_settings = model_settings(self.model)
        if path.exists() and not path.is_dir():
            self._load(path)
            return
        if path.is_dir() or not path.name:
            raise ValueError(
                _("The checkpoint {path} is a folder; name a file in it, such as {file}.").format(
                    path=path, file=path / "run.pt"
                )
            )
        try:
            self.save(path)
        except (OSError, RuntimeError) as error:
            raise ValueError(
                _(
                    "The checkpoint {path} cannot be written; name a file in a folder that exists and"
                    " that you may write to ({error})."
                ).format(path=path, error=str(error).splitlines()[0])
            ) from None

    def _load(self, path: Path) -> None:
        try:
            state = torch.load(path, map_location=self.fabric.device, weights_only=True)
        except PermissionError:
            raise ValueError(
                _("The checkpoint {path} may not be read; name another file.").format(path=path)
            ) from None
        except Exception:  # of whatever kind: torch has one for each way that a file can be bad
            state = None
        if not isinstance(state, dict) or state.get("format") != FORMAT:
            raise ValueError(
                _(
                    "The file {path} is no checkpoint of this version of `fit`, or it is damaged; delete"
                    " it to start anew or name another file."
                ).format(path=path)
            )
        others = self._differences(state)
        if others:
            raise ValueError(
                _(
                    "The checkpoint {path} belongs to another run (other: {what}); delete it or name"
                    " another file."
                ).format(path=path, what=", ".join(map(_spoken, others)))
            )
        self.history.rows = state["history"]
        self.best = state["best"]
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])

    def _differences(self, state: dict) -> list[str]:
        """Name what is not as it was when the file was written."""
        known, here = state["identity"], self.identity
        names = [name for name in here | known if here.get(name) != known.get(name)]
        # before the first epoch nothing can be told apart that training may change
        settings = state["settings"] if state["history"] else {}
        now = self.first_settings
        if "model" not in names and any(now.get(k) != v for k, v in settings.items()):
            names.insert(0, "model")
        return names

    def _constant_settings(self) -> dict[str, str]:
        """Give the settings of the model that training has not changed: a running mean, it has."""
        now, first = model_settings(self.model), self.first_settings
        return {name: value for name, value in now.items() if first.get(name) == value}


def _spoken(part: str) -> str:
    """Give the words for a part of a run's identity."""
    words = {
        "model": _("model"),
        "loss": _("loss"),
        "optimizer": _("optimizer or its settings"),
        "schedule": _("schedule or its number of epochs"),
        "batch size": _("batch size"),
        "training data": _("training data"),
        "validation data": _("validation data"),
        "seed": _("seed"),
        "precision": _("precision or number of devices"),
    }
    return words.get(part, part)
