import numpy as np
import pytest

from matnn_lab.datasets.plate import inglis, plate_stress, stress_factor


def test_a_small_circle_makes_three_times_the_stress():
    assert stress_factor(0.025, 1.0, n=16) == pytest.approx(3, abs=0.01)


@pytest.mark.parametrize("aspect", [0.5, 2.0, 4.0])
def test_a_small_ellipse_follows_inglis(aspect):
    assert stress_factor(0.03, aspect, n=16) == pytest.approx(inglis(aspect), rel=0.01)


@pytest.mark.parametrize("aspect", [12.0, 24.0])
@pytest.mark.parametrize("width", [0.0001, 0.01])
def test_a_slender_hole_follows_inglis_with_the_mesh_chosen(width, aspect):
    assert stress_factor(width, aspect) == pytest.approx(inglis(aspect), rel=0.02)


@pytest.mark.parametrize("plate", [(0.85, 0.5), (0.3, 12.0)])
def test_at_the_limits_a_mesh_twice_as_fine_says_the_same(plate):
    assert stress_factor(*plate) == pytest.approx(stress_factor(*plate, n=32), rel=0.02)


def test_finer_meshes_converge():
    coarse, middle, fine = (stress_factor(0.4, 1.0, n=n) for n in (4, 8, 16))
    assert abs(fine - middle) < abs(middle - coarse) + 0.02
    assert fine == pytest.approx(middle, rel=0.01)


def test_the_ligament_carries_the_whole_force():
    stress = plate_stress(0.3, 1.5, n=16)
    force = np.trapezoid(stress.along[0], stress.x[0])
    assert force == pytest.approx(1, abs=0.01)


def test_a_free_edge_carries_no_stress_across_it():
    """At the top of a small circular hole σ_yy vanishes: the edge is free and perpendicular to y."""
    stress = plate_stress(0.05, 1.0, n=16)
    assert stress.along[-1, 0] == pytest.approx(0, abs=0.05)


def test_the_factor_does_not_depend_on_poisson_s_ratio(monkeypatch):
    before = stress_factor(0.2, 1.0, n=12)
    monkeypatch.setattr("matnn_lab.datasets.plate.POISSON", 0.1)
    assert stress_factor(0.2, 1.0, n=12) == pytest.approx(before, rel=0.01)


@pytest.mark.parametrize(
    ("plate", "words"),
    [
        ((0.0, 1.0, 8), r"0 times as wide as the plate; give a number from 0.0001 to 0.95"),
        ((0.96, 1.0, 8), r"give a number from 0.0001 to 0.95"),
        ((0.5, 0.2, 8), "give a number from 0.28, so that a hole of width 0.5 fits into the plate"),
        ((0.9, 0.46, 8), "fits into the plate"),
        ((0.02, 25.0, None), "a/b is 25; give a number .* to 24, since the mesh is too coarse"),
        ((0.5, 1e14, None), "to 24"),
        ((0.5, np.nan, 8), "aspects a/b, 1 are NaN"),
        ((0.5, 1.0, 7), "even number"),
    ],
)
def test_impossible_plates_are_named(plate, words):
    width, aspect, n = plate
    with pytest.raises(ValueError, match=words):
        stress_factor(width, aspect, n=n)


@pytest.mark.parametrize("width", [None, "wide", [0.1, 0.2]])
def test_a_width_that_is_not_one_number_is_refused(width):
    with pytest.raises(ValueError, match="widths"):
        stress_factor(width, 1)


def test_a_hole_without_an_aspect_has_no_factor():
    for aspect in (np.nan, -1, 0):
        with pytest.raises(ValueError, match="aspects"):
            inglis(aspect)
