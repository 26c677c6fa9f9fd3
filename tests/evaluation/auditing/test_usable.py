import numpy as np
import pandas as pd
import pytest

from matnn_lab.evaluation import usable_rows


def test_every_row_is_kept_or_listed_with_a_reason():
    cells = ["1.5", None, "~3", np.inf, "", "2"]
    frame = pd.DataFrame(
        {"f": ["Fe", "Co", "Ni", "Cu", "steel", None], "hv": cells}, index=list("abcdef")
    )
    rows, unread = usable_rows(frame, target="hv", formula="f")
    assert rows["hv"].to_dict() == {"a": 1.5, "c": 3.0}
    assert sorted({*rows.index, *unread["row"]}) == list("abcdef")
    assert unread[["row", "column"]].values.tolist() == [
        ["b", "hv"], ["d", "hv"], ["e", "f"], ["e", "hv"], ["f", "f"],
    ]  # fmt: skip
    assert (unread["reason"].str.len() > 0).all()


def test_a_table_that_can_be_read_stays_as_it_is():
    frame = pd.DataFrame({"formula": ["Fe", "Co"], "hv": [1.0, 2.0]})
    rows, unread = usable_rows(frame, target="hv")
    pd.testing.assert_frame_equal(rows, frame)
    assert unread.empty


def test_one_name_of_a_column_is_no_list_of_letters():
    frame = pd.DataFrame({"formula": ["Fe", None], "hv": [1, 2], "temp": ["300", "400"]})
    rows, unread = usable_rows(frame, target="hv", numbers="temp")
    assert rows["temp"].tolist() == [300]
    assert unread["reason"].tolist() == ["missing"]
    with pytest.raises(ValueError, match="has no rows"):
        usable_rows(frame.head(0), target="hv")


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        (["formula", "x"], "needs one column 'hv'"),
        (["formula", "hv", "hv"], "needs one column 'hv'"),
        (["hv", "formula"], "No row of the table"),
    ],
)
def test_what_is_missing_is_said_in_a_sentence(columns, said):
    frame = pd.DataFrame([["Fe", 1.0, 2.0][: len(columns)]], columns=columns)
    with pytest.raises(ValueError, match=said):
        usable_rows(frame, target="hv")
