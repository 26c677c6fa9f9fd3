from dataclasses import replace

import numpy as np
import pytest
from pymatgen.analysis.diffraction.xrd import XRDCalculator
from pymatgen.core import Element, Lattice, Structure

from matnn_lab.datasets import mineral_structures, minerals
from matnn_lab.representations.spectra import (
    CU_K_ALPHA,
    CU_K_ALPHA_1,
    CU_K_ALPHA_2,
    DISTORTIONS,
    GRID,
    Measurement,
    Reflections,
    bragg_angle,
    draw_measurement,
    line_profiles,
    march_dollase,
    observe,
    powder_patterns,
    scattering_factor,
)


def rock_salt(a=5.64, first="Na", second="Cl"):
    corner = np.array([[0, 0, 0], [0, 0.5, 0.5], [0.5, 0, 0.5], [0.5, 0.5, 0]])
    sites = np.concatenate([corner, corner + 0.5])
    return Structure(Lattice.cubic(a), 4 * [first] + 4 * [second], sites)


def one_line(two_theta, intensity=1.0):
    """Reflections of a crystal that has one line, at an angle of the mean wavelength."""
    g = 2 * np.sin(np.radians(two_theta / 2)) / CU_K_ALPHA
    return Reflections(
        np.array([[0, 0, 1]], dtype=np.int16),
        np.array([[0, 0, g]], dtype=np.float32),
        np.array([intensity]),
        np.array([0]),
        g * np.eye(3)[None],
    )


@pytest.fixture(scope="module")
def crystals():
    return mineral_structures(minerals()["amcsd_id"].sample(300, random_state=0))


@pytest.fixture(scope="module")
def some(crystals):
    return Reflections.from_structures(crystals[:40])


@pytest.fixture
def random():
    return np.random.default_rng(0)


def agree(crystals):
    calculator = XRDCalculator(CU_K_ALPHA)
    ours = Reflections.from_structures(crystals, two_theta_range=(10, 80))
    for number, crystal in enumerate(crystals):
        theirs = calculator.get_pattern(crystal, two_theta_range=(10, 80))
        lines = ours.lines(number)
        # lines that meet by accident are joined within a tolerance, so compare what has been summed
        edges = np.concatenate([[0], theirs.x[:-1] + np.diff(theirs.x) / 2, [180]])
        summed, _ = np.histogram(lines["two_theta_deg"], edges, weights=lines["intensity"])
        summed *= 100 / summed.max()
        assert np.abs(summed - theirs.y).max() < 2e-3
        strong = lines[lines["intensity"] > 2e-3]["two_theta_deg"].to_numpy()
        nearest = np.abs(strong[:, None] - theirs.x).min(axis=1)
        assert nearest.max() < 1e-4
    return len(crystals)


def test_angles_and_intensities_are_those_of_pymatgen(crystals):
    assert agree(crystals[::12]) == 25


def test_rock_salt_has_only_reflections_that_are_all_even_or_all_odd():
    one = Reflections.from_structures([rock_salt()])
    seen = one.hkl[one.intensity > 1e-9 * one.intensity.max()]
    assert (np.ptp(seen % 2, axis=1) == 0).all()
    assert len(seen) < len(one.hkl)


def test_multiplicities_are_those_of_a_cubic_crystal():
    table = Reflections.from_structures([rock_salt()]).lines()
    lines = dict(zip(table["hkl"], table["multiplicity"], strict=True))
    assert [lines[hkl] for hkl in [(1, 1, 1), (2, 0, 0), (2, 2, 0), (3, 1, 1)]] == [8, 6, 12, 24]


def test_the_odd_lines_of_two_atoms_alike_are_gone():
    """KCl: the ions have as many electrons, and the face-centered cell looks primitive and half as long."""
    lines = Reflections.from_structures([rock_salt(6.29, "K", "Cl")]).lines()
    odd = [hkl[0] % 2 == 1 for hkl in lines["hkl"]]
    assert lines[odd]["intensity"].max() < 3


