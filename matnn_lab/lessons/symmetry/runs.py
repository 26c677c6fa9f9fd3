"""What a script found when it trained the networks of notebook 07 for much longer than a minute."""

from io import BytesIO
from pathlib import Path

import pandas as pd

from matnn_lab.datasets.files import read_shipped

FILE = Path(__file__).with_name("dipole_runs.csv")
SHA256 = "aa85d473cbf5f77794326c3a75e1c70837a11cb273f45379b5f43e4a78d7af30"


def training_runs() -> pd.DataFrame:
    """Load the errors of networks trained on dipole moments (computed), with and without the symmetry.

    Returns
    -------
    pandas.DataFrame
        One row a training: ``kind`` ("plain", "augmented", "built in"), ``n`` training fragments, ``seed``,
        ``steps``, and in e Å the mean absolute errors ``validation_mae_e_a`` and ``test_mae_e_a`` and the
        mean symmetry error ``asymmetry_e_a``. Made by ``scripts/train_dipoles.py``.

    Raises
    ------
    DataFileError
        If the shipped file is missing or damaged.
    """
    return pd.read_csv(BytesIO(read_shipped(FILE, SHA256)))
