"""Exercises of notebook 06, crystals as graphs."""

from collections.abc import Iterator
from functools import partial
from itertools import product

import numpy as np
from numpy.typing import NDArray

from matnn_lab.classroom.tasks import task
from matnn_lab.text import gettext as _

Array = NDArray[np.float64]
Whole = NDArray[np.int_]

COPPER = 1.8075 * np.array([[0, 1, 1], [1, 0, 1], [1, 1, 0]])  # Å, face-centered cubic
TRICLINIC = np.array([[4.1, 0.0, 0.0], [1.7, 3.9, 0.0], [-0.9, 1.3, 5.2]])
SHEAR = np.array([[1, 4, 0], [0, 1, 0], [0, -2, 1]])
STRONG_SHEAR = np.array([[1, 60, 0], [0, 1, 0], [0, 0, 1]])  # no reach that one would guess


# 06.1 The distance to an image


def image_distance(lattice: Array, f_i: Array, f_j: Array, n: Array) -> float:
    """Return the distance in Å from one atom to an image of another."""
    return float(np.linalg.norm((f_j + n - f_i) @ lattice))


def nearest_image_distance(lattice: Array, f_i: Array, f_j: Array, n: Array) -> float:
    """Return the distance to the image that is nearest in fractional coordinates."""
    within = f_j - f_i
    return float(np.linalg.norm((within - np.round(within)) @ lattice))


def images() -> Iterator[tuple[Array, ...]]:
    """Give skewed cells, and images of which some are not the nearest."""
    rng = np.random.default_rng(61)
    shifts = [(1, -2, 0), (0, 0, 0), (-1, 0, 3), (2, 2, -1)]
    for lattice, shift in product((TRICLINIC, COPPER, TRICLINIC[:, ::-1]), shifts):
        f_i, f_j = 0.05 + 0.1 * rng.random(3), 0.7 + 0.25 * rng.random(3)
        yield lattice, f_i, f_j, np.array(shift)


task(
    "06.1",
    "image_distance(lattice, f_i, f_j, n)",
    right=image_distance,
    mistakes=[
        (lambda A, f, g, n: np.linalg.norm((g - f) @ A), _("The shift n is missing.")),
        (
            nearest_image_distance,
            _("This is the nearest image; the exercise asks for the one in the cell n."),
        ),
        (
            lambda A, f, g, n: np.linalg.norm(A @ (g + n - f)),
            _("The matrix stands on the wrong side: with cell vectors as rows it is f @ lattice."),
        ),
        (
            lambda A, f, g, n: np.linalg.norm(g + n - f),
            _("This is a length in fractional coordinates; go to Å with the lattice."),
        ),
        (
            lambda A, f, g, n: np.linalg.norm((g - n - f) @ A),
            _("The sign of the shift is turned: the second atom stands at f_j + n."),
        ),
        (
            lambda A, f, g, n: np.linalg.norm((g + f + n) @ A),
            _("Subtract the coordinates of the first atom."),
        ),
        (
            lambda A, f, g, n: np.linalg.norm((g - f) @ A + n),
            _(
                "The shift counts cells, not Å: add it to the fractional coordinates, before the matrix."
            ),
        ),
        (
            lambda A, f, g, n: np.sum(((g + n - f) @ A) ** 2),
            _("This is the square of the distance; take the root."),
        ),
        (
            lambda A, f, g, n: (g + n - f) @ A,
            _("This is the vector to the image; the distance is its length, one number."),
        ),
    ],
    otherwise=_("For n = {n} the distance should be {right:.4f} Å, but is {found:.4f}."),
    cases=images,
)


# 06.2 Neighbours in a one-atom crystal


def counted(lattice: Array, cutoff: float, reach: Whole | tuple[int, ...]) -> int:
    """Return how many lattice points, the origin too, lie within the cutoff and the reach."""
    shifts = np.array(list(product(*(range(-n, n + 1) for n in reach))))
    return int(np.sum(np.linalg.norm(shifts @ lattice, axis=1) <= cutoff))


def from_planes(lattice: Array, cutoff: float) -> Whole:
    """Return the reach that the spacing of the planes asks for."""
    return np.ceil(cutoff * np.linalg.norm(np.linalg.inv(lattice), axis=0)).astype(int)


def from_rows(lattice: Array, cutoff: float) -> Whole:
    """Return the reach with the rows of the inverse taken for its columns."""
    return np.ceil(cutoff * np.linalg.norm(np.linalg.inv(lattice), axis=1)).astype(int)


def from_lengths(lattice: Array, cutoff: float) -> Whole:
    """Return the reach with the lengths of the vectors taken for spacings."""
    return np.ceil(cutoff / np.linalg.norm(lattice, axis=1)).astype(int)


def neighbors_within(lattice: Array, cutoff: float) -> int:
    """Return the number of neighbors of an atom in a crystal of one atom per cell."""
    return counted(lattice, cutoff, from_planes(lattice, cutoff)) - 1


