import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from matnn_lab.training.autograd import Value

UNARY = {
    "exp": (lambda x: x.exp(), lambda x: x.exp()),
    "log": (lambda x: x.log(), lambda x: x.log()),
    "tanh": (lambda x: x.tanh(), lambda x: x.tanh()),
    "relu": (lambda x: x.relu(), lambda x: x.relu()),
    "negative": (lambda x: -x, lambda x: -x),
    "square": (lambda x: x**2, lambda x: x**2),
    "cube": (lambda x: x**3, lambda x: x**3),
    "root": (lambda x: x**0.5, lambda x: x**0.5),
    "inverse": (lambda x: x**-1, lambda x: x**-1),
    "to the zero": (lambda x: x**0, lambda x: x**0),
    "minus a number": (lambda x: x - 1.5, lambda x: x - 1.5),
    "a number minus": (lambda x: 1.5 - x, lambda x: 1.5 - x),
    "a number over": (lambda x: 2 / x, lambda x: 2 / x),
}
BINARY = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
}


def torch_gradients(function, *numbers):
    leaves = [torch.tensor(float(x), dtype=torch.float64, requires_grad=True) for x in numbers]
    result = function(*leaves)
    if result.requires_grad:
        result.backward()
    return result.item(), [0.0 if leaf.grad is None else leaf.grad.item() for leaf in leaves]


def value_gradients(function, *numbers):
    leaves = [Value(x) for x in numbers]
    result = function(*leaves)
    result.backward()
    return result.data, [leaf.grad for leaf in leaves]


@pytest.mark.parametrize("name", UNARY)
@given(x=st.floats(0.05, 5))
def test_each_function_has_the_value_and_slope_of_pytorch(name, x):
    ours, theirs = UNARY[name]
    y, slopes = value_gradients(ours, x)
    y_torch, slopes_torch = torch_gradients(theirs, x)
    assert y == pytest.approx(y_torch, rel=1e-12, abs=1e-12)
    assert slopes == pytest.approx(slopes_torch, rel=1e-10, abs=1e-12)


@pytest.mark.parametrize("name", ["exp", "tanh", "relu", "square", "cube", "inverse"])
@given(x=st.floats(-5, -0.05))
def test_slopes_at_negative_numbers_are_those_of_pytorch(name, x):
    ours, theirs = UNARY[name]
    assert value_gradients(ours, x)[1] == pytest.approx(torch_gradients(theirs, x)[1], rel=1e-10)


@pytest.mark.parametrize("name", BINARY)
@given(a=st.floats(-5, 5), b=st.floats(0.05, 5), sign=st.sampled_from([-1, 1]))
def test_each_operation_has_the_value_and_slopes_of_pytorch(name, a, b, sign):
    y, slopes = value_gradients(BINARY[name], a, sign * b)
    y_torch, slopes_torch = torch_gradients(BINARY[name], a, sign * b)
    assert y == pytest.approx(y_torch, rel=1e-12, abs=1e-12)
    assert slopes == pytest.approx(slopes_torch, rel=1e-10, abs=1e-12)


@pytest.mark.parametrize("name", UNARY)
def test_each_slope_is_the_central_difference(name):
    function, h = UNARY[name][0], 1e-5
    for x in (0.3, 1.1, 2.7):
        difference = (function(Value(x + h)).data - function(Value(x - h)).data) / (2 * h)
        assert value_gradients(function, x)[1][0] == pytest.approx(difference, rel=1e-8, abs=1e-8)


TREES = st.recursive(
    st.one_of(st.sampled_from("xyz"), st.floats(-2, 2)),
    lambda inner: st.one_of(
        st.tuples(st.sampled_from(["+", "-", "*"]), inner, inner),
        st.tuples(st.sampled_from(["tanh", "relu", "exp of tanh", "log of 1 + square"]), inner),
    ),
    max_leaves=20,
)


def evaluate(tree, leaves):
    if isinstance(tree, str):
        return leaves["xyz".index(tree)]
    if isinstance(tree, float):
        return tree * (leaves[0] * 0 + 1)
    operation, *branches = tree
    branches = [evaluate(branch, leaves) for branch in branches]
    if operation in BINARY:
        return BINARY[operation](*branches)
    (x,) = branches
    if operation == "exp of tanh":
        return x.tanh().exp()
    if operation == "log of 1 + square":
        return (1 + x.tanh() ** 2).log()
    return getattr(x, operation)()


