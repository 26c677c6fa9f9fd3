"""One's own table or folder: every row and file is usable, or named with its reason."""

import unicodedata

import pandas as pd
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


def own_table(tmp_path, content, **options):
    (tmp_path / "t.csv").write_text(content, encoding="utf-8")
    return read_own(tmp_path / "t.csv", **({"target": "y"} | options))


def test_a_number_that_may_be_a_thousand_times_another_is_not_read_in_silence(tmp_path):
    german = "formula;y\nFe;7,874\nAl;2,700\nCu;8,960\nNi;8,908\n"
    with pytest.raises(ValueError, match=r"left as text: y. Name the sign \(decimal"):
        own_table(tmp_path, german)
    mine = own_table(tmp_path, german, decimal=",")
    assert mine.usable["y"].tolist() == [7.874, 2.7, 8.96, 8.908]
    assert "Commas in numbers were read as decimal commas: y." in mine.how
    assert own_table(tmp_path, german, decimal=".").usable["y"].tolist() == [7874, 2700, 8960, 8908]
    mine = own_table(tmp_path, "date;formula;y;z\n01.02.2024;Fe;1.234;0,5\n03.02.2024;Al;850;0,7\n")
    assert mine.unread.values.tolist() == [[2, "y", "1.234", "decimal comma or thousands"]]
    assert mine.usable.values.tolist() == [["03.02.2024", "Al", 850, 0.7]]
    assert "y" in mine.how.split("left as text: ")[1]
    mine = own_table(tmp_path, 'formula,y\nFe,"1,234"\nAl,850\n')
    assert "In y, “1,234” was read as 1234." in mine.how


def test_what_was_not_read_is_shown_as_it_stands(tmp_path):
    cells = "Fe,NaN\nAl,n/a\nCu,\nNA,6\nNaN,8\nNi,5\nZn\n"
    mine = own_table(tmp_path, "formula,y\n" + cells)
    assert mine.usable.index.tolist() == [7]
    assert mine.unread["text"].tolist() == ["NaN", "n/a", "", "NA", "NaN", ""]
    assert set(mine.unread["reason"]) == {"missing"}


def test_truth_is_a_number_only_where_it_is_told(tmp_path):
    mine = own_table(tmp_path, "formula,y\nFe,True\nAl,False\nNi,\n")
    assert mine.usable["y"].tolist() == [1, 0]
    assert "In y, True was read as 1 and False as 0." in mine.how
    mine = own_table(tmp_path, "formula,y\nFe,True\nAl,2\n")
    assert mine.unread.values.tolist() == [[2, "y", "True", "text"]]


def test_names_of_columns_are_taken_whole_and_must_be_there(tmp_path):
    text = "formula,y,temp\nFe,1,300\nAl,2,400\n"
    mine = own_table(tmp_path, text, numbers="temp", conditions="temp")
    assert mine.usable["temp"].tolist() == [300, 400]
    for options in ({"by": "paper"}, {"conditions": "paper"}, {"numbers": ["paper"]}):
        with pytest.raises(ValueError, match=r"needs one column 'paper'.* name another encoding"):
            own_table(tmp_path, text, formula=None, **options)
    cyrillic = tmp_path / "c.csv"
    cyrillic.write_bytes("формула;y\nFe;1\n".encode("cp1251"))
    mine = read_own(cyrillic, target="y", formula="формула", encoding="cp1251")
    assert mine.usable["y"].tolist() == [1]


def test_what_is_no_path_of_a_table_is_said(tmp_path):
    with pytest.raises(FileNotFoundError, match="cannot be opened"):
        read_own(tmp_path / "nope.csv", target="y")
    for options in ({"path": pd.DataFrame()}, {"path": tmp_path, "targets": pd.DataFrame()}):
        with pytest.raises(TypeError, match="A DataFrame was given; give the path"):
            read_own(**options, target="y")
    with pytest.raises(ValueError, match="has no rows"):
        own_table(tmp_path, "formula,y\n")


@pytest.fixture
def folder(tmp_path):
    """Structures of salt and silicon, two of them in one file."""
    folder = tmp_path / "cifs"
    folder.mkdir()
    silicon = Structure.from_spacegroup("Fd-3m", Lattice.cubic(5.43), ["Si"], [[0] * 3])
    (folder / "two.cif").write_text(SALT.to(fmt="cif") + silicon.to(fmt="cif"))
    (folder / "b.CIF").write_text(SALT.to(fmt="cif"))
    (folder / unicodedata.normalize("NFD", "Härte.cif")).write_text(silicon.to(fmt="cif"))
    return folder


def test_one_target_is_not_given_to_several_structures_of_a_file(folder, tmp_path):
    (tmp_path / "e.csv").write_text("file;y\ntwo.cif;5\nb.CIF;4\n")
    mine = read_own(folder, target="y", targets=tmp_path / "e.csv")
    assert mine.usable["file"].tolist() == ["b.CIF"]
    told = mine.unread[mine.unread["where"] == "two.cif"]
    assert told["text"].tolist() == ["NaCl", "Si"]
    assert told["reason"].str.startswith("the file holds 2 structures").all()


def test_names_of_files_are_compared_as_people_read_them(folder, tmp_path):
    (tmp_path / "e.csv").write_text("file;y\nHärte.cif;5\n.\\b.CIF;4\nB.cif;3\n;2\n")
    mine = read_own(folder, target="y", targets=tmp_path / "e.csv")
    assert mine.usable["y"].tolist() == [5, 4]
    assert mine.unread.iloc[:2].values.tolist() == [
        [4, "file", "B.cif", "no structure file of this name in the folder; b.CIF differs only in"
                             " upper and lower case"],
        [5, "file", "", "missing"],
    ]  # fmt: skip


def test_the_columns_of_the_targets_come_along(folder, tmp_path):
    table = tmp_path / "e.csv"
    table.write_text("file,y,temp,paper,formula\nb.CIF,3,400,a,X\nHärte.cif,1,hot,b,Si\n")
    mine = read_own(
        folder, target="y", targets=table, numbers="temp", by="paper", conditions="temp"
    )
    assert list(mine.usable) == ["file", "structure", "formula", "y", "temp", "paper"]
    assert mine.usable[["formula", "temp", "paper"]].values.tolist() == [["NaCl", 400, "a"]]
    assert "formula" in mine.how.split("Left out of the table")[1]
    assert [3, "temp", "hot", "text"] in mine.unread.values.tolist()
    assert not any("(by=)" in why for why in mine.audit.not_asked.values())
    with pytest.raises(ValueError, match="needs one column 'doi'"):
        read_own(folder, target="y", targets=table, by="doi")
    for options in ({"target": "formula"}, {"target": "y", "conditions": ["structure"]}):
        with pytest.raises(ValueError, match="cannot be called"):
            read_own(folder, targets=table, **options)
    with pytest.raises(ValueError, match="leave out formula='X'"):
        read_own(folder, target="y", targets=table, formula="X")


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
