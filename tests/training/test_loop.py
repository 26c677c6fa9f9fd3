from functools import partial

import numpy as np
import pytest
import torch
from lightning_fabric import Fabric
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from matnn_lab.models.mlp import MLP
from matnn_lab.training.loop import fit, warm_up_and_cosine

CPU = Fabric(accelerator="cpu", devices=1)
quiet = partial(fit, progress=False, fabric=CPU)


def model(seed=0, **options):
    torch.manual_seed(seed)
    return MLP(3, (16,), **options)


@pytest.fixture
def data():
    inputs = torch.randn(120, 3, generator=torch.Generator().manual_seed(1))
    targets = torch.sin(inputs[:, 0]) + inputs[:, 1] * inputs[:, 2]
    return (inputs[:90], targets[:90]), (inputs[90:], targets[90:])


def weights(network):
    return {name: value.clone() for name, value in network.state_dict().items()}


def same(one, two):
    return all(torch.equal(one[name], two[name]) for name in one)


def test_full_batch_descent_is_the_rule_written_by_hand(data):
    (x, y), _ = data
    ours, by_hand = model(), model()
    quiet(ours, (x, y), epochs=3, batch_size=90, optimizer=partial(torch.optim.SGD, lr=0.1))
    for _ in range(3):
        loss = ((by_hand(x) - y) ** 2).mean()
        gradients = torch.autograd.grad(loss, list(by_hand.parameters()))
        with torch.no_grad():
            for parameter, gradient in zip(by_hand.parameters(), gradients, strict=True):
                parameter -= 0.1 * gradient
    for a, b in zip(ours.parameters(), by_hand.parameters(), strict=True):
        torch.testing.assert_close(a, b)


def test_loss_falls_and_the_history_records_each_epoch(data):
    train, validation = data
    history = quiet(model(), train, validation, epochs=40)
    assert len(history) == 40
    assert list(history.frame["epoch"]) == list(range(1, 41))
    assert history.frame["train_loss"].iloc[-1] < 0.8 * history.frame["train_loss"].iloc[0]
    assert (history.frame["learning_rate"] == 1e-3).all()
    assert not history.interrupted


def test_model_ends_with_the_weights_of_its_best_epoch(data):
    train, validation = data
    network = model()
    rate = partial(torch.optim.Adam, lr=0.3)
    history = quiet(network, train, validation, epochs=60, optimizer=rate)
    assert history.best_epoch < 60
    with torch.no_grad():
        now = nn.functional.mse_loss(network(validation[0]), validation[1])
    assert now.item() == pytest.approx(history.frame["validation_loss"].min(), rel=1e-6)


def test_patience_stops_after_so_many_epochs_without_improvement(data):
    train, validation = data
    rate = partial(torch.optim.Adam, lr=0.1)
    history = quiet(model(), train, validation, epochs=500, patience=7, optimizer=rate)
    assert len(history) == history.best_epoch + 7


def test_same_seed_gives_the_same_weights_and_another_seed_others(data):
    train, validation = data
    runs = []
    for seed in (0, 0, 1):
        network = model(dropout=0.2)
        quiet(network, train, validation, epochs=4, seed=seed)
        runs.append(weights(network))
    assert same(runs[0], runs[1])
    assert not same(runs[0], runs[2])


def test_global_random_state_is_left_alone(data):
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    network = MLP(3, (4,))
    torch.manual_seed(5)
    quiet(network, data[0], epochs=2)
    assert torch.equal(torch.rand(3), expected)


class Interrupting(nn.Module):
    """Raises KeyboardInterrupt in a chosen training step, as the stop button does."""

    def __init__(self, network, step):
        super().__init__()
        self.network, self.left = network, step

    def forward(self, inputs):
        if self.training:
            self.left -= 1
            if self.left == 0:
                raise KeyboardInterrupt
        return self.network(inputs)


