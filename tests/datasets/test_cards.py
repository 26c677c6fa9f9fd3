import re
import runpy
import time
import warnings
from pathlib import Path

import pandas as pd
import pytest

from matnn_lab import datasets
from matnn_lab.datasets import CARDS, Card, card

ROOT = Path(__file__).parents[2]
NAMES = [
    "formation_enthalpies",
    "prototype_crystals",
    "alloys",
    "minerals",
    "frames",
    "nanoporous_gold",
    "nickel_patterns",
    "computed_microstructures",
    "measured_powders",
    "raman_glasses",
    "gold_scans",
    "iron_edges",
    "cubic_solids",
    "melt_viscosities",
    "element_vectors",
]
DOI = re.compile(r"10\.\d{4,9}/\S+")
UNITS = {
    "_ev_per_atom": "eV/atom",
    "_a3_per_atom": "Å³/atom",
    "_gpa": "GPa",
    "_mpa": "MPa",
    "_c": "°C",
    "_um": "µm",
    "_percent": "%",
    "_g_per_cm3": "g/cm³",
}


def test_every_set_has_a_card():
    assert list(CARDS) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_card_is_complete(name):
    facts = card(name)
    assert isinstance(facts, Card)
    assert facts.name == name
    assert facts.kind in ("measured", "computed")
    assert facts.title
    assert facts.source
    assert facts.licence
    assert facts.notes
    assert facts.doi
    assert all(DOI.fullmatch(doi) for doi in facts.doi)


@pytest.mark.parametrize("name", NAMES)
def test_a_card_describes_the_table_that_is_loaded(name):
    frame = getattr(datasets, name)()
    assert frame.attrs["card"] is card(name)
    assert len(frame) == card(name).n
    assert list(frame.columns) == list(card(name).units)


@pytest.mark.parametrize("name", NAMES)
def test_a_unit_in_the_name_of_a_column_is_the_unit_on_the_card(name):
    for column, unit in card(name).units.items():
        for ending, expected in UNITS.items():
            if column.endswith(ending):
                assert unit == expected


@pytest.mark.parametrize("name", NAMES)
def test_columns_with_numbers_have_units_and_labels_are_text(name):
    frame = getattr(datasets, name)()
    for column, unit in card(name).units.items():
        is_number = pd.api.types.is_float_dtype(frame[column])
        no_number = unit in ("label", "count", "year") or unit.startswith("array")
        assert is_number == (not no_number and column != "structure")


@pytest.mark.parametrize("name", NAMES)
def test_a_set_loads_in_two_seconds(name):
    load = getattr(datasets, name)
    times = []
    for _ in range(3):
        start = time.process_time()
        load()
        times.append(time.process_time() - start)
    assert min(times) <= 2


@pytest.mark.parametrize("name", NAMES)
def test_loading_twice_gives_the_same_table_twice(name):
    first, second = getattr(datasets, name)(), getattr(datasets, name)()
    pd.testing.assert_frame_equal(first.head(300), second.head(300))
    labels = [column for column in first if column != "structure"]
    pd.testing.assert_frame_equal(first[labels], second[labels])
    first.iloc[-1, 0] *= 2  # a text is repeated, a number doubled
    assert second.iloc[-1, 0] != first.iloc[-1, 0]


@pytest.mark.parametrize("name", NAMES)
def test_a_column_can_be_added_without_a_warning(name):
    frame = getattr(datasets, name)()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        frame["split"] = "train"


@pytest.mark.parametrize("name", NAMES)
def test_a_table_can_be_written_with_its_card(name, tmp_path):
    pytest.importorskip("pyarrow")
    # parquet knows no structures and no images
    frame = getattr(datasets, name)()
    frame = frame.drop(columns=["structure", "image", "pattern"], errors="ignore")
    frame.to_parquet(tmp_path / "table.parquet")
    again = pd.read_parquet(tmp_path / "table.parquet")
    pd.testing.assert_frame_equal(again.fillna(0), frame.fillna(0))
    assert again.attrs["card"]["source"] == card(name).source
    frame.to_pickle(tmp_path / "table.pickle")
    assert pd.read_pickle(tmp_path / "table.pickle").attrs["card"] == card(name)


def test_a_card_is_the_same_object_in_every_table_made_of_the_first():
    frame = datasets.formation_enthalpies()
    assert frame.head(10).set_index("formula").attrs["card"] is frame.attrs["card"]


@pytest.mark.parametrize("name", NAMES)
def test_a_card_shows_as_markdown_tables_in_a_notebook(name):
    text = card(name)._repr_markdown_()
    assert text.startswith(f"### {card(name).title}\n")
    for column in card(name).units:
        assert f"| `{column}` |" in text
    for count in card(name).dropped.values():
        assert f"| {count:,} |" in text
    for doi in card(name).doi:
        assert f"(https://doi.org/{doi})" in text
    tables = [line for line in text.splitlines() if line.startswith("|")]
    assert all(line.count("|") == 3 for line in tables)


def test_computed_sets_say_so_in_their_titles():
    computed = [name for name in NAMES if card(name).kind == "computed"]
    assert computed == [
        "prototype_crystals",
        "frames",
        "computed_microstructures",
        "element_vectors",
    ]
    for name in computed:
        assert "computed" in card(name).title
        assert "**computed**" in card(name).to_markdown()


def test_an_unknown_name_is_answered_with_the_known_ones():
    with pytest.raises(ValueError, match="'enthalpies'; choose one of formation_enthalpies, "):
        card("enthalpies")


def test_the_page_of_data_cards_is_up_to_date():
    page = runpy.run_path(str(ROOT / "scripts" / "write_data_cards.py"))["page"]
    written = (ROOT / "book" / "data_cards.md").read_text(encoding="utf-8")
    assert written == page(), "run python scripts/write_data_cards.py"
