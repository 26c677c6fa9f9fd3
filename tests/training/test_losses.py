import numpy as np
import pytest
import torch

from matnn_lab.training.losses import huber, huber_location


@pytest.mark.parametrize("delta", [0.1, 1.0, 3.0])
def test_huber_is_that_of_pytorch(delta):
    residuals = np.linspace(-5, 5, 41)
    theirs = torch.nn.functional.huber_loss(
        torch.tensor(residuals), torch.zeros(41, dtype=torch.float64), delta=delta, reduction="none"
    )
    np.testing.assert_allclose(huber(residuals, delta), theirs)


def test_integers_are_residuals_too():
    np.testing.assert_allclose(huber([-2, 0, 1], 0.5), [0.875, 0, 0.375])


def test_a_large_delta_gives_the_mean_and_a_small_one_the_median():
    data = np.random.default_rng(0).exponential(size=101)
    assert huber_location(data, 100) == pytest.approx(data.mean(), abs=1e-6)
    assert huber_location(data, 1e-4) == pytest.approx(np.median(data), abs=1e-3)
    assert huber_location([1.0, 3.0], 0.1) == pytest.approx(2)  # the middle of what is as good


def test_the_location_is_where_the_mean_loss_is_lowest():
    data = np.array([0.0, 0.1, 0.3, 9.0])
    best = huber_location(data, 0.5)
    for near in (best - 1e-3, best + 1e-3):
        assert huber(near - data, 0.5).mean() > huber(best - data, 0.5).mean()


@pytest.mark.parametrize("delta", [0, -1, np.nan])
def test_delta_must_be_above_zero(delta):
    for function in (huber, huber_location):
        with pytest.raises(ValueError, match="give a number above zero"):
            function([1.0, 2.0], delta)


@pytest.mark.parametrize("data", [[], [1.0, np.nan], [np.inf]])
def test_a_location_needs_numbers(data):
    with pytest.raises(ValueError, match="give at least one number and finite ones only"):
        huber_location(data, 1.0)
