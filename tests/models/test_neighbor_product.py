import pytest
import torch
from e3nn import o3

from matnn_lab.models.neighbor_product import NeighborProduct, neighbor_table


def test_the_table_has_the_edges_of_each_atom_in_their_order():
    center = torch.tensor([2, 0, 0, 2, 2, 3])
    table = neighbor_table(center, 5)
    assert table.tolist() == [[1, 2, 6], [6, 6, 6], [0, 3, 4], [5, 6, 6], [6, 6, 6]]


def test_without_edges_the_table_has_an_empty_place_for_each_atom():
    assert neighbor_table(torch.zeros(0, dtype=torch.long), 2).tolist() == [[0], [0]]


@pytest.fixture
def _double():
    """The constants of e3nn have the precision that is the default when they are made."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(before)


@pytest.mark.usefixtures("_double")
@pytest.mark.parametrize("l_max", [0, 1, 2, 3])
@pytest.mark.parametrize("kept", ["all", "scalars"])
def test_it_is_the_tensor_product_of_e3nn_summed_over_the_neighbors(l_max, kept):
    torch.manual_seed(0)
    harmonics = o3.Irreps.spherical_harmonics(l_max)
    before = o3.Irreps([(3, irrep) for _, irrep in harmonics])
    after = before if kept == "all" else before[:1]
    ours = NeighborProduct(before, harmonics, after)
    paths = [
        (i, j, product)
        for i, (_, irrep) in enumerate(before)
        for j, (_, harmonic) in enumerate(harmonics)
        for product in irrep * harmonic
        if product in after
    ]
    sorted_out, place, _ = o3.Irreps([(3, product) for _, _, product in paths]).sort()
    theirs = o3.TensorProduct(
        before,
        harmonics,
        sorted_out,
        [(i, j, place[k], "uvu", True) for k, (i, j, _) in enumerate(paths)],
        shared_weights=False,
        internal_weights=False,
    )
    assert ours.irreps_out == sorted_out.simplify()
    assert ours.n_weights == theirs.weight_numel
    neighbor = torch.randint(5, (5, 7))
    features, angular, weights = (
        torch.randn(shape)
        for shape in [(5, before.dim), (5, 7, harmonics.dim), (5, 7, ours.n_weights)]
    )
    expected = theirs(features[neighbor], angular, weights).sum(dim=1)
    torch.testing.assert_close(ours(features, angular, weights, neighbor), expected)
