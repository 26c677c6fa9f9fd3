from functools import partial

import numpy as np
import pytest
import torch
from ase import Atoms
from ase.build import bulk
from ase.calculators.emt import EMT
from ase.calculators.singlepoint import SinglePointCalculator
from pymatgen.io.ase import AseAtomsAdaptor

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


def labelled(atoms: Atoms, energy: float = 0.0, forces=0.0) -> Atoms:
    forces = np.broadcast_to(forces, (len(atoms), 3)).copy()
    atoms.calc = SinglePointCalculator(atoms, energy=energy, forces=forces)
    return atoms


def test_structures_without_forces_are_named(crystals):
    bare, half = bulk("Cu"), bulk("Cu")
    half.calc = SinglePointCalculator(half, energy=1.0)
    for strange in (bare, half):
        with pytest.raises(ValueError, match="Structure 2 carries no energy and forces; give fra"):
            EnergyForces.from_structures([*crystals[:2], strange])


def test_what_is_no_list_of_atoms_is_named(crystals):
    with pytest.raises(
        TypeError, match="Structure 1 is of type Structure, which carries no energy"
    ):
        EnergyForces.from_structures([crystals[0], AseAtomsAdaptor.get_structure(crystals[1])])
    with pytest.raises(TypeError, match="Structure 0 is of type str"):
        EnergyForces.from_structures("Cu")
    for one in (crystals[0], AseAtomsAdaptor.get_structure(crystals[0])):
        with pytest.raises(TypeError, match=r"One structure was given; give a list"):
            EnergyForces.from_structures(one)
    for none in ([], iter(())):
        with pytest.raises(ValueError, match="No structure was given; give at least one"):
            EnergyForces.from_structures(none)


@pytest.mark.parametrize("label", ["energy", "forces"])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_labels_that_are_no_numbers_are_named_by_their_rows(crystals, label, value):
    bad = [labelled(bulk("Cu") * (2, 1, 1), **{label: value}) for _ in range(2)]
    with pytest.raises(ValueError, match="infinite in 2 structures, first in row 3; leave them"):
        EnergyForces.from_structures([*crystals[:3], bad[0], crystals[3], bad[1]])
    with pytest.raises(ValueError, match="infinite in 1 structure, row 1; leave it out"):
        EnergyForces.from_structures([crystals[0], bad[0]])


def test_rows_with_a_label_that_is_no_number_are_found(targets):
    forces = targets.forces.clone()
    forces[4, 1] = torch.inf  # in the third crystal, which has rows 3 to 6
    energy = targets.energy.clone()
    energy[0] = torch.nan
    wrong = ~EnergyForces(energy, forces, targets.n_atoms).finite_rows()
    assert wrong.nonzero()[:, 0].tolist() == [0, 2]
    assert targets.finite_rows().all()


def test_the_loss_weighs_energy_for_each_atom_and_force_components():
    target = EnergyForces(torch.tensor([2.0, 8.0]), torch.zeros(6, 3), torch.tensor([2, 4]))
    prediction = Prediction(
        torch.tensor([4.0, 8.0]), torch.full((6, 3), 0.5), torch.zeros(2, 3, 3), torch.zeros(6)
    )
    loss = partial(energy_forces_loss, prediction, target)
    assert loss(force_weight=0).item() == 0.5  # (1² + 0²)/2
    assert loss(energy_weight=0).item() == 0.25
    assert loss(energy_weight=3, force_weight=10).item() == 4


def test_the_loss_compares_the_same_crystals_only(graphs, targets):
    prediction = SchNet(["Cu"], CUTOFF, n_features=4).eval()(graphs)
    for other in (targets[:1], targets[:7], targets[[0, 1, 2, 3, 4, 6, 6, 6]]):
        with pytest.raises(ValueError, match="8 crystals with 20 atoms and the target of"):
            energy_forces_loss(prediction, other)


def test_scales_come_from_the_data(graphs, targets):
    scales = data_scales(graphs, targets)
    assert scales["scale"] == pytest.approx(targets.forces.square().mean().item() ** 0.5)
    assert scales["shift"] == {"Cu": pytest.approx(targets.energy.sum().item() / 20)}
    assert scales["n_neighbors"] == pytest.approx(graphs.n_edges.sum().item() / 20)


def packed(crystals):
    graphs = CrystalGraphs.from_structures(crystals, CUTOFF, progress=False)
    return graphs, EnergyForces.from_structures(crystals)


ATOMS = {"Na": -1.25, "Cl": -4.5, "Cu": -3.75, "O": -6.0}


def test_each_element_has_a_shift_of_its_own():
    formulas = ["NaCl", "Na2Cl2O", "CuO", "Cu2O", "CuCl2", "NaCuO2", "Cu3"]
    crystals = [Atoms(f, np.arange(3 * len(Atoms(f))).reshape(-1, 3)) for f in formulas]
    crystals = [labelled(c, sum(ATOMS[s] for s in c.symbols)) for c in crystals]
    shift = data_scales(*packed(crystals))["shift"]
    assert shift == pytest.approx(ATOMS)
    model = SchNet(list(ATOMS), CUTOFF, shift=shift)
    assert model.shift.tolist() == pytest.approx(list(ATOMS.values()))


def test_what_the_compositions_leave_open_stays_at_the_mean():
    salt = [labelled(bulk("NaCl", "rocksalt", a), -6.0 - a) for a in (5.0, 5.5, 6.0)]
    assert data_scales(*packed(salt))["shift"] == pytest.approx({"Na": -5.75, "Cl": -5.75})
    with_copper = [*salt, labelled(bulk("Cu"), -3.5)]
    shift = data_scales(*packed(with_copper))["shift"]
    assert shift == pytest.approx({"Na": -5.75, "Cl": -5.75, "Cu": -3.5})


def test_scales_are_of_graphs_and_targets_that_belong_together(graphs, targets):
    order = [1, 0, 2, 3, 4, 5, 6, 7]
    with pytest.raises(ValueError, match="give the same crystals in the same order"):
        data_scales(graphs[order], targets)


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
