"""Tables as they are found; each case stopped the audit, or got a clean bill, before it was mended."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from pymatgen.core import Lattice, Structure

from matnn_lab.datasets import alloys, formation_enthalpies
from matnn_lab.evaluation import audit

TARGET = {"target": "yield_strength_mpa"}


@pytest.fixture(scope="module")
def strengths():
    """Alloys with a measured yield strength, 1,067 rows."""
    columns = ["formula", "yield_strength_mpa", "temperature_c", "test_type", "doi", "reference_id"]
    table = alloys()[columns].dropna(subset=["yield_strength_mpa", "temperature_c"])
    return table.reset_index(drop=True)


@pytest.fixture
def small():
    """Thirty tidy rows of thirty compositions, without a finding but rare elements."""
    rng = np.random.default_rng(0)
    formulas = [f"Fe{100 - n}Ni{n}" for n in range(3, 93, 3)]
    return pd.DataFrame(
        {"formula": formulas, "yield_strength_mpa": rng.uniform(300, 900, size=30).round(1)}
    )


def found(report, check):
    """Return positions of a finding, or None if the check passed."""
    table = report.findings.set_index("check")
    return table.loc[check, "positions"] if check in table.index else None


def said(report, check):
    return report.findings.set_index("check").loc[check, "finding"]


def test_a_tidy_table_has_no_finding(small):
    report = audit(small, **TARGET)
    assert report.findings.empty, report
    assert {"unreadable formulas", "slips of the unit", "impossible values"} <= set(report.passed)


# Formulas


def test_unreadable_formulas_are_one_finding_and_the_rest_is_audited(strengths):
    table = strengths.copy()
    bad = ["Fe2O3(s)", "Ti-6Al-4V", "YBa2Cu3O7-x", "Na+", "n.a.", None, "CuSO4.5H2O", "Al 7075"]
    table.loc[range(0, 80, 10), "formula"] = bad
    report = audit(table, **TARGET)
    assert found(report, "unreadable formulas") == list(range(0, 80, 10))
    text = said(report, "unreadable formulas")
    for kind in ("phase", "designation", "variable amount", "charge", "missing", "hydrate"):
        assert kind in text
    assert not set(range(0, 80, 10)) & set(found(report, "repeated compositions"))
    assert len(found(report, "repeated compositions")) > 700


def test_a_table_without_any_readable_formula_is_audited():
    table = pd.DataFrame({"formula": ["steel"] * 12, "yield_strength_mpa": np.arange(12.0) + 300})
    assert found(audit(table, **TARGET), "unreadable formulas") == list(range(12))


def test_findings_show_the_formula_of_the_reader(small):
    table = pd.concat([small, small.iloc[[0, 0]].assign(yield_strength_mpa=[100.0, 2000.0])])
    assert "Fe97Ni3" in said(audit(table, **TARGET), "conflicting targets")


# Numbers as text


def test_numbers_in_text_are_read_where_certain_and_listed_where_not(strengths):
    table = strengths.copy()
    table["yield_strength_mpa"] = table["yield_strength_mpa"].map("{:,.0f}".format)
    odd = ["n.a.", "10-20", "~1500", "1.2 GPa", "850±20", ">1000", "850 (as cast)"]
    table.loc[range(7), "yield_strength_mpa"] = odd
    report = audit(table, **TARGET, conditions=["temperature_c"])
    text = said(report, "numbers as text")
    for kind in ("thousands", "range", "approximate", "unit", "uncertainty", "bound", "text"):
        assert kind in text
    assert "3 of them not read" in text
    assert found(report, "missing values") == [0]
    plain = audit(strengths, **TARGET, conditions=["temperature_c"])
    lowest = said(plain, "conflicting targets").split(", such as ")[1]
    assert lowest == said(report, "conflicting targets").split(", such as ")[1]


def test_a_column_of_digits_in_text_is_a_column_of_numbers(small):
    table = small.astype({"yield_strength_mpa": str})
    table.loc[4, "yield_strength_mpa"] = "-5"
    report = audit(table, **TARGET)
    assert "all numbers are text" in said(report, "numbers as text")
    assert found(report, "impossible values") == [4]


def test_names_made_of_digits_are_no_numbers(small):
    report = audit(small.assign(sample=[f"{n:03d}" for n in range(30)]), **TARGET)
    assert found(report, "numbers as text") is None


# Units in names


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("YS (MPa)", -5.0),
        ("T (K)", -10.0),
        ("Hardness [HV]", -1.0),
        ("Eg/eV", -3.0),
        ("T [°C]", -300.0),
        ("ρ (g/cm³)", 81.0),
        ("bulk modulus, GPa", -4.0),
        ("porosity", 1.7),
        ("formation energy (eV/atom)", -125.0),
        ("temperature_k", -10.0),
    ],
)
def test_units_are_read_from_names_as_people_write_them(small, name, value):
    table = small.assign(**{name: np.linspace(0.1, 0.9, 30)})
    table[name] = table[name] * (10 if "ρ" in name else 1)
    table.loc[7, name] = value
    assert found(audit(table), "impossible values") == [7]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("energy_ev_per_atom", -12.95),
        ("residual_stress_mpa", -350.0),
        ("c12_gpa", -20.0),
        ("pressure_gpa", -2.0),
        ("elongation (%)", 130.0),
    ],
)
def test_what_is_rare_but_possible_is_not_called_impossible(small, name, value):
    table = small.assign(**{name: np.linspace(0.1, 0.9, 30)})
    table.loc[7, name] = value
    assert found(audit(table), "impossible values") is None


def test_no_unit_in_a_name_is_not_a_passed_check(small):
    report = audit(small.rename(columns={"yield_strength_mpa": "strength"}))
    assert "unit in its name" in report.not_asked["impossible values"]
    assert report.not_asked["missing values"] == "neither a target nor conditions were named"
    assert report.not_asked["far-off targets"] == "no target was named"
    assert "Not asked" in repr(report)


# Names and labels


def test_a_name_that_occurs_twice_is_a_finding(small):
    table = pd.concat([small, small["yield_strength_mpa"] * 2, small["formula"]], axis=1)
    report = audit(table, **TARGET)
    assert "yield_strength_mpa, formula" in said(report, "repeated column names")


@pytest.mark.parametrize("labels", ["repeated", "text", "shuffled"])
def test_positions_are_positions_whatever_the_index(small, labels):
    table = small.copy()
    table.loc[7, "yield_strength_mpa"] = 1e6
    index = {
        "repeated": [7] * 30,
        "text": [f"row {n}" for n in range(30)],
        "shuffled": np.random.default_rng(0).permutation(30),
    }[labels]
    table.index = index
    report = audit(table, **TARGET)
    assert found(report, "far-off targets") == [7]
    row = report.findings.set_index("check").loc["far-off targets"]
    assert row["labels"] == [table.index.tolist()[7]]
    assert (found(report, "repeated index labels") is not None) == (labels == "repeated")


def test_tables_joined_by_concat_are_audited():
    frame = formation_enthalpies()[["formula", "formation_enthalpy_ev_per_atom"]]
    both = pd.concat([frame, frame.head(50)])
    report = audit(both, target="formation_enthalpy_ev_per_atom")
    assert found(report, "identical rows") == list(range(len(frame), len(both)))
    assert len(found(report, "repeated index labels")) == 100


# Kinds of columns


@pytest.mark.parametrize("kind", ["Int64", "Float64", "string", "object"])
def test_nullable_columns_are_audited(small, kind):
    values = small["yield_strength_mpa"].round(0).astype(int).astype(kind)
    values[3] = pd.NA
    report = audit(small.assign(yield_strength_mpa=values), **TARGET)
    assert found(report, "missing values") == [3]
    assert "size of the targets" in report.passed


@pytest.mark.parametrize("kind", ["bool", "boolean", "category", "string"])
def test_labels_of_any_kind_are_labels(small, kind):
    values = pd.Series([True, False] * 15)
    labels = (
        values.astype(kind) if "bool" in kind else values.map({True: "a", False: "b"}).astype(kind)
    )
    table = pd.concat([small.assign(is_metal=labels)] * 2, ignore_index=True)
    table.loc[30, "is_metal"] = labels[1]
    report = audit(table, target="is_metal")
    assert found(report, "conflicting targets") == [0, 30]
    assert report.not_asked["slips of the unit"] == "the target is no column of numbers"


def test_infinite_values_are_found_and_hide_nothing(small):
    table = pd.concat([small, small.head(2).assign(yield_strength_mpa=3000.0)], ignore_index=True)
    table.loc[5, "yield_strength_mpa"] = np.inf
    report = audit(table, **TARGET)
    assert found(report, "infinite values") == [5]
    assert found(report, "conflicting targets") == [0, 1, 30, 31]


def test_rows_without_a_known_condition_are_not_in_conflict(small):
    table = pd.concat([small.assign(phase=None)] * 2, ignore_index=True)
    table["yield_strength_mpa"] = np.linspace(300, 900, 60)
    assert found(audit(table, **TARGET), "conflicting targets") is not None
    assert found(audit(table, **TARGET, conditions=["phase"]), "conflicting targets") is None


# Values


def test_strengths_in_another_unit_are_found_among_1067(strengths):
    table = strengths.copy()
    rows = np.random.default_rng(0).choice(len(table), size=20, replace=False)
    assert found(audit(table, **TARGET), "slips of the unit") is None
    table.loc[rows, "yield_strength_mpa"] /= 1000
    report = audit(table, **TARGET)
    assert found(report, "slips of the unit") == sorted(rows)
    assert "GPa" in said(report, "slips of the unit")


@pytest.mark.parametrize("seed", range(3))
def test_a_third_of_the_hardness_in_gpa_is_found(seed):
    table = alloys().dropna(subset=["hardness_hv"]).reset_index(drop=True)
    rows = np.flatnonzero(np.random.default_rng(seed).random(len(table)) < 1 / 3)
    table.loc[rows, "hardness_hv"] /= 101.97
    report = audit(table, target="hardness_hv")
    assert set(rows) <= set(found(report, "slips of the unit"))
    assert len(found(report, "slips of the unit")) <= len(rows) + 3


def test_one_value_a_thousand_times_too_small_is_found(small):
    small.loc[11, "yield_strength_mpa"] /= 1000
    assert found(audit(small, **TARGET), "slips of the unit") == [11]


def test_a_placeholder_does_not_hide_a_slip(small):
    small.loc[11, "yield_strength_mpa"] /= 1000
    small.loc[[2, 20], "yield_strength_mpa"] = -999
    report = audit(small, **TARGET)
    assert found(report, "slips of the unit") == [11]
    assert found(report, "placeholders") == [2, 20]


def test_a_source_that_writes_another_unit_is_named(strengths):
    table = strengths.copy()
    source = table["doi"].value_counts().index[2]
    table.loc[table["doi"] == source, "yield_strength_mpa"] *= 1000
    report = audit(table, **TARGET, by="doi")
    assert source in said(report, "sources in another unit")
    assert (
        found(report, "sources in another unit") == np.flatnonzero(table["doi"] == source).tolist()
    )
    assert "sources in another unit" in audit(strengths, **TARGET, by="doi").passed


def test_values_copied_from_another_source_are_found(strengths):
    copied = found(audit(strengths, **TARGET, by="doi"), "copied values")
    assert len(copied) > 100
    assert (strengths.loc[copied, "reference_id"] == 165).sum() > 40


def test_kelvin_among_degrees_are_found(strengths):
    table = strengths.copy()
    assert found(audit(table), "kelvin and degrees") is None
    rows = np.random.default_rng(1).choice(len(table), size=40, replace=False)
    table.loc[rows, "temperature_c"] += 273.15
    positions = set(found(audit(table), "kelvin and degrees"))
    assert positions <= set(rows)
    assert len(positions) > 36


def test_degrees_among_kelvin_are_found(small):
    table = small.assign(**{"T (K)": [298.15, 673.15, 873.15] * 10})
    assert found(audit(table), "kelvin and degrees") is None
    table.loc[[3, 9], "T (K)"] = 25.0
    assert found(audit(table), "kelvin and degrees") == [3, 9]


@pytest.mark.parametrize("value", [-999.0, 9999.0, -1e5, 0.0, -1.0])
def test_numbers_that_stand_for_nothing_are_found(small, value):
    small.loc[[2, 20], "yield_strength_mpa"] = value
    assert found(audit(small, **TARGET), "placeholders") == [2, 20]


def test_one_wild_value_does_not_hide_the_conflicts(strengths):
    clean = len(found(audit(strengths, **TARGET), "conflicting targets"))
    table = strengths.copy()
    table.loc[len(table)] = ["Fe", -1e5, 25.0, "C", "x", 0]
    assert len(found(audit(table, **TARGET), "conflicting targets")) == clean


def test_rows_pasted_under_a_new_number_are_found(strengths):
    table = strengths.assign(sample=range(len(strengths)))
    table = pd.concat([table, table.iloc[100:130].assign(sample=range(9000, 9030))])
    positions = found(audit(table, **TARGET), "rows under a new name")
    repeated = np.flatnonzero(table.drop(columns="sample").duplicated())
    assert positions == repeated.tolist()
    assert set(range(len(strengths), len(table))) <= set(positions)


def test_metals_without_a_gap_make_no_slips():
    rng = np.random.default_rng(0)
    table = formation_enthalpies()[["formula"]].head(100)
    gaps = np.where(rng.random(100) < 0.6, 0.0, rng.gamma(2.0, 1.0, size=100))
    report = audit(table.assign(band_gap_ev=gaps), target="band_gap_ev")
    assert {"far-off targets", "slips of the unit", "placeholders"} <= set(report.passed)
    assert found(report, "one value in many rows") == np.flatnonzero(gaps == 0).tolist()


def test_labels_spelled_in_two_ways_are_found(small):
    table = small.assign(processing=["CAST", "annealed", "cast "] * 10)
    assert found(audit(table), "spellings") is not None


# Structures


def test_missing_and_foreign_structures_are_findings():
    rocksalt = Structure.from_spacegroup(
        "Fm-3m", Lattice.cubic(5.6), ["Na", "Cl"], [[0, 0, 0], [0.5, 0.5, 0.5]]
    )
    structures = [rocksalt, None, float("nan"), "POSCAR", rocksalt * 2, rocksalt]
    formulas = ["NaCl", "NaCl", "NaCl", "NaCl", "NaCl", "MgO"]
    report = audit(pd.DataFrame({"formula": formulas, "crystal": structures}), structure="crystal")
    assert found(report, "odd structures") == [1, 2, 3, 5]
    assert found(report, "near-duplicate structures") == [0, 4, 5]


# Signal


def test_shuffled_targets_hold_no_signal():
    table = formation_enthalpies().head(600)
    options = {"target": "formation_enthalpy_ev_per_atom", "signal": True}
    assert "signal" in audit(table, **options).passed
    shuffled = table.sample(frac=1, random_state=0)[options["target"]].to_numpy()
    assert found(audit(table.assign(**{options["target"]: shuffled}), **options), "signal")


# What is no slip


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("conductivity", 10 ** np.random.default_rng(0).uniform(-12, 3, 40)),
        ("resistivity_ohm_m", np.r_[np.geomspace(1e-8, 1e-7, 25), np.geomspace(1e2, 1e5, 15)]),
        ("temp_c", np.array([25.0, 100, 200, 300] * 10)),
        ("T (K)", np.array([300.0] * 20 + [298] * 10 + [77] * 10)),
        ("spacegroup", np.array([225.0, 227, 229, 194] * 10)),
        ("label", np.array([0.0, 1, 2, -1] * 10)),
    ],
)
def test_what_is_spread_or_repeated_by_nature_is_no_slip(name, values):
    formulas = [f"Fe{99 - n}Ni{n + 1}" for n in range(40)]
    report = audit(pd.DataFrame({"formula": formulas, name: values}), target=name)
    for check in ("far-off targets", "slips of the unit", "placeholders"):
        assert found(report, check) is None, said(report, check)


def test_a_zero_among_small_shares_is_no_placeholder(small):
    shares = np.linspace(0.02, 0.9, 30)
    shares[3] = 0.0
    assert found(audit(small.assign(share_of_al=shares), **TARGET), "placeholders") is None


def test_diffraction_angles_are_no_fractions(small):
    table = small.assign(**{"diffraction angle": np.linspace(10.0, 160.0, 30)})
    assert found(audit(table, **TARGET), "impossible values") is None


# Odd cells


@pytest.mark.parametrize(
    "cells",
    [
        [[1, 2]] * 30,
        [{"a": 1}] * 30,
        [np.zeros(3)] * 30,
        [10**400, *range(29)],
        [Decimal("sNaN"), *range(29)],
        pd.arrays.SparseArray(np.arange(30.0)),
    ],
    ids=["list", "dict", "array", "huge", "snan", "sparse"],
)
def test_no_cell_stops_the_audit_nor_a_check(small, cells):
    sparse = isinstance(cells, pd.arrays.SparseArray)
    table = small.assign(odd=pd.Series(cells, dtype=None if sparse else object))
    for options in ({"conditions": ["odd"]}, {"by": "odd"}, {"n_atoms": "odd"}):
        report = audit(table, **TARGET, **options)
        assert not [why for why in report.not_asked.values() if "broke off" in why]
    report = audit(table, target="odd")
    assert not [why for why in report.not_asked.values() if "broke off" in why]


@pytest.mark.parametrize(
    ("options", "error", "sentence"),
    [
        ({"tolerance": -1}, ValueError, "tolerance -1 was given"),
        ({"tolerance": float("nan")}, ValueError, "tolerance nan was given"),
        ({"n_rare": "x"}, ValueError, "n_rare='x' was given"),
        ({"target": ["yield_strength_mpa"]}, TypeError, "name of one column"),
    ],
)
def test_settings_that_make_no_sense_are_told(small, options, error, sentence):
    with pytest.raises(error, match=sentence):
        audit(small, **options)


# The report


def test_every_check_is_found_passed_or_not_asked(strengths):
    report = audit(strengths, **TARGET, by="doi")
    table = report.table()
    assert set(table["result"]) == {"found", "passed", "not asked"}
    assert table.index.is_unique
    assert len(table) == len(report.findings) + len(report.passed) + len(report.not_asked)


def test_html_is_escaped(small):
    table = small.assign(**{"<b> (MPa)": -1.0, "yield strength": 1.0})
    table.loc[3, "formula"] = "<script>"
    html = audit(table)._repr_html_()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_one_condition_may_be_named_as_a_text(strengths):
    one = audit(strengths, **TARGET, conditions="temperature_c")
    assert one.findings.equals(audit(strengths, **TARGET, conditions=["temperature_c"]).findings)


@pytest.mark.parametrize("option", ["formula", "target", "structure", "n_atoms", "by"])
def test_a_column_that_is_not_there_is_named_with_those_that_are(small, option):
    with pytest.raises(
        ValueError, match=r"no column 'T'; its columns are formula, yield_strength_mpa"
    ):
        audit(small, **{option: "T"})


def test_what_is_no_table_is_refused():
    with pytest.raises(TypeError, match=r"of type list; give a pandas DataFrame"):
        audit([["NaCl", 1.0]])
