"""A checkpoint belongs to one run: its data, model, loss, optimizer, schedule, batch size and seed."""

from functools import partial

import numpy as np
import pytest
import torch
from lightning_fabric import Fabric
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from matnn_lab.models.mlp import MLP
from matnn_lab.training.loop import fit, warm_up_and_cosine

quiet = partial(fit, progress=False, fabric=Fabric(accelerator="cpu", devices=1))
x = torch.randn(64, 3, generator=torch.Generator().manual_seed(0))
y = x[:, 0] * 2
sgd = partial(torch.optim.SGD, lr=0.05)


def model(seed=0, **options):
    torch.manual_seed(seed)
    return MLP(3, (8,), **options)


def loss_to_the_power(power):
    def loss(prediction, target):
        return ((prediction - target).abs() ** power).mean()

    return loss


class Stretched(nn.Module):
    """A model with a setting that its print does not show."""

    def __init__(self, factor):
        super().__init__()
        self.factor, self.layers = factor, model()
        self.register_buffer("shift", torch.tensor(0.0))

    def forward(self, inputs):
        return self.factor * self.layers(inputs) + self.shift


def shifted():
    network = Stretched(1.0)
    network.shift += 1
    return network


USUAL = {
    "model": lambda: Stretched(1.0),
    "train": (x, y),
    "validation": (x[:9], y[:9]),
    "loss": loss_to_the_power(2),
    "optimizer": sgd,
    "schedule": warm_up_and_cosine,
    "batch_size": 16,
    "seed": 0,
}
OTHER = [
    ("training data", "train", (x, -y)),
    ("training data", "train", (x + 1e-3, y)),
    ("training data", "train", (x, torch.cat([y[:-1], y[-1:] + 1]))),
    ("training data", "train", (x.flip(0), y.flip(0))),
    ("validation data", "validation", (x[:9], -y[:9])),
    ("validation data", "validation", None),
    ("model", "model", partial(model, activation="relu")),
    ("model", "model", lambda: Stretched(2.0)),
    ("model", "model", shifted),
    ("model", "model", lambda: Stretched(1.0).double()),
    ("loss", "loss", loss_to_the_power(1)),
    ("loss", "loss", nn.HuberLoss(delta=0.1)),
    ("optimizer or its settings", "optimizer", partial(torch.optim.SGD, lr=1e-4)),
    ("optimizer or its settings", "optimizer", partial(torch.optim.SGD, lr=0.05, momentum=0.9)),
    ("optimizer or its settings", "optimizer", partial(torch.optim.Adam, lr=0.05)),
    ("schedule or its number of epochs", "schedule", partial(warm_up_and_cosine, warm_up=0.2)),
    ("batch size", "batch_size", 15),
    ("seed", "seed", 1),
]


def train(file, epochs=3, **changes):
    settings = USUAL | changes
    network = settings.pop("model")()
    parts = settings.pop("train"), settings.pop("validation")
    return network, quiet(network, *parts, epochs=epochs, checkpoint=file, **settings)


@pytest.mark.parametrize(("name", "what", "value"), OTHER)
def test_a_checkpoint_is_refused_by_any_other_run(tmp_path, name, what, value):
    file = tmp_path / "run.pt"
    train(file)
    before = file.read_bytes()
    with pytest.raises(ValueError, match=r"another run \(other: .*; delete it or name") as error:
        train(file, **{what: value})
    assert name in str(error.value)
    assert file.read_bytes() == before


def test_the_same_run_takes_its_checkpoint_though_all_is_made_anew(tmp_path):
    file = tmp_path / "run.pt"
    network, history = train(file)
    again, repeated = train(
        file,
        train=(x.clone(), y.clone()),
        loss=loss_to_the_power(2),
        optimizer=partial(torch.optim.SGD, lr=0.05),
    )
    assert repeated.rows == history.rows
    assert torch.equal(again(x), network(x))


