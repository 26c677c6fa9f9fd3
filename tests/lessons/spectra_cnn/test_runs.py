import numpy as np
import pandas as pd
import pytest
import torch

from matnn_lab.datasets import mineral_structures, minerals
from matnn_lab.datasets.powder import SAMPLES
from matnn_lab.lessons.spectra_cnn import runs
from matnn_lab.lessons.spectra_cnn.explorers import halite
from matnn_lab.lessons.spectra_cnn.places import COVERED, PUT_IN
from matnn_lab.lessons.spectra_cnn.powders import (
    SYSTEM_OF,
    SYSTEMS,
    computed_twins,
    measured_patterns,
)
from matnn_lab.representations.spectra import GRID, Measurement, Reflections, powder_patterns


def test_the_best_match_of_a_pattern_is_itself():
    library = np.random.default_rng(0).uniform(size=(20, 701))
    rows, similarity = runs.search_and_match(library, library)
    assert np.array_equal(rows, np.arange(20))
    np.testing.assert_allclose(similarity, 1, atol=1e-5)
    assert np.array_equal(runs.best_match(library, library), rows)


def test_a_moved_pattern_is_found_where_moves_are_allowed():
    library = np.zeros((3, 701), dtype=np.float32)
    library[0, [100, 200]], library[1, [102, 202]], library[2, [300, 310]] = 1, 1, 1
    moved = np.roll(library[2:], 3, axis=1)
    assert runs.best_match(moved, library, 3)[0] == 2


def test_training_is_repeatable_and_lowers_the_loss():
    random = np.random.default_rng(0)
    patterns = random.uniform(size=(64, 701)).astype(np.float32)
    targets = np.arange(64) % 6
    found = [
        runs.train(lambda epoch: patterns, targets, (patterns, targets), epochs=3, seed=1)
        for _ in range(2)
    ]
    (model, curve), (again, _curve) = found
    assert curve.shape == (3, 3)
    assert curve[-1, 0] < curve[0, 0]
    assert torch.equal(runs.predict(model, patterns), runs.predict(again, patterns))


def test_a_laboratory_measures_differently_each_time_and_the_same_with_one_seed():
    first, same, other = (runs.realistic(halite(5.64), seed) for seed in (1, 1, 2))
    assert np.array_equal(first, same)
    assert np.abs(first - other).max() > 0.05


def test_the_table_has_three_seeds_of_each_method():
    table = runs.stored_runs()
    counts = table.groupby(["method", "split", "trained", "tested"])["seed"].nunique()
    assert (counts == 3).all()
    assert table["accuracy"].between(0, 1).all()


def test_the_networks_of_the_table_were_trained_until_nothing_got_better():
    curves = runs.stored_curves()
    for _how, run in curves.groupby(["method", "split", "trained", "seed"]):
        last = run.sort_values("epoch")["accuracy"].to_numpy()[-4:]
        assert np.ptp(last) < 0.05


def test_twice_as_many_epochs_gain_little_on_validation_patterns():
    curves = runs.stored_curves().query("trained == 'disturbed'").sort_values("epoch")
    end = curves.groupby(["method", "seed"])["accuracy"].last().unstack()
    gained = end.loc["CNN, twice as long"] - end.loc["CNN"]
    assert len(gained) == 3
    assert gained.mean() < 0.03


def test_a_head_that_forgets_places_catches_up_on_disturbed_patterns_when_it_is_trained_to_its_end():
    found = runs.stored_runs().query("trained == 'disturbed' and tested == 'all'")
    balanced = found[found["split"] == "formula"].groupby("method")["balanced"].mean()
    assert balanced["CNN, mean head"] < balanced["CNN"] - 0.05
    assert balanced["CNN, mean head, 16 times as long"] > balanced["CNN"] - 0.03


def test_search_and_match_that_may_move_patterns_was_asked_entry_by_entry_too():
    found = runs.stored_runs().query("method == 'match, moved' and tested == 'ideal'")
    assert (found.groupby("split")["seed"].nunique() == 3).all()
    assert set(found["split"]) == {"entry", "formula"}


def test_networks_were_trained_for_equally_many_epochs_unless_their_name_says_otherwise():
    epochs = runs.stored_curves().groupby(["method", "split", "trained", "seed"])["epoch"].max()
    expected = {
        "CNN, a quarter as long": runs.EPOCHS // 4,
        "CNN, twice as long": 2 * runs.EPOCHS,
        "CNN, mean head, 16 times as long": 16 * runs.EPOCHS,
    }
    for (method, *_how), last in epochs.items():
        assert last == expected.get(method, runs.EPOCHS)


def test_a_network_learns_shares_that_are_drawn_anew():
    def draw(epoch):
        share = np.random.default_rng(epoch).uniform(size=(256, 1)).astype(np.float32)
        patterns = np.where(np.arange(701) < 350, share, 1 - share)
        return patterns, np.hstack([share, 1 - share])

    torch.manual_seed(0)
    model = runs.SpectrumCNN(701, 2)
    curve = runs.train_on(model, draw, draw(100), epochs=16)
    patterns, shares = draw(101)
    found = runs.predict(model, patterns).softmax(dim=1).numpy()
    assert np.abs(found - shares).mean() < 0.1
    assert curve[-1, 2] > 0.8


