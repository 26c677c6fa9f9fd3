"""An exact oracle: the effective conductivity of a periodic image, from the equation itself.

Each pixel has a conductivity σ. Where a mean field E is applied, the current adapts until it is free of
sources, ∇·(σ∇φ) = 0; the effective conductivity k tells the mean current, ⟨j⟩ = k E. Heat conduction,
electric conduction, diffusion and the dielectric constant all obey this equation.
"""

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from matnn_lab.arrays import gray_images, is_count, real_number, real_numbers
from matnn_lab.text import gettext as _

Array = NDArray[np.float64]

ROUNDING = 1e-13  # of the first residual; what is left below it is no current but rounding
# times the tolerance: how far k may still lie above its minimum, and the current across the field off, in
# shares of k; what the residual allows stays below it up to a contrast of about a hundred
SAFETY = 200.0


def effective_conductivity(
    local: ArrayLike, *, tolerance: float = 1e-4, max_iterations: int = 1000
) -> Array:
    """Solve the cell problem of periodic images in both directions.

    Parameters
    ----------
    local : array_like, shape (n, size, size) or (size, size)
        Conductivity of each pixel, positive, in any unit. x runs along the last axis, y along the one
        before.
    tolerance : float
        The residual, relative to that at the start, at which the iteration stops. The conductivity is a
        minimum, so its own error is about the square of this. Where the phases differ so much that this is
        not enough, the iteration goes on until k is surely right to 200 times the tolerance.
    max_iterations : int
        At most so many iterations.

    Returns
    -------
    numpy.ndarray, shape (n, 2, 2) or (2, 2)
        The tensor k in the same unit: k[:, 0, 0] is k_xx, k[:, 1, 1] is k_yy.

    Raises
    ------
    ValueError
        If the images have another shape, or a conductivity is not positive and finite.
    RuntimeError
        If the iteration does not reach the tolerance, or rounding hides what the poor conductor does.
    """
    columns = [
        mean_current(local, field, tolerance=tolerance, max_iterations=max_iterations)
        for field in ((1.0, 0.0), (0.0, 1.0))
    ]
    return np.stack(columns, axis=-1)


def mean_current(
    local: ArrayLike,
    field: tuple[float, float] = (1.0, 0.0),
    *,
    tolerance: float = 1e-4,
    max_iterations: int = 1000,
) -> Array:
    """Return the mean current (j_x, j_y) under one mean field; with the field along x, j_x is k_xx.

    Parameters
    ----------
    local, tolerance, max_iterations
        As in `effective_conductivity`.
    field : tuple of two floats
        The mean field (E_x, E_y).

    Returns
    -------
    numpy.ndarray, shape (n, 2) or (2,)

    Notes
    -----
    The potential sits on the corners of the pixels, and the gradient in a pixel is taken from the two
    differences along its diagonals (the rotated scheme of Willot, C. R. Méc. 343, 232 (2015),
    doi:10.1016/j.crme.2014.12.005). Solved by conjugate gradients, preconditioned with the solution for a
    uniform medium, which the Fourier transform gives at once; all images of a batch are solved together.
    """
    sigma = _checked(local)
    single, sigma = sigma.ndim == 2, sigma.reshape(-1, *sigma.shape[-2:])
    ex, ey = _field(field)
    tolerance = real_number(tolerance, "tolerances")
    if not (0 < tolerance < 1 and is_count(max_iterations)):
        raise ValueError(
            _(
                "A tolerance of {tolerance} and {count} iterations were asked for; give a number between 0 "
                "and 1, and a whole one of at least 1."
            ).format(tolerance=tolerance, count=max_iterations)
        )
    precondition = _uniform_medium(sigma)
    # the current that the mean field alone would drive leaves sources behind; φ has to remove them
    residual = -_divergence(sigma * (ex + ey), sigma * (ex - ey))
    start = _norm2(residual).clamp(min=1e-300)
    silent = start < 1e-24 * _norm2(sigma * (abs(ex) + abs(ey)))  # but for rounding, in any unit
    at_rest = silent
    potential = torch.zeros_like(sigma)
    search = preconditioned = precondition(residual)
    product = _dot(residual, preconditioned)
    for _iteration in range(max_iterations):
        left = _norm2(residual)
        small = bool((silent | (left <= tolerance**2 * start)).all())
        if small and bool(
            (silent | _is_sure(sigma, potential, product, (ex, ey), tolerance)).all()
        ):
            break
        # a solved image waits for the others of its batch: its steps would divide rounding by rounding
        at_rest = at_rest | (left <= ROUNDING**2 * start)
        first, second = _differences(search)
        applied = _divergence(sigma * first, sigma * second)
        length = product / _dot(search, applied).clamp(min=1e-300)
        length = length.masked_fill(at_rest, 0.0)
        potential += length * search
        residual -= length * applied
        preconditioned = precondition(residual)
        before, product = product, _dot(residual, preconditioned)
        search = preconditioned + product / before.clamp(min=1e-300) * search
    else:
        raise RuntimeError(
            _(
                "After {count} iterations the current is not known to a tolerance of {tolerance:g}; raise "
                "max_iterations, or lower the contrast between the phases."
            ).format(count=max_iterations, tolerance=tolerance)
        )
    result = _mean_current(sigma, potential, (ex, ey)).numpy()
    return result[0] if single else result


def wiener_bounds(fraction: ArrayLike, low: float, high: float) -> tuple[Array, Array]:
    """Return the bounds that every two-phase material keeps: layers across and along the current.

    Parameters
    ----------
    fraction : array_like
        Volume fraction of the phase of conductivity ``high``.
    low, high : float
        Conductivities of the phases.

    Returns
    -------
    tuple of numpy.ndarray
        Harmonic and arithmetic mean of the conductivities.

    Raises
    ------
    ValueError
        If a fraction lies not between 0 and 1, as one in percent does, or a conductivity is not positive.
    """
    f, low, high = _two_phases(fraction, low, high)
    return 1 / ((1 - f) / low + f / high), (1 - f) * low + f * high


