"""What physics asks of every potential, held against both of ours with random weights."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from ase import Atoms
from ase.build import bulk

from matnn_lab.models.invariant import SchNet
from matnn_lab.models.nequip import NequIP
from matnn_lab.representations.graph import CrystalGraphs

CUTOFF = 4.0
ROTATION = np.linalg.qr(np.random.default_rng(3).normal(size=(3, 3)))[0]


def nequip(**settings) -> NequIP:
    settings = {"n_features": 8, "radial_width": 16, "scale": 2.0, "shift": -3.0} | settings
    torch.manual_seed(0)
    return NequIP(["Mg", "O"], CUTOFF, **settings).double().eval()


def schnet() -> SchNet:
    torch.manual_seed(0)
    return SchNet(["Mg", "O"], CUTOFF, n_features=8, scale=2.0, shift=-3.0).double().eval()


MODELS = {
    "NequIP, l up to 1": lambda: nequip(l_max=1),
    "NequIP, l up to 2": lambda: nequip(l_max=2, n_features=4),
    "SchNet": schnet,
}


@pytest.fixture(scope="module", params=MODELS)
def model(request):
    return MODELS[request.param]()


@pytest.fixture(scope="module")
def crystal() -> Atoms:
    """Eight atoms out of place in a skewed cell."""
    random = np.random.default_rng(0)
    atoms = bulk("MgO", "rocksalt", 4.2) * (2, 2, 1)
    atoms.set_cell(atoms.cell.array + random.normal(0, 0.15, (3, 3)), scale_atoms=True)
    atoms.positions += random.normal(0, 0.1, (len(atoms), 3))
    return atoms


def graphs(*crystals: Atoms) -> CrystalGraphs:
    return CrystalGraphs.from_structures(crystals, CUTOFF, dtype=torch.float64, progress=False)


def predict(model, *crystals: Atoms):
    return model(graphs(*crystals))


def close(one, other, tolerance=1e-10):
    torch.testing.assert_close(one, torch.as_tensor(other), rtol=0, atol=tolerance)


def moved(crystal: Atoms, atom: int, axis: int, step: float) -> Atoms:
    copy = crystal.copy()
    copy.positions[atom, axis] += step
    return copy


def test_the_force_is_minus_the_slope_of_the_energy(model, crystal):
    forces = predict(model, crystal).forces
    step = 1e-4
    for atom, axis in [(0, 0), (3, 1), (7, 2)]:
        there, back = (moved(crystal, atom, axis, s) for s in (step, -step))
        energy = predict(model, there, back).energy
        slope = (energy[0] - energy[1]) / (2 * step)
        assert abs(slope) > 1e-3
        close(forces[atom, axis], -slope, 1e-6)


def test_the_stress_is_the_slope_of_the_energy_in_strain_over_the_volume(model, crystal):
    stress = predict(model, crystal).stress[0]
    step = 1e-4
    for i, j in [(0, 0), (1, 1), (0, 1), (1, 2)]:
        strained = []
        for sign in (1, -1):
            strain = np.zeros((3, 3))
            strain[i, j] += sign * step / 2
            strain[j, i] += sign * step / 2
            copy = crystal.copy()
            copy.set_cell(crystal.cell.array @ (np.eye(3) + strain), scale_atoms=True)
            strained.append(copy)
        energy = predict(model, *strained).energy
        slope = (energy[0] - energy[1]) / (2 * step * crystal.get_volume())
        close(stress[i, j], slope, 1e-6)


@pytest.mark.parametrize("sign", [1, -1], ids=["rotation", "rotation with reflection"])
def test_a_turned_crystal_has_the_same_energy_and_turned_forces_and_stress(model, crystal, sign):
    turn = sign * np.linalg.det(ROTATION) * ROTATION
    turned = crystal.copy()
    turned.set_cell(crystal.cell.array @ turn.T)
    turned.positions = crystal.positions @ turn.T
    before, after = predict(model, crystal), predict(model, turned)
    turn = torch.as_tensor(turn)
    close(after.energy, before.energy)
    close(after.forces, before.forces @ turn.T)
    close(after.stress[0], turn @ before.stress[0] @ turn.T)


def test_a_shifted_crystal_is_the_same_crystal(model, crystal):
    shifted = crystal.copy()
    shifted.positions += (0.3, -7.1, 2.2)
    shifted.wrap()
    before, after = predict(model, crystal), predict(model, shifted)
    close(after.energy, before.energy)
    close(after.forces, before.forces)


def test_the_forces_on_a_crystal_add_up_to_nothing(model, crystal):
    close(predict(model, crystal).forces.sum(dim=0), torch.zeros(3, dtype=torch.float64))


def test_atoms_in_another_order_have_the_same_forces_in_that_order(model, crystal):
    order = np.random.default_rng(1).permutation(len(crystal))
    before, after = predict(model, crystal), predict(model, crystal[order])
    close(after.energy, before.energy)
    close(after.forces, before.forces[order])


def test_a_supercell_has_the_same_energy_for_each_atom_and_the_same_stress(model, crystal):
    one, two = predict(model, crystal), predict(model, crystal * (1, 2, 1))
    close(two.energy, 2 * one.energy)
    close(two.forces, one.forces.repeat(2, 1))
    close(two.stress, one.stress)


def test_a_batch_says_the_same_as_each_crystal_alone(model, crystal):
    several = [crystal, crystal * (2, 1, 1), Atoms("MgO", [(0, 0, 0), (0, 0, 2)])]
    together = predict(model, *several)
    for row, each in enumerate(several):
        alone = predict(model, each)
        atoms = graphs(*several).crystal == row
        close(together.energy[row], alone.energy[0])
        close(together.forces[atoms], alone.forces)
        torch.testing.assert_close(together.stress[row], alone.stress[0], equal_nan=True)


def test_energy_and_force_are_smooth_where_an_atom_crosses_the_cutoff(model):
    distances = np.linspace(CUTOFF - 2e-3, CUTOFF + 2e-3, 41)
    pairs = [Atoms("MgO", [(0, 0, 0), (0, 0, d)]) for d in distances]
    prediction = predict(model, *pairs)
    force = prediction.forces.view(-1, 2, 3)[:, 1, 2]
    assert prediction.energy.diff().abs().max() < 1e-6
    assert force.diff().abs().max() < 1e-4
    assert force[distances > CUTOFF].abs().max() == 0
    nearer = predict(model, Atoms("MgO", [(0, 0, 0), (0, 0, 2.0)]))
    assert nearer.forces.abs().max() > 1e-3


def test_edges_beyond_the_cutoff_change_nothing(model, crystal):
    wide = CrystalGraphs.from_structures([crystal], 5.5, dtype=torch.float64, progress=False)
    close(model(wide).energy, predict(model, crystal).energy)
    close(model(wide).forces, predict(model, crystal).forces)


def test_site_energies_add_up_to_the_energy(model, crystal):
    prediction = predict(model, crystal, crystal * (1, 1, 2))
    sums = torch.stack([part.sum() for part in prediction.site_energies.split([8, 16])])
    close(prediction.energy, sums)


def test_an_atom_alone_has_the_energy_of_its_shift_in_nequip():
    model = nequip(shift={"Mg": -1.0, "O": -4.0})
    assert predict(model, Atoms("O")).energy.item() == -4.0
    assert predict(model, Atoms("Mg")).energy.item() == -1.0


def test_forces_can_be_trained_on(model, crystal):
    model.train()
    loss = predict(model, crystal).forces.square().sum()
    loss.backward()
    model.eval()
    weights = [w for w in model.parameters() if w.grad is not None and w.grad.abs().max() > 0]
    assert len(weights) > len(list(model.parameters())) / 2
    assert not predict(model, crystal).forces.requires_grad


@pytest.mark.parametrize("context", [torch.no_grad, torch.enable_grad])
def test_forces_are_there_without_gradients_too(model, crystal, context):
    with context():
        assert predict(model, crystal).forces.abs().max() > 1e-3


def test_single_precision_is_close_to_double(crystal):
    double = predict(nequip(), crystal)
    single = nequip().float()(graphs(crystal).to(torch.float32))
    close(single.energy, double.energy, 1e-4)
    close(single.forces.double(), double.forces, 1e-4)


@pytest.mark.parametrize("l_max", [0, 1])
def test_only_with_vectors_can_it_tell_two_arrangements_of_equal_distances(l_max):
    """Two oxygens at one distance from magnesium, at different angles, out of each other's reach."""
    model = nequip(l_max=l_max, n_layers=2)
    at = 3.0 * np.array([(1, 0, 0), (np.cos(1.7), np.sin(1.7), 0), (np.cos(3), np.sin(3), 0)])
    bent, straight = (Atoms("MgO2", [(0, 0, 0), at[0], end]) for end in at[1:])
    energy = predict(model, bent, straight).energy
    assert bool((energy[0] - energy[1]).abs() > 1e-6) == (l_max == 1)


