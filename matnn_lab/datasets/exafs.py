"""Computed EXAFS: the equation for single scattering, with a plain model of the backscatterer.

χ(k) = S₀² Σ_j N_j f(k)/(k R_j²) exp(−2σ_j²k²) exp(−2R_j/λ) sin(2kR_j + φ(k)), after Rehr and Albers,
Rev. Mod. Phys. 72, 621 (2000), doi:10.1103/RevModPhys.72.621. Here f is a bell around 6 Å⁻¹ and φ a
straight line, which stand for no element in particular: the distances are those put in, the amplitudes
are not those of a material.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from matnn_lab.text import gettext as _

HBAR2_OVER_2M_EV_A2 = 3.80998212  # CODATA 2018; E − E₀ = ħ²k²/2m
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
    """
    above = np.asarray(energy_ev, dtype=float) - edge_ev
    return np.sqrt(np.clip(above, 0, None) / HBAR2_OVER_2M_EV_A2)


def exafs(
    wavenumber_per_a: ArrayLike,
    shells: Sequence[Shell],
    *,
    amplitude: float = 0.9,
    mean_free_path_a: float = 8.0,
) -> np.ndarray:
    """Compute the fine structure χ(k) of some shells of neighbors.

    Parameters
    ----------
    wavenumber_per_a : array of shape (n,)
        k in Å⁻¹, greater than zero.
    shells : sequence of Shell
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
        If a wavenumber or a distance is not greater than zero.
    """
    k = np.asarray(wavenumber_per_a, dtype=float)
    if not np.all(k > 0) or not all(shell.distance_a > 0 for shell in shells):
        raise ValueError(
            _(
                "Wavenumbers (Å⁻¹) and distances (Å) must be greater than zero; leave out the others."
            )
        )
    chi = np.zeros_like(k)
    for number, distance, variance in shells:
        damping = np.exp(-2 * variance * k**2 - 2 * distance / mean_free_path_a)
        wave = np.sin(2 * k * distance + PHASE + PHASE_SLOPE_A * k)
        chi += amplitude * number * backscattering(k) / (k * distance**2) * damping * wave
    return chi


def backscattering(wavenumber_per_a: ArrayLike) -> np.ndarray:
    """Give the model's f(k) in Å, a bell around 6 Å⁻¹."""
    return 0.8 * np.exp(-(((np.asarray(wavenumber_per_a, dtype=float) - 6) / 4) ** 2))
