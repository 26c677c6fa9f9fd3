"""Scores that attention gets for how far two places are apart, instead of vectors for the places."""

import torch
from torch import Tensor, nn

from matnn_lab.arrays import check_counts
from matnn_lab.models.inputs import check_inputs, check_one_precision, check_shape

SMALLEST = 1e-30  # a mean square below it is that of nothing


class RelativePositions(nn.Module):
    """One learned score for each head and each signed distance: bias[head, i, j] = table[head, i − j].

    Raffel et al., JMLR 21, 140 (2020), doi:10.48550/arXiv.1910.10683, without their bins for long distances.
    """

    distance: Tensor

    def __init__(self, n_tokens: int, heads: int):
        super().__init__()
        check_counts(n_tokens=n_tokens, heads=heads)
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
        check_counts(n_tokens=n_tokens, heads=heads)
        place = torch.arange(n_tokens)
        self.register_buffer("lag", (place[:, None] - place).abs())
        self.gain = nn.Parameter(torch.ones(heads))

    def forward(self, patches: Tensor, visible: Tensor) -> Tensor:
        """Give the bias, shape (n, heads, n_tokens, n_tokens), from patches (n, n_tokens, patch).

        ``visible``, shape (n, n_tokens), is 1 for a patch that is seen and 0 for one that is hidden.
        """
        check_inputs(self, patches, ("n", len(self.lag), "patch"))
        rho = autocorrelation(patches, visible, self.lag)
        return self.gain[:, None, None] * rho[:, self.lag].unsqueeze(1)


def autocorrelation(patches: Tensor, visible: Tensor, lag: Tensor) -> Tensor:
    """Mean product of two visible patches at each lag, over the mean square: shape (n, n_tokens).

    A signal of zeros has the autocorrelation 0; in which unit a signal is given makes no difference.
    """
    check_shape(patches, ("n", len(lag), "patch"))
    check_shape(visible, tuple(patches.shape[:2]))
    check_one_precision(patches, visible)
    shown = patches * visible.unsqueeze(-1)
    products, pairs = shown @ shown.transpose(1, 2), visible[:, :, None] * visible[:, None]
    sums = patches.new_zeros(2, len(patches), len(lag)).index_add(
        2, lag.flatten(), torch.stack([products, pairs]).flatten(2)
    )
    mean = sums[0] / sums[1].clamp(min=1)
    return mean / mean[:, :1].clamp(min=SMALLEST)
