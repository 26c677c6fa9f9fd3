import pytest
import torch

from matnn_lab.models.vit import ViT, patches

IMAGES = torch.randn(3, 16, 16, generator=torch.Generator().manual_seed(0))


def small(**settings):
    torch.manual_seed(0)
    return ViT(16, 4, width=16, depth=2, **settings).eval()


def shuffled(images, order):
    """Return images whose 4 × 4 patches stand in another order."""
    rows = patches(images, 4)[:, order].transpose(1, 2)
    return torch.nn.functional.fold(rows, 16, 4, stride=4)[:, 0]


def test_patches_are_cut_row_by_row():
    cut = patches(IMAGES, 4)
    assert cut.shape == (3, 16, 16)
    assert torch.equal(cut[:, 0], IMAGES[:, :4, :4].flatten(1))
    assert torch.equal(cut[:, 1], IMAGES[:, :4, 4:8].flatten(1))


def test_cutting_patches_is_a_convolution_with_the_stride_of_a_patch():
    network = small()
    kernel = network.embed.weight.reshape(16, 1, 4, 4)
    convolved = torch.nn.functional.conv2d(IMAGES[:, None], kernel, network.embed.bias, stride=4)
    torch.testing.assert_close(
        convolved.flatten(2).transpose(1, 2), network.embed(patches(IMAGES, 4))
    )


@torch.no_grad()
def test_without_positions_the_order_of_the_patches_does_not_matter():
    order = torch.randperm(16, generator=torch.Generator().manual_seed(1))
    mixed = shuffled(IMAGES, order)
    bag, placed = small(positions=False), small()
    torch.testing.assert_close(bag(mixed), bag(IMAGES), atol=1e-5, rtol=0)
    assert (placed(mixed) - placed(IMAGES)).abs().max() > 1e-4


@torch.no_grad()
def test_each_patch_shares_out_all_of_its_attention():
    maps = small().attention_maps(IMAGES)
    assert len(maps) == 2
    assert maps[0].shape == (3, 4, 16, 16)
    for weights in maps:
        torch.testing.assert_close(weights.sum(dim=-1), torch.ones(3, 4, 16))


def test_one_output_has_no_axis_of_its_own():
    assert small()(IMAGES).shape == (3,)
    assert small(n_outputs=5)(IMAGES).shape == (3, 5)


def test_patches_must_fill_the_image():
    with pytest.raises(ValueError, match="divisor"):
        ViT(16, 5)


@pytest.mark.parametrize("shape", [(2, 32, 8), (2, 18, 18), (2, 24, 24), (16, 16, 3)])
def test_images_of_another_size_are_refused(shape):
    with pytest.raises(ValueError, match=r"\(n, 1, 16, 16\)"):
        ViT(16, 4, width=16, depth=1).eval()(torch.zeros(shape))  # 18 pixels lost two of them


def test_patches_lose_no_pixel():
    with pytest.raises(ValueError, match="multiples of 4"):
        patches(torch.zeros(1, 18, 18), 4)
    with pytest.raises(ValueError, match="depth=-1"):
        ViT(16, 4, depth=-1)


def test_patches_are_cut_from_grey_tensors_by_whole_numbers():
    images = torch.randn(2, 8, 8)
    assert torch.equal(patches(images[:, None], 4), patches(images, 4))
    for given in ((images.numpy(), 4), (images[0], 4), (torch.randn(2, 3, 8, 8), 4), (images, 0)):
        with pytest.raises(ValueError, match="give a (torch.Tensor|whole number)"):
            patches(*given)


def test_patches_are_cut_from_real_numbers():
    with pytest.raises(ValueError, match="Tensors of torch.uint8"):
        patches(torch.ones(2, 8, 8, dtype=torch.uint8), 4)
    with pytest.raises(ValueError, match="height=0 was given"):
        patches(torch.ones(2, 0, 8), 4)
