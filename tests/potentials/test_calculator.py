import numpy as np
import pytest
import torch
from ase import Atoms, units
from ase.build import bulk
from ase.calculators.calculator import PropertyNotImplementedError
from ase.calculators.emt import EMT
from ase.md.velocitydistribution import thermalize_momenta
from ase.md.verlet import VelocityVerlet

from matnn_lab.models.invariant import SchNet
from matnn_lab.models.nequip import NequIP
from matnn_lab.potentials.calculator import Calculator
from matnn_lab.representations.graph import CrystalGraphs
from matnn_lab.training import fit
from matnn_lab.training.energy_forces import EnergyForces, energy_forces_loss

CUTOFF = 4.0


@pytest.fixture(scope="module", params=[NequIP, SchNet])
def model(request):
    torch.manual_seed(0)
    return request.param(["Mg", "O"], CUTOFF, n_features=8, scale=3.0, shift=-3.0).double()


@pytest.fixture
def atoms() -> Atoms:
    atoms = bulk("MgO", "rocksalt", 4.2) * (2, 2, 1)
    atoms.rattle(0.1, rng=np.random.default_rng(0))
    return atoms


def test_ase_gets_what_the_model_says(model, atoms):
    graphs = CrystalGraphs.from_structures([atoms], CUTOFF, dtype=torch.float64, progress=False)
    said = model.eval()(graphs)
    atoms.calc = Calculator(model)
    assert atoms.get_potential_energy() == said.energy.item()
    assert atoms.get_potential_energy(force_consistent=True) == said.energy.item()
    assert np.array_equal(atoms.get_forces(), said.forces.numpy())
    assert np.array_equal(atoms.get_stress(voigt=False), said.stress[0].numpy())
    assert atoms.get_potential_energies().sum() == pytest.approx(said.energy.item())


def test_it_computes_anew_when_an_atom_has_moved(model, atoms):
    atoms.calc = Calculator(model)
    before = atoms.get_potential_energy()
    atoms.positions[0] += 0.1
    assert atoms.get_potential_energy() != before


def test_it_answers_in_the_precision_of_the_model(model, atoms):
    atoms.calc = Calculator(model)
    double = atoms.get_forces()
    atoms.calc = Calculator(model.float())
    single = atoms.get_forces()
    model.double()
    assert double.dtype == np.float64
    assert single.dtype == np.float32
    assert np.allclose(single, double, atol=1e-4)


def test_a_molecule_has_forces_but_no_stress(model):
    molecule = Atoms("MgO", [(0, 0, 0), (0, 0, 1.8)], calculator=Calculator(model))
    assert molecule.get_forces().shape == (2, 3)
    with pytest.raises(PropertyNotImplementedError):
        molecule.get_stress()


@pytest.mark.parametrize("model", [NequIP], indirect=True)
def test_without_a_thermostat_the_energy_is_kept_to_the_square_of_the_time_step(model, atoms):
    drifts = []
    for step in (1.0, 2.0):  # fs
        run = atoms.copy()
        run.calc = Calculator(model)
        thermalize_momenta(run, 600, rng=np.random.default_rng(1))
        total, kinetic = [], []
        dynamics = VelocityVerlet(run, step * units.fs)
        dynamics.attach(lambda: total.append(run.get_total_energy()))  # noqa: B023
        dynamics.attach(lambda: kinetic.append(run.get_kinetic_energy()))  # noqa: B023
        dynamics.run(int(60 / step))
        assert np.std(total) < 0.02 * np.std(kinetic)
        drifts.append(np.std(total))
    assert drifts[1] / drifts[0] == pytest.approx(4, rel=0.2)


def test_an_unknown_element_is_named(model):
    copper = bulk("Cu")
    copper.calc = Calculator(model)
    with pytest.raises(ValueError, match="The model knows Mg, O and was given Cu; give crystals"):
        copper.get_potential_energy()


CHANGES = {
    "trained on": lambda model: fit(
        model,
        (
            CrystalGraphs.from_structures([copper()], CUTOFF, progress=False),
            EnergyForces.from_structures([copper()]),
        ),
        loss=energy_forces_loss,
        epochs=1,
        progress=False,
    ),
    "other weights loaded": lambda model: model.load_state_dict(
        {k: v + 1 if v.is_floating_point() else v for k, v in model.state_dict().items()}
    ),
    "changed in place": lambda model: next(model.parameters()).data.mul_(2),
    "shift set": lambda model: model.shift.fill_(7.0),
}


def copper() -> Atoms:
    atoms = bulk("Cu", "fcc", 3.6) * (2, 1, 1)
    atoms.rattle(0.1)
    atoms.calc = EMT()
    return atoms


@pytest.mark.parametrize("change", CHANGES)
def test_it_computes_anew_when_the_weights_have_changed(change):
    torch.manual_seed(0)
    model = SchNet(["Cu"], CUTOFF, n_features=8)
    atoms = copper()
    atoms.calc = Calculator(model)
    before = atoms.get_potential_energy(), atoms.get_forces()
    assert atoms.get_potential_energy() == before[0]
    CHANGES[change](model)
    after = atoms.get_potential_energy()
    assert after != before[0]
    fresh = copper()
    fresh.calc = Calculator(model)
    assert after == fresh.get_potential_energy()
    assert np.array_equal(atoms.get_forces(), fresh.get_forces())


def test_it_computes_once_where_nothing_has_changed(model, atoms, monkeypatch):
    calls = []
    atoms.calc = Calculator(model)
    atoms.get_forces()
    monkeypatch.setattr(Calculator, "calculate", lambda *_, **__: calls.append(1))
    atoms.get_potential_energy(), atoms.get_stress(), atoms.get_forces()
    assert not calls


def test_the_mode_of_the_model_makes_no_difference_and_is_left_as_it_was(model, atoms):
    atoms.calc = Calculator(model.eval())
    energy, forces = atoms.get_potential_energy(), atoms.get_forces()
    assert not model.training
    model.train()
    model.readout.eval()
    modes = [part.training for part in model.modules()]
    atoms.calc = Calculator(model)
    assert atoms.get_potential_energy() == energy
    assert np.array_equal(atoms.get_forces(), forces)
    assert [part.training for part in model.modules()] == modes
    model.eval()


def test_the_mode_is_left_as_it_was_when_atoms_are_refused(model):
    copper = bulk("Cu")
    copper.calc = Calculator(model.train())
    with pytest.raises(ValueError, match="The model knows Mg, O"):
        copper.get_potential_energy()
    assert all(part.training for part in model.modules())
    model.eval()


def test_what_is_no_potential_is_refused():
    with pytest.raises(TypeError, match="An object of type str was given; give a potential"):
        Calculator("model.pt")
