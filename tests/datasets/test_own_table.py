"""A table is read as people have it, or refused in one sentence."""

import numpy as np
import pandas as pd
import pytest

from matnn_lab.datasets import read_table


def written(tmp_path, content):
    path = tmp_path / "table.csv"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("content", "separator", "decimal"),
    [
        ("formula,e\nFe2O3,-1.5\nNaCl,-2\n", ",", "."),
        ("formula;e\r\nFe2O3;-1,5\r\nNaCl;-2\r\n", ";", ","),
        ("formula\te\nFe2O3\t-1.5\nNaCl\t-2\n\n", "\t", "."),
        ('formula,e\nFe2O3,"-1,5"\nNaCl,-2\n', ",", ","),
        ("formula;e;\nFe2O3;-1,5;\nNaCl;-2;\n", ";", ","),
        ("\ufeffformula|e\n\nFe2O3|-1.5\nNaCl|-2", "|", "."),
    ],
)
def test_separators_and_decimal_signs_are_recognised(tmp_path, content, separator, decimal):
    read = read_table(written(tmp_path, content.encode()))
    assert (read.separator, read.decimal) == (separator, decimal)
    assert list(read.frame) == ["formula", "e"]
    assert read.frame["e"].tolist() == [-1.5, -2.0]


@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        ("utf-8", "Härte µ"),
        ("utf-8-sig", "硬度"),
        ("utf-16", "Härte"),
        ("cp932", "硬度 (HV)"),
        ("cp932", "ビッカース硬さ"),
        ("cp1252", "Härte"),
        ("cp1252", "T (°C)"),
        ("cp1252", "dureté ±"),
    ],
)
def test_letters_of_every_common_encoding_are_recognised(tmp_path, encoding, name):
    content = f"formula,{name}\nFe,1\n".encode(encoding)
    assert list(read_table(written(tmp_path, content)).frame) == ["formula", name]


def test_thousands_are_read_where_decimal_commas_show_what_the_point_means(tmp_path):
    read = read_table(written(tmp_path, b"a;b\n1.234,5;x\n12,25;y\n"))
    assert read.frame["a"].tolist() == [1234.5, 12.25]


def test_an_ambiguous_comma_stays_text(tmp_path):
    read = read_table(written(tmp_path, b"a;b\n1,234;0.5\n2,345;0.7\n"))
    assert read.frame["a"].tolist() == ["1,234", "2,345"]
    assert read.frame["b"].tolist() == [0.5, 0.7]


def test_rows_are_counted_as_a_spreadsheet_does_and_blank_ones_are_named(tmp_path):
    read = read_table(written(tmp_path, b'a,b,b\n1,"two\nlines",3\n,,\n4,,\n5,6,7\n\n'))
    assert read.frame.index.tolist() == [2, 4, 5]
    assert list(read.frame) == ["a", "b", "b"]  # the audit finds the second one
    assert read.frame.isna().sum().tolist() == [0, 1, 1]
    assert str(read) == (
        "3 rows and 3 columns, separated by commas, written in utf-8. 1 blank row was left out."
    )


def test_it_reads_what_pandas_writes(tmp_path):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"f": ["Fe,2", 'a"b'] * 20, "x": rng.normal(size=40)})
    frame.to_csv(tmp_path / "t.csv", index=False)
    read = read_table(tmp_path / "t.csv").frame.reset_index(drop=True)
    pd.testing.assert_frame_equal(read, frame)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b" \n\n", "is empty"),
        (b"PK\x03\x04rest", "save the sheet as CSV"),
        (b"\xd0\xcf\x11\xe0rest", "save the sheet as CSV"),
        (b"\x89PNG\0\0\0", "is no text file"),
        (b"a,b\n1,2\n1,2,3\n", r"Row 3 of .* has 3 cells and the header 2"),
    ],
)
def test_what_is_no_table_is_refused_in_one_sentence(tmp_path, content, said):
    with pytest.raises(ValueError, match=said) as raised:
        read_table(written(tmp_path, content))
    assert "\n" not in str(raised.value)


def test_a_folder_an_unknown_encoding_and_a_wrong_one_are_named(tmp_path):
    path = written(tmp_path, "é".encode("cp1252"))
    with pytest.raises(ValueError, match="is a folder"):
        read_table(tmp_path)
    for encoding in ("utf-9", "utf-8"):
        with pytest.raises(ValueError, match="name another encoding"):
            read_table(path, encoding=encoding)
