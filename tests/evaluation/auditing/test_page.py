"""The command that audits a file: what it prints, what it writes, and what it refuses in one sentence."""

import sys

import pytest
from bs4 import BeautifulSoup

from matnn_lab import __main__ as command

TABLE = """formula;Härte (HV);paper
Fe2O3;1,5;a
Ti-6Al-4V;2,25;a

NaCl;;<b>
NaCl;0,5;<b>
"""


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Run ``python -m matnn_lab audit`` in a folder that holds table.csv; return its code and texts."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(command, "has_course", lambda: False)
    (tmp_path / "table.csv").write_text(TABLE, encoding="cp1252")

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["matnn_lab", "audit", *arguments])
        code = command.main()
        return code, *capsys.readouterr()

    return run


def test_it_prints_the_report_and_writes_it_with_the_rows(run, tmp_path):
    code, said, errors = run("table.csv", "--target", "Härte (HV)", "--by", "paper")
    assert (code, errors) == (0, "")
    assert "separated by semicolons, written in cp1252" in said
    assert "index labels: 3." in said  # the row of Ti-6Al-4V in a spreadsheet
    page = BeautifulSoup((tmp_path / "table_audit.html").read_bytes(), "lxml")
    assert page.title.text == "Audit of table.csv"
    assert "4 rows: " in page.strong.text
    headings = [heading.text for heading in page.find_all("h2")]
    assert headings[0] == "unreadable formulas (1)"
    table = page.find("h2", string="unreadable formulas (1)").find_next("table")
    assert [cell.text for cell in table.tbody.find_all(["th", "td"])] == [
        "3",
        "Ti-6Al-4V",
        "2.25",
        "a",
    ]
    assert page.find_all(["script", "b", "link", "img"]) == []


def test_nothing_is_overwritten_unless_it_is_asked_for(run, tmp_path):
    assert run("table.csv")[0] == run("table.csv")[0] == 0
    first = (tmp_path / "table_audit.html").read_text()
    assert (tmp_path / "table_audit_2.html").read_text() == first
    code, said, errors = run("table.csv", "--output", "table_audit.html", "--target", "paper")
    assert (code, said, errors.count("\n")) == (1, "", 1)
    assert "is there already" in errors
    assert (tmp_path / "table_audit.html").read_text() == first
    assert run("table.csv", "--output", "table_audit.html", "--overwrite", "--by", "paper")[0] == 0
    assert (tmp_path / "table_audit.html").read_text() != first


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["absent.csv"], "cannot be opened: No such file"),
        (["."], "is a folder"),
        (["table.csv", "--target", "hardness"], "no column 'hardness'; its columns are formula"),
        (["table.csv", "--output", "table.csv", "--overwrite"], "is the table itself"),
        (["table.csv", "--output", "none/report.html"], "cannot be written to"),
        (["table.csv", "--encoding", "utf-8"], "name another encoding"),
        (["table.csv", "--decimal", ";"], "sign before decimals cannot be"),
    ],
)
def test_an_error_is_one_sentence(run, tmp_path, arguments, said):
    code, _printed, errors = run(*arguments)
    assert (code, errors.count("\n")) == (1, 1)
    assert said in errors
    assert (tmp_path / "table.csv").read_text(encoding="cp1252") == TABLE
    assert list(tmp_path.glob("*.html")) == []
