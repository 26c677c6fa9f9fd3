import numpy as np
import pandas as pd
import pytest
from pymatgen.core import Lattice, Structure
from sklearn.linear_model import RidgeCV
from sklearn.model_selection import KFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from matnn_lab.lessons.learned_representations import (
    crystals,
    elements,
    explorers,
    labels,
    maps,
    spectra,
)
from matnn_lab.models.published import GRAPHS, cgcnn
from matnn_lab.representations.graph import CrystalGraphs
from matnn_lab.widgets.payload import read


@pytest.fixture(scope="module")
def salts():
    lattices = {"Na": 5.64, "K": 6.29}
    return [
        Structure.from_spacegroup(
            "Fm-3m", Lattice.cubic(a), [metal, "Cl"], [[0, 0, 0], [0.5, 0.5, 0.5]]
        )
        for metal, a in lattices.items()
    ]


def test_a_supercell_has_the_same_hidden_vector(salts):
    larger = salts[0].copy()
    larger.make_supercell([2, 1, 1])
    graphs = CrystalGraphs.from_structures([salts[0], larger], **GRAPHS, progress=False)
    network = cgcnn("formation_energy")
    fresh = [crystals.untrained_like(network, seed=0), crystals.published_untrained(seed=0)]
    for each in (network, *fresh):
        vectors = crystals.mean_of_atoms(each, graphs)
        assert vectors.shape == (2, 64)
        assert np.allclose(*vectors, atol=1e-4)


def test_an_untrained_network_hangs_on_its_seed_alone():
    network = cgcnn("formation_energy")
    first, again, other = (crystals.untrained_like(network, seed) for seed in (0, 0, 1))
    assert np.array_equal(*(n.embedding.weight.detach().numpy() for n in (first, again)))
    assert not np.allclose(*(n.embedding.weight.detach().numpy() for n in (first, other)))


def test_the_untrained_network_is_told_what_the_published_one_was():
    # the published table is a linear map of the zeros and ones, and of no shuffled ones
    told = crystals.told_elements().numpy()[1:]
    published = cgcnn("formation_energy").element_vectors().detach().numpy()[1:]
    left = []
    for features in (told, np.random.default_rng(0).permutation(told)):
        columns = np.hstack([features, np.ones((len(features), 1))])
        solution = np.linalg.lstsq(columns, published, rcond=1e-6)[0]
        left.append(np.abs(columns @ solution - published).max())
    assert left[0] < 1e-3
    assert left[1] > 0.1
    fresh = crystals.published_untrained(seed=0)
    assert np.array_equal(fresh.element_features.numpy()[1:], told)


def test_elements_in_common_are_a_share_of_all_elements_of_both():
    common = crystals.elements_in_common(["NaCl", "KCl", "MgO", "CoO"])
    assert common[0, 1] == pytest.approx(1 / 3)
    assert common[0, 2] == 0
    assert common[2, 3] == pytest.approx(1 / 3)
    assert np.array_equal(np.diag(common), np.ones(4))


def test_a_search_among_pairs_finds_the_partner():
    rows = np.array([[0.0], [0.1], [5.0], [5.2]])
    types = np.array(["a", "a", "b", "a"])
    common = np.eye(4)
    assert crystals.search_scores(rows, types, common) == (0.5, 0.0)
    assert crystals.chance(types, common) == (pytest.approx(0.5), 0.0)


def test_columns_that_do_not_vary_are_left_out():
    rows = crystals.scaled(np.array([[1.0, 3.0], [2.0, 3.0], [6.0, 3.0]]))
    assert rows.shape == (3, 1)
    assert rows.std() == pytest.approx(1)


def test_a_probe_finds_a_line_and_nothing_in_noise():
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(60, 8))
    assert elements.probe(rows, rows @ np.arange(8), seed=0) > 0.99
    assert elements.probe(rows, rng.normal(size=60), seed=0) < 0.3


@pytest.mark.parametrize("width", [5, 30, 100])
def test_the_probe_is_the_ridge_of_scikit_learn(width):
    rng = np.random.default_rng(0)
    rows = np.hstack([rng.normal(size=(45, width)), np.full((45, 1), 0.1)])
    target = np.where(np.arange(45) == 7, np.nan, rows[:, :5].sum(axis=1) + rng.normal(size=45))
    known, answers = elements.probed(rows, target, seed=1)
    kept = np.isfinite(target)
    assert np.array_equal(known, target[kept])
    ridge = make_pipeline(StandardScaler(), RidgeCV(elements.ALPHAS))
    folds = KFold(10, shuffle=True, random_state=1)
    assert np.allclose(answers, cross_val_predict(ridge, rows[kept], known, cv=folds), atol=1e-9)


def test_a_gain_in_front_of_noise_is_sure_and_of_itself_is_none():
    rng = np.random.default_rng(0)
    rows, noise = rng.normal(size=(60, 8)), rng.normal(size=(60, 8))
    target = rows @ np.arange(8)
    errors, of_noise = (elements.squared_errors(each, target) for each in (rows, noise))
    mean, low, high = elements.gain(errors, of_noise)
    assert 0.5 < low < mean < high
    of_runs = np.mean([elements.probe(noise, target, seed) for seed in range(3)])
    assert of_noise.mean() == pytest.approx(1 - of_runs)
    assert elements.gain(errors, errors).tolist() == [0, 0, 0]


