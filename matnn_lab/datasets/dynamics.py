"""Computed frames of molecular dynamics with energies, forces and stresses, to train a potential on.

The file is made by ``scripts/make_frames.py``: for each material the cell and the elements once, and for each
frame the temperature, the positions and what the teacher CHGNet says of them.
"""

from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from matnn_lab.datasets.cards import Card
from matnn_lab.datasets.files import read_shipped
from matnn_lab.text import gettext as _

if TYPE_CHECKING:
    from ase import Atoms

FILE = Path(__file__).with_name("frames.npz")
SHA256 = "ae58bff843f494e47e08ee2ef612581bd348f0af7d36fa04c9d14ea6f825eb02"
FORMULAS = {"copper": "Cu", "silicon": "Si", "magnesia": "MgO"}
TIME_STEP_FS = 3.0
INTERVAL_FS = 36.0

CARD = Card(
    name="frames",
    title=_("Frames of molecular dynamics, computed (CHGNet)"),
    kind="computed",
    source=_(
        "Made for this course by `scripts/make_frames.py`: molecular dynamics of a metal (Cu), a "
        "covalent solid (Si) and an oxide (MgO) with the pretrained potential CHGNet 0.3.0 as the "
        "teacher. A network trained on these frames learns CHGNet, not nature."
    ),
    doi=("10.1038/s42256-023-00716-3",),
    licence=_(
        "CC BY 4.0, as the text of the course; CHGNet and its weights are under a modified BSD "
        "licence"
    ),
    n=900,
    units={
        "material": "label",
        "formula": "label",
        "temperature_k": "K",
        "time_fs": "fs",
        "energy_ev": "eV",
        "structure": "ASE Atoms, lengths in Å; get_forces() in eV/Å, get_stress() in eV/Å³",
    },
    notes=(
        _(
            "Each material has 240 frames at 600 K, then 60 at 1200 K; sixteen atoms in a periodic "
            "cell of fixed size, at the lattice constant where the energy of the teacher is lowest "
            '(Cu 3.617 Å, Si 5.461 Å, MgO 4.257 Å). `frames("copper")` gives those of one material, '
            "`frames()` all of them."
        ),
        _(
            "Langevin thermostat with a friction of 0.02 fs⁻¹, center of mass at rest, time step 3 fs, "
            "100 steps of warming up at each temperature, then a frame every 12 steps (36 fs). The "
            "forces of neighboring frames still remember each other (correlation 0.2 to 0.5), so take "
            "training and test frames from different stretches of time."
        ),
        _(
            "`energy_ev` is that of the whole cell, with the zero of CHGNet: only differences within "
            "one material mean anything. Positive stress is tension."
        ),
        _(
            "CHGNet is too soft in general (Deng et al. 2025, doi:10.1038/s41524-024-01500-6); that is "
            "no matter as long as a student is compared with its teacher. It passes on bond lengths "
            "and angles, not vectors, and so favors neither of the students of this course."
        ),
        _(
            '`teacher_run("copper")` gives a run of the teacher at constant energy from the last frame at '
            "600 K (200 steps of 3 fs), against which the energy drift of a student can be held."
        ),
    ),
)


def frames(material: str | None = None) -> pd.DataFrame:
    """Load the computed (CHGNet) frames of molecular dynamics.

    Parameters
    ----------
    material : {"copper", "silicon", "magnesia"}
        By default all three.

    Returns
    -------
    pandas.DataFrame
        One row a frame, in order of time at each temperature. Columns and units are on the card in
        ``.attrs["card"]``; ``structure`` holds ASE ``Atoms`` that know their energy, forces and stress.

    Raises
    ------
    ValueError
        If there is no such material.
    DataFileError
        If the shipped file is missing or damaged.

    Notes
    -----
    CHGNet: Deng et al., Nat. Mach. Intell. 5, 1031 (2023), doi:10.1038/s42256-023-00716-3.
    """
    from ase import Atoms
    from ase.calculators.singlepoint import SinglePointCalculator

    rows = []
    for name in FORMULAS if material is None else [material]:
        run = _run(name)
        elapsed = pd.Series(run["temperature"]).groupby(run["temperature"]).cumcount() * INTERVAL_FS
        for index, temperature in enumerate(run["temperature"]):
            atoms = Atoms(run["numbers"], run["positions"][index], cell=run["cell"], pbc=True)
            results = {key: run[key][index] for key in ("energy", "forces", "stress")}
            atoms.calc = SinglePointCalculator(atoms, **results)
            labels = (name, FORMULAS[name], float(temperature), elapsed[index])
            rows.append((*labels, run["energy"][index], atoms))
    frame = pd.DataFrame(rows, columns=list(CARD.units))
    frame.attrs["card"] = CARD
    return frame


def teacher_run(material: str) -> "tuple[Atoms, pd.DataFrame]":
    """Load a run of the teacher (CHGNet) at constant energy, without a thermostat.

    Parameters
    ----------
    material : {"copper", "silicon", "magnesia"}

    Returns
    -------
    start : ase.Atoms
        The last frame at 600 K with its velocities.
    run : pandas.DataFrame
        Columns ``time_fs`` and ``total_energy_ev``, of the whole cell, one row a step of the velocity
        Verlet algorithm.

    Raises
    ------
    ValueError, DataFileError
        As `frames`.
    """
    from ase.units import fs

    run = _run(material)
    one = frames(material)
    start = one.loc[one["temperature_k"] == one["temperature_k"].min(), "structure"].iloc[-1].copy()
    start.set_velocities(run["nve_velocities"] / fs)
    time = TIME_STEP_FS * np.arange(len(run["nve_energy"]))
    return start, pd.DataFrame({"time_fs": time, "total_energy_ev": run["nve_energy"]})


def _run(material: str) -> dict[str, np.ndarray]:
    if material not in FORMULAS:
        raise ValueError(
            _("There are no frames of {material!r}; choose one of {names}.").format(
                material=material, names=", ".join(FORMULAS)
            )
        )
    with np.load(BytesIO(read_shipped(FILE, SHA256))) as content:
        return {
            key.split("/")[1]: content[key] for key in content.files if key.startswith(material)
        }
