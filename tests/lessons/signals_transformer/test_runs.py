import numpy as np
import pytest
import torch

from matnn_lab.datasets.gold import BINDING_ENERGY_EV, gold_scans
from matnn_lab.lessons.signals_transformer import runs, surveys


def test_folds_by_system_share_no_system():
    _spectra, _targets, systems = runs.glasses()
    tested = []
    for train, test in runs.folds("whole systems"):
        assert not set(systems[train]) & set(systems[test])
        tested.extend(test)
    assert sorted(tested) == list(range(258))


def test_nbo_per_t_is_zero_for_silica_and_for_balanced_alumina():
    _spectra, targets, systems = runs.glasses()
    assert torch.all(targets[torch.tensor(systems == "SiO2")].abs() < 0.02)
    assert targets.max() == pytest.approx(2.0, abs=0.01)


def test_a_stretch_of_one_cycle_is_hidden():
    hidden = runs.hide(50, seed=1)
    assert torch.all(hidden.sum(1) == 4)
    assert torch.all((hidden[:, 1:] ^ hidden[:, :-1]).sum(1) <= 2)


def test_the_error_counts_what_was_hidden_alone():
    hidden = runs.hide(3, seed=0)
    clean = torch.zeros(3, 256)
    restored = torch.where(hidden.repeat_interleave(8, dim=1), 2.0, 9.0)
    assert runs.error(restored, clean, hidden) == pytest.approx(2)


@pytest.mark.parametrize("name", runs.MODELS)
def test_models_have_about_as_many_weights(name):
    model = runs.SequenceModel(runs.LENGTH, runs.PATCH, **runs.MODELS[name])
    assert 24_000 < sum(weights.numel() for weights in model.parameters()) < 33_000


def test_the_local_network_cannot_reach_the_same_phase():
    model = runs.SequenceModel(runs.LENGTH, runs.PATCH, **runs.MODELS["local CNN"])
    signal = torch.randn(1, 256, requires_grad=True)
    model(signal)[0, 128].backward()
    reached = torch.nonzero(signal.grad[0]).flatten() // runs.PATCH
    assert reached.unique().tolist() == list(range(13, 20))


