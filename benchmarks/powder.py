"""Powder diffraction lines of minerals, beside pymatgen's XRDCalculator.

Both compute all lines between 10 and 80° of the same 300 minerals with Cu Kα. The largest differences of
angles and of intensities (the strongest is 100) are given as well.
"""

from statistics import median
from time import perf_counter

import numpy as np
from pymatgen.analysis.diffraction.xrd import XRDCalculator

from matnn_lab.datasets import mineral_structures, minerals
from matnn_lab.representations.spectra import CU_K_ALPHA, Reflections

ROUNDS, SAMPLE, RANGE = 3, 300, (10.0, 80.0)


def main():
    ids = minerals()["amcsd_id"].sample(SAMPLE, random_state=0)
    structures = mineral_structures(ids)
    calculator = XRDCalculator(CU_K_ALPHA)
    rates = []
    for _ in range(ROUNDS):
        start = perf_counter()
        theirs = [calculator.get_pattern(each, two_theta_range=RANGE) for each in structures]
        middle = perf_counter()
        ours = Reflections.from_structures(structures, two_theta_range=RANGE)
        rates.append((SAMPLE / (middle - start), SAMPLE / (perf_counter() - middle)))
    slow, fast = (median(column) for column in zip(*rates, strict=True))
    ratio = median(b / a for a, b in rates)
    print(f"pymatgen: {slow:7,.0f} patterns/s")
    print(f"here:     {fast:7,.0f} patterns/s")
    print(f"ratio (median of {ROUNDS} rounds): {ratio:,.0f}")

    apart = []
    for number, pattern in enumerate(theirs):
        lines = ours.lines(number)
        lines = lines[lines["intensity"] > 1e-3]
        if len(lines) == len(pattern.x):
            angle = np.abs(lines["two_theta_deg"] - pattern.x).max()
            apart.append((angle, np.abs(lines["intensity"] - pattern.y).max()))
    angle, intensity = np.max(apart, axis=0)
    print(f"{len(apart)} of {SAMPLE} with the same lines: 2θ within {angle:.0e}°, ", end="")
    print(f"intensities within {intensity:.0e}")


if __name__ == "__main__":
    main()
