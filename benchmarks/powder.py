"""Powder diffraction lines of minerals, beside pymatgen's XRDCalculator.

Both compute all lines between 10 and 80° of the same 300 minerals with Cu Kα. In some crystals lines lie so
near each other that one of the two counts them as one and the other as two. So lines less than 0.001° apart
are merged in both lists before they are compared; intensities are relative to the strongest, which is 100.
Seconds are those of the processor.
"""

from statistics import median
from time import process_time

import numpy as np
from pymatgen.analysis.diffraction.xrd import XRDCalculator

from matnn_lab.datasets import mineral_structures, minerals
from matnn_lab.representations.spectra import CU_K_ALPHA, Reflections

ROUNDS, SAMPLE, RANGE = 3, 300, (10.0, 80.0)
SAME_DEG = 1e-3
FAINTEST = 1e-3  # pymatgen leaves fainter lines out


def main():
    ids = minerals()["amcsd_id"].sample(SAMPLE, random_state=0)
    structures = mineral_structures(ids)
    calculator = XRDCalculator(CU_K_ALPHA)
    rates = []
    for _ in range(ROUNDS):
        start = process_time()
        theirs = [calculator.get_pattern(each, two_theta_range=RANGE) for each in structures]
        middle = process_time()
        ours = Reflections.from_structures(structures, two_theta_range=RANGE)
        rates.append((SAMPLE / (middle - start), SAMPLE / (process_time() - middle)))
    slow, fast = (median(column) for column in zip(*rates, strict=True))
    ratio = median(b / a for a, b in rates)
    print(f"pymatgen: {slow:7,.0f} patterns/s")
    print(f"here:     {fast:7,.0f} patterns/s")
    print(f"ratio (median of {ROUNDS} rounds): {ratio:,.0f}")

    counts, worst = 0, np.zeros(2)
    for number, pattern in enumerate(theirs):
        lines = ours.lines(number)
        counts += len(pattern.x) == np.sum(lines["intensity"] > FAINTEST)
        mine = lines["two_theta_deg"].to_numpy(), lines["intensity"].to_numpy()
        worst = np.maximum(worst, differences((pattern.x, pattern.y), mine))
    print(f"{counts} of {SAMPLE} with as many lines; after merging, all {SAMPLE} compared:")
    print(f"2θ within {worst[0]:.0e}°, intensities within {worst[1]:.0e}")


def differences(
    one: tuple[np.ndarray, np.ndarray], other: tuple[np.ndarray, np.ndarray]
) -> tuple[float, float]:
    """Merge lines at equal angles in two lists of angles and intensities, and return how far they differ.

    Returns
    -------
    angle, intensity : float
        Largest difference of the mean angles (weighed by intensity) in degrees, and of the intensities when
        the strongest is 100. A line that one list lacks counts with its whole intensity.
    """
    angle = np.concatenate([one[0], other[0]])
    order = np.argsort(angle, kind="stable")
    line = np.empty(len(angle), dtype=int)
    line[order] = np.cumsum(np.diff(angle[order], prepend=-1) > SAME_DEG) - 1
    merged = []
    for (place, height), number in zip((one, other), np.split(line, [len(one[0])]), strict=True):
        total = np.bincount(number, height, line.max() + 1)
        mean = np.bincount(number, height * place, line.max() + 1) / np.maximum(total, 1e-300)
        merged.append((mean, 100 * total / total.max()))
    (angles, heights), (other_angles, other_heights) = merged
    seen = (heights > FAINTEST) & (other_heights > FAINTEST)
    apart = np.abs(angles - other_angles)[seen].max(initial=0.0)
    return float(apart), float(np.abs(heights - other_heights).max())


if __name__ == "__main__":
    main()
