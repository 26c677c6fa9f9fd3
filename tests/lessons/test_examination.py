"""The drawn questions: 200 seeds of each are clear, are marked fairly, and agree with independent code."""

import re
from time import process_time

import numpy as np
import pytest
import torch
from pymatgen.core import Lattice
from scipy.spatial.transform import Rotation
from scipy.stats import linregress
from sklearn.metrics import r2_score, roc_auc_score
from torch.nn.functional import cross_entropy, scaled_dot_product_attention

from matnn_lab.lessons import TOPICS, examination, exercises, hand_in, mark, question

NUMBERS = [number for notebook in TOPICS for number in examination(notebook)]
SEEDS = range(200)


@pytest.fixture(scope="module", params=NUMBERS)
def number(request):
    return request.param


@pytest.fixture(scope="module")
def drawn(number):
    return [question(number, seed) for seed in SEEDS]


def run(each):
    """Return what the way of the solution leads to, in a cell of its own."""
    space = {"np": np}
    *lines, last = each.way.split("\n")
    exec("\n".join([each.code(), *lines, f"answer = {last}"]), space)
    return space["answer"]


def test_each_notebook_has_a_question():
    assert {number[:2] for number in NUMBERS} == set(TOPICS)


def test_a_question_is_drawn_fast_and_again_with_the_same_numbers(number, drawn):
    started = process_time()
    again = [question(number, seed).code() for seed in range(20)]
    assert (process_time() - started) / 20 < 0.02
    codes = [each.code() for each in drawn]
    assert codes[:20] == again
    assert len(set(codes)) > 190


def test_the_right_answer_is_right_rounded_in_single_precision_and_as_a_list(drawn):
    for each in drawn:
        found = run(each)
        rounded = np.round(np.asarray(found, float), each.decimals)
        forms = [found, np.float32(found), rounded, rounded.tolist(), torch.tensor(rounded)]
        assert [each.hint(form) for form in forms] == [None] * len(forms)


def test_each_mistake_gets_its_own_hint_rounded_too(drawn):
    for each in drawn:
        hints = [hint for _value, hint in each.mistakes]
        assert len(set(hints)) == len(hints) >= 3
        for value, hint in each.mistakes:
            assert each.hint(value) == each.hint(np.round(value, each.decimals)) == hint
        assert each.hint(np.asarray(each.answer) + 123456.7).startswith("The right answer is")


def test_text_and_hints_are_sentences_with_all_that_they_name(drawn):
    text = drawn[0].text.format(**drawn[0].given)
    code = re.findall("`([A-Za-z]\\w*)`", text)
    assert set(code) <= set(drawn[0].given)
    named = set(code) | set(re.findall(r"{(\w+)}", drawn[0].text))
    assert named >= set(drawn[0].given) - {"observed", "curvature", "losses"}
    assert all(hint[-1] == "." and "\n" not in hint for _value, hint in drawn[0].mistakes)
    assert "?" in text


def test_the_form_of_the_answer_and_its_points_do_not_depend_on_the_seed(drawn):
    forms = {
        (np.shape(each.answer), each.whole, each.unit, each.decimals, each.points) for each in drawn
    }
    assert len(forms) == 1


def test_a_longer_way_counts_more_points():
    points = {number: question(number, 0).points for number in NUMBERS}
    assert set(points.values()) == {1, 2, 3}
    assert (points["13.2"], points["13.1"], points["05.2"], points["04.1"]) == (1, 2, 3, 3)


def task(number):
    (found,) = [each.right for each in exercises(number[:2]) if each.number == number]
    return found


def first_cheaper(calculation_s, surrogate_s, n_training, fit_s):
    n = 1
    while n_training * calculation_s + fit_s + n * surrogate_s >= n * calculation_s:
        n += 1
    return n


def network(x, W1, b1, w2, b2):
    first, second = torch.nn.Linear(3, 2).double(), torch.nn.Linear(2, 1).double()
    state = {"weight": torch.tensor(W1), "bias": torch.tensor(b1)}
    first.load_state_dict(state)
    second.load_state_dict({"weight": torch.tensor(w2)[None], "bias": torch.tensor([b2]).double()})
    return second(first(torch.tensor(x)).relu()).item()


def two_steps(start, curvature, eta, mu):
    theta, velocity = start, 0.0
    for _step in range(2):
        theta, velocity = task("03.3")(theta, velocity, curvature * theta, eta, mu)
    return theta


def reflected(moment, axis):
    """An axial vector is the product of two polar ones, which a mirror simply reflects."""
    one = np.cross(moment, [0.3, 0.5, 0.7])
    other = np.cross(moment, one) / (one @ one)
    mirror = np.eye(3) - 2 * np.diag([axis == letter for letter in "xyz"])
    return np.cross(mirror @ one, mirror @ other)


def around(kind, lattice, cutoff_a):
    _cells, distances, *_rest = Lattice(lattice).get_points_in_sphere(
        [[0, 0, 0]], [0, 0, 0], cutoff_a, zip_results=False
    )
    return len(distances) - 1