def hashin_shtrikman_bounds(fraction: ArrayLike, low: float, high: float) -> tuple[Array, Array]:
    """Return the bounds of Hashin and Shtrikman for isotropic two-phase materials in two dimensions.

    Parameters, results and errors are as in `wiener_bounds`; ``low`` may not be above ``high``.

    Notes
    -----
    J. Appl. Phys. 33, 3125 (1962), doi:10.1063/1.1728579, with 3 → 2 dimensions.
    """
    f, low, high = _two_phases(fraction, low, high)
    if low > high:
        raise ValueError(
            _(
                "The conductivities {low:g} and {high:g} were given; give the smaller one first, and the "
                "volume fraction of the other."
            ).format(low=low, high=high)
        )
    if low == high:
        return np.full_like(f, low), np.full_like(f, low)
    below = low + f / (1 / (high - low) + (1 - f) / (2 * low))
    above = high + (1 - f) / (1 / (low - high) + f / (2 * high))
    return below, above


def _checked(local: ArrayLike) -> torch.Tensor:
    values = gray_images(local, "conductivities")
    if min(values.shape[-2:]) < 2:
        raise ValueError(
            _(
                "The conductivities have the shape {shape}; give images of at least 2 × 2 pixels."
            ).format(shape=values.shape)
        )
    if not (values > 0).all():
        raise ValueError(
            _(
                "The conductivities go from {low:g} to {high:g}; give positive numbers, a poor conductor "
                "a small one instead of 0."
            ).format(low=values.min(), high=values.max())
        )
    return torch.tensor(np.ascontiguousarray(values))


def _field(field: ArrayLike) -> tuple[float, float]:
    values = real_numbers(field, "components of the mean field")
    if values.shape != (2,):
        raise ValueError(
            _("The mean field has the shape {shape}; give two numbers, (E_x, E_y).").format(
                shape=values.shape
            )
        )
    return float(values[0]), float(values[1])


def _two_phases(fraction: ArrayLike, low: float, high: float) -> tuple[Array, float, float]:
    low, high = (real_number(each, "conductivities", above=0) for each in (low, high))
    return real_numbers(fraction, "volume fractions", least=0, most=1), low, high


def _differences(corner: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the differences along the two diagonals of each pixel, times one pixel of E = 1 along x."""
    right = corner.roll(-1, -1)
    below, opposite = corner.roll(-1, -2), right.roll(-1, -2)
    return opposite - corner, right - below


def _divergence(first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
    """Return the adjoint of `_differences`: what flows out of each corner."""
    one = first.roll(1, -1).roll(1, -2) - first
    return one + second.roll(1, -1) - second.roll(1, -2)


def _uniform_medium(sigma: torch.Tensor) -> Callable[[torch.Tensor], torch.Tensor]:
    """Return the function that solves the problem for a medium of the geometric mean conductivity."""
    height, width = sigma.shape[-2:]
    ky = 2 * torch.pi * torch.fft.fftfreq(height, dtype=torch.float64)[:, None]
    kx = 2 * torch.pi * torch.fft.rfftfreq(width, dtype=torch.float64)[None, :]
    symbol = (2 - 2 * torch.cos(kx + ky)) + (2 - 2 * torch.cos(kx - ky))
    silent = symbol < 1e-12  # a constant, and the alternation of corners that no diagonal sees
    inverse = torch.where(silent, 0.0, 1 / symbol.masked_fill(silent, 1.0))
    mean = sigma.log().mean((1, 2), keepdim=True).exp()

    def solve(source: torch.Tensor) -> torch.Tensor:
        spectrum = torch.fft.rfft2(source) * inverse
        return torch.fft.irfft2(spectrum, s=(height, width)) / mean

    return solve


def _mean_current(
    sigma: torch.Tensor, potential: torch.Tensor, field: tuple[float, float]
) -> torch.Tensor:
    """Return the mean current (j_x, j_y) of each image, shape (n, 2)."""
    ex, ey = field
    first, second = _differences(potential)
    first, second = sigma * (first + ex + ey), sigma * (second + ex - ey)
    current = torch.stack([(first + second).mean((1, 2)), (first - second).mean((1, 2))], dim=-1)
    return current / 2


def _is_sure(
    sigma: torch.Tensor,
    potential: torch.Tensor,
    product: torch.Tensor,
    field: tuple[float, float],
    tolerance: float,
) -> torch.Tensor:
    """Tell of each image, shape (n, 1, 1), whether its mean current is surely near that of the minimum.

    With the residual r and the operators A of the image and L of a medium of conductivity 1, k lies above
    its minimum by rA⁻¹r/2N, at most rL⁻¹r/2Nσ_min; the current across the field is off by at most the root
    of this times the mean of σ (Cauchy-Schwarz).
    """
    ex, ey = field
    current = _mean_current(sigma, potential, field)
    k = (current * current.new_tensor([ex, ey])).sum(1)[:, None, None]
    uniform = sigma.log().mean((1, 2), keepdim=True).exp()
    excess = product * uniform / (2 * sigma[0].numel() * sigma.amin((1, 2), keepdim=True))
    across = (excess * sigma.mean((1, 2), keepdim=True) * (ex**2 + ey**2)).sqrt()
    return torch.maximum(excess, across) <= SAFETY * tolerance * k


def _dot(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    return (a * b).sum((1, 2), keepdim=True)


def _norm2(a: torch.Tensor) -> torch.Tensor:
    return _dot(a, a)