@pytest.mark.parametrize("step", [1, 2, 7, 23, 24, 25, 59])
def test_interrupted_run_goes_on_to_the_same_bits(data, tmp_path, step):
    train, validation = data
    settings = {
        "epochs": 10,
        "batch_size": 15,
        "seed": 3,
        "schedule": warm_up_and_cosine,
        "optimizer": partial(torch.optim.AdamW, lr=0.01),
    }
    straight = Interrupting(model(dropout=0.1), 0)
    expected = quiet(straight, train, validation, **settings)

    stopped = Interrupting(model(dropout=0.1), step)
    file = tmp_path / "run.pt"
    first = quiet(stopped, train, validation, checkpoint=file, **settings)
    assert first.interrupted
    assert len(first) == (step - 1) // 6
    # the next day: a new process makes a new model with other weights
    again = Interrupting(model(seed=9, dropout=0.1), 0)
    second = quiet(again, train, validation, checkpoint=file, **settings)
    assert not second.interrupted
    assert second.rows == expected.rows
    assert same(weights(again), weights(straight))


def test_interrupt_keeps_the_best_weights_so_far(data):
    train, validation = data
    network = Interrupting(model(), 30)
    rate = partial(torch.optim.Adam, lr=0.1)
    history = quiet(network, train, validation, epochs=50, batch_size=15, optimizer=rate)
    assert history.interrupted
    network.left = 0
    with torch.no_grad():
        now = nn.functional.mse_loss(network.eval()(validation[0]), validation[1])
    assert now.item() == pytest.approx(history.frame["validation_loss"].min(), rel=1e-6)


def test_finished_run_is_not_repeated(data, tmp_path):
    train, validation = data
    file = tmp_path / "run.pt"
    one, two = model(), model(seed=1)
    first = quiet(one, train, validation, epochs=3, checkpoint=file)
    second = quiet(two, train, validation, epochs=3, checkpoint=file)
    assert second.rows == first.rows
    assert same(weights(one), weights(two))


def test_data_loader_trains_as_tensors_do(data):
    (x, y), validation = data
    loader = DataLoader(TensorDataset(x, y), batch_size=16, shuffle=True)
    checking = DataLoader(TensorDataset(*validation), batch_size=7)
    history = quiet(model(), loader, checking, epochs=30)
    tensors = quiet(model(), (x, y), validation, epochs=30, batch_size=16)
    losses = [h.frame["validation_loss"].iloc[-1] for h in (history, tensors)]
    assert losses[0] == pytest.approx(losses[1], rel=0.2)


def test_arrays_are_taken_in_the_precision_of_the_model(data):
    (x, y), _ = data
    one, two = model(), model()
    quiet(one, (x, y), epochs=2)
    quiet(two, (x.double().numpy(), y.double().numpy()), epochs=2)
    assert same(weights(one), weights(two))


def test_classes_are_learned_with_integer_targets(data):
    (x, _y), _ = data
    network = MLP(3, (16,), n_outputs=2)
    labels = (x[:, 0] > 0).long()
    quiet(network, (x, labels), loss=nn.functional.cross_entropy, epochs=60, batch_size=16)
    assert (network(x).argmax(dim=1) == labels).float().mean() > 0.9


def test_learning_rate_rises_and_falls_along_the_schedule(data):
    rates = quiet(model(), data[0], epochs=20, schedule=warm_up_and_cosine).frame["learning_rate"]
    assert rates.idxmax() in (1, 2)
    assert (np.diff(rates[3:]) < 0).all()
    assert warm_up_and_cosine(0) == 0
    assert warm_up_and_cosine(0.1) == 1
    assert warm_up_and_cosine(1) == pytest.approx(0)


def test_every_row_is_seen_once_an_epoch():
    seen = []

    class Recorder(nn.Linear):
        def forward(self, inputs):
            seen.extend(inputs[:, 0].tolist())
            return super().forward(inputs)[:, 0]

    x = torch.arange(50.0)[:, None] / 50
    quiet(Recorder(1, 1), (x, x[:, 0]), epochs=2, batch_size=8)
    assert sorted(seen[:50]) == sorted(seen[50:]) == x[:, 0].tolist()
    assert seen[:50] != seen[50:] != sorted(seen[50:])


