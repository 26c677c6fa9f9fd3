"""Whatever kind of table the numbers come in: it trains the same, or one sentence says why it cannot."""

from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import pytest
import torch
from lightning_fabric import Fabric
from pymatgen.core import Lattice, Structure
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from matnn_lab.models.mlp import MLP
from matnn_lab.representations.graph import CrystalGraphs
from matnn_lab.training.energy_forces import EnergyForces
from matnn_lab.training.loop import fit, one_device

quiet = partial(fit, progress=False, fabric=Fabric(accelerator="cpu", devices=1))
x = np.random.default_rng(0).normal(size=(80, 2))
whole = np.round(10 * x[:, 0]).astype(int)


def trained(inputs, targets, **options):
    torch.manual_seed(0)
    network = MLP(2, ())
    settings = {"optimizer": partial(torch.optim.SGD, lr=0.1), "epochs": 60} | options
    quiet(network, (inputs, targets), **settings)
    return network.layers[0].weight.detach().numpy().ravel()


KINDS = ["int8", "int16", "int32", "int64", "uint8", "float16", "float32", "float64", "object"]


@pytest.mark.parametrize(
    "kind", [*KINDS, "longdouble", ">f8", "Int64", "Float64", "float32[pyarrow]"]
)
def test_targets_of_any_kind_of_number_teach_the_same(kind):
    if "pyarrow" in kind:
        pytest.importorskip("pyarrow")
    expected = trained(x, np.abs(whole).astype(float))
    given = np.abs(whole)
    given = pd.Series(given).astype(kind) if kind[0] in "IF" or "py" in kind else given.astype(kind)
    np.testing.assert_allclose(trained(x, given), expected, rtol=1e-5)


@pytest.mark.parametrize("kind", [*KINDS, "bool"])
def test_inputs_of_any_kind_of_number_are_taken(kind):
    inputs = np.abs(np.round(x)).astype(kind)
    expected = trained(inputs.astype(float), x[:, 0])
    np.testing.assert_allclose(trained(inputs, x[:, 0]), expected, rtol=1e-5)


def test_true_and_false_are_targets_of_a_regression_and_of_a_class():
    answers = x[:, 0] > 0
    np.testing.assert_allclose(trained(x, answers), trained(x, answers.astype(float)), rtol=1e-5)
    logits = nn.functional.binary_cross_entropy_with_logits
    assert trained(x, answers, loss=logits)[0] > 1
    network = MLP(2, (), n_outputs=2)
    quiet(network, (x, answers), loss=nn.functional.cross_entropy, epochs=60)
    assert network.layers[0].weight[1, 0] > network.layers[0].weight[0, 0]


@pytest.mark.parametrize("kind", [*KINDS, "bool"])
@pytest.mark.parametrize("shape", [(80, 1), (80, 2)])
def test_columns_of_targets_are_refused_whatever_their_kind(kind, shape):
    column = np.repeat(whole[:, None], shape[1], axis=1).astype(kind)
    with pytest.raises(
        ValueError, match=rf"shape \(64,\) where the targets have \(64, {shape[1]}\)"
    ):
        trained(x, column)
    with pytest.raises(ValueError, match="targets of the shape that the model returns"):
        trained(x, pd.DataFrame(column))


@pytest.mark.parametrize("kind", ["int64", "bool", "float32", "float16"])
def test_one_number_for_each_row_is_no_target_of_a_model_with_two(kind):
    for n_outputs in (2, 64):  # 64 is the batch: it would broadcast
        network = MLP(2, (), n_outputs=n_outputs)
        with pytest.raises(ValueError, match="give targets of the shape that the model returns"):
            quiet(network, (x[:64], whole[:64].astype(kind)), epochs=1)


def test_a_class_that_the_model_does_not_know_is_named():
    with pytest.raises(ValueError, match="as class labels .*Target 2 is out of bounds"):
        quiet(MLP(2, (), 2), (x, np.full(80, 2)), loss=nn.functional.cross_entropy)


def test_a_model_that_looks_numbers_up_keeps_them_whole():
    class Table(nn.Module):
        def __init__(self):
            super().__init__()
            self.rows = nn.Embedding(5, 1)

        def forward(self, numbers):
            return self.rows(numbers)[:, 0]

    numbers = np.arange(80, dtype=np.int16) % 5
    table = Table()
    quiet(table, (numbers, numbers * 1.0), optimizer=partial(torch.optim.SGD, lr=1.0), epochs=99)
    np.testing.assert_allclose(table.rows.weight.detach()[:, 0], np.arange(5), atol=0.01)


