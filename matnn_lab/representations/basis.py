"""From a distance to a vector that a network can read: smooth functions of the distance."""

import math

import torch

from matnn_lab.text import gettext as _


def gaussian_basis(
    distance: torch.Tensor,
    *,
    start: float = 0.0,
    stop: float = 8.0,
    step: float = 0.2,
    width: float | None = None,
) -> torch.Tensor:
    """Spread a distance over Gaussians exp(−(d − μ)²/w²) whose centers μ stand side by side.

    Parameters
    ----------
    distance : torch.Tensor, shape (…)
        Å.
    start, stop, step : float
        First and last center and the distance between two, in Å; the defaults are those of CGCNN (Xie
        and Grossman, Phys. Rev. Lett. 120, 145301, 2018, doi:10.1103/PhysRevLett.120.145301): 41
        centers.
    width : float
        w in Å; by default the step.

    Returns
    -------
    torch.Tensor, shape (…, n) with n = (stop − start)/step + 1

    Raises
    ------
    ValueError
        If step or width is not positive or stop not greater than start.
    """
    width = step if width is None else width
    if not (step > 0 and width > 0 and stop > start):
        raise ValueError(
            _(
                "Gaussians from {start} to {stop} Å in steps of {step} Å of width {width} Å were asked for; "
                "give a stop above the start and a positive step and width."
            ).format(start=start, stop=stop, step=step, width=width)
        )
    n = round((stop - start) / step) + 1
    centers = torch.arange(n, dtype=distance.dtype, device=distance.device) * step + start
    exponent = ((distance[..., None] - centers) / width) ** 2
    # beyond e⁻⁵⁰ = 2e-22 nothing counts, but numbers below 1e-38 make every later product slow
    return torch.exp(-exponent.clamp(max=50))


def bessel_basis(distance: torch.Tensor, cutoff: float, n: int = 8) -> torch.Tensor:
    """Spread a distance over the standing waves √(2/c) sin(kπd/c)/d, k = 1 … n, of a sphere.

    Parameters
    ----------
    distance : torch.Tensor, shape (…)
        Å, greater than zero.
    cutoff : float
        Radius c of the sphere in Å; every wave is zero there.
    n : int
        Number of waves.

    Returns
    -------
    torch.Tensor, shape (…, n)
        Å^(−3/2).

    Raises
    ------
    ValueError
        If the cutoff or n is not positive.

    Notes
    -----
    Gasteiger, Groß and Günnemann, ICLR 2020, doi:10.48550/arXiv.2003.03123, equation 7.
    """
    _check_cutoff(cutoff)
    if n < 1:
        raise ValueError(_("{n} waves were asked for; ask for at least one.").format(n=n))
    k = torch.arange(1, n + 1, dtype=distance.dtype, device=distance.device)
    waves = torch.sin(k * (math.pi / cutoff) * distance[..., None])
    return math.sqrt(2 / cutoff) * waves / distance[..., None]


def polynomial_cutoff(distance: torch.Tensor, cutoff: float, p: int = 6) -> torch.Tensor:
    """Fall smoothly from one at distance zero to zero at the cutoff and beyond.

    Parameters
    ----------
    distance : torch.Tensor, shape (…)
        Å.
    cutoff : float
        Å.
    p : int
        Exponent of the first term; the greater, the longer the function stays near one.

    Returns
    -------
    torch.Tensor, shape (…)
        With x = d/c: 1 − (p+1)(p+2)/2 xᵖ + p(p+2) xᵖ⁺¹ − p(p+1)/2 xᵖ⁺² inside. The first and the second
        derivative are zero at the cutoff too.

    Raises
    ------
    ValueError
        If the cutoff is not positive or p is below 2.

    Notes
    -----
    Gasteiger, Groß and Günnemann, ICLR 2020, doi:10.48550/arXiv.2003.03123, equation 8.
    """
    _check_cutoff(cutoff)
    if p < 2:
        raise ValueError(_("The exponent {p} was given; give at least 2.").format(p=p))
    x = distance / cutoff
    inside = 1 - x**p * ((p + 1) * (p + 2) / 2 - p * (p + 2) * x + p * (p + 1) / 2 * x**2)
    return torch.where(x < 1, inside, torch.zeros_like(inside))


def _check_cutoff(cutoff: float) -> None:
    if not 0 < cutoff < math.inf:
        raise ValueError(
            _("The cutoff {cutoff} was given; give a distance in Å greater than zero.").format(
                cutoff=cutoff
            )
        )
