"""Batch normalization where a row can stand for several equal ones."""

from typing import Any

import torch
from torch import Tensor, nn


class BatchNorm(nn.BatchNorm1d):
    """Shift and stretch each column to mean zero and variance one over a batch, then learn both anew.

    Ioffe and Szegedy, ICML 2015, doi:10.48550/arXiv.1502.03167. In evaluation, and where a batch has a
    single row, the running averages take the place of those of the batch.
    """

    running_mean: Tensor
    running_var: Tensor
    num_batches_tracked: Tensor
    momentum: float

    def forward(self, rows: Tensor, count: Tensor | None = None) -> Tensor:
        """Normalize.

        Parameters
        ----------
        rows : torch.Tensor, shape (n, width)
        count : torch.Tensor, shape (n,)
            How often each row counts; by default once.
        """
        if not self.training or len(rows) < 2:
            averages = self.running_mean, self.running_var
            return nn.functional.batch_norm(rows, *averages, self.weight, self.bias, eps=self.eps)
        if count is None:
            return super().forward(rows)
        normal, mean, variance = _Normalize.apply(rows, count, self.weight, self.bias, self.eps)
        with torch.no_grad():
            n = count.sum()
            self.num_batches_tracked += 1
            self.running_mean.lerp_(mean, self.momentum)
            self.running_var.lerp_(variance * (n / (n - 1)), self.momentum)
        return normal


class _Normalize(torch.autograd.Function):
    """y = γ x̂ + β, x̂ = (x − μ)/√(σ² + ε), μ = Σ s x and σ² = Σ s (x − μ)²; a row has the share s."""

    @staticmethod
    def forward(
        ctx: Any, rows: Tensor, count: Tensor, weight: Tensor, bias: Tensor, eps: float
    ) -> tuple[Tensor, Tensor, Tensor]:
        share = count / count.sum()
        mean = share @ rows
        centered = rows - mean
        variance = share @ centered.square()
        inverse = torch.rsqrt(variance + eps)
        normal = centered.mul_(inverse)
        ctx.save_for_backward(normal, weight * inverse, share)
        ctx.mark_non_differentiable(mean, variance)
        return torch.addcmul(bias, normal, weight), mean, variance

    @staticmethod
    def backward(ctx: Any, gradient: Tensor, *_of_averages: Tensor) -> tuple[Tensor | None, ...]:
        """Use ∂L/∂x = γ (∂L/∂y − s Σ ∂L/∂y − s x̂ Σ x̂ ∂L/∂y)/√(σ² + ε)."""
        normal, stretch, share = ctx.saved_tensors
        of_weight, of_bias = (gradient * normal).sum(dim=0), gradient.sum(dim=0)
        common = torch.addcmul(of_bias, normal, of_weight).mul_(share[:, None])
        return (gradient - common).mul_(stretch), None, of_weight, of_bias, None
