"""What the networks of notebook 18 predict, from a script that has more time than a notebook.

The files are made by ``scripts/train_uncertainty.py``; the notebook repeats one of the runs.
"""

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matnn_lab.datasets.files import read_shipped
from matnn_lab.text import gettext as _

Array = NDArray[np.float64]
SHA256 = {
    "enthalpies": "777596f60bff54f960482938b50ba96cded5c4dce4b6512c8bc2bfe27e70bb6e",
    "crystals": "819c4e6bb5e784db5a807163aa146208459b1f451426e0dfdf9f4720dbfb7806",
    "alloys": "c011b491ebc82b2451584a172adbcf7f16e9fa8a95f976d20a52be63e147f1e8",
}
# what one count of the stored whole numbers stands for: eV/atom, eV/atom, MPa
STEPS = {"enthalpies": 1e-4, "crystals": 1e-4, "alloys": 0.1}
PARTS = ("not used", "train", "calibration", "test")
COLUMNS = ("mean", "std", "dropout mean", "dropout std")
LATENT = "latent distance"
LATENT_STEP = 1e-3


def predictions(name: str) -> pd.DataFrame:
    """Load what a deep ensemble and a network with dropout predict for rows that they were not trained on.

    Parameters
    ----------
    name : {"enthalpies", "crystals", "alloys"}
        Measured formation enthalpies, 1,500 of the prototype crystals (computed, CHGNet), or measured yield
        strengths.

    Returns
    -------
    pandas.DataFrame
        One row for each row of the data and run: ``split``, ``number`` (counts the runs of a split: the
        seed where there is one fold a seed), ``epochs``, ``row``, ``part`` (train, calibration, test), and
        for rows of the last two parts ``mean``, ``std``, ``dropout mean``, ``dropout std`` in eV/atom or
        MPa, and for enthalpies the ``latent distance``. ``validation`` and ``dropout validation`` are the
        lowest validation losses of the run, means over the members.

    Raises
    ------
    ValueError
        If there is no such table.
    DataFileError
        If the shipped file is missing or damaged.
    """
    if name not in SHA256:
        raise ValueError(
            _("There is no table {given!r}; choose one of {known}.").format(
                given=name, known=", ".join(SHA256)
            )
        )
    path = Path(__file__).with_name(f"{name}.npz")
    with np.load(BytesIO(read_shipped(path, SHA256[name]))) as content:
        return unpack(dict(content), STEPS[name])


def searches() -> pd.DataFrame:
    """Load how simulated searches for the stiffest of 1,500 crystals (computed, CHGNet) went.

    Returns
    -------
    pandas.DataFrame
        One row a search: ``strategy``, ``seed``, hits found after each of three rounds (``found 1`` to
        ``found 3``), and in GPa the mean absolute error on 300 other crystals at the end (``MAE``) beside
        that of the mean of the known ones (``trivial``).
    """
    return pd.read_csv(Path(__file__).with_name("search.csv"))


def pack(
    runs: Sequence[dict], parts: Sequence[Array], predicted: Sequence[pd.DataFrame], step: float
) -> dict[str, np.ndarray]:
    """Turn runs into arrays of whole numbers, which take little room.

    Parameters
    ----------
    runs : sequence of dict
        ``split``, ``number``, ``epochs``, ``validation``, ``dropout validation`` of each run.
    parts : sequence of array, shape (n_rows,)
        Place in `PARTS` of each row of the data, for each run.
    predicted : sequence of pandas.DataFrame
        Predictions for the rows of calibration and test, in the order of the rows, for each run.
    step : float
        What one count stands for.

    Returns
    -------
    dict of numpy.ndarray
    """
    table = pd.concat(predicted)
    counts = {each: np.rint(table[each] / step).astype(np.int32) for each in COLUMNS}
    for std in ("std", "dropout std"):  # rounded to none, it could not be divided by
        counts[std] = np.maximum(counts[std], 1)
    # the two means differ by little, and small numbers pack better
    counts["dropout mean"] = counts["dropout mean"] - counts["mean"]
    arrays = {each: np.asarray(values) for each, values in counts.items()}
    if LATENT in table:
        arrays[LATENT] = np.rint(table[LATENT] / LATENT_STEP).astype(np.int32).to_numpy()
    arrays["part"] = np.array(parts, dtype=np.uint8)
    return arrays | {each: np.array([run[each] for run in runs]) for each in runs[0]}


def unpack(arrays: dict[str, np.ndarray], step: float) -> pd.DataFrame:
    """Undo `pack`; see `predictions` for the columns."""
    part = arrays["part"]
    run, row = np.indices(part.shape).reshape(2, -1)
    table = pd.DataFrame({"row": row, "part": np.array(PARTS)[part.ravel()]})
    for each in ("split", "number", "epochs", "validation", "dropout validation"):
        table[each] = arrays[each][run]
    asked = part.ravel() >= PARTS.index("calibration")
    counts = {each: arrays[each] for each in COLUMNS}
    counts["dropout mean"] = counts["dropout mean"] + counts["mean"]
    for each, values in counts.items():
        table.loc[asked, each] = values * step
    if LATENT in arrays:
        table.loc[asked, LATENT] = arrays[LATENT] * LATENT_STEP
    return table[table["part"] != "not used"].reset_index(drop=True)
