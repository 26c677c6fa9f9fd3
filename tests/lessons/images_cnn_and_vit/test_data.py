import numpy as np
import pytest

from matnn_lab.lessons.images_cnn_and_vit import data
from matnn_lab.lessons.images_cnn_and_vit.runs import texture_network, training_runs


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
    assert not runs.duplicated([*settings, "seed"]).any()


def test_the_kept_network_answers():
    import torch

    with torch.no_grad():
        images, kind = data.textures(4, seed=77)
        right = (texture_network()(torch.tensor(images)).argmax(dim=1).numpy() == kind).mean()
        assert right > 0.5
