"""Would the model have found the good materials? Scores of a ranked list that is tried from the top.

A *hit* is a material that one looks for; *scores* order the materials, the highest is tried first. Where
scores are equal the order is a matter of luck, and the expected number is returned: a model that says the
same of all materials is worth as much as a random choice.
"""

from numbers import Real

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from matnn_lab.evaluation.scores.inputs import numbers, whole
from matnn_lab.text import gettext as _


def discovery_curve(hits: ArrayLike, scores: ArrayLike) -> np.ndarray:
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
    ends, found = _blocks(hits, scores)
    return np.interp(np.arange(ends[-1] + 1), ends, found)


def precision_at_k(hits: ArrayLike, scores: ArrayLike, k: int) -> float:
    """Return the share of hits among the first k materials; arguments are as in `discovery_curve`."""
    curve = discovery_curve(hits, scores)
    k = whole(k, "k", 1, len(curve) - 1)
    return float(curve[k] / k)


def recall_at_k(hits: ArrayLike, scores: ArrayLike, k: int) -> float:
    """Return the share of all hits that is among the first k; arguments are as in `discovery_curve`."""
    curve = discovery_curve(hits, scores)
    return float(curve[whole(k, "k", 1, len(curve) - 1)] / curve[-1])


def enrichment_factor(hits: ArrayLike, scores: ArrayLike, k: int) -> float:
    """Return how many times more hits the first k have than k materials drawn at random.

    Precision at k divided by the share of hits in all materials; between 0 and n / max(k, hits).
    Arguments are as in `discovery_curve`.
    """
    return precision_at_k(hits, scores, k) / float(np.mean(np.asarray(hits, dtype=bool)))


def top_fraction(true: ArrayLike, fraction: float = 0.1, *, best: str = "high") -> np.ndarray:
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
        If the fraction is not between 0 and 1, best is something else, or a value is missing: whether
        that row is among the best is not known.
    """
    if not (isinstance(fraction, Real) and 0 < fraction < 1) or best not in ("high", "low"):
        raise ValueError(
            _(
                "fraction={fraction} and best={best!r} were given; give a fraction between 0 and 1 and"
                " 'high' or 'low'."
            ).format(fraction=fraction, best=best)
        )
    goodness = _without_gaps(numbers(true, _("values")), _("values"))
    # a little less, so that rounding never turns an exact whole number into the next one
    n_best = int(np.ceil(fraction * len(goodness) - 1e-9))
    goodness = goodness if best == "high" else -goodness
    return goodness >= np.sort(goodness)[-max(1, n_best)]


def acceleration_to_find(hits: ArrayLike, scores: ArrayLike, m: int = 1) -> float:
    """Return how many times fewer trials the ranking needs than chance to find m hits.

    Trials at random without replacement need m (n + 1) / (hits + 1) on average. This is the discovery
    acceleration factor in the sense of Borg et al., Digital Discovery 2, 327 (2023),
    doi:10.1039/D2DD00113F, for a list that is ranked once. Of equal scores the order is drawn by lot:
    in a block of b of them with h hits the j-th hit is expected after j (b + 1) / (h + 1) trials.

    Raises
    ------
    ValueError
        As in `discovery_curve`, and if there are fewer than m hits.
    """
    ends, found = _blocks(hits, scores)
    m = whole(m, "m", 1, int(found[-1]))
    block = int(np.searchsorted(found, m)) - 1
    before, n_block = ends[block], ends[block + 1] - ends[block]
    hits_before, hits_block = found[block], found[block + 1] - found[block]
    trials = before + (m - hits_before) * (n_block + 1) / (hits_block + 1)
    return float(m * (ends[-1] + 1) / (found[-1] + 1) / trials)


def _blocks(hits: ArrayLike, scores: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Return how many materials, and hits among them, there are after each block of equal scores.

    Both arrays of int begin with 0 and run from the highest score to the lowest.
    """
    hits, scores = _checked(hits, scores)
    _values, tie = np.unique(-scores, return_inverse=True)
    sizes, hits_in = np.bincount(tie), np.bincount(tie[hits], minlength=tie.max() + 1)
    return np.append(0, np.cumsum(sizes)), np.append(0, np.cumsum(hits_in))


def _checked(hits: ArrayLike, scores: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    if isinstance(hits, pd.Series) and hits.dtype == "boolean" and not hits.isna().any():
        hits = hits.astype(bool)
    hits, scores = np.asarray(hits), numbers(scores, _("scores"))
    if hits.dtype != bool:
        raise TypeError(
            _("The hits are of type {dtype}; give true or false, as in true <= 0.").format(
                dtype=hits.dtype
            )
        )
    if hits.shape != scores.shape:
        raise ValueError(
            _("{hits} hits and {scores} scores were given; give one of each a material.").format(
                hits=hits.shape, scores=scores.shape
            )
        )
    _without_gaps(scores, _("scores"))
    if not hits.any():
        raise ValueError(
            _(
                "None of the {n} materials is a hit; choose a threshold that some of them pass."
            ).format(n=len(hits))
        )
    return hits, scores


def _without_gaps(values: np.ndarray, name: str) -> np.ndarray:
    """Return the values if none is NaN, which has no place in an order."""
    if missing := int(np.isnan(values).sum()):
        raise ValueError(
            _("{n} of {total} {name} are NaN; leave these materials out first.").format(
                n=missing, total=len(values), name=name
            )
        )
    if not len(values):
        raise ValueError(_("No {name} were given; give at least one.").format(name=name))
    return values
