import numpy as np
import pandas as pd
import pytest

from matnn_lab.datasets.photoemission import (
    photoelectron_lines,
    photoemission,
    pseudo_voigt,
    shirley_background,
    shirley_step,
)

ENERGY = np.arange(70.0, 110.0, 0.1)


def test_gold_has_its_doublet_in_the_ratio_of_its_electrons():
    lines = photoelectron_lines("Au").set_index("edge")
    assert lines.loc["N7", "binding_energy_ev"] == pytest.approx(84.0, abs=0.3)
    assert lines.loc["N6", "binding_energy_ev"] == pytest.approx(87.7, abs=0.3)
    ratio = lines.loc["N6", "cross_section_mb"] / lines.loc["N7", "cross_section_mb"]
    assert ratio == pytest.approx(3 / 4)


def test_cross_sections_are_near_those_of_scofield():
    """Sensitivity to C 1s = 1 (Scofield 1976): F 1s 4.43, O 1s 2.93, Au 4f 17.1; another calculation."""
    total = {}
    for element, subshell in (("C", "1s"), ("O", "1s"), ("F", "1s"), ("Au", "4f")):
        lines = photoelectron_lines(element)
        total[element] = lines.loc[lines["subshell"] == subshell, "cross_section_mb"].sum()
    for element, expected in {"O": 2.93, "F": 4.43, "Au": 17.1}.items():
        assert total[element] / total["C"] == pytest.approx(expected, rel=0.15)


def test_without_background_the_area_is_the_cross_section():
    wide = np.arange(-800.0, 1000.0, 0.1)
    lines = photoelectron_lines("Al")
    area = np.trapezoid(photoemission(wide, {"Al": 2.0}, step_per_ev=0), wide)
    assert area == pytest.approx(2 * lines["cross_section_mb"].sum(), rel=0.01)


def test_charging_moves_everything():
    moved = photoemission(ENERGY + 3, {"Au": 1.0}, shift_ev=3)
    assert np.allclose(moved, photoemission(ENERGY, {"Au": 1.0}))


def test_the_step_behind_a_line_is_its_area_times_the_constant():
    line = np.exp(-((ENERGY - 84) ** 2))
    step = shirley_step(ENERGY, line, 0.05)
    assert step[0] == 0
    assert step[-1] == pytest.approx(0.05 * np.sqrt(np.pi), rel=1e-6)


def test_shirley_finds_the_background_that_was_put_in():
    lines = 9 * np.exp(-((ENERGY - 84) ** 2)) + 7 * np.exp(-((ENERGY - 87.7) ** 2))
    background = 3 + shirley_step(ENERGY, lines, 0.05)
    found = shirley_background(ENERGY, lines + background)
    assert np.allclose(found, background, atol=1e-6)


def test_an_unknown_element_is_refused():
    with pytest.raises(ValueError, match="no element 'Xx'"):
        photoelectron_lines("Xx")


def test_falling_energies_are_refused():
    with pytest.raises(ValueError, match="must rise"):
        shirley_background(ENERGY[::-1], ENERGY)


def test_a_falling_axis_makes_no_background_below_zero():
    energy = np.arange(80.0, 96.0, 0.1)
    with pytest.raises(ValueError, match="must rise"):
        photoemission(energy[::-1], {"Au": 1.0})
    for wrong in ({"amounts": {"Au": -1.0}}, {"width_ev": -1.0}):
        with pytest.raises(ValueError, match="amounts|widths"):
            photoemission(**{"binding_energy_ev": energy, "amounts": {"Au": 1.0}} | wrong)


def test_a_region_without_a_step_has_a_flat_background():
    energy = np.arange(80.0, 96.0, 0.1)
    assert np.array_equal(shirley_background(energy, np.full(160, 7)), np.full(160, 7.0))


@pytest.mark.parametrize("edge", [0, -3, 1000, 2.5])
def test_the_ends_of_a_region_do_not_overlap(edge):
    energy = np.arange(80.0, 96.0, 0.1)
    with pytest.raises(ValueError, match="at each end"):
        shirley_background(energy, photoemission(energy, {"Au": 1.0}), edge=edge)


def test_counts_that_are_missing_have_no_background():
    energy = np.arange(80.0, 96.0, 0.1)
    counts = photoemission(energy, {"Au": 1.0})
    counts[50] = np.nan
    with pytest.raises(ValueError, match="Of the counts, 1 are NaN"):
        shirley_background(energy, counts)
    with pytest.raises(ValueError, match="one for each"):
        shirley_background(energy, counts[:9] * 0 + 1)


def test_amounts_may_be_a_column_or_text_and_no_list_of_names():
    energy = np.arange(70.0, 100.0)
    right = photoemission(energy, {"Au": 2.0})
    for amounts in (pd.Series({"Au": 2.0}), {"Au": "2"}):
        assert np.array_equal(photoemission(energy, amounts), right)
    with pytest.raises(ValueError, match="give symbols and shares"):
        photoemission(energy, ["Au"])


def test_a_step_needs_an_intensity_for_each_energy():
    assert shirley_step([0, 1, 2], [0, 2, 0], 0.5).tolist() == [0, 0.5, 1]
    with pytest.raises(ValueError, match="shapes"):
        shirley_step(np.arange(3), np.arange(2), 0.5)


def test_a_step_over_falling_energies_is_refused_instead_of_turned_over():
    energy = np.arange(10.0)
    with pytest.raises(ValueError, match="must rise"):
        shirley_step(energy[::-1], np.ones(10), 1.0)
    with pytest.raises(ValueError, match="give one row of them"):
        shirley_step(np.ones((2, 5)), np.ones((2, 5)), 1.0)
    with pytest.raises(ValueError, match=r"steps \(1/eV\)"):
        shirley_step(energy, np.ones(10), "high")


def test_an_amount_is_one_number_and_a_line_is_drawn_at_a_list():
    with pytest.raises(ValueError, match="Of the amounts, 2 were given"):
        photoemission(np.arange(100.0), {"Au": [1, 2]})
    assert pseudo_voigt([0, 0.5], 0.3).tolist() == pytest.approx([1, 0.5])
