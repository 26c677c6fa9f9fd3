import numpy as np
import pytest

from matnn_lab.lessons.universal_potentials import explorers
from matnn_lab.potentials.universal import LABELS, TASKS, pbe_elements, stored


def test_the_equation_of_state_begins_with_its_bulk_modulus_and_its_slope():
    ratio = np.linspace(0.98, 1.02, 5)
    pressure, energy = explorers.birch_murnaghan(ratio, 100.0, 4.5)
    assert pressure[2] == energy[2] == 0
    assert -np.gradient(pressure, ratio)[2] == pytest.approx(100, rel=0.01)
    assert np.allclose(-np.gradient(energy, ratio)[1:-1], pressure[1:-1], atol=0.02)
    from ase.eos import birchmurnaghan

    expected = birchmurnaghan(ratio, 0.0, 100.0, 4.5, 1.0)
    assert np.allclose(energy, expected)


def test_each_setting_of_the_pressure_explorer_says_its_share():
    curves = stored("curves")
    explorer = explorers.pressure_explorer(curves, pbe_elements())
    titles = set()
    for potential in explorer.controls["potential"].values:
        for element in explorer.controls["element"].values:
            figure = explorer.render(potential=potential, element=element)
            titles.add(figure.layout.meta["alt"])
            assert "% of PBE's pressure" in figure.layout.title.text
    assert len(titles) == len(curves.groupby(["potential", "element"]))


def test_the_marked_point_of_the_bond_explorer_lies_on_its_curve():
    explorer = explorers.bond_explorer(stored("molecules"))
    figure = explorer.render(molecule="N2", stretch=1.0)
    lines, marks = figure.data[::2], figure.data[1::2]
    for line, mark in zip(lines, marks, strict=True):
        assert mark.x[0] == pytest.approx(1.0977, abs=2e-3)
        assert mark.y[0] == pytest.approx(np.interp(mark.x[0], line.x, line.y), abs=0.02)


def test_the_stored_tables_are_whole():
    for task in TASKS:
        table = stored(task)
        assert len(table) > 5
        if "potential" in table:
            assert set(table["potential"]) <= set(LABELS)
            assert not table.duplicated([c for c in table.columns if table[c].dtype == object or c in (
                "n_atoms", "volume_ratio", "length_a")]).any()  # fmt: skip
    with pytest.raises(ValueError, match="There is no table 'phonons'; choose one of cost"):
        stored("phonons")


def test_each_training_was_drawn_three_times_and_all_but_one_had_stopped():
    trained = stored("fine_tuning").query("steps > 0")
    assert (trained.groupby(["network", "n_frames"])["seed"].nunique() == 3).all()
    still = trained.loc[trained["still_falling"], ["network", "n_frames", "seed"]]
    assert still.to_numpy().tolist() == [["CHGNet, fine-tuned", 8, 1]]
    assert stored("forgetting").groupby(["formula", "n_frames"])["seed"].nunique().eq(3).all()


def test_the_explorers_draw_few_figures():
    assert len(explorers.STRETCHES) * 5 <= 60
