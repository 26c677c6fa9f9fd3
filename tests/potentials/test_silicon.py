import importlib
from pathlib import Path

import numpy as np
import pytest
import torch

from matnn_lab.datasets import DataFileError, frames, teacher_run
from matnn_lab.potentials import silicon
from matnn_lab.representations.graph import CrystalGraphs
from matnn_lab.training.energy_forces import EnergyForces

SCRIPTS = Path(__file__).parents[2] / "scripts"


def errors(model, crystals):
    graphs = CrystalGraphs.from_structures(crystals, silicon.CUTOFF, progress=False)
    return (model(graphs).forces - EnergyForces.from_structures(crystals).forces).abs().mean()


@pytest.fixture(scope="module")
def test_frames():
    table = frames("silicon")
    return table.loc[table["temperature_k"] == 600, "structure"].tolist()[200:240]


def test_every_size_of_training_set_was_tried_with_three_seeds_by_both_networks():
    runs = silicon.training_runs()
    runs = runs[(runs["steps"] == 400) & (runs["seed"] < 3)]
    equal = runs[(runs["energy_weight"] == 1) & (runs["force_weight"] == 1)]
    count = equal.groupby(["network", "n_frames"]).size().unstack()
    assert set(count.index) == {"equivariant", "invariant"}
    assert (count == 3).all(axis=None)


def test_the_table_holds_the_runs_of_the_script_in_its_order(monkeypatch):
    monkeypatch.syspath_prepend(SCRIPTS)
    settings = importlib.import_module("train_potentials").settings()
    names = list(silicon.RUN_COLUMNS[:6])
    assert list(silicon.training_runs()[names].itertuples(index=False, name=None)) == settings


def test_the_members_of_the_committee_differ_and_have_the_errors_of_the_table(test_frames):
    runs = silicon.training_runs()
    members = silicon.committee()
    found = [1000 * errors(model, test_frames).item() for model in members]
    assert len(set(found)) == len(members) == 4
    for seed, error in enumerate(found):
        row = runs[(runs["n_frames"] == 64) & (runs["seed"] == seed) & (runs["steps"] == 400)]
        row = row[(row["network"] == "equivariant") & (row["force_weight"] == 1)]
        assert error == pytest.approx(row["force_mae_mev_per_a"].item(), rel=1e-3)


def test_strange_crystals_are_silicon_in_balance():
    crystals = silicon.strange_crystals()
    assert len({kind for kind, _ in crystals}) == 8
    for _, atoms in crystals:
        assert set(atoms.get_chemical_symbols()) == {"Si"}
        assert np.isfinite(atoms.get_potential_energy())
        assert np.abs(atoms.get_forces().sum(axis=0)).max() < 0.01


def test_a_vacancy_has_an_atom_less():
    crystals = silicon.strange_crystals()
    assert {len(atoms) for kind, atoms in crystals if kind == "vacancy"} == {15}
    assert {len(atoms) for kind, atoms in crystals if kind != "vacancy"} == {16}


def test_hexagonal_diamond_has_the_bonds_of_diamond_and_face_centered_cubic_has_twelve(test_frames):
    bond = test_frames[0].cell.lengths()[0] / 2 * np.sqrt(3 / 8)
    for kind, atoms in silicon.strange_crystals():
        distances = atoms.get_all_distances(mic=True)
        nearest = distances[~np.eye(len(atoms), dtype=bool)]
        if kind == "hexagonal diamond":
            assert (nearest < 1.3 * bond).sum() == 4 * len(atoms)
            assert nearest[nearest < 1.3 * bond].mean() == pytest.approx(bond, rel=0.02)


def test_the_networks_are_worse_on_strange_crystals_than_on_test_frames(test_frames):
    model = silicon.committee()[0]
    strange = [atoms for kind, atoms in silicon.strange_crystals() if kind == "β-tin"]
    assert errors(model, strange) > 3 * errors(model, test_frames)


def test_a_damaged_file_is_noticed(monkeypatch, tmp_path):
    damaged = tmp_path / "silicon.npz"
    damaged.write_bytes(silicon.FILE.read_bytes()[:-1])
    monkeypatch.setattr(silicon, "FILE", damaged)
    with pytest.raises(DataFileError, match="missing or damaged"):
        silicon.committee()


def test_weights_are_in_single_precision():
    assert next(silicon.committee()[0].parameters()).dtype == torch.float32


def test_four_networks_and_the_teacher_ran_for_four_and_a_half_picoseconds():
    runs = silicon.energy_runs()
    assert runs.shape == (301, 9)
    assert runs.index[[0, 1, 40, 300]].tolist() == [0, 0.015, 0.6, 4.5]
    assert (runs.iloc[0] == 0).all()
    assert runs[silicon.ALL].columns.tolist() == [0, 1, 2, 3, "CHGNet"]
    assert runs[silicon.NEAREST].columns.tolist() == [0, 1, 2, 3]


def test_with_all_neighbors_the_energy_is_kept_and_with_the_eight_nearest_it_walks():
    runs = silicon.energy_runs()

    def spread_of_ends(neighbors):
        return np.ptp(runs[neighbors].iloc[-100:].mean()[[0, 1, 2, 3]])

    assert spread_of_ends(silicon.ALL) < 0.05
    assert spread_of_ends(silicon.NEAREST) > 0.5


def test_the_teacher_runs_as_the_frames_say():
    start, table = teacher_run("silicon")
    total = 1000 * table["total_energy_ev"].to_numpy()[::5] / len(start)
    stored = silicon.energy_runs()[silicon.ALL, "CHGNet"].to_numpy()[: len(total)]
    assert np.abs(total - total[0] - stored).max() < 0.01


def test_a_damaged_file_of_runs_is_noticed(monkeypatch, tmp_path):
    monkeypatch.setattr(silicon, "RUNS_FILE", tmp_path / "silicon_runs.npz")
    with pytest.raises(DataFileError, match="missing or damaged"):
        silicon.energy_runs()


def test_the_committee_ran_warm_from_the_start_of_the_teachers_run():
    start, _ = teacher_run("silicon")
    runs = silicon.warm_runs()
    assert [len(run) for run in runs] == [81] * 4
    for run in runs:
        assert np.abs(run[0].positions - start.positions).max() < 1e-5
        moved = np.array([atoms.positions for atoms in run[40:]])
        moved -= moved.mean(axis=1, keepdims=True)  # the thermostat lets the whole crystal drift
        assert 0.05 < np.sqrt(np.square(moved - moved.mean(axis=0)).sum(axis=-1).mean()) < 0.5
    last = [run[-1].positions for run in runs]
    assert np.abs(last[0] - last[1]).max() > 0.01


def test_a_damaged_file_of_warm_runs_is_noticed(monkeypatch, tmp_path):
    monkeypatch.setattr(silicon, "WARM_FILE", tmp_path / "silicon_warm.npz")
    with pytest.raises(DataFileError, match="missing or damaged"):
        silicon.warm_runs()
