"""How the longer trainings of this lesson are made, and what ``scripts/train_signals.py`` stored of them."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from sklearn.model_selection import GroupKFold, KFold
from torch import nn

from matnn_lab.datasets.barkhausen import return_point_cycles
from matnn_lab.datasets.raman import OXIDES, raman_glasses
from matnn_lab.models.sequence import SequenceModel

LENGTH, PATCH = 256, 8
CYCLE = 32
ONE_PERIOD, THREE_PERIODS = (CYCLE,), (24, 32, 40)
ATTENTION: dict[str, Any] = {"mixing": ("attention",) * 2, "width": 32, "hidden": 128}
MODELS: dict[str, dict[str, Any]] = {
    "local CNN": {"mixing": (1, 1, 1), "width": 32, "hidden": 96},
    "dilated CNN": {"mixing": (1, 2, 4, 8), "width": 32, "hidden": 64},
    "Transformer": ATTENTION,
    "Transformer, own period": ATTENTION | {"positions": "own period"},
}


TASKS = {"one period": ONE_PERIOD, "three periods": THREE_PERIODS}
TRAINED = {
    "one period": ("local CNN", "dilated CNN", "Transformer"),
    "three periods": ("dilated CNN", "Transformer", "Transformer, own period"),
}
KEPT = (("Transformer", "one period"), ("Transformer, own period", "three periods"))
SPLITS = ("random glasses", "whole systems")


def specimens(n: int, periods: tuple[int, ...], seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Draw computed specimens with return-point memory, an equal share for each period: clean, measured."""
    share = -(-n // len(periods))
    rng = np.random.default_rng(seed)
    pairs = [return_point_cycles(share, period=p, n_times=LENGTH, seed=rng) for p in periods]
    clean, measured = (np.concatenate(parts) for parts in zip(*pairs, strict=True))
    order = rng.permutation(len(clean))[:n]
    return torch.tensor(clean[order]).float(), torch.tensor(measured[order]).float()


def hide(n: int, seed: int | torch.Generator, n_hidden: int = CYCLE // PATCH) -> torch.Tensor:
    """Choose a stretch of patches to hide in each of n signals, shape (n, n_patches)."""
    generator = torch.Generator().manual_seed(seed) if isinstance(seed, int) else seed
    start = torch.randint(0, LENGTH // PATCH - n_hidden + 1, (n, 1), generator=generator)
    place = torch.arange(LENGTH // PATCH)
    return (place >= start) & (place < start + n_hidden)


def error(restored: torch.Tensor, clean: torch.Tensor, hidden: torch.Tensor) -> float:
    """Root mean square error where the signal was hidden, in standard deviations of the clean signal."""
    at = hidden.repeat_interleave(PATCH, dim=1)
    return (restored - clean)[at].square().mean().sqrt().item()


def train_to_restore(
    name: str,
    periods: tuple[int, ...],
    seed: int,
    steps: int = 1500,
) -> tuple[SequenceModel, list[float]]:
    """Train one of `MODELS` to restore a hidden stretch of 32 values, the same way for all.

    Returns the network, and its error on validation specimens every 250 steps.
    """
    torch.manual_seed(seed)
    model = SequenceModel(LENGTH, PATCH, **MODELS[name])
    clean, _measured = specimens(8000, periods, seed=1000 + seed)
    held, noisy = specimens(512, periods, seed=2000)
    hidden = hide(len(held), seed=3000)
    optimizer = torch.optim.AdamW(model.parameters(), 3e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 3e-3, total_steps=steps)
    generator, validation = torch.Generator().manual_seed(seed), []
    for step in range(1, steps + 1):
        chosen = clean[torch.randint(len(clean), (16,), generator=generator)]
        mask = hide(16, generator)
        at = mask.repeat_interleave(PATCH, dim=1)
        measured = chosen + 0.7 * torch.randn(chosen.shape, generator=generator)
        loss = nn.functional.mse_loss(model(measured, mask)[at], chosen[at])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        if step % 250 == 0:
            with torch.no_grad():
                validation.append(error(model(noisy, hidden), held, hidden))
    return model.eval(), validation


def glasses() -> tuple[torch.Tensor, torch.Tensor, np.ndarray]:
    """Give the Raman spectra, NBO/T and the chemical system of each glass, such as "SiO2-Al2O3-Na2O"."""
    table = raman_glasses()
    oxides = table[list(OXIDES)].to_numpy()
    silica, alumina, modifiers = oxides[:, 0], oxides[:, 1], oxides[:, 2:].sum(axis=1)
    nbo_per_t = 2 * (modifiers - alumina) / (silica + 2 * alumina)
    names = np.array(OXIDES)
    systems = np.array(["-".join(names[row > 0.005]) for row in oxides])
    spectra = torch.tensor(np.stack(table["spectrum"])).float()
    return spectra, torch.tensor(nbo_per_t).float(), systems


def folds(split: str) -> list[tuple[np.ndarray, np.ndarray]]:
    """Give five folds of the glasses, at random or with whole chemical systems in each: train, test."""
    spectra, _targets, systems = glasses()
    if split == "random glasses":
        return list(KFold(5, shuffle=True, random_state=0).split(spectra))
    return list(GroupKFold(5).split(spectra, groups=systems))


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


def raman_transformer() -> SequenceModel:
    """A Transformer of about as many weights on 17 patches of the same spectra."""
    return SequenceModel(850, 50, ("attention",) * 2, width=32, hidden=96, n_outputs=1, dropout=0.1)


RAMAN_MODELS: dict[str, Callable[[], nn.Module]] = {
    "CNN": raman_cnn,
    "Transformer": raman_transformer,
}


def fit_spectra(
    model: nn.Module, spectra: torch.Tensor, targets: torch.Tensor, seed: int, epochs: int = 60
) -> Callable[[torch.Tensor], np.ndarray]:
    """Train on some spectra, the same way for all networks, and return the prediction as a function."""
    generator = torch.Generator().manual_seed(seed)
    mean, std = targets.mean(), targets.std()
    steps = epochs * -(-len(spectra) // 16)
    optimizer = torch.optim.AdamW(model.parameters(), 2e-3, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 3e-3, total_steps=steps)
    model.train()
    for _epoch in range(epochs):
        for rows in torch.randperm(len(spectra), generator=generator).split(16):
            loss = nn.functional.mse_loss(model(spectra[rows]), (targets[rows] - mean) / std)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    model.eval()

    def predict(others: torch.Tensor) -> np.ndarray:
        with torch.no_grad():
            return (model(others) * std + mean).numpy()

    return predict
