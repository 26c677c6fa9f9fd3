"""What crystal graph networks and their baseline reached when trained until validation no longer fell.

The files are made by ``scripts/train_cgcnn.py`` from the computed (CHGNet) prototype crystals.
"""

from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from matnn_lab.datasets.files import read_shipped
from matnn_lab.models.cgcnn import CGCNN

FILE = Path(__file__).with_name("cgcnn_runs.npz")
SHA256 = "9990c4af6bb77b388bd759294ee58544eaff288f715c25c87c50482b9409f831"
NETWORKS_FILE = FILE.with_name("cgcnn_networks.npz")
NETWORKS_SHA256 = "0ed28f43c8a1da0ba2f34d34ffb8795a9ff4124693ab85b38e44e883b2dfe54d"
NETWORK_SEEDS = (0, 1)
# each way of splitting keeps together what has one value in this column
SPLITS = {
    "random crystals": "crystal_id",
    "new formulas": "formula",
    "new chemical systems": "chemical_system",
    "new structure types": "prototype_name",
}
COLUMNS = (
    "purpose",
    "network",
    "split",
    "seed",
    "n_train",
    "epochs",
    "learning_rate",
    "widths",
    "train_mae",
    "validation_mae",
    "test_mae",
    "seconds",
)
CURVES = ("curve", "curve_length")


def training_runs() -> pd.DataFrame:
    """Load the errors of networks trained on the computed (CHGNet) prototype crystals.

    Returns
    -------
    pandas.DataFrame
        One row a run: ``purpose`` (choose: epochs, learning rates and widths, judged on validation crystals
        of new formulas, without a look at test crystals; test: all splits; learn: a part of the training
        crystals, for as many steps; control: the label network with the volume per atom as a further
        input, on two of the splits), ``network`` (CGCNN, formula + label, or formula + label + volume),
        ``split``, ``seed`` of the draw of the split and of the network, number of training crystals,
        ``epochs``, learning rate, widths, mean absolute errors in eV/atom, and ``validation_curve``, the
        validation error after each epoch (of the CGCNN only).

    Raises
    ------
    DataFileError
        If the shipped file is missing or damaged.
    """
    with np.load(BytesIO(read_shipped(FILE, SHA256))) as content:
        table = pd.DataFrame({name: content[name] for name in COLUMNS})
        curve, length = (content[name] for name in CURVES)
    table["validation_curve"] = np.split(curve, np.cumsum(length)[:-1])
    return table


def trained_networks() -> list[tuple[CGCNN, np.ndarray]]:
    """Load two networks that were trained for 100 passes and differ in nothing but their random start.

    Their training, validation and test crystals are those of the first draw of new formulas.

    Returns
    -------
    list of (CGCNN, numpy.ndarray)
        Each network, ready to predict, and its validation error (eV/atom) after each pass.

    Raises
    ------
    DataFileError
        If the shipped file is missing or damaged.
    """
    networks = []
    with np.load(BytesIO(read_shipped(NETWORKS_FILE, NETWORKS_SHA256))) as content:
        for seed in NETWORK_SEEDS:
            model = CGCNN(32, 2, 64, head_on="sites")
            begin = f"weights_{seed}."
            state = {
                name.removeprefix(begin): torch.as_tensor(content[name])
                for name in content.files
                if name.startswith(begin)
            }
            model.load_state_dict(state)
            networks.append((model.eval(), content[f"curve_{seed}"]))
    return networks
