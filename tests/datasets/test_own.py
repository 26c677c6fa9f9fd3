"""A folder of a user's own files: what can be read is read, and nothing is dropped in silence."""

import pytest
from pymatgen.core import Lattice, Structure

from matnn_lab.datasets import read_structures

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
