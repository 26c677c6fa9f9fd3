"""Powder diffraction patterns of many crystals at once: reflections, then what a diffractometer sees.

>>> from matnn_lab.datasets import mineral_structures, minerals
>>> reflections = Reflections.from_structures(mineral_structures(minerals()["amcsd_id"][:20]))
>>> random = np.random.default_rng(0)
>>> counts = powder_patterns(reflections, draw_measurement(reflections.n_crystals, random), random)
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from matnn_lab.arrays import (
    as_floats,
    check_broadcast,
    check_counts,
    check_same_shape,
    chosen_rows,
    generator,
    real_number,
    real_numbers,
)
from matnn_lab.text import gettext as _

if TYPE_CHECKING:
    from pymatgen.core import Structure
    from pymatgen.core.periodic_table import Element, Species

Array = NDArray[np.float64]

CU_K_ALPHA = 1.54184  # Å, the mean; the two lines and the mean as in pymatgen
CU_K_ALPHA_1, CU_K_ALPHA_2 = 1.54056, 1.54439
RADIUS_MM = 200.0  # of the goniometer
GRID = np.linspace(10.0, 80.0, 701)  # degrees of 2θ
SAME_ANGLE_DEG = 1e-4
LARGEST_S = 2.0  # Å⁻¹; the sums of Gaussians of the scattering factors hold up to here
LONGEST_WAVE = 10.0  # Å, of X-rays that crystals diffract
FLATTEST = 1e-6  # of the box of its edges, the volume of a cell
MOST_INDICES = 50_000_000  # of one crystal; more fill the memory
MOST_COUNTS = 1e15  # that are drawn one by one
WEAKEST = 5e-4  # of the strongest line; weaker ones are not drawn
REACH_DEG = 5.0  # up to which a line is drawn on either side
# normals of the faces on which grains that are plates may lie, as reflections
AXES = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0], [1, 0, 1], [0, 1, 1], [1, 1, 1]])
# of each part of a measurement the values in a row, and their limits
LIMITS: dict[str, tuple[tuple[int, ...], dict[str, float]]] = {
    "caglioti": ((3,), {}),
    "lorentzian": ((), {"least": 0, "most": 1}),
    "k_alpha_2": ((), {"least": 0}),
    "zero_shift_deg": ((), {}),
    "displacement_mm": ((), {}),
    "march": ((), {"above": 0}),
    "axis": ((3,), {}),
    "graininess": ((), {"least": 0}),
    "background": ((4,), {"least": 0}),
    "counts": ((), {"above": 0}),
}
SEEN_LATER = ("background", "counts")
DISTORTIONS = ("k_alpha_2", "width", "shift", "background", "texture", "graininess", "noise")


@dataclass(frozen=True)
class Reflections:
    """Reflections of many crystals in one list, half of the reciprocal sphere of each.

    Of each pair (hkl) and (−h −k −l), which scatter alike here, one is kept and counted twice.

    Attributes
    ----------
    hkl : array of int, shape (n, 3)
        Miller indices.
    g : array, shape (n, 3)
        Reciprocal vectors 1/d in Å⁻¹, Cartesian; the length is 1/d.
    intensity : array, shape (n,)
        2|F|²·LP/V² in electrons² per Å⁶, so that equal volumes of two phases compare.
    crystal : array of int, shape (n,)
        Which crystal, counted from 0, in order; within a crystal the reflections are in order of the angle.
    reciprocal : array, shape (n_crystals, 3, 3)
        Reciprocal lattice vectors in rows, Å⁻¹.
    wavelength : float
        Å.
    """

    hkl: NDArray[np.int16]
    g: NDArray[np.float32]
    intensity: Array
    crystal: NDArray[np.intp]
    reciprocal: Array
    wavelength: float = CU_K_ALPHA

    @classmethod
    def from_structures(
        cls,
        structures: Iterable[Structure],
        wavelength: float = CU_K_ALPHA,
        two_theta_range: tuple[float, float] = (9.0, 81.0),
        b_iso: float = 0.0,
    ) -> Reflections:
        """Compute the reflections of crystals, kinematically and without anomalous dispersion.

        Parameters
        ----------
        structures : iterable of pymatgen Structure
            Ordered or not; occupancies count.
        wavelength : float
            Å.
        two_theta_range : (float, float)
            Degrees.
        b_iso : float
            One Debye-Waller factor B for all atoms, Å².

        Raises
        ------
        ValueError
            If there is no structure, one is no crystal, the range lies not between 0 and 180°, the
            wavelength is not one of X-rays in Å, or B is negative.

        Notes
        -----
        F = Σ f exp(2πi(hx+ky+lz)) with the scattering factors of De Graef and McHenry (2012) in pymatgen;
        LP = (1 + cos²2θ)/(sin²θ cosθ) for a powder in Bragg-Brentano geometry without a monochromator.
        """
        given = real_numbers(two_theta_range, "ends of the 2θ range (°)").reshape(-1)
        low, high = given[[0, -1]] if given.size else (np.nan, np.nan)
        wave = real_number(wavelength, "wavelengths (Å)")
        b_iso = real_number(b_iso, "Debye-Waller factors (Å²)", least=0)
        if given.size != 2 or not 0 <= low < high < 180 or not 0 < wave < LONGEST_WAVE:
            raise ValueError(
                _(
                    "The 2θ range {low:g} to {high:g}° at {wavelength:g} Å was given; give two rising "
                    "angles between 0 and 180° and the wavelength of X-rays in Å, such as 1.54184."
                ).format(low=low, high=high, wavelength=wave)
            )
        ends = 2 * np.sin(np.radians(np.array([low, high]) / 2)) / wave
        if ends[1] > 2 * LARGEST_S:
            raise ValueError(
                _(
                    "At {wavelength:g} Å, 2θ = {high:g}° is sin θ/λ = {s:.2g} Å⁻¹, and the scattering "
                    "factors hold up to {most:g}; give a smaller range, and the wavelength in Å, not nm."
                ).format(wavelength=wave, high=high, s=ends[1] / 2, most=LARGEST_S)
            )
        one = hasattr(structures, "lattice") or not isinstance(structures, Iterable)
        several: Iterable[Any] = [structures] if one else structures
        found = [_half_sphere(each, ends, wave, b_iso) for each in several]
        if not found:
            raise ValueError(_("No structure was given; give at least one."))
        hkl, g, intensity, reciprocal = zip(*found, strict=True)
        crystal = np.repeat(np.arange(len(found)), [len(each) for each in hkl])
        return cls(
            np.concatenate(hkl),
            np.concatenate(g),
            np.concatenate(intensity),
            crystal,
            np.array(reciprocal),
            wave,
        )

    @property
    def n_crystals(self) -> int:
        """Number of crystals."""
        return len(self.reciprocal)

    @cached_property
    def two_theta_deg(self) -> Array:
        """Bragg angles 2θ in degrees, shape (n,)."""
        return bragg_angle(1 / np.sqrt(np.square(self.g, dtype=float).sum(axis=1)), self.wavelength)

    @cached_property
    def line(self) -> NDArray[np.intp]:
        """Which line a reflection belongs to, shape (n,): those of a crystal at one angle share one."""
        apart = np.abs(np.diff(self.two_theta_deg, prepend=-1)) > SAME_ANGLE_DEG
        return np.cumsum(apart | (np.diff(self.crystal, prepend=-1) > 0)) - 1

    def __getitem__(self, crystals: NDArray | list[int] | slice | int) -> Reflections:
        """Return the reflections of some crystals, in the order asked for.

        Raises
        ------
        ValueError
            If there is no such crystal.
        """
        chosen = chosen_rows(crystals, self.n_crystals, "crystals")
        start = np.searchsorted(self.crystal, np.arange(self.n_crystals + 1))
        counts = np.diff(start)[chosen]
        first = np.repeat(start[chosen] - np.cumsum(counts) + counts, counts)
        rows = first + np.arange(counts.sum())
        return replace(
            self,
            hkl=self.hkl[rows],
            g=self.g[rows],
            intensity=self.intensity[rows],
            crystal=np.repeat(np.arange(len(chosen)), counts),
            reciprocal=self.reciprocal[chosen],
        )

    def lines(self, crystal: int = 0) -> pd.DataFrame:
        """Return the lines of one crystal: reflections at the same angle become one.

        Returns
        -------
        pandas.DataFrame
            Columns ``two_theta_deg``, ``d_a`` (Å), ``hkl`` (one of those that meet), ``multiplicity`` and
            ``intensity`` (the strongest is 100), in order of the angle.

        Raises
        ------
        ValueError
            If there is no such crystal, or more than one.
        """
        one = self[chosen_rows([crystal], self.n_crystals, "crystals")]
        n_lines = one.line[-1] + 1 if len(one.line) else 0
        first = np.searchsorted(one.line, np.arange(n_lines))
        intensity = np.bincount(one.line, one.intensity, n_lines)
        both = np.concatenate([one.hkl, -one.hkl])
        names: list[tuple[int, ...]] = [(0, 0, 0)] * n_lines
        for line, hkl in zip(np.tile(one.line, 2), both.tolist(), strict=True):
            names[line] = max(names[line], tuple(hkl))
        angle = one.two_theta_deg[first]
        return pd.DataFrame(
            {
                "two_theta_deg": angle,
                "d_a": self.wavelength / 2 / np.sin(np.radians(angle / 2)),
                "hkl": names,
                "multiplicity": 2 * np.bincount(one.line, minlength=n_lines),
                "intensity": 100 * intensity / intensity.max(initial=1e-300),
            }
        )


def bragg_angle(d: ArrayLike, wavelength: float = CU_K_ALPHA) -> Array:
    """Return the angle 2θ in degrees at which planes a distance d apart (Å) reflect: λ = 2d sin θ.

    Planes that lie too close for the wavelength get 180°.

    Raises
    ------
    ValueError
        If a distance or the wavelength is not positive and finite.
    """
    distance = real_numbers(d, "distances of planes (Å)", above=0)
    sine = real_number(wavelength, "wavelengths (Å)", above=0) / (2 * distance)
    return np.degrees(2 * np.arcsin(np.minimum(sine, 1)))


def _half_sphere(
    structure: Structure, ends: Array, wavelength: float, b_iso: float
) -> tuple[NDArray[np.int16], NDArray[np.float32], Array, Array]:
    """Return indices, reciprocal vectors and intensities of one crystal, and its reciprocal lattice."""
    if not hasattr(structure, "lattice") or not len(structure):
        raise ValueError(
            _(
                "A {type} was given that is no crystal with atoms; give a list of pymatgen Structures, as "
                "AseAtomsAdaptor.get_structure makes them of ASE Atoms."
            ).format(type=type(structure).__name__)
        )
    real_numbers(structure.frac_coords, "coordinates of the atoms")
    lattice = structure.lattice
    vectors = real_numbers(lattice.matrix, "cell vectors (Å)")
    if not abs(np.linalg.det(vectors)) > FLATTEST * np.prod(lattice.abc):
        raise ValueError(
            _(
                "The cell vectors of {formula} lie in one plane, or one is zero; give a crystal with a "
                "volume."
            ).format(formula=structure.composition.reduced_formula)
        )
    reciprocal = np.asarray(np.linalg.inv(lattice.matrix).T, dtype=float)
    n = np.floor(ends[1] * np.array(lattice.abc)).astype(int)  # h = g · a
    if np.prod(2.0 * n + 1) > 2 * MOST_INDICES:
        raise ValueError(
            _(
                "The cell of {formula}, {a:.0f} × {b:.0f} × {c:.0f} Å, has more than {most} million "
                "reflections in this range; give a smaller range or cell, with its edges in Å."
            ).format(
                formula=structure.composition.reduced_formula,
                **dict(zip("abc", lattice.abc, strict=True)),
                most=MOST_INDICES // 1_000_000,
            )
        )
    axes = [np.arange(n[0] + 1), np.arange(-n[1], n[1] + 1), np.arange(-n[2], n[2] + 1)]
    hkl = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    h, k, ell = np.moveaxis(hkl, -1, 0)
    g = hkl @ reciprocal
    length = np.sqrt((g**2).sum(axis=-1))
    half = (h > 0) | ((h == 0) & ((k > 0) | ((k == 0) & (ell > 0))))
    inside = half & (length >= ends[0]) & (length <= ends[1])
    length = length[inside]
    total = np.zeros(len(length), dtype=complex)
    for symbol, (frac_coords, occupancy) in _sites(structure).items():
        # exp(2πi(hx+ky+lz)) is a product of three, so all reflections are one product of matrices
        x, y, z = (
            np.exp(2j * np.pi * np.outer(a, b)) for a, b in zip(axes, frac_coords.T, strict=True)
        )
        plane = (x[:, None] * y * occupancy).reshape(-1, len(occupancy))
        total += (
            scattering_factor(symbol, length / 2, b_iso) * (plane @ z.T).reshape(half.shape)[inside]
        )
    theta = np.arcsin(wavelength * length / 2)
    lorentz = (1 + np.cos(2 * theta) ** 2) / (np.sin(theta) ** 2 * np.cos(theta))
    intensity = 2 * np.abs(total) ** 2 * lorentz / abs(np.linalg.det(lattice.matrix)) ** 2
    order = np.argsort(length, kind="stable")
    hkl, g = hkl[inside][order], g[inside][order]
    return hkl.astype(np.int16), g.astype(np.float32), intensity[order], reciprocal


def _sites(structure: Structure) -> dict[str, tuple[Array, Array]]:
    """Return fractional coordinates and occupancies of the sites of each element."""
    found: dict[str, tuple[list[int], list[float]]] = {}
    for row, site in enumerate(structure):
        for species, occupancy in site.species.items():
            rows, occupancies = found.setdefault(_symbol(species), ([], []))
            rows.append(row)
            occupancies.append(occupancy)
    frac_coords = structure.frac_coords
    return {name: (frac_coords[rows], np.array(share)) for name, (rows, share) in found.items()}


@cache
def _symbol(species: Element | Species) -> str:
    return species.symbol


@cache
def _parameters(symbol: str) -> tuple[int, Array]:
    from pymatgen.analysis.diffraction.xrd import ATOMIC_SCATTERING_PARAMS
    from pymatgen.core import Element

    if symbol not in ATOMIC_SCATTERING_PARAMS:
        raise ValueError(
            _(
                "There are no scattering factors for {symbol!r}; give the symbol of an element such as 'Si', "
                "and leave other crystals out."
            ).format(symbol=symbol)
        )
    return Element(symbol).Z, np.array(ATOMIC_SCATTERING_PARAMS[symbol])


def scattering_factor(symbol: str, s: ArrayLike, b_iso: float = 0.0) -> Array:
    """Return how strongly an atom scatters X-rays, in electrons.

    Parameters
    ----------
    symbol : str
        The element.
    s : array_like
        sin(θ)/λ in Å⁻¹, which is 1/(2d).
    b_iso : float
        Debye-Waller factor B, Å².

    Raises
    ------
    ValueError
        If there are no factors for the element, or s lies not between 0 and 2 Å⁻¹, where they hold.

    Notes
    -----
    f = Z − 41.78214 s² Σ a exp(−b s²), De Graef and McHenry, Structure of Materials (2012), as in pymatgen.
    """
    number, parameters = _parameters(str(symbol))
    b_iso = real_number(b_iso, "Debye-Waller factors (Å²)", least=0)
    square = np.square(real_numbers(s, "values of sin(θ)/λ (Å⁻¹)", least=0, most=LARGEST_S + 1e-9))
    amplitude, decay = parameters.T
    bound = (amplitude * np.exp(-np.multiply.outer(square, decay))).sum(axis=-1)
    return (number - 41.78214 * square * bound) * np.exp(-b_iso * square)


@dataclass(frozen=True)
class Measurement:
    """How a powder is prepared and measured, one value a pattern.

    Attributes
    ----------
    caglioti : array, shape (n, 3)
        U, V, W in deg²: the full width at half maximum is the root of U tan²θ + V tan θ + W
        (Caglioti, Paoletti and Ricci 1958).
    lorentzian : array, shape (n,)
        Share η of the Lorentzian in the pseudo-Voigt profile; the rest is a Gaussian of the same width.
    k_alpha_2 : array, shape (n,)
        Intensity of Cu Kα₂ relative to Kα₁; 0 for one line at the mean wavelength.
    zero_shift_deg : array, shape (n,)
        Added to every 2θ.
    displacement_mm : array, shape (n,)
        How far the powder lies below the axis: 2θ changes by −2s cos θ / R, with R = 200 mm.
    march : array, shape (n,)
        Parameter r of March and Dollase; 1 for no texture, below 1 for plates that lie flat.
    axis : array of int, shape (n, 3)
        The reflection (hkl) whose planes lie flat.
    graininess : array, shape (n,)
        Standard deviation of the logarithm of a factor of each line, for few large grains.
    background : array, shape (n, 4)
        Relative to the highest peak: air scatter at 10°, which falls off as exp(−(2θ − 10°)/decay), decay
        in degrees, a constant, and the glass hump about 22° (7° wide).
    counts : array, shape (n,)
        Counts at the highest point; infinite for no noise.

    Raises
    ------
    ValueError
        If a part has another shape. What its values may be is checked where they are used.
    """

    caglioti: Array
    lorentzian: Array
    k_alpha_2: Array
    zero_shift_deg: Array
    displacement_mm: Array
    march: Array
    axis: NDArray[np.intp]
    graininess: Array
    background: Array
    counts: Array

    def __post_init__(self) -> None:
        n = np.size(self.caglioti) // 3
        for name, (width, _limits) in LIMITS.items():
            given = _part(name, getattr(self, name))
            object.__setattr__(self, name, given)
            if given.shape != (n, *width):
                raise ValueError(
                    _("The values of {name} have the shape {shape}; give {expected}.").format(
                        name=name, shape=given.shape, expected=(n, *width)
                    )
                )

    def check(self, names: Iterable[str]) -> None:
        """Raise a `ValueError` if parts are not finite, or negative where nothing can be."""
        for name in names:
            given = getattr(self, name)
            finite = np.where(given == np.inf, 1e300, given) if name == "counts" else given
            real_numbers(finite, _("values of {name}").format(name=name), **LIMITS[name][1])
            if name == "counts":
                drawn = np.where(given == np.inf, 1.0, given)
                real_numbers(drawn, "counts (np.inf for no noise)", most=MOST_COUNTS, least=0)
            if name == "background":
                real_numbers(given[:, 1], "decays of the background (°)", above=0)
            if name == "axis":
                real_numbers(np.abs(given).sum(axis=1), "lengths of the axis", above=0)

    @classmethod
    def ideal(cls, n: int, fwhm_deg: float = 0.15) -> Measurement:
        """Return n measurements in which nothing disturbs: narrow lines at the right place, no noise."""
        check_counts(least=0, n=n)
        fwhm_deg = real_number(fwhm_deg, "widths (°)", above=0)
        zero = np.zeros(n)
        return cls(
            caglioti=np.tile([0, 0, fwhm_deg**2], (n, 1)),
            lorentzian=zero + 0.5,
            k_alpha_2=zero,
            zero_shift_deg=zero,
            displacement_mm=zero,
            march=zero + 1,
            axis=np.tile([0, 0, 1], (n, 1)),
            graininess=zero,
            background=np.tile([0.0, 20, 0, 0], (n, 1)),
            counts=zero + np.inf,
        )

    def __getitem__(self, rows: NDArray | list[int] | slice | int) -> Measurement:
        """Return the measurements in some rows; raise ValueError if there is no such row."""
        rows = chosen_rows(rows, len(self.counts), "measurements")
        return Measurement(**{name: values[rows] for name, values in vars(self).items()})


def _part(name: str, given: Any) -> NDArray:
    """Return a part of a measurement as an array; whole numbers stay whole."""
    if isinstance(given, np.ndarray) and not np.ma.isMaskedArray(given):
        return given
    return as_floats(
        given, name, _("The values of {name} are no numbers; give an array of real numbers.")
    )


def draw_measurement(
    n: int, random: np.random.Generator | int, distortions: Collection[str] = DISTORTIONS
) -> Measurement:
    """Draw how n powders are measured in an ordinary laboratory.

    Parameters
    ----------
    n : int
    random : numpy.random.Generator or int
        The generator, or the seed of one.
    distortions : collection of str
        Which of :data:`DISTORTIONS` take part; the others stay ideal. "shift" is zero shift and
        displacement together.

    Raises
    ------
    ValueError
        If a distortion is not known, or n or the seed is no whole number.

    Notes
    -----
    The ranges are chosen for this course, wide enough for a badly kept instrument; they are no statistics of
    real laboratories. All numbers are drawn whatever is asked for, so that one seed gives the same shift with
    and without the other distortions.
    """
    check_counts(least=0, n=n)
    random = generator(random)
    one = isinstance(distortions, str) or not isinstance(distortions, Iterable)
    named: list[Any] = [distortions] if one else list(distortions)
    if unknown := set(named) - set(DISTORTIONS):
        raise ValueError(
            _("The distortion {name!r} is not known; choose from {known}.").format(
                name=sorted(unknown, key=str)[0], known=", ".join(DISTORTIONS)
            )
        )
    w = random.uniform(0.1, 0.3, n) ** 2
    u = w * random.uniform(0, 2, n)
    drawn = {
        "k_alpha_2": {"k_alpha_2": np.full(n, 0.5)},
        "width": {
            "caglioti": np.column_stack([u, -np.sqrt(u * w) * random.uniform(0, 1, n), w]),
            "lorentzian": random.uniform(0.2, 0.9, n),
        },
        "shift": {
            "zero_shift_deg": random.uniform(-0.1, 0.1, n),
            "displacement_mm": random.uniform(-0.2, 0.2, n),
        },
        "background": {
            "background": np.column_stack(
                [
                    random.uniform(0, 0.4, n),
                    random.uniform(8, 30, n),
                    random.uniform(0, 0.1, n),
                    random.uniform(0, 0.15, n) * random.integers(0, 2, n),
                ]
            )
        },
        "texture": {
            "march": random.uniform(0.5, 1, n),
            "axis": AXES[random.integers(0, len(AXES), n)],
        },
        "graininess": {"graininess": random.uniform(0, 0.5, n)},
        "noise": {"counts": 10 ** random.uniform(2.5, 4.5, n)},
    }
    taken = {key: value for name in named for key, value in drawn[name].items()}
    return replace(Measurement.ideal(n), **taken)


def march_dollase(cosine: ArrayLike, r: ArrayLike) -> Array:
    """Return how much more often planes are met at an angle to the preferred axis than in a random powder.

    Parameters
    ----------
    cosine : array_like
        Cosine of the angle between the planes' normal and the preferred axis.
    r : array_like
        The parameter of March; 1 gives 1 everywhere.

    Raises
    ------
    ValueError
        If a cosine lies not between −1 and 1, as an angle does not, or r is not positive.

    Notes
    -----
    (r² cos²α + sin²α / r)^(−3/2), whose mean over the sphere is 1. Dollase, J. Appl. Cryst. 19, 267 (1986),
    doi:10.1107/S0021889886089458.
    """
    # a cosine in single precision may be 1.0000001
    square = np.square(real_numbers(cosine, "cosines", least=-1.00001, most=1.00001))
    r = real_numbers(r, "parameters of March", above=0)
    if square.ndim == r.ndim == 1:
        check_same_shape((square, r), "cosines and parameters of March")
    check_broadcast((square, r), "cosines and parameters of March")
    return (r**2 * square + (1 - square) / r) ** -1.5


def line_profiles(
    reflections: Reflections,
    measurement: Measurement,
    random: np.random.Generator | int,
    grid: ArrayLike = GRID,
) -> Array:
    """Draw the lines of all crystals, without background and noise.

    Parameters
    ----------
    reflections : Reflections
        Of n crystals.
    measurement : Measurement
        Of n powders.
    random : numpy.random.Generator or int
        For the graininess.
    grid : array_like, shape (n_points,)
        Angles 2θ in degrees, evenly spaced.

    Returns
    -------
    array, shape (n, n_points)
        In the unit of the reflections' intensity per degree, for equal volumes of powder.

    Raises
    ------
    ValueError
        If there are not as many measurements as crystals, the grid is not even or holds no line at all, as
        one in radians does, U, V and W make the square of a width negative, or two lines of Cu are asked for
        at another wavelength.
    """
    random, grid = generator(random), _even(grid)
    n = reflections.n_crystals
    if len(measurement.march) != n:
        raise ValueError(
            _(
                "There are {n} crystals and {given} measurements; give one measurement a crystal."
            ).format(n=n, given=len(measurement.march))
        )
    measurement.check(name for name in LIMITS if name not in SEEN_LATER)
    if np.any(measurement.k_alpha_2) and abs(reflections.wavelength - CU_K_ALPHA) > 0.002:
        raise ValueError(
            _(
                "The second line of a copper tube was asked for at {wavelength:g} Å; leave k_alpha_2 at 0, "
                "or make the reflections for {known:g} Å."
            ).format(wavelength=reflections.wavelength, known=CU_K_ALPHA)
        )
    line = reflections.line
    first = np.flatnonzero(np.diff(line, prepend=-1))
    crystal, intensity = reflections.crystal[first], _textured(reflections, measurement)
    intensity = np.bincount(line, intensity, len(first)) if len(first) else intensity
    intensity = intensity * np.exp(
        measurement.graininess[crystal] * random.standard_normal(len(first))
    )
    strongest = np.zeros(n)
    np.maximum.at(strongest, crystal, intensity)
    drawn = intensity > WEAKEST * strongest[crystal]
    first, crystal, intensity = first[drawn], crystal[drawn], intensity[drawn]
    theta = np.radians(reflections.two_theta_deg[first] / 2)
    u, v, w = measurement.caglioti[crystal].T
    square = u * np.tan(theta) ** 2 + v * np.tan(theta) + w
    if (square < 0).any():
        row = int(crystal[square.argmin()])
        raise ValueError(
            _(
                "In measurement {row}, counted from 0, the square of a width is {square:.3g} deg²; give U, V "
                "and W in deg² with which U tan²θ + V tan θ + W is nowhere negative."
            ).format(row=row, square=square.min())
        )
    width = np.sqrt(np.maximum(square, 1e-4))
    moved = measurement.zero_shift_deg[crystal] - np.degrees(
        2 * measurement.displacement_mm[crystal] * np.cos(theta) / RADIUS_MM
    )
    second = measurement.k_alpha_2[crystal]
    reach = round(REACH_DEG / abs(grid[1] - grid[0]))
    result = np.zeros((n, len(grid) + 2 * reach))
    for wavelength, share in (
        (np.where(second > 0, CU_K_ALPHA_1, CU_K_ALPHA), 1 / (1 + second)),
        (CU_K_ALPHA_2, second / (1 + second)),
    ):
        chosen = share > 0
        sine = np.sin(theta) * wavelength / CU_K_ALPHA
        place = np.degrees(2 * np.arcsin(np.minimum(sine, 1))) + moved
        _add_lines(
            result,
            grid,
            reach,
            crystal[chosen],
            place[chosen],
            (intensity * share)[chosen],
            width[chosen],
            measurement.lorentzian[crystal[chosen]],
        )
    if n and not result.any():
        raise ValueError(
            _(
                "No line of {n} crystals lies between {low:g} and {high:g}; give angles 2θ in degrees, such "
                "as GRID, at which the crystals reflect."
            ).format(n=n, low=grid.min(), high=grid.max())
        )
    return result[:, reach : reach + len(grid)]


def _even(grid: ArrayLike) -> Array:
    grid = real_numbers(grid, "angles 2θ (°)")
    steps = np.diff(grid) if grid.ndim == 1 else np.empty(0)
    # a grid in single precision is even to a part in a million of its angles
    even = len(steps) and np.allclose(steps, steps[0], atol=1e-6 * np.abs(grid).max())
    if not even or steps[0] == 0:
        raise ValueError(_("The angles are not evenly spaced; give a grid such as GRID."))
    return grid


def _textured(reflections: Reflections, measurement: Measurement) -> Array:
    """Weigh each reflection by how often its planes lie flat in a textured powder."""
    if np.all(measurement.march == 1):
        return reflections.intensity
    axis = np.einsum("ni,nij->nj", measurement.axis, reflections.reciprocal)
    axis /= np.linalg.norm(axis, axis=1, keepdims=True)
    g, crystal = reflections.g, reflections.crystal
    cosine = (g * axis[crystal].astype(np.float32)).sum(axis=1)
    cosine /= np.sqrt((g * g).sum(axis=1))
    return reflections.intensity * march_dollase(cosine, measurement.march[crystal])


def _add_lines(
    patterns: Array,
    grid: Array,
    reach: int,
    row: NDArray[np.intp],
    place: Array,
    area: Array,
    width: Array,
    lorentzian: Array,
) -> None:
    """Add pseudo-Voigt lines to patterns that are ``reach`` points longer than the grid on either side."""
    step = grid[1] - grid[0]
    steps = np.arange(-reach, reach + 1)
    center = np.round((place - grid[0]) / step).astype(int)
    seen = np.flatnonzero((center >= 0) & (center < len(grid)))
    flat = patterns.reshape(-1)
    for part in np.array_split(seen, len(seen) * reach // 200_000 + 1):
        away = ((center[part] * step + grid[0] - place[part])[:, None] + steps * step).astype("f4")
        square = (away * (2 / width[part, None]).astype("f4")) ** 2
        peak = (
            lorentzian[part] * 2 / np.pi,
            (1 - lorentzian[part]) * 2 * np.sqrt(np.log(2) / np.pi),
        )
        left, right = ((area[part] / width[part] * each)[:, None].astype("f4") for each in peak)
        profile = left / (1 + square) + right * np.exp(np.float32(-np.log(2)) * square)
        index = (row[part] * patterns.shape[1] + center[part] + reach)[:, None] + steps
        start, stop = index.min(initial=len(flat)), index.max(initial=-1) + 1
        flat[start:stop] += np.bincount(
            index.ravel() - start, profile.ravel(), max(stop - start, 0)
        )


def observe(
    intensity: ArrayLike,
    measurement: Measurement,
    random: np.random.Generator | int,
    grid: ArrayLike = GRID,
) -> NDArray[np.float32]:
    """Add background and counting noise to the intensity from crystals.

    Parameters
    ----------
    intensity : array_like, shape (n, n_points)
        Such as `line_profiles` gives, or a sum of them.
    measurement : Measurement
        Of n powders.
    random : numpy.random.Generator or int
        For the noise.
    grid : array_like, shape (n_points,)
        Angles 2θ in degrees.

    Returns
    -------
    array of single precision, shape (n, n_points)
        The highest point of each pattern is 1.

    Raises
    ------
    ValueError
        If an intensity is negative or not finite, or there are not as many as measurements and angles.
    """
    random, angle = generator(random), real_numbers(grid, "angles 2θ (°)")
    intensity = real_numbers(intensity, "intensities", least=0)
    measurement.check(SEEN_LATER)
    expected = (len(measurement.counts), *angle.shape)
    if not angle.size or intensity.shape != expected:
        raise ValueError(
            _(
                "The intensities have the shape {shape}; give {expected}, a row for each measurement and a "
                "number for each angle."
            ).format(shape=intensity.shape, expected=expected)
        )
    seen = intensity / np.maximum(intensity.max(axis=1, keepdims=True), 1e-300)
    air, decay, constant, hump = measurement.background.T[:, :, None]
    if np.any(measurement.background[:, [0, 2, 3]]):
        seen = seen + air * np.exp(-(angle - 10) / decay) + constant
        seen += hump * np.exp(-(((angle - 22) / 7) ** 2))
    noisy = np.isfinite(measurement.counts)
    # a pattern without any intensity has no counts
    highest = np.maximum(seen[noisy].max(axis=1, keepdims=True), 1e-300)
    counts = np.where(highest > 1e-300, measurement.counts[noisy, None] / highest, 0)
    seen[noisy] = random.poisson(seen[noisy] * counts)
    return (seen / np.maximum(seen.max(axis=1, keepdims=True), 1e-300)).astype(np.float32)


def powder_patterns(
    reflections: Reflections,
    measurement: Measurement,
    random: np.random.Generator | int,
    grid: ArrayLike = GRID,
) -> NDArray[np.float32]:
    """Simulate the powder pattern of each crystal: :func:`line_profiles`, then :func:`observe`.

    Returns
    -------
    array of single precision, shape (n, n_points)
        The highest point of each pattern is 1.
    """
    random = generator(random)
    return observe(line_profiles(reflections, measurement, random, grid), measurement, random, grid)
