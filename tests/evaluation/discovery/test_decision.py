import numpy as np
import pytest
from sklearn.metrics import f1_score, precision_score, recall_score

from matnn_lab.evaluation.discovery.decision import Decision, stability_decision


def test_acceleration_is_that_of_matbench_discovery():
    # CHGNet 0.3.0 on the full test set, as published with the benchmark (models/chgnet/chgnet-0.3.0.yml)
    chgnet = Decision(32_642, 29_979, 11_450, 182_892)
    assert chgnet.precision == pytest.approx(0.521, abs=5e-4)
    assert chgnet.recall == pytest.approx(0.740, abs=5e-4)
    assert chgnet.f1 == pytest.approx(0.612, abs=5e-4)
    assert chgnet.false_positive_rate == pytest.approx(0.141, abs=5e-4)
    assert chgnet.acceleration == pytest.approx(3.038, abs=5e-4)


def test_scores_are_those_of_scikit_learn():
    rng = np.random.default_rng(0)
    true = rng.normal(0.1, 0.1, 500)
    predicted = true + rng.normal(0, 0.05, 500)
    found = stability_decision(true, predicted, 0.02)
    classes = true <= 0.02, predicted <= 0.02
    assert found.precision == pytest.approx(precision_score(*classes))
    assert found.recall == pytest.approx(recall_score(*classes))
    assert found.f1 == pytest.approx(f1_score(*classes))
    assert found.prevalence == pytest.approx(classes[0].mean())


def test_a_material_at_the_threshold_is_stable():
    assert stability_decision([0.0, 0.1], [0.0, 0.1]) == Decision(1, 0, 0, 1)


def test_the_same_error_in_energy_makes_other_decisions_on_each_side_of_the_hull():
    true = np.linspace(0.001, 0.1, 100)
    true[:10] = 0
    low, high = (stability_decision(true, true + shift) for shift in (-0.02, 0.02))
    assert low.recall == 1 and low.precision < 0.6  # noqa: PT018
    assert high.recall == 0 and np.isnan(high.precision)  # noqa: PT018


def test_without_a_stable_material_there_is_nothing_to_find():
    with pytest.raises(ValueError, match="None of the 2 materials is at or below 0.0 eV/atom"):
        stability_decision([0.1, 0.2], [0, 0])


@pytest.mark.parametrize("threshold", [np.nan, np.inf])
def test_a_threshold_is_an_energy(threshold):
    with pytest.raises(ValueError, match="give an energy in eV/atom"):
        stability_decision([0.1, 0.2], [0, 0], threshold)