def test_tables_teach_as_arrays_do():
    expected = trained(x, x[:, 1])
    shuffled = np.random.default_rng(1).permutation(80)  # the index of a split
    frame, series = pd.DataFrame(x, index=shuffled), pd.Series(x[:, 1], index=shuffled)
    mixed = pd.DataFrame({"a": x[:, 0], "b": pd.Series(x[:, 1]).astype("Float64")})
    masked = np.ma.masked_array(x)
    tensor = torch.tensor(x, requires_grad=True)
    for inputs, targets in [(frame, series), (mixed, series), (masked, list(x[:, 1]))]:
        np.testing.assert_array_equal(trained(inputs, targets), expected)
    for inputs in (x[::-1][::-1], list(x), x.astype(object), tensor, list(tensor)):
        np.testing.assert_array_equal(trained(inputs, x[:, 1]), expected)


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        (pd.DataFrame({"a": x[:, 0], "formula": ["NaCl"] * 80}), "train inputs .*column 'formula'"),
        (pd.DataFrame(index=range(80)), "cannot be read as real numbers"),
        ([[1.0], [1.0, 2.0]] * 40, "of the same length in each row"),
        (np.array([["1", "2"]] * 80), "cannot be read as real numbers"),
        (np.array([["1", "2"]] * 80, dtype=object), "cannot be read as real numbers"),
        (x * 1j, "cannot be read as real numbers"),
        (torch.tensor(x * 1j), "complex numbers"),
        (pd.date_range("2020", periods=80), "cannot be read as real numbers"),
        (pd.DataFrame(x).where(x < 2), "hold NaN or infinity in . rows"),
        (np.ma.masked_array(x, x > 2), "hold NaN or infinity in . rows"),
        (pd.DataFrame(x).astype("Float64").where(x < 2), "hold NaN or infinity in . rows"),
        (np.where(x > 2, None, x), "hold NaN or infinity in . rows"),
        (np.full((80, 2), 1e300), "hold NaN or infinity in 80 rows"),
    ],
)
def test_what_holds_no_numbers_is_named_in_one_sentence(inputs, message):
    with pytest.raises(ValueError, match=message):
        trained(inputs, x[:, 0])


class Energy(nn.Module):
    """Any model of graphs, good enough to be asked."""

    def __init__(self):
        super().__init__()
        self.shift = nn.Parameter(torch.zeros(()))

    def forward(self, graphs):
        return self.shift * graphs.n_atoms


@pytest.fixture(scope="module")
def packed():
    crystals = []
    for size in (1, 2, 2, 1, 2):
        places = [[0, 0, 0], [0.5, 0.5, 0.5]][:size]
        crystals.append(Structure(Lattice.cubic(3), ["Fe"] * size, places))
    graphs = CrystalGraphs.from_structures(crystals, 4.0, progress=False)
    n_atoms = graphs.n_atoms
    forces = torch.zeros(int(n_atoms.sum()), 3)
    return graphs, EnergyForces(torch.zeros(5, dtype=torch.float64), forces, n_atoms)


@pytest.mark.parametrize("row", range(5))
def test_a_label_that_is_not_a_number_is_named_by_its_row_in_packed_data_too(packed, row):
    graphs, targets = packed
    energy, forces = targets.energy.clone(), targets.forces.clone()
    energy[row], forces[targets.n_atoms[:row].sum()] = torch.nan, torch.inf
    for spoiled in (replace(targets, energy=energy), replace(targets, forces=forces)):
        with pytest.raises(
            ValueError, match=f"train targets hold NaN or infinity, first in row {row};"
        ):
            quiet(Energy(), (graphs, spoiled))
        with pytest.raises(ValueError, match=f"validation targets .* first in row {row};"):
            quiet(Energy(), (graphs, targets), (graphs, spoiled))


def test_graphs_and_targets_of_another_order_are_refused(packed):
    graphs, targets = packed
    with pytest.raises(
        ValueError, match="Row 0 of the train inputs has 1 atoms, row 0 of the targets 2"
    ):
        quiet(Energy(), (graphs, targets[[1, 0, 2, 3, 4]]))


def test_a_data_loader_of_nan_or_of_nothing_is_named():
    spoiled = torch.tensor(x)
    spoiled[50] = torch.nan
    network = MLP(2, ())
    loader = DataLoader(TensorDataset(spoiled, torch.tensor(x[:, 0])), batch_size=16)
    with pytest.raises(
        ValueError, match="train DataLoader gives NaN or infinity, first in batch 3"
    ):
        quiet(network, loader)
    with pytest.raises(ValueError, match="is empty or does not know its length"):
        quiet(network, DataLoader(TensorDataset(spoiled[:8], spoiled[:8]), 16, drop_last=True))
    with pytest.raises(ValueError, match="that gives pairs"):
        quiet(network, DataLoader(TensorDataset(spoiled), 16))


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
@pytest.mark.parametrize("name", ["gpu", "cuda", "abacus"])
def test_an_accelerator_that_is_not_there_is_named(name):
    with pytest.raises(
        ValueError, match=f"accelerator '{name}' cannot be used here; choose \"cpu\""
    ):
        one_device(name)
