import pytest
import torch

from matnn_lab.models.vft import Curve, VFTNetwork, vft


def curve(limit, tg, fragility):
    return Curve(*(torch.tensor([float(value)]) for value in (limit, tg, fragility)))


def test_it_is_the_equation_of_vogel_fulcher_and_tammann():
    a, b, c = -4.55, 6000.0, 500.0
    tg = c + b / (12 - a)
    fragility = (12 - a) * tg / (tg - c)
    t = torch.tensor([1000.0, 1300.0, 1800.0])
    found = vft(t, curve(a, tg, fragility))
    assert torch.allclose(found, a + b / (t - c), atol=1e-3)


def test_viscosity_is_ten_to_the_twelve_at_tg_and_the_slope_there_is_the_fragility():
    tg, shape = 900.0, curve(-3, 900, 45)
    x = torch.tensor([1.0], dtype=torch.float64, requires_grad=True)  # Tg/T
    eta = vft(tg / x, Curve(*(part.double() for part in shape)))
    (slope,) = torch.autograd.grad(eta.sum(), x)
    assert eta.item() == pytest.approx(12)
    assert slope.item() == pytest.approx(45)


def test_below_the_pole_it_stays_finite():
    eta = vft(torch.tensor([10.0, 300.0]), curve(-3, 900, 60))
    assert torch.equal(eta, torch.full((2,), -3 + 5 * 15.0))


@pytest.mark.parametrize("one_limit", [False, True])
def test_whatever_the_weights_viscosity_falls_with_temperature_and_tends_to_its_limit(one_limit):
    torch.manual_seed(0)
    network = VFTNetwork(12, (8,), one_limit=one_limit)
    for weights in network.parameters():
        torch.nn.init.normal_(weights)
    melt = torch.rand(20, 12)
    curves = network.curve(melt)
    assert (curves.tg_k > 0).all()
    assert (curves.fragility > 12 - curves.log_eta_inf).any() or one_limit
    steps = torch.linspace(1.0, 6.0, 12)
    eta = torch.stack(
        [network(torch.cat([melt, (curves.tg_k * s / 1000)[:, None]], 1)) for s in steps]
    )
    assert (eta.diff(dim=0) < 0).all()
    assert torch.allclose(eta[0], torch.full((20,), 12.0), atol=1e-3)
    far = vft(torch.full((20,), 1e9), curves)
    assert torch.allclose(far, curves.log_eta_inf, atol=1e-2)
    if one_limit:
        assert (curves.log_eta_inf == curves.log_eta_inf[0]).all()


def test_inputs_of_another_width_are_told():
    with pytest.raises(ValueError, match=r"give 12 numbers of the composition and, last"):
        VFTNetwork(12)(torch.zeros(3, 12))


def test_weights_of_a_network_with_one_limit_are_refused_by_another():
    one, other = VFTNetwork(12, one_limit=True), VFTNetwork(12)
    with pytest.raises(ValueError, match="weights belong to"):
        other.load_state_dict(one.state_dict())


@pytest.mark.parametrize("wrong", [1200.0, 25.0, 0.0, -1.2, float("nan"), float("inf")])
def test_temperatures_that_are_not_in_thousands_of_kelvin_are_told(wrong):
    inputs = torch.full((3, 4), 0.5)
    inputs[1, -1] = wrong
    with pytest.raises(ValueError, match="temperatures in 1000 K"):
        VFTNetwork(3)(inputs)


def test_a_column_of_temperatures_does_not_grow_into_a_square():
    four = Curve(torch.full((4,), -3.0), torch.full((4,), 900.0), torch.full((4,), 40.0))
    for wrong in (torch.full((4, 1), 1000.0), torch.full((3,), 1000.0)):
        with pytest.raises(ValueError, match="a temperature for each curve"):
            vft(wrong, four)
    assert vft(torch.tensor(1000.0), four).shape == (4,)


def test_a_limit_above_the_glass_transition_is_refused_and_no_network_says_one():
    with pytest.raises(ValueError, match="the limit 13 at infinite temperature"):
        vft(torch.tensor([600.0]), curve(13, 900, 40))
    for sign in (1, -1):
        network = VFTNetwork(2, ())
        torch.nn.init.constant_(network.network.layers[0].bias, sign * 1e4)
        eta = network(torch.tensor([[0.5, 0.5, t] for t in (0.3, 1.0, 3.0, 20.0)]))
        assert torch.isfinite(eta).all()
        assert (eta.diff() <= 0).all()
