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


@pytest.mark.parametrize(
    ("content", "a", "in_doubt"),
    [
        # the column itself shows nothing, and the others say only that a comma may be a decimal one
        ("a;b\n1,234;0.5\n2,345;0.7\n", ["1,234", "2,345"], ["a"]),
        ("a;b\n7,874;0,5\n2,700;0,7\n", ["7,874", "2,700"], ["a"]),
        ("a;b\n7.874;1.234,5\n2.700;2.000,5\n", ["7.874", "2.700"], ["a"]),
        ("a;b\n1.234;1,234\n2.700;5,678\n", ["1.234", "2.700"], ["a", "b"]),
        ("a;b\n1.234;−0,5\n2.700;~0,7\n", ["1.234", "2.700"], ["a"]),
        ("a;b\n1.234,5;x\n1.234;y\n", ["1.234,5", "1.234"], ["a"]),
        ("a;b\n1,5;x\n2.5;x\n7,874;y\n", ["1,5", "2.5", "7,874"], ["a"]),
        # the column shows it, and no other column does
        ("a;b\n7,874;1.1\n2,7;1.2\n", [7.874, 2.7], []),
        ("a;b\n1234,567;1.1\n2,700;1.2\n", [1234.567, 2.7], []),
        ("a;b\n7.874;0,5\n2.70;0,7\n", [7.874, 2.7], []),
        ("a;b\n01.02.2024;1.234,5\n05.02.2024;2.000,5\n", ["01.02.2024", "05.02.2024"], []),
        ("a;b\n7.874;5\n2.700;6\n", [7.874, 2.7], []),
        ('a,b\n7.874,"1,234"\n2.700,"2,000"\n', [7.874, 2.7], []),
    ],
)
def test_a_column_shows_by_itself_what_its_signs_mean_or_stays_text(tmp_path, content, a, in_doubt):
    read = read_table(written(tmp_path, content.encode()))
    assert read.frame["a"].tolist() == a
    assert read.in_doubt == in_doubt
    assert ("left as text" in str(read)) == bool(in_doubt)


def test_the_sign_that_the_reader_names_is_taken(tmp_path):
    path = written(tmp_path, b"a;b;c\n7,874;1.234;1.1\n2,700;2.700;1.2\n")
    comma, point = (read_table(path, decimal=sign).frame for sign in ",.")
    assert comma.values.tolist() == [[7.874, 1234, 1.1], [2.7, 2700, 1.2]]
    assert point["b"].tolist() == [1.234, 2.7]
    with pytest.raises(ValueError, match="sign before decimals cannot be ';'"):
        read_table(path, decimal=";")


def test_the_cells_stay_at_hand_as_they_stand(tmp_path):
    read = read_table(written(tmp_path, b"a,b\nn/a,NaN\n1.50,\n"))
    assert read.cells.to_dict("list") == {"a": ["n/a", "1.50"], "b": ["NaN", ""]}
    assert read.cells.index.tolist() == [2, 3]


@pytest.mark.parametrize(
    "content",
    [
        'f,name,y\nFe2O3,"2 inch,5\nNiO,b,6\nMgO,"3 inch,8\nZnO,d,9\n',
        'f,name,y\nFe2O3,"2 inch,5\nNiO,b,6\nMgO,3 inch",8\nZnO,d,9\n',
        'f,y,note\nFe,5,"ok\nAl,6,x\nCu,7,y\n',
        'f,y,note\nFe,5,"ok\nAl,6,x"\nCu,7,y\n',
        'f;y\r\n"Fe;5\r\nAl";6\r\n',
    ],
)
def test_an_open_quotation_mark_swallows_no_rows(tmp_path, content):
    with pytest.raises(ValueError, match="cells of row 2 of .* cannot be told apart"):
        read_table(written(tmp_path, content.encode()))


@pytest.mark.parametrize(
    "cell",
    ['"two\nlines"', '"annealed, 2 h,\nthen quenched"', '2" pipe', '"a ""b"", c"', '"a, b" '],
)
def test_quotation_marks_as_they_should_be_are_read(tmp_path, cell):
    read = read_table(written(tmp_path, f"f,note,y\nFe,{cell},5\nAl,b,6\n".encode()))
    assert read.frame["y"].tolist() == [5, 6]


@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_the_line_by_which_excel_names_the_separator_is_no_row(tmp_path, separator):
    content = f"sep={separator}\r\nf{separator}y\r\nFe{separator}5\r\n"
    read = read_table(written(tmp_path, b"\xef\xbb\xbf" + content.encode()))
    assert read.frame.to_dict("index") == {2: {"f": "Fe", "y": 5}}


@pytest.mark.parametrize(
    "content",
    [
        "My table;;\n;;\nformula;name;y\nFe;a;5\n",
        "# measured 2024\nformula;y\nFe;1,5\n",
        "# measured 2024\nformula\ty\nFe\t1\n",
    ],
)
def test_lines_above_the_header_are_named_as_such(tmp_path, content):
    with pytest.raises(ValueError, match="take out what stands above the header"):
        read_table(written(tmp_path, content.encode()))


def test_a_guessed_encoding_is_called_a_guess(tmp_path):
    path = written(tmp_path, "формула;y\nFe;1\n".encode("cp1251"))
    assert "If letters look wrong, name another encoding" in str(read_table(path))
    assert list(read_table(path, encoding="cp1251").frame) == ["формула", "y"]


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
    with pytest.raises(FileNotFoundError, match="none.csv cannot be opened: No such file"):
        read_table(tmp_path / "none.csv")
    with pytest.raises(TypeError, match="A DataFrame was given; give the path"):
        read_table(pd.DataFrame())
    for encoding in ("utf-9", "utf-8"):
        with pytest.raises(ValueError, match="name another encoding"):
            read_table(path, encoding=encoding)
