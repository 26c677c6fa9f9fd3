"""Exercises of notebook 09, spectra."""

import numpy as np

from matnn_lab.classroom.tasks import task
from matnn_lab.text import gettext as _


def _two_theta(a, hkl, wavelength):
    d = a / np.sqrt(np.sum(np.square(hkl)))
    return np.degrees(2 * np.arcsin(wavelength / (2 * d)))


def _angle_without_root(a, hkl, wavelength):
    return np.degrees(2 * np.arcsin(wavelength * np.sum(np.square(hkl)) / (2 * a)))


def _angle_without_half(a, hkl, wavelength):
    return np.degrees(2 * np.arcsin(wavelength * np.sqrt(np.sum(np.square(hkl))) / a))


task(
    "09.1",
    "two_theta(a, hkl, wavelength)",
    right=_two_theta,
    mistakes=[
        (
            lambda a, hkl, w: _two_theta(a, hkl, w) / 2,
            _("This is θ; a diffractogram is drawn over 2θ."),
        ),
        (
            lambda a, hkl, w: np.radians(_two_theta(a, hkl, w)),
            _("Your angle is in radians; give degrees, with `np.degrees`."),
        ),
        (
            lambda a, hkl, w: np.radians(_two_theta(a, hkl, w) / 2),
            _("This is θ in radians; give 2θ in degrees."),
        ),
        (
            _angle_without_root,
            _("The root is missing: d = a / √(h² + k² + l²)."),
        ),
        (
            _angle_without_half,
            _("The 2 of Bragg's law is missing: λ = 2d sin θ."),
        ),
        (
            lambda a, hkl, w: _angle_without_half(a, hkl, w) / 2,
            _("You doubled the sine; find θ from sin θ = λ / (2d) first, and then double θ."),
        ),
        (
            lambda a, hkl, w: a / np.sqrt(np.sum(np.square(hkl))),
            _("This is the distance d of the planes; the angle follows from λ = 2d sin θ."),
        ),
        (
            lambda a, hkl, w: _two_theta(a, [np.sum(hkl)], w),
            _(
                "You add the indices; d = a / √(h² + k² + l²) has their squares, added before the root."
            ),
        ),
        (
            lambda a, hkl, w: _two_theta(a, [np.sum(np.abs(hkl))], w),
            _(
                "You add the indices; d = a / √(h² + k² + l²) has their squares, added before the root."
            ),
        ),
        (
            lambda a, hkl, w: np.sqrt(np.sum(np.square(hkl))) * w / (2 * a),
            _("This is sin θ; the angle is its `np.arcsin`, and 2θ in degrees is asked for."),
        ),
        (
            lambda a, hkl, w: _two_theta(a * np.sum(np.square(hkl)), hkl, w),
            _("Planes with larger indices lie closer together: divide a by the root."),
        ),
        (
            lambda a, hkl, w: np.degrees(
                2 * np.arctan(np.sqrt(np.sum(np.square(hkl))) * w / (2 * a))
            ),
            _("Bragg's law has the sine of θ, not its tangent: `np.arcsin`."),
        ),
        (
            lambda a, hkl, w: np.degrees(
                2 * np.arccos(np.sqrt(np.sum(np.square(hkl))) * w / (2 * a))
            ),
            _("Bragg's law has the sine of θ, not its cosine: `np.arcsin`."),
        ),
        (
            lambda a, hkl, w: np.degrees(np.sqrt(np.sum(np.square(hkl))) * w / a),
            _("You took sin θ for θ; the angle is its `np.arcsin`."),
        ),
    ],
    otherwise=_(
        "For a = {a:g} Å, (hkl) = {hkl} and λ = {wavelength:g} Å your 2θ is {found:.4g}°, but should be "
        "{right:.4g}°."
    ),
    cases=lambda: [
        (5.64, np.array([1, 1, 1]), 1.54184),
        (4.21, np.array([2, 0, 0]), 1.0),
        (8.4, np.array([2, 1, -1]), 0.7107),
    ],
    tolerance=1e-4,
)


def _intensity(hkl, frac_coords, factors):
    phases = 2 * np.pi * np.asarray(frac_coords) @ np.asarray(hkl)
    return np.abs(np.sum(factors * np.exp(1j * phases))) ** 2


