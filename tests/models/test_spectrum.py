import numpy as np
import pytest
import torch
from torch import nn

from matnn_lab.models.attention import EncoderBlock
from matnn_lab.models.cnn import CNN, UNet
from matnn_lab.models.files import load, save
from matnn_lab.models.sequence import SequenceModel
from matnn_lab.models.spectrum import SpectrumCNN, convolve, largest_of_pairs
from matnn_lab.models.vit import ViT


@pytest.fixture(autouse=True)
def _seed():
    torch.manual_seed(0)


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("points", [30, 31])
def test_a_convolution_by_hand_is_torchs(stride, points):
    layer = nn.Conv1d(3, 5, 7, stride=stride, padding=3).double()
    signals = torch.randn(4, 3, points, dtype=torch.float64)
    own = convolve(signals, layer.weight, layer.bias, stride)
    assert torch.allclose(own, layer(signals), atol=1e-12)


@pytest.mark.parametrize("points", [30, 31])
def test_the_larger_of_pairs_is_torchs_pooling(points):
    signals = torch.randn(4, 3, points)
    assert torch.equal(largest_of_pairs(signals), nn.MaxPool1d(2)(signals))


def test_the_network_is_its_layers_one_after_the_other():
    model = SpectrumCNN(128, 6, widths=(4, 8), hidden=5).double().eval()
    x = spectra = torch.randn(3, 128, dtype=torch.float64)
    x = x[:, None]
    for number, stride in ((0, 2), (4, 1)):
        convolution, norm = model.blocks[number], model.blocks[number + 1]
        x = convolve(x, convolution.weight, convolution.bias, stride)
        x = (x - norm.running_mean[:, None]) / (norm.running_var[:, None] + norm.eps).sqrt()
        x = largest_of_pairs(torch.relu(norm.weight[:, None] * x + norm.bias[:, None]))
    first, last = model.judge[1], model.judge[3]
    hidden = torch.relu(x.flatten(1) @ first.weight.T + first.bias)
    assert torch.allclose(hidden @ last.weight.T + last.bias, model(spectra), atol=1e-12)


def test_a_shifted_spectrum_shifts_what_the_filters_find():
    blocks = SpectrumCNN(128, 6, widths=(4, 8), padding="circular").double().eval().blocks
    spectra = torch.randn(3, 1, 128, dtype=torch.float64)
    moved = blocks(spectra.roll(8, dims=-1))  # 8 points: a stride of 2 and two poolings
    assert torch.allclose(moved, blocks(spectra).roll(1, dims=-1), atol=1e-12)


@pytest.mark.parametrize(("head", "still"), [("mean", True), ("place", False)])
def test_only_the_mean_forgets_where_a_line_was(head, still):
    model = SpectrumCNN(128, 6, widths=(4, 8), head=head, padding="circular").double().eval()
    spectra = torch.randn(3, 128, dtype=torch.float64)
    change = (model(spectra.roll(8, dims=-1)) - model(spectra)).abs().max()
    assert (change < 1e-12) == still


def test_zeros_beyond_the_ends_are_felt():
    model = SpectrumCNN(128, 6, widths=(4, 8), head="mean").double().eval()
    spectra = torch.randn(3, 128, dtype=torch.float64)
    assert (model(spectra.roll(8, dims=-1)) - model(spectra)).abs().max() > 1e-6


def test_a_network_can_be_kept(tmp_path):
    model = SpectrumCNN(64, 3, widths=(4,)).eval()
    save(model, tmp_path / "model.pt")
    again = load(tmp_path / "model.pt")
    spectra = torch.randn(2, 64)
    assert torch.equal(again(spectra), model(spectra))


def test_its_module_is_short():
    import inspect

    from matnn_lab.models import spectrum

    assert len(inspect.getsource(spectrum).splitlines()) <= 150


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"n_points": 0}, "n_points=0"),
        ({"kernel": 4}, "odd kernel"),
        ({"head": "max"}, "'max'"),
        ({"padding": "reflect"}, "'reflect'"),
        ({"n_points": 20}, "too few for 4 blocks"),
    ],
)
def test_wrong_settings_are_answered(settings, words):
    with pytest.raises(ValueError, match=words):
        SpectrumCNN(**{"n_points": 701, "n_outputs": 6} | settings)


