"""Exercises of notebook 06, crystals as graphs."""

from itertools import product

import numpy as np

from matnn_lab.classroom import ask
from matnn_lab.classroom.ask import SINGLE, agrees, raise_for_known_mistakes
from matnn_lab.classroom.exercises import exercise
from matnn_lab.text import gettext as _

COPPER = 1.8075 * np.array([[0, 1, 1], [1, 0, 1], [1, 1, 0]])  # Å, face-centered cubic
TRICLINIC = np.array([[4.1, 0.0, 0.0], [1.7, 3.9, 0.0], [-0.9, 1.3, 5.2]])


@exercise("06.1")
def image_distance(answer: object) -> str | None:
    """Check distances to images in skewed cells, some of them not the nearest image."""
    function = ask.function(answer, "image_distance(lattice, f_i, f_j, n)")
    rng = np.random.default_rng(61)
    shifts = [(1, -2, 0), (0, 0, 0), (-1, 0, 3), (2, 2, -1)]
    for lattice in (TRICLINIC, COPPER, TRICLINIC[:, ::-1]):
        for shift in shifts:
            f_i, f_j = 0.05 + 0.1 * rng.random(3), 0.7 + 0.25 * rng.random(3)
            n = np.array(shift)
            found = function.number(lattice, f_i, f_j, n)
            step = f_j + n - f_i
            expected = np.linalg.norm(step @ lattice)
            if agrees(found, expected, SINGLE):
                continue
            within = f_j - f_i
            nearest = within - np.round(within)
            raise_for_known_mistakes(
                found,
                [
                    (np.linalg.norm(within @ lattice), _("The shift n is missing.")),
                    (
                        np.linalg.norm(nearest @ lattice),
                        _(
                            "This is the nearest image; the exercise asks for the one in the cell n."
                        ),
                    ),
                    (
                        np.linalg.norm(lattice @ step),
                        _(
                            "The matrix stands on the wrong side: with cell vectors as rows it is "
                            "f @ lattice."
                        ),
                    ),
                    (
                        np.linalg.norm(step),
                        _("This is a length in fractional coordinates; go to Å with the lattice."),
                    ),
                    (
                        np.linalg.norm((f_j - n - f_i) @ lattice),
                        _("The sign of the shift is turned: the second atom stands at f_j + n."),
                    ),
                    (
                        np.linalg.norm((f_j + f_i + n) @ lattice),
                        _("Subtract the coordinates of the first atom."),
                    ),
                    (
                        np.linalg.norm(within @ lattice + n),
                        _(
                            "The shift counts cells, not Å: add it to the fractional coordinates, "
                            "before the matrix."
                        ),
                    ),
                    (expected**2, _("This is the square of the distance; take the root.")),
                ],
            )
            return _(
                "For n = {n} the distance should be {expected:.4f} Å, but is {found:.4f}."
            ).format(n=shift, expected=expected, found=found)
    return None


def counted(lattice: np.ndarray, cutoff: float, reach: tuple[int, ...]) -> int:
    """Return how many lattice points, the origin too, lie within the cutoff and the reach."""
    shifts = np.array(list(product(*(range(-n, n + 1) for n in reach))))
    return int(np.sum(np.linalg.norm(shifts @ lattice, axis=1) <= cutoff))


@exercise("06.2")
def count_neighbors(answer: object) -> str | None:
    """Check counts in cubic, skewed, sheared and thin cells."""
    function = ask.function(answer, "count_neighbors(lattice, cutoff)")
    shear = np.array([[1, 4, 0], [0, 1, 0], [0, -2, 1]])
    cases = [
        (COPPER, 3.0),
        (3.0 * np.eye(3), 2.0),
        (COPPER, 5.0),
        (TRICLINIC, 9.0),
        (shear @ COPPER, 6.1),
        (np.diag([2.6, 3.1, 11.0]), 7.3),
        (shear @ TRICLINIC, 9.0),
    ]
    for lattice, cutoff in cases:
        found = function.number(lattice, cutoff)
        inverse = np.linalg.inv(lattice)
        reach = tuple(np.ceil(cutoff * np.linalg.norm(inverse, axis=0)).astype(int))
        lengths = np.linalg.norm(lattice, axis=1)
        expected = counted(lattice, cutoff, reach) - 1
        if found == expected:
            continue
        too_near = _(
            "You do not look far enough: {found:g} neighbors, but there are {expected}. The reach follows "
            "from the spacing of the lattice planes, 1 over the length of a column of the inverse."
        ).format(found=found, expected=expected)
        by_length = tuple(np.ceil(cutoff / lengths).astype(int))
        by_row = tuple(np.ceil(cutoff * np.linalg.norm(inverse, axis=1)).astype(int))
        raise_for_known_mistakes(
            found,
            [
                (
                    expected + 1,
                    _("You count the atom itself: leave out the shift 0, 0, 0, and only that one."),
                ),
                (expected / 2, _("Each neighbor has one on the opposite side: count both.")),
                (
                    counted(lattice, cutoff, by_length) - 1,
                    _(
                        "Your reach follows from the lengths of the cell vectors; in a skewed cell take "
                        "the spacing of the lattice planes."
                    ),
                ),
                (
                    counted(lattice, cutoff, by_row) - 1,
                    _(
                        "The reciprocal vectors are the columns of the inverse of the lattice, not its "
                        "rows."
                    ),
                ),
            ],
        )
        if found < expected:
            return too_near
        return _(
            "There are {expected} neighbors within {cutoff:g} Å, but you count {found:g}."
        ).format(expected=expected, cutoff=cutoff, found=found)
    return None


