"""Composition features, beside matminer's Magpie featurizer."""

from statistics import median
from time import perf_counter

from matminer.featurizers.composition import ElementProperty
from pymatgen.core import Composition

from matnn_lab.datasets import formation_enthalpies
from matnn_lab.representations import formulas as reading
from matnn_lab.representations.composition import composition_features

ROUNDS, SAMPLE = 7, 300


def main():
    formulas = formation_enthalpies()["formula"].tolist()
    magpie = ElementProperty.from_preset("magpie", impute_nan=True)
    n_theirs, n_ours = len(magpie.feature_labels()), composition_features(formulas[:1]).shape[1]

    def theirs():
        return [magpie.featurize(Composition(formula)) for formula in formulas[:SAMPLE]]

    def ours():
        reading._read_text.cache_clear()  # or later rounds would find all formulas read
        return composition_features(formulas)

    rates = []
    for _ in range(ROUNDS):
        start = perf_counter()
        theirs()
        middle = perf_counter()
        ours()
        rates.append((SAMPLE / (middle - start), len(formulas) / (perf_counter() - middle)))
    slow, fast = (median(column) for column in zip(*rates, strict=True))
    ratio = median(b / a for a, b in rates)
    print(f"matminer, {n_theirs} features: {slow:9,.0f} formulas/s")
    print(f"here,     {n_ours} features: {fast:9,.0f} formulas/s")
    print(f"ratio (median of {ROUNDS} rounds): {ratio:,.0f}")


if __name__ == "__main__":
    main()