def test_networks_were_asked_for_measured_and_computed_patterns_of_the_same_crystals():
    said = runs.stored_measured()
    counts = said.groupby(["sample", "pattern", "trained"])["seed"].nunique()
    assert len(counts) == 2 * 3 * 3
    assert (counts == 3).all()
    np.testing.assert_allclose(said[SYSTEMS].sum(axis=1), 1, atol=1e-3)
    assert (said["right"] <= said["n"]).all()


def test_lines_were_covered_and_put_in_for_three_seeds_and_five_draws():
    looked = runs.stored_looked()
    assert (looked.groupby(["trained", "place"])["draw"].count() == 15).all()
    assert set(looked["place"]) == {*COVERED, *PUT_IN}
    assert looked["lost"].between(0, 1).all()


def test_a_smooth_ground_is_taken_off_and_lines_stay():
    angle = np.linspace(10, 80, 701)
    lines = sum(np.exp(-(((angle - place) / 0.1) ** 2)) for place in (21, 34, 60))
    ground = 0.4 * np.exp(-(angle - 10) / 20) + 0.1
    left = runs.without_ground((lines + ground)[None])[0]
    assert np.abs(left - lines).max() < 0.1
    assert left.max() == 1


def test_the_measured_powders_are_on_the_grid_and_at_the_right_angles():
    found = measured_patterns()
    assert set(found) == set(SYSTEM_OF)
    table = minerals()
    for sample, pattern in found.items():
        assert pattern.shape == (701,)
        assert pattern.max() == 1
        entries = table.loc[table["formula"] == SAMPLES[sample][0], "amcsd_id"]
        lines = Reflections.from_structures(mineral_structures(entries[-1:])).lines()
        for angle in lines.nlargest(3, "intensity")["two_theta_deg"]:
            place = np.abs(GRID - angle).argmin()
            assert pattern[max(place - 4, 0) : place + 5].max() > 0.2


@pytest.mark.parametrize("sample", SYSTEM_OF)
def test_a_measured_powder_resembles_its_computed_twin(sample):
    twins = computed_twins(sample)
    ideal = Measurement.ideal(twins.n_crystals)
    computed = powder_patterns(twins, ideal, np.random.default_rng(0))
    measured = runs.without_ground(measured_patterns()[sample][None])
    assert runs.search_and_match(measured, computed)[1] > 0.9


def test_the_table_of_all_faults_but_one_has_three_seeds_and_agrees_with_the_main_one():
    left_out, main = runs.stored_left_out(), runs.stored_runs()
    assert (left_out.groupby(["method", "tested", "ground"])["seed"].nunique() == 3).all()
    main = main.query("split == 'formula' and trained == 'ideal' and method == 'CNN'")
    ours = left_out.query("method == 'CNN' and ground == 'there' and tested in ('ideal', 'all')")
    both = ours.merge(main, on=["seed", "tested"], suffixes=("", "_main"))
    assert len(both) == 6
    assert (both["balanced"] - both["balanced_main"]).abs().max() < 0.03


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda x: x - 0.5, "at least 0"),  # a background taken off
        (lambda x: np.where(x > 0.9, np.nan, x), "NaN"),
        (lambda x: 0 * x, "same value everywhere"),
        (lambda x: x[0], r"give \(n, "),
        (lambda x: x[:, :300], "give"),
    ],
)
def test_a_pattern_that_cannot_be_compared_is_not_matched_with_the_first_one(change, words):
    library = np.random.default_rng(0).uniform(size=(4, 701))
    with pytest.raises(ValueError, match=words):
        runs.best_match(change(library), library)
    with pytest.raises(ValueError, match=words.replace(r"\(n, ", "")):
        runs.best_match(library, change(library))


def test_a_pattern_may_not_be_moved_by_less_than_nothing():
    library = np.random.default_rng(0).uniform(size=(4, 701))
    with pytest.raises(ValueError, match="shifts=-1"):
        runs.best_match(library, library, -1)


def test_a_pattern_without_lines_is_named_instead_of_divided_by_zero():
    lines = np.zeros((2, 701))
    lines[0, 300:304] = 1
    with pytest.raises(ValueError, match="No line of pattern 1"):
        runs.without_ground(lines)


def test_the_root_of_a_table_is_that_of_its_numbers_and_negative_ones_have_none():
    counts = np.array([[4, 9, 16]])
    assert runs.prepare(pd.DataFrame(counts)).tolist() == [[2, 3, 4]]
    with pytest.raises(ValueError, match="at least 0"):
        runs.prepare(-counts)


def test_what_is_moved_beyond_an_end_does_not_come_back_at_the_other():
    one_line = np.zeros((1, 50), dtype=np.float32)
    one_line[0, 49] = 1
    assert runs.search_and_match(one_line, np.roll(one_line, 2, axis=1), 3)[1] == 0


def test_a_moved_pattern_with_a_cut_off_end_matches_itself():
    library = np.random.default_rng(0).uniform(size=(20, 701))
    moved = np.column_stack([library[:, 3:], np.zeros((20, 3))])
    moved[:, -3:] = library[:, -1:]
    rows, similarity = runs.search_and_match(moved, library, 3)
    assert np.array_equal(rows, np.arange(20))
    np.testing.assert_allclose(similarity, 1, atol=1e-4)


def test_more_shifts_than_points_are_refused_in_a_sentence():
    with pytest.raises(ValueError, match="Shifts by 50 points"):
        runs.search_and_match(np.eye(3, 50), np.eye(3, 50), 50)
