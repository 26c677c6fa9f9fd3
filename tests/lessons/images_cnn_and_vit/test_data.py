from itertools import product

import numpy as np
import pytest
import torch

from matnn_lab.datasets import nanoporous_gold
from matnn_lab.datasets.conductivity import mean_current
from matnn_lab.datasets.ebsd import misorientation_deg, nickel_patterns, orientation_matrices
from matnn_lab.datasets.microstructures import grain_films
from matnn_lab.lessons.images_cnn_and_vit import data
from matnn_lab.lessons.images_cnn_and_vit.runs import (
    FlipsAndTurns,
    texture_network,
    training_runs,
)
from matnn_lab.representations.images import radial_power_spectrum


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
        ("conductivity", {"forest", "forest, told of spans", "CNN", "ViT"}),
        ("section 4", {"CNN"}),
        ("specimens", {"CNN"}),
        ("pixels", {"majority", "Otsu", "Otsu, light and noise taken off", "U-Net"}),
        ("orientation", {"CNN"}),
    ],
)
def test_every_training_has_three_seeds(task, networks):
    runs = training_runs()
    runs = runs[runs["task"] == task]
    assert set(runs["network"]) == networks
    settings = ["network", "augmented", "split", "measure", "n_train"]
    if task == "specimens":
        settings.append("epochs")
    assert (runs.groupby(settings)["seed"].nunique() == 3).all()
    assert not runs.duplicated([*settings, "seed"]).any()


def test_both_networks_were_trained_at_each_size_with_and_without_augmentation():
    runs = training_runs().query("task == 'conductivity' and network in ('CNN', 'ViT')")
    settings = set(zip(runs["network"], runs["augmented"], runs["n_train"], strict=True))
    assert settings == set(product(("CNN", "ViT"), (False, True), (100, 400, 2000)))
    longest = runs.groupby("n_train")["epochs"].max()
    assert longest[100] + 80 < 1000  # patience ended each: the last epoch was never reached
    assert longest[[400, 2000]].max() + 20 < 300


def test_films_of_a_pixel_have_gaps_through_which_most_images_conduct():
    assert 0.7 < data.spans(grain_films(100, seed=3)).mean() < 0.85


def test_a_conductor_spans_along_x_by_stripes_corners_and_over_the_edge_but_not_when_it_is_cut():
    along, across, diagonal = np.zeros((3, 8, 8), dtype=bool)
    along[2] = True
    across[:, 2] = True
    diagonal[np.arange(8), np.arange(8)] = True
    cut, over_the_edge = along.copy(), along.copy()
    cut[2, 5] = False
    over_the_edge[2, 4:6] = False  # around the gap by way of the upper edge
    over_the_edge[:2, [3, 6]] = over_the_edge[7, 3:7] = True
    images = np.array([along, across, diagonal, cut, over_the_edge])
    assert list(data.spans(images)) == [True, False, True, False, True]
    assert data.spans(along).shape == (1,)


def helix(size, laps_x, laps_y):
    """A thin closed path on a periodic image, which goes round it so often in each direction."""
    along = np.arange(20 * size) / (20 * size)
    image = np.zeros((size, size), dtype=bool)
    image[
        np.round(along * laps_y * size).astype(int) % size,
        np.round(along * laps_x * size).astype(int) % size,
    ] = True
    return image


@pytest.mark.parametrize("laps", [(1, 0), (1, 1), (1, 3), (1, -2), (3, 1), (2, 1), (2, -3)])
def test_a_helix_spans_along_x_however_steep_it_is_and_wherever_it_begins(laps):
    image = helix(24, *laps)
    images = [np.roll(image, shift, axis=(0, 1)) for shift in ((0, 0), (5, 0), (0, 7), (11, 13))]
    assert data.spans(np.array(images)).all()
    cut = image.copy()
    cut[0] = cut[:, 0] = False
    assert not data.spans(cut)[0]


