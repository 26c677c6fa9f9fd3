"""Every lesson has a quiz that is worth answering."""

import pytest

from matnn_lab.lessons import TOPICS, quiz

NUMBERS = list(TOPICS)


@pytest.mark.parametrize("notebook", ["99", "3", 3, None, "../03"])
def test_an_unknown_quiz_is_told_in_one_sentence(notebook):
    with pytest.raises(ValueError, match="give the number of a notebook"):
        quiz(notebook)


@pytest.mark.parametrize("number", NUMBERS)
def test_a_quiz_has_five_questions_with_the_right_choice_in_various_places(number):
    questions = quiz(number).questions
    assert len(questions) == 5
    assert all(3 <= len(question.choices) <= 5 for question in questions)
    places = {[c.right for c in question.choices].index(True) for question in questions}
    assert len(places) >= 3


@pytest.mark.parametrize("number", NUMBERS)
def test_the_right_choice_is_not_given_away_by_its_length(number):
    longest = [
        max(question.choices, key=lambda choice: len(choice.text)).right
        for question in quiz(number).questions
    ]
    assert sum(longest) <= 3
