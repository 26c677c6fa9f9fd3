import numpy as np
import pytest
import torch

from matnn_lab.lessons.layers_and_activations import explorers

Z = np.linspace(-6, 6, 97)


@pytest.mark.parametrize("name", explorers.ACTIVATIONS)
def test_values_and_slopes_are_those_of_torch(name):
    theirs = {
        "ReLU": torch.nn.functional.relu,
        "GELU": torch.nn.functional.gelu,
        "SiLU": torch.nn.functional.silu,
        "tanh": torch.tanh,
    }[name]
    z = torch.tensor(Z, requires_grad=True)
    out = theirs(z)
    out.sum().backward()
    value, slope = explorers.ACTIVATIONS[name]
    np.testing.assert_allclose(value(Z), out.detach().numpy(), atol=1e-12)
    np.testing.assert_allclose(slope(Z), z.grad.numpy(), atol=1e-12)


def test_a_relu_far_on_the_wrong_side_is_dead_and_a_steep_tanh_is_flat():
    def flat(**setting):
        title = explorers.neuron_figure(**setting).layout.title.text
        return float(title.split("flat for ")[1].split("%")[0]) / 100

    assert flat(activation="ReLU", weight=1.0, bias=-4.0) == 1.0
    assert flat(activation="ReLU", weight=1.0, bias=0.0) == 0.5
    assert flat(activation="tanh", weight=0.25, bias=0.0) == 0.0
    assert flat(activation="tanh", weight=4.0, bias=0.0) > 0.4
    assert flat(activation="GELU", weight=1.0, bias=-2.0) < 0.5


def test_the_heat_capacity_goes_from_zero_to_dulong_and_petit():
    cold, hot = explorers.heat_capacity(30.0), explorers.heat_capacity(20_000.0)
    assert 0 <= cold < 1e-10
    assert hot == pytest.approx(3 * 8.314, rel=1e-3)


def test_the_bond_has_its_minimum_of_minus_one():
    assert explorers.bond_energy(2 ** (1 / 6)) == pytest.approx(-1)


def rmse(**setting):
    return float(explorers.bend_figure(**setting).layout.title.text.split("RMSE ")[1].split()[0])


@pytest.mark.parametrize("curve", explorers.CURVES)
def test_sharpness_changes_nothing_for_relu(curve):
    errors = {
        rmse(curve=curve, activation="ReLU", count=8, sharpness=s) for s in (0.3, 1.0, 3.0, 10.0)
    }
    assert len(errors) == 1


@pytest.mark.parametrize("activation", ["ReLU", "GELU", "tanh"])
def test_more_units_bend_closer_to_a_smooth_curve(activation):
    few, many = (
        rmse(curve="heat capacity", activation=activation, count=n, sharpness=1.0) for n in (2, 16)
    )
    assert many < few / 10


def test_only_sharp_tanh_units_follow_a_jump():
    soft, sharp = (
        rmse(curve="melting", activation="tanh", count=16, sharpness=s) for s in (0.3, 10.0)
    )
    assert sharp < soft


def pieces(**setting):
    x = np.linspace(-2, 2, 1201)
    return np.mean([explorers.random_network(x, draw=d, **setting)[1] for d in (1, 2)])


def test_one_relu_layer_has_at_most_one_piece_more_than_units():
    for width in (1, 4, 16):
        assert pieces(activation="ReLU", width=width, depth=1, gain=1.0) <= width + 1


def test_depth_and_width_add_pieces():
    at = {
        (w, d): pieces(activation="ReLU", width=w, depth=d, gain=1.0)
        for w in (4, 16)
        for d in (1, 4)
    }
    assert at[4, 1] < at[4, 4] < at[16, 4]
    assert at[4, 1] < at[16, 1]


def test_without_an_activation_every_network_is_a_straight_line():
    x = np.linspace(-2, 2, 1201)
    y, _patterns = explorers.random_network(
        x, activation="none", width=64, depth=16, gain=1.0, draw=1
    )
    np.testing.assert_allclose(np.polyval(np.polyfit(x, y, 1), x), y, atol=1e-9)