@settings(max_examples=200, deadline=None)
@given(tree=TREES, numbers=st.tuples(*[st.floats(-1.5, 1.5)] * 3))
def test_any_expression_has_the_gradients_of_pytorch(tree, numbers):
    y, slopes = value_gradients(lambda *leaves: evaluate(tree, leaves), *numbers)
    y_torch, slopes_torch = torch_gradients(lambda *leaves: evaluate(tree, leaves), *numbers)
    assert y == pytest.approx(y_torch, rel=1e-9, abs=1e-9)
    assert slopes == pytest.approx(slopes_torch, rel=1e-9, abs=1e-9)


def test_a_value_used_twice_gets_both_contributions():
    x = Value(3.0)
    (x * x + x).backward()
    assert x.grad == 7.0


def test_a_diamond_visits_the_shared_node_once():
    x = Value(0.7)
    shared = x.tanh()
    (shared * shared + 2 * shared).backward()
    t = math.tanh(0.7)
    assert x.grad == pytest.approx((2 * t + 2) * (1 - t**2), rel=1e-14)


@pytest.mark.parametrize("length", [10_000, 100_000])
def test_a_long_chain_meets_no_recursion_limit(length):
    x = Value(0.5)
    y = x
    for _link in range(length):
        y = y + 1e-5
    (y * y).backward()
    assert x.grad == pytest.approx(2 * y.data)


def test_leaves_add_up_from_call_to_call_as_in_pytorch():
    x, y = Value(2.0), torch.tensor(2.0, requires_grad=True)
    ours, theirs = (x * x).exp(), (y * y).exp()
    for _call in range(3):
        ours.backward()
        theirs.backward(retain_graph=True)
    assert x.grad == pytest.approx(y.grad.item(), rel=1e-6)


def test_a_cleared_leaf_starts_afresh():
    x = Value(2.0)
    (x * x).backward()
    x.grad = 0.0
    (3 * x).backward()
    assert x.grad == 3.0


def test_backward_on_a_leaf_is_the_derivative_of_itself():
    x = Value(2.0)
    x.backward()
    assert x.grad == 1.0


def test_slope_of_relu_at_zero_is_that_of_pytorch():
    assert value_gradients(lambda x: x.relu(), 0.0) == torch_gradients(lambda x: x.relu(), 0.0)


def test_numpy_numbers_mix_with_values():
    x = Value(np.float32(2.0))
    assert isinstance(np.float64(3.0) * x, Value)
    assert (np.float64(3.0) - x).data == 1.0
    assert (np.float64(3.0) / x).data == 1.5


def test_values_are_equal_only_to_themselves_as_in_the_notebook():
    x, y = Value(2.0), Value(2.0)
    assert x == x
    assert x != y
    assert x != 2.0
    assert [x, y].index(y) == 1
    assert len({x, y, x}) == 2
    with pytest.raises(TypeError, match="not supported"):
        assert x < y


def test_representation_shows_number_and_gradient():
    x = Value(3.0)
    (x * x).backward()
    assert repr(x) == "Value(data=3, grad=6)"


@pytest.mark.parametrize(
    ("do", "error", "words"),
    [
        (lambda: Value("3"), TypeError, "one number"),
        (lambda: Value(1j), TypeError, "one number"),
        (lambda: Value(3) + "3", TypeError, "one number"),
        (lambda: Value(3) * np.ones(2), TypeError, "one number"),
        (lambda: np.ones(2) * Value(3), TypeError, "one number"),
        (lambda: Value(math.nan), ValueError, "not finite"),
        (lambda: Value(1e200) * 1e200, ValueError, "learning rate"),
        (lambda: Value(1000).exp(), ValueError, "not finite"),
        (lambda: Value(1e200) ** 2, ValueError, "not finite"),
        (lambda: Value(0).log(), ValueError, "positive"),
        (lambda: Value(-2).log(), ValueError, "positive"),
        (lambda: Value(2) ** Value(3), TypeError, "plain number"),
        (lambda: Value(-2) ** 0.5, ValueError, "real"),
        (lambda: Value(0) ** 0.5, ValueError, "slope"),
        (lambda: Value(0) ** -1, ValueError, "slope"),
        (lambda: Value(2) / 0, ValueError, "zero"),
        (lambda: 2 / Value(0), ValueError, "zero"),
    ],
)
def test_a_wrong_use_is_answered_in_one_sentence(do, error, words):
    with pytest.raises(error, match=words) as caught:
        do()
    sentence = str(caught.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence
