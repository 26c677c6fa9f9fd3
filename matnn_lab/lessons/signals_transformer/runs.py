"""How the longer trainings of this lesson are made, and what ``scripts/train_signals.py`` stored of them."""

from collections.abc import Callable, Iterable
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike
from scipy.optimize import least_squares, nnls
from sklearn.base import BaseEstimator
from sklearn.cross_decomposition import PLSRegression
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV, GroupKFold, KFold
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.svm import SVR
from torch import nn

from matnn_lab.arrays import (
    check_counts,
    check_varied,
    generator,
    number_rows,
    real_numbers,
    rising,
)
from matnn_lab.datasets.barkhausen import return_point_cycles
from matnn_lab.datasets.photoemission import pseudo_voigt, shirley_step
from matnn_lab.datasets.raman import OXIDES, raman_glasses
from matnn_lab.lessons.signals_transformer.steps import one_cycle, with_hidden_layer
from matnn_lab.models.inputs import check_choice, check_one_precision, check_shape
from matnn_lab.models.sequence import SequenceModel
from matnn_lab.text import gettext as _

LENGTH, PATCH = 256, 8
CYCLE = 32
ONE_PERIOD, THREE_PERIODS = (CYCLE,), (24, 32, 40)
ASKED_PERIODS = (24, 28, 32, 36, 40)
ATTENTION: dict[str, Any] = {"mixing": ("attention",) * 2, "width": 32, "hidden": 128}
MODELS: dict[str, dict[str, Any]] = {
    "local CNN": {"mixing": (1, 1, 1), "width": 32, "hidden": 96},
    "dilated CNN": {"mixing": (1, 2, 4, 8), "width": 32, "hidden": 64},
    "dilated CNN, whole signal": {"mixing": (1, 2, 4, 8, 16), "width": 32, "hidden": 41},
    "dilated CNN, fifth round of 1": {"mixing": (1, 2, 4, 8, 1), "width": 32, "hidden": 41},
    "Transformer": ATTENTION,
    "Transformer, relative": ATTENTION | {"positions": "relative"},
    "Transformer, own period": ATTENTION | {"positions": "own period"},
}


# periods in the training set, and steps of the training
TASKS = {
    "one period": (ONE_PERIOD, 1500),
    "one period, longer": (ONE_PERIOD, 4000),
    "three periods": (THREE_PERIODS, 1500),
    "three periods, longer": (THREE_PERIODS, 8000),
}
DILATED = ("dilated CNN", "dilated CNN, whole signal")
TRAINED = {
    "one period": ("local CNN", *DILATED, "dilated CNN, fifth round of 1", "Transformer"),
    "one period, longer": (*DILATED, "Transformer"),
    "three periods": (*DILATED, "Transformer", "Transformer, own period"),
    "three periods, longer": (
        *DILATED,
        "Transformer",
        "Transformer, relative",
        "Transformer, own period",
    ),
}
KEPT = (
    ("Transformer", "one period"),
    ("Transformer, relative", "three periods, longer"),
    ("Transformer, own period", "three periods, longer"),
)
SPLITS = ("random glasses", "whole systems")
EPOCHS_TRIED = (150, 300)
AVERAGE_STEPS = (3000, 9000)


def specimens(n: int, periods: tuple[int, ...], seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Draw computed specimens with return-point memory, an equal share for each period: clean, measured."""
    check_counts(n=n)
    periods = tuple(periods) if isinstance(periods, Iterable) else (periods,)
    if not periods:
        raise ValueError(_("No period was given; give at least one, as in (32,)."))
    share = -(-n // len(periods))
    rng = generator(seed)
    pairs = [return_point_cycles(share, period=p, n_times=LENGTH, seed=rng) for p in periods]
    clean, measured = (np.concatenate(parts) for parts in zip(*pairs, strict=True))
    order = rng.permutation(len(clean))[:n]
    return torch.tensor(clean[order]).float(), torch.tensor(measured[order]).float()


def hide(n: int, seed: int | torch.Generator, n_hidden: int = CYCLE // PATCH) -> torch.Tensor:
    """Choose a stretch of patches to hide in each of n signals, shape (n, n_patches)."""
    check_counts(n=n, n_hidden=n_hidden)
    n_patches = LENGTH // PATCH
    if n_hidden > n_patches:
        raise ValueError(
            _("{n} of {n_patches} patches were to be hidden; give at most as many.").format(
                n=n_hidden, n_patches=n_patches
            )
        )
    if not isinstance(seed, torch.Generator):
        check_counts(least=0, seed=seed)
        seed = torch.Generator().manual_seed(int(seed))
    start = torch.randint(0, n_patches - n_hidden + 1, (int(n), 1), generator=seed)
    place = torch.arange(n_patches)
    return (place >= start) & (place < start + n_hidden)


def error(restored: torch.Tensor, clean: torch.Tensor, hidden: torch.Tensor) -> float:
    """Root mean square error where the signal was hidden, in standard deviations of the clean signal."""
    check_shape(clean, ("n", LENGTH))
    check_shape(restored, tuple(clean.shape))
    _check_hidden(hidden, clean)
    at = hidden.repeat_interleave(PATCH, dim=1)
    return (restored - clean)[at].square().mean().sqrt().item()


def _check_hidden(hidden: torch.Tensor, signals: torch.Tensor) -> None:
    """Raise a `ValueError` in one sentence where what marks hidden patches are no booleans, one a patch."""
    check_shape(hidden, (len(signals), LENGTH // PATCH))
    if hidden.dtype != torch.bool:
        raise ValueError(
            _("Hidden patches of {dtype} were given; give booleans, as hide does.").format(
                dtype=hidden.dtype
            )
        )


def train_to_restore(
    name: str,
    task: str,
    seed: int,
) -> tuple[SequenceModel, list[float]]:
    """Train one of `MODELS` to restore a hidden stretch of 32 values, the same way for all.

    Returns the network, and its error on validation specimens every 250 steps.
    """
    periods, steps = TASKS[task]
    torch.manual_seed(seed)
    model = SequenceModel(LENGTH, PATCH, **MODELS[name])
    clean, _measured = specimens(8000, periods, seed=1000 + seed)
    held, noisy = specimens(512, periods, seed=2000)
    hidden = hide(len(held), seed=3000)
    descend = one_cycle(model, 3e-3, steps)
    generator, validation = torch.Generator().manual_seed(seed), []
    for step in range(1, steps + 1):
        chosen = clean[torch.randint(len(clean), (16,), generator=generator)]
        mask = hide(16, generator)
        at = mask.repeat_interleave(PATCH, dim=1)
        measured = chosen + 0.7 * torch.randn(chosen.shape, generator=generator)
        descend(nn.functional.mse_loss(model(measured, mask)[at], chosen[at]))
        if step % 250 == 0:
            with torch.no_grad():
                validation.append(error(model(noisy, hidden), held, hidden))
    return model.eval(), validation


def errors_by_period(
    restore: Callable[[torch.Tensor, torch.Tensor], torch.Tensor],
) -> np.ndarray:
    """Give the error of a network, or another function of signals and hidden patches, at `ASKED_PERIODS`."""
    hidden, errors = hide(500, seed=9001), []
    for period in ASKED_PERIODS:
        clean, measured = specimens(500, (period,), seed=9002)
        with torch.no_grad():
            errors.append(error(restore(measured, hidden), clean, hidden))
    return np.array(errors)


def averaged_cycle(
    signals: torch.Tensor, hidden: torch.Tensor, period: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """Average the cycles in view of each signal, and count for each place in the cycle how many there are.

    Returns two tensors of shape (n, period); a mean of no values is zero.
    """
    check_counts(period=period)
    check_shape(signals, ("n", LENGTH))
    check_one_precision(signals)
    _check_hidden(hidden, signals)
    seen = signals.clone()
    seen[hidden.repeat_interleave(PATCH, dim=1)] = torch.nan
    cycles = nn.functional.pad(seen, (0, -LENGTH % period), value=torch.nan)
    cycles = cycles.unflatten(1, (-1, period))
    return cycles.nanmean(dim=1).nan_to_num(), (~cycles.isnan()).sum(dim=1)


def repeat_cycle(cycle: torch.Tensor) -> torch.Tensor:
    """Repeat a cycle, shape (n, period), to the length of a signal, shape (n, 256)."""
    check_shape(cycle, ("n", "period"))
    check_counts(period=cycle.shape[1])
    times = -(-LENGTH // cycle.shape[1])
    return cycle.repeat(1, times)[:, :LENGTH]


def train_on_average(seed: int, steps: int) -> tuple[nn.Sequential, list[float]]:
    """Train a dense network to restore a cycle from the mean of seven noisy copies of it.

    Returns the network, from (n, 32) to (n, 32), and its error on validation cycles ten times on the way.
    """
    torch.manual_seed(seed)
    model = nn.Sequential(
        *(nn.Linear(CYCLE, 128), nn.GELU(), nn.Linear(128, 128), nn.GELU()),
        nn.Linear(128, CYCLE),
    )
    clean = specimens(8000, ONE_PERIOD, seed=1000 + seed)[0][:, :CYCLE]
    held = specimens(512, ONE_PERIOD, seed=2000)[0][:, :CYCLE]
    generator, validation = torch.Generator().manual_seed(seed), []
    noise = 0.7 / (LENGTH // CYCLE - 1) ** 0.5
    noisy = held + noise * torch.randn(held.shape, generator=generator)
    descend = one_cycle(model, 3e-3, steps)
    for step in range(1, steps + 1):
        chosen = clean[torch.randint(len(clean), (128,), generator=generator)]
        mean = chosen + noise * torch.randn(chosen.shape, generator=generator)
        descend(nn.functional.mse_loss(model(mean), chosen))
        if step % (steps // 10) == 0:
            with torch.no_grad():
                validation.append((model(noisy) - held).square().mean().sqrt().item())
    return model.eval(), validation


def copies_heard(name: str, period: int) -> float:
    """Give the share of the copies in view of a hidden value that one of `MODELS` can hear.

    It is the mean over all values of all stretches that `hide` may choose, found by the gradient.
    """
    check_choice(network=name, known=MODELS)
    check_counts(period=period)
    with torch.random.fork_rng(devices=[]):
        model = SequenceModel(LENGTH, PATCH, **MODELS[name])
        signals = torch.randn(LENGTH // PATCH, LENGTH, requires_grad=True)
    answers = model(signals).unflatten(1, (-1, PATCH)).sum(dim=2)
    (gradient,) = torch.autograd.grad(answers.diagonal().sum(), signals)
    hears = gradient.unflatten(1, (-1, PATCH)).ne(0).any(dim=2)
    hears = hears.repeat_interleave(PATCH, dim=0).repeat_interleave(PATCH, dim=1)
    place = torch.arange(LENGTH)
    copies = (place[:, None] - place) % period == 0
    heard = in_view = 0
    for first in range(0, LENGTH - CYCLE + 1, PATCH):
        stretch = slice(first, first + CYCLE)
        seen = copies[stretch].clone()
        seen[:, stretch] = False
        in_view += int(seen.sum())
        heard += int((seen & hears[stretch]).sum())
    return heard / in_view


def linear_from_near(signals: torch.Tensor, hidden: torch.Tensor, reach: int) -> torch.Tensor:
    """Restore signals of period 32 by the best linear answer from the visible patches within a reach."""
    check_counts(least=0, reach=reach)
    check_shape(signals, ("n", LENGTH))
    check_one_precision(signals)
    _check_hidden(hidden, signals)
    clean = specimens(8000, ONE_PERIOD, seed=1000)[0].double()
    law = clean.T @ clean / len(clean)
    place = torch.arange(LENGTH) // PATCH
    restored = torch.zeros_like(signals)
    for stretch in hidden.unique(dim=0):
        rows = (hidden == stretch).all(dim=1)
        for patch in stretch.nonzero().flatten().tolist():
            near = ((place - patch).abs() <= reach) & ~stretch[place]
            noisy = law[near][:, near] + 0.7**2 * torch.eye(int(near.sum()))
            weights = torch.linalg.solve(noisy, law[near][:, place == patch])
            restored[rows.nonzero(), place == patch] = signals[rows][:, near] @ weights.to(signals)
    return restored


def glasses() -> tuple[torch.Tensor, torch.Tensor, np.ndarray]:
    """Give the Raman spectra, NBO/T and the chemical system of each glass, such as "SiO2-Al2O3-Na2O"."""
    table = raman_glasses()
    oxides = table[list(OXIDES)].to_numpy()
    silica, alumina, modifiers = oxides[:, 0], oxides[:, 1], oxides[:, 2:].sum(axis=1)
    nbo_per_t = 2 * (modifiers - alumina) / (silica + 2 * alumina)
    names = np.array(["SiO2", "Al2O3", "Na2O", "K2O", "MgO", "CaO"])
    assert tuple(np.char.lower(names)) == OXIDES, "in the order of the columns"
    systems = np.array(["-".join(names[row > 0.005]) for row in oxides])
    spectra = torch.tensor(np.stack(table["spectrum"])).float()
    return spectra, torch.tensor(nbo_per_t).float(), systems


def folds(split: str) -> list[tuple[np.ndarray, np.ndarray]]:
    """Give five folds of the glasses, at random or with whole chemical systems in each: train, test."""
    check_choice(split=split, known=SPLITS)
    spectra, _targets, systems = glasses()
    if split == "random glasses":
        return list(KFold(5, shuffle=True, random_state=0).split(spectra))
    return list(GroupKFold(5).split(spectra, groups=systems))


def errors_by_fold(predicted: ArrayLike, split: str) -> np.ndarray:
    """Give the mean absolute error of NBO/T in each fold, shape (n_seeds, 5).

    Parameters
    ----------
    predicted : array_like, shape (n_seeds, 258)
        For each glass by the network or method that has not seen it.
    split : str
        One of `SPLITS`.
    """
    _spectra, targets, _systems = glasses()
    away = np.abs(number_rows(predicted, "predictions", len(targets)) - targets.numpy())
    return np.stack([away[:, test].mean(axis=1) for _train, test in folds(split)], axis=1)


def standard_normal_variate(spectra: np.ndarray) -> np.ndarray:
    """Take its mean off each spectrum and divide by its spread, against offset and gain (SNV).

    Barnes, Dhanoa and Lister, Applied Spectroscopy 43, 772 (1989), doi:10.1366/0003702894202201.
    """
    spectra = number_rows(spectra, "spectra")
    check_varied(spectra, "spectra")
    away = spectra - spectra.mean(axis=1, keepdims=True)
    return away / spectra.std(axis=1, keepdims=True)


# how spectra may be prepared, in the words of a pipeline of scikit-learn
PREPARATIONS: dict[str, Any] = {
    "raw": "passthrough",
    "SNV": FunctionTransformer(standard_normal_variate),
}
_PLS: dict[str, list[float]] = {"n_components": [1, 2, 3, 5, 10, 20, 40]}
_C: list[float] = [1, 10, 100, 1e3, 1e4]
_SVR: dict[str, list[float]] = {"C": _C, "gamma": [0.001, 0.003, 0.01, 0.03, 0.1]}
# SNV gives each spectrum the variance 1, about fourteen times that of a raw one, so gamma is smaller
_SVR_SNV: dict[str, list[float]] = {"C": _C, "gamma": [0.0001, 0.0003, 0.001, 0.003, 0.01]}

# a method of chemometrics, and the settings that are tried for it with each preparation
BASELINES: dict[str, tuple[BaseEstimator, dict[str, dict[str, list[float]]]]] = {
    "ridge": (Ridge(), {"raw": {"alpha": [1e-3, 1e-2, 0.1, 1, 10, 100, 1e3, 1e4, 1e5]}}),
    "PLS": (PLSRegression(), {"raw": _PLS}),
    "PLS, SNV": (PLSRegression(), {"SNV": _PLS}),
    "PLS, raw or SNV": (PLSRegression(), {"raw": _PLS, "SNV": _PLS}),
    "SVR": (SVR(epsilon=0.01), {"raw": _SVR}),
    "SVR, SNV": (SVR(epsilon=0.01), {"SNV": _SVR_SNV}),
    "SVR, raw or SNV": (SVR(epsilon=0.01), {"raw": _SVR, "SNV": _SVR_SNV}),
}


def fit_baseline(name: str, split: str, train: np.ndarray) -> GridSearchCV:
    """Fit one of `BASELINES` to some glasses; its settings are chosen in three inner folds of these.

    The inner folds are of the same kind as the outer ones: at random, or with whole chemical systems.
    """
    check_choice(method=name, known=BASELINES)
    check_choice(split=split, known=SPLITS)
    spectra, targets, systems = glasses()
    whole = split == "whole systems"
    inner = GroupKFold(3) if whole else KFold(3, shuffle=True, random_state=0)
    model, grids = BASELINES[name]
    grid = []
    for preparation, settings in grids.items():
        tried = {f"model__{setting}": values for setting, values in settings.items()}
        grid.append({"preparation": [PREPARATIONS[preparation]]} | tried)
    steps = Pipeline([("preparation", "passthrough"), ("model", model)])
    search = GridSearchCV(steps, grid, cv=inner, scoring="neg_mean_absolute_error")
    inputs = spectra[train].numpy().astype(float)
    groups = {"groups": systems[train]} if whole else {}
    return search.fit(inputs, targets[train].numpy().astype(float), **groups)


def raman_cnn() -> nn.Sequential:
    """A small CNN for spectra of 850 points, as the notebook writes it out."""
    layers: list[nn.Module] = [nn.Unflatten(1, (1, -1)), nn.AvgPool1d(2)]
    before = 1
    for after in (16, 32, 32):
        layers += [nn.Conv1d(before, after, 9, stride=2, padding=4), nn.BatchNorm1d(after)]
        layers += [nn.ReLU(), nn.AvgPool1d(2)]
        before = after
    layers += [nn.Flatten(), nn.Dropout(0.2), nn.Linear(32 * 6, 64), nn.ReLU(), nn.Linear(64, 1)]
    return nn.Sequential(*layers, nn.Flatten(0))


def on_raman_patches(
    mixing: tuple[str | int, ...] = ("attention",) * 2, **size: Any
) -> SequenceModel:
    """A network of about as many weights on 17 patches of the same spectra."""
    size = {"width": 32, "hidden": 96} | size
    return SequenceModel(850, 50, mixing, n_outputs=1, dropout=0.1, **size)


RAMAN_MODELS: dict[str, Callable[[], nn.Module]] = {
    "CNN": raman_cnn,
    "Transformer, mean token": on_raman_patches,
    "Transformer, all tokens": lambda: on_raman_patches(per_token=4),
    "convolutions on patches, all tokens": lambda: on_raman_patches(
        (1, 1, 1), hidden=56, per_token=4
    ),
}
# what else differs between the heads of the two Transformers: trained on raw spectra alone
RAMAN_CONTROLS: dict[str, Callable[[], nn.Module]] = {
    "Transformer, hidden layer behind the mean": lambda: with_hidden_layer(on_raman_patches()),
}


def fit_spectra(
    model: nn.Module, spectra: torch.Tensor, targets: torch.Tensor, seed: int, epochs: int = 150
) -> Callable[[torch.Tensor], np.ndarray]:
    """Train on some spectra, the same way for all networks, and return the prediction as a function."""
    generator = torch.Generator().manual_seed(seed)
    mean, std = targets.mean(), targets.std()
    steps = epochs * -(-len(spectra) // 16)
    descend = one_cycle(model, 3e-3, steps)
    model.train()
    for _epoch in range(epochs):
        for rows in torch.randperm(len(spectra), generator=generator).split(16):
            descend(nn.functional.mse_loss(model(spectra[rows]), (targets[rows] - mean) / std))
    model.eval()

    def predict(others: torch.Tensor) -> np.ndarray:
        with torch.no_grad():
            return (model(others) * std + mean).numpy()

    return predict


STORED = Path(__file__).with_name("runs.npz")


def stored() -> dict[str, np.ndarray]:
    """Load what the script stored: predictions, errors and validation, seeds along the first axis."""
    found: dict[str, list[np.ndarray]] = {}
    with np.load(STORED) as content:
        for key in sorted(content.files):
            if not key.startswith("weights/"):
                found.setdefault(key.rpartition("/")[0], []).append(content[key])
    return {key: np.array(seeds) for key, seeds in found.items()}


def stored_network(name: str, task: str) -> SequenceModel:
    """Load one of the networks in `KEPT`, that of the first seed."""
    check_choice(network=f"{name}/{task}", known=[f"{kept}/{each}" for kept, each in KEPT])
    prefix = f"weights/{name}/{task}/"
    with np.load(STORED) as content:
        state = {
            key.removeprefix(prefix): torch.from_numpy(content[key])
            for key in content.files
            if key.startswith(prefix)
        }
    with torch.random.fork_rng(devices=[]):
        model = SequenceModel(LENGTH, PATCH, **MODELS[name])
    model.load_state_dict(state)
    return model.eval()


# Gold 4f in a gas: energies in eV and widths of the two lines, of two losses in the gas, of its onset
GOLD_START = (84.15, 1.1, 0.3, 8.5, 1.8, 12.7, 3.0, 20.0)
GOLD_BOUNDS = ((83, 0.6, 0, 7, 0.8, 10.5, 1, 5), (86, 2, 1, 10, 4, 15, 8, 60))
SPLITTING_EV = 3.67


def gold_components(energy: np.ndarray, shape: ArrayLike) -> np.ndarray:
    """Give the seven components of a region of gold in a gas, shape (n, 7).

    In order: the doublet 4f with areas 4 : 3, its Shirley background, a constant, two copies of the doublet
    behind losses in the gas, a ramp and a rise of electrons that lost more.
    """
    energy, given = rising(energy, "energies (eV)"), real_numbers(shape, "energies and widths (eV)")
    if given.shape != (len(GOLD_START),):
        raise ValueError(
            _("A shape of {shape} numbers was given; give {n}, as GOLD_START.").format(
                shape=given.shape, n=len(GOLD_START)
            )
        )
    at, width, lorentz, loss_1, width_1, loss_2, width_2, rise = given
    gold = _doublet(energy, at, width, lorentz)
    step = shirley_step(energy, gold, 1.0)
    ramp = shirley_step(energy, step, 1.0)
    later = 1 - np.exp(-np.clip(energy - at - 9, 0, None) / rise)
    copies = [
        _doublet(energy, at + loss_1, width_1, 0.0),
        _doublet(energy, at + loss_2, width_2, 0.0),
    ]
    columns = [gold, step / step.max(), np.ones_like(energy), *copies, ramp / ramp.max(), later]
    return np.stack(columns, axis=1)


def _doublet(energy: np.ndarray, at: float, width: float, lorentz: float) -> np.ndarray:
    lines = np.zeros_like(energy)
    for shift, share in ((0.0, 4 / 7), (SPLITTING_EV, 3 / 7)):
        lines += share * pseudo_voigt((energy - at - shift) / width, lorentz)
    return lines


def fit_amounts(components: np.ndarray, scans: np.ndarray) -> np.ndarray:
    """Fit amounts of at least zero to each scan, and return the fitted scans."""
    components = number_rows(components, "components")
    scans = number_rows(scans, "scans", len(components))
    return np.array([components @ nnls(components, scan)[0] for scan in scans])


def fit_shape(energy: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """Find the energies and widths of the components on the mean of some scans."""
    mean = real_numbers(mean, "counts")

    def misfit(shape: np.ndarray) -> np.ndarray:
        return fit_amounts(gold_components(energy, shape), mean[None])[0] - mean

    return least_squares(misfit, GOLD_START, bounds=GOLD_BOUNDS).x


def noise_to_noise(
    model: nn.Module, scans: np.ndarray, validation: np.ndarray, seed: int, steps: int = 2000
) -> Callable[[np.ndarray], np.ndarray]:
    """Train a denoiser to predict one scan from another, and keep the step that validates best.

    Lehtinen et al., ICML 2018, doi:10.48550/arXiv.1803.04189: the noise of the target averages out.
    """
    generator = torch.Generator().manual_seed(seed)
    scale, n = float(scans.mean()), len(scans)
    rows, held = (torch.tensor(part / scale).float() for part in (scans, validation))
    others = (held.sum(0) - held) / (len(held) - 1)
    optimizer = torch.optim.AdamW(model.parameters(), 2e-3)
    best, kept = np.inf, model.state_dict()
    for step in range(1, steps + 1):
        first = torch.randint(n, (16,), generator=generator)
        second = (first + torch.randint(1, n, (16,), generator=generator)) % n
        loss = nn.functional.mse_loss(model(rows[first]), rows[second])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step % 25 == 0:
            with torch.no_grad():
                now = nn.functional.mse_loss(model(held), others).item()
            if now < best:
                best, kept = now, deepcopy(model.state_dict())
    model.load_state_dict(kept)

    def denoise(noisy: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            return (model(torch.tensor(noisy / scale).float()) * scale).numpy()

    return denoise
