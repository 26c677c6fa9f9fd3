import numpy as np
import pandas as pd
import pytest
from pymatgen.core import Lattice, Structure

from matnn_lab.datasets import alloys
from matnn_lab.evaluation.auditing.report import audit


@pytest.fixture
def trap():
    """A table with one trap of each kind."""
    rng = np.random.default_rng(0)
    cations = ["Li", "Na", "K", "Rb", "Mg", "Ca", "Sr", "Ba", "Zn", "Cd"]
    formulas = [f"{a}{b}{n}" for a in cations for b in ("F", "Cl", "O") for n in (1, 2)]
    frame = pd.DataFrame({"formula": formulas})
    frame["energy_ev_per_atom"] = rng.normal(-1.5, 0.3, size=len(frame))
    frame["temperature_k"] = 300.0
    extra = pd.DataFrame(
        {
            "formula": ["LiF", "LiF", "NaCl1.01", "UO2", "KO", "KO"],
            "energy_ev_per_atom": [-3.0, -3.0, -1.5, -1.6, np.nan, -1.4],
            "temperature_k": [300.0, 300.0, 300.0, 300.0, 300.0, -20.0],
        }
    )
    return pd.concat([frame, extra], ignore_index=True)


def positions(report, check):
    return report.findings.set_index("check").loc[check, "positions"]


def test_every_trap_is_found_where_it_is(trap):
    report = audit(trap, target="energy_ev_per_atom", conditions=["temperature_k"])
    assert positions(report, "identical rows") == [61]
    assert positions(report, "repeated compositions") == [0, 16, 60, 61, 64, 65]
    assert 62 in positions(report, "nearly equal formulas")
    assert positions(report, "rare elements") == [63]
    assert positions(report, "impossible values") == [65]
    assert positions(report, "missing values") == [64]
    assert positions(report, "conflicting targets") == [0, 60, 61]
    assert {"far-off targets", "size of the targets", "unreadable formulas"} <= set(report.passed)
    assert "near-duplicate structures" in report.not_asked


def test_energies_of_formula_units_and_slips_are_seen(trap):
    clean = trap.iloc[:60].copy()
    clean["energy_ev_per_atom"] *= clean["formula"].str.endswith("2") + 2
    clean.loc[7, "energy_ev_per_atom"] *= 96.485
    report = audit(clean, target="energy_ev_per_atom")
    assert positions(report, "far-off targets") == [7]
    assert positions(report, "size of the targets") == list(range(60))


def test_a_condition_explains_a_conflict(trap):
    trap.loc[[60, 61], "temperature_k"] = 900.0
    report = audit(trap, target="energy_ev_per_atom", conditions=["temperature_k"])
    assert "conflicting targets" in report.passed


def test_near_duplicate_structures_are_found():
    cell = Structure(Lattice.cubic(4.2), ["Cs", "Cl"], [[0, 0, 0], [0.5, 0.5, 0.5]])
    frame = pd.DataFrame({"formula": ["CsCl"] * 2, "crystal": [cell, cell * 2]})
    assert positions(audit(frame, structure="crystal"), "near-duplicate structures") == [0, 1]


def test_a_clean_table_has_no_findings(trap):
    report = audit(trap.iloc[:60].drop(columns="temperature_k"), target="energy_ev_per_atom")
    assert report.findings.empty
    assert "0 findings" in repr(report)
    assert "<table>" not in report._repr_html_()


def test_the_alloys_are_reported_as_their_card_says():
    report = audit(alloys(), target="phase")
    found = report.findings.set_index("check")
    assert found.loc["identical rows", "rows"] == 20
    assert "conflicting targets: 37" in found.loc["conflicting targets", "finding"]
    for shown in (repr(report), report._repr_html_()):
        assert "FormulaKFold" in shown
        assert "1,545 rows" in shown


@pytest.mark.parametrize(
    ("rows", "options", "message"),
    [
        (5, {"target": "enthalpy"}, "no column 'enthalpy'; its columns are formula"),
        (0, {}, "The table has no rows"),
    ],
)
def test_what_cannot_be_audited_is_refused_in_a_sentence(trap, rows, options, message):
    with pytest.raises(ValueError, match=message):
        audit(trap.head(rows), **options)
