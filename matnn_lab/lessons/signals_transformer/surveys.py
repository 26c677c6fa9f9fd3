"""Computed photoemission surveys of several elements, and the networks that name the elements."""

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import torch
from scipy.optimize import nnls
from torch import nn

from matnn_lab.arrays import (
    check_counts,
    check_same_shape,
    check_varied,
    generator,
    marks,
    number_rows,
)
from matnn_lab.datasets.photoemission import photoemission
from matnn_lab.lessons.signals_transformer.steps import one_cycle, with_hidden_layer
from matnn_lab.models.inputs import check_choice
from matnn_lab.models.sequence import SequenceModel
from matnn_lab.text import gettext as _

ELEMENTS = (
    *("C", "N", "O", "F", "Na", "Mg", "Al", "Si", "P", "S", "Cl", "K", "Ca", "Ti", "V", "Cr"),
    *("Mn", "Fe", "Co", "Ni", "Cu", "Zn", "Zr", "Mo", "Ag", "Sn", "Ba", "W", "Pt", "Au"),
)
ENERGY_EV = np.arange(0.0, 1200.0)
LARGEST_SHIFT_EV = 10
STEPS = (2000, 8000, 32_000)
THRESHOLDS = (0.005, 0.01, 0.02, 0.03, 0.05, 0.08)


@cache
def templates() -> np.ndarray:
    """Compute each element alone, with its background, from −10 to 1209 eV in steps of 1 eV."""
    low, high = -LARGEST_SHIFT_EV, len(ENERGY_EV) + LARGEST_SHIFT_EV
    energy = np.arange(low, high, 1.0)
    alone = [photoemission(energy, {e: 1.0}, width_ev=2.0, step_per_ev=0.005) for e in ELEMENTS]
    return np.array(alone)


def draw(
    n: int, seed: int | np.random.Generator, shift_ev: int = LARGEST_SHIFT_EV
) -> tuple[np.ndarray, np.ndarray]:
    """Draw computed surveys of two to five elements.

    Each element has a share of at least a tenth; the sample is charged by up to ``shift_ev``, in whole
    electronvolts; the highest point has 200 to 5000 counts, with the noise of counting.

    Returns
    -------
    counts : numpy.ndarray, shape (n, 1200)
    present : numpy.ndarray of bool, shape (n, 30)
    """
    check_counts(n=n)
    check_counts(least=0, shift_ev=shift_ev)
    if shift_ev > LARGEST_SHIFT_EV:
        raise ValueError(
            _("Shifts of {shift} eV were asked for; give at most {most}.").format(
                shift=shift_ev, most=LARGEST_SHIFT_EV
            )
        )
    rng = generator(seed)
    order = rng.random((n, len(ELEMENTS))).argsort(axis=1)
    present = order < rng.integers(2, 6, size=(n, 1))
    shares = present * (0.1 + rng.exponential(size=present.shape))
    shares /= shares.sum(axis=1, keepdims=True)
    clean = shares @ templates()
    start = LARGEST_SHIFT_EV - rng.integers(-shift_ev, shift_ev + 1, size=(n, 1))
    clean = np.take_along_axis(clean, start + np.arange(len(ENERGY_EV)), axis=1)
    height = np.exp(rng.uniform(np.log(200), np.log(5000), size=(n, 1)))
    return rng.poisson(height * clean / clean.max(axis=1, keepdims=True)), present


def prepare(counts: np.ndarray) -> torch.Tensor:
    """Take the root, which evens out the noise of counting, and scale the highest point to 1.

    Raises
    ------
    ValueError
        If the counts are not finite numbers (n, n_points) of at least 0, or all the same in one survey.
    """
    counts = number_rows(counts, "counts", least=0)
    check_varied(counts, "surveys")
    return torch.tensor(np.sqrt(counts / counts.max(axis=1, keepdims=True))).float()


def cnn(channels: tuple[int, ...], *, pooled: bool) -> nn.Sequential:
    """A small CNN; before its dense layers it keeps the places, or only the largest value of each channel."""
    layers: list[nn.Module] = [nn.Unflatten(1, (1, -1))]
    before, places = 1, len(ENERGY_EV)
    for after in channels:
        layers += [nn.Conv1d(before, after, 9, stride=2, padding=4), nn.BatchNorm1d(after)]
        layers += [nn.ReLU(), nn.MaxPool1d(2)]
        before, places = after, places // 4
    layers += [nn.AdaptiveMaxPool1d(1 if pooled else places), nn.Flatten()]
    wide = before * (1 if pooled else places)
    return nn.Sequential(*layers, nn.Linear(wide, 64), nn.ReLU(), nn.Linear(64, len(ELEMENTS)))


