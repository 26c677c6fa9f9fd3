"""Columns of numbers as people write them, and names that say more than a unit."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from matnn_lab.evaluation.auditing.cells import read_numbers
from matnn_lab.evaluation.auditing.headers import bounds_of, unit_of


@pytest.mark.parametrize(
    ("column", "values"),
    [
        (["1.234,56", "1.234", "850,5"], [1234.56, None, 850.5]),
        (["1.234", "2.500", "1.234.567"], [None, None, None]),
        (["1.234", "0,5", "0.850"], [None, 0.5, 0.85]),
        (["1.234", "2.500"], [1.234, 2.5]),
        (["1,234", "2"], [1234, 2]),
        (["7,874", "2,7", "10-20"], [7.874, 2.7, None]),
        (["7,874", "~2,7"], [7.874, 2.7]),
        (["1,234±0,005", "2"], [1.234, 2]),
        (["1,234 (ref. 1,2)", "1,234"], [None, 1234]),
        (["1,234,567", "1,234"], [1234567, 1234]),
    ],
)
def test_a_sign_before_three_digits_means_what_the_other_cells_show(column, values):
    found = read_numbers(column)
    np.testing.assert_array_equal(found.values, np.array(values, dtype=float))
    assert len(found.unread) == values.count(None)


@pytest.mark.parametrize(
    ("decimal", "values"), [("?", [np.nan] * 2), (",", [7.874, 1234]), (".", [7874, 1.234])]
)
def test_what_is_known_of_the_file_settles_or_leaves_open_what_a_sign_means(decimal, values):
    table = pd.DataFrame({"y": ["7,874", "1.234"]})
    table.attrs["decimal"] = decimal
    for found in (read_numbers(table["y"]), read_numbers(list(table["y"]), decimal=decimal)):
        np.testing.assert_array_equal(found.values, values)


def test_a_difference_of_25_degrees_is_one_of_25_kelvin():
    def first(name):
        return read_numbers(pd.Series(["25 °C"], name=name)).values[0]

    assert [first(name) for name in ("Delta T (K)", "ΔT (K)", "dT (K)", "change, K (K)")] == [
        25
    ] * 4
    assert first("T (K)") == pytest.approx(298.15)


def test_numbers_that_no_float_holds_are_not_read():
    found = read_numbers([10**400, Decimal("sNaN"), Decimal("1.5")])
    np.testing.assert_array_equal(found.values, [np.nan, np.nan, 1.5])
    assert found.texts["kind"].tolist() == ["text", "missing"]


def test_a_text_or_a_table_is_no_column():
    with pytest.raises(TypeError, match="A text was given; give one column"):
        read_numbers("850")
    with pytest.raises(TypeError, match=r"A table was given; give one column, such as table..ys"):
        read_numbers(pd.DataFrame({"ys": [1.0]}))


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("thermal_expansion_per_k", None),
        ("kappa_w_per_m_k", None),
        ("wt% C", None),
        ("mass fraction K", None),
        ("lattice_c", None),
        ("heat capacity J/mol K", None),
        ("Cp J/mol·K", None),
        ("energy_ev_per_atom", "ev_per_atom"),
        ("temperature_c", "c"),
        ("T, K", "k"),
        ("T_k", "k"),
        ("Tm K", "k"),
        ("temp in K", "k"),
        ("melting_point_c", "c"),
        ("E / eV atom⁻¹", "ev_per_atom"),
    ],
)
def test_a_letter_at_the_end_of_a_name_is_a_temperature_only_where_the_name_is(name, unit):
    assert unit_of(name) == unit


@pytest.mark.parametrize(
    "name",
    [
        "Delta T (K)",
        "hardness change (HV)",
        "Eg error (eV)",
        "temperature_coefficient_ppm_per_k",
        "age_years",
        "half life (years)",
    ],
)
def test_changes_and_spans_of_time_have_no_bounds(name):
    assert bounds_of(name) is None


def test_a_year_of_publication_has_bounds():
    assert bounds_of("publication_year") == bounds_of("Year") == (1800, 2100)