def test_another_fold_is_not_answered_with_the_old_model(tmp_path):
    """The data decide: y = −2x is never learned from a file that knows y = 2x."""
    file, line = tmp_path / "run.pt", MLP(1, ())
    quiet(line, (x[:, :1], y), optimizer=sgd, epochs=150, checkpoint=file)
    with pytest.raises(ValueError, match=r"\(other: training data\)"):
        quiet(MLP(1, ()), (x[:, :1], -y), optimizer=sgd, epochs=150, checkpoint=file)
    file.unlink()
    line = MLP(1, ())
    quiet(line, (x[:, :1], -y), optimizer=sgd, epochs=150, checkpoint=file)
    assert line.layers[0].weight.item() == pytest.approx(-2, abs=1e-3)


def test_without_a_schedule_a_run_may_be_made_longer(tmp_path):
    file = tmp_path / "run.pt"
    train(file, 3, schedule=None)
    network, history = train(file, 6, schedule=None)
    straight, expected = train(tmp_path / "other.pt", 6, schedule=None)
    assert history.rows == expected.rows
    assert torch.equal(network(x), straight(x))
    train(tmp_path / "third.pt", 3)
    with pytest.raises(ValueError, match="schedule or its number of epochs"):
        train(tmp_path / "third.pt", 6)


def test_what_training_changes_in_a_model_does_not_make_it_another(tmp_path):
    """Running means and counters are state: the same object, and a new one, go on."""
    file = tmp_path / "run.pt"

    class Counting(nn.Module):
        def __init__(self):
            super().__init__()
            self.calls = 0
            self.layers = nn.Sequential(nn.BatchNorm1d(3), model())

        def forward(self, inputs):
            self.calls += 1
            return self.layers(inputs)

    network = Counting()
    for one in (network, network, Counting()):
        one, history = train(file, model=lambda one=one: one)
        assert len(history) == 3
    assert torch.equal(one(x), network(x))


def test_a_data_loader_is_known_by_its_data(tmp_path):
    file = tmp_path / "run.pt"
    quiet(model(), DataLoader(TensorDataset(x, y), 16), epochs=1, checkpoint=file)
    quiet(model(), DataLoader(TensorDataset(x, y), 16), epochs=2, checkpoint=file)
    for other in (DataLoader(TensorDataset(x, -y), 16), DataLoader(TensorDataset(x, y), 8)):
        with pytest.raises(ValueError, match="training data"):
            quiet(model(), other, epochs=2, checkpoint=file)


def test_a_loss_is_known_by_the_numbers_that_it_uses(tmp_path):
    file = tmp_path / "run.pt"
    source = "def loss(p, t):\n    return weight * ((p - t) ** 2).mean()"
    losses = []
    for weight in (1.0, 1.0, 2.0):
        space = {"weight": weight, "__name__": "notebook"}
        exec(source, space)
        losses.append(space["loss"])
    train(file, loss=losses[0])
    train(file, loss=losses[1])
    with pytest.raises(ValueError, match=r"\(other: loss\)"):
        train(file, loss=losses[2])


def foreign(path):
    torch.save({"weights": torch.zeros(3)}, path)


def older(path):
    torch.save({"identity": {"seed": 0, "batches": 4}, "history": [], "model": {}}, path)


def cut_short(path):
    train(path)
    path.write_bytes(path.read_bytes()[:1000])


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(np.random.default_rng(0).bytes(2000)),
        lambda path: path.write_text("epoch,loss\n1,0.3\n"),
        foreign,
        older,
        cut_short,
        lambda path: torch.save(torch.zeros(3), path),
    ],
)
def test_a_file_that_is_no_checkpoint_is_named_in_one_sentence(tmp_path, spoil):
    file = tmp_path / "run.pt"
    spoil(file)
    with pytest.raises(
        ValueError, match="run.pt is no checkpoint of this version of `fit`, or it is"
    ):
        train(file)


def test_a_place_where_no_file_can_be_is_named_before_the_training(tmp_path):
    with pytest.raises(ValueError, match="cannot be written; name a file in a folder that exists"):
        train(tmp_path / "none" / "run.pt")
    for folder in (tmp_path, ""):
        with pytest.raises(ValueError, match="is a folder; name a file in it"):
            train(folder)
