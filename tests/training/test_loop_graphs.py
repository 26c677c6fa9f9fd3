from functools import partial

import numpy as np
import pytest
import torch
from lightning_fabric import Fabric
from pymatgen.core import Lattice, Structure

from matnn_lab.models.cgcnn import CGCNN
from matnn_lab.representations.graph import CrystalGraphs
from matnn_lab.training import fit

quiet = partial(fit, progress=False, fabric=Fabric(accelerator="cpu", devices=1))


@pytest.fixture(scope="module")
def data():
    """Rock salt and cesium chloride structures, whose target is their bond length."""
    rng = np.random.default_rng(0)
    structures, lengths = [], []
    for _crystal in range(65):
        length = rng.uniform(2.2, 3.2)
        pair = [str(rng.choice(["Na", "K", "Rb"])), str(rng.choice(["F", "Cl", "Br"]))]
        if rng.random() < 0.5:
            lattice = Lattice([[0, length, length], [length, 0, length], [length, length, 0]])
        else:
            lattice = Lattice.cubic(2 * length / 3**0.5)
        structures.append(Structure(lattice, pair, [[0, 0, 0], [0.5, 0.5, 0.5]]))
        lengths.append(length)
    graphs = CrystalGraphs.from_structures(structures, 6.0, 8, ties="cut", progress=False)
    return graphs, np.array(lengths)


def model():
    torch.manual_seed(0)
    return CGCNN(16, 2, 16, 31, cutoff=6.0, shift=2.7, scale=0.3)


def test_fit_takes_graphs_as_it_takes_tensors(data):
    graphs, lengths = data
    network = model()
    train, validation = (graphs[:49], lengths[:49]), (graphs[49:], lengths[49:])
    history = quiet(network, train, validation, epochs=25, batch_size=16)
    assert history.frame["validation_loss"].min() < 0.02 < 0.06 < lengths.var()
    network.eval()
    with torch.no_grad():
        predicted = network(validation[0]).numpy()
    assert np.mean((predicted - validation[1]) ** 2) < 0.02


def test_a_last_batch_of_one_lonely_atom_can_be_trained_on(data):
    atom = CrystalGraphs.from_structures(
        [Structure(Lattice.cubic(3), ["Po"], [[0, 0, 0]])], 6.0, max_neighbors=8, progress=False
    )
    history = quiet(model(), (atom, np.array([3.0])), epochs=2)
    assert np.isfinite(history.frame["train_loss"]).all()


def test_same_seed_gives_the_same_weights(data):
    graphs, lengths = data
    one, other = model(), model()
    for network in (one, other):
        quiet(network, (graphs, lengths), epochs=2, batch_size=32)
    for a, b in zip(one.parameters(), other.parameters(), strict=True):
        assert torch.equal(a, b)


def test_graphs_and_targets_of_unequal_length_are_refused(data):
    graphs, lengths = data
    with pytest.raises(ValueError, match="65 rows of inputs and 64 targets"):
        quiet(model(), (graphs, lengths[:-1]), epochs=1)
