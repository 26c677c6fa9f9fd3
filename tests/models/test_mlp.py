import pytest
import torch

from matnn_lab.models.mlp import ACTIVATIONS, MLP


def test_one_output_drops_the_last_axis():
    assert MLP(3)(torch.zeros(5, 3)).shape == (5,)
    assert MLP(3, n_outputs=2)(torch.zeros(5, 3)).shape == (5, 2)


def test_parameters_are_the_weights_and_biases_of_each_layer():
    n = sum(p.numel() for p in MLP(10, (8, 4)).parameters())
    assert n == (10 * 8 + 8) + (8 * 4 + 4) + (4 * 1 + 1)


def test_without_hidden_layers_it_is_linear():
    model = MLP(4, hidden=())
    a, b = torch.randn(2, 1, 4)
    zero = model(torch.zeros(1, 4))
    assert torch.allclose(model(a + b) - zero, model(a) - zero + model(b) - zero, atol=1e-6)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_output_is_the_composition_of_its_layers(activation):
    model = MLP(3, (7,), activation=activation)
    first, bend, last = model.layers
    x = torch.randn(6, 3)
    by_hand = bend(x @ first.weight.T + first.bias) @ last.weight.T + last.bias
    assert torch.allclose(model(x), by_hand[:, 0], atol=1e-6)


def test_dropout_acts_in_training_only():
    model = MLP(3, (64,), dropout=0.5)
    x = torch.randn(4, 3)
    assert not torch.equal(model(x), model(x))
    model.eval()
    assert torch.equal(model(x), model(x))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n_inputs": 0}, r"layer widths \[0, 128, 128, 1\] were given; give positive whole"),
        ({"n_inputs": 3, "hidden": (2.5,)}, "give positive whole numbers"),
        ({"n_inputs": 3, "activation": "step"}, "'step' is not known; choose one of relu"),
        ({"n_inputs": 3, "dropout": 1.0}, "dropout 1.0 was given; give a share"),
    ],
)
def test_impossible_network_is_refused_in_one_sentence(arguments, message):
    with pytest.raises(ValueError, match=message):
        MLP(**arguments)
