"""A network, or an ensemble of them, with the manners of a scikit-learn regressor."""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, Literal, overload

import numpy as np
import pandas as pd
import torch
from joblib import Parallel, delayed
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.model_selection import train_test_split
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data
from torch import nn

from matnn_lab.models.mlp import MLP
from matnn_lab.text import gettext as _
from matnn_lab.training.history import History
from matnn_lab.training.loop import Loss, fit, one_device, warm_up_and_cosine
from matnn_lab.training.settings import require_settings, require_size, target_scale

Array = NDArray[np.float64]

LOSSES: dict[str, Loss] = {
    "squared": nn.functional.mse_loss,
    "absolute": nn.functional.l1_loss,
    "huber": partial(nn.functional.huber_loss, delta=0.1),
}

# below it, numbers of an everyday unit are what rounding leaves of zero
TINY = 1e-13


class NetworkRegressor(RegressorMixin, BaseEstimator):
    """Multilayer perceptrons that scale their data, stop in time, and average their predictions.

    Inputs and targets are brought to zero mean and unit standard deviation; scaled inputs are kept
    within ±3, so that a value never seen in training cannot carry the prediction far away. A column
    that is constant but for rounding carries no information and none is made of it. Each member
    starts from other weights and holds out another part of the training data for early stopping.

    Parameters
    ----------
    hidden : sequence of int
        Widths of the hidden layers.
    activation : {"relu", "gelu", "silu", "tanh"}
    dropout : float
        Share of hidden units that is off in a training step.
    loss : {"huber", "absolute", "squared"}
        On scaled targets; Huber's turns from squared to absolute at 0.1 standard deviations. Choose
        it as any other setting, by its score on validation data: "absolute" suits heavy tails and
        targets of which many are zero, and aims at the median.
    learning_rate, weight_decay : float
        Of AdamW (Loshchilov and Hutter 2019, doi:10.48550/arXiv.1711.05101); the rate warms up,
        then falls along a cosine.
    epochs, batch_size : int
        Largest number of passes; rows in a step.
    validation_fraction : float
        Share of the training rows that each member holds out to choose its best epoch; 0 trains on
        all rows to the last epoch. Whole groups are held out where `fit` is given ``groups``.
    patience : int
        Epochs without improvement after which a member stops; by default none does.
    n_members : int
        Size of the ensemble.
    n_jobs : int
        Members trained at the same time through joblib, each on one thread.
    accelerator : str
        Lightning Fabric's: "cpu", "gpu", "auto". Small networks are fastest on the CPU.
    random_state : int, RandomState or None
        Fixes splits, first weights and order of the batches.
    progress : bool
        Show a progress bar for each member.

    Attributes
    ----------
    members_ : list of MLP
    histories_ : list of History
    n_features_in_ : int

    Raises
    ------
    ValueError
        If the loss is not known, a setting makes no sense or the accelerator is not there, and as `fit`
        and `MLP`; a TypeError if a setting is of the wrong kind.
    """

    def __init__(
        self,
        hidden: Sequence[int] = (128, 128),
        *,
        activation: str = "silu",
        dropout: float = 0.0,
        loss: str = "huber",
        learning_rate: float = 5e-3,
        weight_decay: float = 0.01,
        epochs: int = 40,
        batch_size: int = 64,
        validation_fraction: float = 0.1,
        patience: int | None = None,
        n_members: int = 1,
        n_jobs: int | None = None,
        accelerator: str = "cpu",
        random_state: int | np.random.RandomState | None = 0,
        progress: bool = False,
    ):
        self.hidden = hidden
        self.activation = activation
        self.dropout = dropout
        self.loss = loss
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.epochs = epochs
        self.batch_size = batch_size
        self.validation_fraction = validation_fraction
        self.patience = patience
        self.n_members = n_members
        self.n_jobs = n_jobs
        self.accelerator = accelerator
        self.random_state = random_state
        self.progress = progress

    def fit(
        self, X: ArrayLike, y: ArrayLike, groups: ArrayLike | None = None
    ) -> "NetworkRegressor":
        """Train the members.

        Parameters
        ----------
        X : array-like, shape (n, n_features)
        y : array-like, shape (n,) or (n, n_outputs)
            Each output is scaled by itself.
        groups : array-like, shape (n,)
            Labels of what belongs together, such as the chemical system or the paper of each row: a
            group is held out for early stopping as a whole or not at all. A missing label is a group
            of its own. By default each row is one.

        Returns
        -------
        NetworkRegressor
            Itself.

        Raises
        ------
        ValueError
            Also if the groups are of another length, or all rows are one group.
        """
        if self.loss not in LOSSES:
            raise ValueError(
                _("The loss {given!r} is not known; choose one of {known}.").format(
                    given=self.loss, known=", ".join(LOSSES)
                )
            )
        require_settings(self)
        digits, X = _digits(X), _dense(X)
        X, y = validate_data(self, X, y, y_numeric=True, multi_output=True, dtype=np.float64)
        y = np.asarray(y, dtype=np.float64)
        codes = None if groups is None else _group_codes(groups, len(X))
        require_size(X, _("inputs"))
        self.target_scale_ = target_scale(y)
        # a mean can differ from equal numbers in the last digit, and the middle cannot
        middle = y.min(axis=0) / 2 + y.max(axis=0) / 2
        self.target_center_ = np.where(self.target_scale_ == 0, middle, y.mean(axis=0))
        self.center_, self.scale_ = X.mean(axis=0), _spread(X, digits)
        inputs = self._scaled(X)
        divisor = np.where(self.target_scale_ == 0, 1.0, self.target_scale_)
        targets = ((y - self.target_center_) / divisor).astype(np.float32)
        seeds = check_random_state(self.random_state).randint(2**31 - 1, size=self.n_members)
        trained = Parallel(n_jobs=self.n_jobs)(
            delayed(_train_member)(self, inputs, targets, codes, int(seed)) for seed in seeds
        )
        self.members_, self.histories_ = (list(each) for each in zip(*trained, strict=True))
        return self

    @overload
    def predict(self, X: ArrayLike, return_std: Literal[False] = False) -> Array: ...
    @overload
    def predict(self, X: ArrayLike, return_std: Literal[True]) -> tuple[Array, Array]: ...
    def predict(self, X: ArrayLike, return_std: bool = False) -> Array | tuple[Array, Array]:
        """Predict with the mean of the members.

        Parameters
        ----------
        X : array-like, shape (n, n_features)
        return_std : bool
            Also return how far the members disagree; needs two members or more.

        Returns
        -------
        numpy.ndarray, shape (n,) or (n, n_outputs) as y had, or a pair of them
            Mean and, if asked for, standard deviation of the members, in the unit of y.

        Raises
        ------
        ValueError
            If the spread of one member is asked for.
        """
        check_is_fitted(self)
        if return_std and len(self.members_) < 2:
            raise ValueError(
                _("One network has no spread; train with n_members=4, or leave return_std out.")
            )
        inputs = self._inputs(X)
        with _one_thread(), torch.no_grad():
            predictions = self._in_unit_of_y([member(inputs).numpy() for member in self.members_])
        mean = predictions.mean(axis=0)
        return (mean, predictions.std(axis=0)) if return_std else mean

    def predict_dropout(
        self, X: ArrayLike, n_passes: int = 50, random_state: int = 0
    ) -> tuple[Array, Array]:
        """Predict many times with dropout left on, and see how far the predictions spread.

        Gal and Ghahramani 2016, doi:10.48550/arXiv.1506.02142 ("MC dropout").

        Parameters
        ----------
        X : array-like, shape (n, n_features)
        n_passes : int
            Passes through each member, each with other units off.
        random_state : int
            Fixes which units are off.

        Returns
        -------
        pair of numpy.ndarray, shape (n,) or (n, n_outputs) as y had
            Mean and standard deviation of all passes, in the unit of y.

        Raises
        ------
        ValueError
            If the networks were trained without dropout.
        """
        inputs = self._inputs(X)
        if not self.dropout:
            raise ValueError(
                _("These networks have no dropout; train them with dropout=0.1 or more.")
            )
        scaled = []
        with _one_thread(), torch.no_grad(), torch.random.fork_rng(devices=[]):
            torch.manual_seed(random_state)
            for member in self.members_:
                member.train()
                scaled += [member(inputs).numpy() for _pass in range(n_passes)]
                member.eval()
        predictions = self._in_unit_of_y(scaled)
        return predictions.mean(axis=0), predictions.std(axis=0)

    def latent(self, X: ArrayLike) -> Array:
        """Return what the last hidden layer of the first member makes of each row.

        Parameters
        ----------
        X : array-like, shape (n, n_features)

        Returns
        -------
        numpy.ndarray, shape (n, hidden[-1])
            From these the output is a linear function.
        """
        inputs = self._inputs(X)
        with _one_thread(), torch.no_grad():
            return self.members_[0].layers[:-1](inputs).numpy()

    def to_state(self) -> dict[str, Any]:
        """Return all that makes this model again, as `matnn_lab.models.files.save` writes it."""
        check_is_fitted(self)
        parameters = self.get_params()
        parameters["hidden"] = tuple(parameters["hidden"])
        if not isinstance(parameters["random_state"], int | None):
            parameters["random_state"] = None  # a generator that has moved on
        learned = {name: value for name, value in vars(self).items() if name.endswith("_")}
        learned["histories_"] = [history.rows for history in self.histories_]
        return {"parameters": parameters, "learned": learned}

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> "NetworkRegressor":
        """Make the model that `to_state` described."""
        model = cls(**state["parameters"])
        model.__dict__.update(state["learned"])
        model.histories_ = [History(rows) for rows in state["learned"]["histories_"]]
        return model

    def _inputs(self, X: ArrayLike) -> torch.Tensor:
        check_is_fitted(self)
        X = validate_data(self, _dense(X), reset=False, dtype=np.float64)
        return torch.as_tensor(self._scaled(X))

    def _scaled(self, X: Array) -> Array:
        return np.clip((X - self.center_) / self.scale_, -3, 3)

    def _in_unit_of_y(self, scaled: Sequence[Array]) -> Array:
        """Stack scaled predictions and bring them to the unit and the shape of the targets."""
        stacked = np.stack(scaled)
        if np.shape(self.target_scale_) == (1,):  # a column of targets: MLP drops the last axis
            stacked = stacked[..., None]
        return stacked * self.target_scale_ + self.target_center_

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags


