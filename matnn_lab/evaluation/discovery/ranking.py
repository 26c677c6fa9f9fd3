"""Would the model have found the good materials? Scores of a ranked list that is tried from the top.

A *hit* is a material that one looks for; *scores* order the materials, the highest is tried first. Where
scores are equal the order is a matter of luck, and the expected number is returned: a model that says the
same of all materials is worth as much as a random choice.
"""

from collections.abc import Sequence

import numpy as np

from matnn_lab.text import gettext as _


def discovery_curve(hits: Sequence[bool], scores: Sequence[float]) -> np.ndarray:
    """Return how many hits are among the first 0, 1, 2, … n materials of the ranked list.

    Parameters
    ----------
    hits : array_like of bool, shape (n,)
        Which materials are what one looks for, such as ``energy_above_hull <= 0``.
    scores : array_like of float, shape (n,)
        Highest first; give the negative of an energy that should be low.

    Returns
    -------
    numpy.ndarray, shape (n + 1,)
        Expected number of hits for each budget.

    Raises
    ------
    TypeError
        If the hits are not true or false.
    ValueError
        If shapes differ, a score is NaN, or there is no hit.
    """
    hits, scores = _checked(hits, scores)
    _values, tie = np.unique(-scores, return_inverse=True)
    ends = np.concatenate([[0], np.cumsum(np.bincount(tie))])
    found = np.concatenate([[0], np.cumsum(np.bincount(tie, weights=hits))])
    return np.interp(np.arange(len(hits) + 1), ends, found)


def precision_at_k(hits: Sequence[bool], scores: Sequence[float], k: int) -> float:
    """Return the share of hits among the first k materials; arguments are as in `discovery_curve`."""
    return float(discovery_curve(hits, scores)[_budget(k, len(hits))] / k)


def recall_at_k(hits: Sequence[bool], scores: Sequence[float], k: int) -> float:
    """Return the share of all hits that is among the first k; arguments are as in `discovery_curve`."""
    return float(discovery_curve(hits, scores)[_budget(k, len(hits))] / np.sum(hits))


def enrichment_factor(hits: Sequence[bool], scores: Sequence[float], k: int) -> float:
    """Return how many times more hits the first k have than k materials drawn at random.

    Precision at k divided by the share of hits in all materials; between 0 and n / max(k, hits).
    Arguments are as in `discovery_curve`.
    """
    return precision_at_k(hits, scores, k) / float(np.mean(hits))


def top_fraction(true: Sequence[float], fraction: float = 0.1, *, best: str = "high") -> np.ndarray:
    """Mark the best materials as hits.

    Parameters
    ----------
    true : array_like of float, shape (n,)
    fraction : float
        Share of the rows that are hits, rounded up; equal values count as hits together.
    best : {"high", "low"}
        Which end of the scale is good.

    Returns
    -------
    numpy.ndarray of bool, shape (n,)

    Raises
    ------
    ValueError
        If the fraction is not between 0 and 1, or best is something else.
    """
    if not 0 < fraction < 1 or best not in ("high", "low"):
        raise ValueError(
            _(
                "fraction={fraction} and best={best!r} were given; give a fraction between 0 and 1 and"
                " 'high' or 'low'."
            ).format(fraction=fraction, best=best)
        )
    goodness = np.asarray(true, dtype=float) * (1 if best == "high" else -1)
    last = np.sort(goodness)[::-1][int(np.ceil(fraction * len(goodness))) - 1]
    return goodness >= last


def acceleration_to_find(hits: Sequence[bool], scores: Sequence[float], m: int = 1) -> float:
    """Return how many times fewer trials the ranking needs than chance to find m hits.

    Trials at random without replacement need m (n + 1) / (hits + 1) on average. This is the discovery
    acceleration factor in the sense of Borg et al., Digital Discovery 2, 327 (2023),
    doi:10.1039/D2DD00113F, for a list that is ranked once.

    Raises
    ------
    ValueError
        As in `discovery_curve`, and if there are fewer than m hits.
    """
    curve = discovery_curve(hits, scores)
    n_hits = round(curve[-1])
    if not 1 <= m <= n_hits:
        raise ValueError(
            _("{m} hits were asked for, but there are {n_hits}; ask for 1 to {n_hits}.").format(
                m=m, n_hits=n_hits
            )
        )
    # with ties the expected count passes m in between two trials
    trials = np.interp(m, curve[: np.argmax(curve >= m) + 1], np.arange(np.argmax(curve >= m) + 1))
    return float(m * (len(curve)) / (n_hits + 1) / trials)


def _checked(hits, scores) -> tuple[np.ndarray, np.ndarray]:
    hits, scores = np.asarray(hits), np.asarray(scores, dtype=float)
    if hits.dtype != bool:
        raise TypeError(
            _("The hits are of type {dtype}; give true or false, as in true <= 0.").format(
                dtype=hits.dtype
            )
        )
    if hits.shape != scores.shape or hits.ndim != 1:
        raise ValueError(
            _("{hits} hits and {scores} scores were given; give one of each a material.").format(
                hits=hits.shape, scores=scores.shape
            )
        )
    if np.isnan(scores).any():
        raise ValueError(
            _("{n} scores are NaN; leave these materials out first.").format(
                n=int(np.isnan(scores).sum())
            )
        )
    if not hits.any():
        raise ValueError(
            _(
                "None of the {n} materials is a hit; choose a threshold that some of them pass."
            ).format(n=len(hits))
        )
    return hits, scores


def _budget(k: int, n: int) -> int:
    if not 1 <= k <= n:
        raise ValueError(
            _("A budget of {k} of {n} materials was given; give 1 to {n}.").format(k=k, n=n)
        )
    return k
