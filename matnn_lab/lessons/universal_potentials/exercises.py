"""Exercises of notebook 13, what pretrained potentials give."""

from collections.abc import Iterator

import numpy as np

from matnn_lab.classroom.tasks import task
from matnn_lab.text import gettext as _


def _cubes() -> Iterator[tuple[float, float]]:
    """Give elastic constants of cubic crystals in GPa."""
    yield from ((166.0, 64.0), (296.0, 95.0), (108.0, 61.0))


task(
    "13.1",
    "bulk_modulus(c11, c12)",
    right=lambda c11, c12: (c11 + 2 * c12) / 3,
    mistakes=[
        (lambda c11, c12: c11 + 2 * c12, _("This is three times too large: divide by three.")),
        (
            lambda c11, c12: -(c11 + 2 * c12) / 3,
            _(
                "The sign is turned: the pressure is minus the stress, and the bulk modulus is minus the "
                "pressure over the relative change of volume, so that the two signs cancel."
            ),
        ),
        (
            lambda c11, c12: (c11 + c12) / 3,
            _("C12 counts twice, since the two other axes are squeezed as well."),
        ),
        (
            lambda c11, c12: c11 + 2 * c12 / 3,
            _("Only C12 is divided by three; put brackets around the whole sum."),
        ),
        (
            lambda c11, c12: (c11 + 2 * c12) / 9,
            _("You divided by three twice; the stress along x is divided by 3ε once."),
        ),
        (
            lambda c11, c12: (c11 + c12) / 2,
            _("C12 counts twice, since the two other axes are squeezed as well."),
        ),
        (
            lambda c11, c12: (2 * c11 + c12) / 3,
            _("C11 and C12 have changed places: one axis is its own, two are the others'."),
        ),
        (
            lambda c11, c12: (c11 - c12) / 2,
            _("This is a shear modulus; squeezed from all sides, the stresses add up."),
        ),
        (
            lambda c11, c12: (c11 - 2 * c12) / 3,
            _("The sign of C12 is turned: squeezing y and z makes the pressure along x larger."),
        ),
        (
            lambda c11, c12: c11,
            _(
                "C11 is the stiffness along one axis while the others are held; here all three shrink."
            ),
        ),
    ],
    otherwise=_(
        "For C11 = {c11:g} and C12 = {c12:g} GPa you return {found:.4g}, but the bulk modulus is {right:.4g} "
        "GPa."
    ),
    cases=_cubes,
)


def _lengths() -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Give predicted and measured lattice constants."""
    rng = np.random.default_rng(132)
    for n in (5, 8, 3):
        measured = rng.uniform(3, 6.5, n)
        yield measured * (1 + rng.normal(0.008, 0.012, n)), measured


def _percent(found: np.ndarray, measured: np.ndarray) -> np.ndarray:
    return 100 * (np.asarray(found) - measured) / measured


task(
    "13.2",
    "percent_errors(found, measured)",
    right=lambda f, m: [_percent(f, m).mean(), np.abs(_percent(f, m)).mean()],
    mistakes=[
        (
            lambda f, m: [np.abs(_percent(f, m)).mean(), _percent(f, m).mean()],
            _("The two are in the wrong order: first the mean with sign, then the mean without."),
        ),
        (
            lambda f, m: [-_percent(f, m).mean(), np.abs(_percent(f, m)).mean()],
            _("The sign is turned: an error is what was found less what was measured."),
        ),
        (
            lambda f, m: [_percent(f, m).mean() / 100, np.abs(_percent(f, m)).mean() / 100],
            _("These are shares; multiply by 100 to have per cent."),
        ),
        (
            lambda f, m: [-_percent(m, f).mean(), np.abs(_percent(m, f)).mean()],
            _("Divide by the measured value, not by the one that was found."),
        ),
        (
            lambda f, m: [_percent(f, m).mean(), abs(_percent(f, m).mean())],
            _("Take the absolute value of each error first and the mean afterwards."),
        ),
        (
            lambda f, m: [np.mean(f - m), np.mean(np.abs(f - m))],
            _("These are errors in Å; divide each by its measured value and give per cent."),
        ),
        (
            lambda f, m: _percent(f, m),
            _("You return one error a crystal; return their mean, with and without sign."),
        ),
        (
            lambda f, m: [_percent(f, m), np.abs(_percent(f, m))],
            _("You return the errors of all crystals; return their means."),
        ),
        (
            lambda f, m: [_percent(f, m).sum(), np.abs(_percent(f, m)).sum()],
            _("These are sums over the crystals; take their means."),
        ),
        (
            lambda f, m: [_percent(f, m).mean(), np.sqrt((_percent(f, m) ** 2).mean())],
            _("The second is a root mean square; take the mean of the absolute values."),
        ),
        (
            lambda f, m: [_percent(f, m).mean(), _percent(f, m).std()],
            _("The second is a standard deviation; take the mean of the absolute values."),
        ),
        (
            lambda f, m: [_percent(f, m).mean(), np.median(np.abs(_percent(f, m)))],
            _("The second is a median; take the mean of the absolute values."),
        ),
        (
            lambda f, m: [100 * np.mean(f - m) / m.mean(), 100 * np.abs(f - m).mean() / m.mean()],
            _(
                "You divide by the mean of the measured values; divide each error by its own measured "
                "value, and take the means afterwards."
            ),
        ),
        (
            lambda f, m: _percent(f, m).mean(),
            _("Return two numbers: the mean with sign, and the mean without."),
        ),
    ],
    otherwise=lambda f, m: _(
        "For these {n} crystals the mean error is {mean:.4g} % and the mean absolute error {absolute:.4g} %, "
        "in this order."
    ).format(n=len(m), mean=_percent(f, m).mean(), absolute=np.abs(_percent(f, m)).mean()),
    cases=_lengths,
)


def _compounds() -> Iterator[tuple[float, np.ndarray, np.ndarray]]:
    """Give the energy of a formula unit, the atoms in it and the energies of the elements per atom."""
    yield -12.6, np.array([1, 1]), np.array([-1.6, -4.9])
    yield -38.2, np.array([2, 3]), np.array([-3.7, -5.1])
    yield -20.5, np.array([1, 1, 3]), np.array([-1.9, -5.4, -1.1])


task(
    "13.3",
    "formation_energy(energy, counts, elements)",
    right=lambda e, n, r: (e - np.dot(n, r)) / np.sum(n),
    mistakes=[
        (
            lambda e, n, r: e - np.dot(n, r),
            _("This is for the whole formula unit; divide by its number of atoms."),
        ),
        (
            lambda e, n, r: (np.dot(n, r) - e) / np.sum(n),
            _("The sign is turned: a stable compound lies below its elements."),
        ),
        (
            lambda e, n, r: (e - np.sum(r)) / np.sum(n),
            _("Each element counts as often as its atoms are in the formula unit."),
        ),
        (
            lambda e, n, r: e / np.sum(n) - np.sum(r),
            _("Take the elements' energies as often as there are atoms, then divide all of it."),
        ),
        (
            lambda e, n, r: e / np.sum(n) - np.mean(r),
            _("The mean over the elements must be weighted with their numbers of atoms."),
        ),
        (
            lambda e, n, r: e / np.sum(n),
            _("This is the energy per atom; take off what the elements have on their own."),
        ),
        (
            lambda e, n, r: (e + np.dot(n, r)) / np.sum(n),
            _("Take off what the atoms have in their elements; you added it."),
        ),
        (
            lambda e, n, r: (e - np.dot(n, r)) / len(n),
            _("Divide by the number of atoms, the sum of `counts`, not by the number of elements."),
        ),
        (
            lambda e, n, r: e / np.sum(n) - np.dot(n, r),
            _("What the elements have must be divided by the number of atoms, too."),
        ),
        (
            lambda e, n, r: e - np.dot(n, r) / np.sum(n),
            _("The energy of the formula unit must be divided by its atoms too."),
        ),
    ],
    otherwise=_(
        "For an energy of {energy:g} eV you return {found:.4g}, but the formation energy is {right:.4g} eV "
        "per atom."
    ),
    cases=_compounds,
)


def _forces() -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Give forces that are too small, and the true ones."""
    rng = np.random.default_rng(134)
    for n, scale in ((4, 0.8), (6, 0.65), (2, 1.2)):
        true = rng.normal(0, 1.5, (n, 3))
        yield scale * true + rng.normal(0, 0.2, (n, 3)), true