def _spread(values: Array, digits: float) -> Array:
    """Standard deviation of each column; where it is constant but for rounding, its size or one.

    The same sum taken in another order differs in its last digits. Divided by so small a spread, they
    would look like information: a prediction would depend on the order of the elements in a formula.
    """
    spread, largest = values.std(axis=0), np.abs(values).max(axis=0)
    flat = spread <= digits * largest
    # what is left where a number is taken from its like, such as the deviation from a mean
    tiny = ~flat & (largest < TINY)
    if np.any(tiny):
        warnings.warn(
            _(
                "Columns that hold nothing larger than {tiny:.0e}, {count} of them, are taken for zeros with"
                " rounding; give quantities so small in a smaller unit."
            ).format(count=int(np.sum(tiny)), tiny=TINY),
            stacklevel=3,
        )
    return np.where(flat | tiny, np.maximum(largest, 1.0), spread)


def _digits(X: Any) -> float:
    """Relative size of what rounding leaves in a sum of numbers in the precision of X."""
    kinds = X.dtypes if hasattr(X, "dtypes") else [getattr(X, "dtype", np.float64)]
    # a column of pandas' own kinds says in which precision its numbers are
    plain = [getattr(kind, "subtype", getattr(kind, "numpy_dtype", kind)) for kind in kinds]
    sizes = [kind.itemsize for kind in plain if isinstance(kind, np.dtype) and kind.kind == "f"]
    return {2: 1e-2, 4: 1e-5}.get(min(sizes, default=8), 1e-12)


