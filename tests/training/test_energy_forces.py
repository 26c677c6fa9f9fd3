from functools import partial

import numpy as np
import pytest
import torch
from ase import Atoms
from ase.build import bulk
from ase.calculators.emt import EMT

from matnn_lab.models.invariant import SchNet
from matnn_lab.models.nequip import NequIP
from matnn_lab.models.potential import Prediction
from matnn_lab.representations.graph import CrystalGraphs
from matnn_lab.training import fit
from matnn_lab.training.energy_forces import EnergyForces, data_scales, energy_forces_loss

CUTOFF = 3.2


@pytest.fixture(scope="module")
def crystals() -> list[Atoms]:
    """Copper out of place in cells of one, two and four atoms."""
    random = np.random.default_rng(0)
    crystals = []
    for size in [1, 2, 4, 2, 4, 1, 4, 2]:
        atoms = bulk("Cu", "fcc", 3.6) * (1, 1, size)
        atoms.positions += random.normal(0, 0.1, (size, 3))
        atoms.calc = EMT()
        crystals.append(atoms)
    return crystals


@pytest.fixture(scope="module")
def targets(crystals) -> EnergyForces:
    return EnergyForces.from_structures(crystals)


@pytest.fixture(scope="module")
def graphs(crystals) -> CrystalGraphs:
    return CrystalGraphs.from_structures(crystals, CUTOFF, progress=False)


def test_targets_are_what_the_structures_know(crystals, targets):
    assert len(targets) == len(crystals) == 8
    assert targets.energy.tolist() == [atoms.get_potential_energy() for atoms in crystals]
    assert targets.forces.shape == (20, 3)
    assert targets.energy.dtype == torch.float64
    assert targets.forces.dtype == torch.float32


@pytest.mark.parametrize(
    "rows", [[2, 0, 4], np.array([5]), torch.tensor([1, 1]), slice(2, 6), slice(None, None, 3)]
)
def test_rows_of_targets_belong_to_the_same_rows_of_graphs(crystals, targets, graphs, rows):
    some, batch = targets[rows], graphs[rows]
    chosen = np.arange(8)[rows]
    assert len(some) == len(batch) == len(chosen)
    assert torch.equal(some.n_atoms, batch.n_atoms)
    forces = np.concatenate([crystals[row].get_forces() for row in chosen])
    assert np.allclose(some.forces.numpy(), forces, atol=1e-6)
    assert torch.equal(some.energy, targets.energy[torch.as_tensor(chosen)])


def test_a_change_of_precision_leaves_the_energy_in_double(targets):
    single, double = targets.to(torch.float32), targets.to(torch.float64)
    assert single.energy.dtype == double.energy.dtype == torch.float64
    assert single.forces.dtype == torch.float32
    assert double.forces.dtype == torch.float64


def test_structures_without_forces_are_named():
    with pytest.raises(ValueError, match="Structure 0 carries no energy and forces; give frames"):
        EnergyForces.from_structures([bulk("Cu")])


def test_the_loss_weighs_energy_for_each_atom_and_force_components():
    target = EnergyForces(torch.tensor([2.0, 8.0]), torch.zeros(6, 3), torch.tensor([2, 4]))
    prediction = Prediction(
        torch.tensor([4.0, 8.0]), torch.full((6, 3), 0.5), torch.zeros(2, 3, 3), torch.zeros(6)
    )
    loss = partial(energy_forces_loss, prediction, target)
    assert loss(force_weight=0).item() == 0.5  # (1² + 0²)/2
    assert loss(energy_weight=0).item() == 0.25
    assert loss(energy_weight=3, force_weight=10).item() == 4


def test_scales_come_from_the_data(graphs, targets):
    scales = data_scales(graphs, targets)
    assert scales["scale"] == pytest.approx(targets.forces.square().mean().item() ** 0.5)
    assert scales["shift"] == pytest.approx(targets.energy.sum().item() / 20)
    assert scales["n_neighbors"] == pytest.approx(graphs.n_edges.sum().item() / 20)


@pytest.mark.parametrize("network", [NequIP, SchNet])
def test_fit_learns_energies_and_forces_and_keeps_the_best_epoch(graphs, targets, network):
    torch.manual_seed(0)
    model = network(["Cu"], CUTOFF, n_features=4, **data_scales(graphs, targets))
    before = energy_forces_loss(model.eval()(graphs), targets).item()
    history = fit(
        model,
        (graphs, targets),
        (graphs[:4], targets[:4]),
        loss=energy_forces_loss,
        optimizer=partial(torch.optim.Adam, lr=0.02),
        epochs=12,
        batch_size=4,
        progress=False,
    )
    assert history.frame["train_loss"].iloc[-1] < 0.5 * before
    prediction = model.eval()(graphs[:4])
    best = history.frame["validation_loss"].min()
    assert energy_forces_loss(prediction, targets[:4]).item() == pytest.approx(best, rel=1e-4)


def test_fit_trains_in_the_precision_of_the_model(graphs, targets):
    model = SchNet(["Cu"], CUTOFF, n_features=4).double()
    fit(model, (graphs, targets), loss=energy_forces_loss, epochs=1, progress=False)
    assert model.readout[0].weight.dtype == torch.float64
