"""Numbers that were given are read as they are meant, or refused in one sentence."""

import numpy as np
import pandas as pd
import pytest
import torch

from matnn_lab.arrays import (
    check_same_shape,
    check_varied,
    chosen_rows,
    generator,
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


def test_half_precisions_of_torch_are_read():
    for dtype in (torch.bfloat16, torch.float16):
        assert real_numbers(torch.tensor([0.5, 2.0], dtype=dtype), "rates").tolist() == [0.5, 2]


def test_no_rows_are_as_varied_as_one_likes():
    check_varied(np.empty((0, 5)), "spectra")


def test_a_seed_is_a_whole_number_or_a_generator():
    same = [generator(seed).random() for seed in (3, np.int64(3), np.random.default_rng(3))]
    assert len(set(same)) == 1
    assert generator(3, 7).random() == np.random.default_rng([3, 7]).random()
    for seed in (-1, 1.5, "three", None, torch.Generator()):
        with pytest.raises(ValueError, match=r"The seed .* or a numpy.random.Generator"):
            generator(seed)
        with pytest.raises(ValueError, match=r"The seed .* of at least 0\."):
            generator(seed, 7)


@pytest.mark.parametrize(
    "rows",
    [3, -4, [0, 5], [True, False], 1.5, "first", None, (0, 1), [[0, 1]], [1.0]],
)
def test_rows_that_are_not_there_are_refused_in_a_sentence(rows):
    with pytest.raises(ValueError, match="Of 3 crystals, .* whole numbers from -3 to 2"):
        chosen_rows(rows, 3, "crystals")


def test_rows_are_chosen_as_from_an_array():
    for rows, chosen in (
        (-1, [2]),
        ([2, 0, 0], [2, 0, 0]),
        (slice(1, 9), [1, 2]),
        ([], []),
        (np.array([True, False, True]), [0, 2]),
        (pd.Series([0, 1], index=[7, 8]), [0, 1]),
        (torch.tensor([1]), [1]),
        (range(2), [0, 1]),
    ):
        assert chosen_rows(rows, 3, "crystals").tolist() == chosen


@pytest.mark.parametrize("unit", [1e-200, 1e200])
def test_numbers_whose_squares_are_none_are_refused_in_a_sentence(unit):
    for read in (gray_images, number_rows):
        with pytest.raises(ValueError, match="give them in a usual unit"):
            read(unit * np.ones((4, 4)), "images")
