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
            lambda a, hkl, w: a / np.sqrt(np.sum(np.square(hkl))),
            _("This is the distance d of the planes; the angle follows from λ = 2d sin θ."),
        ),
    ],
    otherwise=_(
        "For a = {a:g} Å, (hkl) = {hkl} and λ = {wavelength:g} Å your 2θ is {found:.4g}°, but should be "
        "{right:.4g}°."
    ),
    cases=lambda: [
        (5.64, np.array([1, 1, 1]), 1.54184),
        (4.21, np.array([2, 0, 0]), 1.0),
        (8.4, np.array([1, 1, -1]), 0.7107),
    ],
    tolerance=1e-4,
)


def _intensity(hkl, frac_coords, factors):
    phases = 2 * np.pi * np.asarray(frac_coords) @ np.asarray(hkl)
    return np.abs(np.sum(factors * np.exp(1j * phases))) ** 2


def _crystals() -> list[tuple[object, ...]]:
    random = np.random.default_rng(92)
    hkls = ([1, 0, 2], [0, 3, 1], [-2, 1, 1])
    return [
        (np.array(hkl), random.uniform(size=(n, 3)), random.uniform(5, 30, n))
        for hkl, n in zip(hkls, (3, 5, 2), strict=True)
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
    ],
    otherwise=_("For (hkl) = {hkl} your intensity is {found:.5g}, but should be {right:.5g}."),
    cases=_crystals,
    tolerance=1e-3,
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
    ],
    otherwise=_(
        "Grains of {size_nm:g} nm give at 2θ = {two_theta_deg:g}° a width of {found:.4g}°, but it should be "
        "{right:.4g}°."
    ),
    cases=lambda: [(10.0, 60.0, 1.54184), (4.0, 30.0, 1.54184), (25.0, 75.0, 0.71073)],
    tolerance=1e-3,
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
    ],
    otherwise=_("Number j of the result should be the sum over i of kernel[i] · signal[j + i]."),
    cases=_signals,
)