def test_an_unknown_element_is_named(model):
    with pytest.raises(ValueError, match="The model knows Mg, O and was given Cu; give crystals"):
        predict(model, bulk("Cu"))


@pytest.mark.parametrize("network", [NequIP, SchNet])
@pytest.mark.parametrize(
    ("elements", "settings", "message"),
    [
        (["Mg", "Oxygen"], {}, "give symbols such as"),
        ([], {}, "give symbols such as"),
        (["O", "O"], {}, "name each once"),
        (["H", "D"], {}, "name each once"),
        (["O"], {"shift": {"Mg": 1.0}}, "The shift has no energy for O; give one for each"),
        (["O"], {"shift": float("nan")}, "give finite numbers"),
        (["O"], {"scale": float("inf")}, "give finite numbers"),
        (["O"], {"n_layers": 0}, "n_layers=0 was given; give a whole number of at least 1"),
        (["O"], {"n_layers": 1.5}, "n_layers=1.5 was given; give a whole number"),
        (["O"], {"n_features": 0}, "n_features=0 was given"),
        (["O"], {"n_basis": -1}, "n_basis=-1 was given"),
        (["O"], {"radial_width": 0}, "radial_width=0 was given"),
        (["O"], {"n_neighbors": 0}, "n_neighbors=0 was given; give a number greater than zero"),
        (["O"], {"n_neighbors": float("nan")}, "n_neighbors=nan was given"),
    ],
)
def test_wrong_settings_are_answered_in_one_sentence(network, elements, settings, message):
    with pytest.raises(ValueError, match=message):
        network(elements, CUTOFF, **settings)