def test_one_dilated_network_hears_each_copy_of_a_place_and_the_other_does_not():
    heard = {}
    for name in ("dilated CNN", "dilated CNN, whole signal"):
        model = runs.SequenceModel(runs.LENGTH, runs.PATCH, **runs.MODELS[name])
        signal = torch.randn(1, 256, requires_grad=True)
        model(signal)[0, 0].backward()
        heard[name] = set((torch.nonzero(signal.grad[0]).flatten() // runs.PATCH).tolist())
    copies = set(range(4, 32, 4))
    assert heard["dilated CNN, whole signal"] == set(range(32))
    assert copies & heard["dilated CNN"] == {4, 8, 12}


@pytest.mark.parametrize("period", [24, 32, 40])
def test_the_average_of_the_copies_in_view_is_the_cycle(period):
    cycle = torch.randn(5, period)
    signals, hidden = runs.repeat_cycle(cycle), runs.hide(5, seed=1)
    covered = torch.where(hidden.repeat_interleave(runs.PATCH, dim=1), 99.0, signals)
    mean, copies = runs.averaged_cycle(covered, hidden, period)
    assert torch.allclose(mean, cycle, atol=1e-6)
    assert torch.all(copies.sum(1) == runs.LENGTH - runs.CYCLE)


def test_a_dense_network_on_the_average_learns():
    _model, curve = runs.train_on_average(0, steps=100)
    assert len(curve) == 10
    assert curve[-1] < 0.5 < curve[0]


def test_settings_of_a_baseline_are_chosen_on_other_systems():
    spectra, _targets, systems = runs.glasses()
    train, test = runs.folds("whole systems")[0]
    search = runs.fit_baseline("ridge", "whole systems", train)
    for inner, held in search.cv.split(spectra[train], groups=systems[train]):
        assert not set(systems[train][inner]) & set(systems[train][held])
    stored = runs.stored()["raman/ridge/whole systems"][0, test]
    assert np.allclose(np.ravel(search.predict(spectra[test].numpy())), stored, atol=1e-3)


@pytest.mark.parametrize("name", ["SVR", "SVR, SNV"])
def test_settings_that_were_chosen_for_the_svr_lie_inside_its_grid(name):
    (grid,) = runs.BASELINES[name][1].values()
    for split in runs.SPLITS:
        for column, tried in enumerate(grid.values()):
            chosen = runs.stored()[f"settings/{name}/{split}"][0, :, column]
            assert min(tried) <= chosen.min()
            assert chosen.max() < max(tried)


def test_snv_forgets_offset_and_gain_of_a_spectrum():
    spectra = np.random.default_rng(0).random((3, 50))
    prepared = runs.standard_normal_variate(spectra)
    assert np.allclose(runs.standard_normal_variate(7 * spectra + 2), prepared)
    assert np.allclose(prepared.mean(axis=1), 0)
    assert np.allclose(prepared.std(axis=1), 1)


def test_a_baseline_may_choose_between_raw_spectra_and_snv():
    train, test = runs.folds("random glasses")[0]
    spectra = runs.glasses()[0].numpy().astype(float)
    search = runs.fit_baseline("PLS, raw or SNV", "random glasses", train)
    assert set(map(str, search.cv_results_["param_preparation"])) == {
        str(preparation) for preparation in runs.PREPARATIONS.values()
    }
    stored = runs.stored()["raman/PLS, raw or SNV/random glasses"][0, test]
    assert np.allclose(np.ravel(search.predict(spectra[test])), stored, atol=1e-3)


@pytest.mark.parametrize("period", [24, 32, 40])
def test_who_hears_all_copies_of_a_hidden_value(period):
    assert runs.copies_heard("dilated CNN, whole signal", period) == 1
    assert runs.copies_heard("dilated CNN, fifth round of 1", period) < 0.9
    assert runs.copies_heard("Transformer", period) == 1
    assert 0.6 < runs.copies_heard("dilated CNN", period) < 0.8


def test_the_local_network_hears_no_copy():
    assert runs.copies_heard("local CNN", 32) == 0


def test_the_best_linear_answer_needs_the_copies():
    clean, measured = runs.specimens(200, runs.ONE_PERIOD, seed=9000)
    hidden = runs.hide(200, seed=9001)
    near = runs.error(runs.linear_from_near(measured, hidden, reach=3), clean, hidden)
    everywhere = runs.error(runs.linear_from_near(measured, hidden, reach=31), clean, hidden)
    assert near == pytest.approx(0.88, abs=0.04)
    assert everywhere == pytest.approx(0.25, abs=0.02)


@pytest.mark.parametrize(("name", "task"), runs.KEPT)
def test_a_stored_network_makes_the_stored_error(name, task):
    clean, measured = runs.specimens(1000, runs.TASKS[task][0], seed=9000)
    hidden = runs.hide(1000, seed=9001)
    with torch.no_grad():
        found = runs.error(runs.stored_network(name, task)(measured, hidden), clean, hidden)
    assert found == pytest.approx(runs.stored()[f"cycles/{name}/{task}"][0], abs=1e-3)
    by_period = runs.stored()[f"by period/{name}/{task}"]
    assert by_period.shape == (3, len(runs.ASKED_PERIODS))
    again = runs.errors_by_period(runs.stored_network(name, task))
    assert again == pytest.approx(by_period[0], abs=1e-3)


def test_all_runs_are_stored_with_three_seeds():
    found = runs.stored()
    for task, names in runs.TRAINED.items():
        assert all(found[f"cycles/{name}/{task}"].shape == (3,) for name in names)
    for name in runs.RAMAN_MODELS:
        assert all(found[f"raman/{name}/{split}"].shape == (3, 258) for split in runs.SPLITS)
        assert all(found[f"raman/{name}, SNV/{split}"].shape == (3, 258) for split in runs.SPLITS)
        assert all(found[f"epochs/{name}/{n}"].shape == (3,) for n in runs.EPOCHS_TRIED)
    for name in runs.RAMAN_CONTROLS:
        assert all(found[f"raman/{name}/{split}"].shape == (3, 258) for split in runs.SPLITS)
    runs_of = [f"surveys/{name}/{steps}" for name in surveys.MODELS for steps in surveys.STEPS]
    runs_of += [f"surveys/{name}/{n}" for name in surveys.CONTROLS for n in surveys.STEPS[:2]]
    assert all(found[name].shape == (3,) for name in runs_of)
    assert found["rates/CNN"].shape == (3,)
    assert all(found[f"averages/{steps}"].shape == (3,) for steps in runs.AVERAGE_STEPS)
    for name in runs.BASELINES:
        assert all(found[f"raman/{name}/{split}"].shape == (1, 258) for split in runs.SPLITS)


def test_components_are_recovered_from_their_sum():
    energy = BINDING_ENERGY_EV[::-1]
    shape = (84.2, 0.9, 0.4, 8.5, 1.4, 13.0, 1.5, 12.0)
    amounts = np.array([20.0, 1.0, 2.0, 2.0, 1.0, 4.0, 3.0])
    spectrum = runs.gold_components(energy, shape) @ amounts
    fitted = runs.fit_amounts(runs.gold_components(energy, shape), spectrum[None])[0]
    assert np.allclose(fitted, spectrum, atol=1e-6)


def test_noise_to_noise_finds_a_mean_of_noisy_scans():
    rng = np.random.default_rng(0)
    truth = 5 + np.sin(np.arange(40) / 5)
    scans = truth + rng.normal(size=(60, 40))
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(40, 16), torch.nn.GELU(), torch.nn.Linear(16, 40))
    denoise = runs.noise_to_noise(model, scans[:40], scans[40:50], seed=0, steps=200)
    error = np.sqrt(np.mean((denoise(scans[50:]) - truth) ** 2))
    assert error < 0.6


def test_a_narrow_denoiser_is_trained_until_it_beats_the_raw_scan():
    tables = gold_scans()
    scans = np.stack(tables["spectrum"][tables["run"] == "oxygen, first day"])[60:, ::-1]
    train, held = scans[:160], scans[160:200]
    torch.manual_seed(0)
    model = torch.nn.Sequential(
        torch.nn.Linear(1001, 16), torch.nn.GELU(), torch.nn.Linear(16, 1001)
    )
    denoise = runs.noise_to_noise(model, train, held, seed=0)
    others = (held.sum(axis=0) - held) / (len(held) - 1)
    error = np.sqrt(np.mean((denoise(held) - others) ** 2))
    assert error < 0.5 * np.sqrt(np.mean((held - others) ** 2))


def test_amounts_are_fitted_to_scans_of_the_same_energies():
    components = np.eye(4)[:, :2]
    scans = np.array([[1.0, 2, 0, 0], [3, -1, 0, 0]])
    assert runs.fit_amounts(components, scans).tolist() == [[1, 2, 0, 0], [3, 0, 0, 0]]
    for bad, words in (
        (scans[0], "one row each"),
        (scans[:, :3], r"give \(n, 4\)"),
        (scans * np.nan, "NaN"),
    ):
        with pytest.raises(ValueError, match=words):
            runs.fit_amounts(components, bad)


def test_stretches_are_hidden_with_a_seed_of_numpy_too():
    assert torch.equal(runs.hide(np.int64(4), np.int64(3)), runs.hide(4, 3))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda s, h: runs.hide(4, 1.5), "seed=1.5 was given"),
        (lambda s, h: runs.hide(4, 0, 40), "40 of 32 patches"),
        (lambda s, h: runs.specimens(4, (), 0), "No period was given"),
        (lambda s, h: runs.specimens(4, (32,), -1), "The seed -1"),
        (lambda s, h: runs.averaged_cycle(s, h, 0), "period=0 was given"),
        (lambda s, h: runs.averaged_cycle(s.numpy(), h, 32), "given a ndarray"),
        (lambda s, h: runs.averaged_cycle(s.long(), h, 32), "Tensors of torch.int64"),
        (lambda s, h: runs.averaged_cycle(s, h[:2], 32), "give a torch.Tensor of the shape"),
        (lambda s, h: runs.averaged_cycle(s, h.float(), 32), "give booleans"),
        (lambda s, h: runs.error(s[:1], s, h), "give a torch.Tensor of the shape"),
        (lambda s, h: runs.repeat_cycle(s[0]), "give a torch.Tensor of the shape"),
        (lambda s, h: runs.linear_from_near(s, h, -1), "reach=-1 was given"),
        (lambda s, h: runs.copies_heard("RNN", 32), "The network 'RNN' is not known"),
        (lambda s, h: runs.stored_network("RNN", "x"), "The network 'RNN/x' is not known"),
        (lambda s, h: runs.folds("by color"), "The split 'by color' is not known"),
        (lambda s, h: runs.fit_baseline("LDA", "x", h), "The method 'LDA' is not known"),
        (lambda s, h: runs.standard_normal_variate(np.ones((2, 9))), "the same value everywhere"),
        (lambda s, h: surveys.draw(2, 0, 11), "Shifts of 11 eV"),
        (lambda s, h: surveys.draw(2, -1), "The seed -1"),
        (lambda s, h: surveys.draw(2.0, 0), "n=2.0 was given"),
        (lambda s, h: surveys.train("RNN", 0, 10), "The network 'RNN' is not known"),
        (lambda s, h: surveys.train("CNN, all places", 0, 5), "steps=5 was given"),
    ],
)
def test_what_does_not_fit_is_refused_in_a_sentence(call, words):
    with pytest.raises(ValueError, match=words):
        call(torch.rand(3, 256), runs.hide(3, 0))


def test_no_surveys_are_prepared_to_none():
    assert surveys.prepare(np.empty((0, 1200))).shape == (0, 1200)


def test_falling_energies_of_gold_are_refused_and_whole_ones_read():
    energy = np.arange(80, 110)
    assert np.isfinite(runs.gold_components(energy, runs.GOLD_START)).all()
    with pytest.raises(ValueError, match="must rise"):
        runs.gold_components(energy[::-1], runs.GOLD_START)
    with pytest.raises(ValueError, match="give 8, as GOLD_START"):
        runs.gold_components(energy, runs.GOLD_START[:7])


@pytest.mark.parametrize("split", runs.SPLITS)
def test_errors_by_fold_are_those_of_the_glasses_in_it(split):
    targets = runs.glasses()[1].numpy()
    away = np.arange(2 * len(targets)).reshape(2, -1) / 100
    found = runs.errors_by_fold(targets + away, split)
    for fold, (_train, test) in enumerate(runs.folds(split)):
        assert found[:, fold] == pytest.approx(away[:, test].mean(axis=1), abs=1e-5)
