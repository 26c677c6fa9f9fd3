"""Finding near-duplicate crystals, beside pymatgen's own.

Its `group_structures` and ours use the same matcher and tolerances. The sample holds the mineral structures
of up to 60 atoms of the compounds that the database holds at least 15 times; then come all crystals of the
course.
"""

from statistics import median
from time import perf_counter

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
    print(f"{len(few):,} crystals, pymatgen: {len(theirs):,} groups in {slow:.1f} s")
    print(
        f"{len(few):,} crystals, here:     {ours.max() + 1:,} groups in {fast:.1f} s, ratio {ratio:.1f}"
    )

    every = list(mineral_structures(entries["amcsd_id"].tolist()))
    every += list(prototype_crystals()["structure"])
    start = perf_counter()
    theirs = StructureMatcher().group_structures(every)
    middle = perf_counter()
    ours = structure_groups(every)
    slow, fast = middle - start, perf_counter() - middle
    print(f"{len(every):,} crystals, pymatgen: {len(theirs):,} groups in {slow:.0f} s")
    print(f"{len(every):,} crystals, here:     {ours.max() + 1:,} groups in {fast:.0f} s")
    print(f"ratio {slow / fast:.1f}")


if __name__ == "__main__":
    main()
