"""A network inside the Vogel-Fulcher-Tammann equation: composition in, a whole viscosity curve out."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import nn

from matnn_lab.models.mlp import MLP
from matnn_lab.models.settings import WithSettings
from matnn_lab.text import gettext as _

LOG_ETA_AT_TG = 12.0  # log10 of Pa·s, by convention
FIRST_LIMIT = -4.0  # log10 of Pa·s; where an untrained network stands
FIRST_TG_K = 900.0
LARGEST_SPANS = (
    5.0  # from the limit at infinite temperature; near the pole the equation is cut off there
)
LARGEST_SAID = (
    15.0  # of either sign; the limit stays below 10^12 Pa·s, and Tg between 10 and 81,000 K
)
LARGEST_TEMPERATURE = 20.0  # 1000 K; who gives more gives K
LEAST_FRAGILITY = 14.0  # a straight line in 1/T from 10^-2 to 10^12 Pa·s; silica has about 20


class Curve(NamedTuple):
    """The three numbers of a viscosity curve.

    Attributes
    ----------
    log_eta_inf : torch.Tensor, shape (n,)
        log10 of the viscosity (Pa·s) at infinite temperature.
    tg_k : torch.Tensor, shape (n,)
        Temperature (K) at which the viscosity is 10^12 Pa·s.
    fragility : torch.Tensor, shape (n,)
        Slope of log10 η against Tg/T at Tg.
    """

    log_eta_inf: torch.Tensor
    tg_k: torch.Tensor
    fragility: torch.Tensor


def vft(temperature_k: torch.Tensor, curve: Curve) -> torch.Tensor:
    """Return log10 of the viscosity (Pa·s) by the equation of Vogel, Fulcher and Tammann.

    Written with the glass transition and the fragility instead of B and C, log10 η = A + B / (T − C)
    becomes A + (12 − A)² / (m (T/Tg − 1) + 12 − A).

    Parameters
    ----------
    temperature_k : torch.Tensor, shape (n,)
        At C = Tg (1 − (12 − A)/m) the equation goes to infinity; from shortly above it on down the result
        stays at A + 5 (12 − A).
    curve : Curve

    Returns
    -------
    torch.Tensor, shape (n,)

    Raises
    ------
    ValueError
        If the shapes are others (a single number or curve goes with many), or a limit is not below 12.
    """
    sizes = {part.numel() for part in (temperature_k, *curve) if part.ndim}
    if len(sizes - {1}) > 1 or any(part.ndim > 1 for part in (temperature_k, *curve)):
        raise ValueError(
            _(
                "Temperatures of shape {shape} were given with curves of shape {curves}; give a"
                " temperature for each curve, in the shape (n,)."
            ).format(shape=tuple(temperature_k.shape), curves=[tuple(part.shape) for part in curve])
        )
    if (curve.log_eta_inf >= LOG_ETA_AT_TG).any():
        raise ValueError(
            _(
                "A curve has the limit {limit:.3g} at infinite temperature; give less than the 12 that it has"
                " at its glass transition."
            ).format(limit=curve.log_eta_inf.max().item())
        )
    span = LOG_ETA_AT_TG - curve.log_eta_inf
    below = curve.fragility * (temperature_k / curve.tg_k - 1) + span
    return curve.log_eta_inf + span**2 / torch.maximum(below, span / LARGEST_SPANS)


class VFTNetwork(WithSettings):
    """Let a network say the three numbers of a curve, and the equation the viscosity.

    The network sees the composition alone, so that what the temperature does is left to the equation. The
    glass transition is positive and the fragility at least 14, that of a straight line from 10⁻² Pa·s,
    whatever it says.

    Parameters
    ----------
    n_inputs : int
        Numbers that describe a composition.
    hidden : sequence of int
        As in `MLP`.
    one_limit : bool
        Whether all melts share one limit at infinite temperature, as in the model of Giordano, Russell
        and Dingwell (2008), doi:10.1016/j.epsl.2008.03.038; it is learned.

    Raises
    ------
    ValueError
        As `MLP`, and if the inputs are not a composition and a temperature in 1000 K.
    """

    def __init__(self, n_inputs: int, hidden: Sequence[int] = (64, 64), *, one_limit: bool = False):
        super().__init__()
        self.network = MLP(n_inputs, hidden, 2 if one_limit else 3)
        made = self.network.settings
        self.settings = {name: made[name] for name in ("n_inputs", "hidden")}
        self.settings["one_limit"] = bool(one_limit)
        self.limit = nn.Parameter(torch.zeros(())) if one_limit else None

    def curve(self, composition: torch.Tensor) -> Curve:
        """Return the curve of each composition, shape (n, n_inputs)."""
        said = self.network(composition)
        if self.limit is not None:
            said = torch.cat([said, self.limit.expand(len(said), 1)], dim=1)
        tg, steepness, limit = said.clamp(-LARGEST_SAID, LARGEST_SAID).T
        return Curve(
            FIRST_LIMIT + limit,
            FIRST_TG_K * torch.exp(0.3 * tg),
            LEAST_FRAGILITY + 20 * nn.functional.softplus(steepness),
        )

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """Predict log10 of the viscosity.

        Parameters
        ----------
        inputs : torch.Tensor, shape (n, n_inputs + 1)
            The description of each composition and, last, the temperature in 1000 K.

        Returns
        -------
        torch.Tensor, shape (n,)
        """
        if inputs.ndim != 2 or inputs.shape[1] != self.settings["n_inputs"] + 1:
            raise ValueError(
                _(
                    "Inputs of shape {shape} were given; give {n} numbers of the composition and, last, the"
                    " temperature in 1000 K."
                ).format(shape=tuple(inputs.shape), n=self.settings["n_inputs"])
            )
        low, high = inputs[:, -1].aminmax() if len(inputs) else (1.0, 1.0)
        # NaN is not between them either
        if not (low > 0 and high <= LARGEST_TEMPERATURE and inputs.isfinite().all()):
            raise ValueError(
                _(
                    "Temperatures from {low:.4g} to {high:.4g} were given, or NaN in a composition; give"
                    " finite numbers, and temperatures in 1000 K (1.2 is 1200 K), above 0 and up to {most:g}."
                ).format(low=float(low), high=float(high), most=LARGEST_TEMPERATURE)
            )
        return vft(1000 * inputs[:, -1], self.curve(inputs[:, :-1]))
