import numpy as np
import pytest

from matnn_lab.datasets import alloys
from matnn_lab.evaluation.auditing.conflicts import conflicts


def test_keys_with_several_numbers_come_worst_first():
    table = conflicts(list("abbcca"), [1, 2, 5, 3, 3.05, 2], tolerance=0.1)
    assert table["key"].tolist() == ["b", "a"]
    assert table.loc[0].to_dict() == {
        "key": "b", "rows": 2, "lowest": 2, "highest": 5, "spread": 3, "positions": [1, 2],
    }  # fmt: skip


def test_labels_conflict_too_and_missing_ones_do_not():
    assert conflicts(list("aabb"), ["x", "y", "x", None])["key"].tolist() == ["a"]
    assert conflicts(list("aa"), [1.0, np.nan]).empty


def test_conditions_can_be_part_of_the_key():
    keys = [("Fe", 20), ("Fe", 600), ("Fe", 20)]
    assert conflicts(keys, [1, 2, 1]).empty
    assert conflicts(keys, [1, 2, 3])["key"].tolist() == [("Fe", 20)]


def test_alloys_have_as_many_conflicting_phases_as_their_card_says():
    frame = alloys()
    assert len(conflicts(frame["formula"], frame["phase"])) == 37


def test_each_key_needs_a_target():
    with pytest.raises(ValueError, match="2 keys and 1 target were given"):
        conflicts(["a", "b"], [1])
