import numpy as np
import pytest

from matnn_lab.datasets import prototype_crystals
from matnn_lab.evaluation import energy_above_hull
from matnn_lab.lessons.metrics_and_ranking import explorers


@pytest.fixture(scope="module")
def crystals():
    frame = prototype_crystals().drop(columns="structure")
    frame = frame[frame["chemical_system"].isin(["Al-Ni", "Fe-Ti", "Mg-O", "F-Na", "S-Zn", "C-Si"])]
    energy = frame["formation_energy_ev_per_atom"].to_numpy()
    return frame.assign(distance=energy_above_hull(frame["formula"], energy))


@pytest.fixture(scope="module")
def sample():
    rng = np.random.default_rng(0)
    families = np.repeat(["metals", "salts"], 200)
    true = rng.normal(0, 0.3, size=400) - 2.5 * (families == "salts")
    return true, true + rng.normal(0, 0.1, size=400), families


def metrics(true, predicted):
    errors = predicted - true
    return (
        np.abs(errors).mean(),
        np.sqrt((errors**2).mean()),
        1 - (errors**2).mean() / true.var(),
    )


def troubled(sample, trouble, step):
    true, predicted, _rows = explorers.troubled(*sample, trouble=trouble, step=step)
    return metrics(true, predicted)


@pytest.mark.parametrize("trouble", ["slips", "range", "family"])
def test_without_trouble_nothing_changes(sample, trouble):
    assert troubled(sample, trouble, 0) == pytest.approx(metrics(*sample[:2]))


def test_slips_hurt_the_rmse_far_more_than_the_mae(sample):
    before, after = troubled(sample, "slips", 0), troubled(sample, "slips", 2)
    assert after[1] / before[1] > 2 * after[0] / before[0]


def test_a_narrow_range_costs_r2_and_not_the_mae(sample):
    before, after = troubled(sample, "range", 0), troubled(sample, "range", 4)
    assert 1 - after[2] > 2 * (1 - before[2])
    assert after[0] < 1.5 * before[0]


def test_knowing_only_the_family_keeps_a_high_r2(sample):
    true, predicted, _rows = explorers.troubled(*sample, trouble="family", step=4)
    assert metrics(true, predicted)[2] > 0.9
    for family in ("metals", "salts"):
        inside = sample[2] == family
        assert metrics(true[inside], predicted[inside])[2] == pytest.approx(0, abs=1e-9)


def test_imagined_errors_have_the_size_that_was_asked_for(crystals):
    systems = crystals["chemical_system"]
    for kind in ("independent", "shared"):
        errors = explorers.imagined_errors(systems, 0.1, kind)
        assert np.abs(errors).mean() == pytest.approx(0.1)
        spread = crystals.assign(error=errors).groupby("chemical_system")["error"].std().max()
        assert (spread < 1e-9) == (kind == "shared")


@pytest.fixture(scope="module")
def every_explorer(crystals, sample):
    columns = ["formula", "formation_energy_ev_per_atom", "distance", "chemical_system"]
    return [
        explorers.blind_spot_explorer(*sample),
        explorers.budget_explorer(*(crystals[column] for column in columns)),
    ]


def test_a_better_model_finds_more_within_the_budget(every_explorer):
    explorer = every_explorer[1]

    def found(noise):
        figure = explorer.figure(kind="independent", noise=noise, budget=10)
        return next(trace for trace in figure.data if trace.name == "your budget").y[0]

    assert found(0.02) > found(0.3)
