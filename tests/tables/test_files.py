from __future__ import annotations

import gzip

import pandas as pd
import pytest

from archivolt.errors import DataError
from archivolt_tables.files import guess_separator, of_frame, read_table


def message(path, **options) -> str:
    with pytest.raises(DataError) as caught:
        read_table(path, **options)
    return str(caught.value)


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_guessed(write, separator):
    lines = ["a,b,c", "1,2,x", "3,4,y"]

    table = read_table(write("\n".join(lines).replace(",", separator)))

    assert table.frame.columns.tolist() == ["a", "b", "c"]
    assert table.frame["c"].tolist() == ["x", "y"]


def test_commas_inside_quotes_do_not_mislead_the_guess():
    assert guess_separator('name;n\n"a,b,c";1\n"d,e,f";2\n') == ";"


def test_decimal_commas_do_not_mislead_the_guess():
    assert guess_separator("a;b;c\n1,5;2,5;3\n4,5;5,5;6\n") == ";"


def test_an_unusual_separator_is_told(write):
    assert read_table(write("a;b\n1;2\n")).notes == (
        "data.csv: columns are separated by semicolon.",
    )


def test_a_file_that_is_packed_by_gzip_is_read_whatever_its_name(write):
    table = read_table(write(gzip.compress(b"a,b\n1,2\n"), "packed.csv"))

    assert table.frame["b"].tolist() == ["2"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_the_encoding_is_guessed(write, encoding):
    table = read_table(write("größe,b\ngroß,2\n".encode(encoding)))

    assert table.frame["größe"].tolist() == ["groß"]


def test_an_encoding_other_than_utf_8_is_told(write):
    notes = read_table(write("größe,b\n1,2\n".encode("cp1252"))).notes

    assert "Windows-1252" in notes[0]


def test_cells_may_hold_separators_quotes_and_line_ends(write):
    table = read_table(write('a,b\n"x, ""y""\nz",1\n'))

    assert table.frame["a"].tolist() == ['x, "y"\nz']


def test_parquet_keeps_its_types(tmp_path):
    frame = pd.DataFrame({"a": [1.5, 2.5], "b": pd.to_datetime(["2024-01-01", "2024-01-02"])})
    frame.to_parquet(tmp_path / "data.parquet")

    table = read_table(tmp_path / "data.parquet")

    assert table.frame["a"].tolist() == [1.5, 2.5]
    assert table.frame["b"].dtype.kind == "M"


def test_a_table_without_a_header_gets_names_when_asked(write):
    table = read_table(write("1,2\n3,4\n"), header=False)

    assert table.frame.columns.tolist() == ["column_1", "column_2"]
    assert table.frame["column_1"].tolist() == ["1", "3"]
    assert table.place(1) == "line 2"


def test_a_row_is_found_again_behind_blank_lines_and_long_cells(write):
    table = read_table(write('a,b\n\n"x\ny",1\nz,2\n'))

    assert table.place(0) == "line 3"
    assert table.place(1) == "line 5"


def test_a_line_with_too_many_cells_is_named(write):
    text = message(write("a,b\n1,2\n3,4,5\n6,7\n"))

    assert "data.csv, line 3: the line has 3 cells, where the first line has 2." in text


def test_a_line_with_too_few_cells_is_named_and_the_others_counted(write):
    text = message(write("a,b,c\n1,2,3\n\n3,4\n6\n"))

    assert "data.csv, line 4: the line has 2 cells" in text
    assert "2 lines are like that" in text


def test_an_empty_file_is_told(write):
    assert "the file is empty" in message(write(" \n\n"))


def test_a_file_with_a_header_only_is_told(write):
    assert "it has a header and no rows" in message(write("a,b,c\n"))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (bytes(range(256)) * 20, "holds binary data"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 50, "looks like a picture"),
        (b"PK\x03\x04" + b"\0" * 50, "save it as CSV"),
        (b"PAR1 and nothing more", "the Parquet file is damaged"),
        (b"\x1f\x8b damaged", "the gzip file is damaged"),
        ("Once upon a time\nthere was a text.\n", "it has one column only"),
    ],
)
def test_what_is_no_table_is_told(write, content, told):
    assert told in message(write(content))


def test_column_names_that_stand_twice_are_named(write):
    text = message(write("a,b,a,c,b\n1,2,3,4,5\n"))

    assert "2 column names stand more than once: 'a', 'b'." in text


def test_a_missing_header_is_told(write):
    assert "Add a header, or set `header: false`" in message(write("1,2\n3,4\n"))


def test_a_missing_file_is_told_with_the_nearest(write):
    path = write("a,b\n1,2\n", "training.csv")

    text = message(path.with_name("trainin.csv"))

    assert "there is no such file" in text
    assert f"Did you mean {str(path)!r}?" in text


def test_a_missing_folder_is_told(tmp_path):
    assert "There is no folder" in message(tmp_path / "nowhere" / "data.csv")


def test_a_folder_is_told(tmp_path):
    assert "it is a folder" in message(tmp_path)


def test_a_frame_with_a_name_twice_is_told():
    with pytest.raises(DataError, match="1 column name stands more than once: 'a'"):
        of_frame(pd.DataFrame([[1, 2]], columns=["a", "a"]))


@pytest.mark.parametrize("blank", ["\n", "\r\n", "\n\n\n"])
def test_blank_lines_before_the_header_are_no_rows(write, blank):
    table = read_table(write(f'{blank}"a\nb",c\n1,2\n\n3,4\n'))

    assert table.frame.values.tolist() == [["1", "2"], ["3", "4"]]
    assert table.frame.columns.tolist() == ["a\nb", "c"]


def test_lines_may_end_as_on_an_old_mac(write):
    assert read_table(write("a,b\r1,2\r3,4\r")).frame["b"].tolist() == ["2", "4"]


def test_repeated_numbers_in_the_place_of_a_header_are_told_as_such(write):
    assert "set `header: false`" in message(write("1,1,2\n3,4,5\n"))
    assert "set `header: false`" in message(write("x,1,1\ny,4,5\n"))


@pytest.mark.parametrize("separator", ["\\t", "::"])
def test_a_separator_of_several_characters_is_told(write, separator):
    assert "is not one character" in message(write("a,b\n1,2\n"), separator=separator)