def test_a_choice_of_the_origin_and_a_supercell_change_nothing():
    crystal = mineral_structures(minerals()["amcsd_id"][:1])[0]
    moved = crystal.copy()
    moved.translate_sites(range(len(moved)), [0.13, 0.27, 0.41])
    doubled = crystal * (1, 2, 1)
    random = np.random.default_rng(0)
    all_three = Reflections.from_structures([crystal, moved, doubled])
    patterns = line_profiles(all_three, Measurement.ideal(3), random)
    assert patterns == pytest.approx(
        np.tile(patterns[0], (3, 1)), rel=1e-5, abs=1e-5 * patterns.max()
    )


def test_an_atom_scatters_forward_with_all_its_electrons_and_less_to_the_side():
    factor = scattering_factor("Fe", np.linspace(0, 0.5, 20))
    assert factor[0] == 26
    assert (np.diff(factor) < 0).all()
    assert scattering_factor("Fe", 0.5, b_iso=1.0) == pytest.approx(factor[-1] * np.exp(-0.25))


def test_an_element_without_factors_is_named():
    with pytest.raises(ValueError, match="no scattering factors for 'Og'"):
        scattering_factor("Og", 0.1)


def test_bragg_knows_silicon():
    assert bragg_angle(5.4309 / np.sqrt(3), 1.54056) == pytest.approx(28.44, abs=0.01)
    assert bragg_angle(0.5) == 180


def test_rows_of_reflections_are_those_crystals(some, random):
    chosen = some[[7, 3, 7]]
    patterns = line_profiles(some, Measurement.ideal(40), random)
    assert np.allclose(line_profiles(chosen, Measurement.ideal(3), random), patterns[[7, 3, 7]])
    assert np.isclose(some[np.arange(40) < 5].intensity.sum(), some[:5].intensity.sum())


# Profiles


@pytest.mark.parametrize("lorentzian", [0.0, 0.4, 1.0])
def test_a_line_has_its_area_and_its_width(lorentzian, random):
    fine = np.linspace(38, 42, 4001)  # steps of 0.001°: the line is drawn to its ends
    how = Measurement.ideal(1, fwhm_deg=0.02)
    how = Measurement(**vars(how) | {"lorentzian": np.array([lorentzian])})
    (pattern,) = line_profiles(one_line(40.0, 5.0), how, random, fine)
    above = fine[pattern > pattern.max() / 2]
    assert fine[pattern.argmax()] == pytest.approx(40, abs=0.002)
    assert np.ptp(above) == pytest.approx(0.02, abs=0.002)
    # the tails of a Lorentzian beyond a hundred widths hold a share of 0.003
    assert pattern.sum() * 0.001 == pytest.approx(5, rel=0.005)


def test_the_width_follows_caglioti(random):
    u, v, w = 0.08, -0.03, 0.02
    for angle in (20.0, 60.0, 79.0):
        how = Measurement(**vars(Measurement.ideal(1)) | {"caglioti": np.array([[u, v, w]])})
        fine = np.linspace(angle - 2, angle + 2, 401)
        (wide,) = line_profiles(one_line(angle), how, random, fine)
        above = fine[wide > wide.max() / 2]
        tangent = np.tan(np.radians(angle / 2))
        assert np.ptp(above) == pytest.approx(np.sqrt(u * tangent**2 + v * tangent + w), abs=0.03)


def test_k_alpha_2_lies_where_bragg_says_with_half_the_height(random):
    grid = np.linspace(70, 80, 5001)
    how = Measurement.ideal(1, fwhm_deg=0.02)
    how = Measurement(**vars(how) | {"k_alpha_2": np.array([0.5]), "lorentzian": np.array([0.0])})
    line = one_line(75.0)
    d = CU_K_ALPHA / 2 / np.sin(np.radians(37.5))
    (pattern,) = line_profiles(line, how, random, grid)
    first, second = (
        pattern[np.abs(grid - bragg_angle(d, wave)) < 0.05] for wave in (CU_K_ALPHA_1, CU_K_ALPHA_2)
    )
    assert second.max() / first.max() == pytest.approx(0.5, rel=0.02)