def test_elements_have_their_groups_and_no_f_block():
    sets = elements.published()
    symbols = elements.in_all(list(sets.values()))
    table = elements.table_of(symbols)
    assert not {"La", "Ce", "U"} & set(symbols)
    assert table.loc["Cl"].tolist() == pytest.approx([17, 3, 3.16, 1.0])
    assert elements.places(table).sum(axis=1).tolist() == [2] * len(symbols)


def test_splits_share_no_group_and_labels_grow():
    groups = np.repeat(np.arange(20), 5)
    parts = labels.split_by(groups, draw=1)
    named = [set(groups[rows]) for rows in parts]
    assert not named[0] & named[1] | named[0] & named[2] | named[1] & named[2]
    assert sum(map(len, parts)) == 100
    few, more = (labels.draw_labels(parts[0], n, draw=0) for n in (10, 30))
    assert set(few) < set(more)


def test_noise_keeps_its_columns_and_loses_its_rows():
    rows = np.random.default_rng(0).normal(size=(50, 3))
    rows[:, 1] = rows[:, 0]
    noise = maps.table("noise", rows)
    real = maps.table("minerals", rows)
    assert np.allclose(np.sort(noise, axis=0), np.sort(real, axis=0))
    assert abs(np.corrcoef(noise[:, 0], noise[:, 1])[0, 1]) < 0.5


def test_auroc_counts_pairs_and_half_of_ties():
    assert spectra.auroc(np.array([1.0, 2.0, 3.0]), np.array([2.0, 4.0])) == pytest.approx(0.75)


def test_each_fault_spoils_a_spectrum():
    rows, _systems = spectra.glasses()
    for fault in spectra.FAULTS:
        assert np.abs(spectra.spoiled(rows[:3], fault, seed=0) - rows[:3]).max() > 0.05


def test_ordinary_glasses_are_parted_without_overlap():
    train, held, test = spectra.parts(np.arange(100), seed=0)
    assert sorted([*train, *held, *test]) == list(range(100))
    assert (len(train), len(held), len(test)) == (70, 10, 20)


def test_all_pieces_are_stored():
    kept = crystals.stored()
    n = len(kept["minerals/amcsd_id"])
    assert kept["minerals/CHGNet"].shape == kept["minerals/CHGNet, untrained"].shape == (n, 64)
    assert kept["compounds/CHGNet"].shape == (203, 64)
    for data in maps.DATA:
        for perplexity in maps.PERPLEXITIES:
            for start in maps.STARTS:
                assert kept[maps.key(data, perplexity, start)].shape == (n, 2)
    for split in labels.SPLITS:
        shape = (len(labels.FEATURES), len(labels.SIZES))
        more = (len(labels.JOINED), len(labels.SIZES))
        for draw in range(3):
            assert kept[f"ridge/{split}/{draw}"].shape == shape
            assert kept[f"energy/{split}/{draw}"].shape == shape
            assert kept[f"joined/{split}/{draw}"].shape == more
    for seed in range(3):
        assert kept[f"untrained/search/{seed}"].shape == (2,)
        assert kept[f"untrained/told nothing/{seed}"].shape == (2,)
        assert kept[f"untrained/enthalpy/{seed}"].shape == (10, 3)
    assert kept["compounds/CHGNet answer"].shape == (203,)
    for n in labels.NETWORK_SIZES:
        name = f"network/{labels.NETWORK_SPLIT}/{n}"
        assert all(kept[f"{name}/{draw}"].shape == (3,) for draw in range(3))
    for system in spectra.held_out_systems():
        shape = (len(spectra.DETECTORS), 1 + len(spectra.FAULTS))
        assert all(kept[f"detect/{system}/{seed}"].shape == shape for seed in spectra.SEEDS)
    assert crystals.FILE.stat().st_size < 300_000


def test_the_map_and_the_search_are_small_on_the_site():
    rng = np.random.default_rng(0)
    grid = {
        (data, perplexity, start): rng.normal(scale=20, size=(60, 2))
        for data in maps.DATA
        for perplexity in maps.PERPLEXITIES
        for start in maps.STARTS
    }
    families = rng.choice(["oxides", "halides", "others"], 60)
    names = [f"mineral {row}" for row in range(60)]
    found = {"composition": rng.normal(size=(60, 9)), "CHGNet": rng.normal(size=(60, 9))}
    for explorer in (
        explorers.map_explorer(grid, families),
        explorers.search_explorer(names, families, found, names[:8]),
    ):
        assert read(explorer.bake())
        assert len(str(explorer.bake())) < 100_000  # of 60 points; the notebook has 555


def test_a_search_names_the_nearest_first():
    names, types = ["a", "b", "c", "d"], ["x", "x", "y", "x"]
    rows = np.array([[0.0], [3.0], [1.0], [9.0]])
    explorer = explorers.search_explorer(
        names, types, {"line": rows, "back": -rows}, ["a", "d"], k=3
    )
    figure = explorer.render(crystal="a", representation="line")
    assert [text.split(" · ")[0] for text in figure.data[0].y] == ["c", "b", "d"]
    assert "2 of 3" in figure.layout.title.text


def test_a_curve_shows_mean_and_spread():
    values = {"one": [[1.0, 2.0], [3.0, 2.0]]}
    figure = explorers.lines([10, 100], values, x_title="n", y_title="MAE", alt="A curve.")
    assert figure.data[0].y == pytest.approx([2, 2])
    assert figure.data[0].error_y.array == pytest.approx([1, 0])


def test_the_table_of_elements_marks_what_is_not_known():
    table = elements.table_of(["Ne", "O"])
    assert pd.isna(table.loc["Ne", "electronegativity"])
    assert table.loc["O", "electronegativity"] == pytest.approx(3.44)
