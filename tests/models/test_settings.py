"""Weights are taken by a network that was made as theirs was, and by no other."""

import copy
import pickle

import pytest
import torch
from ase.build import bulk

from matnn_lab.models.cgcnn import CGCNN
from matnn_lab.models.invariant import SchNet
from matnn_lab.models.mlp import MLP
from matnn_lab.models.nequip import NequIP
from matnn_lab.potentials.silicon import CUTOFF, NEQUIP, committee
from matnn_lab.representations.graph import CrystalGraphs

SMALL = {"n_features": 2, "l_max": 1, "radial_width": 4}
# weights that fit by shape and mean something else
UNLIKE = {
    "average number of neighbors": (
        lambda: NequIP(["Si"], 4.0, n_neighbors=13.5, **SMALL),
        lambda: NequIP(["Si"], 4.0, **SMALL),
        r"NequIP with n_neighbors = 13\.5, and this one has n_neighbors = 20\.0; make it",
    ),
    "order of the elements": (
        lambda: NequIP(["Na", "Cl"], 4.0, **SMALL),
        lambda: NequIP(["Cl", "Na"], 4.0, **SMALL),
        r"with elements = \['Na', 'Cl'\], and this one has elements = \['Cl', 'Na'\]",
    ),
    "cutoff and elements": (
        lambda: NequIP(["Na", "Cl"], 4.0, **SMALL),
        lambda: NequIP(["Cl", "Na"], 5.0, **SMALL),
        r"with cutoff = 4\.0, elements = \['Na', 'Cl'\], and this one has cutoff = 5\.0, elements",
    ),
    "cutoff of SchNet": (
        lambda: SchNet(["Si"], 4.0),
        lambda: SchNet(["Si"], 5.0),
        r"A?SchNet with cutoff = 4\.0, and this one has cutoff = 5\.0",
    ),
    "degree": (
        lambda: NequIP(["Si"], 4.0, **SMALL),
        lambda: NequIP(["Si"], 4.0, **SMALL | {"l_max": 2}),
        r"l_max = 1, and this one has l_max = 2",
    ),
    "head": (
        lambda: CGCNN(8, head_on="crystal"),
        lambda: CGCNN(8, head_on="sites"),
        r"head_on = 'crystal', and this one has head_on = 'sites'",
    ),
    "cutoff of CGCNN": (
        lambda: CGCNN(8, cutoff=8.0),
        lambda: CGCNN(8, cutoff=6.0),
        r"cutoff = 8\.0, and this one has cutoff = 6\.0",
    ),
    "activation": (
        lambda: MLP(3, (4,), activation="silu"),
        lambda: MLP(3, (4,), activation="relu"),
        r"activation = 'silu', and this one has activation = 'relu'",
    ),
    "kind": (
        lambda: MLP(3, (4,)),
        lambda: CGCNN(8),
        r"another kind of network, one with activation, .* and this is a CGCNN",
    ),
}


@pytest.mark.parametrize("case", UNLIKE)
def test_weights_of_a_network_with_other_settings_are_refused_and_nothing_is_changed(case):
    make, other, message = UNLIKE[case]
    network = other()
    before = copy.deepcopy(network.state_dict())
    with pytest.raises(ValueError, match=message):
        network.load_state_dict(make().state_dict())
    after = network.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)


@pytest.mark.parametrize("case", UNLIKE)
def test_they_are_refused_inside_another_module_too(case):
    make, other, _message = UNLIKE[case]
    ours, theirs = torch.nn.ModuleList([other()]), torch.nn.ModuleList([make()])
    with pytest.raises(ValueError, match="The weights belong to"):
        ours.load_state_dict(theirs.state_dict())


@pytest.mark.parametrize("case", UNLIKE)
def test_weights_of_a_network_with_the_same_settings_are_taken(case):
    make, _other, _message = UNLIKE[case]
    torch.manual_seed(0)
    one = make()
    torch.manual_seed(1)
    other = make()
    for state in (one.state_dict(), {k: v.clone() for k, v in one.state_dict().items()}):
        assert str(other.load_state_dict(state)) == "<All keys matched successfully>"
        pairs = zip(one.parameters(), other.parameters(), strict=True)
        assert all(torch.equal(a, b) for a, b in pairs)


def test_weights_without_settings_are_taken():
    one, other = (NequIP(["Si"], 4.0, **SMALL) for _ in range(2))
    state = {k: v for k, v in one.state_dict().items() if "_extra_state" not in k}
    other.load_state_dict(state)
    assert torch.equal(one.readout.weight, other.readout.weight)


def test_dropout_may_differ():
    MLP(3, (4,), dropout=0.2).load_state_dict(MLP(3, (4,), dropout=0.5).state_dict())


def test_a_missing_weight_is_still_noticed():
    state = MLP(3, (4,)).state_dict()
    del state["layers.0.weight"]
    with pytest.raises(RuntimeError, match="Missing key"):
        MLP(3, (4,)).load_state_dict(state)


def test_a_file_of_weights_can_be_read_without_running_anything(tmp_path):
    model = NequIP(["Na", "Cl"], 4.0, **SMALL)
    torch.save(model.state_dict(), tmp_path / "weights.pt")
    state = torch.load(tmp_path / "weights.pt", weights_only=True)
    assert all(torch.is_tensor(value) for value in state.values())
    NequIP(["Na", "Cl"], 4.0, **SMALL).load_state_dict(state)


def test_the_shipped_weights_do_not_fit_a_network_of_another_number_of_neighbors():
    weights = committee()[0].state_dict()
    with pytest.raises(
        ValueError, match=r"n_neighbors = 13\.\d+, and this one has n_neighbors = 20"
    ):
        NequIP(["Si"], CUTOFF, **NEQUIP).load_state_dict(weights)


def test_copies_and_pickles_keep_the_settings():
    model = committee()[0]
    graphs = CrystalGraphs.from_structures([bulk("Si", "diamond", 5.4)], CUTOFF, progress=False)
    for again in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert again.settings == model.settings
        assert torch.equal(again(graphs).energy, model(graphs).energy)
