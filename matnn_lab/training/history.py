"""What happened during a training run, epoch by epoch."""

from dataclasses import dataclass, field

import pandas as pd


@dataclass
class History:
    """The record that `fit` returns.

    Attributes
    ----------
    rows : list of dict
        One entry an epoch: ``epoch`` (from 1), ``train_loss``, ``validation_loss`` (absent without
        validation data) and ``learning_rate``.
    interrupted : bool
        True if the reader stopped the run before it was done.
    """

    rows: list[dict[str, float]] = field(default_factory=list)
    interrupted: bool = False

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def frame(self) -> pd.DataFrame:
        """The epochs as a table, one row an epoch."""
        columns = ["epoch", "train_loss", "validation_loss", "learning_rate"]
        return pd.DataFrame(self.rows, columns=columns)

    @property
    def best_epoch(self) -> int | None:
        """The epoch (from 1) whose weights the model has now.

        That of the lowest validation loss, the first of them if there are several; without
        validation data the last epoch; None before the first epoch.
        """
        if not self.rows:
            return None
        if "validation_loss" not in self.rows[0]:
            return len(self.rows)
        return int(min(self.rows, key=lambda row: row["validation_loss"])["epoch"])
