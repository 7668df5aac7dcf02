from __future__ import annotations

import numpy as np
import pytest

from archivolt.errors import DataError
from archivolt_keras.sources.arrays import ArraySource, read_new_arrays

RNG = np.random.default_rng(0)
AGE, WALK = RNG.normal(size=(8, 2)), RNG.normal(size=(8, 5, 3))
LABELS = np.arange(8) % 2


def source_of(x, **arrays) -> ArraySource:
    return ArraySource(arrays={"x": x, "y": LABELS, **arrays})


def test_a_mapping_of_arrays_is_several_inputs():
    source = ArraySource.from_memory({"age": AGE, "walk": WALK}, LABELS)

    dataset = source.read()

    # Sequences come first: their steps may have labels.
    assert [(each.name, each.shape) for each in dataset.inputs] == [
        ("walk", (5, 3)),
        ("age", (2,)),
    ]
    assert dataset.features["age"].dtype == np.float32
    assert any(note.startswith("walk: x has 3 axes") for note in dataset.notes)


def test_a_mapping_without_labels_is_not_taken_for_arrays():
    assert ArraySource.from_memory({"age": AGE}) is None


def test_a_file_names_inputs_by_its_keys(tmp_path):
    path = tmp_path / "a.npz"
    np.savez(path, **{
        "x.age": AGE, "x.walk": WALK, "y": LABELS,
        "x_test.age": AGE[:2], "x_test.walk": WALK[:2], "y_test": LABELS[:2],
    })  # fmt: skip

    dataset = ArraySource(path=str(path)).read()

    assert set(dataset.features) == {"age", "walk"}
    assert dataset.test.rows == 2
    assert set(dataset.test.features) == {"age", "walk"}


@pytest.mark.parametrize("wrapped", [False, True])
def test_new_rows_are_found_by_name(wrapped):
    dataset = source_of({"age": AGE, "walk": WALK}).read()
    rows = {"walk": WALK[:3], "age": AGE[:3], "more": LABELS[:3]}

    new = read_new_arrays({"x": rows} if wrapped else rows, dataset.inputs, ("y",))

    np.testing.assert_array_equal(new.features["age"], AGE[:3].astype("float32"))
    assert new.rows == 3


def test_steps_of_one_of_several_inputs_may_have_labels():
    y = RNG.integers(0, 2, (8, 5))
    dataset = ArraySource(
        arrays={"x": {"age": AGE, "walk": WALK}, "y": y, "lengths": [5, 4, 3, 2, 1, 5, 5, 5]}
    ).read()

    assert [each.per_step for each in dataset.inputs] == [True, False]
    assert dataset.steps.sum() == 30


@pytest.mark.parametrize(
    ("x", "arrays", "message"),
    [
        ({"age": AGE[:5], "walk": WALK}, {}, "8 rows, and 'age' has 5"),
        ({"age": AGE, "walk": np.full((8, 5, 3), np.nan)}, {}, "x, 'walk'"),
        ({"walk": WALK, "run": WALK[:, :4]}, {}, "which cannot be joined"),
        ({"age": AGE, "size": AGE}, {"lengths": LABELS + 1}, "no input is a sequence"),
        ({}, {}, "there are no inputs"),
    ],
)
def test_inputs_that_cannot_be_used_are_told_by_name(x, arrays, message):
    with pytest.raises(DataError, match=message):
        source_of(x, **arrays).read()


@pytest.mark.parametrize(
    ("x", "message"),
    [
        ({"x": {"age": AGE}}, "the input 'walk' is missing"),
        ({"x": AGE}, "one array, where the model reads 2 inputs: walk, age"),
        ({"age": AGE, "walk": WALK[:, :4]}, r"x, 'walk': the rows have the shape \[4, 3\]"),
    ],
)
def test_new_rows_that_are_not_alike_are_told(x, message):
    dataset = source_of({"age": AGE, "walk": WALK}).read()

    with pytest.raises(DataError, match=message):
        read_new_arrays(x, dataset.inputs, ("y",))
