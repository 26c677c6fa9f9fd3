"""What a network must share with the weights that it is given."""

import json
from typing import Any, ClassVar, Self

import torch
from torch import nn

from matnn_lab.text import gettext as _


class WithSettings(nn.Module):
    """A network that keeps the settings it was made with, and takes no weights that belong to others.

    The settings travel in the ``state_dict``, so that weights which fit by shape and mean something else,
    such as those of another cutoff, are refused before anything is changed. Weights without settings, from
    elsewhere, are taken as they are. The constructor of a subclass fills ``settings``.

    Attributes
    ----------
    settings : dict of str to plain value
        Keyword arguments that make such a network: numbers, texts and lists of them.
    """

    settings: dict[str, Any]
    # settings that may differ between a network and its weights
    FREE: ClassVar[frozenset[str]] = frozenset()

    def memory(self) -> dict[str, Any]:
        """Say in plain values what training told the network besides its weights; here nothing."""
        return {}

    def recall(self, memory: dict[str, Any]) -> None:
        """Take over what `memory` said where weights are loaded."""

    def get_extra_state(self) -> torch.Tensor:
        """Write the settings as the bytes of a text, since every part of a state should be a tensor."""
        text = json.dumps({"settings": self.settings, "memory": self.memory()}, sort_keys=True)
        return torch.tensor(list(text.encode()), dtype=torch.uint8)

    def set_extra_state(self, state: torch.Tensor) -> None:
        """Take over the memory; the settings were compared before anything was changed."""
        self.recall(_read(state)["memory"])

    def _load_from_state_dict(
        self, state_dict: dict[str, Any], prefix: str, *arguments: Any
    ) -> None:
        saved = state_dict.setdefault(f"{prefix}_extra_state", self.get_extra_state())
        self._check_settings(_read(saved)["settings"])
        super()._load_from_state_dict(state_dict, prefix, *arguments)

    def _check_settings(self, saved: dict[str, Any]) -> None:
        own = json.loads(json.dumps(self.settings))
        if strange := sorted(set(saved) - set(own)):
            raise ValueError(
                _(
                    "The weights belong to another kind of network, one with {strange}, and this is a"
                    " {kind}; make the network that they belong to."
                ).format(strange=", ".join(strange), kind=type(self).__name__)
            )
        differing = sorted(n for n in saved if n not in self.FREE and saved[n] != own[n])
        if differing:
            raise ValueError(
                _(
                    "The weights belong to a {kind} with {theirs}, and this one has {ours}; make it"
                    " with the settings of the weights."
                ).format(
                    kind=type(self).__name__,
                    theirs=_listed(saved, differing),
                    ours=_listed(own, differing),
                )
            )

    def to_state(self) -> dict[str, Any]:
        """Return all that makes this network again, as `matnn_lab.models.files.save` writes it."""
        return {"settings": self.settings, "weights": dict(self.state_dict())}

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Self:
        """Make the network that `to_state` described, in evaluation mode and in its precision."""
        # the first weights, which are thrown away, take nothing from the global random state
        with torch.random.fork_rng(devices=[]):
            model = cls(**state["settings"])
        return model.with_weights(state["weights"])

    def with_weights(self, weights: dict[str, torch.Tensor]) -> Self:
        """Take weights in the precision that they have, and be ready to predict."""
        self.to(next(each.dtype for each in weights.values() if each.is_floating_point()))
        self.load_state_dict(weights, assign=True)
        return self.eval()


def _read(state: torch.Tensor) -> dict[str, Any]:
    return json.loads(bytes(state.tolist()))


def _listed(settings: dict[str, Any], names: list[str]) -> str:
    return ", ".join(f"{name} = {settings[name]!r}" for name in names)
