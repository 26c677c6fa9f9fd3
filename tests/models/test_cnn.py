import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from matnn_lab.models.cnn import CNN, ShiftsAndFlips, UNet

IMAGES = torch.randn(4, 16, 16, generator=torch.Generator().manual_seed(0))


def prepared(network):
    """Return a network whose batch normalization has seen something, ready to predict."""
    torch.manual_seed(0)
    network.train()
    with torch.no_grad():
        network(2 * torch.randn(8, 16, 16) + 1)
    return network.eval()


@torch.no_grad()
def change(network, shift):
    return float((network(IMAGES.roll(shift, (1, 2))) - network(IMAGES)).abs().max())


def test_with_periodic_edges_a_shift_changes_nothing():
    network = prepared(CNN((8, 8, 8), shrink=False))
    assert max(change(network, shift) for shift in ((1, 0), (3, 5))) < 1e-6


def test_with_zeros_at_the_edges_a_shift_is_felt():
    network = prepared(CNN((8, 8, 8), padding="zeros", shrink=False))
    assert change(network, (3, 5)) > 1e-4


def test_halving_twice_keeps_shifts_by_four():
    network = prepared(CNN((8, 8, 8)))
    assert change(network, (4, 8)) < 1e-6
    assert change(network, (1, 0)) > 1e-4


def test_features_move_with_the_image():
    network = prepared(CNN((4, 4), shrink=False))
    with torch.no_grad():
        features = network.features(IMAGES[:, None])
        moved = network.features(IMAGES.roll((2, 3), (1, 2))[:, None])
    torch.testing.assert_close(moved, features.roll((2, 3), (2, 3)), atol=1e-5, rtol=0)


def test_a_pixel_feels_what_its_receptive_field_holds():
    network = prepared(CNN((4, 4, 4), padding="zeros", shrink=False)).double()
    image = torch.randn(1, 1, 15, 15, dtype=torch.float64, requires_grad=True)
    network.features(image)[0, :, 7, 7].sum().backward()
    felt = image.grad[0, 0].abs() > 0
    rows = np.flatnonzero(felt.any(dim=1))
    assert rows.min() >= 7 - 3
    assert rows.max() <= 7 + 3


def test_one_output_has_no_axis_of_its_own():
    assert CNN()(IMAGES).shape == (4,)
    assert CNN(n_outputs=5)(IMAGES).shape == (4, 5)
    assert CNN(n_channels=2)(torch.randn(3, 2, 16, 16)).shape == (3,)


@torch.no_grad()
def test_with_its_size_given_a_network_sees_where_something_is():
    network = prepared(CNN((4, 4), n_outputs=3, size=16))
    assert network(IMAGES).shape == (4, 3)
    assert change(network, (8, 8)) > 1e-3


def test_a_u_net_answers_for_each_pixel():
    network = prepared(UNet(4, padding="periodic"))
    assert network(IMAGES).shape == IMAGES.shape
    with torch.no_grad():
        moved = network(IMAGES.roll((4, 8), (1, 2)))
        torch.testing.assert_close(moved, network(IMAGES).roll((4, 8), (1, 2)), atol=1e-5, rtol=0)


@torch.no_grad()
@pytest.mark.parametrize("padding", ["periodic", "zeros"])
def test_a_u_net_is_the_same_as_with_the_functions_of_torch(padding):
    network = prepared(UNet(4, padding=padding)).double()

    def step(part, x):
        kernel, norm = (layer for layer in part if isinstance(layer, nn.Conv2d | nn.BatchNorm2d))
        x = functional.pad(x, (1, 1, 1, 1), "circular" if padding == "periodic" else "constant")
        x = functional.conv2d(x, kernel.weight)
        x = functional.batch_norm(x, norm.running_mean, norm.running_var, norm.weight, norm.bias)
        return functional.relu(x)

    images = IMAGES.double()
    full = step(network.down_0, images[:, None])
    half = step(network.down_1, functional.max_pool2d(full, 2))
    quarter = step(network.down_2, functional.max_pool2d(half, 2))
    up = step(
        network.up_1, torch.cat([quarter.repeat_interleave(2, 2).repeat_interleave(2, 3), half], 1)
    )
    up = step(
        network.up_0, torch.cat([up.repeat_interleave(2, 2).repeat_interleave(2, 3), full], 1)
    )
    expected = functional.conv2d(up, network.head.weight, network.head.bias)[:, 0]
    torch.testing.assert_close(network(images), expected, atol=1e-12, rtol=0)


