"""A network, or an ensemble of them, with the manners of a scikit-learn regressor."""

from contextlib import contextmanager
from functools import partial

import numpy as np
import torch
from joblib import Parallel, delayed
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.model_selection import train_test_split
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data
from torch import nn

from matnn_lab.models.mlp import MLP
from matnn_lab.text import gettext as _
from matnn_lab.training.loop import fit, one_device, warm_up_and_cosine

LOSSES = {
    "squared": nn.functional.mse_loss,
    "absolute": nn.functional.l1_loss,
    "huber": partial(nn.functional.huber_loss, delta=0.1),
}


class NetworkRegressor(RegressorMixin, BaseEstimator):
    """Multilayer perceptrons that scale their data, stop in time, and average their predictions.

    Inputs and targets are brought to zero mean and unit standard deviation; scaled inputs are kept
    within ±3, so that a value never seen in training cannot carry the prediction far away. Each
    member starts from other weights and holds out another part of the training data for early
    stopping.

    Parameters
    ----------
    hidden : sequence of int
        Widths of the hidden layers.
    activation : {"relu", "gelu", "silu", "tanh"}
    dropout : float
        Share of hidden units that is off in a training step.
    loss : {"huber", "absolute", "squared"}
        On scaled targets; Huber's turns from squared to absolute at 0.1 standard deviations.
    learning_rate, weight_decay : float
        Of AdamW (Loshchilov and Hutter 2019, doi:10.48550/arXiv.1711.05101); the rate warms up,
        then falls along a cosine.
    epochs, batch_size : int
        Largest number of passes; rows in a step.
    validation_fraction : float
        Share of the training rows that each member holds out to choose its best epoch; 0 trains on
        all rows to the last epoch.
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
        If the loss is not known or no member is asked for, and as `fit` and `MLP`.
    """

    def __init__(
        self,
        hidden=(128, 128),
        *,
        activation="silu",
        dropout=0.0,
        loss="huber",
        learning_rate=5e-3,
        weight_decay=0.01,
        epochs=40,
        batch_size=64,
        validation_fraction=0.1,
        patience=None,
        n_members=1,
        n_jobs=None,
        accelerator="cpu",
        random_state=0,
        progress=False,
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

    def fit(self, X, y):
        """Train the members.

        Parameters
        ----------
        X : array-like, shape (n, n_features)
        y : array-like, shape (n,) or (n, n_outputs)

        Returns
        -------
        NetworkRegressor
            Itself.
        """
        if self.loss not in LOSSES:
            raise ValueError(
                _("The loss {given!r} is not known; choose one of {known}.").format(
                    given=self.loss, known=", ".join(LOSSES)
                )
            )
        if self.n_members < 1:
            raise ValueError(
                _("An ensemble of {given} networks was asked for; ask for at least one.").format(
                    given=self.n_members
                )
            )
        X, y = validate_data(self, X, y, y_numeric=True, dtype=np.float64)
        self.center_, self.scale_ = X.mean(axis=0), _spread(X)
        self.target_center_, self.target_scale_ = y.mean(), _spread(y)
        inputs = self._scaled(X)
        targets = ((y - self.target_center_) / self.target_scale_).astype(np.float32)
        seeds = check_random_state(self.random_state).randint(2**31 - 1, size=self.n_members)
        trained = Parallel(n_jobs=self.n_jobs)(
            delayed(_train_member)(self, inputs, targets, int(seed)) for seed in seeds
        )
        self.members_, self.histories_ = (list(each) for each in zip(*trained, strict=True))
        return self

    def predict(self, X, return_std=False):
        """Predict with the mean of the members.

        Parameters
        ----------
        X : array-like, shape (n, n_features)
        return_std : bool
            Also return how far the members disagree.

        Returns
        -------
        numpy.ndarray, shape (n,), or a pair of them
            Mean and, if asked for, standard deviation of the members, in the unit of y.
        """
        inputs = self._inputs(X)
        with _one_thread(), torch.no_grad():
            scaled = np.stack([member(inputs).numpy() for member in self.members_])
        predictions = scaled * self.target_scale_ + self.target_center_
        mean = predictions.mean(axis=0)
        return (mean, predictions.std(axis=0)) if return_std else mean

    def predict_dropout(self, X, n_passes=50, random_state=0):
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
        pair of numpy.ndarray, shape (n,)
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
        predictions = np.stack(scaled) * self.target_scale_ + self.target_center_
        return predictions.mean(axis=0), predictions.std(axis=0)

    def latent(self, X):
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

    def _inputs(self, X):
        check_is_fitted(self)
        X = validate_data(self, X, reset=False, dtype=np.float64)
        return torch.as_tensor(self._scaled(X))

    def _scaled(self, X):
        return np.clip((X - self.center_) / self.scale_, -3, 3)


def _spread(values: np.ndarray):
    """Standard deviation of each column, one where it is constant."""
    spread = values.std(axis=0)
    return np.where(spread > 0, spread, 1.0)


def _train_member(settings: NetworkRegressor, inputs, targets, seed: int):
    rows = np.arange(len(targets))
    checking = None
    if settings.validation_fraction * len(rows) >= 1:
        rows, held_out = train_test_split(
            rows, test_size=settings.validation_fraction, random_state=seed
        )
        checking = (inputs[held_out], targets[held_out])
    with _one_thread(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = MLP(
            inputs.shape[1],
            settings.hidden,
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
def _one_thread():
    """Keep torch on one thread: small networks run faster so, and jobs do not fight for cores."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