def test_degrees_are_counted_from_zero():
    with pytest.raises(ValueError, match="l_max=-1 was given; give a whole number of at least 0"):
        NequIP(["O"], CUTOFF, l_max=-1)


@pytest.mark.parametrize("elements", ["CO", "Si", 14])
def test_elements_are_a_list(elements):
    with pytest.raises(TypeError, match=r"give symbols such as \['Mg', 'O'\]"):
        SchNet(elements, CUTOFF)


@pytest.mark.parametrize("cutoff", [-1.0, 0, float("nan"), float("inf"), "4", None])
def test_a_cutoff_must_be_a_distance(cutoff):
    with pytest.raises(ValueError, match="give a distance in Å greater than zero"):
        SchNet(["O"], cutoff)


def test_deuterium_is_hydrogen():
    torch.manual_seed(0)
    heavy = SchNet(["D", "O"], CUTOFF, shift={"D": -1.0, "O": -2.0})
    torch.manual_seed(0)
    light = SchNet(["H", "O"], CUTOFF, shift={"H": -1.0, "O": -2.0})
    assert heavy.elements == light.elements == ("H", "O")
    water = Atoms("OH2", [(0, 0, 0), (0, 0, 1), (0, 1, 0)])
    assert predict(heavy.double(), water).energy == predict(light.double(), water).energy


def test_no_crystals_have_no_energies(model, crystal):
    for training in (False, True):
        nothing = model.train(training)(graphs(crystal)[[]])
        assert [tuple(part.shape) for part in nothing] == [(0,), (0, 3), (0, 3, 3), (0,)]
    model.eval()


@pytest.mark.parametrize(
    ("cutoff", "rule"),
    [(3.0, {}), (3.9999, {}), (CUTOFF, {"max_neighbors": 6}), (6.0, {"max_neighbors": 12})],
)
def test_graphs_that_lack_neighbors_are_refused(model, crystal, cutoff, rule):
    few = CrystalGraphs.from_structures(
        [crystal, crystal], cutoff, **rule, dtype=torch.float64, progress=False
    )
    for some in (few, few[1:], few.to(torch.float64)):
        with pytest.raises(
            ValueError, match=r"needs all within its cutoff of 4 Å; build them with"
        ):
            model(some)


def test_graphs_that_do_not_know_their_rule_are_taken(model, crystal):
    known = graphs(crystal)
    close(model(replace(known, cutoff=None)).energy, model(known).energy)


def test_a_structure_is_no_graph(model, crystal):
    with pytest.raises(TypeError, match=r"An object of type Atoms was given, .* cutoff=4\)"):
        model(crystal)
