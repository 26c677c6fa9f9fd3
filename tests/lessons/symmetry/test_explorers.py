from itertools import product

import numpy as np
import pytest
import torch

from matnn_lab.datasets import mineral_structures
from matnn_lab.lessons.symmetry import explorers
from matnn_lab.potentials.silica import energy_and_forces
from matnn_lab.representations.symmetry import rotation

OXYGEN = 3


def network(crystal):
    """Take the coordinates as they are listed, which no physics does."""
    slope = np.linspace(-1, 1, 3 * len(crystal)).reshape(-1, 3)
    return float((slope * crystal.cart_coords).sum()), -slope


@pytest.fixture(scope="module")
def turning():
    quartz = mineral_structures([789])[0]
    models = {"potential": energy_and_forces, "network": network}
    return explorers.turn_explorer(quartz, models, OXYGEN)


@pytest.fixture(scope="module")
def wobbling():
    bonds = torch.tensor([[0.9, 0.8, 1.0], [0.9, -0.9, -1.0]])

    def right(bonds):
        return bonds.sum(dim=1)

    def wrong(bonds):
        return bonds.sum(dim=1) + torch.tensor([0.1, 0.0, 0.0])

    networks = {"wrong": {10: wrong, 30: wrong}, "right": {10: right, 30: right}}
    return explorers.wobble_explorer(networks, bonds, bonds.sum(dim=0))


def named(figure, name):
    return next(trace for trace in figure.data if trace.name == name)


def xyz(trace):
    return np.array([trace.x, trace.y, trace.z], dtype=float).T


@pytest.mark.parametrize(("axis", "steady"), [("z", "z"), ("x", "x")])
def test_the_force_along_the_axis_stays(turning, axis, steady):
    figure = turning.figure(axis=axis)
    spread = {k: np.ptp(named(figure, f"F<sub>{k}</sub>").y) for k in "xyz"}
    assert [k for k in "xyz" if spread[k] < 1e-9] == [steady]
    assert np.ptp(named(figure, "energy").y) < 1e-6


def test_turned_back_all_components_stay(turning):
    figure = turning.figure(axis="x", back=True)
    for k in "xyz":
        assert np.ptp(named(figure, f"F<sub>{k}</sub>").y) < 1e-9
    assert "stay as they are" in figure.layout.meta["alt"]
    assert "change" in turning.figure(axis="x").layout.meta["alt"]


def test_the_network_has_an_energy_that_depends_on_the_angle(turning):
    figure = turning.figure(model="network", back=True)
    assert np.ptp(named(figure, "energy").y) > 100
    assert np.ptp(named(figure, "F<sub>x</sub>").y) > 0.1


def test_the_arrow_starts_at_its_atom_and_shows_the_force(turning):
    figure = turning.figure(angle=90, axis="z")
    start, end = xyz(named(figure, "force"))
    assert np.allclose(xyz(named(figure, "atoms"))[OXYGEN], start)
    force = [named(figure, f"F<sub>{k}</sub>").y[explorers.ANGLES.index(90)] for k in "xyz"]
    assert np.allclose(end - start, explorers.ARROW * np.array(force))


def test_cell_and_atoms_turn_together(turning):
    turn = rotation([1, 0, 0], 60)
    before, after = turning.figure(angle=0, axis="x"), turning.figure(angle=60, axis="x")
    for name in ("unit cell", "atoms", "force"):
        assert np.allclose(
            xyz(named(before, name)) @ turn.T, xyz(named(after, name)), equal_nan=True
        )


def test_everything_stays_in_the_picture(turning):
    for angle, axis, model in product(explorers.STOPS, ("z", "x"), ("potential", "network")):
        figure = turning.figure(angle=angle, axis=axis, model=model)
        low, high = figure.layout.scene.xaxis.range
        for name in ("unit cell", "atoms"):
            points = xyz(named(figure, name))
            assert np.nanmin(points) > low
            assert np.nanmax(points) < high


def test_a_network_that_is_equivariant_keeps_the_length(wobbling):
    right, wrong = (wobbling.figure(kind=kind, n=10, axis="z") for kind in ("right", "wrong"))
    assert np.ptp(named(right, "predicted length").y) < 1e-6
    assert np.ptp(named(wrong, "predicted length").y) > 0.01
    assert "varies by 0.000" in right.layout.title.text


def test_true_components_turn_with_the_fragment(wobbling):
    figure = wobbling.figure(kind="right", n=30, axis="z")
    true = [named(figure, f"true μ<sub>{k}</sub>").y for k in "xyz"]
    assert np.ptp(true[2]) < 1e-6
    assert np.allclose(np.hypot(true[0], true[1]), np.hypot(true[0][0], true[1][0]))
