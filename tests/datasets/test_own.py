"""A folder of a user's own files: what can be read is read, and nothing is dropped in silence."""

import numpy as np
import pytest
from pymatgen.core import Lattice, Structure

from matnn_lab.datasets import read_structures
from matnn_lab.representations.graph import CrystalGraphs, GraphRule

ROCK_SALT = Structure.from_spacegroup(
    "Fm-3m", Lattice.cubic(5.64), ["Na", "Cl"], [[0] * 3, [0.5] * 3]
)


@pytest.fixture
def folder(tmp_path):
    below = tmp_path / "塩 and more"
    below.mkdir()
    (below / "salt.cif").write_text(ROCK_SALT.to(fmt="cif"))
    (tmp_path / "POSCAR_salt").write_text(ROCK_SALT.to(fmt="poscar"))
    (tmp_path / "a.json").write_text(ROCK_SALT.to_json())
    two = ROCK_SALT.to(fmt="cif") + ROCK_SALT.to(fmt="cif").replace("data_NaCl", "data_again")
    (tmp_path / "two.cif").write_text(two)
    mixed = ROCK_SALT.copy()
    mixed.replace_species({"Na": {"Na": 0.5, "K": 0.5}})
    (tmp_path / "mixed.cif").write_text(mixed.to(fmt="cif"))
    (tmp_path / "empty.cif").write_text("")
    (tmp_path / "binary.cif").write_bytes(bytes(range(256)))
    (tmp_path / "words.CIF").write_text("This is a letter to the editor.")
    (tmp_path / "settings.json").write_text('{"a": 1}')
    (tmp_path / "notes.txt").write_text("not a structure file")
    return tmp_path


def test_every_structure_file_is_a_row_with_a_structure_or_a_reason(folder):
    table = read_structures(folder)
    reasons = table.set_index("file")["reason"]
    assert table["file"].tolist().count("two.cif") == 2
    assert "notes.txt" not in reasons
    for name in ("salt.cif", "POSCAR_salt", "a.json", "two.cif"):
        rows = table[table["file"].str.endswith(name)]
        assert (rows["reason"] == "").all(), rows["reason"].tolist()
        assert set(rows["formula"]) == {"NaCl"}
        assert {len(structure) for structure in rows["structure"]} == {8}
    for name in ("empty.cif", "binary.cif", "words.CIF", "settings.json"):
        assert reasons[name].startswith("cannot be read: ")
        assert "\n" not in reasons[name]
        assert str(folder) not in reasons[name]
    assert reasons["mixed.cif"].startswith("disordered: 4 of 8 sites")
    assert table.loc[table["file"] == "mixed.cif", "structure"].item() is not None


def test_a_folder_without_structures_is_told(tmp_path):
    with pytest.raises(FileNotFoundError, match="no structure file"):
        read_structures(tmp_path)
    with pytest.raises(NotADirectoryError, match="no folder"):
        read_structures(tmp_path / "missing")
    with pytest.raises(TypeError, match="A list was given; give the path"):
        read_structures([tmp_path])


def by_file(folder):
    return read_structures(folder).set_index("file")


def test_a_poscar_without_symbols_is_not_given_invented_elements_in_silence(tmp_path):
    lines = ROCK_SALT.to(fmt="poscar").splitlines()
    places = [" ".join(line.split()[:3]) for line in lines[8:]]
    text = "\n".join(["unnamed", *lines[1:5], lines[6], "direct", *places]) + "\n"
    (tmp_path / "POSCAR_old").write_text(text)
    (tmp_path / "POSCAR_new").write_text("\n".join(lines))
    reasons = by_file(tmp_path)["reason"]
    assert "names no elements" in reasons["POSCAR_old"]
    assert reasons["POSCAR_new"] == ""


