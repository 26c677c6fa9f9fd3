import numpy as np
import pytest

from matnn_lab.datasets.ebsd import random_orientations
from matnn_lab.lessons.images_cnn_and_vit import data, orientations
from matnn_lab.lessons.images_cnn_and_vit.runs import (
    orientation_network,
    texture_network,
    training_runs,
)


def test_fewer_images_are_the_first_of_more():
    few, log_k = data.conductivities(5, seed=3)
    more, log_more = data.conductivities(9, seed=3)
    assert (few == more[:5]).all()
    np.testing.assert_allclose(log_k, log_more[:5], atol=1e-6)


def test_textures_are_standardized_and_all_kinds_are_there():
    images, kind = data.textures(2, seed=0)
    assert images.shape == (10, 32, 32)
    np.testing.assert_allclose(images.std(axis=(1, 2)), 1, atol=1e-4)
    assert (np.bincount(kind) == 2).all()


def test_half_of_the_variance_of_a_label_is_not_in_the_picture():
    found = [data.patches_of_specimens(64, seed).ceiling for seed in (0,)]
    assert 0.3 < np.mean(found) < 0.7
    patches = data.patches_of_specimens(4, 1)
    assert patches.images.shape == (36, 32, 32)
    assert len(np.unique(patches.label[patches.specimen == 2])) == 1


def test_the_tensor_of_a_cube_does_not_know_its_24_descriptions():
    from scipy.spatial.transform import Rotation

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


@pytest.mark.parametrize(
    ("task", "networks"),
    [
        ("textures", {"forest", "forest, with direction", "CNN", "ViT"}),
        ("conductivity", {"forest", "CNN", "ViT"}),
        ("orientation", {"CNN"}),
    ],
)
def test_every_training_has_three_seeds(task, networks):
    runs = training_runs()
    runs = runs[runs["task"] == task]
    assert set(runs["network"]) == networks
    settings = ["network", "augmented", "split", "n_train"]
    assert (runs.groupby(settings)["seed"].nunique() == 3).all()


def test_the_kept_networks_answer():
    import torch

    with torch.no_grad():
        images, kind = data.textures(4, seed=77)
        right = (texture_network()(torch.tensor(images)).argmax(dim=1).numpy() == kind).mean()
        assert right > 0.5
        patterns, _truth = orientations.simulated(2, seed=5)
        assert orientation_network()(torch.tensor(patterns)).shape == (2, 15)
