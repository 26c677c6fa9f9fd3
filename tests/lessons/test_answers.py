"""Right answers are accepted in more than one form, and likely mistakes get a hint of their own.

A task (see ``matnn_lab/classroom/tasks.py``) brings its own. Others stand in ``answers.py`` in the folder
of a lesson: ``RIGHT``, lists of answers by number of exercise, and ``WRONG``, triples of number, answer and
words that the hint contains. Each right function is tried in other forms too, as one would get it with
PyTorch or with lists: :data:`FORMS`. An exercise that cannot be solved in a form says so, with the reason, in
``EXEMPT`` of its ``answers.py``: (number, form) → reason.
"""

import importlib.util
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

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
EXEMPT = {}
for module in MODULES:
    EXEMPT |= getattr(module, "EXEMPT", {})


def floats(value):
    return type(value) is np.ndarray and value.dtype.kind == "f"


def single(value):
    """Return arrays and numbers in single precision, as a learner who works with PyTorch has them."""
    if floats(value) or type(value) in (float, np.float64):
        return np.float32(value)
    if torch.is_tensor(value) and value.is_floating_point():
        return value.float()
    return type(value)(map(single, value)) if type(value) in (tuple, list) else value


def tensor(value):
    """Return arrays and numbers as tensors."""
    if type(value) in (float, np.float64) or (
        type(value) is np.ndarray and value.dtype.kind in "fib"
    ):
        return torch.as_tensor(value)
    return type(value)(map(tensor, value)) if type(value) in (tuple, list) else value


def listed(value):
    """Return arrays and tuples as lists."""
    if type(value) is np.ndarray or torch.is_tensor(value):
        return value.tolist()
    return [listed(each) for each in value] if type(value) is tuple else value


def column(value):
    """Return arrays with one axis as pandas columns, with names that are no numbers of rows."""
    if type(value) is np.ndarray and value.ndim == 1 and value.dtype.kind in "fibU":
        return pd.Series(value, index=np.arange(len(value))[::-1] + 5)
    if type(value) is tuple and all(type(each) in (float, np.float64, int) for each in value):
        return pd.Series(value, index=list("abcdef"[: len(value)]))
    return type(value)(map(column, value)) if type(value) in (tuple, list) else value


def stacked(value):
    """Return pairs of numbers, or of arrays of one shape, as one array."""
    if type(value) is tuple and len({np.shape(each) for each in value}) == 1:
        return np.array(value)
    return value


FORMS = {
    "single precision": lambda f: lambda *a: single(f(*map(single, a))),
    "results in single precision": lambda f: lambda *a: single(f(*a)),
    "tensors": lambda f: lambda *a: tensor(f(*a)),
    "lists": lambda f: lambda *a: listed(f(*a)),
    "columns": lambda f: lambda *a: column(f(*a)),
    "arrays for pairs": lambda f: lambda *a: stacked(f(*a)),
}
TASKS = [each for notebook in TOPICS for each in exercises(notebook) if each.right is not None]
FUNCTIONS = {
    number: f for number, f in reversed(RIGHT) if callable(f)
}  # the first of each exercise
FUNCTIONS |= {task.number: task.right for task in TASKS}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("number", sorted(FUNCTIONS))
def test_a_right_answer_is_right_in_any_form(number, form):
    if (number, form) in EXEMPT:
        pytest.skip(EXEMPT[number, form])
    result = check(number, FORMS[form](FUNCTIONS[number]))
    assert result, result.message


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
