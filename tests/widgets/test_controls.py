import numpy as np
import pytest

from matnn_lab.widgets import Choice, Slider, Toggle
from matnn_lab.widgets.controls import as_control


def test_slider_shows_its_numbers_with_unit():
    slider = Slider([0.001, 0.1, 1.0, 25.0], "Learning rate", unit="eV")
    assert slider.texts == ("0.001\xa0eV", "0.1\xa0eV", "1\xa0eV", "25\xa0eV")


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        ([1e-5, 1e-3], ("1e−5", "0.001")),
        ([-1, 0], ("−1", "0")),
        ([0.12345, 0.12346], ("0.12345", "0.12346")),
        (np.array([0.5, 1.5]), ("0.5", "1.5")),
        (range(8, 65, 28), ("8", "36", "64")),
    ],
)
def test_numbers_are_short_and_different(values, texts):
    assert Slider(values).texts == texts


def test_numpy_numbers_reach_the_function_as_plain_ones():
    assert [type(value) for value in Slider(np.arange(3)).values] == [int] * 3


def test_controls_open_at_their_default():
    assert Slider([1, 2, 3], default=2).start == 1
    assert Slider([1, 2, 3]).start == 0
    assert Choice({"steep": 9.0, "flat": 0.1}, default="flat").start == 1
    assert Choice({"steep": 9.0, "flat": 0.1}, default=0.1).start == 1
    assert Toggle(default=True).start == 1


def test_options_may_be_unhashable():
    options = {"small": np.zeros(2), "large": np.zeros(9)}
    assert Choice(options).values[1] is options["large"]


@pytest.mark.parametrize(
    ("short", "kind"),
    [
        ([0.1, 0.2], "slider"),
        (np.linspace(0, 1, 3), "slider"),
        (["SGD", "Adam"], "choice"),
        ({"steep": 1, "flat": 2}, "choice"),
        ([True, False], "choice"),
        (True, "toggle"),
        (Toggle(), "toggle"),
    ],
)
def test_short_forms(short, kind):
    assert as_control("name", short).kind == kind


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Slider([]), "two or more"),
        (lambda: Slider([1]), "two or more"),
        (lambda: Slider([1, 3, 2]), "sort"),
        (lambda: Slider([1, 1, 2]), "repeated"),
        (lambda: Slider([0, float("nan")]), "finite"),
        (lambda: Slider([0, float("inf")]), "finite"),
        (lambda: Slider(["a", "b"]), "numbers"),
        (lambda: Slider([True, False]), "numbers"),
        (lambda: Slider("abc"), "list"),
        (lambda: Slider(5), "list"),
        (lambda: Slider([1, 2], default=3), "choose one of 1, 2"),
        (lambda: Choice([]), "two or more"),
        (lambda: Choice(["one"]), "two or more"),
        (lambda: Choice(["a", "a"]), "label"),
        (lambda: Choice("ab"), "list"),
        (lambda: Choice(["a", "b"], default="c"), "choose one of a, b"),
        (lambda: Choice(["a", "b"], default=["a"]), "choose one of a, b"),
        (lambda: Toggle(default="yes"), "True or False"),
        (lambda: as_control("x", "text"), "x is 'text'"),
        (lambda: as_control("x", None), "x is None"),
        (lambda: as_control("x", 3.0), "x is 3.0"),
    ],
)
def test_wrong_controls_are_answered_in_one_sentence(make, said):
    with pytest.raises((TypeError, ValueError)) as error:
        make()
    sentence = str(error.value)
    assert said in sentence
    assert "\n" not in sentence
    assert sentence.endswith(".")


def test_a_number_is_found_in_spite_of_its_last_bits():
    slider = Slider(np.linspace(0, 1, 11), default=0.3)  # holds 0.30000000000000004
    assert slider.texts[slider.start] == "0.3"
    assert slider.index(0.1 + 0.2) == 3
    assert Slider(np.linspace(-0.3, 0.3, 7), default=0).start == 3
    assert Slider([1e-20, 2e-20], default=2e-20 * (1 + 1e-15)).start == 1
    with pytest.raises(ValueError, match="not among the control's values"):
        slider.index(0.31)
