"""Networks that read powder patterns: how they are trained, and tables of runs that were made beforehand.

``scripts/train_spectra.py`` makes the tables; the notebook repeats some of their rows.
"""

from collections.abc import Callable, Collection
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import torch
from numpy.typing import ArrayLike, NDArray
from scipy.ndimage import grey_opening, uniform_filter1d
from torch.nn.functional import cross_entropy

from matnn_lab.arrays import check_counts, check_varied, generator, number_rows
from matnn_lab.lessons.spectra_cnn.powders import SYSTEMS
from matnn_lab.models.spectrum import SpectrumCNN
from matnn_lab.representations.spectra import (
    DISTORTIONS,
    GRID,
    Reflections,
    draw_measurement,
    powder_patterns,
)
from matnn_lab.text import gettext as _

FILE = Path(__file__).with_name("runs.csv")
CURVES = Path(__file__).with_name("curves.csv")
MEASURED = Path(__file__).with_name("measured.csv")
LEFT_OUT = Path(__file__).with_name("left_out.csv")
LOOKED = Path(__file__).with_name("looked.csv")
MIXTURES = Path(__file__).with_name("mixtures.csv")
EPOCHS = 64
GROUND_POINTS = 41  # 4°, wider than a group of lines
Patterns = NDArray[np.float32]


def realistic(
    reflections: Reflections, seed: int, distortions: Collection[str] = DISTORTIONS
) -> Patterns:
    """Simulate each crystal as an ordinary laboratory might measure it, with its own faults."""
    random = generator(seed)
    measurement = draw_measurement(reflections.n_crystals, random, distortions)
    return powder_patterns(reflections, measurement, random)


def without_ground(patterns: ArrayLike) -> Patterns:
    """Take off a smooth background and the noise on it, and scale the highest point to 1.

    The ground is the morphological opening over 4°, which keeps what is wider than a line, smoothed. It runs
    along the lowest points, about two standard deviations of the noise below its mean, so four of them are
    taken off as well: what is left stands out of the noise by two. The noise is estimated from the median
    difference of neighboring points.

    Raises
    ------
    ValueError
        If the patterns are not finite numbers (n, n_points), or no line of one stands out of its ground.
    """
    seen = number_rows(patterns, "patterns").astype(np.float32)
    ground = uniform_filter1d(grey_opening(seen, (1, GROUND_POINTS)), GROUND_POINTS, axis=1)
    noise = np.median(np.abs(np.diff(seen, axis=1)), axis=1, keepdims=True) / (0.6745 * 2**0.5)
    left = np.maximum(seen - ground - 4 * noise, 0)
    highest = left.max(axis=1, keepdims=True)
    if seen.shape[1] < 2 or not highest.all():
        raise ValueError(
            _(
                "No line of pattern {row}, counted from 0, stands out of its ground; leave it out."
            ).format(row=int(highest.argmin()))
        )
    return left / highest


def prepare(patterns: ArrayLike) -> torch.Tensor:
    """Return the root of the intensities, which lifts weak lines and evens out counting noise."""
    roots = np.sqrt(number_rows(patterns, "patterns", least=0))
    return torch.as_tensor(roots, dtype=torch.float32)


def train(
    draw: Callable[[int], Patterns],
    targets: ArrayLike,
    watched: tuple[Patterns, ArrayLike],
    *,
    epochs: int = EPOCHS,
    seed: int = 0,
    head: Literal["place", "mean"] = "place",
) -> tuple[SpectrumCNN, NDArray[np.float64]]:
    """Train a network to name crystal systems, on patterns that may be drawn anew in each epoch.

    Parameters
    ----------
    draw : callable
        Gives the training patterns, shape (n, n_points), of an epoch, counted from 0.
    targets : array_like of int, shape (n,)
        Classes.
    watched : pair of arrays
        Validation patterns and their classes; they choose nothing here.
    epochs, seed
        As in `train_on`.
    head : {"place", "mean"}
        As in `SpectrumCNN`.

    Returns
    -------
    model, curve
        As in `train_on`.
    """
    torch.manual_seed(seed)
    model = SpectrumCNN(len(GRID), len(SYSTEMS), head=head)
    curve = train_on(model, lambda epoch: (draw(epoch), targets), watched, epochs=epochs)
    return model, curve


