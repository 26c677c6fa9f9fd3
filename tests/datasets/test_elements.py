import numpy as np

from matnn_lab import datasets
from matnn_lab.datasets.elements import NAMES


def test_each_set_has_vectors_of_one_length():
    table = datasets.element_vectors()
    assert list(table.columns) == ["element", *NAMES]
    widths = {name: set(map(len, table[name].dropna())) for name in NAMES}
    assert widths == dict(
        zip(NAMES, [{22}, {44}, {200}, {200}, {16}, {64}, {128}, {256}], strict=True)
    )
    assert all(np.isfinite(np.stack(table[name].dropna())).all() for name in NAMES)


def test_tables_of_properties_begin_with_what_is_known():
    table = datasets.element_vectors().set_index("element")
    assert table.loc["Fe", "magpie"][0] == table.loc["Fe", "oliynyk"][0] == 26
    assert table.loc["Fe", "oliynyk"][1] == np.float16(55.85)
    assert table.loc["Rn", "chgnet"] is None
