"""The steps of every longer training of this lesson."""

from collections.abc import Callable

import torch
from torch import nn


def one_cycle(model: nn.Module, peak: float, n_steps: int) -> Callable[[torch.Tensor], None]:
    """Give a function that takes one step of AdamW down the slope of a loss.

    The learning rate rises to its peak and falls again once in all steps (Smith and Topin 2019,
    doi:10.48550/arXiv.1708.07120).
    """
    optimizer = torch.optim.AdamW(model.parameters())
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, peak, total_steps=n_steps)

    def step(loss: torch.Tensor) -> None:
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()

    return step


def with_hidden_layer(model: nn.Module) -> nn.Module:
    """Put a hidden layer of 64 neurons into a head that is one linear map, as a control."""
    linear = model.head
    assert isinstance(linear, nn.Linear), "it has no other head yet"
    model.head = nn.Sequential(
        *(nn.Linear(linear.in_features, 64), nn.GELU(), nn.Linear(64, linear.out_features))
    )
    return model