def _crystals() -> list[tuple[object, ...]]:
    """Return reflections of small crystals, and of a larger one whose atoms scatter weakly."""
    random = np.random.default_rng(92)
    hkls = ([1, 0, 2], [0, 3, 1], [-2, 1, 1], [2, 0, -1])
    return [
        (np.array(hkl), random.uniform(size=(n, 3)), random.uniform(strongest / 6, strongest, n))
        for hkl, n, strongest in zip(hkls, (5, 3, 2, 12), (30, 30, 30, 1.7), strict=True)
    ]


task(
    "09.2",
    "intensity(hkl, frac_coords, factors)",
    right=_intensity,
    mistakes=[
        (
            lambda hkl, x, f: _intensity(hkl, x / (2 * np.pi), f),
            _("The phase lacks its 2π: exp(2πi(hx + ky + lz))."),
        ),
        (
            lambda hkl, x, f: np.sqrt(_intensity(hkl, x, f)),
            _("This is |F|; the intensity is its square."),
        ),
        (
            lambda hkl, x, f: np.sum(f**2),
            _("You add up intensities; waves add up first, and the square comes last."),
        ),
        (
            lambda hkl, x, f: np.sum(f) ** 2,
            _("All your waves are in phase; each atom has the phase 2π(hx + ky + lz)."),
        ),
        (
            lambda hkl, x, f: np.sum(f * np.cos(2 * np.pi * x @ hkl)) ** 2,
            _(
                "You keep the cosines alone, which is right only for a crystal with a centre of inversion "
                "at the origin; add the square of the sum of the sines."
            ),
        ),
        (
            lambda hkl, x, f: _intensity(hkl, x, np.ones_like(f)),
            _("Each wave should be as strong as its atom scatters: multiply by the factors."),
        ),
        (
            lambda hkl, x, f: _intensity(hkl, x / 2, f),
            _("The phase has π in place of 2π: a whole cell is a whole wave."),
        ),
        (
            lambda hkl, x, f: _intensity(hkl, x, f) / len(f) ** 2,
            _("You take the mean of the waves; F is their sum."),
        ),
        (
            lambda hkl, x, f: np.sum(f) * _intensity(hkl, x, np.ones_like(f)),
            _("Multiply each wave by the factor of its own atom, before you add up."),
        ),
        (
            lambda hkl, x, f: _intensity(hkl, x, f**2),
            _("The factors go into the waves as they are; only the sum is squared."),
        ),
        (
            lambda hkl, x, f: np.sum(f * np.sin(2 * np.pi * x @ hkl)) ** 2,
            _("You keep the sines alone; add the square of the sum of the cosines."),
        ),
        (
            lambda hkl, x, f: np.sum(f * np.exp(2 * np.pi * x @ hkl)) ** 2,
            _("The exponent lacks its i, so nothing oscillates: `2j * np.pi`."),
        ),
        (
            lambda hkl, x, f: np.real(np.sum(f * np.exp(2j * np.pi * x @ hkl)) ** 2),
            _(
                "This is the real part of F²; the intensity is |F|²: first the absolute value, then the "
                "square."
            ),
        ),
    ],
    otherwise=_("For (hkl) = {hkl} your intensity is {found:.5g}, but should be {right:.5g}."),
    cases=_crystals,
    tolerance=1e-4,
)


def _width_deg(size_nm, two_theta_deg, wavelength_a):
    theta = np.radians(two_theta_deg / 2)
    return np.degrees(0.9 * wavelength_a / (10 * size_nm * np.cos(theta)))