def attended(query, keys, values):
    q, k, v = (torch.tensor(each) for each in (query[None], keys, values[:, None]))
    return scaled_dot_product_attention(q, k, v).item()


def recall(predicted_mev, stable, k):
    return task("17.3")(stable, -predicted_mev, k) * k / stable.sum()


def atoms(formula):
    return sum(int(count or 1) for count in re.findall(r"[A-Z](\d*)", formula))


KELVIN = 273.15
ELSEWHERE = {  # the same by the exercises of the course, by other libraries or by brute force
    "00.1": first_cheaper,
    "01.1": network,
    "01.2": lambda sizes: task("01.5")(sizes),
    "02.1": lambda logits, observed: cross_entropy(torch.tensor(logits), torch.tensor(observed)),
    "03.1": two_steps,
    "03.2": lambda hessian: task("03.5")(hessian),
    "04.1": lambda losses, patience: task("04.2")(losses, patience),
    "05.1": lambda formula, enthalpy_ev: task("05.1")(enthalpy_ev, atoms(formula)),
    "06.1": around,
    "07.1": lambda force, angle_deg: Rotation.from_euler("z", angle_deg, degrees=True).apply(force),
    "07.2": reflected,
    "08.1": lambda kernels, strides, pixel_nm: pixel_nm * task("08.2")(kernels, strides),
    "09.1": lambda a, hkl, wavelength_a: task("09.1")(a, hkl, wavelength_a),
    "10.1": attended,
    "10.2": lambda silica, alumina, soda: task("10.2")(silica / 100, alumina / 100, soda / 100),
    "11.1": lambda z, w_f, b_f, w_s, b_s: task("11.1")(z, w_f, b_f, w_s, b_s),
    "12.1": lambda time_ps, energy_ev, n_atoms: (
        linregress(time_ps, energy_ev).slope * 1000 / n_atoms
    ),
    "13.1": lambda energy_ev, counts, elements_ev: task("13.3")(energy_ev, counts, elements_ev),
    "13.2": lambda c11, c12, c44: task("13.1")(c11, c12),
    "14.1": lambda ordinary, unusual: roc_auc_score([0] * 6 + [1] * 4, [*ordinary, *unusual]),
    "15.1": lambda predicted, true, k: task("15.1")(predicted, true, k),
    "15.2": lambda values, best: task("15.3")(values, best, 4, 3),
    "16.1": lambda train, validation, test: len(test) * task("16.1")(train + validation, test),
    "17.1": lambda true, predicted: r2_score(true, predicted),
    "17.2": recall,
    "18.1": lambda errors, coverage: task("18.3")(errors, coverage / 100),
    "19.1": lambda alloys, strength_mpa: task("19.2")(alloys, strength_mpa),
    "20.1": lambda limit, tg_c, fragility, temperature_c: task("20.3")(
        temperature_c + KELVIN, limit, tg_c + KELVIN, fragility
    ),
}


@pytest.mark.parametrize("number", ELSEWHERE)
def test_the_answer_agrees_with_code_from_elsewhere(number):
    assert {number[:2] for number in ELSEWHERE} == set(TOPICS)
    for seed in range(10):
        drawn = question(number, seed)
        found = np.asarray(ELSEWHERE[number](**drawn.given), float)
        np.testing.assert_allclose(found, drawn.answer, rtol=1e-5, atol=1e-9)


def test_handing_in_tells_the_form_and_not_whether_it_is_right():
    right = question("17.1", 5).answer
    assert hand_in("17.1", 0.5) == "Noted: 0.5."
    assert hand_in("17.1", right) == f"Noted: {right:.6g}."
    assert hand_in("17.1", [1, 2]).startswith("Not noted: Your answer should be one number")
    assert hand_in("07.1", 0.5).startswith("Not noted: Your answer should be an array of shape")


def test_marking_passes_the_right_answer_and_says_why_another_is_wrong():
    drawn = question("17.1", 5)
    value, hint = drawn.mistakes[0]
    mark("17.1", 5, drawn.fingerprint(), drawn.answer)
    with pytest.raises(AssertionError, match=re.escape(hint)):
        mark("17.1", 5, drawn.fingerprint(), value)
    with pytest.raises(RuntimeError, match="other numbers here than in the paper"):
        mark("17.1", 5, drawn.fingerprint() + 1, drawn.answer)


def test_no_bad_answer_is_accepted_or_stops_the_paper(bad_answers):
    drawn = question("17.1", 5)
    assert [label for label, bad in bad_answers.items() if not drawn.hint(bad)] == []
    assert all("oted: " in hand_in("07.1", bad) for bad in bad_answers.values())


def test_what_does_not_exist_is_said():
    with pytest.raises(ValueError, match="no examination question '17.9'; this notebook has 17.1"):
        question("17.9", 0)
    with pytest.raises(ValueError, match="no notebook '21'"):
        examination("21")
