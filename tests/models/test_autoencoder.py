import numpy as np
import pytest
import torch

from matnn_lab.models.autoencoder import Autoencoder


def test_the_middle_is_as_narrow_as_asked_and_the_output_as_wide_as_the_input():
    model = Autoencoder(20, 3, (8, 5))
    rows = torch.randn(7, 20)
    assert model.encoder(rows).shape == (7, 3)
    assert model(rows).shape == rows.shape


def test_without_hidden_layers_it_is_linear():
    model, rows = Autoencoder(6, 2), torch.randn(4, 6)
    with torch.no_grad():
        middle = model(rows[:1] / 2 + rows[1:2] / 2)
        assert torch.allclose(middle, model(rows[:1]) / 2 + model(rows[1:2]) / 2, atol=1e-6)


def test_a_linear_one_trained_to_the_end_spans_the_plane_of_pca():
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(60, 3)) @ rng.normal(size=(3, 8)) * [3, 2, 1, 1, 1, 1, 1, 1]
    rows = torch.tensor(rows - rows.mean(axis=0))
    torch.manual_seed(0)
    model = Autoencoder(8, 2).double()
    optimizer = torch.optim.LBFGS(model.parameters(), max_iter=500, line_search_fn="strong_wolfe")

    def closure():
        optimizer.zero_grad()
        loss = (model(rows) - rows).square().mean()
        loss.backward()
        return loss

    optimizer.step(closure)
    plane = np.linalg.svd(rows.numpy(), full_matrices=False)[2][:2]
    ours = np.linalg.qr(model.decoder[0].weight.detach().numpy())[0]
    assert np.linalg.svd(plane @ ours)[1] == pytest.approx([1, 1], abs=1e-4)


def test_a_middle_as_wide_as_the_input_is_refused():
    with pytest.raises(ValueError, match="narrower than the input"):
        Autoencoder(5, 5)


@pytest.mark.parametrize(
    ("width", "hidden"), [(2.5, ()), ("5", ()), (True, ()), (2, 8), (2, (-1,))]
)
def test_widths_that_are_no_positive_whole_numbers_are_named(width, hidden):
    with pytest.raises(ValueError, match="give positive whole numbers"):
        Autoencoder(5, width, hidden)


def test_rows_with_nan_or_of_another_width_are_told():
    rows = torch.ones(4, 5)
    rows[2, 3] = torch.nan
    with pytest.raises(ValueError, match=r"shape \(4, 5\) were given, 1 of them with NaN"):
        Autoencoder(5, 2)(rows)
    with pytest.raises(ValueError, match=r"of shape \(rows, 5\)"):
        Autoencoder(5, 2)(torch.ones(4, 6))
