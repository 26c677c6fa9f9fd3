"""The third surrogate's calculation: how fast atoms of a Lennard-Jones fluid diffuse, by molecular dynamics.

All numbers are in Lennard-Jones units: lengths in σ, energies in ε, masses in m, times in σ√(m/ε).
"""

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from matnn_lab.text import gettext as _

Array = NDArray[np.float64]

N_ATOMS = 108  # 3 × 3 × 3 cubic cells of fcc
CUTOFF = 2.4  # σ
TIME_STEP = 0.004
SETTLE, RECORD, EVERY = 1500, 1000, 20  # steps
LAGS = slice(15, 36)  # in records: 1.2 to 2.8 units of time


def diffusion(density: ArrayLike, temperature: ArrayLike, *, seed: int = 0) -> Array:
    """Simulate fluids side by side and return their coefficient of self-diffusion.

    Parameters
    ----------
    density, temperature : array_like, shape (n,)
        Reduced number density ρσ³, of 0.97 at most, and kT/ε.
    seed : int
        Of the first velocities: another seed is another measurement of the same fluid.

    Returns
    -------
    numpy.ndarray, shape (n,)
        In σ√(ε/m).

    Notes
    -----
    A sixth of the slope of the mean square displacement (Einstein 1905), read while the energy is constant.
    The temperature is that at which the fluid settled; afterwards it wanders by up to some four per cent,
    which is a part of the scatter. So few atoms diffuse more slowly than many (Yeh and Hummer 2004,
    doi:10.1021/jp0477147).

    Raises
    ------
    ValueError
        If a density is so high that the cutoff is longer than half of the box.
    """
    place, velocity, edge = settled(density, temperature, seed=seed)
    force, records = forces(place, edge), []
    for step in range(RECORD):
        place, velocity, force = _one_step(place, velocity, force, edge)
        if step % EVERY == 0:
            records.append(place)
    return _einstein(torch.stack(records))


def settled(
    density: ArrayLike, temperature: ArrayLike, *, seed: int = 0
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Let an fcc crystal melt, the temperature set again at each step.

    Returns
    -------
    place, velocity : torch.Tensor, shape (n, n_atoms, 3)
        The places run on beyond the box.
    edge : torch.Tensor, shape (n, 1, 1)
        Of the box.
    """
    rho = np.asarray(density, dtype=float)
    if np.any((N_ATOMS / rho) ** (1 / 3) < 2 * CUTOFF):
        raise ValueError(
            _("The density {given:g} is too high; please stay at 0.97 or below.").format(
                given=rho.max()
            )
        )
    kt = torch.tensor(np.asarray(temperature, dtype=float), dtype=torch.float32)[:, None, None]
    edge = torch.tensor((N_ATOMS / rho) ** (1 / 3), dtype=torch.float32)[:, None, None]
    generator = torch.Generator().manual_seed(seed)
    place = edge * _fcc()
    velocity = kt.sqrt() * torch.randn(place.shape, generator=generator)
    velocity = velocity - velocity.mean(dim=1, keepdim=True)
    force = forces(place, edge)
    for _step in range(SETTLE):
        place, velocity, force = _one_step(place, velocity, force, edge)
        now = velocity.square().sum(dim=(1, 2), keepdim=True) / (3 * (N_ATOMS - 1))
        velocity = velocity * (kt / now).sqrt()
    return place, velocity, edge


def _one_step(
    place: torch.Tensor, velocity: torch.Tensor, force: torch.Tensor, edge: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Make a step of the velocity Verlet algorithm."""
    velocity = velocity + 0.5 * TIME_STEP * force
    place = place + TIME_STEP * velocity
    force = forces(place, edge)
    return place, velocity + 0.5 * TIME_STEP * force, force


def forces(place: torch.Tensor, edge: torch.Tensor) -> torch.Tensor:
    """Return the forces on atoms in periodic boxes, shape (n, n_atoms, 3), as the places.

    A pair feels the Lennard-Jones force less that at the cutoff.
    """
    n_atoms = place.shape[1]
    difference = place[:, :, None, :] - place[:, None, :, :]
    difference = difference - edge[..., None] * (difference / edge[..., None]).round()
    square = difference.square().sum(dim=-1)
    square[:, torch.arange(n_atoms), torch.arange(n_atoms)] = 1e6
    square = torch.where(square < CUTOFF**2, square, 1e6)
    inverse = square.reciprocal().pow(3)
    end = 24 * (2 * CUTOFF**-13 - CUTOFF**-7)
    inside = square < CUTOFF**2
    over_r = 24 * inverse * (2 * inverse - 1) / square - inside * end * square.rsqrt()
    return torch.einsum("bijk,bij->bik", difference, over_r)


def _fcc() -> torch.Tensor:
    """Return the places of 108 atoms in a box of edge 1, shape (108, 3)."""
    corners = torch.tensor([[0.0, 0, 0], [0, 0.5, 0.5], [0.5, 0, 0.5], [0.5, 0.5, 0]])
    shifts = torch.cartesian_prod(*(torch.arange(3.0),) * 3)
    return ((corners[None] + shifts[:, None]) / 3).reshape(-1, 3)


def _einstein(records: torch.Tensor) -> Array:
    """Fit the slope of the mean square displacement over the lags; records are (n_times, n, atoms, 3)."""
    lags = np.arange(LAGS.start, LAGS.stop)
    moved = []
    for lag in lags:
        steps = (records[lag:] - records[:-lag]).square().sum(dim=-1)
        moved.append(steps.mean(dim=(0, 2)).double().numpy())
    slopes = np.polyfit(lags * EVERY * TIME_STEP, np.array(moved), 1)[0]
    return slopes / 6
