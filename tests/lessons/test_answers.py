"""Right answers are accepted in more than one form, and likely mistakes get a hint of their own.

``answers.py`` in the folder of a lesson holds them: ``RIGHT``, lists of answers by number of exercise, and
``WRONG``, triples of number, answer and words that the hint contains.
"""

import importlib.util
from pathlib import Path

import pytest

from matnn_lab.lessons import check


def answers(path):
    spec = importlib.util.spec_from_file_location(path.parent.name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


MODULES = [answers(path) for path in sorted(Path(__file__).parent.glob("*/answers.py"))]
RIGHT = [
    (number, answer)
    for module in MODULES
    for number, several in module.RIGHT.items()
    for answer in several
]
WRONG = [mistake for module in MODULES for mistake in module.WRONG]


@pytest.mark.parametrize(("number", "answer"), RIGHT)
def test_a_right_answer_is_accepted(number, answer):
    result = check(number, answer)
    assert result, result.message


@pytest.mark.parametrize(("number", "answer", "words"), WRONG)
def test_a_likely_mistake_gets_its_own_hint(number, answer, words):
    result = check(number, answer)
    assert not result
    assert words in result.message, result.message


@pytest.mark.parametrize("module", MODULES, ids=lambda module: Path(module.__file__).parent.name)
def test_each_exercise_of_the_notebook_is_answered(module):
    assert {number for number, _answer, _words in module.WRONG} == set(module.RIGHT)
