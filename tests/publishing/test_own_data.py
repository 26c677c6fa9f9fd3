"""The page on one's own data runs as it stands, on files as people have them."""

import re
import sys

import numpy as np
import pandas as pd
import pytest

from matnn_lab.__main__ import main
from matnn_lab.course.environment import ROOT
from matnn_lab.datasets import alloys, prototype_crystals

PAGE = (ROOT / "book" / "own_data.md").read_text(encoding="utf-8")
TABLE, others = PAGE.split("## A folder of structures")
FOLDER, SETTINGS = others.split("## Better settings")


def run(text, names):
    blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert blocks
    for block in blocks:
        exec(block, names)
    return names


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """What the code of the page leaves, run in a folder with a table and structure files."""
    folder = tmp_path_factory.mktemp("own")
    rows = alloys().dropna(subset="yield_strength_mpa").head(150)
    strength = rows["yield_strength_mpa"].round().astype(int).astype(str).tolist()
    strength[3], strength[5], strength[8] = "1,234", "850±20", "10-20"
    formulas = rows["formula"].tolist()
    formulas[10] = "Ti-6Al-4V"
    columns = {"formula": formulas, "yield_strength_mpa": strength, "paper": rows["doi"].tolist()}
    pd.DataFrame(columns).to_csv(folder / "steels.csv", index=False)

    (folder / "cifs").mkdir()
    crystals = prototype_crystals().sample(60, random_state=0)
    for count, structure in enumerate(crystals["structure"]):
        structure.to(folder / "cifs" / f"{count:02d}.cif")
    (folder / "cifs" / "letter.cif").write_text("Dear editor,")
    energies = pd.DataFrame(
        {
            "file": [f"{count:02d}.cif" for count in range(59)],
            "energy_ev_per_atom": crystals["formation_energy_ev_per_atom"][:59].to_numpy(),
        }
    )
    energies.to_csv(folder / "energies.csv", index=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        return run(FOLDER, run(SETTINGS, run(TABLE, {}))) | {"folder": folder}


def test_what_could_not_be_read_is_named_and_left_out(ran):
    assert ran["table"].shape[0] == 150
    assert len(ran["rows"]) == 148
    # as the spreadsheet counts, the header being row 1
    assert ran["unread"][["row", "text"]].values.tolist() == [[10, "10-20"], [12, "Ti-6Al-4V"]]
    assert ran["rows"]["yield_strength_mpa"].loc[[5, 7]].tolist() == [1234.0, 850.0]
    assert ran["crystals"]["reason"].str.startswith("cannot be read").sum() == 1


def test_settings_are_chosen_on_other_formulas_than_those_of_the_test(ran):
    last = ran["last"]
    assert 0.1 < last.mean() < 0.3
    assert not set(ran["rows"]["formula"][last]) & set(ran["rows"]["formula"][~last])
    tried = ran["search"].cv_results_["params"]
    assert len(tried) == 4
    assert ran["search"].best_params_ in tried


def test_each_way_is_about_fifteen_lines():
    for part in (TABLE, FOLDER):
        code = "\n".join(re.findall(r"```python\n(.*?)```", part, re.DOTALL))
        lines = [
            line for line in code.splitlines() if line and not line.startswith(("from", "import"))
        ]
        assert len(lines) <= 15


def test_the_command_of_the_page_says_what_its_code_says(ran, monkeypatch, capsys):
    (command,) = re.findall(r"^python -m matnn_lab (audit .*\.csv.*)$", PAGE, re.MULTILINE)
    monkeypatch.chdir(ran["folder"])
    monkeypatch.setattr(sys, "argv", ["matnn_lab", *command.split()])
    assert main() == 0
    said = capsys.readouterr().out
    report = ran["audit"](ran["table"], target="yield_strength_mpa", by="paper")
    assert str(report) in said
    assert "unreadable formulas (1)" in said


def test_the_saved_models_answer(ran, tmp_path):
    assert ran["predicted"].size > 0
    assert np.isfinite(ran["spread"]).all()
    assert set(ran["train"]["formula"]) & set(ran["test"]["formula"]) == set()
    assert len(ran["train"]) + len(ran["test"]) == 59
