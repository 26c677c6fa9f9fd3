import pytest
import torch

from matnn_lab.models.attention import EncoderBlock
from matnn_lab.models.lags import OwnPeriod, RelativePositions, autocorrelation
from matnn_lab.models.sequence import ConvolutionBlock, SequenceModel


@pytest.fixture(autouse=True)
def _seed():
    torch.manual_seed(0)


def small(mixing, **changed):
    return SequenceModel(64, 4, mixing, **{"width": 8, "hidden": 16, "heads": 2} | changed)


def reach(model, place):
    """Which patches change the restored patch at a place."""
    signal = torch.randn(1, 64, requires_grad=True)
    model(signal)[0, 4 * place].backward()
    return torch.nonzero(signal.grad.unflatten(1, (16, 4)).abs().sum(2)[0]).flatten().tolist()


def test_a_convolution_hears_what_its_dilations_reach():
    assert reach(small((1, 1)), 8) == [6, 7, 8, 9, 10]
    assert reach(small((4,)), 8) == [4, 8, 12]
    assert reach(small(("attention",)), 8) == list(range(16))


def test_a_convolution_in_a_block_is_that_of_torch():
    block = ConvolutionBlock(8, 16, dilation=2)
    torch.nn.init.zeros_(block.mlp[2].weight)
    torch.nn.init.zeros_(block.mlp[2].bias)
    tokens = torch.randn(2, 10, 8)
    normal = torch.nn.functional.layer_norm(tokens, (8,)).transpose(1, 2)
    expected = torch.nn.functional.conv1d(
        normal, block.mix.weight, block.mix.bias, padding=2, dilation=2
    )
    torch.testing.assert_close(block(tokens), tokens + expected.transpose(1, 2))


@pytest.mark.parametrize("positions", ["learned", "relative", "own period", "none"])
def test_what_is_hidden_cannot_be_seen(positions):
    model = small(("attention",), positions=positions)
    hidden = torch.zeros(1, 16, dtype=torch.bool)
    hidden[:, 3:5] = True
    signal = torch.randn(1, 64)
    other = signal.clone()
    other[:, 12:20] = torch.randn(8)
    torch.testing.assert_close(model(signal, hidden), model(other, hidden))
    assert not torch.allclose(model(signal), model(other))


def test_only_without_positions_is_order_unseen():
    signal = torch.randn(1, 64)
    shuffled = signal.unflatten(1, (16, 4))[:, torch.randperm(16)].flatten(1)
    blind = small(("attention", "attention"), positions="none", n_outputs=3)
    torch.testing.assert_close(blind(signal), blind(shuffled), rtol=0, atol=1e-6)
    sighted = small(("attention", "attention"), n_outputs=3)
    torch.nn.init.normal_(sighted.place.vectors)
    assert not torch.allclose(sighted(signal), sighted(shuffled), atol=1e-3)


def test_relative_positions_depend_on_the_distance_alone():
    lags = RelativePositions(6, heads=2)
    torch.nn.init.normal_(lags.table)
    bias = lags(torch.zeros(1, 6, 4), torch.ones(1, 6))
    assert bias.shape == (2, 6, 6)
    torch.testing.assert_close(bias[:, 1:, 1:], bias[:, :-1, :-1])
    assert not torch.allclose(bias, bias.transpose(1, 2))


def test_autocorrelation_is_one_at_the_period_and_ignores_what_is_hidden():
    cycle = torch.randn(1, 5, 4, dtype=torch.float64)
    patches = cycle.repeat(1, 4, 1)
    place = torch.arange(20)
    lag = (place[:, None] - place).abs()
    visible = torch.ones(1, 20, dtype=torch.float64)
    rho = autocorrelation(patches, visible, lag)
    torch.testing.assert_close(rho[0, [0, 5, 10, 15]], torch.ones(4, dtype=torch.float64))
    visible[0, 5:10] = 0
    patches[0, 5:10] = 99
    rho = autocorrelation(patches, visible, lag)
    torch.testing.assert_close(rho[0, [0, 5, 10, 15]], torch.ones(4, dtype=torch.float64))


def test_maps_come_from_each_block_of_attention():
    model = small(("attention", 2, "attention"))
    restored, maps = model.with_maps(torch.randn(3, 64))
    assert restored.shape == (3, 64)
    assert [weights.shape for weights in maps] == [(3, 2, 16, 16)] * 2
    assert sum(isinstance(block, EncoderBlock) for block in model.blocks) == 2


