"""Answers become plain numbers, or a hint says what they are."""

import numpy as np
import pandas as pd
import pytest
import torch

from matnn_lab.classroom import ask
from matnn_lab.classroom.exercises import Hint


@pytest.mark.parametrize(
    "value", [2, 2.0, np.float32(2), np.int8(2), np.array(2.0), torch.tensor(2), torch.tensor(2.0)]
)
def test_every_kind_of_number_is_the_same_number(value):
    assert type(ask.number(value)) is float
    assert ask.number(value) == 2.0


def test_a_tensor_that_wants_a_gradient_is_a_number():
    assert ask.number(torch.tensor(2.0, requires_grad=True)) == 2.0
    assert ask.number(torch.tensor(2.0, dtype=torch.bfloat16)) == 2.0


@pytest.mark.parametrize(
    "value",
    [
        [[1, 2], [3, 4]],
        ([1, 2], [3.0, 4.0]),
        np.array([[1, 2], [3, 4]], dtype=np.int16),
        torch.tensor([[1, 2], [3, 4]]),
        pd.DataFrame({"a": [1, 3], "b": [2, 4]}),
        [np.array([1, 2]), torch.tensor([3.0, 4.0])],
    ],
)
def test_every_kind_of_array_is_the_same_array(value):
    found = ask.array(value, (2, None))
    assert type(found) is np.ndarray
    assert found.dtype == np.float64
    assert found.tolist() == [[1, 2], [3, 4]]


def test_an_array_is_given_as_a_copy():
    value = np.zeros(2)
    ask.array(value)[0] = 1
    assert value[0] == 0


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "nothing (None)"),
        (True, "a truth value"),
        ("2", "a text"),
        ([1, 2], "an array of shape (2,)"),
        (np.nan, "NaN"),
        (-np.inf, "infinity"),
        (10**400, "infinity"),
        (1j, "an object of type complex"),
        (lambda: 2, "a function"),
        ([1, "2"], "a list of 2"),
    ],
)
def test_what_is_no_number_is_described(value, words):
    with pytest.raises(Hint, match="^`f\\(1\\)` ") as hint:
        ask.number(value, "`f(1)`")
    assert words in str(hint.value)


def test_a_wrong_shape_is_told_with_both_shapes():
    with pytest.raises(Hint) as hint:
        ask.array(np.zeros((3, 1)), (3,))
    assert str(hint.value) == (
        "Your answer should be an array of shape (3,), but is an array of shape (3, 1)."
    )
    with pytest.raises(Hint, match=r"an array of shape \(any, 2\), but is 5"):
        ask.array(5, (None, 2))


def test_a_huge_array_is_refused_without_a_copy():
    with pytest.raises(Hint, match="larger than"):
        ask.array(np.broadcast_to(0.0, (10**6, 10**6)))


def test_an_integer_is_whole():
    assert ask.integer(np.int64(3)) == 3
    with pytest.raises(Hint, match="a whole number, but is 2.5"):
        ask.integer(2.5)


def test_a_text_is_one_of_the_options():
    assert ask.text("sgd", ("sgd", "adam")) == "sgd"
    with pytest.raises(Hint, match='should be one of "sgd", "adam", but is "SGD"'):
        ask.text("SGD", ("sgd", "adam"))
    with pytest.raises(Hint, match="but is 3"):
        ask.text(3, ("sgd", "adam"))


def test_an_instance_is_judged_by_its_true_type():
    class Liar:
        __class__ = dict

    assert ask.instance({}, dict) == {}
    with pytest.raises(Hint, match="of type dict, but is an object of type Liar"):
        ask.instance(Liar(), dict)


def test_a_function_is_called_with_its_parameters():
    f = ask.function(lambda a, b=2: a * b, "area(a, b)")
    assert f(2, 3) == 6
    assert f.number(2, 3.0) == 6.0
    assert f.array([1, 2], 2, shape=(4,)).tolist() == [1, 2, 1, 2]


@pytest.mark.parametrize("value", [3, "area", None, [len]])
def test_what_is_no_function_is_described(value):
    with pytest.raises(Hint, match=r"a function to be called as `area\(a, b\)`, but is"):
        ask.function(value, "area(a, b)")


def test_a_function_with_other_parameters_is_told_so():
    with pytest.raises(Hint, match=r"cannot be called as `area\(a, b\)`: it takes `\(a\)`"):
        ask.function(lambda a: a, "area(a, b)")


@pytest.mark.parametrize("argument", [np.zeros(2), torch.zeros(2), [0.0, 0.0], {0: 0.0}])
def test_a_function_that_changes_its_argument_is_caught(argument):
    def step(theta):
        theta[0] += 1
        return theta

    with pytest.raises(Hint, match="`step\\(theta\\)` changes its argument `theta`"):
        ask.function(step, "step(theta)")(argument)
    assert float(argument[0]) == 0.0


def test_a_function_that_fails_is_told_with_its_call():
    with pytest.raises(Hint, match=r"^`half\(2\)` stopped with KeyError"):
        ask.function(lambda x: {}[x], "half(x)").number(2.0)


@pytest.mark.parametrize("size", [1e-3, 1.0, 1e6])
def test_numbers_agree_within_a_share_of_the_largest_expected_one(size):
    expected = size * np.array([1.0, -3.0, 0.0])
    for share, agree in ((0.0, True), (0.9e-9, True), (1.1e-6, False)):
        assert ask.agrees(expected + 3 * share * size, expected) is agree
    assert ask.agrees(1.002 * expected, expected, 1e-2)
    assert not ask.agrees(1.002 * expected, expected, 1e-3)


def test_round_off_agrees_with_zero():
    assert ask.agrees(0.1 + 0.2 - 0.3, 0.0)
    assert ask.agrees(0.0, 1e-17)
    assert not ask.agrees(1e-9, 0.0)


def test_arrays_that_numpy_would_broadcast_do_not_agree():
    assert not ask.agrees(np.ones(3), 1.0)
    assert not ask.agrees(np.ones((3, 1)), np.ones((1, 3)))
    assert ask.agrees(np.empty(0), np.empty(0))


def test_the_first_known_mistake_is_told():
    mistakes = [(np.zeros(2), "zeros"), (np.ones(2), "ones"), (np.ones(2), "ones again")]
    with pytest.raises(Hint, match="^ones$"):
        ask.raise_for_known_mistakes(np.ones(2), mistakes)
    assert ask.raise_for_known_mistakes(np.full(2, 5.0), mistakes) is None
    assert ask.raise_for_known_mistakes(1.0, mistakes) is None
