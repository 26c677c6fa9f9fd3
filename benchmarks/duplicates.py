"""Finding near-duplicate crystals, beside pymatgen's StructureMatcher.group_structures.

The matcher and its tolerances are the same. The sample holds the mineral structures of up to 60 atoms of the
compounds that the database holds at least 15 times; then come all crystals of the course.
"""

from statistics import median
from time import perf_counter

import numpy as np
from pymatgen.analysis.structure_matcher import StructureMatcher

from matnn_lab.datasets import mineral_structures, minerals, prototype_crystals
from matnn_lab.evaluation import structure_groups

ROUNDS = 3


def main():
    entries = minerals()
    times = entries.groupby("formula")["formula"].transform("size")
    compound = entries["formula"].str.count("[A-Z]") > 1
    sample = entries[compound & (times >= 15) & (entries["n_atoms"] <= 60)]
    few = list(mineral_structures(sample["amcsd_id"].tolist()))

    seconds = []
    for _ in range(ROUNDS):
        start = perf_counter()
        theirs = StructureMatcher().group_structures(few)
        middle = perf_counter()
        ours = structure_groups(few)
        seconds.append((middle - start, perf_counter() - middle))
    slow, fast = (median(column) for column in zip(*seconds, strict=True))
    ratio = median(a / b for a, b in seconds)
    print(f"pymatgen  {len(few):6,} crystals, {len(theirs):5,} groups {slow:7.1f} s")
    print(f"here      {len(few):6,} crystals, {ours.max() + 1:5,} groups {fast:7.1f} s, {ratio:.1f} times as fast")

    every = list(mineral_structures(entries["amcsd_id"].tolist()))
    every += list(prototype_crystals()["structure"])
    start = perf_counter()
    groups = structure_groups(every)
    print(
        f"here      {len(every):6,} crystals, {len(np.unique(groups)):5,} groups {perf_counter() - start:7.1f} s"
    )


if __name__ == "__main__":
    main()
