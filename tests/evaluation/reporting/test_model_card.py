"""A card is filled in again and again, and what somebody wrote into it is there each time."""

import re

import pandas as pd
import plotly.graph_objects as go
import pytest

from matnn_lab.evaluation import ModelCard
from matnn_lab.figures import label

SCORES = pd.DataFrame({"RMSE": [0.7123, 5.0]}, index=pd.Index(["network", "mean"], name="model"))


@pytest.fixture
def card():
    card = ModelCard("Viscosity | melts")
    card.decide("split", "whole papers", because="new data come from new papers")
    card.add("scores", SCORES)
    return card


def text(folder):
    return (folder / "model_card.md").read_text(encoding="utf-8")


def test_a_card_tells_decisions_scores_and_what_was_not_decided(card, tmp_path):
    card.write(tmp_path)
    assert "| split | whole papers | new data come from new papers |" in text(tmp_path)
    assert "| network | 0.712 |" in text(tmp_path)
    assert "| claim | **not decided yet** |" in text(tmp_path)
    assert card.undecided()[0] == "question"
    assert "split" not in card.undecided()


def test_what_the_reader_wrote_between_the_sections_stays_letter_for_letter(card, tmp_path):
    card.write(tmp_path)
    mine = text(tmp_path).replace("## Scores\n", "## Scores\n\nMine: <b>0.7</b> is too good.\r\n")
    mine += "\n## My own\n\nno end of line"
    (tmp_path / "model_card.md").write_bytes(mine.encode())
    card.add("scores", SCORES / 2)
    card.add("do not use it for", ["borates"])
    assert card.write(tmp_path).kept == []
    after = (tmp_path / "model_card.md").read_bytes().decode()
    assert "Mine: <b>0.7</b> is too good.\r\n" in after
    assert "no end of line\n" in after
    assert "| network | 0.356 |" in after
    assert "- borates" in after
    page = (tmp_path / "model_card.html").read_text(encoding="utf-8")
    assert "0.356" in page
    assert "is too good" in page
    assert "filled in" not in page


def test_a_section_that_the_reader_changed_is_left_alone_and_told(card, tmp_path):
    card.write(tmp_path)
    mine = text(tmp_path).replace("0.712", "0.8 on my own glasses")
    (tmp_path / "model_card.md").write_text(mine, encoding="utf-8")
    card.add("scores", SCORES / 2)
    written = card.write(tmp_path)
    assert written.kept == ["scores"]
    assert "scores" in repr(written)
    assert text(tmp_path) == mine


def test_a_page_that_somebody_changed_is_left_alone(card, tmp_path):
    card.write(tmp_path)
    page = tmp_path / "model_card.html"
    mine = page.read_text(encoding="utf-8").replace("<body>", "<body><p>seen by the referee</p>")
    page.write_text(mine, encoding="utf-8")
    card.add("scores", SCORES / 2)
    assert card.write(tmp_path).kept == ["model_card.html"]
    assert page.read_text(encoding="utf-8") == mine
    assert "0.356" in text(tmp_path)


