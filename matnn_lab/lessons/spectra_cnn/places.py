"""Where a pattern may be changed, to see what a network looks at: lines to cover, and room for new ones."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.signal import find_peaks

from matnn_lab.arrays import check_same_shape, generator, number_rows, real_numbers
from matnn_lab.lessons.spectra_cnn.runs import Patterns
from matnn_lab.text import gettext as _

HALF = 7  # points on either side that a place needs, 0.7°
LINE, EMPTY = 0.05, 0.03  # of the highest point
FOREIGN = 0.3  # height of a foreign line
COVERED = ("strongest line", "first line", "another line")
PUT_IN = ("before the first line", "behind it")


def places(patterns: Patterns, seed: int = 0) -> dict[str, NDArray[np.intp]]:
    """Choose one place of each kind in each pattern.

    Parameters
    ----------
    patterns : numpy.ndarray, shape (n, n_points)
        Ideal patterns, the highest point 1.
    seed : int
        Of the kinds that are drawn.

    Returns
    -------
    dict of numpy.ndarray of int, shape (n,)
        "strongest line"; "first line", the line of at least 5 % at the smallest angle; "another line", drawn
        from those of at least 5 % that are neither of the two; "before the first line" and "behind it", drawn
        from places with nothing above 3 % around. The number of a point, or -1 where there is none.

    Raises
    ------
    ValueError
        If the patterns are not finite numbers (n, n_points) at 15 points or more.
    """
    random, patterns = generator(seed), _read(patterns)
    found = {kind: np.full(len(patterns), -1) for kind in (*COVERED, *PUT_IN)}
    for row, pattern in enumerate(patterns):
        tops, _heights = find_peaks(pattern, height=LINE)
        strongest, first = int(pattern.argmax()), int(tops.min(initial=pattern.argmax()))
        near = np.minimum(np.abs(tops - strongest), np.abs(tops - first)) <= HALF
        around = np.lib.stride_tricks.sliding_window_view(pattern, 2 * HALF + 1).max(axis=1)
        empty = np.flatnonzero(around < EMPTY) + HALF
        found["strongest line"][row], found["first line"][row] = strongest, first
        for kind, candidates in (
            ("another line", tops[~near]),
            ("before the first line", empty[empty < first]),
            ("behind it", empty[empty > first]),
        ):
            if len(candidates):
                found[kind][row] = random.choice(candidates)
    return found


def covered(patterns: Patterns, centers: ArrayLike) -> Patterns:
    """Set the points within 0.7° of a center, one in each pattern, to the ground."""
    patterns = _read(patterns)
    away = np.abs(_away(patterns, centers))
    return np.where(away <= HALF, patterns.min(axis=1, keepdims=True), patterns)


def with_line(patterns: Patterns, centers: ArrayLike) -> Patterns:
    """Put a line of 0.3 of the highest point at a center, one in each pattern."""
    patterns = _read(patterns)
    away = _away(patterns, centers)
    return (patterns + FOREIGN * np.exp(-(away**2) / 2)).astype(np.float32)


def _read(patterns: ArrayLike) -> Patterns:
    """Return patterns (n, n_points) in single precision."""
    seen = number_rows(patterns, "patterns")
    if seen.shape[1] < 2 * HALF + 1:
        raise ValueError(
            _("Patterns of {n} points were given; give {least} or more.").format(
                n=seen.shape[1], least=2 * HALF + 1
            )
        )
    return seen.astype(np.float32)


def _away(patterns: Patterns, centers: ArrayLike) -> NDArray[np.float64]:
    """Return how many points each point of each pattern lies behind the center of its pattern."""
    places = real_numbers(centers, "centers (points)")
    check_same_shape((patterns[:, 0], places), "patterns and centers")
    return np.arange(patterns.shape[1]) - places[:, None]


def changed(patterns: Patterns, seed: int = 0) -> tuple[NDArray[np.bool_], dict[str, Patterns]]:
    """Cover lines, and put foreign ones in.

    Returns
    -------
    whole : numpy.ndarray of bool, shape (n,)
        Which patterns have all five kinds of places; only they can be compared.
    patterns : dict of numpy.ndarray
        The changed patterns for each kind of place.
    """
    where = places(patterns, seed)
    has_all = np.all([place >= 0 for place in where.values()], axis=0)
    covering = {kind: covered(patterns, where[kind]) for kind in COVERED}
    adding = {kind: with_line(patterns, where[kind]) for kind in PUT_IN}
    return has_all, covering | adding
