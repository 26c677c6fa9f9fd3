"""What the pretrained potentials said of many crystals (computed) when all were installed, for notebook 13.

The file is made by ``scripts/run_universal_potentials.py`` and ``scripts/fine_tune.py``. Some of the tables
hold fewer potentials than others, since not each was run for each task.
"""

import gzip
import json
from pathlib import Path

import pandas as pd
from ase.collections import dcdft

from matnn_lab.datasets.files import read_shipped
from matnn_lab.text import gettext as _

FILE = Path(__file__).with_name("universal.json.gz")
SHA256 = "55af1aa675da38f086551a48434fb9d525b54921de7b978785ec6875f199dd51"
# names as they are shown, the functional with them
LABELS = {
    "chgnet": "CHGNet (PBE)",
    "chgnet-0.2.0": "CHGNet 0.2.0 (PBE)",
    "sevennet": "SevenNet-0 (PBE)",
    "sevennet-l3i5": "SevenNet-l3i5 (PBE)",
    "chgnet-r2scan": "CHGNet (r²SCAN)",
    "sevennet-r2scan": "SevenNet-MF (r²SCAN)",
    "diep": "DIEP (r²SCAN)",
}
TASKS = (
    "cost",
    "curves",
    "elastic",
    "elements",
    "energies",
    "enthalpies",
    "fine_tuning",
    "forgetting",
    "molecules",
    "raman",
    "solids",
    "surfaces",
)


def stored(task: str) -> pd.DataFrame:
    """Load one of the stored tables.

    Parameters
    ----------
    task : str
        One of `TASKS`; their columns carry their units in their names.

    Returns
    -------
    pandas.DataFrame
        One row a potential and a crystal; NaN where a potential refused or its curve had no minimum. In
        ``fine_tuning`` and ``forgetting``, one row a training.

    Raises
    ------
    ValueError
        If there is no such table.
    DataFileError
        If the shipped file is missing or damaged.
    """
    if task not in TASKS:
        raise ValueError(
            _("There is no table {task!r}; choose one of {tasks}.").format(
                task=task, tasks=", ".join(TASKS)
            )
        )
    tables = json.loads(gzip.decompress(read_shipped(FILE, SHA256)))
    return pd.DataFrame(tables[task])


def pbe_elements() -> pd.DataFrame:
    """Show what PBE says of the elements, computed by others with all electrons (WIEN2k), as ASE has it.

    Returns
    -------
    pandas.DataFrame
        Index the element; ``volume_a3_per_atom``, ``bulk_modulus_gpa`` and its slope ``slope``.

    Notes
    -----
    Lejaeghere et al., Crit. Rev. Solid State Mater. Sci. 39, 1 (2014), doi:10.1080/10408436.2013.772503.
    """
    rows = {
        symbol: {
            "volume_a3_per_atom": data["wien2k_volume"],
            "bulk_modulus_gpa": data["wien2k_B"],
            "slope": data["wien2k_Bp"],
        }
        for symbol, data in dcdft.data.items()
    }
    return pd.DataFrame(rows).T.rename_axis("element")
