"""Potentials for silicon that were trained beforehand, and crystals on which to try them.

The file is made by ``scripts/train_potentials.py`` from the computed (CHGNet) frames of silicon. It holds the
errors of many training runs, the weights of a few of the networks, and crystals unlike the training frames
with what the teacher CHGNet says of them. Long runs are in files of their own, at constant energy and with
a thermostat, made by ``scripts/run_potentials.py``.
"""

from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import torch
from torch.nn.utils import vector_to_parameters

from matnn_lab.datasets.files import read_shipped
from matnn_lab.models.nequip import NequIP
from matnn_lab.text import gettext as _

if TYPE_CHECKING:
    from ase import Atoms

FILE = Path(__file__).with_name("silicon.npz")
SHA256 = "875f2dbce0ed06115e7ac807c40cc452ff7a5c3b0bdc247a931732e0cb270a07"
RUNS_FILE = FILE.with_name("silicon_runs.npz")
RUNS_SHA256 = "42b14efc739955b038f9e1c573ddbbb0c39db68907b7ffedd66cb322faf46648"
WARM_FILE = FILE.with_name("silicon_warm.npz")
WARM_SHA256 = "eb561dd5711779b84f4c17b2725e9cd704986cdc7c60f59e9c6116d7417398a6"
CUTOFF = 4.0
# which neighbors a run at constant energy was shown
ALL, NEAREST = "all within the cutoff", "eight nearest"
NEQUIP = {"n_features": 16, "radial_width": 32, "l_max": 2, "n_layers": 2}
SCHNET = {"n_features": 32, "radial_width": 64, "n_layers": 2}
RUN_COLUMNS = (
    "network",
    "n_frames",
    "seed",
    "energy_weight",
    "force_weight",
    "steps",
    "energy_mae_mev_per_atom",
    "force_mae_mev_per_a",
)


def training_runs() -> pd.DataFrame:
    """Load the test errors of networks trained on computed (CHGNet) frames of silicon at 600 K.

    Returns
    -------
    pandas.DataFrame
        One row a run: ``network`` (equivariant: `NequIP`, invariant: `SchNet`), ``n_frames`` in the
        training set, ``seed`` of the first weights and the order of batches, weights of the two parts
        of the loss, number of ``steps``, and mean absolute errors on the test frames.

    Raises
    ------
    DataFileError
        If the shipped file is missing or damaged.
    """
    content = _content()
    return pd.DataFrame({name: content[f"run_{name}"] for name in RUN_COLUMNS})


def committee() -> list[NequIP]:
    """Load networks that differ in nothing but the seed of their training.

    Raises
    ------
    DataFileError
        If the shipped file is missing or damaged.
    """
    content = _content()
    return [_network(content, weights) for weights in content["committee"]]


def energy_runs() -> pd.DataFrame:
    """Load how the total energy changes in runs of 4.5 ps without a thermostat, from one start at 600 K.

    Made by ``scripts/run_potentials.py`` from the start of the teacher's run
    (`matnn_lab.datasets.teacher_run`), in steps of 3 fs.

    Returns
    -------
    pandas.DataFrame
        One row every 15 fs, with the time in ps as its index; values in meV/atom, zero at the start. One
        column a run, by two names: the neighbors that the potential was shown ("all within the cutoff" or
        "eight nearest") and the network, 0 to 3 for a member of the committee and "CHGNet" for the teacher.

    Raises
    ------
    DataFileError
        If the shipped file is missing or damaged.
    """
    with np.load(BytesIO(read_shipped(RUNS_FILE, RUNS_SHA256))) as content:
        networks = ["CHGNet" if member < 0 else int(member) for member in content["member"]]
        columns = pd.MultiIndex.from_arrays(
            [content["neighbors"].tolist(), networks], names=["neighbors", "network"]
        )
        time = pd.Index(content["time_ps"], name="time_ps")
        return pd.DataFrame(content["change"].T.astype(float), index=time, columns=columns)


def warm_runs() -> "list[list[Atoms]]":
    """Load frames from runs of 1.44 ps at 600 K with a thermostat, one run a member of the committee.

    Made by ``scripts/run_potentials.py`` from the start of the teacher's run
    (`matnn_lab.datasets.teacher_run`), in steps of 3 fs, by Langevin dynamics with a friction of 0.02 fs⁻¹.

    Returns
    -------
    list of list of ase.Atoms
        For each network 81 frames, every 18 fs, from the start on.

    Raises
    ------
    DataFileError
        If the shipped file is missing or damaged.
    """
    from ase import Atoms

    from matnn_lab.datasets import teacher_run

    start, _ = teacher_run("silicon")
    with np.load(BytesIO(read_shipped(WARM_FILE, WARM_SHA256))) as content:
        runs = content["positions"].astype(float)
    return [
        [Atoms(start.symbols, positions, cell=start.cell, pbc=True) for positions in run]
        for run in runs
    ]


def strange_crystals() -> "list[tuple[str, Atoms]]":
    """Load silicon crystals unlike the training frames, computed (CHGNet).

    Returns
    -------
    list of (str, ase.Atoms)
        What was done to each, and the crystal, which knows its energy and forces.

    Raises
    ------
    DataFileError
        If the shipped file is missing or damaged.
    """
    from ase import Atoms
    from ase.calculators.singlepoint import SinglePointCalculator

    content = _content()
    names = ("kind", "count", "cell", "energy")
    ends = np.cumsum(content["strange_count"])
    found = []
    for kind, count, cell, energy, end in zip(
        *(content[f"strange_{name}"] for name in names), ends, strict=True
    ):
        rows = slice(end - count, end)
        atoms = Atoms(f"Si{count}", content["strange_positions"][rows], cell=cell, pbc=True)
        forces = content["strange_forces"][rows]
        atoms.calc = SinglePointCalculator(atoms, energy=float(energy), forces=forces)
        found.append((_(str(kind)), atoms))
    return found


def _network(content: dict, weights: np.ndarray) -> NequIP:
    scales = dict(zip(("scale", "shift", "n_neighbors"), content["scales"].tolist(), strict=True))
    model = NequIP(["Si"], CUTOFF, **NEQUIP, **scales)
    vector_to_parameters(torch.as_tensor(weights), model.parameters())
    return model.eval()


def _content() -> dict[str, np.ndarray]:
    with np.load(BytesIO(read_shipped(FILE, SHA256))) as content:
        return dict(content)