task(
    "13.4",
    "softening(predicted, true)",
    right=lambda p, t: np.sum(p * t) / np.sum(t**2),
    mistakes=[
        (
            lambda p, t: np.sum(t**2) / np.sum(p * t),
            _("This is one over the slope; a soft potential has a slope below one."),
        ),
        (
            lambda p, t: np.sum(p * t) / np.sum(p**2),
            _("Here the predictions are stretched to the true forces; fit predicted = s · true."),
        ),
        (
            lambda p, t: np.abs(p).mean() / np.abs(t).mean(),
            _(
                "The ratio of the mean sizes counts noise as force: fit a line through zero, the sum of p·t "
                "over the sum of t²."
            ),
        ),
        (
            lambda p, t: np.mean(p / t),
            _(
                "A mean of ratios is ruled by the forces near zero; fit a line through zero instead."
            ),
        ),
        (
            lambda p, t: np.corrcoef(np.ravel(p), np.ravel(t))[0, 1],
            _("The correlation does not notice a factor; here the factor is asked for."),
        ),
        (
            lambda p, t: np.polyfit(np.ravel(t), np.ravel(p), 1)[0],
            _("Your line has a height as well; where the true force is zero, let it be zero."),
        ),
        (
            lambda p, t: np.sum(p * t),
            _("Divide by the sum of the squares of the true forces."),
        ),
        (
            lambda p, t: 1 - np.sum(p * t) / np.sum(t**2),
            _("This is how much is missing from one; return the slope s itself."),
        ),
        (
            lambda p, t: 100 * np.sum(p * t) / np.sum(t**2),
            _("This is in per cent; return the slope s itself."),
        ),
        (
            lambda p, t: np.linalg.norm(p) / np.linalg.norm(t),
            _(
                "The ratio of the lengths counts noise as force: fit a line through zero, the sum of p·t "
                "over the sum of t²."
            ),
        ),
        (
            lambda p, t: np.sum(p) / np.sum(t),
            _(
                "In these sums forces to the left and to the right cancel; fit a line through zero, the sum "
                "of p·t over the sum of t²."
            ),
        ),
        (
            lambda p, t: np.median(p / t),
            _("A median of ratios is not the fit of least squares, which is asked for."),
        ),
        (
            lambda p, t: np.sum(p * t, axis=0) / np.sum(t**2, axis=0),
            _("You return a slope for each of x, y and z; one slope shall fit all components."),
        ),
        (
            lambda p, t: np.sum(p * t, axis=1) / np.sum(t**2, axis=1),
            _("You return a slope for each atom; one slope shall fit all of them."),
        ),
        (
            lambda p, t: np.mean(np.sum(p * t, axis=1) / np.sum(t**2, axis=1)),
            _("This is a mean of one slope for each atom; fit one slope to all of them."),
        ),
    ],
    otherwise=_(
        "You return {found:.4g}, but the slope s that fits predicted = s · true best is {right:.4g}."
    ),
    cases=_forces,
)
