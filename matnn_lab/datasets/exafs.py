"""Computed EXAFS: the equation for single scattering, with a plain model of the backscatterer.

χ(k) = S₀² Σ_j N_j f(k)/(k R_j²) exp(−2σ_j²k²) exp(−2R_j/λ) sin(2kR_j + φ(k)), after Rehr and Albers,
Rev. Mod. Phys. 72, 621 (2000), doi:10.1103/RevModPhys.72.621. Here f is a bell around 6 Å⁻¹ and φ a
straight line, which stand for no element in particular: the distances are those put in, the amplitudes
are not those of a material.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from matnn_lab.arrays import real_number, real_numbers
from matnn_lab.text import gettext as _

HBAR2_OVER_2M_EV_A2 = 3.80998212  # CODATA 2018; E − E₀ = ħ²k²/2m
SOFTEST_EDGE_EV = 40.0
NEAREST_A, FARTHEST_A = (
    0.5,
    50.0,
)  # no two atoms of a shell are nearer, no electron comes back from farther
PHASE, PHASE_SLOPE_A = 0.5, -0.6  # φ(k) = PHASE + PHASE_SLOPE_A · k


class Shell(NamedTuple):
    """Neighbors at one distance: how many, how far (Å), and the variance of that distance (Å²)."""

    number: float
    distance_a: float
    variance_a2: float = 0.004


def wavenumber(energy_ev: ArrayLike, edge_ev: float) -> np.ndarray:
    """Turn the energy of a photon into the wavenumber of the electron, k = √(2m(E − E₀))/ħ in Å⁻¹.

    Parameters
    ----------
    energy_ev : array of shape (n,)
    edge_ev : float
        E₀; below it there is no electron, and k is zero.

    Raises
    ------
    ValueError
        If an energy is not finite, or one or the edge is below 40 eV, as one in keV is: no such edge has a
        fine structure.
    """
    edge = real_number(edge_ev, "edges (eV, not keV)", least=SOFTEST_EDGE_EV)
    above = real_numbers(energy_ev, "energies (eV, not keV)", least=SOFTEST_EDGE_EV) - edge
    return np.sqrt(np.clip(above, 0, None) / HBAR2_OVER_2M_EV_A2)


def exafs(
    wavenumber_per_a: ArrayLike,
    shells: Sequence[Shell | tuple[float, ...]],
    *,
    amplitude: float = 0.9,
    mean_free_path_a: float = 8.0,
) -> np.ndarray:
    """Compute the fine structure χ(k) of some shells of neighbors.

    Parameters
    ----------
    wavenumber_per_a : array of shape (n,)
        k in Å⁻¹, greater than zero.
    shells : sequence of Shell, or of tuples of its numbers
    amplitude : float
        S₀², without unit.
    mean_free_path_a : float
        λ in Å.

    Returns
    -------
    numpy.ndarray, shape (n,)

    Raises
    ------
    ValueError
        If a wavenumber or the mean free path is not greater than zero, a distance is none between atoms in Å,
        or another number is negative.
    """
    k = real_numbers(wavenumber_per_a, "wavenumbers (Å⁻¹)", above=0)
    amplitude = real_number(amplitude, "amplitudes", least=0)
    mean_free_path_a = real_number(mean_free_path_a, "mean free paths (Å)", above=0)
    one = isinstance(shells, Shell) or not isinstance(shells, Iterable)
    several: Iterable = [shells] if one else shells
    shells = [_shell(each) for each in several]
    chi = np.zeros_like(k)
    for number, distance, variance in shells:
        damping = np.exp(-2 * variance * k**2 - 2 * distance / mean_free_path_a)
        wave = np.sin(2 * k * distance + PHASE + PHASE_SLOPE_A * k)
        chi += amplitude * number * backscattering(k) / (k * distance**2) * damping * wave
    return chi


def _shell(given: Sequence[float]) -> Shell:
    """Return a shell, also of a tuple, if its numbers are possible."""
    if not isinstance(given, Sequence | np.ndarray) or len(given) not in (2, 3):
        raise ValueError(
            _(
                "The shell {given!r} was given; give number, distance in Å and, if known, its variance in "
                "Å², as in [(6, 2.5, 0.004)]."
            ).format(given=given)
        )
    shell = Shell(*given)
    numbers = real_numbers(shell, "numbers, distances and variances of the shells", least=0)
    shell = Shell(*numbers.tolist())
    real_number(shell.distance_a, "distances (Å, not nm or pm)", least=NEAREST_A, most=FARTHEST_A)
    return shell


def backscattering(wavenumber_per_a: ArrayLike) -> np.ndarray:
    """Give the model's f(k) in Å, a bell around 6 Å⁻¹."""
    k = real_numbers(wavenumber_per_a, "wavenumbers (Å⁻¹)")
    return 0.8 * np.exp(-(((k - 6) / 4) ** 2))
