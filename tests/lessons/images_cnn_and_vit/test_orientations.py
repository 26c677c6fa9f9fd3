import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from matnn_lab.datasets.ebsd import misorientation_deg, random_orientations
from matnn_lab.lessons.images_cnn_and_vit import orientations
from matnn_lab.lessons.images_cnn_and_vit.runs import orientation_network


def test_the_tensor_of_a_cube_does_not_know_its_24_descriptions():
    one = random_orientations(1, 0)[0]
    tensors = orientations.cubic_tensors(Rotation.create_group("O").as_matrix() @ one)
    np.testing.assert_allclose(tensors, np.tile(tensors[0], (24, 1)), atol=1e-12)
    other = orientations.cubic_tensors(random_orientations(1, 1))
    assert np.abs(other - tensors[0]).max() > 0.05


def test_the_nearest_entry_is_the_one_at_the_smallest_distance():
    rng = np.random.default_rng(0)
    values, entries = rng.normal(size=(7, 4)), rng.normal(size=(30, 4))
    distance = np.linalg.norm(values[:, None] - entries, axis=2)
    assert (orientations.nearest(values, entries, block=3) == distance.argmin(axis=1)).all()


def test_the_kept_network_is_better_on_clean_patterns_than_on_measured_ones():
    import torch

    entries = random_orientations(5000, 77)
    tensors = orientations.cubic_tensors(entries)
    mean = orientations.cubic_tensors(random_orientations(20_000, 77)).mean(axis=0)
    network, errors = orientation_network(), []
    for patterns, truth in (orientations.simulated(40, seed=5), orientations.measured()):
        with torch.no_grad():
            found = network(torch.tensor(patterns)).numpy() + mean
        best = entries[orientations.nearest(found, tensors)]
        errors.append(np.median(misorientation_deg(best, truth)))
    assert errors[0] < 10 < errors[1] < 30


def test_what_is_no_orientation_has_no_tensor():
    for values in (np.ones((4, 3)), np.ones((4, 3, 3))):
        with pytest.raises(ValueError, match="no rotation matrices"):
            orientations.cubic_tensors(values)


def test_nothing_is_nearest_to_nan():
    for values, words in (
        ([[np.nan, 1]], "NaN"),
        ([[1.0]], r"give \(n, 2\)"),
        (np.ones((0, 2)), "0 values"),
    ):
        with pytest.raises(ValueError, match=words):
            orientations.nearest(values, np.eye(2))


@pytest.mark.parametrize("offset", [0, 1e2, 1e4, 1e7])
def test_the_nearest_entry_is_found_however_far_from_zero_all_are(offset):
    entries = offset + np.random.default_rng(0).random((50, 3))
    assert np.array_equal(orientations.nearest(entries, entries), np.arange(50))


def test_the_nearest_entry_is_found_in_any_unit_and_blocks_are_counted():
    entries = np.random.default_rng(0).random((50, 3))
    for unit in (1e-30, 1e30):
        assert np.array_equal(orientations.nearest(unit * entries, unit * entries), np.arange(50))
    for block in (0, -1, 2.5):
        with pytest.raises(ValueError, match="block="):
            orientations.nearest(entries, entries, block)
