"""Right answers are accepted in more than one form, and likely mistakes get a hint of their own.

A task (see ``matnn_lab/classroom/tasks.py``) brings its own. Others stand in ``answers.py`` in the folder
of a lesson: ``RIGHT``, lists of answers by number of exercise, and ``WRONG``, triples of number, answer and
words that the hint contains.
"""

import importlib.util
from pathlib import Path

import pytest

from matnn_lab.lessons import TOPICS, check, exercises


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


TASKS = [each for notebook in TOPICS for each in exercises(notebook) if each.right is not None]
MISTAKES = [(task.number, *mistake) for task in TASKS for mistake in task.mistakes]


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.number)
def test_the_function_that_a_task_calls_right_is_accepted(task):
    assert check(task.number, task.right)


@pytest.mark.parametrize(("number", "mistake", "hint"), MISTAKES)
def test_each_mistake_that_a_task_knows_gets_its_own_hint(number, mistake, hint):
    assert check(number, mistake).message == hint


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
    asked = {number for number, _answer, _words in module.WRONG} | set(module.RIGHT)
    known = {number for number, _mistake, _hint in MISTAKES if number in asked}
    assert {number for number, _answer, _words in module.WRONG} | known == asked
    assert set(module.RIGHT) == asked