def with_fixed_reach(lattice: Array, cutoff: float, reach: int) -> int:
    """Return the number of neighbors that a guessed reach finds."""
    return counted(lattice, cutoff, (reach,) * 3) - 1


GUESSED = _(
    "Your reach seems to be a fixed number of cells. However large, some cell needs more: work it out from "
    "the cutoff and the spacing of the lattice planes."
)

task(
    "06.2",
    "count_neighbors(lattice, cutoff)",
    right=neighbors_within,
    mistakes=[
        (
            lambda A, c: neighbors_within(A, c) + 1,
            _("You count the atom itself: leave out the shift 0, 0, 0, and only that one."),
        ),
        (
            lambda A, c: neighbors_within(A, c) / 2,
            _("Each neighbour has one on the opposite side: count both."),
        ),
        *[(partial(with_fixed_reach, reach=reach), GUESSED) for reach in (1, 10, 20)],
        (
            lambda A, c: counted(A, c, from_lengths(A, c)) - 1,
            _(
                "Your reach follows from the lengths of the cell vectors; in a skewed cell take the "
                "spacing of the lattice planes."
            ),
        ),
        (
            lambda A, c: counted(A, c, from_rows(A, c)) - 1,
            _(
                "The reciprocal vectors are the columns of the inverse of the lattice, not its rows."
            ),
        ),
    ],
    otherwise=_(
        "There are {right:g} neighbours within {cutoff:g} Å, but you count {found:g}. The reach along each "
        "vector follows from the spacing of the lattice planes, 1 over the length of a column of the inverse."
    ),
    cases=lambda: [
        (COPPER, 3.0),
        (3.0 * np.eye(3), 2.0),
        (COPPER, 5.0),
        (TRICLINIC, 9.0),
        (SHEAR @ COPPER, 6.1),
        (np.diag([2.6, 3.1, 11.0]), 7.3),
        (SHEAR @ TRICLINIC, 9.0),
        (STRONG_SHEAR @ COPPER, 5.0),
    ],
    seconds=20,  # who takes far too many cells shall still hear why
)


# 06.3 Coordination numbers from edges


def shortest(center: Whole, distance: Array, n_atoms: int) -> Array:
    """Return the length of the shortest edge of each atom, infinity where there is none."""
    result = np.full(n_atoms, np.inf)
    np.minimum.at(result, center, distance)
    return result


def counts(rule):
    """Return an answer that counts the edges for which the rule says so.

    The rule takes the distance, the shortest distance of the same atom and the ratio.
    """

    def answer(center: Whole, distance: Array, n_atoms: int, ratio: float) -> Whole:
        kept = rule(distance, shortest(center, distance, n_atoms)[center], ratio)
        return np.bincount(center[kept], minlength=n_atoms)

    return answer


def random_edges() -> Iterator[tuple[Whole, Array, int, float]]:
    """Give edges in any order, in some cases with an atom that has none, and edges on the very limit."""
    on_the_limit = np.array([2.5, 3.5, 3.75, 2.0, 3.0, 4.0])
    yield np.array([1, 0, 1, 0, 0, 1]), on_the_limit, 2, 1.5
    rng = np.random.default_rng(63)
    for n_atoms, ratio in ((1, 1.6), (3, 1.4), (6, 1.5), (5, 1.15)):
        center = rng.permutation(np.repeat(np.arange(n_atoms), 9))
        distance = (1.5 + 0.9 * center / n_atoms) * rng.uniform(1, 2, len(center))
        yield center, distance, n_atoms + (n_atoms > 3), ratio  # the last atom stands alone


task(
    "06.3",
    "coordination_numbers(center, distance, n_atoms, ratio)",
    right=counts(lambda d, s, ratio: d <= ratio * s),
    mistakes=[
        (
            counts(lambda d, s, ratio: d <= ratio * d.min()),
            _("You compare with the shortest edge of all; compare with the shortest of each atom."),
        ),
        (counts(lambda d, s, ratio: d > 0), _("You count every edge, however long.")),
        (
            counts(lambda d, s, ratio: d < ratio * s),
            _("An edge that is exactly so long counts too: use `<=`."),
        ),
        (
            counts(lambda d, s, ratio: d <= ratio),
            _("The ratio is not a distance: multiply it by the shortest edge of the atom."),
        ),
        (
            counts(lambda d, s, ratio: d > ratio * s),
            _("You count the edges that are longer; count those that are not."),
        ),
        (
            counts(lambda d, s, ratio: (d <= ratio * s) & (d > s)),
            _("The shortest edge itself counts too."),
        ),
    ],
    otherwise=_("With a ratio of {ratio:g} the counts should be {right}, but are {found}."),
    cases=random_edges,
)


# 06.4 A switch of your own


def cubic(t: float | Array) -> float | Array:
    """Return the cubic that falls from one at t = 0 to zero at t = 1, flat at both ends."""
    return 1 - 3 * t**2 + 2 * t**3