def _dense(X: Any) -> Any:
    """Fill the columns of a table that are stored without their zeros."""
    if not isinstance(X, pd.DataFrame):
        return X
    sparse = [name for name, kind in X.dtypes.items() if isinstance(kind, pd.SparseDtype)]
    return X.astype({name: X.dtypes[name].subtype for name in sparse}) if sparse else X


def _group_codes(groups: ArrayLike, n_rows: int) -> np.ndarray:
    """Number the groups; every missing label is one of its own."""
    labels = np.asarray(groups, dtype=object)
    if labels.shape != (n_rows,):
        raise ValueError(
            _(
                "The groups have the shape {groups} and X has {rows} rows; give one label for each row."
            ).format(groups=labels.shape, rows=n_rows)
        )
    codes = pd.factorize(labels)[0]
    missing = codes < 0
    codes[missing] = codes.max() + 1 + np.arange(missing.sum())
    if codes.max() == 0:
        raise ValueError(
            _(
                "All {rows} rows belong to one group, so that no group can be held out; give other"
                " groups or none."
            ).format(rows=n_rows)
        )
    return codes


def _hold_out(
    share: float, n_rows: int, codes: np.ndarray | None, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Split row numbers into those to train on and those to stop by, whole groups if there are any."""
    rows = np.arange(n_rows)
    if codes is None:
        return train_test_split(rows, test_size=share, random_state=seed)
    sizes, wanted = np.bincount(codes), share * n_rows
    chosen: list[int] = []
    order = np.random.default_rng(seed).permutation(len(sizes))
    for group in order:
        if sizes[[*chosen, group]].sum() <= wanted:
            chosen.append(group)
    chosen = chosen or [order[sizes[order].argmin()]]
    held_out = np.isin(codes, chosen)
    return rows[~held_out], rows[held_out]


def _train_member(
    settings: NetworkRegressor,
    inputs: np.ndarray,
    targets: np.ndarray,
    codes: np.ndarray | None,
    seed: int,
) -> tuple[MLP, History]:
    if targets.shape[1:] == (1,):  # one number for each row, as the network gives it
        targets = targets[:, 0]
    rows, checking = np.arange(len(targets)), None
    if settings.validation_fraction * len(rows) >= 1:
        rows, held_out = _hold_out(settings.validation_fraction, len(rows), codes, seed)
        checking = (inputs[held_out], targets[held_out])
    with _one_thread(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = MLP(
            inputs.shape[1],
            settings.hidden,
            n_outputs=targets.shape[1] if targets.ndim == 2 else 1,
            activation=settings.activation,
            dropout=settings.dropout,
        )
        history = fit(
            model,
            (inputs[rows], targets[rows]),
            checking,
            loss=LOSSES[settings.loss],
            optimizer=partial(
                torch.optim.AdamW,
                lr=settings.learning_rate,
                weight_decay=settings.weight_decay,
                fused=True,
            ),
            schedule=warm_up_and_cosine,
            epochs=settings.epochs,
            batch_size=settings.batch_size,
            patience=settings.patience if checking else None,
            seed=seed,
            fabric=one_device(settings.accelerator),
            progress=settings.progress,
        )
    # twice the digits cost little in prediction and make it the same for one row and for many
    return model.double().eval(), history


@contextmanager
def _one_thread() -> Iterator[None]:
    """Keep torch on one thread: small networks run faster so, and jobs do not fight for cores."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