def test_shift_and_displacement_move_lines_as_the_geometry_says(random):
    grid = np.linspace(15, 75, 6001)
    still = Measurement.ideal(1)
    for angle in (20.0, 70.0):
        for changes, expected in (
            ({"zero_shift_deg": np.array([0.08])}, 0.08),
            (
                {"displacement_mm": np.array([0.2])},
                -np.degrees(2 * 0.2 * np.cos(np.radians(angle / 2)) / 200),
            ),
        ):
            moved = Measurement(**vars(still) | changes)
            (pattern,) = line_profiles(one_line(angle), moved, random, grid)
            assert grid[pattern.argmax()] - angle == pytest.approx(expected, abs=0.011)


def test_texture_keeps_the_number_of_grains():
    cosine = (np.arange(20000) + 0.5) / 20000
    for r in (0.4, 0.7, 1.0, 1.5):
        assert march_dollase(cosine, r).mean() == pytest.approx(1, abs=1e-3)


def test_plates_that_lie_flat_show_their_planes_more(random):
    crystal = Structure(Lattice.tetragonal(4, 6), ["Ti"], [[0, 0, 0]])
    lines = Reflections.from_structures([crystal])
    flat = Measurement(**vars(Measurement.ideal(1)) | {"march": np.array([0.6])})
    before = line_profiles(lines, Measurement.ideal(1), random)[0]
    after = line_profiles(lines, flat, random)[0]
    basal, prism = (np.abs(GRID - bragg_angle(d)).argmin() for d in (6.0, 4.0))
    assert after[basal] / before[basal] == pytest.approx(0.6**-3, rel=0.02)
    assert after[prism] / before[prism] == pytest.approx(0.6**1.5, rel=0.05)


def test_graininess_and_noise_change_heights_and_not_places(some, random):
    how = draw_measurement(40, random, ["graininess", "noise"])
    ideal = powder_patterns(some, Measurement.ideal(40), random)
    seen = powder_patterns(some, how, random)
    assert np.abs(seen - ideal).max() > 0.05
    strong = np.abs(seen.argmax(axis=1) - ideal.argmax(axis=1)) <= 1
    assert (strong | (ideal[np.arange(40), seen.argmax(axis=1)] > 0.1)).all()


def test_noise_is_that_of_counting(random):
    flat = np.ones((1, 20001))
    how = Measurement(**vars(Measurement.ideal(1)) | {"counts": np.array([400.0])})
    seen = observe(flat, how, random, np.linspace(10, 80, 20001))[0]
    counts = seen / seen.mean() * 400
    assert counts.std() == pytest.approx(20, rel=0.03)


# Drawing


def test_without_distortions_nothing_is_disturbed(random):
    drawn, ideal = draw_measurement(5, random, []), Measurement.ideal(5)
    assert all(np.array_equal(vars(drawn)[name], vars(ideal)[name]) for name in vars(ideal))


@pytest.mark.parametrize("distortion", DISTORTIONS)
def test_each_distortion_changes_the_pattern(distortion, some):
    ideal = powder_patterns(some, Measurement.ideal(40), np.random.default_rng(1))
    how = draw_measurement(40, np.random.default_rng(1), [distortion])
    seen = powder_patterns(some, how, np.random.default_rng(1))
    assert np.abs(seen - ideal).max(axis=1).mean() > 0.01


def test_one_seed_gives_one_shift_with_and_without_the_others():
    alone, together = (
        draw_measurement(4, np.random.default_rng(3), names) for names in (["shift"], DISTORTIONS)
    )
    assert np.array_equal(alone.zero_shift_deg, together.zero_shift_deg)


def test_widths_stay_real_at_every_angle(random):
    u, v, w = draw_measurement(500, random).caglioti.T
    tangent = np.tan(np.radians(GRID / 2))[:, None]
    assert (u * tangent**2 + v * tangent + w).min() > 0


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda: Reflections.from_structures([]), "at least one"),
        (
            lambda: Reflections.from_structures([rock_salt()], two_theta_range=(80, 10)),
            "two rising",
        ),
        (lambda: draw_measurement(2, np.random.default_rng(0), ["tilt"]), "'tilt' is not known"),
        (
            lambda: powder_patterns(one_line(40), Measurement.ideal(2), np.random.default_rng(0)),
            "1 crystals and 2 measurements",
        ),
        (
            lambda: line_profiles(
                one_line(40), Measurement.ideal(1), np.random.default_rng(0), [10, 11, 13]
            ),
            "not evenly spaced",
        ),
    ],
)
def test_a_wrong_call_says_what_to_do(wrong, words):
    with pytest.raises(ValueError, match=words):
        wrong()


