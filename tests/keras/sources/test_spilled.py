from __future__ import annotations

import errno
import gc

import numpy as np
import pytest

from archivolt.errors import DataError
from archivolt_keras.sources import spilled
from archivolt_keras.sources.spilled import SpilledArray, SpillWriter, spill


def test_chunks_come_back_as_one_array(tmp_path):
    x = np.random.default_rng(0).normal(size=(10, 3)).astype("float32")

    array = spill([x[:4], x[4:5], x[5:]], tmp_path)

    assert array.shape == (10, 3)
    assert np.array_equal(array, x)
    assert np.array_equal(array[2:5], x[2:5])
    assert np.array_equal(array[np.array([7, 0, 7])], x[[7, 0, 7]])


def test_many_chosen_rows_go_to_disk_again_and_few_do_not(tmp_path, monkeypatch):
    monkeypatch.setattr(spilled, "SMALL", 400)
    x = np.arange(300, dtype="float32").reshape(100, 3)
    array = spill([x], tmp_path)
    rows = np.random.default_rng(0).permutation(100)

    many, few = array[rows], array[rows[:5]]

    assert isinstance(many, SpilledArray)
    assert np.array_equal(many, x[rows])
    assert type(few) is np.ndarray
    assert np.array_equal(few, x[rows[:5]])


def test_the_file_goes_with_the_array(tmp_path):
    array = spill([np.ones((4, 2))], tmp_path)
    assert len(list(tmp_path.iterdir())) == 1

    del array
    gc.collect()

    assert list(tmp_path.iterdir()) == []


def test_the_file_of_an_unfinished_writer_goes_too(tmp_path):
    writer = SpillWriter(tmp_path)
    writer.append(np.ones((4, 2)))

    del writer
    gc.collect()

    assert list(tmp_path.iterdir()) == []


def test_rows_of_another_shape_are_told_with_their_row(tmp_path):
    writer = SpillWriter(tmp_path)
    writer.append(np.ones((4, 2)))

    with pytest.raises(DataError, match=r"from row 4 on, examples have the shape \[3\]"):
        writer.append(np.ones((1, 3)))


def test_a_full_disk_is_told_with_the_way_out(tmp_path):
    writer = SpillWriter(tmp_path)
    writer.append(np.ones((4, 2)))

    class Full:
        def write(self, _: object) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

    writer._file = Full()

    with pytest.raises(DataError, match=r"the disk is full after 4 rows\. .*TMPDIR"):
        writer.append(np.ones((4, 2)))
