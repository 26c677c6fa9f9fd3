"""How the longer trainings of this lesson are made, and what ``scripts/train_signals.py`` stored of them."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import nn

from matnn_lab.datasets.barkhausen import return_point_cycles
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
    steps: int = 2500,
    watch: Callable[[int, float], None] | None = None,
) -> SequenceModel:
    """Train one of `MODELS` to restore a hidden stretch of 32 values, the same way for all."""
    torch.manual_seed(seed)
    model = SequenceModel(LENGTH, PATCH, **MODELS[name])
    clean, _measured = specimens(8000, periods, seed=1000 + seed)
    held, noisy = specimens(512, periods, seed=2000)
    hidden = hide(len(held), seed=3000)
    optimizer = torch.optim.AdamW(model.parameters(), 3e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 3e-3, total_steps=steps)
    generator = torch.Generator().manual_seed(seed)
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
        if watch and step % 250 == 0:
            with torch.no_grad():
                watch(step, error(model(noisy, hidden), held, hidden))
    return model.eval()


def raman_cnn() -> nn.Sequential:
    """A small CNN for spectra of 850 points, as the notebook writes it out."""
    layers: list[nn.Module] = [nn.Unflatten(1, (1, -1))]
    before = 1
    for after in (16, 32, 32):
        layers += [nn.Conv1d(before, after, 9, stride=2, padding=4), nn.BatchNorm1d(after)]
        layers += [nn.ReLU(), nn.AvgPool1d(2)]
        before = after
    layers += [nn.Flatten(), nn.Dropout(0.2), nn.Linear(32 * 13, 64), nn.ReLU(), nn.Linear(64, 1)]
    return nn.Sequential(*layers, nn.Flatten(0))


def raman_transformer() -> SequenceModel:
    """A Transformer of about as many weights on 34 patches of the same spectra."""
    return SequenceModel(
        850, 25, ("attention",) * 2, width=40, hidden=160, n_outputs=1, dropout=0.1
    )


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