def of_t(function):
    """Return an answer that evaluates a function of t, wherever t lies."""
    return lambda r, inner, cutoff: function((r - inner) / (cutoff - inner))


def clipped(function):
    """Return an answer that evaluates a function of t, with t kept between 0 and 1."""
    return of_t(lambda t: function(np.clip(t, 0, 1)))


def radii() -> Iterator[tuple[Array, float, float]]:
    """Give distances below, between and beyond the two radii."""
    for inner, cutoff in ((3.0, 5.0), (0.0, 4.0), (5.5, 6.0)):
        near = np.linspace(0.3, 0.9, 4) * inner
        between = inner + (cutoff - inner) * np.array([0.0, 0.1, 0.35, 0.5, 0.8, 1.0])
        far = cutoff + np.array([0.2, 1.0, 4.0])
        yield np.concatenate([near, between, far]), inner, cutoff


task(
    "06.4",
    "switch(distance, inner, cutoff)",
    right=clipped(cubic),
    mistakes=[
        (
            clipped(lambda t: 1 - cubic(t)),
            _("It runs the wrong way: near atoms have weight 1, far ones 0."),
        ),
        (of_t(cubic), _("Outside the two radii the polynomial must not go on.")),
        (
            clipped(lambda t: 1 - t),
            _("A straight line has two corners: its slope jumps at both ends."),
        ),
        (
            clipped(lambda t: (1 + np.cos(np.pi * t)) / 2),
            _("The cosine joins smoothly too, but the exercise asks for the cubic."),
        ),
        (
            clipped(lambda t: 1 - 10 * t**3 + 15 * t**4 - 6 * t**5),
            _("This polynomial has degree five; a cubic is enough for value and slope."),
        ),
        (
            of_t(lambda t: np.where(t < 1, cubic(t), 0.0)),
            _("Below the inner radius the weight should stay 1."),
        ),
        (
            of_t(lambda t: np.where(t > 0, cubic(t), 1.0)),
            _("Beyond the cutoff the weight should be 0."),
        ),
        (
            of_t(lambda t: np.where((t > 0) & (t < 1), cubic(t), 0.0)),
            _("Between the radii it is right; below inner it should be 1, beyond cutoff 0."),
        ),
    ],
    otherwise=lambda distance, inner, cutoff: _(
        "From {inner:g} to {cutoff:g} Å the weight should fall from 1 to 0 and be {middle:g} in the middle "
        "and {tenth:.3f} after a tenth of the way; yours is not that cubic everywhere."
    ).format(inner=inner, cutoff=cutoff, middle=0.5, tenth=cubic(0.1)),
    cases=radii,
)


# 06.5 The mean of each crystal


def sums(values: Array, crystal: Whole) -> Array:
    """Return the sum of the values of each crystal."""
    return np.bincount(crystal, weights=values)  # type: ignore[return-value]


def means_in_order(values: Array, crystal: Whole) -> Array:
    """Return the means as if the atoms of a crystal stood beside each other."""
    ends = np.cumsum(np.bincount(crystal))
    return np.array([part.mean() for part in np.split(values, ends[:-1])])


def batches() -> Iterator[tuple[Array, Whole]]:
    """Give crystals of different sizes, in the last batch with their atoms mixed."""
    rng = np.random.default_rng(65)
    for sizes in ((2, 3), (1, 4, 2), (3,), (5, 1, 1, 7)):
        crystal = np.repeat(np.arange(len(sizes)), sizes)
        if len(sizes) > 3:
            crystal = rng.permutation(crystal)
        yield rng.normal(size=len(crystal)), crystal


task(
    "06.5",
    "mean_per_crystal(values, crystal)",
    right=lambda v, crystal: sums(v, crystal) / np.bincount(crystal),
    mistakes=[
        (sums, _("These are sums; divide each by the atoms of its crystal.")),
        (
            lambda v, crystal: sums(v, crystal) / len(v),
            _("You divide by all atoms of the batch; divide by those of the crystal."),
        ),
        (
            lambda v, crystal: sums(v, crystal) / (crystal.max() + 1),
            _("You divide by the number of crystals; divide by the atoms of each."),
        ),
        (
            lambda v, crystal: sums(v, crystal) / np.bincount(crystal) ** 2,
            _("You divide by the number of atoms twice."),
        ),
        (
            lambda v, crystal: np.full(crystal.max() + 1, v.mean()),
            _("This is the mean of the whole batch; each crystal has its own."),
        ),
        (
            lambda v, crystal: v.mean(),
            _("This is the mean of the whole batch; each crystal has its own."),
        ),
        (
            means_in_order,
            _(
                "With the atoms of the crystals mixed the means are wrong: go by `crystal`, not by the order."
            ),
        ),
    ],
    otherwise=_(
        "For the crystals {crystal} of the atoms the means should be {right}, not {found}."
    ),
    cases=batches,
)
