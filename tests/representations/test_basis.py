import math

import pytest
import torch

from matnn_lab.representations.basis import bessel_basis, gaussian_basis, polynomial_cutoff


def test_each_gaussian_is_one_at_its_center_and_has_the_width_asked_for():
    centers = torch.arange(41, dtype=torch.float64) * 0.2
    values = gaussian_basis(centers)
    assert values.shape == (41, 41)
    torch.testing.assert_close(values.diagonal(), torch.ones(41, dtype=torch.float64))
    beside = gaussian_basis(torch.tensor([[3.0]]), start=1, stop=5, step=2, width=4.0)
    assert beside.shape == (1, 1, 3)
    torch.testing.assert_close(beside[0, 0], torch.tensor([math.exp(-0.25), 1.0, math.exp(-0.25)]))


def test_bessel_waves_vanish_at_the_cutoff_and_are_orthonormal_in_the_sphere():
    r = torch.linspace(1e-6, 5.0, 20001, dtype=torch.float64)
    waves = bessel_basis(r, 5.0, 6)
    assert waves[-1].abs().max() < 1e-12
    overlap = torch.trapezoid(waves[:, :, None] * waves[:, None] * r[:, None, None] ** 2, r, dim=0)
    torch.testing.assert_close(overlap, torch.eye(6, dtype=torch.float64), atol=1e-6, rtol=0)


@pytest.mark.parametrize("p", [2, 6, 9])
def test_cutoff_function_falls_from_one_to_zero_with_two_smooth_derivatives(p):
    inside = torch.tensor([1e-9, 4.0 - 1e-6], dtype=torch.float64, requires_grad=True)
    value = polynomial_cutoff(inside, 4.0, p)
    (slope,) = torch.autograd.grad(value.sum(), inside, create_graph=True)
    (curvature,) = torch.autograd.grad(slope.sum(), inside)
    assert value[0].item() == pytest.approx(1)
    assert max(value[1], slope[1].abs(), curvature[1].abs() / 100).item() < 1e-5
    r = torch.linspace(0, 4, 200)
    assert (polynomial_cutoff(r, 4.0, p).diff() <= 1e-6).all()
    assert not polynomial_cutoff(torch.tensor([4.0, 5.0, 100.0]), 4.0, p).any()


def test_gradients_of_the_bases_are_right():
    r = torch.tensor([0.7, 2.3, 3.9], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda r: gaussian_basis(r, stop=4.0), r)
    assert torch.autograd.gradcheck(lambda r: bessel_basis(r, 4.0, 3), r)
    assert torch.autograd.gradcheck(lambda r: polynomial_cutoff(r, 4.0), r)


def test_bases_without_a_meaning_are_refused_in_a_sentence():
    r = torch.tensor([1.0])
    with pytest.raises(ValueError, match="stop above the start"):
        gaussian_basis(r, stop=0)
    with pytest.raises(ValueError, match="positive step"):
        gaussian_basis(r, step=0)
    for basis in (bessel_basis, polynomial_cutoff):
        with pytest.raises(ValueError, match="The cutoff 0 was given"):
            basis(r, 0)
    with pytest.raises(ValueError, match="0 waves"):
        bessel_basis(r, 4.0, 0)
    with pytest.raises(ValueError, match="exponent 1"):
        polynomial_cutoff(r, 4.0, 1)