def on_patches(mixing: tuple[str | int, ...], **size: Any) -> SequenceModel:
    """A network of about as many weights on 60 patches of 20 eV."""
    return SequenceModel(len(ENERGY_EV), 20, mixing, n_outputs=len(ELEMENTS), **size)


MODELS: dict[str, Callable[[], nn.Module]] = {
    "CNN, largest of each channel": lambda: cnn((24, 48, 64), pooled=True),
    "CNN, all places": lambda: cnn((16, 32, 32), pooled=False),
    "Transformer, mean token": lambda: on_patches(("attention",) * 2, width=48, hidden=96),
    "Transformer, all tokens": lambda: on_patches(
        ("attention",) * 2, width=32, hidden=64, per_token=8
    ),
    "convolutions on patches, all tokens": lambda: on_patches(
        (1, 1, 1), width=32, hidden=40, per_token=8
    ),
}

# what else differs between the heads of the two Transformers: without the longest training
CONTROLS: dict[str, Callable[[], nn.Module]] = {
    "Transformer, hidden layer behind the mean": lambda: with_hidden_layer(
        MODELS["Transformer, mean token"]()
    ),
}


def train(name: str, seed: int, steps: int) -> tuple[nn.Module, np.ndarray]:
    """Train on surveys drawn anew at each step; return the network and its F1 every tenth of the way."""
    known = MODELS | CONTROLS
    check_choice(network=name, known=known)
    check_counts(least=10, steps=steps)
    torch.manual_seed(seed)
    model, rng = known[name](), np.random.default_rng(1000 + seed)
    held, there = draw(500, seed=2000)
    descend = one_cycle(model, 3e-3, steps)
    curve = []
    for step in range(1, steps + 1):
        counts, present = draw(32, rng)
        model.train()
        loss = nn.functional.binary_cross_entropy_with_logits(
            model(prepare(counts)), torch.tensor(present).float()
        )
        descend(loss)
        if step % (steps // 10) == 0:
            curve.append(f1(probabilities(model, held) > 0.5, there))
    return model.eval(), np.array(curve)


def probabilities(model: nn.Module, counts: np.ndarray) -> np.ndarray:
    """Give the probability of each element in each survey, shape (n, 30)."""
    model.eval()
    with torch.no_grad():
        return torch.sigmoid(model(prepare(counts))).numpy()


def f1(found: np.ndarray, present: np.ndarray) -> float:
    """F1 over all elements of all surveys: 2 · hits/(named + present); 1 where nothing is and was named.

    Raises
    ------
    ValueError
        If they are not booleans of one shape, as probabilities are not.
    """
    found, present = marks(found, "elements that were named"), marks(present, "elements present")
    check_same_shape((found, present), "elements named and present")
    if not (found.any() or present.any()):
        return 1.0
    return float(2 * (found & present).sum() / (found.sum() + present.sum()))


def fit_templates(counts: np.ndarray) -> np.ndarray:
    """Fit amounts of at least zero at each whole shift, keep the best one: shares, shape (n, 30).

    Points are weighted by one over the root of the counts, as counting noise asks. Errors are those of
    `prepare`, with the 1200 energies of `ENERGY_EV`.
    """
    counts = number_rows(counts, "counts", len(ENERGY_EV), least=0)
    check_varied(counts, "surveys")
    shares = np.empty((len(counts), len(ELEMENTS)))
    known = templates()
    for row, survey in enumerate(counts):
        weight = 1 / np.sqrt(survey + 1)
        fits = []
        for shift in range(-LARGEST_SHIFT_EV, LARGEST_SHIFT_EV + 1):
            start = LARGEST_SHIFT_EV - shift
            columns = (known[:, start : start + len(ENERGY_EV)] * weight).T
            fits.append(nnls(columns, survey * weight))
        amounts, _misfit = min(fits, key=lambda fit: fit[1])
        shares[row] = amounts / amounts.sum()
    return shares
