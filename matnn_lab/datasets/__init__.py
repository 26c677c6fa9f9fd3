"""What the course learns from: four data sets, each with a card that says where it is from."""

from matnn_lab.datasets import enthalpies
from matnn_lab.datasets.cards import Card
from matnn_lab.datasets.enthalpies import formation_enthalpies
from matnn_lab.datasets.files import DataFileError
from matnn_lab.text import gettext as _

CARDS = {module.CARD.name: module.CARD for module in (enthalpies,)}


def card(name: str) -> Card:
    """Return the card of a data set without loading the data.

    Raises
    ------
    ValueError
        If there is no data set of this name.
    """
    if name not in CARDS:
        raise ValueError(
            _("There is no data set {name!r}; choose one of {names}.").format(
                name=name, names=", ".join(CARDS)
            )
        )
    return CARDS[name]


__all__ = ["Card", "DataFileError", "card", "formation_enthalpies"]
