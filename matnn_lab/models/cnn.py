"""A small convolutional network for images, a U-Net that answers for each pixel, and random shifts.

The ideas are of LeCun et al., Proc. IEEE 86, 2278 (1998), doi:10.1109/5.726791, and of Ronneberger, Fischer
and Brox (2015), doi:10.1007/978-3-319-24574-4_28.
"""

from collections.abc import Sequence
from typing import Literal

import torch
from torch import nn

from matnn_lab.arrays import check_counts
from matnn_lab.models.inputs import check_choice, check_shape, check_widths, with_channels
from matnn_lab.models.settings import WithSettings

PADDINGS: dict[str, Literal["circular", "zeros"]] = {"periodic": "circular", "zeros": "zeros"}


class CNN(WithSettings):
    """Convolutions, then the mean over the image (or all places of it), then one linear layer.

    Parameters
    ----------
    widths : sequence of int
        Channels of each 3 × 3 convolution; each is followed by batch normalisation and ReLU.
    n_outputs, n_channels : int
        Numbers predicted for each image; channels of an image, 1 for grey values.
    padding : {"periodic", "zeros"}
        What a kernel sees beyond the edge.
    shrink : bool
        Halve the image (maximum of 2 × 2 pixels) after each convolution but the last. Without it, periodic
        edges make the prediction independent of any shift; with it, of shifts by 2^(number of halvings).
    size : int, optional
        Pixels along an edge. If it is given, the linear layer sees each place of the last features instead of
        their mean, for answers that depend on where something is.

    Raises
    ------
    ValueError
        If a setting is impossible or, in `forward`, the images fit not in shape or precision.
    """

    def __init__(
        self,
        widths: Sequence[int] = (16, 32, 64),
        n_outputs: int = 1,
        n_channels: int = 1,
        *,
        padding: str = "periodic",
        shrink: bool = True,
        size: int | None = None,
    ):
        super().__init__()
        check_widths(widths)
        check_choice(padding=padding, known=PADDINGS)
        check_counts(n_outputs=n_outputs, n_channels=n_channels)
        halvings = (len(widths) - 1) * bool(shrink)
        check_counts(least=2**halvings, size=2**halvings if size is None else size)
        self.settings = {
            "widths": [int(width) for width in widths],
            "n_outputs": int(n_outputs),
            "n_channels": int(n_channels),
            "padding": padding,
            "shrink": bool(shrink),
            "size": None if size is None else int(size),
        }
        layers: list[nn.Module] = []
        for before, after in zip([n_channels, *widths], widths, strict=False):
            if layers and shrink:
                layers.append(nn.MaxPool2d(2))
            layers += convolution(before, after, padding)
        self.features = nn.Sequential(*layers)
        edge = 1 if size is None else size // 2**halvings
        self.whole = size is None
        self.head = nn.Linear(widths[-1] * edge**2, n_outputs)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Predict from images (n, height, width) or (n, n_channels, height, width).

        Returns
        -------
        torch.Tensor, shape (n,) for one output, else (n, n_outputs)
        """
        height, width = ("height", "width") if self.whole else (self.settings["size"],) * 2
        channels, halvings = self.settings["n_channels"], len(self.settings["widths"]) - 1
        least = 2**halvings if self.settings["shrink"] else 1
        features = self.features(with_channels(self, images, channels, height, width, least=least))
        outputs = self.head(features.mean(dim=(2, 3)) if self.whole else features.flatten(1))
        return outputs.squeeze(-1) if outputs.shape[-1] == 1 else outputs


class UNet(WithSettings):
    """Go down to a quarter of the resolution and back up, with bridges between; one number a pixel.

    Parameters
    ----------
    width : int
        Channels at full resolution; twice as many at half and at a quarter of it.
    padding : {"periodic", "zeros"}
    """

    def __init__(self, width: int = 8, *, padding: str = "zeros"):
        super().__init__()
        check_counts(width=width)
        check_choice(padding=padding, known=PADDINGS)
        self.settings = {"width": int(width), "padding": padding}
        self.down_0 = nn.Sequential(*convolution(1, width, padding))
        self.down_1 = nn.Sequential(nn.MaxPool2d(2), *convolution(width, 2 * width, padding))
        self.down_2 = nn.Sequential(nn.MaxPool2d(2), *convolution(2 * width, 2 * width, padding))
        self.up_1 = nn.Sequential(*convolution(4 * width, 2 * width, padding))
        self.up_0 = nn.Sequential(*convolution(3 * width, width, padding))
        self.head = nn.Conv2d(width, 1, 1)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return a number for each pixel of images (n, height, width), whose edges are multiples of 4."""
        images = with_channels(self, images, 1, "height", "width", multiple=4, least=4)
        full = self.down_0(images)
        half = self.down_1(full)
        up = nn.functional.interpolate(self.down_2(half), scale_factor=2)
        up = self.up_1(torch.cat([up, half], dim=1))
        up = nn.functional.interpolate(up, scale_factor=2)
        return self.head(self.up_0(torch.cat([up, full], dim=1))).squeeze(1)


class ShiftsAndFlips(nn.Module):
    """In training, roll each image by a random shift, and flip the batch along x and y with even odds."""

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return images (n, height, width) of the same shape; unchanged outside training."""
        if not self.training:
            return images
        check_shape(images, ("n", "height", "width"))
        n, height, width = images.shape
        check_counts(height=height, width=width)
        row, column = torch.randint(height, (n, 1)), torch.randint(width, (n, 1))
        rows = (torch.arange(height) + row) % height
        columns = (torch.arange(width) + column) % width
        images = images[torch.arange(n)[:, None, None], rows[:, :, None], columns[:, None, :]]
        axes = [axis for axis in (-2, -1) if torch.rand(()) < 0.5]
        return images.flip(axes) if axes else images


def convolution(before: int, after: int, padding: str) -> list[nn.Module]:
    """Return the layers of one step: 3 × 3 convolution, batch normalisation, ReLU."""
    kernel = nn.Conv2d(before, after, 3, padding=1, padding_mode=PADDINGS[padding], bias=False)
    return [kernel, nn.BatchNorm2d(after), nn.ReLU()]