task(
    "09.3",
    "width_deg(size_nm, two_theta_deg, wavelength_a)",
    right=_width_deg,
    mistakes=[
        (
            lambda s, t, w: _width_deg(s, 2 * t, w),
            _("The cosine is that of θ, which is half of the angle given."),
        ),
        (
            lambda s, t, w: np.radians(_width_deg(s, t, w)),
            _("Your width is in radians; give degrees, with `np.degrees`."),
        ),
        (
            lambda s, t, w: 10 * _width_deg(s, t, w),
            _("The size is in nm and the wavelength in Å: 1 nm is 10 Å."),
        ),
        (
            lambda s, t, w: _width_deg(s, t, w) / 0.9,
            _("Scherrer's factor of 0.9 is missing."),
        ),
        (
            lambda s, t, w: _width_deg(s, 0, w),
            _("The cosine of θ is missing: the width grows with the angle."),
        ),
        (
            lambda s, t, w: 100 * _width_deg(s, t, w),
            _("You have divided by 10 where you should multiply: 1 nm is 10 Å."),
        ),
        (
            lambda s, t, w: _width_deg(s, np.degrees(t), w),
            _("`np.cos` wants radians: `np.radians(two_theta_deg / 2)`."),
        ),
        (
            lambda s, t, w: _width_deg(s, 2 * np.degrees(t), w),
            _("`np.cos` wants radians, and of θ, half of the angle given."),
        ),
        (
            lambda s, t, w: _width_deg(s, t, w) * np.cos(np.radians(t / 2)) ** 2,
            _("You multiply by cos θ; divide by it: the width grows with the angle."),
        ),
        (
            lambda s, t, w: _width_deg(s, 180 - t, w),
            _("Scherrer's formula has the cosine of θ, not its sine."),
        ),
        (
            lambda s, t, w: _width_deg(s, t, w) / 2,
            _("The formula gives the width in 2θ already; do not halve it."),
        ),
        (
            lambda s, t, w: _width_deg(s, t, w) * 0.94 / 0.9,
            _(
                "Other books have 0.94 for another shape of the crystallites; here the factor is 0.9."
            ),
        ),
    ],
    otherwise=_(
        "Crystallites of {size_nm:g} nm give at 2θ = {two_theta_deg:g}° a width of {found:.4g}°, but it "
        "should be {right:.4g}°."
    ),
    cases=lambda: [(10.0, 60.0, 1.54184), (4.0, 30.0, 1.54184), (12.0, 75.0, 0.71073)],
    tolerance=1e-4,
)


def _answers(signal, kernel):
    return np.correlate(signal, kernel, "valid")


def _signals() -> list[tuple[object, ...]]:
    random = np.random.default_rng(94)
    return [(random.normal(size=n), random.normal(size=m)) for n, m in ((12, 3), (9, 5), (6, 2))]


task(
    "09.4",
    "answers(signal, kernel)",
    right=_answers,
    mistakes=[
        (
            lambda s, k: np.convolve(s, k, "valid"),
            _(
                "Your kernel is reversed, as in the convolution of mathematics; a network slides it as it is."
            ),
        ),
        (
            lambda s, k: np.correlate(s, k, "same"),
            _("Your result is as long as the signal; keep the places where the whole kernel fits."),
        ),
        (
            lambda s, k: np.convolve(s, k, "same"),
            _(
                "Your result is as long as the signal, and your kernel is reversed; keep the places where "
                "the whole kernel fits, and slide it as it is."
            ),
        ),
        (
            lambda s, k: np.correlate(s, k, "full")[len(k) - 1 :],
            _("Your kernel hangs over the end; keep the places where the whole kernel fits."),
        ),
        (
            lambda s, k: np.correlate(np.concatenate([s, s[: len(k) - 1]]), k, "valid"),
            _(
                "Your signal goes on at its beginning when it has come to its end; keep the places where the "
                "whole kernel fits."
            ),
        ),
        (
            lambda s, k: np.correlate(s, k, "full"),
            _("Your kernel hangs over the ends; keep the places where the whole kernel fits."),
        ),
        (
            lambda s, k: _answers(s, k) / len(k),
            _("This is the mean of the products; a convolution takes their sum."),
        ),
        (
            lambda s, k: _answers(s, k)[:-1],
            _("The last place is missing: there are len(signal) − len(kernel) + 1."),
        ),
        (
            lambda s, k: _answers(s, k)[1:],
            _("The first place is missing: it is j = 0, where the kernel begins with the signal."),
        ),
        (
            lambda s, k: _answers(s, np.ones_like(k)),
            _("You add up the signal alone; multiply each value by the kernel's first."),
        ),
        (
            lambda s, k: _answers(s, k) / np.sum(k),
            _("You divide by the sum of the kernel; the result is the plain sum of the products."),
        ),
        (
            lambda s, k: np.maximum(_answers(s, k), 0),
            _(
                "You set negative answers to zero; that is the network's next step, and not asked here."
            ),
        ),
        (
            lambda s, k: _answers(s, k)[::-1],
            _("Your places run from right to left: number 0 is where the signal begins."),
        ),
    ],
    otherwise=_("Number j of the result should be the sum over i of kernel[i] · signal[j + i]."),
    cases=_signals,
)
