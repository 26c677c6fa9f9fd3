"""Networks on long signals that differ in one thing alone: how their places hear of each other.

A signal is cut into patches, each becomes a token, blocks let the tokens hear of each other, and a head reads
the result: the patches again, to restore what was hidden, or a few numbers from the tokens.
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from matnn_lab.arrays import check_counts
from matnn_lab.models.attention import EncoderBlock, LearnedPositions
from matnn_lab.models.inputs import check_inputs, dropout_share
from matnn_lab.models.lags import OwnPeriod, RelativePositions
from matnn_lab.models.settings import WithSettings
from matnn_lab.text import gettext as _


class ConvolutionBlock(nn.Module):
    """An encoder block with a convolution over three places, ``dilation`` apart, instead of attention."""

    def __init__(self, width: int, hidden: int, dilation: int = 1):
        super().__init__()
        check_counts(width=width, hidden=hidden, dilation=dilation)
        self.norm_mix, self.norm_mlp = nn.LayerNorm(width), nn.LayerNorm(width)
        self.mix = nn.Conv1d(width, width, 3, padding=dilation, dilation=dilation)
        self.mlp = nn.Sequential(nn.Linear(width, hidden), nn.GELU(), nn.Linear(hidden, width))

    def forward(self, tokens: Tensor) -> Tensor:
        """Give the new tokens, shape (n, n_tokens, width)."""
        check_inputs(self, tokens, ("n", "n_tokens", self.mix.in_channels))
        tokens = tokens + self.mix(self.norm_mix(tokens).transpose(1, 2)).transpose(1, 2)
        return tokens + self.mlp(self.norm_mlp(tokens))


BIASES = {"relative": RelativePositions, "own period": OwnPeriod}


class SequenceModel(WithSettings):
    """Restore or judge a signal from its patches.

    Parameters
    ----------
    length, patch : int
        Values in a signal, and in one patch of it, which must divide the length.
    mixing : sequence of "attention" or int
        The blocks: attention, or a convolution of this dilation.
    width, hidden, heads : int
        Length of a token; width of the hidden layers of the blocks; heads of attention.
    n_outputs : int or None
        Numbers to predict; None to restore the signal itself.
    per_token : int or None
        For `n_outputs`: numbers of each token that a hidden layer of 64 sees, in their places; None for the
        mean token.
    positions : {"learned", "relative", "own period", "none"}
        What attention knows of places; see `LearnedPositions`, `RelativePositions` and `OwnPeriod`.
    dropout : float
        As in `EncoderBlock`.

    Raises
    ------
    ValueError
        If a setting is impossible or, in `forward`, the signals or hidden patches fit not.
    """

    def __init__(
        self,
        length: int,
        patch: int,
        mixing: Sequence[str | int],
        *,
        width: int = 48,
        hidden: int = 96,
        heads: int = 4,
        n_outputs: int | None = None,
        per_token: int | None = None,
        positions: str = "learned",
        dropout: float = 0.0,
    ):
        super().__init__()
        check_counts(length=length, patch=patch, width=width, hidden=hidden, heads=heads)
        check_counts(n_outputs=1 if n_outputs is None else n_outputs)
        check_counts(per_token=1 if per_token is None else per_token)
        several = isinstance(mixing, Sequence | np.ndarray) and not isinstance(mixing, str)
        if not several or not len(mixing):
            raise ValueError(
                _("The mixing {mixing!r} was given; give a list such as ['attention', 2].").format(
                    mixing=mixing
                )
            )
        for mix in mixing:
            if mix != "attention":
                check_counts(mixing=mix)  # type: ignore[arg-type]
        if length % patch or positions not in ("learned", "none", *BIASES):
            raise ValueError(
                _(
                    "Patches of {patch} in {length} values with positions {positions!r} were asked for; give "
                    "a patch that divides the length, and 'learned', 'relative', 'own period' or 'none'."
                ).format(patch=patch, length=length, positions=positions)
            )
        # plain numbers, which can be written down
        length, patch, width, hidden, heads = map(int, (length, patch, width, hidden, heads))
        n_outputs = None if n_outputs is None else int(n_outputs)
        per_token = None if per_token is None else int(per_token)
        mixing = [str(mix) if mix == "attention" else int(mix) for mix in mixing]
        dropout = dropout_share(dropout)
        self.settings = {"length": length, "patch": patch, "mixing": mixing, "width": width}
        self.settings |= {"hidden": hidden, "heads": heads, "n_outputs": n_outputs}
        self.settings |= {"per_token": per_token, "positions": positions, "dropout": dropout}
        self.patch, self.n_tokens = patch, length // patch
        n_tokens = self.n_tokens
        self.embed, self.hidden_token = nn.Linear(patch, width), nn.Parameter(torch.zeros(width))
        self.place = LearnedPositions(n_tokens, width) if positions == "learned" else nn.Identity()
        self.lags = BIASES[positions](n_tokens, heads) if positions in BIASES else None
        blocks = [
            EncoderBlock(width, heads, hidden, dropout)
            if mix == "attention"
            else ConvolutionBlock(width, hidden, int(mix))
            for mix in mixing
        ]
        self.blocks, self.norm = nn.ModuleList(blocks), nn.LayerNorm(width)
        self.restores, self.averages = n_outputs is None, per_token is None
        self.head: nn.Module = nn.Linear(width, n_outputs or patch)
        if n_outputs and per_token:
            each, seen = nn.Linear(width, per_token), nn.Linear(n_tokens * per_token, 64)
            self.head = nn.Sequential(each, nn.Flatten(), seen, nn.GELU(), nn.Linear(64, n_outputs))

    def forward(self, signal: Tensor, hidden: Tensor | None = None) -> Tensor:
        """Restore the signal, shape (n, length), or give the outputs, (n,) or (n, n_outputs).

        Parameters
        ----------
        signal : torch.Tensor, shape (n, length)
        hidden : torch.Tensor of bool, shape (n, length // patch)
            Patches that the network may not see; by default none.
        """
        return self.with_maps(signal, hidden)[0]

    def with_maps(
        self, signal: Tensor, hidden: Tensor | None = None
    ) -> tuple[Tensor, list[Tensor]]:
        """Give the output, and the weights of each block of attention, (n, heads, n_tokens, n_tokens)."""
        check_inputs(self, signal, ("n", self.settings["length"]))
        fits = ((len(signal), self.n_tokens), (1, self.n_tokens), (self.n_tokens,))
        boolean = isinstance(hidden, Tensor) and hidden.dtype == torch.bool
        here = hidden is None or getattr(hidden, "device", None) == signal.device
        if hidden is not None and not (boolean and here and tuple(hidden.shape) in fits):
            raise ValueError(
                _(
                    "Hidden patches as {type} of {dtype} and shape {shape} were given; give a torch.Tensor "
                    "of bool, ({n}, {n_tokens}), on the device of the signal."
                ).format(
                    type=type(hidden).__name__,
                    dtype=getattr(hidden, "dtype", "?"),
                    shape=tuple(getattr(hidden, "shape", ())),
                    n=len(signal),
                    n_tokens=self.n_tokens,
                )
            )
        patches, maps = signal.unflatten(1, (-1, self.patch)), []
        hidden = (
            patches.new_zeros(patches.shape[:2], dtype=torch.bool) if hidden is None else hidden
        )
        tokens = torch.where(hidden.unsqueeze(-1), self.hidden_token, self.embed(patches))
        tokens = self.place(tokens)
        bias = self.lags(patches, (~hidden).to(patches)) if self.lags else None
        for block in self.blocks:
            if isinstance(block, EncoderBlock):
                tokens, weights = block.with_maps(tokens, bias)
                maps.append(weights)
            else:
                tokens = block(tokens)
        tokens = self.norm(tokens)
        if self.restores:
            return self.head(tokens).flatten(1), maps
        return self.head(tokens.mean(1) if self.averages else tokens).squeeze(-1), maps
