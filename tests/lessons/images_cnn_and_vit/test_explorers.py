import numpy as np
import pytest

from matnn_lab.datasets.conductivity import wiener_bounds
from matnn_lab.lessons.images_cnn_and_vit import explorers
from matnn_lab.lessons.images_cnn_and_vit.data import log_conductivity


def always_ten(images):
    return np.ones(len(images))


@pytest.fixture(scope="module")
def growth():
    return explorers.growth_explorer()


@pytest.fixture(scope="module")
def conduction():
    return explorers.conduction_explorer(always_ten)


def named(figure, name):
    return next(trace for trace in figure.data if trace.name == name)


def test_the_wavelength_grows_with_time(growth):
    for mean in explorers.MEANS.values():
        rings = [
            named(growth.figure(steps=steps, mean=mean), "highest").x[0]
            for steps in explorers.STEPS
        ]
        assert rings[-1] < rings[1]


def test_in_the_minority_a_longer_wave_grows_and_grows_later(growth):
    equal, minority = (growth.figure(steps=20, mean=mean) for mean in (explorers.MEANS.values()))
    assert named(equal, "highest").x[0] == 4
    assert named(minority, "highest").x[0] == 3
    assert np.std(minority.data[0].z) < 0.05 < 0.1 < np.std(equal.data[0].z)


def test_the_image_shows_the_whole_specimen(growth):
    figure = growth.figure()
    assert np.shape(figure.data[0].z) == (explorers.GROWING, explorers.GROWING)


def test_the_fraction_in_the_image_is_that_of_the_slider(conduction):
    for material in explorers.MATERIALS:
        for fraction in (0.3, 0.7):
            image = np.array(conduction.figure(fraction=fraction, material=material).data[0].z)
            assert image.mean() == pytest.approx(fraction, abs=0.01)


def test_the_conductivity_grows_with_the_good_conductor_and_keeps_its_bounds(conduction):
    low, high = wiener_bounds(explorers.FRACTIONS, 1, 100)
    for material in explorers.MATERIALS:
        k = np.array(named(conduction.figure(material=material), "solved").y)
        assert (np.diff(k) > 0).all()
        assert (10**k > 0.97 * low).all()
        assert (10**k < 1.03 * high).all()


def test_films_still_block_where_droplets_have_joined(conduction):
    films = named(conduction.figure(material="grains with films"), "solved").y
    droplets = named(conduction.figure(material="droplets"), "solved").y
    half = explorers.FRACTIONS.index(0.5)
    assert films[half] < droplets[half] - 0.3


def test_together_the_explorers_draw_few_figures_of_few_bytes(growth, conduction):
    from matnn_lab.widgets.payload import size

    for explorer in (growth, conduction):
        states = np.prod([len(control.values) for control in explorer.controls.values()])
        assert states <= 30
        assert size(explorer.bake()) <= 300_000


def test_the_steepest_rise_is_where_the_first_path_closes():
    field = explorers.landscape("demixed", 11)
    images = explorers.growing(field)
    start = explorers.FRACTIONS.index(explorers.steepest_rise("demixed", 11))
    log_k = log_conductivity(images)
    assert np.diff(log_k).max() == log_k[start + 1] - log_k[start]
