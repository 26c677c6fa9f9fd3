import numpy as np
import pytest
from pymatgen.symmetry.analyzer import SpacegroupAnalyzer

from matnn_lab.datasets import mineral_structures, minerals
from matnn_lab.lessons.spectra_cnn import powders
from matnn_lab.lessons.spectra_cnn.powders import SYSTEMS, crystal_system, split


@pytest.mark.parametrize(
    ("symbol", "system"),
    [
        ("F d 3 m", "cubic"),
        ("P 21 3", "cubic"),
        ("F -4 3 m", "cubic"),
        ("P 42/m n m", "tetragonal"),
        ("I -4 2 d", "tetragonal"),
        ("P 63/m", "hexagonal"),
        ("P 31 2 1", "trigonal"),
        ("R -3 c", "trigonal"),
        ("P n m a", "orthorhombic"),
        ("P 1 21/c 1", "monoclinic"),
        ("P 1 1 2/m", "monoclinic"),
        ("C 2/m", "monoclinic"),
        ("P -1", "triclinic"),
        ("P 1", "triclinic"),
    ],
)
def test_a_symbol_says_its_system(symbol, system):
    assert crystal_system(symbol) == system


def test_a_symbol_in_one_piece_is_refused():
    with pytest.raises(ValueError, match="'Fd3m' was given"):
        crystal_system("Fd3m")


def test_the_symbol_and_the_positions_agree():
    table = minerals()
    few = table[table["n_atoms"] <= 20].sample(30, random_state=0)
    found = [
        SpacegroupAnalyzer(crystal, 0.01).get_crystal_system()
        for crystal in mineral_structures(few["amcsd_id"])
    ]
    same = np.array(found) == [crystal_system(symbol) for symbol in few["space_group"]]
    assert same.mean() > 0.9


def test_powders_keep_whole_formulas_and_leave_out_what_was_measured(monkeypatch):
    monkeypatch.setattr(powders, "MAX_ATOMS", 12)
    table, reflections = powders.powders.__wrapped__(40)
    assert reflections.n_crystals == len(table) == 40
    assert set(table["system"]) <= set(SYSTEMS)
    assert not set(table["formula"]) & {"Ca5P3O12F", "Na2Ca3Al2F14"}
    whole = minerals()["formula"].value_counts()
    counts = table["formula"].value_counts()
    assert (counts <= whole[counts.index]).all()


@pytest.mark.parametrize("seed", [0, 1])
def test_a_split_keeps_groups_together_and_all_rows(seed):
    groups = np.random.default_rng(0).integers(0, 50, 300)
    parts = split(groups, seed)
    assert np.array_equal(np.sort(np.concatenate(parts)), np.arange(300))
    sides = [set(groups[part]) for part in parts]
    assert sum(map(len, sides)) == len(set.union(*sides))
    assert len(sides[0]) == 30


def test_a_symbol_a_sample_and_a_seed_that_are_none_are_refused_in_a_sentence():
    with pytest.raises(ValueError, match="The symbol None was given|The symbol 194 was given"):
        crystal_system(194)
    with pytest.raises(ValueError, match="The sample 'quartz' is not known"):
        powders.computed_twins("quartz")
    with pytest.raises(ValueError, match="The seed -1"):
        split(np.arange(10), -1)