def train_on(
    model: SpectrumCNN,
    draw: Callable[[int], tuple[Patterns, ArrayLike]],
    watched: tuple[Patterns, ArrayLike],
    *,
    epochs: int = EPOCHS,
    learning_rate: float = 3e-3,
) -> NDArray[np.float64]:
    """Train a network on patterns and targets that may be drawn anew in each epoch.

    Parameters
    ----------
    model : SpectrumCNN
        Is trained, and left in evaluation mode.
    draw : callable
        Gives the training patterns, shape (n, n_points), and their targets of an epoch, counted from 0:
        classes, shape (n,), or shares, shape (n, n_outputs), which add up to 1.
    watched : pair of arrays
        Validation patterns and their targets; they choose nothing here.
    epochs, learning_rate
        AdamW with a warm-up and a cosine. The order of the patterns comes from torch's generator, so
        whoever wants the same training again seeds it first.

    Returns
    -------
    curve : array, shape (epochs, 3)
        After each epoch the loss in training, the loss on the watched patterns, and how often the largest
        score there is that of the class (or of the largest share).
    """
    true = torch.as_tensor(np.asarray(watched[1]))
    largest = true if true.ndim == 1 else true.argmax(dim=1)
    optimizer = torch.optim.AdamW(model.parameters(), learning_rate, weight_decay=0.01)
    schedule, curve = None, []
    for epoch in range(epochs):
        patterns, given = draw(epoch)
        inputs, targets, total = prepare(patterns), torch.as_tensor(np.asarray(given)), 0.0
        if schedule is None:
            steps = epochs * -(-len(targets) // 64)
            schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, learning_rate, steps)
        model.train()
        for rows in torch.randperm(len(targets)).split(64):
            loss = cross_entropy(model(inputs[rows]), targets[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item() * len(rows)
        scores = predict(model, watched[0])
        right = (scores.argmax(dim=1) == largest).float().mean().item()
        curve.append((total / len(targets), cross_entropy(scores, true).item(), right))
    return np.array(curve)


def predict(model: SpectrumCNN, patterns: ArrayLike) -> torch.Tensor:
    """Return the scores of the classes, shape (n, n_classes), and leave the model in evaluation mode."""
    model.eval()
    with torch.no_grad():
        return torch.cat([model(part) for part in prepare(patterns).split(256)])


def best_match(patterns: ArrayLike, library: ArrayLike, shifts: int = 0) -> NDArray[np.intp]:
    """Return for each pattern the row of the library that `search_and_match` finds."""
    return search_and_match(patterns, library, shifts)[0]


def search_and_match(
    patterns: ArrayLike, library: ArrayLike, shifts: int = 0
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Find for each pattern the most similar one of a library.

    Parameters
    ----------
    patterns, library : array_like, shapes (n, n_points) and (m, n_points)
    shifts : int
        Points up to which a pattern may be moved either way; the best counts. What is moved beyond an end is
        left out, and so is the end of the library that nothing is moved to.

    Returns
    -------
    row : numpy.ndarray of int, shape (n,)
        Of the library.
    similarity : numpy.ndarray, shape (n,)
        1 for equal patterns.

    Raises
    ------
    ValueError
        If patterns and library are not numbers of at least 0 at as many points, one has one value
        everywhere, or there are as many shifts as points.

    Notes
    -----
    The similarity is the cosine of the roots of the intensities, whose minimum is taken off.
    """
    check_counts(least=0, shifts=shifts)
    known = number_rows(library, "patterns of the library", least=0)
    seen = number_rows(patterns, "patterns", known.shape[1], least=0)
    if not len(known):
        raise ValueError(_("The library is empty; give at least one pattern."))
    if shifts >= known.shape[1]:
        raise ValueError(
            _(
                "Shifts by {shifts} points were asked for in patterns of {points}; give fewer than points."
            ).format(shifts=shifts, points=known.shape[1])
        )
    check_varied(known, "patterns of the library")
    check_varied(seen, "patterns")
    known, seen = _unit(known), _unit(seen)
    best = np.full(len(seen), -1.0)
    row = np.zeros(len(seen), dtype=np.intp)
    for shift in range(-shifts, shifts + 1):
        similar = _cosines(seen, known, shift)
        better = similar.max(axis=1) > best
        row[better] = similar[better].argmax(axis=1)
        best = np.maximum(best, similar.max(axis=1))
    return row, best


def _cosines(seen: Patterns, known: Patterns, shift: int) -> Patterns:
    """Return the cosines, shape (n, m), of patterns of length 1 where both are when the seen are moved."""
    if not shift:
        return seen @ known.T
    n = seen.shape[1] - abs(shift)
    first, second = max(-shift, 0), max(shift, 0)
    seen, known = seen[:, first : first + n], known[:, second : second + n]
    lengths = np.outer(np.linalg.norm(seen, axis=1), np.linalg.norm(known, axis=1))
    return (seen @ known.T / np.maximum(lengths, 1e-6)).astype(np.float32)


def _unit(patterns: NDArray) -> Patterns:
    root = np.sqrt(patterns.astype(np.float32))
    root -= root.min(axis=1, keepdims=True)
    return root / np.linalg.norm(root, axis=1, keepdims=True)


def stored_runs() -> pd.DataFrame:
    """Load the table of runs: one row a method, a split, a seed and a kind of test pattern."""
    return pd.read_csv(FILE)


def stored_curves() -> pd.DataFrame:
    """Load how the networks of the table fared on validation patterns, at 128 epochs of each at most."""
    return pd.read_csv(CURVES)


def stored_measured() -> pd.DataFrame:
    """Load what the networks of the table say of the measured powders and of their computed twins.

    Each row has the probabilities of the systems, in the mean over its patterns, their number ``n``, and how
    many of them the network named rightly.
    """
    return pd.read_csv(MEASURED)


def stored_left_out() -> pd.DataFrame:
    """Load how methods that know ideal patterns fared with all distortions but one."""
    return pd.read_csv(LEFT_OUT)


def stored_looked() -> pd.DataFrame:
    """Load which share of the right answers is lost when a line is covered or a foreign one put in."""
    return pd.read_csv(LOOKED)


def stored_mixtures() -> pd.DataFrame:
    """Load how well shares in mixtures were found: one row a method, a kind of pattern and a seed."""
    return pd.read_csv(MIXTURES)
