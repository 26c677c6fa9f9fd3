import pytest
import torch
from e3nn.o3 import Irreps

from matnn_lab.models.nequip import Interaction, NequIP
from matnn_lab.models.unpacked import run_block, unpack

F, WIDTH, N = 3, 5, 4


def block(before=f"{F}x0e + {F}x1o", after=f"{F}x0e + {F}x1o", l_max=1) -> Interaction:
    torch.manual_seed(0)
    return Interaction(
        Irreps(before),
        Irreps.spherical_harmonics(l_max),
        Irreps(after),
        radial_network=(8, WIDTH),
        n_neighbors=6.0,
        self_connection=True,
    ).double()


def tensors():
    """Four atoms with different numbers of neighbors, the last with none."""
    center = torch.tensor([0, 0, 0, 1, 2, 2])
    neighbor = torch.tensor([1, 2, 3, 0, 0, 1])
    random = torch.Generator().manual_seed(1)
    shapes = [(N, F), (N, F, 3), (N, F), (6, 8), (6, 3)]
    values = [torch.randn(s, generator=random, dtype=torch.float64) for s in shapes]
    values[4] *= 3**0.5 / values[4].norm(dim=1, keepdim=True)
    return *values, center, neighbor


def by_hand(m, s, v, element, radial, Y1, center, neighbor):
    def mix(x, weight):
        return torch.einsum("nu...,uw->nw...", x, weight) / len(weight) ** 0.5

    def soft(x):
        return m.gain * torch.nn.functional.silu(x)

    def own(x, weight):
        return torch.einsum("nu...,na,uaw->nw...", x, element, weight) / F

    w = mix(soft(mix(radial, m.radial_in)), m.radial_out).view(-1, 4, F)
    s_sent, v_sent = mix(s, m.before_s)[neighbor], mix(v, m.before_v)[neighbor]
    along = (v_sent * Y1[:, None]).sum(dim=2) / 3**0.5
    scalars = torch.cat([w[:, 0] * s_sent, w[:, 3] * along], dim=1)
    vectors = torch.cat(
        [(w[:, 1] * s_sent)[:, :, None] * Y1[:, None], w[:, 2, :, None] * v_sent], dim=1
    )
    sums = [
        torch.zeros(N, *x.shape[1:], dtype=x.dtype).index_add(0, center, x) / 6.0**0.5
        for x in (scalars, vectors)
    ]
    scalars = mix(sums[0], m.after_s) + own(s, m.own_s)
    vectors = mix(sums[1], m.after_v) + own(v, m.own_v)
    return soft(scalars[:, :F]), soft(scalars[:, F:])[:, :, None] * vectors


def test_the_block_is_what_its_named_matrices_make():
    made = block()
    expected = by_hand(unpack(made), *tensors())
    for found, right in zip(run_block(made, *tensors()), expected, strict=True):
        torch.testing.assert_close(found, right)


def test_the_matrices_hold_each_weight_once():
    made, m = block(), unpack(block())
    flat = torch.cat([w.flatten().sort().values for w in m[:-1]]).sort().values
    assert torch.equal(flat, torch.cat([p.flatten() for p in made.parameters()]).sort().values)


@pytest.mark.parametrize(
    "other",
    [
        lambda: block(before=f"{F}x0e"),
        lambda: block(f"{F}x0e + {F}x1o + {F}x2e", f"{F}x0e + {F}x1o + {F}x2e", 2),
        lambda: NequIP(["Si"], 4.0, n_features=2).layers[0],
    ],
)
def test_a_block_of_other_features_is_refused(other):
    with pytest.raises(ValueError, match="give one of scalars and vectors only"):
        unpack(other())
