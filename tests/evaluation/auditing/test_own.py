"""One's own table or folder: every row and file is usable, or named with its reason."""

import pytest
from pymatgen.core import Lattice, Structure

from matnn_lab.evaluation import read_own

SALT = Structure.from_spacegroup("Fm-3m", Lattice.cubic(5.64), ["Na", "Cl"], [[0] * 3, [0.5] * 3])
TABLE = """formula,hv,t_k,paper
Fe2O3,"1,234",300,a
steel,500,300,a
NaCl,10-20,300,b

MgO,900,warm,b
CaO,,300,c
SiO2,850,300,c
"""


def test_each_row_of_a_table_is_usable_or_named_with_its_row_and_reason(tmp_path):
    (tmp_path / "mine.csv").write_text(TABLE, encoding="utf-8")
    mine = read_own(tmp_path / "mine.csv", target="hv", numbers=["t_k"], by="paper")
    assert mine.usable["hv"].tolist() == [1234, 850]
    assert mine.usable.index.tolist() == [2, 8]
    assert mine.unread[["where", "column", "text"]].values.tolist()[:3] == [
        [3, "formula", "steel"],
        [4, "hv", "10-20"],
        [6, "t_k", "warm"],
    ]
    assert set(mine.unread["where"]) | set(mine.usable.index) == {2, 3, 4, 6, 7, 8}
    assert "2 of 6 rows can be used" in mine.how
    assert "1 blank row" in mine.how
    assert mine.audit is not None
    assert "steel" in repr(mine)
    assert "<table" in mine._repr_html_()


def test_a_table_without_formulas_is_read_by_its_numbers(tmp_path):
    (tmp_path / "glass.csv").write_text("sio2;na2o;eta\n75;25;3,5\n80;x;4,5\n", encoding="utf-8")
    mine = read_own(tmp_path / "glass.csv", target="eta", formula=None, numbers=["sio2", "na2o"])
    assert mine.usable[["sio2", "na2o", "eta"]].values.tolist() == [[75, 25, 3.5]]
    assert mine.unread["where"].tolist() == [3]
    assert mine.audit is None
    with pytest.raises(ValueError, match="needs one column 'mgo'"):
        read_own(tmp_path / "glass.csv", target="eta", formula=None, numbers=["mgo"])


def test_each_file_of_a_folder_and_each_row_of_its_targets_is_accounted_for(tmp_path):
    folder = tmp_path / "cifs"
    folder.mkdir()
    for name in ("good", "unnamed", "twice", "unmeasured"):
        (folder / f"{name}.cif").write_text(SALT.to(fmt="cif"))
    (folder / "broken.cif").write_text("a letter")
    mixed = SALT.copy()
    mixed.replace_species({"Na": {"Na": 0.5, "K": 0.5}})
    (folder / "mixed.cif").write_text(mixed.to(fmt="cif"))
    (tmp_path / "e.csv").write_text(
        "file,e_ev_per_atom\ngood.cif,-3.4\ntwice.cif,-3\ntwice.cif,-4\nunmeasured.cif,tbd\n"
        "gone.cif,-1\nmixed.cif,-2\n"
    )
    mine = read_own(folder, target="e_ev_per_atom", targets=tmp_path / "e.csv")
    assert mine.usable[["file", "formula", "e_ev_per_atom"]].values.tolist() == [
        ["good.cif", "NaCl", -3.4]
    ]
    told = dict(zip(mine.unread["where"], mine.unread["reason"], strict=True))
    assert {"broken.cif", "mixed.cif", "unnamed.cif", "twice.cif", "unmeasured.cif"} < set(told)
    assert told[3] == told[4] == "several rows give this file a target"
    assert told[5] == "missing"
    assert told[6].startswith("no structure file")
    assert told["mixed.cif"].startswith("disordered")
    with pytest.raises(ValueError, match="give targets"):
        read_own(folder, target="e_ev_per_atom")
    with pytest.raises(ValueError, match="no folder"):
        read_own(tmp_path / "e.csv", target="e_ev_per_atom", targets=tmp_path / "e.csv")
