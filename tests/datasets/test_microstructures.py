import numpy as np
import pytest

from matnn_lab.datasets import microstructures as made
from matnn_lab.representations.images import radial_power_spectrum, sector_power_spectrum


def small(kind, n=2, size=32):
    return made.specimens(kind, range(n), size)


@pytest.mark.parametrize("kind", made.KINDS)
def test_a_specimen_is_the_same_whatever_else_is_asked_for(kind):
    alone = made.specimens(kind, [1], 32)[0]
    np.testing.assert_allclose(alone, small(kind)[1], atol=1e-4)
    assert not np.allclose(alone, small(kind)[0], atol=0.1)
    assert not np.allclose(alone, made.specimens(kind, [1], 32, seed=1)[0], atol=0.1)


@pytest.mark.parametrize("kind", made.KINDS)
def test_a_specimen_has_mean_0_and_standard_deviation_1(kind):
    images = small(kind)
    np.testing.assert_allclose(images.mean(axis=(1, 2)), 0, atol=1e-5)
    np.testing.assert_allclose(images.std(axis=(1, 2)), 1, atol=1e-4)


def free_energy(c):
    """Return the free energy whose slope drives the Cahn-Hilliard equation, for each image."""
    slopes = [np.roll(c, -1, axis) - c for axis in (1, 2)]
    return ((c**2 - 1) ** 2 / 4 + sum(slope**2 for slope in slopes) / 2).mean(axis=(1, 2))


def test_demixing_keeps_the_composition_and_lowers_the_free_energy():
    rng = np.random.default_rng(0)
    start = np.array([0.0, 0.3])[:, None, None] + 0.05 * rng.standard_normal((2, 32, 32))
    energy = [free_energy(start)]
    for steps in (10, 30, 100):
        c = made.cahn_hilliard(start, steps)
        np.testing.assert_allclose(c.mean(axis=(1, 2)), start.mean(axis=(1, 2)), atol=1e-4)
        energy.append(free_energy(c))
    assert (np.diff(energy, axis=0) < 0).all()
    assert np.abs(c).max() < 1.2


def test_each_image_stops_at_its_own_step():
    start = 0.05 * np.random.default_rng(0).standard_normal((2, 32, 32))
    both = made.cahn_hilliard(start, [10, 30])
    np.testing.assert_allclose(both[0], made.cahn_hilliard(start[:1], 10)[0], atol=1e-4)


def test_domains_have_the_period_that_was_asked_for():
    start = 0.1 * np.random.default_rng(0).standard_normal((2, 64, 64))
    k0 = np.array([0.6, 0.9])
    power = radial_power_spectrum(made.swift_hohenberg(start, k0, [0.0, 0.0]))
    ring = power.argmax(axis=1) + 1  # periods across the image
    np.testing.assert_allclose(2 * np.pi * ring / 64, k0, rtol=0.15)


def test_stripes_lie_along_their_direction():
    start = 0.1 * np.random.default_rng(0).standard_normal((2, 64, 64))
    stripes = made.swift_hohenberg(start, [0.8, 0.8], [0.0, np.pi / 2], anisotropy=0.3)
    x, y = sector_power_spectrum(stripes, 2).sum(axis=2).T
    assert y[0] > 10 * x[0]  # stripes along x: the wave vector points along y
    assert x[1] > 10 * y[1]


def test_two_phase_images_have_the_fractions_that_were_drawn():
    images = made.two_phase(40, 32)
    fraction = images.mean(axis=(1, 2))
    assert images.dtype == bool
    assert 0.19 < fraction.min() < 0.35
    assert 0.65 < fraction.max() < 0.81
    assert (made.two_phase(7, 32) == images[:7]).all()


def test_films_separate_the_grains():
    from scipy.ndimage import label

    films = made.grain_films(5, 32)
    assert ((films.mean(axis=(1, 2)) > 0.69) & (films.mean(axis=(1, 2)) < 0.81)).all()
    assert min(label(image)[1] for image in films) >= 3


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"kinds": ["foam"]}, "choose one of spinodal"),
        ({"n": 0}, "at least 1"),
        ({"size": 4}, "at least 8"),
        ({"seed": 0.5}, "whole number"),
    ],
)
def test_what_cannot_be_made_is_refused(arguments, words):
    with pytest.raises(ValueError, match=words):
        made.computed_microstructures(**arguments)


def test_half_a_step_is_no_step():
    start = 0.05 * np.random.default_rng(0).standard_normal((2, 16, 16))
    for steps in (2.5, [20, 20.5], -1):  # these gave the start back
        with pytest.raises(ValueError, match="whole number|at least 0"):
            made.cahn_hilliard(start, steps)


def test_grey_values_are_no_compositions():
    with pytest.raises(ValueError, match="from 0 to 255; give numbers from -2 to 2"):
        made.cahn_hilliard(np.linspace(0, 255, 512).reshape(2, 16, 16), 20)
    with pytest.raises(ValueError, match="square"):
        made.swift_hohenberg(np.zeros((2, 16, 8)), 0.7, 0.0)


def test_one_wave_number_serves_all_images():
    start = 0.05 * np.random.default_rng(0).standard_normal((2, 16, 16))
    once, each = (
        made.swift_hohenberg(start, 0.7, 0.0),
        made.swift_hohenberg(start, [0.7] * 2, [0.0] * 2),
    )
    assert np.array_equal(once, each)


def test_grains_smaller_than_a_grain_are_refused():
    with pytest.raises(ValueError, match="size=7 was given"):
        made.grain_films(2, size=7)  # it was film everywhere


def test_stripes_prefer_a_direction_or_none():
    noise = 0.1 * np.random.default_rng(0).standard_normal((1, 16, 16))
    with pytest.raises(ValueError, match="The anisotropies go from -1 to -1"):
        made.swift_hohenberg(noise, 0.7, 0.0, -1)


def test_one_number_asks_for_one_specimen():
    assert np.array_equal(made.specimens("grains", 3, 16), made.specimens("grains", [3], 16))
    with pytest.raises(ValueError, match="There is no kind of microstructure None"):
        made.computed_microstructures(None, 2)
