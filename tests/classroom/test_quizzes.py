"""Quizzes are valid, the same each time, and work in a browser without a script."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe

from matnn_lab.classroom.quizzes import Choice, Question, Quiz, read_questions


def sample(notebook):
    return Quiz(
        notebook,
        [
            Question(
                "What does `loss.backward()` give?",
                [
                    Choice("a new loss", False, "It computes gradients and leaves the loss."),
                    Choice("∂L/∂θ for each θ", True, "The chain rule, from the loss back."),
                ],
            ),
            Question(
                "Is 1 < 2?",
                [
                    Choice("yes", True, "One is less."),
                    Choice("no", False, "Count again."),
                    Choice("it depends", False, "It does not."),
                ],
            ),
        ],
    )


def test_a_question_has_exactly_one_right_choice():
    with pytest.raises(ValueError, match="exactly one"):
        Question("?", [Choice("a", True, "x"), Choice("b", True, "y")])
    with pytest.raises(ValueError, match="exactly one"):
        Question("?", [Choice("a", False, "x"), Choice("b", False, "y")])
    with pytest.raises(ValueError, match="two or more"):
        Question("?", [Choice("a", True, "x")])
    with pytest.raises(ValueError, match="same choice twice"):
        Question("?", [Choice("a", True, "x"), Choice("a", False, "y")])


def test_each_choice_says_why():
    with pytest.raises(ValueError, match="says why"):
        Choice("a", True, " ")


TEXT = """## Is 1 < 2?

- [x] yes
  One is less.
- [ ] no
  Count
  again.
"""


def test_a_quiz_is_read_from_its_text():
    (question,) = read_questions(TEXT)
    assert question.text == "Is 1 < 2?"
    assert question.choices == [
        Choice("yes", True, "One is less."),
        Choice("no", False, "Count again."),
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("- [x] yes\n  One.\n", "Line 1"),
        (TEXT + "- (x) maybe\n", "Line 8"),
        (TEXT.replace("[x]", "[ ]"), "0 are right"),
        (TEXT.replace("  One is less.\n", ""), "says why"),
        (TEXT.replace("## Is", "# Is"), "Line 1"),
    ],
)
def test_a_text_that_is_no_quiz_is_told_with_its_line(text, words):
    with pytest.raises(ValueError, match=words):
        read_questions(text)


def test_html_is_the_same_each_time_and_holds_no_script():
    html = sample("90")._repr_html_()
    assert html == sample("90")._repr_html_()
    assert "<script" not in html
    assert "http" not in html


def test_ids_of_all_quizzes_on_a_page_differ():
    html = sample("90")._repr_html_() + sample("91")._repr_html_()
    ids = re.findall(r' id="([^"]+)"', html)
    assert len(ids) == len(set(ids)) == 12


def test_text_is_escaped_and_code_is_marked():
    html = sample("90")._repr_html_()
    assert "Is 1 &lt; 2?" in html
    assert "<code>loss.backward()</code>" in html


def test_without_html_the_questions_can_be_read():
    assert repr(sample("90")).splitlines()[:2] == [
        "1. What does `loss.backward()` give?",
        "   ○ a new loss",
    ]
    assert "chain rule" not in repr(sample("90"))


PAGE = """<!doctype html><html lang="en"><head><title>Quiz</title></head>
<body style="background: {background}; color: {color}; font-family: sans-serif">
<main><h1>Quiz</h1>{quiz}{again}</main></body></html>"""


@pytest.fixture(params=["light", "dark"])
def quiz_page(request, page):
    background, color = {"light": ("#fff", "#111"), "dark": ("#14181e", "#ced6dd")}[request.param]
    first, second = sample("90")._repr_html_(), sample("91")._repr_html_()
    page.set_content(PAGE.format(background=background, color=color, quiz=first, again=second))
    return page


@pytest.mark.browser
def test_choosing_shows_its_explanation_and_no_other(quiz_page):
    why = quiz_page.locator("#quiz-90 .why")
    assert why.locator("visible=true").count() == 0
    quiz_page.get_by_label("a new loss").first.check()
    assert quiz_page.locator("#quiz-90 .why >> visible=true").all_inner_texts() == [
        "✗ Not right yet. It computes gradients and leaves the loss."
    ]
    quiz_page.get_by_text("∂L/∂θ for each θ").first.click()
    assert quiz_page.locator(".why >> visible=true").all_inner_texts() == [
        "✓ Right. The chain rule, from the loss back."
    ]


@pytest.mark.browser
def test_a_quiz_is_answered_and_begun_again_by_keyboard(quiz_page):
    def shown():
        return quiz_page.locator(".why >> visible=true").all_inner_texts()

    quiz_page.keyboard.press("Tab")
    quiz_page.keyboard.press("Space")
    assert shown() == ["✗ Not right yet. It computes gradients and leaves the loss."]
    quiz_page.keyboard.press("ArrowDown")
    assert shown() == ["✓ Right. The chain rule, from the loss back."]
    quiz_page.keyboard.press("Enter")
    assert quiz_page.url == "about:blank"
    quiz_page.keyboard.press("Tab")
    quiz_page.keyboard.press("ArrowDown")
    quiz_page.keyboard.press("Tab")
    assert quiz_page.evaluate("document.activeElement.textContent") == "Start again"
    quiz_page.keyboard.press("Enter")
    assert shown() == []


@pytest.mark.browser
def test_axe_finds_nothing_in_an_answered_quiz(quiz_page):
    for choice in quiz_page.locator("input").all():
        choice.check()
    violations = Axe().run(quiz_page).response["violations"]
    assert [(v["id"], v["impact"]) for v in violations] == []
