"""Notebook 09, amounts in a mixture: computed patterns of three of ten known minerals, and least squares."""

from collections.abc import Collection
from dataclasses import replace
from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from matnn_lab.arrays import (
    check_counts,
    check_same_shape,
    generator,
    number_rows,
    real_number,
    real_numbers,
)
from matnn_lab.datasets import mineral_structures, minerals
from matnn_lab.lessons.spectra_cnn.runs import Patterns
from matnn_lab.representations.spectra import (
    DISTORTIONS,
    GRID,
    Measurement,
    Reflections,
    draw_measurement,
    line_profiles,
    observe,
)
from matnn_lab.text import gettext as _

Shares = NDArray[np.float64]

PHASES = (
    "Quartz", "Calcite", "Aragonite", "Dolomite", "Gypsum",
    "Hematite", "Goethite", "Corundum", "Rutile", "Anatase",
)  # fmt: skip
N_PRESENT = 3
SHIFTS_DEG = tuple(np.linspace(-0.2, 0.2, 9))
WIDTHS_DEG = (0.12, 0.18, 0.25, 0.35)


@cache
def phases() -> Reflections:
    """Compute the reflections of the ten minerals, each from its first entry in the database."""
    table = minerals().drop_duplicates("mineral").set_index("mineral")
    ids = table.loc[list(PHASES), "amcsd_id"].tolist()
    return Reflections.from_structures(mineral_structures(ids))


def mixtures(
    n: int, seed: int, distortions: Collection[str] = DISTORTIONS
) -> tuple[Patterns, Shares]:
    """Simulate powders in which three of the ten minerals are mixed, every mixture of shares equally likely.

    Instrument, background and counts belong to the powder; texture and graininess are drawn for each mineral
    in it. Absorption is left out, so that intensities add up by volume.

    Parameters
    ----------
    n, seed : int
    distortions : collection of str
        As in `draw_measurement`.

    Returns
    -------
    patterns : numpy.ndarray, shape (n, 701)
        Highest point 1.
    shares : numpy.ndarray, shape (n, 10)
        Shares of the volume, which add up to 1.
    """
    check_counts(n=n)
    random = generator(seed, 21)
    present = random.random((n, len(PHASES))).argsort(axis=1)[:, :N_PRESENT]
    shares = np.zeros((n, len(PHASES)))
    np.put_along_axis(shares, present, random.dirichlet(np.ones(N_PRESENT), n), axis=1)
    powder = draw_measurement(n, random, distortions)
    grains = draw_measurement(n * N_PRESENT, random, distortions)
    each = replace(
        powder[np.repeat(np.arange(n), N_PRESENT)],
        march=grains.march, axis=grains.axis, graininess=grains.graininess,
    )  # fmt: skip
    profiles = line_profiles(phases()[present.ravel()], each, random)
    weights = np.take_along_axis(shares, present, axis=1)[:, :, None]
    total = (profiles.reshape(n, N_PRESENT, -1) * weights).sum(axis=1)
    return observe(total, powder, random), shares


@cache
def library(shift_deg: float = 0.0, fwhm_deg: float = 0.15, k_alpha_2: float = 0.0) -> Shares:
    """Draw the patterns of the ten minerals for equal volumes, shape (701, 10), the highest point 1."""
    n = len(PHASES)
    how = replace(
        Measurement.ideal(n, fwhm_deg),
        zero_shift_deg=np.full(n, shift_deg), k_alpha_2=np.full(n, k_alpha_2),
    )  # fmt: skip
    profiles = line_profiles(phases(), how, np.random.default_rng(0)).T
    return profiles / profiles.max()


def background() -> Shares:
    """Return five smooth curves of which least squares may add as much as it likes, shape (701, 5)."""
    falling = [np.exp(-(GRID - 10) / decay) for decay in (8.0, 15.0, 30.0)]
    return np.column_stack([np.ones(len(GRID)), *falling, np.exp(-(((GRID - 22) / 7) ** 2))])


def by_least_squares(
    patterns: ArrayLike, shifts_deg: Collection[float] = (0.0,),
    widths_deg: Collection[float] = (0.15,), k_alpha_2: float = 0.0,
) -> Shares:  # fmt: skip
    """Find shares by non-negative least squares on the library and a smooth background.

    Parameters
    ----------
    patterns : array_like, shape (n, 701)
        In any unit.
    shifts_deg, widths_deg : collection of float
        Where and how wide the lines of the library may be; for each pattern the pair of least misfit counts.
    k_alpha_2 : float
        Relative intensity of Kα₂ in the library.

    Returns
    -------
    numpy.ndarray, shape (n, 10)
        Adding up to 1; all 0 where none of the minerals was found.

    Raises
    ------
    ValueError
        If the patterns are not finite numbers (n, 701), or there is no shift or width.

    Notes
    -----
    Each point is weighed by 1/√intensity, as for counts.
    """
    from scipy.optimize import nnls

    patterns = number_rows(patterns, "patterns", len(GRID))
    shifts = np.atleast_1d(real_numbers(shifts_deg, "shifts (°)"))
    widths = np.atleast_1d(real_numbers(widths_deg, "widths (°)", above=0))
    if not shifts.size or not widths.size:
        raise ValueError(_("No shift or no width was given; give at least one of each."))
    k_alpha_2 = real_number(k_alpha_2, "relative intensities of Kα₂", least=0)
    # patterns of counts are weighed as those whose highest point is 1
    patterns = patterns / np.maximum(patterns.max(axis=1, keepdims=True), 1e-300)
    weight = 1 / np.sqrt(np.maximum(patterns, 1e-3))
    least = np.full(len(patterns), np.inf)
    amounts = np.zeros((len(patterns), len(PHASES)))
    for shift in shifts.tolist():
        for width in widths.tolist():
            known = np.hstack([library(shift, width, k_alpha_2), background()])
            for row, (pattern, each) in enumerate(zip(patterns, weight, strict=True)):
                found, misfit = nnls(known * each[:, None], pattern * each)
                if misfit < least[row]:
                    least[row], amounts[row] = misfit, found[: len(PHASES)]
    return amounts / np.maximum(amounts.sum(axis=1, keepdims=True), 1e-300)


def named_rightly(found: ArrayLike, shares: ArrayLike) -> float:
    """Return how often the three largest shares that were found belong to the three minerals present."""
    found, shares = number_rows(found, "shares found"), number_rows(shares, "true shares")
    check_same_shape((found, shares), "shares found and true")
    guessed = np.argsort(found, axis=1)[:, -N_PRESENT:]
    return float((np.take_along_axis(shares, guessed, axis=1) > 0).all(axis=1).mean())
