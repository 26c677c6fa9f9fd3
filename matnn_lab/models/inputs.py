"""What a network is made with and given: counts, shapes and precision, or one sentence on what is wrong."""

from collections.abc import Iterable, Sequence

import numpy as np
import torch
from torch import nn

from matnn_lab.arrays import check_counts, in_colors, is_count, real_number
from matnn_lab.text import gettext as _

Shape = tuple[str | int, ...]


def check_widths(widths: Sequence[int]) -> list[int]:
    """Return the widths of layers; raise ValueError if there is none, or one is no positive whole number."""
    several = isinstance(widths, Sequence | np.ndarray) and len(widths) > 0
    if not several or not all(is_count(width) for width in widths):
        raise ValueError(
            _(
                "The layer widths {widths} were given; give positive whole numbers, as in [64, 64]."
            ).format(widths=widths)
        )
    return [int(width) for width in widths]


def check_choice(*, known: Iterable[str], **settings: str) -> None:
    """Raise a `ValueError` in one sentence where a setting is none of those known."""
    for name, value in settings.items():
        if value not in list(known):
            raise ValueError(
                _("The {name} {given!r} is not known; choose one of {known}.").format(
                    name=name, given=value, known=", ".join(known)
                )
            )


def dropout_share(dropout: float) -> float:
    """Return a share that is switched off in training as a float; raise ValueError outside [0, 1)."""
    share = real_number(dropout, "shares of dropout", least=0)
    if share >= 1:
        raise ValueError(
            _("The dropout {dropout:g} was given; give a share below 1, such as 0.1.").format(
                dropout=share
            )
        )
    return share


def check_one_precision(*tensors: torch.Tensor) -> None:
    """Raise a `ValueError` in one sentence where tensors are no real ones of one precision on one device."""
    kinds = list(dict.fromkeys((str(each.dtype), str(each.device)) for each in tensors))
    # under autocast layers choose the precision themselves
    mixed = torch.is_autocast_enabled(tensors[0].device.type)
    if len(kinds) > 1 and not mixed or not all(each.is_floating_point() for each in tensors):
        raise ValueError(
            _(
                "Tensors of {kinds} were given; give all in one precision on one device, as .float() makes "
                "them."
            ).format(kinds=", ".join(f"{dtype} ({device})" for dtype, device in kinds))
        )


def check_axis(inputs: torch.Tensor, name: str) -> None:
    """Raise a `ValueError` in one sentence where inputs are no tensor with at least one axis."""
    if not torch.is_tensor(inputs) or not inputs.ndim:
        raise ValueError(
            _("A {type} was given; give a torch.Tensor of the shape (…, {name}).").format(
                type=type(inputs).__name__, name=name
            )
        )


def places_left(n_points: int, blocks: int, circular_kernel: int = 0) -> int:
    """Return how many points a `SpectrumCNN` leaves of a spectrum.

    Raises
    ------
    ValueError
        If none are left, or a kernel that sees the spectrum as a ring would go round it more than once.
    """
    left = (n_points + 1) // 2 // 2**blocks
    if not left:
        raise ValueError(
            _("{n} points are too few for {blocks} blocks; give a longer spectrum.").format(
                n=n_points, blocks=blocks
            )
        )
    ring = (n_points + 1) // 2 // 2 ** (blocks - 1) if blocks > 1 else n_points
    if circular_kernel // 2 > ring:
        raise ValueError(
            _(
                "A circular kernel of {kernel} points goes more than once round the {points} that are left "
                "in the last block; give a smaller kernel or fewer blocks."
            ).format(kernel=circular_kernel, points=ring)
        )
    return left


def check_convolution(signals: torch.Tensor, filters: torch.Tensor, bias: torch.Tensor) -> None:
    """Raise a `ValueError` in one sentence where filters cannot slide along signals."""
    check_shape(signals, ("n", "channels", "points"))
    check_shape(filters, ("n_filters", "channels", "width"))
    check_shape(bias, (len(filters),))
    fits = signals.shape[1] == filters.shape[1] and filters.shape[-1] % 2
    if not fits or not signals.shape[-1]:
        raise ValueError(
            _(
                "Signals of shape {signals} and filters of shape {filters} were given; give (n, channels, "
                "points) and (n_filters, channels, width) with as many channels and an odd width."
            ).format(signals=tuple(signals.shape), filters=tuple(filters.shape))
        )
    check_one_precision(signals, filters, bias)


