from __future__ import annotations

import numpy as np
import pytest

from archivolt.errors import DataError
from archivolt_keras.sources.arrays import ArraySource, read_new_arrays

X = np.random.default_rng(0).normal(size=(6, 3)).astype("float32")
DIGITS, SLANTS = np.array([0, 1, 2, 0, 1, 2]), np.linspace(-1, 1, 6)
WRITERS = np.array(["ann", "bob"] * 3)


def test_a_mapping_of_labels_is_a_task_for_each():
    source = ArraySource.from_memory(X, {"digit": DIGITS, "slant": SLANTS, "writer": WRITERS})

    dataset = source.read()

    assert dataset.several
    assert dataset.targets == ("digit", "slant", "writer")
    assert dataset.labels.shape == (6, 3)
    assert dataset.labels[:, 0].tolist() == DIGITS.tolist()
    assert dataset.labels[:, 2].tolist() == WRITERS.tolist()


def test_a_mapping_of_one_is_a_single_task():
    dataset = ArraySource(arrays={"x": X, "y": {"digit": DIGITS}}).read()

    assert not dataset.several
    assert dataset.targets == ("digit",)
    assert dataset.labels.tolist() == DIGITS.tolist()


def test_a_file_names_them_by_its_keys(tmp_path):
    path = tmp_path / "a.npz"
    np.savez(path, **{
        "x": X, "y.digit": DIGITS, "y.slant": SLANTS,
        "x_test": X[:2], "y_test.digit": DIGITS[:2], "y_test.slant": SLANTS[:2],
    })  # fmt: skip

    dataset = ArraySource(path=str(path)).read()

    assert dataset.targets == ("digit", "slant")
    assert dataset.test.labels[:, 0].tolist() == [0, 1]
    assert not any("not read" in note for note in dataset.notes)


def test_a_single_1_among_classes_is_a_class_here_too():
    dataset = ArraySource(arrays={"x": X, "y": {"digit": np.eye(3)[DIGITS], "s": SLANTS}}).read()

    assert dataset.labels[:, 0].tolist() == DIGITS.tolist()


def test_labels_of_new_rows_are_found_by_name():
    dataset = ArraySource(arrays={"x": X, "y": {"digit": DIGITS, "slant": SLANTS}}).read()
    y = {"slant": SLANTS[:2], "other": WRITERS[:2], "digit": DIGITS[:2]}

    new = read_new_arrays({"x": X[:2], "y": y}, dataset.inputs, dataset.targets)

    assert new.labels.tolist() == [[0, -1.0], [1, SLANTS[1]]]


def test_a_target_that_new_rows_lack_is_told():
    dataset = ArraySource(arrays={"x": X, "y": {"digit": DIGITS, "slant": SLANTS}}).read()

    with pytest.raises(DataError, match="no labels of the target 'slant'"):
        read_new_arrays({"x": X, "y": {"digit": DIGITS}}, dataset.inputs, dataset.targets)


@pytest.mark.parametrize(
    ("y", "message"),
    [
        ({"digit": DIGITS[:5], "slant": SLANTS}, "6 rows and y, 'digit' has 5"),
        ({"digit": X, "slant": SLANTS}, "3 numbers a row, where each of several targets is one"),
        ({}, "no target is named"),
        ({"digit": DIGITS, "slant": np.where(SLANTS > 0, np.inf, 0)}, "y, 'slant'"),
    ],
)
def test_targets_that_cannot_be_used_are_told_by_name(y, message):
    with pytest.raises(DataError, match=message):
        ArraySource(arrays={"x": X, "y": y}).read()


def test_several_targets_may_be_told_for_each_step():
    x = np.random.default_rng(0).normal(size=(6, 4, 2)).astype("float32")
    y = {"sign": (x[..., 0] > 0).astype(int), "size": x[..., 1]}

    dataset = ArraySource(arrays={"x": x, "y": y, "lengths": [4, 4, 3, 2, 1, 4]}).read()

    assert dataset.several
    assert dataset.labels.shape == (6, 4, 2)
    assert dataset.steps.sum() == 18


def test_rows_may_lack_a_label_of_one_of_several_targets():
    slants = np.where(np.arange(6) < 2, np.nan, SLANTS)
    writers = np.array(["ann", None, "bob"] * 2, dtype=object)

    dataset = ArraySource.from_memory(X, {"slant": slants, "writer": writers}).read()

    assert dataset.labels[:, 1].tolist() == writers.tolist()
    assert np.isnan(dataset.labels[:2, 0].astype(float)).all()


@pytest.mark.parametrize(
    ("y", "told"),
    [
        ({"slant": np.where(np.arange(6) < 2, np.inf, SLANTS), "digit": DIGITS}, "holds inf"),
        ({"slant": np.where(np.arange(6) < 2, np.nan, SLANTS)}, "holds nan"),
        (np.array(["ann", None] * 3, dtype=object), "Pass rows that have none apart"),
    ],
)
def test_infinite_labels_and_gaps_of_a_single_target_are_told(y, told):
    with pytest.raises(DataError, match=told):
        ArraySource.from_memory(X, y).read()