def test_a_second_writing_without_a_change_changes_nothing(card, tmp_path):
    card.write(tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert card.write(tmp_path).kept == []
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_figures_are_on_the_page_and_described_in_both(card, tmp_path):
    figure = label(go.Figure(go.Bar(y=[1, 2])), alt="Two bars, the second twice as high.")
    card.add_figure("what each step bought", figure)
    card.write(tmp_path)
    page = (tmp_path / "model_card.html").read_text(encoding="utf-8")
    assert "Two bars, the second twice as high." in text(tmp_path)
    assert 'id="what-each-step-bought"' in page
    assert page.count("<script") > page.count("</figure>")  # the library is on the page itself
    assert re.search(r"<script[^>]*\ssrc=", page) is None
    with pytest.raises(ValueError, match="no description"):
        card.add_figure("bare", go.Figure())


def test_a_decision_needs_a_step_a_choice_and_a_reason(card):
    with pytest.raises(ValueError, match="choose one of question"):
        card.decide("splitt", "x", because="y")
    with pytest.raises(ValueError, match="no choice or no reason"):
        card.decide("model", "x", because=" ")
    with pytest.raises(ValueError, match="cannot be called"):
        card.add("figures", "x")


@pytest.mark.parametrize(
    ("content", "row"),
    [
        (pd.DataFrame({"mae": [0.1, 0.2]}, index=["ridge", "network"]), "| ridge | 0.1 |"),
        (pd.Series([0.1, 0.2], index=["ridge", "network"], name="mae"), "| ridge | 0.1 |"),
        ({"ridge": 0.1, "network": 0.2}, "| ridge | 0.1 |"),
        (pd.DataFrame({"a": [7]}, index=pd.Index([3], name="a")), "| 3 | 7 |"),
        (pd.DataFrame({"y": [7]}, index=[1473.15]), "| 1473.15 | 7 |"),
        (pd.DataFrame({"y": [7]}, index=pd.MultiIndex.from_tuples([("a", 2)])), "| a | 2 | 7 |"),
        (pd.DataFrame({"a | b": [7]}), "| a \\| b |"),
        (pd.Series([0.25, 0.5]), "| 0.25 |"),
    ],
)
def test_a_table_keeps_the_names_of_its_rows_and_columns(card, tmp_path, content, row):
    card.add("scores", content)
    assert row in card.sections["scores"]
    card.write(tmp_path)
    page = (tmp_path / "model_card.html").read_text(encoding="utf-8")
    assert page.count("<table>") == 2


@pytest.mark.parametrize("line_end", ["\r\n", "\r"])
def test_another_line_end_and_a_last_line_without_one_make_no_second_section(
    card, tmp_path, line_end
):
    card.write(tmp_path)
    path = tmp_path / "model_card.md"
    path.write_bytes(path.read_bytes().replace(b"\n", line_end.encode()).rstrip())
    card.add("scores", "RMSE 2")
    card.add("data", "A table.")
    assert card.write(tmp_path).kept == []
    after = path.read_bytes().decode()
    assert after.count("## Scores") == 1
    assert "RMSE 2" in after
    assert "0.712" not in after
    assert "A table." in after
    assert "\n" not in after.replace(line_end, "")


def test_the_next_session_keeps_what_the_last_one_decided_and_drew(card, tmp_path):
    for name in ("first", "second"):
        card.add_figure(name, label(go.Figure(go.Bar(y=[1])), alt=f"A bar, {name}."))
    card.write(tmp_path)
    later = ModelCard(card.title, steps=("split", "claim", "costs"))
    later.decide("claim", "good", because="new\r\npapers")
    later.add_figure("second", label(go.Figure(go.Bar(y=[1])), alt="Another bar."))
    assert later.write(tmp_path).kept == []
    after, page = text(tmp_path), (tmp_path / "model_card.html").read_text(encoding="utf-8")
    assert "| split | whole papers | new data come from new papers |" in after
    assert "| claim | good | new papers |" in after
    assert "| question | **not decided yet** |" in after
    assert "| costs | **not decided yet** |" in after
    assert "- first: A bar, first.\n- second: Another bar.\n" in after
    assert page.count("<figure ") == 2
    # the figure of this session comes first, since it brings the library along
    assert re.findall(r'<figure data-name="(\w+)">', page) == ["second", "first"]
    assert page.index("plotly.js v") < page.index('<div id="second"')
    again = ModelCard(card.title).write(tmp_path)
    assert again.kept == []
    assert text(tmp_path) == after
    assert (tmp_path / "model_card.html").read_text(encoding="utf-8") == page


def test_a_card_of_another_project_is_not_touched(card, tmp_path):
    card.write(tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    other = ModelCard("Hardness")
    other.add("scores", "RMSE 9")
    with pytest.raises(ValueError, match=r"title 'Viscosity \| melts', and this one .*'Hardness'"):
        other.write(tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    mine = text(tmp_path).replace("# Viscosity | melts", "# My own words\n\n# Viscosity | melts", 1)
    (tmp_path / "model_card.md").write_text("\ufeff" + mine, encoding="utf-8")
    assert card.write(tmp_path).kept == []


def test_a_file_that_cannot_be_read_or_is_no_folder_is_named(card, tmp_path):
    card.write(tmp_path)
    for name in ("model_card.html", "model_card.md"):
        path = tmp_path / name
        mine = path.read_bytes() + "Härte".encode("cp1252")
        path.write_bytes(mine)
        if name.endswith("html"):
            assert card.write(tmp_path).kept == [name]
        else:
            with pytest.raises(ValueError, match=r"model_card\.md is not written in UTF-8"):
                card.write(tmp_path)
        assert path.read_bytes() == mine
    for inside in ("model_card.md", "model_card.md/deeper"):
        with pytest.raises(FileExistsError, match=r"model_card\.md is a file; name a folder"):
            card.write(tmp_path / inside)


def test_a_section_that_the_reader_deleted_stays_away_until_it_is_wanted(card, tmp_path):
    card.write(tmp_path)
    path = tmp_path / "model_card.md"
    path.write_text(text(tmp_path).partition("\n## Scores")[0], encoding="utf-8")
    assert card.write(tmp_path).kept == ["scores"]
    assert "Scores" not in text(tmp_path)
    path.write_text(text(tmp_path).replace("decisions, scores -->", "decisions -->"), "utf-8")
    assert card.write(tmp_path).kept == []
    assert "| network | 0.712 |" in text(tmp_path)


def test_capitals_make_no_second_section(card, tmp_path):
    card.add("Scores", "RMSE 1")
    card.add("T_g of glasses", "one")
    card.add("t_g Of Glasses", "two")
    assert card.sections == {"scores": "RMSE 1", "T_g of glasses": "two"}
    card.write(tmp_path)
    later = ModelCard(card.title)
    later.add("T_G of glasses", "three")
    later.write(tmp_path)
    assert text(tmp_path).count("of glasses\n") == 1
    assert "three" in text(tmp_path)
    for wrong in ("Decisions", "FIGURES", " scores", 5):
        with pytest.raises(ValueError, match="cannot be called"):
            card.add(wrong, "x")


def test_a_mark_in_a_text_ends_no_section(card, tmp_path):
    card.add("notes", "a <!-- end: notes --> b <!-- mine --> c")
    card.write(tmp_path)
    assert "&lt;!-- end: notes --> b <!-- mine --> c" in text(tmp_path)
    card.add("notes", "new")
    assert card.write(tmp_path).kept == []
    assert "mine" not in text(tmp_path)


def test_what_is_no_text_is_told(card):
    for wrong in ({"choice": 5, "because": "x"}, {"choice": "x", "because": None}):
        with pytest.raises(ValueError, match="no choice or no reason"):
            card.decide("split", **wrong)
    for content in (3.2, None):
        with pytest.raises(TypeError, match="give a text, a list of texts or a table"):
            card.add("scores", content)