@pytest.mark.parametrize("head", ["place", "mean"])
@pytest.mark.parametrize("n", [99, 101, 200])
def test_spectra_on_another_grid_are_refused(head, n):
    model = SpectrumCNN(100, 2, widths=(4, 4), head=head).eval()
    with pytest.raises(ValueError, match=r"\(n, 100\)"):
        model(torch.zeros(3, n))


def test_filters_slide_along_signals_of_as_many_channels():
    for filters in (torch.ones(2, 1, 3), torch.ones(2, 2, 4)):
        with pytest.raises(ValueError, match="as many channels and an odd width"):
            convolve(torch.ones(1, 2, 10), filters, torch.zeros(2))


def test_a_stride_a_bias_and_arrays_that_do_not_fit_are_refused():
    signals, filters, bias = torch.randn(2, 1, 9), torch.randn(3, 1, 3), torch.zeros(3)
    for given in (
        (signals, filters, bias, 0),
        (signals, filters, bias, 1.5),
        (signals, filters, bias[:1]),
        (signals, filters, None),
        (signals.numpy(), filters, bias),
        (signals, bias[0], bias),
    ):
        with pytest.raises(ValueError, match="give a (torch.Tensor|whole number)"):
            convolve(*given)


@pytest.mark.parametrize(
    "change",
    [
        lambda signals, filters, bias: (signals.double(), filters, bias),
        lambda signals, filters, bias: (signals.long(), filters.long(), bias.long()),
        lambda signals, filters, bias: (signals, filters, bias.double()),
    ],
)
def test_a_convolution_of_different_precisions_is_refused_in_a_sentence(change):
    given = change(torch.rand(2, 1, 9), torch.rand(3, 1, 3), torch.zeros(3))
    with pytest.raises(ValueError, match="give all in one precision on one device"):
        convolve(*given)


def test_signals_without_points_and_pairs_of_a_list_are_refused_in_a_sentence():
    with pytest.raises(ValueError, match="Signals of shape"):
        convolve(torch.rand(2, 1, 0), torch.rand(3, 1, 3), torch.zeros(3))
    with pytest.raises(ValueError, match="A list was given; give a torch.Tensor"):
        largest_of_pairs([1.0, 2.0])


def test_a_circular_kernel_goes_round_once_at_most():
    wide = SpectrumCNN(64, 2, padding="circular", kernel=9)
    assert wide(torch.rand(2, 64)).shape == (2, 2)
    with pytest.raises(ValueError, match="goes more than once round the 4"):
        SpectrumCNN(64, 2, padding="circular", kernel=11)


@pytest.mark.parametrize("dropout", [1, 2, -0.1, "half", None, np.nan, [0.1, 0.2]])
def test_dropout_is_a_share_below_one(dropout):
    for make in (
        lambda: SpectrumCNN(64, 2, dropout=dropout),
        lambda: EncoderBlock(8, 2, dropout=dropout),
        lambda: ViT(8, 4, dropout=dropout),
        lambda: SequenceModel(16, 4, ["attention"], dropout=dropout),
    ):
        with pytest.raises(ValueError, match="dropout"):
            make()


def test_networks_made_with_numbers_of_numpy_can_be_kept():
    one, four = np.int64(1), np.int32(4)
    for network in (
        SequenceModel(np.int64(16), four, np.array([1, 2]), n_outputs=one, dropout=np.float32(0)),
        CNN((4, 8), size=np.int64(8)),
        ViT(np.int64(8), four, width=np.int64(8), heads=one, depth=one),
        SpectrumCNN(np.int64(64), one, kernel=np.int64(3)),
        UNet(four),
    ):
        again = type(network).from_state(network.to_state())
        assert again.settings == network.settings