@pytest.mark.parametrize("validated", [False, True])
def test_model_is_left_ready_to_predict(data, validated):
    train, validation = data
    network = model(dropout=0.5)
    quiet(network, train, validation if validated else None, epochs=1)
    assert torch.equal(network(train[0]), network(train[0]))


def test_interrupted_model_is_left_ready_to_predict(data):
    network = Interrupting(model(dropout=0.5), 2)
    assert quiet(network, data[0], epochs=5, batch_size=15).interrupted
    assert not any(part.training for part in network.modules())


@pytest.mark.parametrize(
    ("rows", "sizes"), [(64, [16] * 4), (65, [16] * 3 + [17]), (66, [16] * 4 + [2]), (1, [1])]
)
def test_a_single_row_left_over_joins_the_batch_before_it(rows, sizes):
    seen = []

    class Recorder(nn.Linear):
        def forward(self, inputs):
            seen.append(len(inputs))
            return super().forward(inputs)[:, 0]

    x = torch.arange(float(rows))[:, None] / 64
    quiet(Recorder(1, 1), (x, x[:, 0]), epochs=2, batch_size=16)
    assert seen == 2 * sizes


def test_batch_normalization_trains_whatever_the_number_of_rows(data):
    (x, y), _ = data
    network = nn.Sequential(nn.Linear(3, 8), nn.BatchNorm1d(8), nn.SiLU(), MLP(8, (4,)))
    history = quiet(network, (x[:65], y[:65]), epochs=2, batch_size=16)
    assert np.isfinite(history.frame["train_loss"]).all()


@pytest.mark.parametrize(
    ("inputs", "targets", "message"),
    [
        (torch.zeros(0, 3), torch.zeros(0), "0 rows of inputs and 0 targets"),
        (torch.zeros(4, 3), torch.zeros(5), "4 rows of inputs and 5 targets; give one target"),
        (torch.full((4, 3), torch.nan), torch.zeros(4), "train inputs hold NaN .* in 4 rows"),
        (torch.zeros(4, 3), torch.tensor([0, 1, torch.inf, 2]), "train targets .* first in row 2"),
        (torch.zeros(4, 3), torch.zeros(4, 1), r"shape \(4,\) where the targets have \(4, 1\)"),
    ],
)
def test_data_that_cannot_be_learned_are_refused(inputs, targets, message):
    with pytest.raises(ValueError, match=message):
        quiet(model(), (inputs, targets), epochs=1)


def test_what_is_no_data_is_refused():
    with pytest.raises(TypeError, match="The train data are a Tensor; give a pair"):
        quiet(model(), torch.zeros(4, 3), epochs=1)


def test_loss_that_explodes_is_named_and_the_best_weights_stay(data):
    train, validation = data
    network = model()
    rate = partial(torch.optim.SGD, lr=1e6)
    with pytest.raises(ValueError, match="became .* in epoch .*; lower the learning rate"):
        quiet(network, train, validation, epochs=50, optimizer=rate)


def test_patience_without_validation_data_is_refused(data):
    with pytest.raises(ValueError, match="patience=5 was given without validation data"):
        quiet(model(), data[0], patience=5)


def test_finished_optimizer_is_refused(data):
    network = model()
    with pytest.raises(TypeError, match=r"functools.partial\(torch.optim.Adam, lr=0.001\)"):
        quiet(network, data[0], optimizer=torch.optim.Adam(network.parameters()))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_gpu_trains_with_the_same_call_and_gives_the_model_back(data):
    network = model()
    fabric = Fabric(accelerator="gpu", devices=1)
    history = fit(network, *data, epochs=30, fabric=fabric, progress=False)
    reference = quiet(model(), *data, epochs=30)
    assert next(network.parameters()).device.type == "cpu"
    np.testing.assert_allclose(
        history.frame["train_loss"], reference.frame["train_loss"], rtol=1e-3
    )
