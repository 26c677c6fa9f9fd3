"""Many networks side by side are the same networks one by one."""

from functools import partial

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from matnn_lab.models.mlp import MLP
from matnn_lab.training.loop import warm_up_and_cosine
from matnn_lab.training.side_by_side import SideBySide, fit_side_by_side, gains

small = partial(MLP, 3, (8,))
generator = torch.Generator().manual_seed(0)
x = torch.randn(4, 20, 3, generator=generator)
y = x[..., 0] * 2 - x[..., 1] ** 2
validation = x.reshape(-1, 3)[:30], y.reshape(-1)[:30]
sgd = partial(torch.optim.SGD, lr=0.1)


def test_each_network_gets_exactly_its_own_gradient():
    torch.manual_seed(0)
    networks, alone = SideBySide(small, 4), small()
    (networks(x) - y).square().mean(dim=1).sum().backward()
    for place in range(4):
        alone.load_state_dict(networks.alone(place))
        alone.zero_grad()
        (alone(x[place]) - y[place]).square().mean().backward()
        for name, weight in alone.named_parameters():
            torch.testing.assert_close(networks.weights[name].grad[place], weight.grad)
        torch.testing.assert_close(networks(x[0])[place], alone(x[0]))


@pytest.mark.parametrize("optimizer", [sgd, partial(torch.optim.AdamW, lr=0.01, weight_decay=0.5)])
def test_training_is_the_loop_written_by_hand(optimizer):
    """With one batch the order of the rows does not matter."""
    run = fit_side_by_side(small, (x, y), validation, optimizer=optimizer, epochs=6, n_batches=1)
    torch.manual_seed(0)
    first, one = SideBySide(small, 4), small()
    for place in range(4):
        one.load_state_dict(first.alone(place))
        stepper = optimizer(one.parameters())
        for _epoch in range(6):
            stepper.zero_grad()
            (one(x[place]) - y[place]).square().mean().backward()
            stepper.step()
        with torch.no_grad():
            error = (one(validation[0]) - validation[1]).square().mean().sqrt()
        assert run.end[place] == pytest.approx(error.item(), rel=1e-4)


def test_the_best_weights_are_those_of_the_lowest_validation_error():
    rate = partial(torch.optim.Adam, lr=0.3)
    run = fit_side_by_side(small, (x, y), validation, optimizer=rate, epochs=40, note_every=1)
    assert run.validation.shape == run.training.shape == (40, 4)
    assert (run.best_epoch < 40).any()
    for best, expected in [(False, run.end), (True, run.lowest)]:
        errors = run.predict(validation[0], best=best) - validation[1].numpy()
        np.testing.assert_allclose(np.sqrt((errors**2).mean(axis=1)), expected, rtol=1e-5)


def test_dropout_is_off_when_the_errors_are_noted():
    network = partial(small, dropout=0.5)
    run = fit_side_by_side(network, (x, y), validation, epochs=3, note_every=3)
    errors = run.predict(validation[0]) - validation[1].numpy()
    np.testing.assert_allclose(np.sqrt((errors**2).mean(axis=1)), run.end, rtol=1e-5)


def test_same_seed_same_errors_and_the_global_random_state_is_left_alone():
    torch.manual_seed(3)
    expected = torch.rand(2)
    torch.manual_seed(3)
    runs = [fit_side_by_side(small, (x, y), validation, epochs=4, seed=s) for s in (0, 0, 1)]
    assert torch.equal(torch.rand(2), expected)
    np.testing.assert_array_equal(runs[0].end, runs[1].end)
    assert (runs[0].end != runs[2].end).all()


def test_a_schedule_brings_the_learning_rate_to_zero():
    rates = []

    class Listening(torch.optim.SGD):
        def step(self, closure=None):
            rates.append(self.param_groups[0]["lr"])
            return super().step(closure)

    fit_side_by_side(
        small, (x, y), validation, optimizer=partial(Listening, lr=1.0), epochs=20,
        schedule=warm_up_and_cosine, n_batches=2,
    )  # fmt: skip
    assert len(rates) == 40
    assert rates[0] < 0.2 < 0.99 < max(rates)
    assert rates[-1] < 0.01


def test_buffers_are_taken_along():
    class Scaled(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(3, 1)
            self.register_buffer("scale", torch.tensor(2.0))

        def forward(self, inputs):
            return self.scale * self.layer(inputs)[..., 0]

    networks = SideBySide(Scaled, 4)
    assert networks.alone(1)["scale"] == 2
    assert networks(x).shape == (4, 20)


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(
        ValueError, match=r"inputs have the shape \(20, 3\) .* give \(networks, rows"
    ):
        fit_side_by_side(small, (x[0], y[0]), validation)
    with pytest.raises(ValueError, match="21 batches were asked of 20 rows"):
        fit_side_by_side(small, (x, y), validation, n_batches=21)


def test_gains_are_known_better_than_levels():
    before = np.array([1.0, 2.0, 3.0])
    fall, error = gains(before, before - [0.1, 0.2, 0.3])
    assert fall == pytest.approx(0.2)
    assert error == pytest.approx(0.1 / 3**0.5)


def test_gains_are_taken_by_position_whatever_the_labels():
    before = pd.Series([1.0, 2.0, 3.0], index=[0, 1, 2])
    after = pd.Series([0.9, 1.8, 2.7], index=[7, 8, 9])
    assert gains(before, after)[0] == pytest.approx(0.2)


def test_a_loss_of_classes_gives_each_network_its_own_gradient():
    """A row of weight zero has no influence."""
    classes = partial(MLP, 3, (8,), 2)
    seen = (torch.rand(4, 20, generator=generator) < 0.7).float()
    targets = torch.nn.functional.one_hot((y > 0).long(), 2) * seen[..., None]

    def loss(logits, weighted):
        return -(weighted * logits.log_softmax(dim=-1)).sum(dim=-1)

    run = fit_side_by_side(
        classes, (x, targets), loss=loss, optimizer=sgd, epochs=3, n_batches=1, seed=5
    )
    torch.manual_seed(5)
    first, one = SideBySide(classes, 4), classes()
    for place in range(4):
        one.load_state_dict(first.alone(place))
        stepper = sgd(one.parameters())
        for _epoch in range(3):
            stepper.zero_grad()
            every = nn.functional.cross_entropy(
                one(x[place]), (y[place] > 0).long(), reduction="none"
            )
            (every * seen[place]).mean().backward()
            stepper.step()
        for name, weight in one.named_parameters():
            torch.testing.assert_close(run.networks.weights[name][place], weight)
    assert run.predict(x[0]).shape == (4, 20, 2)
    assert len(run.epochs) == 0


def test_rows_that_do_not_divide_evenly_make_batches_that_differ_by_one_row():
    sizes = []

    def loss(predictions, targets):
        sizes.append(predictions.shape[1])
        return (predictions - targets).abs()

    fit_side_by_side(small, (x, y), loss=loss, epochs=1, n_batches=7)
    assert sorted(sizes) == [2] + 6 * [3]


def test_a_loss_of_the_whole_batch_is_refused():
    with pytest.raises(ValueError, match='reduction="none"'):
        fit_side_by_side(small, (x, y), loss=nn.functional.mse_loss)
