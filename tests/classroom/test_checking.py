"""What ``check`` promises, tried on exercises that exist only here."""

import io
import os
import signal
import sys
import threading
import time
from contextlib import redirect_stdout
from dataclasses import replace

import numpy as np
import pytest

from matnn_lab.classroom import ask, timelimit
from matnn_lab.classroom import exercises as registry
from matnn_lab.classroom.exercises import Hint, exercise
from matnn_lab.classroom.timelimit import OutOfTime, run_within
from matnn_lab.lessons import check


@pytest.fixture(autouse=True)
def _exercises(monkeypatch):
    monkeypatch.setattr(registry, "_EXERCISES", {})

    @exercise("98.1", seconds=0.3)
    def slope(answer):
        slope = ask.function(answer, "slope(x)")
        if slope.number(3.0) == 9.0:
            return "That is the function itself."
        if slope.number(3.0) != 6.0:
            raise Hint("At x = 3 the slope of x² is 6.")

    @exercise("98.2")
    def row(answer):
        if not np.allclose(ask.array(answer, (3,)), [1, 2, 3]):
            return "Count to three."

    @exercise("98.10")
    def faulty(answer):
        return 3


def test_a_right_answer_is_true_and_says_so():
    result = check("98.1", lambda x: 2 * x)
    assert result
    assert repr(result) == "✓ Right. Exercise 98.1 is solved."


def test_a_likely_mistake_gets_its_own_hint():
    assert check("98.1", lambda x: x * x).message == "That is the function itself."
    assert check("98.1", lambda x: 1).message == "At x = 3 the slope of x² is 6."


@pytest.mark.parametrize("answer", [None, ..., NotImplemented])
def test_an_exercise_that_was_not_begun_is_not_solved_yet(answer):
    assert "not solved yet" in check("98.1", answer).message


def test_a_stub_is_not_solved_yet():
    def slope(x):
        raise NotImplementedError

    assert "not solved yet" in check("98.1", slope).message


def test_an_error_is_told_in_one_sentence_with_the_call():
    message = check("98.1", lambda x: x / 0).message
    assert message == "`slope(3)` stopped with ZeroDivisionError (float division by zero)."


def test_an_error_in_the_notebook_is_told_with_its_line(tmp_path):
    cell = tmp_path / "cell.py"
    cell.write_text("def slope(x):\n    return undefined * x\n")
    names = {"__name__": "__main__"}
    exec(compile(cell.read_text(), str(cell), "exec"), names)
    assert "in the line `return undefined * x`" in check("98.1", names["slope"]).message


def test_a_function_that_never_returns_is_stopped():
    ended = threading.Event()

    def endless(x):
        try:
            while True:
                pass
        finally:
            ended.set()

    start = time.monotonic()
    assert "still running after 0.3 seconds and was stopped" in check("98.1", endless).message
    assert ended.wait(1)
    assert time.monotonic() - start < 2


def test_a_function_that_cannot_be_stopped_is_reported_as_such(endless_answers):
    message = check("98.1", endless_answers["catches everything for ever"]).message
    assert "cannot be stopped" in message


def test_what_happens_after_the_time_is_over_is_ignored():
    with pytest.raises(OutOfTime):
        run_within(0.05, lambda: time.sleep(2) or "late")
    assert run_within(1, lambda: "in time") == "in time"


def test_a_busy_computer_gives_more_time(monkeypatch):
    def late():
        time.sleep(0.25)
        return "late, and yet right"

    monkeypatch.setattr(timelimit, "process_time", lambda: 0.0)  # the turn never came
    assert run_within(0.1, late) == "late, and yet right"
    monkeypatch.setattr(timelimit, "process_time", time.monotonic)  # it worked all the time
    with pytest.raises(OutOfTime):
        run_within(0.1, late)


def test_a_number_without_its_zero_is_told_so():
    assert "two digits" in check("3.2", abs).message
    assert "in quotes" in check(3.2, abs).message


@pytest.mark.skipif(sys.platform == "win32", reason="sends a signal")
def test_the_reader_can_interrupt_a_check():
    # a shell starts background jobs with interrupts switched off
    before = signal.signal(signal.SIGINT, signal.default_int_handler)

    def endless(x):
        os.kill(os.getpid(), signal.SIGINT)
        while True:
            pass

    try:
        with pytest.raises(KeyboardInterrupt):
            check("98.1", endless)
    finally:
        signal.signal(signal.SIGINT, before)


def test_nothing_that_an_answer_prints_is_shown(capsys):
    shown = io.StringIO()
    with redirect_stdout(shown):
        check("98.1", lambda x: print("noise") or 2 * x)
    assert shown.getvalue() == capsys.readouterr().err == ""


def test_an_unknown_number_is_answered_with_the_known_ones_in_order():
    message = check("98.7", 1).message
    assert message == "There is no exercise 98.7; those of this notebook are 98.1, 98.2, 98.10."
    assert check("97.1", 1).message == "Notebook 97 has no exercises."


@pytest.mark.parametrize("number", [98.1, "98", "", None, "98.1.1", "../98.1"])
def test_a_number_that_is_none_is_answered_with_how_to_write_it(number):
    assert 'check("03.1", answer)' in check(number, 1).message


def test_a_check_at_fault_does_not_accept():
    assert "please report it" in check("98.10", 1).message


def test_an_exercise_with_a_wrong_number_cannot_be_registered():
    with pytest.raises(ValueError, match="should be the notebook, a dot and a count"):
        exercise("3.1")(lambda answer: None)


def test_under_nbgrader_a_wrong_answer_is_an_error_with_the_hint(monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    with pytest.raises(AssertionError, match="the function itself"):
        check("98.1", lambda x: x * x)
    assert check("98.1", lambda x: 2 * x)


def test_html_shows_sign_word_and_color_and_escapes_what_it_repeats():
    def slope(x):
        raise ValueError("<script>alert(1)</script>")

    html = check("98.1", slope)._repr_html_()
    assert "✗ Not right yet." in html
    assert "<script>" not in html
    assert "<code>slope(3)</code>" in html
    assert html == check("98.1", slope)._repr_html_()


def test_at_least_200_bad_answers_are_thrown(bad_answers):
    assert len(bad_answers) >= 200


@pytest.mark.filterwarnings("ignore:coroutine")
@pytest.mark.parametrize("number", ["98.1", "98.2"])
def test_no_bad_answer_is_accepted(bad_answers, endless_answers, number):
    for name, answer in (bad_answers | endless_answers).items():
        result = check(number, answer)
        assert not result, name
        assert 10 < len(result.message) < 500, name
        assert "Traceback" not in result.message, name


def test_the_time_limit_of_an_exercise_can_be_shortened():
    short = replace(registry.registered("98")[1], seconds=0.05)
    assert short.hint([1, 2, 3]) is None
