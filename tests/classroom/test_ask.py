"""Answers become plain numbers, or a hint says what they are."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
import torch

from matnn_lab.classroom import ask
from matnn_lab.classroom.exercises import Hint


@pytest.mark.parametrize(
    "value",
    [
        *(2, 2.0, np.float32(2), np.int8(2), np.array(2.0), torch.tensor(2), torch.tensor(2.0)),
        *(Fraction(4, 2), Decimal("2.0")),
    ],
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
        (Fraction(10**400), "infinity"),
        (Decimal("1e400"), "infinity"),
        (Decimal("NaN"), "NaN"),
        (Decimal("sNaN"), "NaN"),
        (1j, "is complex, but real numbers are asked for"),
        (lambda: 2, "a function"),
        ([1, "2"], "a list of 2"),
    ],
)
def test_what_is_no_number_is_described(value, words):
    with pytest.raises(Hint, match="^`f\\(1\\)` ") as hint:
        ask.number(value, "`f(1)`")
    assert words in str(hint.value)


@pytest.mark.parametrize(
    "value",
    [
        1j,
        np.complex128(1j),
        np.array([1j, 2.0]),
        torch.tensor([1j]),
        [1.0, 2j],
        [[1.0], [np.array(1j)]],
    ],
)
def test_a_complex_number_anywhere_is_told_as_such(value):
    with pytest.raises(Hint, match=r"^Your answer is complex, but real .* \.real, or the size"):
        ask.array(value, (2,))


def test_what_where_gives_is_told_as_a_tuple_with_an_array_in_it():
    rows = np.arange(4)
    with pytest.raises(Hint, match=r"tuple with one array in it.* take \[0\]"):
        ask.array(np.where(rows > 1), (None,))
    with pytest.raises(Hint, match=r"shape \(any,\)"):
        ask.array([[1, 2]], (None,))


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


@pytest.mark.parametrize(
    "argument", [np.zeros(2), torch.zeros(2), [0.0, 0.0], {0: 0.0}, pd.Series([0.0, 0.0])]
)
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


@pytest.mark.parametrize(
    "value",
    [
        (1.0, 2.5),
        [1.0, 2.5],
        np.array([1.0, 2.5]),
        np.array([1.0, 2.5], dtype=np.float32),
        torch.tensor([1.0, 2.5]),
        pd.Series([1.0, 2.5], index=[7, 3]),
        (np.array(1.0), torch.tensor(2.5, requires_grad=True)),
    ],
)
def test_a_pair_may_come_in_any_form_that_python_unpacks(value):
    low, high = ask.parts(value, "halves(x)", "(low, high)")
    assert (ask.number(low), ask.number(high)) == (1.0, 2.5)


def test_the_rows_of_a_table_of_numbers_are_parts():
    parts = ask.parts(np.arange(6).reshape(2, 3), "halves(x)", "(low, high)")
    assert [part.tolist() for part in parts] == [[0, 1, 2], [3, 4, 5]]


@pytest.mark.parametrize(
    "value",
    [
        None,
        2.0,
        np.array(2.0),
        (1.0,),
        np.zeros(3),
        {1.0, 2.5},
        {"low": 1.0, "high": 2.5},
        "ab",
        pd.DataFrame({"low": [1.0], "high": [2.5]}),
        np.broadcast_to(0.0, (10**6, 10**6)),
    ],
)
def test_what_is_no_pair_is_described(value):
    with pytest.raises(Hint, match=r"^`halves\(x\)` should return the pair `\(low, high\)`, but"):
        ask.parts(value, "halves(x)", "(low, high)")


@pytest.mark.parametrize(
    "value",
    [
        [True, False],
        (np.bool_(True), False),
        np.array([True, False]),
        torch.tensor([True, False]),
        pd.Series([True, False], index=[4, 2]),
        pd.Series([True, False], dtype="boolean"),
    ],
)
def test_every_kind_of_truth_values_is_the_same_array(value):
    found = ask.truths(value, 2)
    assert found.dtype == bool
    assert found.tolist() == [True, False]


@pytest.mark.parametrize(
    "value",
    [[1, 0], [True, None], np.array([1.0, 0.0]), True, "TF", None, pd.Series([True, pd.NA])],
)
def test_what_is_no_truth_value_is_described(value):
    with pytest.raises(Hint, match="an array of True and False, but is"):
        ask.truths(value, 2)


def test_too_few_truth_values_are_counted():
    with pytest.raises(Hint, match=r"of 3 truth values, but is an array of truth values of shape"):
        ask.truths([True, False], 3)


@pytest.mark.parametrize("size", [1e-3, 1.0, 1e6])
def test_numbers_agree_within_a_share_of_the_largest_expected_one(size):
    expected = size * np.array([1.0, -3.0, 0.0])
    for share, agree in ((0.0, True), (0.9e-5, True), (1.1e-5, False)):
        assert ask.agrees(expected + 3 * share * size, expected) is agree
    assert ask.agrees(1.002 * expected, expected, 1e-2)
    assert not ask.agrees(1.002 * expected, expected, 1e-3)


def test_numbers_in_single_precision_agree():
    rng = np.random.default_rng(0)
    for _ in range(100):
        exact = rng.normal(size=(30, 40)) @ rng.normal(size=40)
        single = exact.astype(np.float32) * np.float32(3) / np.float32(3)
        assert ask.agrees(ask.array(single), exact)


def test_a_difference_is_as_exact_as_the_numbers_that_it_was_taken_of():
    low, high = 1000.0, 1000.1
    single = float(np.float32(high) - np.float32(low))
    assert not ask.agrees(single, high - low)
    assert ask.agrees(single, high - low, size=high)
    assert not ask.agrees(single + 0.02, high - low, size=high)


@pytest.mark.parametrize(
    ("found", "expected", "texts"),
    [
        (0.5, 0.25, ("0.5", "0.25")),
        (0.66819, 0.668188, ("0.66819", "0.668188")),
        (1.0, 1.0 + 2**-52, ("1", "1.0000000000000002")),
        (-2.0, 2.0, ("-2", "2")),
        (3.7712345, 3.7712399, ("3.77123", "3.77124")),
    ],
)
def test_a_hint_never_shows_the_same_number_twice(found, expected, texts):
    assert ask.apart(found, expected) == texts


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
