"""Numbers that were given are read as they are meant, or refused in one sentence."""

import numpy as np
import pandas as pd
import pytest
import torch

from matnn_lab.arrays import (
    check_same_shape,
    check_varied,
    gray_images,
    is_count,
    marks,
    number_rows,
    real_number,
    real_numbers,
    rising,
    rotation_matrices,
)


def test_a_tensor_with_a_gradient_and_whole_numbers_are_read():
    tensor = torch.tensor([1.0, 2.0], requires_grad=True)
    assert real_numbers(tensor, "rates").tolist() == [1, 2]
    assert real_numbers(np.array([0, 255], dtype=np.uint8), "pixels").dtype == float


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (np.ma.masked_less([1.0, 5.0], 2), "Of the rates, 1 are NaN, infinite or masked"),
        ([1.0, -np.inf], "Of the rates, 1 are NaN"),
        (np.array([1 + 2j]), "The rates are complex; give real numbers, such as their real parts"),
        ([1 + 2j], "The rates are complex"),
        (pd.Series([1 + 2j]), "The rates are complex"),
        (pd.Series([1, pd.NA], dtype="Int64"), "Of the rates, 1 are NaN, infinite or masked"),
        ([[1, 2], [3]], "cannot be read as real numbers"),
        (["a"], "cannot be read as real numbers"),
        ([0.0, 2.0], "go from 0 to 2; give numbers greater than 0"),
    ],
)
def test_what_is_no_number_is_never_taken_for_one(values, words):
    with pytest.raises(ValueError, match=words):
        real_numbers(values, "rates", above=0)


def test_limits_are_said():
    with pytest.raises(ValueError, match="from 30 to 30; give numbers from 0 to 1"):
        real_numbers(30, "fractions", least=0, most=1)
    with pytest.raises(ValueError, match="2 were given; give one number"):
        real_number([1, 2], "rates")
    assert real_numbers([], "rates", above=0).shape == (0,)


def test_only_a_whole_number_counts():
    assert [is_count(value) for value in (1, np.uint8(3), np.int64(2))] == [True] * 3
    assert not any(is_count(value) for value in (0, True, 2.0, np.float64(2), "2", None, np.nan))
    assert is_count(0, least=0)


@pytest.mark.parametrize("axis", [[3.0, 2.0, 1.0], [1.0, 1.0, 2.0], [1.0, 3.0, 2.0]])
def test_an_axis_rises(axis):
    with pytest.raises(ValueError, match=r"must rise.*\[::-1\]"):
        rising(axis, "energies (eV)")


def test_a_picture_in_colours_is_no_stack_of_narrow_images():
    with pytest.raises(ValueError, match="one picture in colours"):
        gray_images(np.ones((64, 64, 3)), "images")
    assert gray_images(np.ones((64, 64, 1))[..., 0], "images").shape == (64, 64)
    assert gray_images(np.ones((9, 4, 4)), "images").shape == (9, 4, 4)


@pytest.mark.parametrize(
    "values", [-np.eye(3), 2 * np.eye(3), np.zeros((5, 3)), np.ones((5, 4)), np.zeros((2, 3, 3))]
)
def test_euler_angles_mirrors_and_quaternions_are_no_rotations(values):
    with pytest.raises(ValueError, match="no rotation matrices"):
        rotation_matrices(values, "orientations")


def test_rows_keep_their_numbers_and_one_spectrum_is_no_table():
    assert number_rows(np.arange(6, dtype="uint8").reshape(2, 3), "counts").tolist() == [
        [0, 1, 2],
        [3, 4, 5],
    ]
    for values, words in (
        (np.ones(5), r"shape \(5,\); give \(n, n_points\)"),
        (np.ones((2, 0)), "give"),
        (-np.ones((2, 3)), "at least 0"),
        (np.full((2, 3), np.nan), "NaN"),
    ):
        with pytest.raises(ValueError, match=words):
            number_rows(values, "counts", least=0)
    with pytest.raises(ValueError, match=r"\(2, 3\); give \(n, 4\)"):
        number_rows(np.ones((2, 3)), "counts", 4)


def test_grey_values_and_probabilities_are_no_marks():
    for values in (
        [0, 1],
        [False, True],
        np.array([0, 1], dtype="uint8"),
        torch.tensor([0.0, 1.0]),
    ):
        assert marks(values, "true pixels").tolist() == [False, True]
    for values in ([0.2, 0.9], [0, 255], [-1, 1]):
        with pytest.raises(ValueError, match="give booleans"):
            marks(values, "true pixels")


def test_what_is_the_same_everywhere_is_named():
    rows = np.eye(3)
    check_varied(rows, "counts")
    rows[1] = 7
    with pytest.raises(ValueError, match="Number 1 of the counts"):
        check_varied(rows, "counts")


def test_two_arrays_match_value_by_value():
    check_same_shape((np.ones(2), np.zeros(2)), "counts")
    for pair in ((np.ones((2, 3)), np.ones((1, 3))), (np.ones(0), np.ones(0))):
        with pytest.raises(ValueError, match="have the shapes"):
            check_same_shape(pair, "counts")
