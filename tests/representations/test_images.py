import numpy as np
import pytest

from matnn_lab.representations.images import (
    radial_power_spectrum,
    sector_power_spectrum,
    two_point_correlation,
)

RNG = np.random.default_rng(0)


def test_at_shift_zero_the_correlation_of_a_phase_is_its_volume_fraction():
    phase = RNG.random((3, 16, 20)) < 0.3
    s2 = two_point_correlation(phase)
    np.testing.assert_allclose(s2[:, 0, 0], phase.mean(axis=(1, 2)), atol=1e-12)
    np.testing.assert_allclose(s2.mean(axis=(1, 2)), phase.mean(axis=(1, 2)) ** 2, atol=1e-12)


def test_the_correlation_is_what_counting_sticks_gives():
    phase = (RNG.random((12, 12)) < 0.4).astype(float)
    s2 = two_point_correlation(phase)
    for dy, dx in ((0, 1), (3, 0), (2, 5)):
        thrown = (phase * np.roll(phase, (-dy, -dx), axis=(0, 1))).mean()
        assert s2[dy, dx] == pytest.approx(thrown, abs=1e-12)


def test_disorder_forgets_after_one_pixel():
    phase = RNG.random((256, 256)) < 0.3
    s2 = two_point_correlation(phase)
    assert s2[5, 7] == pytest.approx(0.09, abs=0.01)


def test_the_power_of_a_wave_lies_in_its_ring_and_direction():
    x = np.arange(32)
    wave = np.broadcast_to(np.cos(2 * np.pi * 5 * x / 32), (32, 32))
    power = sector_power_spectrum(np.stack([wave, wave.T]), 2)
    assert power.shape == (2, 2, 16)
    for image, sector in ((0, 0), (1, 1)):
        strongest = np.unravel_index(power[image].argmax(), (2, 16))
        assert strongest == (sector, 4)  # ring 0 holds one period, ring 4 five
        assert np.delete(power[image].ravel(), power[image].argmax()).max() < 1e-20


def test_the_spectrum_does_not_see_shifts_flips_and_quarter_turns():
    image = RNG.normal(size=(24, 24))
    power = radial_power_spectrum(image)
    for other in (np.roll(image, (3, 11), (0, 1)), image[::-1], image[:, ::-1], np.rot90(image)):
        np.testing.assert_allclose(radial_power_spectrum(other), power, rtol=1e-9)


def test_white_noise_has_the_same_power_at_all_wavelengths():
    power = radial_power_spectrum(RNG.normal(size=(50, 32, 32))).mean(axis=0)
    np.testing.assert_allclose(power[2:], 1, atol=0.15)


@pytest.mark.parametrize("bad", [np.ones(4), np.full((4, 4), np.inf)])
def test_what_is_no_image_is_refused(bad):
    with pytest.raises(ValueError):
        two_point_correlation(bad)


def test_more_rings_than_wave_numbers_are_refused():
    with pytest.raises(ValueError, match="1 to 4 rings"):
        radial_power_spectrum(np.ones((8, 8)), 9)


def test_a_picture_in_colours_and_masked_pixels_have_no_spectrum():
    image = np.random.default_rng(0).random((16, 16))
    with pytest.raises(ValueError, match="colours"):
        radial_power_spectrum(np.stack([image] * 3, axis=-1))
    with pytest.raises(ValueError, match="masked"):
        two_point_correlation(np.ma.masked_less(image, 0.5))
    with pytest.raises(ValueError, match="whole numbers"):
        radial_power_spectrum(image, 2.5)