def test_a_wavelength_in_nm_or_pm_is_refused():
    cell = Structure(Lattice.cubic(3.6), ["Cu"], [[0, 0, 0]])
    for wavelength in (0.154184, 154.184, 8048.0, np.nan):
        with pytest.raises(ValueError, match="in Å|wavelengths"):
            Reflections.from_structures([cell], wavelength)
    assert Reflections.from_structures(cell).n_crystals == 1


def test_scattering_factors_are_not_used_where_their_sums_do_not_hold():
    with pytest.raises(ValueError, match="from 0 to 2"):
        scattering_factor("Na", 5.0)  # 10.99 electrons, as if all were in one point


def test_angles_in_radians_show_no_lines(random):
    with pytest.raises(ValueError, match="2θ in degrees"):
        line_profiles(one_line(40.0, 5.0), Measurement.ideal(1), random, np.radians(GRID))


def test_a_falling_grid_gives_the_pattern_turned_round():
    rising, falling = (
        line_profiles(one_line(40.03, 5.0), Measurement.ideal(1), 0, grid)[0]
        for grid in (GRID, GRID[::-1])
    )
    assert np.allclose(rising[::-1], falling, rtol=1e-3, atol=1e-5)


def test_the_second_line_of_copper_belongs_to_copper(random):
    how = replace(Measurement.ideal(1), k_alpha_2=[0.5])
    with pytest.raises(ValueError, match="copper tube"):
        line_profiles(replace(one_line(40.0, 5.0), wavelength=0.7107), how, random)


@pytest.mark.parametrize(
    ("name", "value"),
    [("march", 0.0), ("lorentzian", 2.0), ("zero_shift_deg", np.nan), ("counts", -5.0)],
)
def test_an_impossible_measurement_gives_no_pattern(name, value, random):
    how = replace(Measurement.ideal(1), **{name: [value]})
    with pytest.raises(ValueError, match=f"values of {name}"):
        powder_patterns(one_line(40.0, 5.0), how, random)
    with pytest.raises(ValueError, match=f"values of {name} have the shape"):
        replace(how, **{name: value})


def test_negative_intensities_are_not_observed(random):
    with pytest.raises(ValueError, match="intensities go from -1"):
        observe(np.full((1, len(GRID)), -1.0), Measurement.ideal(1), random)
    with pytest.raises(ValueError, match="a row for each measurement"):
        observe(np.ones(len(GRID)), Measurement.ideal(1), random)


def test_a_seed_serves_as_a_generator():
    drawn = (draw_measurement(3, random) for random in (7, np.random.default_rng(7)))
    assert np.array_equal(*(each.counts for each in drawn))


def test_a_bond_has_a_length():
    for distance in (0.0, -2.0, np.nan):
        with pytest.raises(ValueError, match="distances of planes"):
            bragg_angle(distance)
    with pytest.raises(ValueError, match="cosines"):
        march_dollase(60.0, 0.7)  # degrees


def test_a_line_of_negative_width_or_half_a_powder_is_refused():
    with pytest.raises(ValueError, match="widths"):
        Measurement.ideal(2, -0.15)
    for make in (Measurement.ideal, lambda n: draw_measurement(n, 0)):
        with pytest.raises(ValueError, match="whole number"):
            make(2.5)


def test_counting_a_pattern_without_intensity_gives_none():
    noisy = replace(Measurement.ideal(2), counts=np.array([100.0, 100.0]))
    intensity = np.zeros((2, len(GRID)))
    intensity[1, 300] = 5
    seen = observe(intensity, noisy, 0)
    assert not seen[0].any()
    assert seen[1].max() == seen[1, 300] == 1