def test_what_goes_round_along_y_only_or_comes_back_does_not_span():
    upright = helix(24, 0, 1)
    spiral = helix(24, 3, 1)  # longer than two images, but with two ends
    spiral[:2, :4] = spiral[-2:, -4:] = False
    assert not data.spans(np.array([upright, spiral, np.zeros((24, 24), dtype=bool)])).any()


def reached_in_copies(image):
    """Walk from every pixel through copies of the image: is one met again further left or right?"""
    height, width = image.shape
    for start in zip(*np.nonzero(image), strict=True):
        met, waiting = {}, [start]
        while waiting:
            y, x = waiting.pop()
            place, copy = (y % height, x % width), x // width
            if not image[place] or met.get(place) == copy:
                continue
            if place in met:
                return True
            met[place] = copy
            waiting += [(y + a, x + b) for a in (-1, 0, 1) for b in (-1, 0, 1)]
    return False


def test_spans_of_random_images_are_those_of_a_walk_through_copies():
    rng = np.random.default_rng(0)
    images = rng.random((400, 7, 9)) < rng.uniform(0.2, 0.5, (400, 1, 1))
    expected = [reached_in_copies(image) for image in images]
    assert 100 < sum(expected) < 300
    assert data.spans(images).tolist() == expected


def test_a_crack_through_the_whole_image_ends_every_span():
    images = data.cracked(60, 1000, "whole")[0]
    before = data.cracked(60, 1000, "no")[0]
    assert not data.spans(images).any()
    assert data.spans(before).mean() > 0.5


def test_training_and_both_tests_share_no_patch_and_new_specimens_are_new():
    patches = data.patches_of_specimens(8, 0)
    left_out, new = data.left_out_and_new(patches, 0)
    used = ~(left_out | new)
    assert (left_out.sum(), new.sum(), used.sum()) == (9, 36, 27)
    assert not set(patches.specimen[new]) & set(patches.specimen[~new])
    assert set(patches.specimen[left_out]) & set(patches.specimen[used])


def test_the_kept_network_answers():
    with torch.no_grad():
        images, kind = data.textures(4, seed=77)
        right = (texture_network()(torch.tensor(images)).argmax(dim=1).numpy() == kind).mean()
        assert right > 0.5


def test_a_solver_that_stops_early_is_nearer_than_the_network_of_the_lesson():
    images, log_k = data.conductivities(60, seed=1000)
    sigma = np.where(images, 100.0, 1.0)
    errors = [
        np.abs(np.log10(mean_current(sigma, tolerance=each)[:, 0]) - log_k).mean()
        for each in (0.5, 0.1)
    ]
    runs = training_runs().query("task == 'conductivity' and network == 'CNN' and n_train == 400")
    assert errors[1] < 0.005 < errors[0] < runs["score"].min()


def test_specimens_that_are_recorded_alike_have_no_noise_of_their_own():
    alike = data.patches_of_specimens(4, 1, recorded=False).images
    own = data.patches_of_specimens(4, 1).images
    rough = [np.abs(np.diff(each, axis=2)).mean() for each in (alike, own)]
    assert rough[0] < 0.5 * rough[1]


def test_the_gold_repeats_after_about_forty_nanometres_in_any_field():
    gold = nanoporous_gold().loc[0]
    fields = [
        gold["image"][row : row + 320, left : left + 320] for row in (0, 24) for left in (0, 192)
    ]
    rings = 4 + radial_power_spectrum(np.array(fields, dtype=float))[:, 3:].argmax(axis=1)
    wavelength = 320 * gold["pixel_nm"] / rings
    assert (np.abs(wavelength - 40) < 6).all()
    assert len(set(rings)) > 1  # no field knows it better than to a ring


def test_flips_and_turns_show_the_eight_views_of_a_square_and_no_other():
    torch.manual_seed(0)
    image = torch.arange(9.0).reshape(1, 3, 3)
    views = {tuple(FlipsAndTurns()(image).flatten().tolist()) for _draw in range(200)}
    assert len(views) == 8
    assert all(view[4] == 4 for view in views)  # the middle stays
    assert FlipsAndTurns().eval()(image) is image


