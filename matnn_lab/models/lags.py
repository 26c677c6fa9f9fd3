"""Scores that attention gets for how far two places are apart, instead of vectors for the places."""

import torch
from torch import Tensor, nn


class RelativePositions(nn.Module):
    """One learned score for each head and each signed distance: bias[head, i, j] = table[head, i − j].

    Raffel et al., JMLR 21, 140 (2020), doi:10.48550/arXiv.1910.10683, without their bins for long distances.
    """

    distance: Tensor

    def __init__(self, n_tokens: int, heads: int):
        super().__init__()
        place = torch.arange(n_tokens)
        self.register_buffer("distance", place[:, None] - place + n_tokens - 1)
        self.table = nn.Parameter(torch.zeros(heads, 2 * n_tokens - 1))

    def forward(self, patches: Tensor, visible: Tensor) -> Tensor:
        """Give the bias, shape (heads, n_tokens, n_tokens), the same for all signals."""
        return self.table[:, self.distance]


class OwnPeriod(nn.Module):
    """Scores for attention from how alike a signal is to itself at each lag.

    bias[head, i, j] = gain[head] · ρ(|i − j|), with the autocorrelation ρ of the visible patches. The period
    of the signal at hand is then the same to the network as any other; absolute places are not needed.
    """

    lag: Tensor

    def __init__(self, n_tokens: int, heads: int):
        super().__init__()
        place = torch.arange(n_tokens)
        self.register_buffer("lag", (place[:, None] - place).abs())
        self.gain = nn.Parameter(torch.ones(heads))

    def forward(self, patches: Tensor, visible: Tensor) -> Tensor:
        """Give the bias, shape (n, heads, n_tokens, n_tokens), from patches (n, n_tokens, patch)."""
        rho = autocorrelation(patches, visible, self.lag)
        return self.gain[:, None, None] * rho[:, self.lag].unsqueeze(1)


def autocorrelation(patches: Tensor, visible: Tensor, lag: Tensor) -> Tensor:
    """Mean product of two visible patches at each lag, over the mean square: shape (n, n_tokens)."""
    shown = patches * visible.unsqueeze(-1)
    products, pairs = shown @ shown.transpose(1, 2), visible[:, :, None] * visible[:, None]
    sums = patches.new_zeros(2, len(patches), len(lag)).index_add(
        2, lag.flatten(), torch.stack([products, pairs]).flatten(2)
    )
    mean = sums[0] / sums[1].clamp(min=1)
    return mean / mean[:, :1].clamp(min=1e-6)
