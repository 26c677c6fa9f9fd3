"""An exercise as data finds the likely mistakes, whatever form the answer has."""

import numpy as np
import pytest
import torch

from matnn_lab.classroom import exercises as registry
from matnn_lab.classroom.tasks import task
from matnn_lab.lessons import check


@pytest.fixture(autouse=True)
def _task(monkeypatch):
    monkeypatch.setattr(registry, "_EXERCISES", {})
    rng = np.random.default_rng(0)
    task(
        "98.1",
        "scaled(x, factor)",
        right=lambda x, factor: factor * x,
        mistakes=[
            (lambda x, factor: x, "The factor is missing."),
            (lambda x, factor: x / factor, "Multiply, do not divide."),
            (lambda x, factor: (factor * x).sum(), "Do not sum."),
        ],
        otherwise="For factor = {factor:g} the first element should be {right[0]:.3f}.",
        cases=lambda: [(rng.normal(size=3), 0.0), (np.array([1.0, 2.0]), 3.0)],
    )


@pytest.mark.parametrize(
    "form",
    [np.asarray, np.float32, torch.tensor, list],
    ids=["array", "single precision", "tensor", "list"],
)
def test_a_right_answer_counts_in_every_form(form):
    assert check("98.1", lambda x, factor: form(factor * x))


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda x, factor: x, "The factor is missing."),
        (lambda x, factor: x / factor if factor else 0 * x, "Multiply, do not divide."),
        (lambda x, factor: np.sum(factor * x), "Do not sum."),
        (lambda x, factor: factor * x + 1, "For factor = 0 the first element should be"),
        (lambda x, factor: (factor * x)[:1], "array of shape (3,)"),
        (lambda x, factor: "text", "array of shape (3,)"),
        (lambda x: x, "cannot be called"),
    ],
)
def test_a_wrong_answer_gets_the_hint_for_its_mistake(answer, hint):
    result = check("98.1", answer)
    assert not result
    assert hint in result.message


def test_the_sentence_for_all_else_may_be_written_by_a_function():
    task(
        "98.2",
        "twice(x)",
        right=lambda x: 2 * x,
        mistakes=[],
        otherwise=lambda x: f"Twice {x:g} is {2 * x:g}.",
        cases=lambda: [(4.0,)],
    )
    assert check("98.2", lambda x: 9.0).message == "Twice 4 is 8."


def test_a_right_answer_that_was_rounded_is_called_so():
    task(
        "98.3",
        "third(x)",
        right=lambda x: x / 3,
        mistakes=[],
        otherwise="You return {found:.4g}, but a third is {right:.4g}.",
        cases=lambda: [(230.0,), (5.0,), (3.0,)],
    )
    assert "but rounded" in check("98.3", lambda x: round(x / 3, 2)).message
    assert "but rounded" in check("98.3", lambda x: np.float32(round(x / 3, 3))).message
    assert "but a third is" in check("98.3", lambda x: round(x / 3 + 0.3, 2)).message
    assert "but a third is" in check("98.3", lambda x: x / 3 + 0.01).message
