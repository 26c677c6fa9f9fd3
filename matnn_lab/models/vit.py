"""A small vision transformer: an image as a sequence of patches that listen to each other.

Dosovitskiy et al., ICLR 2021, doi:10.48550/arXiv.2010.11929, with the mean over the patches in place of a
class token.
"""

from collections.abc import Iterable
from typing import cast

import torch
from torch import nn

from matnn_lab.arrays import check_counts
from matnn_lab.models.attention import EncoderBlock, LearnedPositions
from matnn_lab.models.inputs import (
    check_divisor,
    check_one_precision,
    check_shape,
    dropout_share,
    with_channels,
)
from matnn_lab.models.settings import WithSettings
from matnn_lab.text import gettext as _


class ViT(WithSettings):
    """Cut an image into patches, let encoder blocks mix them, and read the answer from their mean.

    Parameters
    ----------
    size, patch : int
        Pixels along an edge of the image and of a patch, which must divide it.
    width, depth, heads : int
        Length of a patch's vector, number of encoder blocks, heads in each.
    n_outputs : int
        Numbers predicted for each image.
    positions : bool
        Add a learned vector for the place of each patch. Without it, the network sees a bag of patches.
    dropout : float
        As in `EncoderBlock`.

    Raises
    ------
    ValueError
        If the patches do not fill the image, the heads do not divide the width, or a setting is impossible;
        in `forward`, if the images have another size or precision.
    """

    FREE = frozenset({"dropout"})

    def __init__(
        self,
        size: int = 32,
        patch: int = 4,
        width: int = 48,
        depth: int = 3,
        heads: int = 4,
        n_outputs: int = 1,
        *,
        positions: bool = True,
        dropout: float = 0.0,
    ):
        super().__init__()
        check_counts(size=size, patch=patch, width=width, depth=depth, heads=heads)
        check_counts(n_outputs=n_outputs)
        if size < patch or size % patch:
            raise ValueError(
                _(
                    "Patches of {patch} pixels do not fill an image of {size}; give a divisor of the size."
                ).format(patch=patch, size=size)
            )
        dropout = dropout_share(dropout)
        self.settings = {
            "size": int(size),
            "patch": int(patch),
            "width": int(width),
            "depth": int(depth),
            "heads": int(heads),
            "n_outputs": int(n_outputs),
            "positions": bool(positions),
            "dropout": dropout,
        }
        self.patch, self.size = patch, size
        self.embed = nn.Linear(patch**2, width)
        n_patches = (size // patch) ** 2
        self.positions = LearnedPositions(n_patches, width) if positions else nn.Identity()
        blocks = [EncoderBlock(width, heads, dropout=dropout) for _block in range(depth)]
        self.blocks = nn.ModuleList(blocks)
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, n_outputs)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Predict from grey images (n, size, size).

        Returns
        -------
        torch.Tensor, shape (n,) for one output, else (n, n_outputs)
        """
        sequence = self._embedded(images)
        for block in self.blocks:
            sequence = block(sequence)
        outputs = self.head(self.norm(sequence).mean(dim=1))
        return outputs.squeeze(-1) if outputs.shape[-1] == 1 else outputs

    def _embedded(self, images: torch.Tensor) -> torch.Tensor:
        images = with_channels(self, images, 1, self.size, self.size)
        return self.positions(self.embed(patches(images, self.patch)))

    def attention_maps(self, images: torch.Tensor) -> list[torch.Tensor]:
        """Return the weights of each block, shape (n, heads, n_patches, n_patches): who listens to whom."""
        sequence, maps = self._embedded(images), []
        for block in cast(Iterable[EncoderBlock], self.blocks):
            sequence, weights = block.with_maps(sequence)
            maps.append(weights)
        return maps


def patches(images: torch.Tensor, patch: int) -> torch.Tensor:
    """Cut grey images (n, size, size) into square patches, row by row: (n, n_patches, patch²).

    Raises
    ------
    ValueError
        If the images are no grey ones of real numbers, or the patches do not fill them.
    """
    check_shape(images, ("n", "height", "width"), ("n", 1, "height", "width"))
    check_divisor(patch, images)
    check_one_precision(images)
    check_counts(height=images.shape[-2], width=images.shape[-1])
    images = images[:, None] if images.ndim == 3 else images
    return nn.functional.unfold(images, patch, stride=patch).transpose(1, 2)
