import numpy as np
import pytest
import torch

from matnn_lab.datasets.gold import BINDING_ENERGY_EV
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
    assert torch.all(targets[torch.tensor(systems == "sio2")].abs() < 0.02)
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


@pytest.mark.parametrize(("name", "task"), runs.KEPT)
def test_a_stored_network_makes_the_stored_error(name, task):
    clean, measured = runs.specimens(1000, runs.TASKS[task][0], seed=9000)
    hidden = runs.hide(1000, seed=9001)
    with torch.no_grad():
        found = runs.error(runs.stored_network(name, task)(measured, hidden), clean, hidden)
    assert found == pytest.approx(runs.stored()[f"cycles/{name}/{task}"][0], abs=1e-3)


def test_all_runs_are_stored_with_three_seeds():
    found = runs.stored()
    for task, names in runs.TRAINED.items():
        assert all(found[f"cycles/{name}/{task}"].shape == (3,) for name in names)
    for name in runs.RAMAN_MODELS:
        assert all(found[f"raman/{name}/{split}"].shape == (3, 258) for split in runs.SPLITS)
        assert all(found[f"epochs/{name}/{n}"].shape == (3,) for n in runs.EPOCHS_TRIED)
    assert all(found[f"surveys/{name}"].shape == (3,) for name in surveys.MODELS)
    assert found["rates/CNN"].shape == (3,)


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
