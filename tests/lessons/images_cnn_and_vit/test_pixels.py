import numpy as np
import pytest
import torch

from matnn_lab.lessons.images_cnn_and_vit import pixels
from matnn_lab.lessons.images_cnn_and_vit.pictures import gallery
from matnn_lab.lessons.images_cnn_and_vit.runs import pixel_network


def test_the_threshold_of_otsu_leaves_the_least_variance_within_the_two_classes():
    rng = np.random.default_rng(0)
    grey = np.concatenate([rng.normal(0, 0.5, 3000), rng.normal(2, 0.3, 1000)])
    edges = np.histogram_bin_edges(grey, pixels.LEVELS)[1:-1]
    within = [
        sum(part.size * part.var() for part in (grey[grey <= e], grey[grey > e])) for e in edges
    ]
    assert pixels.otsu_threshold(grey) == pytest.approx(
        edges[np.argmin(within)], abs=np.diff(edges)[0]
    )
    assert 0.8 < pixels.otsu_threshold(grey) < 1.6


def test_a_threshold_moves_with_the_unit_of_the_grey_values():
    grey = np.random.default_rng(1).gamma(2.0, size=(20, 20))
    assert pixels.otsu_threshold(3 * grey + 7) == pytest.approx(3 * pixels.otsu_threshold(grey) + 7)


def test_an_image_of_one_grey_has_no_threshold():
    with pytest.raises(ValueError, match="one grey value"):
        pixels.otsu_threshold(np.ones((4, 4)))


def test_overlap_counts_what_both_have_against_what_either_has():
    true = np.zeros((1, 4, 4), dtype=bool)
    true[0, :2] = True  # 8 pixels
    found = np.zeros_like(true)
    found[0, 1:3] = True  # 8 pixels, 4 of them shared
    assert pixels.overlap(found, true) == pytest.approx(4 / 12)
    assert pixels.overlap(true, true) == 1
    assert pixels.overlap(~true, true) == 0
    assert pixels.overlap(np.zeros_like(true), np.zeros_like(true)) == 1


def test_the_rarer_phase_is_the_bright_one():
    images, phases = pixels.recorded_phases(12, seed=5)
    assert images.shape == phases.shape == (12, 64, 64)
    assert (phases.mean(axis=(1, 2)) <= 0.5).all()
    brighter = [
        image[phase].mean() > image[~phase].mean()
        for image, phase in zip(images, phases, strict=True)
    ]
    assert np.mean(brighter) > 0.8


def test_taking_off_the_light_and_the_noise_helps_a_threshold_and_the_kept_network_is_better_still():
    images, phases = pixels.recorded_phases(30, seed=3001)
    with torch.no_grad():
        found = pixel_network()(torch.tensor(images)).numpy() > 0
    raw, even = pixels.by_threshold(images), pixels.by_threshold(images, 6, 1)
    scores = [pixels.overlap(each, phases) for each in (raw, even, found)]
    assert scores[0] + 0.1 < scores[1] < scores[2]


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_pixel_that_is_no_number_is_not_called_an_image_of_one_grey(bad):
    image = np.random.default_rng(0).random((1, 8, 8))
    image[0, 3, 4] = bad
    for threshold in (pixels.otsu_threshold, pixels.by_threshold):
        with pytest.raises(ValueError, match="1 are NaN, infinite or masked"):
            threshold(image)


def test_a_single_image_has_one_threshold_and_not_one_a_row():
    image = np.random.default_rng(0).random((8, 12)) + np.linspace(0, 2, 8)[:, None]
    assert np.array_equal(pixels.by_threshold(image), image > pixels.otsu_threshold(image))
    assert np.array_equal(pixels.by_threshold(image, 3, 1), pixels.by_threshold([image], 3, 1)[0])


def test_colours_and_negative_widths_are_refused():
    with pytest.raises(ValueError, match="one picture in colours"):
        pixels.by_threshold(np.random.default_rng(0).random((32, 32, 3)))
    image = np.random.default_rng(0).random((1, 8, 8))
    for widths in ((-1.0, 0.0), (0.0, 0.0), (None, -1.0), (np.nan, 0.0)):
        with pytest.raises(ValueError, match="widths"):
            pixels.by_threshold(image, *widths)


def test_overlap_is_of_masks_of_one_shape():
    mask = np.eye(4, dtype=bool)
    assert pixels.overlap(mask, mask.astype("uint8")) == 1
    with pytest.raises(ValueError, match="give booleans"):
        pixels.overlap(np.where(mask, 0.9, 0.2), mask)
    for other in (np.ones((1, 4, 4)), np.ones((2, 4, 4))):
        with pytest.raises(ValueError, match="shapes"):
            pixels.overlap(np.stack([mask] * 3), other)


def test_two_neighbors_among_the_numbers_of_a_computer_are_one_grey_value():
    for grey in ([1.0, 1.0 + 4e-16], [1e9, 1e9 + 1e-6]):
        with pytest.raises(ValueError, match="one grey value"):
            pixels.otsu_threshold(grey)
    assert 1e9 < pixels.otsu_threshold([1e9, 1e9 + 1]) < 1e9 + 1


@pytest.mark.parametrize("light", [0.1, 1e12])
def test_a_light_that_is_all_or_nothing_is_refused_in_a_sentence(light):
    image = np.random.default_rng(0).random((8, 8))
    with pytest.raises(ValueError, match="give numbers from 0.5 to 1e"):
        pixels.by_threshold(image, light)


def test_a_row_of_pixels_is_no_image():
    with pytest.raises(ValueError, match=r"Pixels of shape \(3,\) were given"):
        pixels.overlap([1, 0, 1], [1, 0, 1])


@pytest.mark.parametrize("image", [np.ones(3), np.full((3, 3), np.nan), np.ones((2, 8, 8))])
def test_a_picture_is_drawn_of_grey_images_alone(image):
    with pytest.raises(ValueError, match="images|image"):
        gallery([image], ["one"], alt="An image.")


def test_a_picture_is_drawn_of_a_tensor():
    assert len(gallery([torch.rand(4, 4, requires_grad=True)], ["one"], alt="Noise.").data) == 1
