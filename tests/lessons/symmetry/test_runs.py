"""The table of the long trainings is whole, and the script makes the networks that the notebook makes."""

import importlib.util
from pathlib import Path

import pytest
import torch

from matnn_lab.lessons.symmetry.runs import training_runs

SCRIPT = Path(__file__).parents[3] / "scripts" / "train_dipoles.py"


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("train_dipoles", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_kind_has_every_size_seed_and_number_of_steps(script):
    runs = training_runs()
    for column, values in [
        ("kind", script.KINDS),
        ("n", script.SIZES),
        ("seed", script.SEEDS),
        ("steps", script.STEPS),
    ]:
        assert set(runs[column]) == set(values)
    assert len(runs) == len(runs.drop_duplicates(["kind", "n", "seed", "steps"])) == 144
    assert (runs.loc[runs["kind"] == "built in", "asymmetry_e_a"] < 1e-5).all()


@pytest.mark.parametrize("kind", ["plain", "augmented", "built in"])
def test_training_together_is_training_one_by_one(script, kind):
    together = script.train(kind, [(30, 1), (150, 2)], 5)
    bonds, _moments = script.fragments(20, seed=3)
    for network, setting in zip(together, [(30, 1), (150, 2)], strict=True):
        (alone,) = script.train(kind, [setting], 5)
        assert torch.allclose(network(bonds), alone(bonds), atol=1e-5)


def test_the_built_in_network_turns_with_the_fragment(script):
    bonds, moments = script.fragments(10, seed=4)
    turn = script.orthogonal(torch.randn(3, 3, generator=torch.Generator().manual_seed(5)))
    network = script.BuiltIn()
    assert torch.allclose(network(bonds @ turn.T), network(bonds) @ turn.T, atol=1e-6)
    x = torch.cat([torch.zeros(10, 1, 3), bonds], dim=1)
    assert torch.allclose(script.dipole(x @ turn.T), moments @ turn.T, atol=1e-4)
