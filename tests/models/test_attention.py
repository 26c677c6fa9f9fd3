import math

import pytest
import torch
from torch import nn

from matnn_lab.models.attention import (
    EncoderBlock,
    LearnedPositions,
    SelfAttention,
    attention,
    sinusoidal_positions,
)

TOLERANCE = {"rtol": 0, "atol": 1e-6}


@pytest.fixture(autouse=True)
def _seed():
    torch.manual_seed(0)


def as_torch(ours: SelfAttention, theirs: nn.MultiheadAttention) -> None:
    """Copy the weights, name for name."""
    theirs.in_proj_weight.data, theirs.in_proj_bias.data = ours.to_qkv.weight, ours.to_qkv.bias
    theirs.out_proj.load_state_dict(ours.out.state_dict())


@pytest.fixture
def sequence():
    return torch.randn(3, 11, 24)


def test_attention_is_that_of_torch():
    queries, keys, values = (
        torch.randn(2, 4, 7, 8),
        torch.randn(2, 4, 9, 8),
        torch.randn(2, 4, 9, 5),
    )
    bias = torch.randn(7, 9)
    theirs = nn.functional.scaled_dot_product_attention
    for extra in (None, bias):
        mixed, weights = attention(queries, keys, values, extra)
        torch.testing.assert_close(mixed, theirs(queries, keys, values, extra), **TOLERANCE)
        torch.testing.assert_close(weights.sum(-1), torch.ones(2, 4, 7))


def test_a_forbidden_pair_has_no_weight():
    bias = torch.zeros(5, 5)
    bias[:, 3] = -math.inf
    _mixed, weights = attention(*torch.randn(3, 5, 8), bias)
    assert torch.all(weights[:, 3] == 0)


def test_heads_are_those_of_torch_weight_for_weight(sequence):
    ours, theirs = SelfAttention(24, 4), nn.MultiheadAttention(24, 4, batch_first=True)
    as_torch(ours, theirs)
    expected, maps = theirs(sequence, sequence, sequence, average_attn_weights=False)
    found, weights = ours.with_maps(sequence)
    torch.testing.assert_close(found, expected, **TOLERANCE)
    torch.testing.assert_close(weights, maps, **TOLERANCE)


def test_a_block_is_that_of_torch_weight_for_weight(sequence):
    ours = EncoderBlock(24, 4, 50)
    for norm in (ours.norm_attention, ours.norm_mlp):
        nn.init.normal_(norm.weight)
        nn.init.normal_(norm.bias)
    theirs = nn.TransformerEncoderLayer(
        24, 4, 50, dropout=0.0, activation="gelu", batch_first=True, norm_first=True
    )
    as_torch(ours.attention, theirs.self_attn)
    theirs.norm1.load_state_dict(ours.norm_attention.state_dict())
    theirs.norm2.load_state_dict(ours.norm_mlp.state_dict())
    theirs.linear1.load_state_dict(ours.mlp[0].state_dict())
    theirs.linear2.load_state_dict(ours.mlp[2].state_dict())
    torch.testing.assert_close(ours(sequence), theirs(sequence), **TOLERANCE)


def test_without_positions_a_block_does_not_see_order(sequence):
    block, order = EncoderBlock(24, 4), torch.randperm(11)
    shuffled = block(sequence[:, order])
    torch.testing.assert_close(shuffled, block(sequence)[:, order], **TOLERANCE)
    torch.testing.assert_close(shuffled.mean(1), block(sequence).mean(1), **TOLERANCE)


@pytest.mark.parametrize("kind", ["sinusoidal", "learned"])
def test_with_positions_a_block_sees_order(sequence, kind):
    block, learned = EncoderBlock(24, 4), LearnedPositions(20, 24)
    nn.init.normal_(learned.vectors)
    add = {"sinusoidal": lambda x: x + sinusoidal_positions(11, 24), "learned": learned}[kind]
    shuffled = block(add(sequence[:, torch.randperm(11)])).mean(1)
    assert (shuffled - block(add(sequence)).mean(1)).abs().max() > 0.01


