import numpy as np

from matnn_lab.lessons.symmetry.pictures import APART, harmonics_figure


def test_each_harmonic_is_drawn_around_its_own_center_in_its_size():
    figure = harmonics_figure()
    surfaces = [trace for trace in figure.data if trace.type == "surface"]
    assert [trace.name for trace in surfaces[:4]] == ["1", "x", "y", "z"]
    assert len(surfaces) == 9
    reach = [np.ptp(np.asarray(trace.z)) / 2 for trace in surfaces]
    assert np.isclose(
        reach[0], reach[3], rtol=1e-3
    )  # a sphere, and lobes of the same length along z
    assert all(np.ptp(np.asarray(trace.x)) < APART for trace in surfaces)


def test_lobes_of_l_1_have_two_signs_and_the_sphere_has_one():
    sphere, *lobes = harmonics_figure().data[:4]
    assert set(np.unique(sphere.surfacecolor)) == {1}
    assert all({-1, 1} <= set(np.unique(lobe.surfacecolor)) for lobe in lobes)
