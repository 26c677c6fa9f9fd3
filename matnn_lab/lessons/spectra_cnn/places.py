"""Where a foreign line may be put into a pattern: at an absence, at a weak line, or where no line may be."""

import numpy as np
from numpy.typing import NDArray

from matnn_lab.lessons.spectra_cnn.runs import Patterns
from matnn_lab.representations.spectra import GRID, Reflections

HALF = 7  # points on either side that a place needs, 0.7°
ABSENT, WEAK = 1e-6, 1.0  # percent of the strongest line


def places(
    reflections: Reflections, patterns: Patterns, seed: int = 0
) -> dict[str, NDArray[np.intp]]:
    """Draw one place of each kind for each crystal, all of them where the pattern is empty around.

    Parameters
    ----------
    reflections : Reflections
        Of n crystals.
    patterns : numpy.ndarray, shape (n, 701)
        Their ideal patterns, the highest point 1.

    Returns
    -------
    dict of numpy.ndarray of int, shape (n,)
        "absence": a reflection that Bragg's law allows and whose structure factor is zero; "weak line": one
        of less than 1 % of the strongest; "no reflection": none of the crystal lies near. The number of a
        point of the grid, or -1 where a crystal has no such place.
    """
    random = np.random.default_rng(seed)
    step = GRID[1] - GRID[0]
    found = {kind: np.full(len(patterns), -1) for kind in ("absence", "weak line", "no reflection")}
    for row, pattern in enumerate(patterns):
        lines = reflections.lines(row)
        angle, height = lines["two_theta_deg"].to_numpy(), lines["intensity"].to_numpy()
        place = np.round((angle - GRID[0]) / step).astype(int)
        inside = (place >= HALF) & (place < len(GRID) - HALF)
        place, height = place[inside], height[inside]
        taken = np.zeros(len(GRID), dtype=bool)
        near = np.arange(-HALF, HALF + 1)
        taken[(place[:, None] + near).ravel()] = True
        taken[:HALF] = taken[-HALF:] = True
        highest = np.array([pattern[at - HALF : at + HALF + 1].max() for at in place])
        empty = highest < 0.03
        for kind, candidates in (
            ("absence", place[empty & (height < ABSENT)]),
            ("weak line", place[empty & (height > 1e-3) & (height < WEAK)]),
            ("no reflection", np.flatnonzero(~taken)),
        ):
            if len(candidates):
                found[kind][row] = random.choice(candidates)
    return found
