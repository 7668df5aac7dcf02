from __future__ import annotations

import numpy as np
import pytest

from archivolt.errors import DataError
from archivolt_tabular_benchmarks.table import read_table

from .conftest import LINES


@pytest.mark.parametrize(
    ("old", "new", "line", "told"),
    [
        ("pooling,16,0.55", "poolin,16,0.55", 5, "Did you mean 'pooling'"),
        ("pooling,16,0.55", "pooling,17,0.55", 5, "'17' is no value of width"),
        ("pooling,16,0.55", "pooling,16,0.5x", 5, "'0.5x' in the column 'run_1' is no number"),
        ("0.40,10", "0.40", 2, "has 5 cells, not 6"),
        ("0.88,,", ",,", 4, "has no score at all"),
        ("0.81", "inf", 2, "has the score inf"),
        ("convolution,32", "convolution,16", 3, "line 2: operation=convolution, width=16"),
    ],
)
def test_a_damaged_row_is_told_with_its_line(specify, old, new, line, told):
    damaged = specify(LINES.replace(old, new, 1))

    with pytest.raises(DataError) as caught:
        read_table(damaged, None)

    assert caught.value.where.endswith(f"toy.csv, line {line}")
    assert told in str(caught.value)


def test_an_error_of_zero_has_no_logarithm(specify):
    damaged = specify(LINES.replace("0.81", "0"), transformation="negative_log10")

    with pytest.raises(DataError, match="line 2: has the score 0, of which there is no negative"):
        read_table(damaged, None)


def test_a_missing_column_is_told_with_the_nearest(specify):
    with pytest.raises(DataError, match=r"no column 'run_3'. Did you mean 'run_\d'"):
        read_table(specify(scores=["run_3"]), None)


def test_a_missing_file_is_told_with_where_it_comes_from(specify, tmp_path):
    missing = specify(file="other.npz", source="example.org/tables")

    with pytest.raises(DataError) as caught:
        read_table(missing, tmp_path / "data")

    assert caught.value.where == str(tmp_path / "data" / "other.npz")
    assert "example.org/tables" in str(caught.value)


def test_the_file_is_found_in_the_folder_of_data(specify, tmp_path):
    described = specify(file="deep/toy.csv")
    (tmp_path / "data" / "deep").mkdir(parents=True)
    (tmp_path / "toy.csv").rename(tmp_path / "data" / "deep" / "toy.csv")

    assert read_table(described, tmp_path / "data").rows == 6


def test_numbers_may_be_written_in_other_ways(specify):
    assert read_table(specify(LINES.replace("n,16,", "n,16.0,")), None).row((0, 0)) == 0


def test_arrays_give_the_same_as_lines(arrays):
    read = read_table(arrays(), None)

    assert read.rows == 6
    assert read.truth[[0, 2, 5]] == pytest.approx([0.85, 0.6, 0.05])
    assert read.row((1, 0)) == 3


@pytest.mark.parametrize(
    ("replaced", "told"),
    [
        ({"config": np.full((6, 2), 3)}, "row 0: operation has the index 3, and 2 values"),
        ({"config": np.zeros((6, 3), int)}, r"shape \(6, 3\), not \(6, 2\)"),
        ({"score": np.full((6, 2), np.nan)}, "row 0: has no score at all"),
        ({"score": np.ones((6, 2, 2))}, "has the shape"),
    ],
)
def test_damaged_arrays_are_told_with_their_row(arrays, replaced, told):
    with pytest.raises(DataError, match=told):
        read_table(arrays(**replaced), None)


def test_a_missing_array_and_a_damaged_archive_are_told(arrays, tmp_path):
    described = arrays({"scores": "scores"})
    with pytest.raises(DataError, match="holds no array 'scores'. Did you mean 'score'"):
        read_table(described, None)
    (tmp_path / "toy.npz").write_bytes(b"PK\x03\x04 not an archive")
    with pytest.raises(DataError, match="cannot be read"):
        read_table(described, None)


def test_spellings_of_one_architecture_have_one_row(arrays):
    row_of = np.array([[0, 1, 1], [1, 2, -1]])
    described = arrays(
        {"indices": None, "row_of": "spelled"}, spelled=row_of, score=np.array([0.1, 0.2, 0.3])
    )

    read = read_table(described, None)

    assert [read.row(each) for each in ((0, 0), (0, 1), (0, 2), (1, 0), (1, 1))] == [0, 1, 1, 1, 2]
    assert read.spellings[1] == (0, 1)
    with pytest.raises(DataError, match="no row for operation=pooling, width=64"):
        read.row((1, 2))


@pytest.mark.parametrize("row_of", [[[0, 1, 1], [1, 1, -1]], [[0, 1, 2], [3, 2, -1]]])
def test_spellings_name_every_row_and_no_other(arrays, row_of):
    described = arrays(
        {"indices": None, "row_of": "spelled"}, spelled=np.array(row_of), score=np.ones(3)
    )

    with pytest.raises(DataError, match="each of the 3 rows, and no other"):
        read_table(described, None)