def test_the_nine_measured_patterns_are_of_two_crystals():
    table = nickel_patterns()
    refined = orientation_matrices(table["phi1_deg"], table["Phi_deg"], table["phi2_deg"])
    other = misorientation_deg(refined, refined[0]) > 2
    assert set(np.bincount(other.astype(int))) == {3, 6}
    assert misorientation_deg(refined[other], refined[other][0]).max() < 2


def test_a_crack_through_the_whole_image_costs_more_than_one_that_ends():
    whole, half, none = (data.cracked(60, 5, crack) for crack in ("whole", "half", "no"))
    assert len(whole[0]) == len(half[0]) == len(none[0]) > 10
    assert (none[0].mean(axis=(1, 2)) > data.GOOD).all()
    assert (whole[1] < half[1]).all()
    assert (half[1] - whole[1]).mean() > 0.3
    assert (half[1] < none[1]).all()


def test_images_that_conduct_well_get_their_cracks_in_turn():
    plain, _log_k = data.conductivities(60, seed=5)
    images, log_k = data.partly_cracked(60, 5, ("whole", "half", "no"))
    good = np.flatnonzero(plain.mean(axis=(1, 2)) > data.GOOD)
    changed = np.flatnonzero((images != plain).any(axis=(1, 2)))
    assert changed.tolist() == sorted([*good[::3], *good[1::3]])
    assert not images[good[::3], :, :2].any()
    assert not images[good[1::3], : data.SIZE // 2, :2].any()
    assert images[good[1::3], data.SIZE // 2 :, :2].any()
    np.testing.assert_allclose(log_k, data.log_conductivity(images))


def test_grey_values_are_not_all_taken_for_the_good_conductor():
    mask = np.random.default_rng(0).random((2, 8, 8)) > 0.5
    assert data.log_conductivity(mask[0]) == pytest.approx(
        data.log_conductivity(mask)[:1], abs=1e-3
    )
    with pytest.raises(ValueError, match="give booleans"):
        data.log_conductivity(np.where(mask, 0.8, 0.3))


def test_an_image_without_contrast_is_named_and_a_single_one_is_read():
    images = np.random.default_rng(0).random((2, 32, 32))
    for read in (data.standardized, data.spectrum_features, data.direction_features):
        assert np.allclose(read(images[0]), read(images)[:1])
    images[1] = 3
    for read in (data.standardized, data.directed_features):
        with pytest.raises(ValueError, match="Number 1 of the images"):
            read(images)


def test_a_crack_of_another_kind_and_fewer_than_no_images_are_refused():
    with pytest.raises(ValueError, match="choose one of no, half, whole"):
        data.cracked(4, 0, "zigzag")
    with pytest.raises(ValueError, match="n=-1"):
        data.textures(-1, 0)


def test_an_image_without_middle_wavelengths_has_power_in_no_direction():
    features = data.directed_features(np.array([[1.0, 2.0], [3.0, 4.0]]))
    assert np.isfinite(features).all()
    assert not features[0, -6:].any()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: data.partly_cracked(4, 0, ("crooked",)), "The crack 'crooked' is not known"),
        (lambda: data.patches_of_specimens(1, 0), "n=1 was given"),
        (lambda: data.patches_of_specimens(2.0, 0), "n=2.0 was given"),
        (lambda: data.patches_of_specimens(2, -1), "seed=-1 was given"),
        (lambda: data.batches(np.ones((3, 2)), 0), "size=0 was given"),
        (lambda: data.batches(np.ones((3, 2)), -1), "size=-1 was given"),
        (lambda: data.left_out_and_new(data.patches_of_specimens(4, 0), 1.5), "The seed 1.5"),
        (lambda: FlipsAndTurns()(torch.ones(8, 8)), "The network was given a Tensor"),
    ],
)
def test_what_no_set_can_be_made_of_is_refused_in_a_sentence(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_one_kind_of_crack_may_be_named_alone():
    images, log_k = data.partly_cracked(4, 0, "whole")
    same, same_k = data.partly_cracked(4, 0, ("whole",))
    assert np.array_equal(images, same)
    assert np.array_equal(log_k, same_k)
