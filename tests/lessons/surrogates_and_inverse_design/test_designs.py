import numpy as np
import pytest
import torch

from matnn_lab.lessons.surrogates_and_inverse_design import designs
from matnn_lab.models.cnn import CNN


def bright_rows(soft):
    """Judge by how bright the upper half of the image is."""
    return soft[:, :16].mean(dim=(1, 2))


def test_half_of_each_image_is_the_good_conductor():
    images = designs.made_by_nature(4, seed=3)
    assert images.shape == (4, 32, 32)
    assert (images.mean(axis=(1, 2)) == 0.5).all()


def test_ties_do_not_change_the_share():
    assert designs.halves(np.zeros((2, 4, 4))).sum(axis=(1, 2)).tolist() == [8, 8]


def test_layers_along_the_current_reach_the_bound_and_no_image_passes_it():
    layers = np.zeros((32, 32), bool)
    layers[:16] = True
    both = designs.log_k_both(layers[None])[0]
    assert both[0] == pytest.approx(designs.BOUND, abs=1e-6)
    assert (designs.log_k(designs.made_by_nature(6, seed=0)) < designs.BOUND).all()


def test_nature_keeps_the_bound_on_both_directions_and_layers_reach_it():
    both = 10 ** designs.log_k_both(designs.made_by_nature(6, seed=0))
    assert (both[:, 1] < designs.best_pairs(both[:, 0]) + 0.02).all()
    assert designs.best_pairs(5.5) == pytest.approx(1 / (0.5 / 1 + 0.5 / 10))


@pytest.mark.parametrize("highest", [1, 2, 4])
def test_waves_are_orthonormal_and_slow(highest):
    basis = designs.waves(highest)
    assert torch.allclose(basis @ basis.T, torch.eye(len(basis)), atol=1e-5)
    spectrum = torch.fft.fft2(basis.reshape(-1, 32, 32)).abs().sum(dim=0)
    k = torch.fft.fftfreq(32) * 32
    fast = k[:, None] ** 2 + k[None, :] ** 2 > highest**2
    assert spectrum[fast].max() < 1e-3


def test_both_searches_find_what_a_simple_judge_wants():
    for search in (designs.climb, designs.evolve):
        found = search(bright_rows, designs.waves(2), n=4)
        upper = found.images[:, :, :16].mean(axis=(2, 3)).mean(axis=1)
        assert upper[-1] > 0.9 > upper[0]
        assert len(found.steps) == len(found.images)


def test_a_tether_holds_the_design_at_its_start():
    start = torch.tensor(designs.signed(designs.made_by_nature(3, seed=1))).flatten(1)
    changed = []
    for tether in (0.0, 10.0):
        images = designs.climb(
            bright_rows, designs.pixels(), start=start, tether=tether, steps=40
        ).images
        changed.append((images[-1] != images[0]).mean())
    assert changed[1] < 0.2 * changed[0]


def test_a_cautious_judge_promises_less_where_networks_disagree():
    torch.manual_seed(0)
    networks = [CNN((4,)).eval(), CNN((4,)).eval()]
    soft = torch.rand(3, 32, 32)
    plain, wary = designs.mean_of(networks)(soft), designs.mean_of(networks, 2.0)(soft)
    answers = torch.stack([network(2 * soft - 1) for network in networks])
    assert torch.allclose(plain - wary, 2 * answers.std(dim=0), atol=1e-5)


def test_one_network_has_no_spread():
    with pytest.raises(ValueError, match="no spread"):
        designs.mean_of([CNN((4,))], 1.0)


def test_one_judge_knows_both_directions():
    turned = designs.weighted(bright_rows, 0.0)
    image = torch.zeros(1, 32, 32)
    image[:, :, :16] = 1
    assert turned(image).item() == pytest.approx(1)
    assert designs.weighted(bright_rows, 1.0)(image).item() == pytest.approx(0.5)
