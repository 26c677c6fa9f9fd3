"""What the course learns from: data sets, each with a card that says where it is from.

>>> from matnn_lab.datasets import card, formation_enthalpies
>>> compounds = formation_enthalpies()
>>> card("formation_enthalpies").units["formation_enthalpy_ev_per_atom"]
'eV/atom'
"""

from matnn_lab.datasets import (
    amcsd,
    dynamics,
    ebsd,
    elements,
    enthalpies,
    gold,
    iron,
    micrographs,
    microstructures,
    multi_principal,
    powder,
    prototypes,
    raman,
    solids,
    viscosity,
)
from matnn_lab.datasets.amcsd import mineral_structures, minerals
from matnn_lab.datasets.cards import Card
from matnn_lab.datasets.dynamics import frames, teacher_run
from matnn_lab.datasets.ebsd import nickel_background, nickel_master_pattern, nickel_patterns
from matnn_lab.datasets.elements import element_vectors
from matnn_lab.datasets.enthalpies import formation_enthalpies
from matnn_lab.datasets.files import DataFileError
from matnn_lab.datasets.gold import gold_scans
from matnn_lab.datasets.iron import iron_edges
from matnn_lab.datasets.micrographs import nanoporous_gold
from matnn_lab.datasets.microstructures import computed_microstructures
from matnn_lab.datasets.multi_principal import alloys
from matnn_lab.datasets.own import read_structures
from matnn_lab.datasets.own_table import ReadTable, read_table
from matnn_lab.datasets.powder import measured_powders
from matnn_lab.datasets.prototypes import prototype_crystals
from matnn_lab.datasets.raman import raman_glasses
from matnn_lab.datasets.solids import cubic_solids
from matnn_lab.datasets.viscosity import melt_viscosities
from matnn_lab.text import gettext as _

CARDS = {
    module.CARD.name: module.CARD
    for module in (
        enthalpies,
        prototypes,
        multi_principal,
        amcsd,
        dynamics,
        micrographs,
        ebsd,
        microstructures,
        powder,
        raman,
        gold,
        iron,
        solids,
        viscosity,
        elements,
    )
}


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


__all__ = [
    "CARDS",
    "Card",
    "DataFileError",
    "ReadTable",
    "alloys",
    "card",
    "computed_microstructures",
    "cubic_solids",
    "element_vectors",
    "formation_enthalpies",
    "frames",
    "gold_scans",
    "iron_edges",
    "measured_powders",
    "melt_viscosities",
    "mineral_structures",
    "minerals",
    "nanoporous_gold",
    "nickel_background",
    "nickel_master_pattern",
    "nickel_patterns",
    "prototype_crystals",
    "raman_glasses",
    "read_structures",
    "read_table",
    "teacher_run",
]