def check_shape(inputs: torch.Tensor, *shapes: Shape) -> None:
    """Raise a `ValueError` in one sentence where inputs are no tensor of a shape that fits.

    Parameters
    ----------
    inputs : torch.Tensor
    shapes : tuples of str and int
        Shapes that fit: a number is the length of an axis, a word stands for any.
    """
    given = tuple(getattr(inputs, "shape", ()))
    fits = torch.is_tensor(inputs) and any(
        len(shape) == len(given)
        and all(isinstance(n, str) or n == m for n, m in zip(shape, given, strict=True))
        for shape in shapes
    )
    if not fits:
        raise ValueError(
            _(
                "The network was given a {type} of the shape {given}; give a torch.Tensor of the shape "
                "{shapes}."
            ).format(
                type=type(inputs).__name__,
                given=given,
                shapes=_(" or ").join(map(_written, shapes)),
            )
        )


def check_inputs(network: nn.Module, inputs: torch.Tensor, *shapes: Shape) -> None:
    """Raise a `ValueError` in one sentence where a network cannot read its inputs.

    Parameters
    ----------
    network : torch.nn.Module
        Its first parameter says the precision and the device.
    inputs, shapes
        As in `check_shape`.
    """
    check_shape(inputs, *shapes)
    own = next(network.parameters())
    # under autocast layers choose the precision themselves
    mixed = inputs.is_floating_point() and torch.is_autocast_enabled(inputs.device.type)
    if inputs.device != own.device or inputs.dtype != own.dtype and not mixed:
        raise ValueError(
            _(
                "Inputs of {theirs} on {there} were given to a network of {own} on {here}; give it "
                "inputs.to({own}), on the same device."
            ).format(theirs=inputs.dtype, there=inputs.device, own=own.dtype, here=own.device)
        )


def check_divisor(patch: int, images: torch.Tensor) -> None:
    """Raise a `ValueError` in one sentence where squares of so many pixels do not fill images."""
    check_counts(patch=patch)
    height, width = images.shape[-2:]
    if height % patch or width % patch:
        raise ValueError(
            _(
                "Images of {height} × {width} pixels were given, which squares of {patch} pixels do not "
                "fill; cut or pad them to multiples of {patch}."
            ).format(height=height, width=width, patch=patch)
        )


def with_channels(
    network: nn.Module,
    images: torch.Tensor,
    n_channels: int,
    height: str | int,
    width: str | int,
    multiple: int = 1,
    least: int = 1,
) -> torch.Tensor:
    """Check images, and give grey ones (n, height, width) an axis for their one channel."""
    shapes: list[Shape] = [("n", n_channels, height, width)]
    if n_channels == 1 and not in_colors(tuple(getattr(images, "shape", ()))):
        shapes.insert(0, ("n", height, width))
    check_inputs(network, images, *shapes)
    check_divisor(multiple, images)
    if min(images.shape[-2:]) < least:
        raise ValueError(
            _(
                "Images of {height} × {width} pixels were given, of which nothing is left when the network "
                "has shrunk them; give at least {least} × {least}."
            ).format(height=images.shape[-2], width=images.shape[-1], least=least)
        )
    places = (images.shape[-2] // least) * (images.shape[-1] // least)
    if network.training and len(images) * places == 1:
        raise ValueError(
            _(
                "One image of {height} × {width} pixels was given, which leaves one place for the averages "
                "of a training; give more images, or call eval() to predict."
            ).format(height=images.shape[-2], width=images.shape[-1])
        )
    return images[:, None] if images.ndim == 3 else images


def _written(shape: Shape) -> str:
    return "({})".format(", ".join(map(str, shape)))
