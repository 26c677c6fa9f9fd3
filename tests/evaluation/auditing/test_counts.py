"""What an audit counts has the number that it has: one row, one finding, one composition, one group."""

import pandas as pd
import pytest
from pymatgen.core import Lattice, Structure

from matnn_lab.evaluation import audit, conflicts, read_own
from matnn_lab.evaluation.auditing.page import SHOWN_ROWS, audit_page

SALT = Structure.from_spacegroup("Fm-3m", Lattice.cubic(5.64), ["Na", "Cl"], [[0] * 3, [0.5] * 3])


def said(report, check):
    return report.findings.set_index("check").loc[check, "finding"]


def test_one_row_and_what_one_check_found_of_it():
    report = audit(pd.DataFrame({"formula": ["Fe2O3"]}), n_rare=5)
    assert report.summary().startswith("1 row: 1 finding, ")
    for shown in (repr(report), report._repr_html_()):
        assert not any(words in shown for words in ("1 rows", "1 findings", "1 checks"))
    assert (
        audit(pd.DataFrame({"formula": ["Fe", "Ni"]})).summary().startswith("2 rows: 1 finding, ")
    )


def test_one_check_passed():
    report = audit(pd.DataFrame({"formula": ["Fe2O3"]}))
    passed = report.passed
    report.passed[:] = passed[:1]
    assert ", 1 check passed, " in report.summary()


def test_rows_of_one_composition_and_crystals_of_one_group():
    frame = pd.DataFrame({"formula": ["NaCl"] * 2, "crystal": [SALT, SALT]})
    report = audit(frame, structure="crystal")
    assert said(report, "repeated compositions").endswith(": 2, of 1 composition.")
    assert said(report, "near-duplicate structures").endswith(": 2, in 1 group.")
    frame = pd.concat([frame, pd.DataFrame({"formula": ["Fe"] * 3})], ignore_index=True)
    assert said(audit(frame), "repeated compositions").endswith(": 5, of 2 compositions.")


def test_a_placeholder_in_one_row():
    frame = pd.DataFrame(
        {"formula": ["Fe", "Ni", "Co", "Cr", "Al"], "energy_ev": [0.1, 0.2, 0.3, 0.4, -9999.0]}
    )
    report = audit(frame, target="energy_ev")
    assert said(report, "placeholders").endswith("energy_ev: -9999 in 1 row.")
    frame.loc[3, "energy_ev"] = -9999
    frame.loc[len(frame)] = ["Cu", 0.5]
    assert said(audit(frame, target="energy_ev"), "placeholders").endswith("-9999 in 2 rows.")


@pytest.mark.parametrize(("more", "words"), [(1, "and 1 row more"), (2, "and 2 rows more")])
def test_rows_that_the_page_leaves_out(more, words):
    formulas = ["Fe2O3"] * (SHOWN_ROWS + more) + ["NaCl"]
    frame = pd.DataFrame({"formula": formulas})
    assert f"<p>{words}</p>" in audit_page(audit(frame), frame, "t")


def test_one_s_own_table_of_one_row_and_folder_of_one_structure(tmp_path):
    (tmp_path / "t.csv").write_text("y\n1.5\n")
    how = read_own(tmp_path / "t.csv", target="y", formula=None).how
    assert how.startswith("1 row and 1 column, ")
    assert how.endswith(" 1 of 1 row can be used.")
    folder = tmp_path / "cifs"
    folder.mkdir()
    (folder / "a.cif").write_text(SALT.to(fmt="cif"))
    (tmp_path / "e.csv").write_text("file,y\na.cif,2\n")
    how = read_own(folder, target="y", targets=tmp_path / "e.csv").how
    assert how.startswith("1 structure in 1 file. Their targets: 1 row and 2 columns, ")
    assert how.endswith(" 1 structure can be used.")
    (tmp_path / "e.csv").write_text("file,y\nb.cif,2\n")
    with pytest.raises(
        ValueError, match="The only structure in .* has no target; look at the names"
    ):
        read_own(folder, target="y", targets=tmp_path / "e.csv")


def test_one_key_and_one_target():
    with pytest.raises(ValueError, match="^1 key and 2 targets were given"):
        conflicts(["a"], [1, 2])
    with pytest.raises(ValueError, match="^2 keys and 1 target were given"):
        conflicts(["a", "b"], [1])
