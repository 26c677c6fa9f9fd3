import numpy as np
import pandas as pd
import pytest
import torch

from matnn_lab.evaluation.scores.inputs import group_numbers, matching, numbers, whole

NOT_A_TIME = np.datetime64("NaT")


@pytest.mark.parametrize("missing", [None, np.nan, pd.NA, pd.NaT, NOT_A_TIME, float("nan")])
@pytest.mark.parametrize("container", [list, pd.Series, lambda x: np.array(x, dtype=object)])
def test_rows_without_a_label_are_groups_of_their_own(missing, container):
    codes = group_numbers(container(["a", missing, "b", missing, "a"]), 5)
    assert codes[0] == codes[4]
    assert len(set(codes.tolist())) == 4


@pytest.mark.parametrize(
    "labels",
    [
        pd.Series([np.nan] * 6),
        pd.Series([None] * 6, dtype="category"),
        pd.array([pd.NA] * 6, dtype="Int64"),
        np.full(6, np.nan),
    ],
)
def test_labels_that_are_all_missing_join_nothing(labels):
    assert len(set(group_numbers(labels, 6).tolist())) == 6


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (["a", "b"], "2 entries of paper were given for 3 rows; give one a row"),
        ("abc", "3 entries of paper were given for 3 rows; give one a row"),
        (7, "1 entries of paper were given for 3 rows"),
        ([["a"], ["b"], ["c"]], "paper cannot be compared with each other"),
    ],
)
def test_labels_that_are_not_one_a_row_are_refused_in_a_sentence(labels, message):
    with pytest.raises(ValueError, match=message):
        group_numbers(labels, 3, "paper")


@pytest.mark.parametrize(
    "values",
    [
        [1, 2, 3],
        (1.0, 2.0, 3.0),
        pd.Series([1, 2, 3], index=[5, 5, 5]),
        pd.Series([1, 2, 3], dtype="Int64"),
        np.array([1, 2, 3], dtype=object),
        torch.tensor([1.0, 2.0, 3.0], requires_grad=True),
    ],
)
def test_whatever_holds_numbers_is_read(values):
    np.testing.assert_array_equal(numbers(values, "scores"), [1.0, 2.0, 3.0])


def test_a_gap_of_any_kind_is_nan():
    np.testing.assert_array_equal(
        numbers(pd.Series([1, pd.NA], dtype="Int64"), "scores"), [1.0, np.nan]
    )
    masked = np.ma.masked_greater([1.0, 9.0], 5)
    np.testing.assert_array_equal(numbers(masked, "scores"), [1.0, np.nan])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: numbers(["1,234", "n.a."], "scores"), "The scores cannot be read as numbers"),
        (lambda: numbers([[1.0], [2.0]], "scores"), r"The scores have the shape \(2, 1\)"),
        (lambda: numbers(3.0, "scores"), r"The scores have the shape \(\)"),
        (lambda: numbers(np.array([1j, 2.0]), "scores"), "The scores are complex; give real"),
        (lambda: matching([], []), "No rows were given"),
        (lambda: matching([1, 2], [1]), "2 true values and 1 predictions were given"),
        (lambda: whole(0.1 * 43, "k", 1, 43), "k=4.3 was given; give a whole number, 1 to 43"),
        (lambda: whole(np.nan, "k", 1), "k=nan was given; give a whole number, at least 1"),
        (lambda: whole("3", "k", 1), "k=3 was given; give a whole number, at least 1"),
    ],
)
def test_what_is_no_column_of_numbers_is_refused_in_a_sentence(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_a_whole_number_may_be_a_float():
    assert whole(np.float64(3.0), "k", 1) == whole(np.int32(3), "k", 1) == 3
