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