def test_an_element_object_scatters_as_its_symbol():
    assert scattering_factor(Element("Si"), 0.1) == scattering_factor("Si", 0.1)
    for name in ("Si4+", None, ["Si"]):
        with pytest.raises(ValueError, match="give the symbol of an element"):
            scattering_factor(name, 0.1)


def test_nothing_and_a_number_are_no_crystals_and_no_angles_no_range():
    for given in (None, 5):
        with pytest.raises(ValueError, match="no crystal with atoms"):
            Reflections.from_structures(given)
    cell = Structure(Lattice.cubic(3), ["Fe"], [[0, 0, 0]])
    with pytest.raises(ValueError, match="give two rising"):
        Reflections.from_structures(cell, two_theta_range=())


def test_cosines_and_textures_match_and_a_pattern_has_points():
    with pytest.raises(ValueError, match="have the shapes"):
        march_dollase([0, 0.5, 1], [0.5, 0.6])
    assert march_dollase([[0], [1]], [0.5, 0.6]).shape == (2, 2)
    with pytest.raises(ValueError, match="a number for each angle"):
        observe(np.ones((2, 0)), Measurement.ideal(2), 0, [])


def test_a_crystal_or_powder_that_is_not_there_is_refused_in_a_sentence():
    reflections = Reflections.from_structures([rock_salt()])
    for rows in (1, [0, 3], "NaCl"):
        with pytest.raises(ValueError, match="Of 1 crystals"):
            reflections[rows]
        with pytest.raises(ValueError, match="Of 1 crystals"):
            reflections.lines(rows)
        with pytest.raises(ValueError, match="Of 1 measurements"):
            Measurement.ideal(1)[rows]


def test_widths_whose_square_is_negative_are_refused_in_a_sentence():
    reflections = Reflections.from_structures(2 * [rock_salt()])
    how = replace(Measurement.ideal(2), caglioti=np.array([[0, 0, 0.02], [0, -0.1, 0.01]]))
    with pytest.raises(ValueError, match="In measurement 1, counted from 0, the square of a width"):
        line_profiles(reflections, how, 0)


@pytest.mark.parametrize(
    ("vectors", "words"),
    [
        ([[1, 0, 0], [2, 0, 0], [0, 0, 1]], "lie in one plane"),
        ([[0, 0, 0], [2, 0, 0], [0, 0, 1]], "lie in one plane"),
        ([[np.nan, 0, 0], [0, 2, 0], [0, 0, 1]], "cell vectors"),
        (np.diag([500.0, 500, 500]), "more than 50 million"),
    ],
)
def test_a_cell_without_volume_or_far_too_large_is_refused_in_a_sentence(vectors, words):
    with pytest.raises(ValueError, match=words):
        Reflections.from_structures([Structure(Lattice(vectors), ["Cu"], [[0, 0, 0]])])


def test_cosines_and_textures_of_shapes_that_do_not_fit_are_refused_in_a_sentence():
    with pytest.raises(ValueError, match=r"shapes \(2, 3\) and \(2,\); give one for all"):
        march_dollase(np.zeros((2, 3)), [0.5, 0.6])


def test_more_counts_than_can_be_drawn_are_refused_and_parts_are_read_from_tensors():
    import torch

    reflections = Reflections.from_structures([rock_salt()])
    how = replace(Measurement.ideal(1), graininess=torch.zeros(1, requires_grad=True))
    assert powder_patterns(reflections, how, 0).max() == 1
    with pytest.raises(ValueError, match="np.inf for no noise"):
        powder_patterns(reflections, replace(how, counts=np.array([1e20])), 0)


@pytest.mark.parametrize("seed", [-1, "a", 1.5, None])
def test_a_seed_that_is_none_is_refused_in_a_sentence(seed):
    with pytest.raises(ValueError, match="The seed"):
        draw_measurement(3, seed)


def test_distortions_that_are_no_names_are_refused_in_a_sentence():
    for given in (None, 3, ["noise", 1]):
        with pytest.raises(ValueError, match="is not known; choose from"):
            draw_measurement(3, 0, given)