@pytest.mark.parametrize(
    ("formula", "part"),
    [
        ("Na4 Cl4 H8 O4", "no site holds H, O"),
        ("Na4 Cl3", "the formula in the file is Na4 Cl3"),
        ("Na Cl", ""),
        ("?", ""),
    ],
)
def test_a_formula_with_atoms_that_have_no_site_is_told(tmp_path, formula, part):
    text = ROCK_SALT.to(fmt="cif").replace("'Na4 Cl4'", f"'{formula}'")
    good = text.replace(f"'{formula}'", "'Na4 Cl4'").replace("data_NaCl", "data_good")
    (tmp_path / "salt.cif").write_text(text + good)
    reasons = read_structures(tmp_path)["reason"]
    assert reasons[0].startswith(part)
    assert (reasons[0] == "") == (part == "")
    assert reasons[1] == ""


def test_two_structures_under_one_name_in_a_file_are_not_made_one(tmp_path):
    text = ROCK_SALT.to(fmt="cif")
    (tmp_path / "salt.cif").write_text(
        text + text.replace("Na", "K").replace("data_KCl", "data_NaCl")
    )
    assert "data blocks are called NaCl" in read_structures(tmp_path)["reason"].item()


def test_hidden_files_and_folders_are_left_alone(tmp_path):
    (tmp_path / ".ipynb_checkpoints").mkdir()
    for name in (".ipynb_checkpoints/salt-checkpoint.cif", ".salt.cif", "._salt.cif", "salt.cif"):
        (tmp_path / name).write_text(ROCK_SALT.to(fmt="cif"))
    assert read_structures(tmp_path)["file"].tolist() == ["salt.cif"]


def odd(**changes):
    settings = {"lattice": np.eye(3) * 4, "species": ["Fe", "O"], "coords": [[0] * 3, [0.5] * 3]}
    return Structure(**(settings | changes))


@pytest.mark.parametrize(
    ("structure", "part"),
    [
        (odd(coords=[[0] * 3, [0.001, 0, 0]]), "0.004 Å apart"),
        (odd(lattice=[[1e-12, 0, 0], [0, 4, 0], [0, 0, 4]]), "one plane or are zero"),
        (odd(lattice=[[4, 0, 0], [0, 4, 0], [4, 4, 1e-9]]), "one plane or are zero"),
        (odd(species=["X", "O"]), "no element"),
        (odd(), ""),
        (odd(lattice=[[300, 0, 0], [0, 2.5, 0], [0, 0, 2.5]]), ""),
        (odd(lattice=[[4, 0, 0], [4000, 4, 0], [0, 0, 4]]), ""),
    ],
)
def test_a_row_without_a_reason_makes_a_graph_and_one_with_a_reason_does_not(
    tmp_path, structure, part
):
    (tmp_path / "a.json").write_text(structure.to_json())
    (row,) = read_structures(tmp_path).itertuples()
    assert part in row.reason
    assert (row.reason == "") == (part == "")
    graphs, bad = CrystalGraphs.tried([row.structure], GraphRule.checked(5.0), progress=False)
    assert (graphs is not None) == (part == "")


def test_reasons_are_clauses_and_not_messages_from_deep_inside(tmp_path):
    text = ROCK_SALT.to(fmt="cif")
    (tmp_path / "cut.cif").write_text(text[: len(text) * 2 // 3])
    (tmp_path / "cell.cif").write_text(text.split("loop_")[0])
    (tmp_path / "full.cif").write_text(text.replace("  1\n", "  1.5\n").replace("1.0\n", "1.5\n"))
    (tmp_path / "other.json").write_text('{"a": 1}')
    reasons = by_file(tmp_path)["reason"].str.removeprefix("cannot be read: ")
    assert reasons["cut.cif"] == "it is cut off, or not written as its ending says"
    assert reasons["cell.cif"].startswith("it has no _") or "no structure" in reasons["cell.cif"]
    assert reasons["full.cif"].startswith("the atoms on a site add up to more than one")
    assert reasons["other.json"] == "it holds no structure as Structure.to_json writes it"
