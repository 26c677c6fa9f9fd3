"""What crystal graph networks and their baseline reached when trained until validation no longer fell.

The file is made by ``scripts/train_cgcnn.py`` from the computed (CHGNet) prototype crystals.
"""

from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd

from matnn_lab.datasets.files import read_shipped

FILE = Path(__file__).with_name("cgcnn_runs.npz")
SHA256 = "a0982dbecc4264c92df395208d8911374d15bcdc2c3a3ccc85e364024bd3d8db"
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
        crystals, for as many steps), ``network`` (CGCNN, or formula + label), ``split``, ``seed`` of the
        draw of the split and of the network, number of training crystals, ``epochs``, learning rate,
        widths, mean absolute errors in eV/atom, and ``validation_curve``, the validation error after each
        epoch (of the CGCNN only).

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
