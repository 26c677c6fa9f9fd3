import numpy as np
import pytest

from matnn_lab.datasets import ebsd, nanoporous_gold


@pytest.fixture(scope="module")
def measured():
    table = ebsd.nickel_patterns()
    matrices = ebsd.orientation_matrices(table["phi1_deg"], table["Phi_deg"], table["phi2_deg"])
    return table, matrices


def test_simulated_patterns_look_like_the_measured_ones_at_their_orientations(measured):
    table, matrices = measured
    patterns = np.stack(table["pattern"]) - ebsd.nickel_background()
    shown = ebsd.flatten_background(patterns, 8)
    centers = table[["pcx", "pcy", "pcz"]]
    simulated = ebsd.flatten_background(ebsd.simulate_patterns(matrices, centers), 8)
    likeness = (shown * simulated).mean(axis=(1, 2))
    assert likeness.min() > 0.3
    turned = ebsd.flatten_background(ebsd.simulate_patterns(matrices[::-1][:1], centers[:1]), 8)
    assert (shown[:1] * turned).mean() < 0.5 * likeness[0]


def test_the_nine_patterns_hold_two_crystals(measured):
    _table, matrices = measured
    angles = np.array([ebsd.misorientation_deg(matrices, np.tile(m, (9, 1, 1))) for m in matrices])
    np.testing.assert_allclose(np.diagonal(angles), 0, atol=1e-4)
    np.testing.assert_allclose(angles, angles.T, atol=1e-6)
    alike = angles < 3
    assert len({tuple(row) for row in alike}) == 2


def test_symmetry_operations_of_the_cube_change_no_pattern_and_no_misorientation(measured):
    from scipy.spatial.transform import Rotation

    _table, matrices = measured
    cube = Rotation.create_group("O").as_matrix()
    turned = cube @ matrices[0]
    base = np.tile(matrices[0], (24, 1, 1))
    np.testing.assert_allclose(ebsd.misorientation_deg(turned, base), 0, atol=1e-4)
    patterns = ebsd.simulate_patterns(turned, (0.42, 0.21, 0.5), size=20)
    change = np.abs(patterns - patterns[0])  # of 255; near its rim the map is interpolated coarsely
    assert change.mean() < 2
    assert change.mean() < 0.1 * np.abs(patterns[0] - patterns[0].mean()).mean()


def test_two_random_cubes_are_at_most_63_degrees_apart():
    first, second = ebsd.random_orientations(500, 0), ebsd.random_orientations(500, 1)
    angle = ebsd.misorientation_deg(first, second)
    assert 55 < angle.max() < 62.8
    assert 38 < angle.mean() < 43  # Mackenzie's distribution has the mean 40.7°


def test_a_turn_by_a_known_angle_is_found():
    from scipy.spatial.transform import Rotation

    start = ebsd.random_orientations(3, 0)
    turn = Rotation.from_rotvec([0, 0, np.radians(7)]).as_matrix()
    np.testing.assert_allclose(ebsd.misorientation_deg(turn @ start, start), 7, atol=1e-4)


def test_the_gold_micrograph_is_556_nm_wide():
    row = nanoporous_gold().loc[0]
    assert row["image"].shape == (344, 512)
    assert row["pixel_nm"] * 512 == pytest.approx(556.0)
    assert row["image"].std() > 10


def test_mirrored_and_stretched_crystals_have_no_misorientation():
    matrices = ebsd.random_orientations(3, 0)
    for wrong in (-matrices, 2 * matrices, np.ones((3, 4))):
        with pytest.raises(ValueError, match="no rotation matrices"):
            ebsd.misorientation_deg(wrong, matrices)


@pytest.mark.parametrize("center", [(0.4, 0.2, -0.5), (252.0, 126.0, 300.0), (0.4, 0.2)])
def test_a_screen_lies_before_the_sample_and_is_measured_in_its_edge(center):
    with pytest.raises(ValueError, match="not pixels"):
        ebsd.simulate_patterns(ebsd.random_orientations(3, 0), center, 8)


def test_a_dead_pattern_is_named():
    patterns = np.random.default_rng(0).random((3, 8, 8))
    patterns[1] = 4
    with pytest.raises(
        ValueError, match="Number 1 of the patterns, .* has the same value everywhere"
    ):
        ebsd.flatten_background(patterns, 2)


def test_a_loaded_pattern_belongs_to_who_loaded_it():
    before = ebsd.nickel_patterns()["pattern"][0].copy()
    ebsd.nickel_patterns()["pattern"][0][:] = 0
    assert np.array_equal(ebsd.nickel_patterns()["pattern"][0], before)


def test_a_number_of_orientations_or_pixels_is_whole():
    for n in (-1, 2.0):
        with pytest.raises(ValueError, match="whole number"):
            ebsd.random_orientations(n, 0)
    with pytest.raises(ValueError, match="size=True"):
        ebsd.simulate_patterns(np.eye(3)[None], [0.5, 0.5, 0.5], True)


@pytest.mark.parametrize(("unit", "offset"), [(1e-25, 0), (1e25, 0), (1, 1e8)])
def test_a_flattened_pattern_does_not_depend_on_the_unit_and_the_zero_of_grey(unit, offset):
    pattern = np.random.default_rng(0).uniform(0, 255, (24, 31))
    flat = ebsd.flatten_background(pattern, 4)
    np.testing.assert_allclose(ebsd.flatten_background(unit * pattern + offset, 4), flat, atol=1e-4)


@pytest.mark.parametrize("width", [0.1, 0.3, 1e9])
def test_a_background_that_is_all_or_nothing_is_refused_in_a_sentence(width):
    pattern = np.random.default_rng(0).uniform(0, 255, (24, 31))
    with pytest.raises(ValueError, match="give numbers from 0.5 to 1e"):
        ebsd.flatten_background(pattern, width)


def test_grids_of_orientations_that_do_not_fit_are_refused_in_a_sentence():
    turns = ebsd.random_orientations(5, 0)
    assert ebsd.misorientation_deg(turns[None], turns[:, None]).shape == (5, 5)
    with pytest.raises(ValueError, match="The orientations have the shapes"):
        ebsd.misorientation_deg(turns[None, :4], turns[None])


@pytest.mark.parametrize("seed", [-1, "a", 1.5, None])
def test_orientations_are_drawn_from_a_seed(seed):
    with pytest.raises(ValueError, match="The seed"):
        ebsd.random_orientations(2, seed)
