import pytest
import torch

from matnn_lab.models.normalization import BatchNorm


@pytest.fixture
def layer():
    torch.manual_seed(0)
    layer = BatchNorm(5).double()
    torch.nn.init.normal_(layer.weight)
    torch.nn.init.normal_(layer.bias)
    return layer


ROWS = torch.randn(7, 5, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
COUNT = torch.tensor([1, 4, 2, 1, 12, 3, 1])


def test_a_row_that_counts_thrice_is_as_three_rows(layer):
    again = BatchNorm(5).double()
    again.load_state_dict(layer.state_dict())
    counted = layer(ROWS, COUNT.double())
    repeated = again(ROWS.repeat_interleave(COUNT, dim=0))
    torch.testing.assert_close(counted.repeat_interleave(COUNT, dim=0), repeated)
    for name, value in layer.state_dict().items():
        torch.testing.assert_close(value, again.state_dict()[name])


def test_gradients_through_counted_rows_are_right(layer):
    rows = ROWS.clone().requires_grad_()

    def normalized(rows, weight, bias):
        layer_with = torch.func.functional_call
        return layer_with(layer, {"weight": weight, "bias": bias}, (rows, COUNT.double()))

    assert torch.autograd.gradcheck(normalized, (rows, layer.weight, layer.bias))


def test_without_counts_it_is_that_of_torch(layer):
    theirs = torch.nn.BatchNorm1d(5).double()
    theirs.load_state_dict(layer.state_dict())
    for training in (True, False):
        torch.testing.assert_close(layer.train(training)(ROWS), theirs.train(training)(ROWS))


def test_in_evaluation_counts_change_nothing(layer):
    layer(ROWS, COUNT.double())
    layer.eval()
    torch.testing.assert_close(layer(ROWS, COUNT.double()), layer(ROWS))


def test_a_batch_of_one_row_can_be_trained_on(layer):
    layer(ROWS)
    before = layer.running_mean.clone()
    alone = layer(ROWS[:1])
    torch.testing.assert_close(alone, layer.eval()(ROWS[:1]))
    assert torch.equal(layer.running_mean, before)