def test_a_model_is_made_again_from_its_state():
    model = small(("attention", 4), positions="own period").eval()
    again = SequenceModel.from_state(model.to_state())
    signal = torch.randn(2, 64)
    assert torch.equal(model(signal), again(signal))


def test_a_patch_that_does_not_divide_the_length_is_refused():
    with pytest.raises(ValueError, match="divides the length"):
        SequenceModel(64, 5, ("attention",))


def test_a_signal_of_another_length_is_refused():
    model = SequenceModel(64, 4, ("attention",), width=8, hidden=16, heads=2).eval()
    with pytest.raises(ValueError, match=r"\(n, 64\)"):
        model(torch.zeros(3, 32))
    with pytest.raises(ValueError, match="torch.Tensor of bool"):
        model(torch.zeros(3, 64), torch.zeros(3, 16))


@pytest.mark.parametrize(
    "wrong",
    [
        {"n_outputs": 0},
        {"n_outputs": 2, "per_token": 0},
        {"patch": 0},
        {"mixing": ("attn",)},
        {"mixing": "attention"},
        {"mixing": (1.5,)},
    ],
)
def test_a_model_that_cannot_be_is_refused(wrong):
    with pytest.raises(ValueError, match="was given; give"):
        SequenceModel(**{"length": 64, "patch": 4, "mixing": ("attention",)} | wrong)


def test_a_head_sees_the_mean_token_or_all_tokens_in_their_places():
    """Without positions, the order of the tokens is lost in a mean and kept by a head that sees all."""
    signal = torch.randn(1, 64)
    shuffled = signal.unflatten(1, (16, 4))[:, torch.randperm(16)].flatten(1)
    by_mean = small(("attention",), positions="none", n_outputs=3)
    by_all = small(("attention",), positions="none", n_outputs=3, per_token=2)
    torch.testing.assert_close(by_mean(signal), by_mean(shuffled), rtol=0, atol=1e-6)
    assert by_all(signal).shape == (1, 3)
    assert not torch.allclose(by_all(signal), by_all(shuffled), atol=1e-3)


def test_hidden_patches_are_booleans_for_each_signal():
    model, signal = SequenceModel(8, 2, [1]).eval(), torch.randn(3, 8)
    none = torch.zeros(3, 4, dtype=torch.bool)
    for hidden in (none, none[:1], none[0]):
        assert torch.equal(model(signal, hidden), model(signal))
    for hidden in (none.tolist(), none.numpy(), none[:2], none[None], none.float()):
        with pytest.raises(ValueError, match=r"of bool, \(3, 4\)"):
            model(signal, hidden)


def test_blocks_of_no_list_and_of_no_dilation_are_refused():
    for mixing in (3, None, "attention", []):
        with pytest.raises(ValueError, match="give a list"):
            SequenceModel(8, 2, mixing)
    for dilation in (0, 1.5):
        with pytest.raises(ValueError, match="dilation"):
            ConvolutionBlock(8, 16, dilation)
    with pytest.raises(ValueError, match="give a torch.Tensor"):
        ConvolutionBlock(8, 16)(torch.randn(5, 8))


@pytest.mark.parametrize("unit", [1e-6, 1e-3, 1e6])
def test_the_own_period_of_a_signal_does_not_depend_on_its_unit(unit):
    patches, visible = torch.randn(2, 8, 4), torch.ones(2, 8)
    own = OwnPeriod(8, 2)
    torch.testing.assert_close(own(unit * patches, visible), own(patches, visible))
    assert not own(0 * patches, visible).any()


def test_scores_for_distances_are_made_and_asked_with_what_fits():
    for kind in (OwnPeriod, RelativePositions):
        with pytest.raises(ValueError, match="n_tokens=0 was given"):
            kind(0, 2)
        with pytest.raises(ValueError, match="heads=2.0 was given"):
            kind(8, 2.0)
    own, visible = OwnPeriod(8, 2), torch.ones(2, 8)
    for patches, seen in (
        (torch.randn(2, 9, 4), torch.ones(2, 9)),
        (torch.randn(2, 8, 4).double(), visible),
        (torch.randn(2, 8, 4).numpy(), visible),
        (torch.randn(2, 8, 4), visible > 0),
        (torch.randn(2, 8, 4), visible[:, :7]),
    ):
        with pytest.raises(ValueError, match="give"):
            own(patches, seen)