@exercise("06.3")
def coordination_numbers(answer: object) -> str | None:
    """Check counts on random edges, in any order, with an atom that has none."""
    function = ask.function(answer, "coordination_numbers(center, distance, n_atoms, ratio)")
    rng = np.random.default_rng(63)
    for n_atoms, ratio in ((1, 1.6), (3, 1.4), (6, 1.5), (5, 1.15)):
        center = rng.permutation(np.repeat(np.arange(n_atoms), 9))
        distance = (1.5 + 0.9 * center / n_atoms) * rng.uniform(1, 2, len(center))
        size = n_atoms + (n_atoms > 3)  # the last atom stands alone
        shortest = np.array(
            [distance[center == i].min() if i < n_atoms else np.inf for i in range(size)]
        )
        found = function.array(center, distance, size, ratio, shape=(size,))
        expected = np.bincount(center[distance <= ratio * shortest[center]], minlength=size)
        if agrees(found, expected, SINGLE):
            continue

        def number(kept, center=center, size=size):
            return np.bincount(center[kept], minlength=size)

        raise_for_known_mistakes(
            found,
            [
                (
                    number(distance <= ratio * distance.min()),
                    _(
                        "You compare with the shortest edge of all; compare with the shortest of each atom."
                    ),
                ),
                (number(distance > 0), _("You count every edge, however long.")),
                (
                    number(distance <= ratio),
                    _("The ratio is not a distance: multiply it by the shortest edge of the atom."),
                ),
                (
                    number(distance > ratio * shortest[center]),
                    _("You count the edges that are longer; count those that are not."),
                ),
                (
                    expected - (np.arange(size) < n_atoms),
                    _("The shortest edge itself counts too."),
                ),
            ],
        )
        wrong = int(np.flatnonzero(found != expected)[0])
        return _("Atom {atom} has {expected} such edges, but you count {found:g}.").format(
            atom=wrong, expected=expected[wrong], found=found[wrong]
        )
    return None


@exercise("06.4")
def switch(answer: object) -> str | None:
    """Check the cubic switch inside, between and outside its two radii."""
    function = ask.function(answer, "switch(distance, inner, cutoff)")
    for inner, cutoff in ((3.0, 5.0), (0.0, 4.0), (5.5, 6.0)):
        width = cutoff - inner
        r = np.concatenate(
            [
                np.linspace(0.3, 0.9, 4) * inner,
                inner + width * np.array([0.0, 0.1, 0.35, 0.5, 0.8, 1.0]),
                cutoff + np.array([0.2, 1.0, 4.0]),
            ]
        )
        found = function.array(r, inner, cutoff, shape=r.shape)
        t = (r - inner) / width
        inside = np.clip(t, 0, 1)
        expected = 1 - 3 * inside**2 + 2 * inside**3
        if agrees(found, expected, SINGLE):
            continue
        between = (t > 0) & (t < 1)
        raise_for_known_mistakes(
            found,
            [
                (1 - expected, _("It runs the wrong way: near atoms have weight 1, far ones 0.")),
                (
                    1 - 3 * t**2 + 2 * t**3,
                    _("Outside the two radii the polynomial must not go on."),
                ),
                (1 - inside, _("A straight line has two corners: its slope jumps at both ends.")),
                (
                    (1 + np.cos(np.pi * inside)) / 2,
                    _("The cosine joins smoothly too, but the exercise asks for the cubic."),
                ),
                (
                    1 - inside**3 * (10 - 15 * inside + 6 * inside**2),
                    _("This polynomial has degree five; a cubic is enough for value and slope."),
                ),
                (
                    np.where(t >= 1, 0.0, 1 - 3 * t**2 + 2 * t**3),
                    _("Below the inner radius the weight should stay 1."),
                ),
                (
                    np.where(t <= 0, 1.0, 1 - 3 * t**2 + 2 * t**3),
                    _("Beyond the cutoff the weight should be 0."),
                ),
            ],
        )
        if agrees(found[between], expected[between], SINGLE):
            return _("Between the radii it is right; below inner it should be 1, beyond cutoff 0.")
        i = int(np.flatnonzero(~np.isclose(found, expected))[0])
        return _("At t = {t:.2f} the weight should be {expected:.4f}, but is {found:.4f}.").format(
            t=t[i], expected=expected[i], found=found[i]
        )
    return None


@exercise("06.5")
def mean_per_crystal(answer: object) -> str | None:
    """Check means of crystals of different sizes whose atoms come in any order."""
    function = ask.function(answer, "mean_per_crystal(values, crystal)")
    rng = np.random.default_rng(65)
    for sizes in ((2, 3), (1, 4, 2), (3,), (5, 1, 1, 7)):
        crystal = np.repeat(np.arange(len(sizes)), sizes)
        if len(sizes) > 3:
            crystal = rng.permutation(crystal)
        values = rng.normal(size=len(crystal))
        found = function.array(values, crystal, shape=(len(sizes),))
        total = np.bincount(crystal, weights=values)
        if agrees(found, total / np.bincount(crystal), SINGLE):
            continue
        raise_for_known_mistakes(
            found,
            [
                (total, _("These are sums; divide each by the atoms of its crystal.")),
                (
                    total / len(values),
                    _("You divide by all atoms of the batch; divide by those of the crystal."),
                ),
                (
                    total / len(sizes),
                    _("You divide by the number of crystals; divide by the atoms of each."),
                ),
                (
                    total / np.bincount(crystal) ** 2,
                    _("You divide by the number of atoms twice."),
                ),
                (
                    np.full(len(sizes), values.mean()),
                    _("This is the mean of the whole batch; each crystal has its own."),
                ),
            ],
        )
        if len(sizes) > 3:
            return _(
                "With the atoms of the crystals mixed the means are wrong: go by `crystal`, not by the order."
            )
        return _("For crystals of {sizes} atoms the means are wrong.").format(sizes=sizes)
    return None