def test_shifts_and_flips_keep_every_grey_value_and_turn_nothing():
    torch.manual_seed(0)
    augment = ShiftsAndFlips()
    image = torch.zeros(1, 8, 8)
    image[0, 2, 1:7] = 1  # a horizontal bar
    for _draw in range(20):
        drawn = augment(image)
        assert (drawn.flatten().sort()[0] == image.flatten().sort()[0]).all()
        assert (drawn[0].sum(dim=1) > 5).sum() == 1  # still in one row
    assert augment.eval()(image) is image


@pytest.mark.parametrize(
    ("settings", "words"),
    [({"widths": (8, 0)}, "positive"), ({"padding": "mirror"}, "periodic, zeros")],
)
def test_settings_that_make_no_network_are_refused(settings, words):
    with pytest.raises(ValueError, match=words):
        CNN(**settings)


def test_weights_of_other_padding_are_refused():
    with pytest.raises(ValueError, match="padding"):
        CNN(padding="zeros").load_state_dict(CNN().state_dict())


def test_images_of_another_kind_are_refused():
    image = torch.zeros(2, 16, 16)
    placed = CNN((4, 4), size=16).eval()
    for wrong in (torch.zeros(2, 32, 8), torch.zeros(16, 16, 3), image[0], image.numpy()):
        with pytest.raises(
            ValueError, match=r"give a torch.Tensor of the shape .*\(n, 1, 16, 16\)"
        ):
            placed(wrong)
    for wrong in (image.double(), (255 * image).to(torch.uint8)):
        with pytest.raises(ValueError, match=r"inputs.to\(torch.float32\)"):
            placed(wrong)
    with pytest.raises(ValueError, match="(n, 1, height, width)"):
        CNN((4,)).eval()(torch.zeros(64, 64, 3))  # one picture in colours, read as 64 images
    with pytest.raises(ValueError, match="multiples of 4"):
        UNet(4)(torch.zeros(1, 18, 18))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"widths": ()}, "layer widths .* were given; give positive whole numbers"),
        ({"widths": 8}, "layer widths 8 were given; give positive whole numbers"),
        ({"widths": (4, 4, 4), "size": 3}, "give a"),
        ({"n_outputs": 0}, "give a"),
    ],
)
def test_a_network_without_numbers_is_refused(wrong, said):
    with pytest.raises(ValueError, match=said):
        CNN(**wrong)


def test_images_of_which_nothing_is_left_are_refused():
    assert CNN((4, 4, 4)).eval()(torch.randn(2, 4, 4)).shape == (2,)
    for network, images in ((CNN((4, 4, 4)), torch.randn(2, 3, 8)), (UNet(), torch.randn(2, 0, 4))):
        with pytest.raises(ValueError, match="give at least 4 × 4"):
            network(images)


def test_a_place_alone_has_no_averages_to_train_with():
    for network, images in ((CNN((4,)), torch.randn(1, 1, 1)), (UNet(), torch.randn(1, 4, 4))):
        with pytest.raises(ValueError, match="leaves one place for the averages of a training"):
            network.train()(images)
        assert network.eval()(images).shape[0] == 1


def test_images_without_pixels_are_not_shifted():
    with pytest.raises(ValueError, match="height=0 was given"):
        ShiftsAndFlips().train()(torch.randn(2, 0, 8))
