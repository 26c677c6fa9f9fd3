"""An autoencoder on measured Raman spectra, and its error as a detector of the unusual."""

from collections.abc import Callable
from functools import cache, partial

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.metrics import roc_auc_score

from matnn_lab.datasets import raman_glasses
from matnn_lab.datasets.raman import OXIDES
from matnn_lab.models.autoencoder import Autoencoder
from matnn_lab.training import fit

Array = NDArray[np.float64]
Rows = NDArray[np.int64]
WIDTHS = (1, 2)
WIDTH = 6
HIDDEN = (64,)
SEEDS = (0, 1, 2)
FEWEST = 15  # glasses that a chemical system needs to be held out as the unusual one
DETECTORS = ("autoencoder", "PCA", "distance to the mean", "distance to the nearest")
FAULTS = ("spike", "tilt", "shift")


@cache
def glasses() -> tuple[Array, NDArray[np.str_]]:
    """Load the spectra, shape (258, 850), and the chemical system of each glass."""
    table = raman_glasses()
    present = table[list(OXIDES)].to_numpy() > 0
    systems = np.array(["-".join(np.array(OXIDES)[row]) for row in present])
    return np.stack(table["spectrum"]), systems


def parts(rows: Rows, seed: int) -> tuple[Rows, Rows, Rows]:
    """Draw ordinary glasses for training, validation (a tenth) and test (a fifth)."""
    order = np.random.default_rng(seed).permutation(rows)
    test, held, train = np.split(order, [len(rows) // 5, 3 * len(rows) // 10])
    return train, held, test


def train_autoencoder(
    spectra: Array,
    train: Rows,
    held: Rows,
    width: int,
    seed: int,
    hidden: tuple[int, ...] = HIDDEN,
    patience: int = 60,
) -> tuple[Autoencoder, int]:
    """Train until the validation error has not fallen for ``patience`` passes; return it and the passes."""
    torch.manual_seed(seed)
    model = Autoencoder(spectra.shape[1], width, hidden)
    centered = torch.tensor(spectra - spectra[train].mean(axis=0), dtype=torch.float32)
    history = fit(
        model,
        (centered[train], centered[train]),
        (centered[held], centered[held]),
        epochs=1500,
        batch_size=32,
        patience=patience,
        seed=seed,
        progress=False,
    )
    return model, len(history)


def error_of_autoencoder(model: Autoencoder, spectra: Array, train: Rows, rows: Array) -> Array:
    """Give the root mean square error of each spectrum as it comes out of the autoencoder."""
    centered = torch.tensor(rows - spectra[train].mean(axis=0), dtype=torch.float32)
    with torch.no_grad():
        return (model(centered) - centered).square().mean(dim=1).sqrt().numpy().astype(float)


def error_of_pca(spectra: Array, width: int, train: Rows, rows: Array) -> Array:
    """Give the same error when the spectrum is rebuilt from its first principal components."""
    pca = PCA(width).fit(spectra[train])
    away = rows - pca.inverse_transform(pca.transform(rows))
    return np.sqrt(np.mean(away**2, axis=1))


def distance_to_mean(spectra: Array, train: Rows, rows: Array) -> Array:
    """Give the root mean square distance to the mean spectrum of the training set."""
    return np.sqrt(np.mean((rows - spectra[train].mean(axis=0)) ** 2, axis=1))


def distance_to_nearest(spectra: Array, train: Rows, rows: Array) -> Array:
    """Give the root mean square distance to the nearest training spectrum."""
    away = ((rows[:, None] - spectra[train]) ** 2).mean(axis=2)
    return np.sqrt(away.min(axis=1))


def auroc(ordinary: Array, unusual: Array) -> float:
    """Give the probability that an unusual spectrum has a larger score than an ordinary one."""
    truth = np.r_[np.zeros(len(ordinary)), np.ones(len(unusual))]
    return float(roc_auc_score(truth, np.r_[ordinary, unusual]))


def spoiled(rows: Array, fault: str, seed: int) -> Array:
    """Put a computed fault on measured spectra: a narrow spike, a tilted background, or a shifted axis."""
    rng = np.random.default_rng(seed)
    place = np.arange(rows.shape[1])
    if fault == "spike":
        at = rng.integers(20, rows.shape[1] - 20, len(rows))
        return rows + 0.3 * np.exp(-0.5 * ((place - at[:, None]) / 1.5) ** 2)
    if fault == "tilt":
        return rows + 0.1 * place / place[-1]
    return np.stack([np.interp(place - 15, place, row) for row in rows])


def held_out_systems() -> list[str]:
    """List the chemical systems with enough glasses to be held out."""
    _spectra, systems = glasses()
    names, counts = np.unique(systems, return_counts=True)
    return names[counts >= FEWEST].tolist()


def ranked(score: Callable[[Rows, Array], Array], system: str, seed: int) -> Array:
    """Give the AUROC of a detector for the glasses of a system left out, and for the computed faults.

    Parameters
    ----------
    score : callable
        From the training rows and spectra, shape (n, 850), to one number for each spectrum, larger where it
        is more unusual.
    system : str
        The chemical system that is left out.
    seed : int
        Draws the training and test glasses from the others.

    Returns
    -------
    numpy.ndarray, shape (4,)
        For the new system and for each of ``FAULTS``.
    """
    spectra, systems = glasses()
    train, _held, test = parts(np.flatnonzero(systems != system), seed)
    ordinary = score(train, spectra[test])
    asked = [spectra[systems == system]]
    asked += [spoiled(spectra[test], fault, seed) for fault in FAULTS]
    return np.array([auroc(ordinary, score(train, rows)) for rows in asked])


def detect(system: str, seed: int, width: int = WIDTH) -> dict[str, Array]:
    """Give the result of `ranked` for each of ``DETECTORS``."""
    spectra, systems = glasses()
    train, held, _test = parts(np.flatnonzero(systems != system), seed)
    model, _passes = train_autoencoder(spectra, train, held, width, seed)
    scores = {
        "autoencoder": partial(error_of_autoencoder, model, spectra),
        "PCA": partial(error_of_pca, spectra, width),
        "distance to the mean": partial(distance_to_mean, spectra),
        "distance to the nearest": partial(distance_to_nearest, spectra),
    }
    return {name: ranked(score, system, seed) for name, score in scores.items()}