def test_a_step_turns_sinusoidal_positions_by_a_fixed_angle():
    vectors = sinusoidal_positions(40, 16).double()
    overlap = vectors @ vectors.T
    for step in (1, 7):
        torch.testing.assert_close(
            overlap.diagonal(step),
            torch.full((40 - step,), overlap[0, step].item()).double(),
            rtol=0,
            atol=1e-5,
        )


def test_dropout_rests_in_evaluation(sequence):
    block = EncoderBlock(24, 4, dropout=0.5)
    assert not torch.equal(block(sequence), block(sequence))
    block.eval()
    assert torch.equal(block(sequence), block(sequence))


def test_gradients_are_right():
    block = EncoderBlock(4, 2).double()
    sequence = torch.randn(1, 3, 4, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(block, (sequence,))


@pytest.mark.parametrize(("width", "heads"), [(24, 5), (24, 0), (0, 1)])
def test_heads_that_do_not_divide_the_width_are_refused(width, heads):
    with pytest.raises(ValueError, match="divisor"):
        SelfAttention(width, heads)


def test_an_odd_width_is_refused():
    with pytest.raises(ValueError, match="even"):
        sinusoidal_positions(4, 5)


@pytest.mark.parametrize("layer", [SelfAttention(8, 2), EncoderBlock(8, 2), LearnedPositions(5, 8)])
def test_a_sequence_that_a_layer_cannot_read_is_named(layer):
    right = torch.randn(2, 5, 8)
    assert layer(right).shape == right.shape
    for wrong in (right.numpy(), right[0], right[..., :4], right.double(), right.long()):
        with pytest.raises(ValueError, match=r"give (a torch\.Tensor|it)"):
            layer(wrong)


def test_places_beyond_the_last_have_no_position():
    with pytest.raises(ValueError, match="5 places was given, and 3 have"):
        LearnedPositions(3, 8)(torch.randn(2, 5, 8))


def test_queries_that_fit_no_key_are_named():
    x = torch.randn(2, 5, 8)
    for given in ((x, x[..., :4], x), (x, x, x[:, :3]), (x.numpy(),) * 3):
        with pytest.raises(ValueError, match="Queries, keys and values of shapes"):
            attention(*given)


def test_sizes_of_layers_are_whole_numbers():
    for make in (
        lambda: EncoderBlock(8, 2, 0),
        lambda: EncoderBlock(8, 2, -1),
        lambda: LearnedPositions(2.0, 4),
        lambda: sinusoidal_positions(-1, 4),
        lambda: SelfAttention(8.0, 2),
    ):
        with pytest.raises(ValueError, match="give a (whole number|divisor)"):
            make()


@pytest.mark.parametrize(
    ("bias", "words"),
    [
        (torch.zeros(5, 4), r"shape \(5, 4\) was given for scores of shape \(4, 5\)"),
        (torch.zeros(2, 4, 5), r"shape \(2, 4, 5\) was given for scores of shape \(4, 5\)"),
        (torch.zeros(4, 5).double(), "give all in one precision"),
        (torch.ones(4, 5, dtype=torch.bool), "Tensors of torch.bool"),
        (torch.zeros(4, 5).numpy(), "A bias of type ndarray"),
    ],
)
def test_a_bias_that_is_no_score_for_each_pair_is_refused_in_a_sentence(bias, words):
    queries, keys, values = torch.randn(4, 3), torch.randn(5, 3), torch.randn(5, 2)
    with pytest.raises(ValueError, match=words):
        attention(queries, keys, values, bias)


def test_queries_keys_and_values_have_one_precision_and_batches_that_fit():
    queries, keys, values = torch.randn(2, 4, 3), torch.randn(2, 5, 3), torch.randn(2, 5, 2)
    for given in ((queries.double(), keys, values), (queries, keys, values.half())):
        with pytest.raises(ValueError, match="give all in one precision on one device"):
            attention(*given)
    with pytest.raises(ValueError, match="Queries, keys and values of shapes"):
        attention(queries, keys[:1].expand(3, 5, 3), values)
    with pytest.raises(ValueError, match="Queries, keys and values of shapes"):
        attention(queries[..., :0], keys[..., :0], values)
