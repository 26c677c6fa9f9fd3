"""Energies of crystals from interatomic potentials.

>>> from matnn_lab import potentials
>>> atoms.calc = potentials.load("chgnet")
>>> relaxed = potentials.relax(atoms)
"""

from matnn_lab.faces import lazy

__all__, __getattr__ = lazy(
    __name__,
    {
        "confirm": ["WrongWeightsError"],
        "pretrained": ["ABOUT", "About", "NotAvailableError", "is_installed", "load", "overview"],
        "properties": [
            "EnergyCurve",
            "elastic_constants",
            "energy_curve",
            "molecular_dynamics",
            "relax",
        ],
    },
)
