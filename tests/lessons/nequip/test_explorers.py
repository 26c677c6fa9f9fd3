import numpy as np
import pytest
import torch

from matnn_lab.lessons.nequip import explorers
from matnn_lab.models.nequip import NequIP
from matnn_lab.representations.basis import bessel_basis, gaussian_basis, polynomial_cutoff


def gaussians(distance, cutoff):
    return gaussian_basis(distance, start=1.5, stop=5.0, step=0.5) * (distance < cutoff)[..., None]


def bessel(distance, cutoff):
    return bessel_basis(distance, cutoff) * (distance < cutoff)[..., None]


def smooth(distance, cutoff):
    return bessel_basis(distance, cutoff) * polynomial_cutoff(distance, cutoff)[..., None]


RADIALS = {"Gaussians": gaussians, "Bessel functions": bessel, "with envelope": smooth}


@pytest.fixture(scope="module")
def networks():
    found = {}
    for l_max in (0, 1):
        torch.manual_seed(0)
        found[f"l up to {l_max}"] = NequIP(
            ["Si"], 3.3, n_features=4, l_max=l_max, n_neighbors=2.0
        ).double()
    return found


@pytest.fixture(scope="module")
def crystals():
    random = np.random.default_rng(0)
    spread = np.exp(random.normal(3.5, 1, 40))
    return ["600 K", "β-tin"] * 20, spread, spread * np.exp(random.normal(0.5, 0.5, 40))


def every_explorer(networks, crystals):
    return [
        explorers.cutoff_explorer(RADIALS),
        explorers.angle_explorer(networks),
        explorers.alarm_explorer(*crystals),
    ]


def named(figure, name):
    return next(trace for trace in figure.data if trace.name == name)


@pytest.mark.parametrize(
    ("radial", "words"),
    [
        ("Gaussians", "the energy jumps"),
        ("Bessel functions", "the energy meets, its slope jumps"),
        ("with envelope", "energy and slope are smooth"),
    ],
)
@pytest.mark.parametrize("cutoff", explorers.CUTOFFS)
def test_a_shell_leaves_each_cutoff_sharply_or_smoothly(radial, words, cutoff):
    figure = explorers.cutoff_figure(RADIALS, radial=radial, cutoff=cutoff)
    assert words in figure.layout.title.text
    assert words in figure.layout.meta["alt"]


def test_the_shells_are_those_of_diamond():
    from ase.build import bulk

    from matnn_lab.representations.graph import neighbors

    distance = neighbors(bulk("Si", "diamond", 1.0), 1.01).distance
    for shell, count in zip(explorers.SHELLS, explorers.COUNTS, strict=True):
        assert np.isclose(distance, shell, atol=1e-6).sum() == 2 * count


def test_the_slope_is_that_of_the_energy():
    a = torch.tensor([5.2, 5.5, 5.9], dtype=torch.float64, requires_grad=True)
    energy = explorers.shell_energy(smooth, a, 4.4)
    (slope,) = torch.autograd.grad(energy.sum(), a)
    with torch.no_grad():
        up, down = (explorers.shell_energy(smooth, a + h, 4.4) for h in (1e-5, -1e-5))
    torch.testing.assert_close(slope, (up - down) / 2e-5, rtol=0, atol=1e-6)


def test_only_with_vectors_does_the_energy_feel_the_angle(networks):
    figure = explorers.angle_figure(
        explorers.angle_explorer(networks).render.args[0], angle=90, turned=False
    )
    assert np.ptp(named(figure, "l up to 0").y) < 1e-4
    assert np.ptp(named(figure, "l up to 1").y) == pytest.approx(1)
    assert "flat for l up to 0, a curve for l up to 1" in figure.layout.meta["alt"]


def test_the_outer_atoms_are_out_of_reach_of_each_other(networks):
    nearest = explorers.molecule(min(explorers.ANGLES), 0.0)
    assert np.linalg.norm(nearest[1] - nearest[2]) > networks["l up to 1"].cutoff > explorers.BOND


def test_turning_the_molecule_turns_the_sum_and_keeps_its_length():
    for angle in explorers.ANGLES:
        upright, turned = (
            explorers.molecule(angle, t)[1:].sum(axis=0) for t in (0.0, explorers.TURN)
        )
        length = 2 * explorers.BOND * np.cos(np.radians(angle / 2))
        assert np.linalg.norm(upright) == pytest.approx(length, abs=1e-9)
        assert np.linalg.norm(turned) == pytest.approx(length, abs=1e-9)
        if angle < 180:
            assert not np.allclose(upright, turned)


def test_a_lower_alarm_misses_less_and_stops_more(crystals):
    kinds, spread, error = (np.asarray(column) for column in crystals)
    for limit in explorers.LIMITS:
        bad = error > limit
        missed = [int((bad & (spread <= alarm)).sum()) for alarm in explorers.ALARMS]
        needless = [int((~bad & (spread > alarm)).sum()) for alarm in explorers.ALARMS]
        assert missed == sorted(missed)
        assert needless == sorted(needless, reverse=True)
        for alarm, miss, stop in zip(explorers.ALARMS, missed, needless, strict=True):
            figure = explorers.alarm_figure(kinds, spread, error, alarm=alarm, limit=limit)
            assert f"{miss} of {bad.sum()} bad" in figure.layout.title.text
            assert f"{stop} of {(~bad).sum()} good" in figure.layout.title.text


def test_together_the_explorers_draw_few_figures(networks, crystals):
    states = [
        np.prod([len(control.values) for control in explorer.controls.values()])
        for explorer in every_explorer(networks, crystals)
    ]
    assert sum(states) <= 60
