from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from archivolt.components.source import ARRAY, PICTURE, Input
from archivolt.errors import DataError
from archivolt.values.encoding import canonical_json
from archivolt.values.features import Features
from archivolt_keras.sources.arrays import ArraySource

FASHION = Path(__file__).parents[2] / "data" / "fashion_mnist.npz"


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def read(x, y=None, **more):
    y = np.arange(len(x)) % 2 if y is None else y
    source = ArraySource.from_memory(x, y, **more)
    assert source is not None
    return source.read()


def test_a_file_with_pictures_labels_and_test_rows_is_read():
    dataset = ArraySource(str(FASHION)).read()

    assert dataset.inputs == (Input("x", PICTURE, (28, 28), "uint8"),)
    assert dataset.features["x"].shape == (1500, 28, 28)
    assert np.unique(dataset.labels).tolist() == list(range(10))
    assert dataset.test is not None
    assert dataset.test.rows == 300
    assert any("grey pictures" in note for note in dataset.notes)
    assert ArraySource.recognises(FASHION)
    assert not ArraySource.recognises(FASHION.parent)


@pytest.mark.parametrize(
    ("shape", "dtype", "role", "features"),
    [
        ((6, 5), "float64", ARRAY, Features("vector", (5,))),
        ((6, 9, 3), "float32", ARRAY, Features("sequence", (9, 3))),
        ((6, 9, 3), "uint8", ARRAY, Features("sequence", (9, 3))),
        ((6, 9, 8), "uint8", PICTURE, Features("image", (9, 8, 1))),
        ((6, 9, 8), "float32", ARRAY, Features("sequence", (9, 8))),
        ((6, 9, 8, 2), "int64", PICTURE, Features("image", (9, 8, 2))),
    ],
)
def test_the_rank_tells_the_kind(rng, shape, dtype, role, features):
    x = rng.integers(0, 255, shape).astype(dtype)
    source = ArraySource.from_memory(x, np.arange(6) % 2)
    dataset = source.read()

    assert dataset.inputs[0].role == role
    assert source.front_end(dataset).features == features


def test_a_kind_that_is_asked_for_is_taken(rng):
    x = rng.integers(0, 255, (6, 9, 8)).astype("uint8")

    for kind, shape in (("vector", (72,)), ("sequence", (9, 8)), ("image", (9, 8, 1))):
        source = ArraySource(kind=kind, arrays={"x": x, "y": np.arange(6) % 2})
        dataset = source.read()
        front_end = source.front_end(dataset)

        assert front_end.features == Features(kind, shape)
        assert front_end.model(dataset.features)["features"].shape == (6, *shape)
        assert not dataset.notes
    with pytest.raises(DataError, match=r"examples of the shape \[5\] are no image"):
        ArraySource(kind="image", arrays={"x": rng.normal(size=(6, 5)), "y": np.zeros(6)}).read()


def test_the_arrays_are_no_part_of_the_configuration(rng):
    source = ArraySource.from_memory(rng.normal(size=(6, 5)), np.arange(6))

    assert json.loads(canonical_json(source)) == {
        "name": "archivolt_keras:arrays",
        "path": None,
        "labels": None,
        "unlabelled": None,
        "kind": None,
        "padding": None,
        "per_step": None,
    }
    assert source == ArraySource()
    assert hash(source) == hash(ArraySource())
    assert str(source) == "arrays"
    with pytest.raises(DataError, match="not part of a configuration"):
        ArraySource().read()


def test_one_hot_labels_are_read_as_classes_in_training_and_test(rng):
    x, classes = rng.normal(size=(12, 3)), rng.integers(0, 4, 12)

    dataset = read(x, np.eye(4)[classes], test=(x[:5], np.eye(4)[classes[:5]]))

    assert dataset.labels.tolist() == classes.tolist()
    assert dataset.test.labels.tolist() == classes[:5].tolist()
    assert any("single 1" in note for note in dataset.notes)


def test_labels_of_several_targets_stay_a_matrix(rng):
    y = rng.integers(0, 2, (12, 3))
    y[0] = 1

    dataset = read(rng.normal(size=(12, 4)), y)

    assert dataset.labels.shape == (12, 3)
    assert dataset.targets == ("y0", "y1", "y2")


def test_weights_groups_and_times_are_taken_by_their_keys(rng):
    arrays = {
        "x": rng.normal(size=(4, 2)),
        "y": np.array(["a", "b", "a", "b"]),
        "weights": [1, 2, 3, 4],
        "household": [1, 1, 2, 2],
        "day": [3, 1, 2, 4],
        "other": [0, 0, 0, 0],
    }

    dataset = ArraySource.from_memory(arrays).read(group="household", time="day")

    assert dataset.weights.tolist() == [1, 2, 3, 4]
    assert dataset.groups.tolist() == [1, 1, 2, 2]
    assert dataset.times.tolist() == [3, 1, 2, 4]
    assert dataset.notes == ["Arrays that are not read: other."]
    with pytest.raises(DataError, match=r"no array 'hosehold'.*Did you mean 'household'"):
        ArraySource.from_memory(arrays).read(group="hosehold")


def test_nan_and_infinity_are_told_with_the_first_row(rng):
    x = rng.normal(size=(10, 4, 3))
    x[7, 2, 1] = np.nan
    x[8] = np.inf

    with pytest.raises(DataError, match=r"x: row 7 holds nan at \[2, 1\]; 2 of the rows 0 to 9"):
        read(x)
    with pytest.raises(DataError, match="row 3 holds inf"):
        read(np.where(np.arange(10)[:, None] == 3, np.inf, 1.0) * np.ones((10, 2)))
    with pytest.raises(DataError, match=r"row 0 holds 1e\+39"):
        read(np.full((2, 2), 1e39))
    with pytest.raises(DataError, match="y: row 1 holds nan"):
        read(np.ones((3, 2)), np.array([1.0, np.nan, 2.0]))


def test_shapes_that_disagree_are_told_with_both_counts():
    with pytest.raises(DataError, match="x has 5 rows and y has 4"):
        read(np.ones((5, 2)), np.zeros(4))
    with pytest.raises(DataError, match=r"x_test: the rows have the shape \[3\]; .* \[2\]"):
        read(np.ones((5, 2)), test=(np.ones((2, 3)), np.zeros(2)))
    with pytest.raises(DataError, match="x_test has 2 rows and y_test has 1"):
        read(np.ones((5, 2)), test=(np.ones((2, 2)), np.zeros(1)))
    with pytest.raises(DataError, match="5 rows need as many weights"):
        read(np.ones((5, 2)), weights=np.ones(3))


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (np.ones(5), r"1 axes, \[5\].*x\.reshape\(-1, 1\)"),
        (np.ones((2, 2, 2, 2, 2)), r"5 axes"),
        (np.ones((0, 4)), r"empty: its shape is \[0, 4\]"),
        (np.array([["a", "b"]]), "not numbers.*belong into a table"),
        ([[1, 2], [3]], r"Python objects.*unequal length"),
        (np.ones((3, 2), complex), "complex128, not numbers"),
    ],
)
def test_arrays_that_cannot_be_learnt_from_are_told(x, message):
    with pytest.raises(DataError, match=message):
        ArraySource.from_memory(x, np.zeros(len(x))).read()


def test_missing_and_useless_labels_and_weights_are_told():
    x = np.ones((3, 2))
    with pytest.raises(DataError, match="there are no labels, y"):
        ArraySource.from_memory(x).read()
    with pytest.raises(DataError, match=r"label of row 1 is missing \(1 in all\)"):
        read(x, np.array(["a", None, "b"], object))
    with pytest.raises(DataError, match="weight of row 2 is negative: -1"):
        read(x, weights=[1, 1, -1])
    with pytest.raises(DataError, match="every weight is 0"):
        read(x, weights=[0, 0, 0])


def test_pictures_with_the_channels_first_are_noticed(rng):
    dataset = read(rng.normal(size=(4, 3, 32, 32)))

    assert any("np.moveaxis(x, 1, -1)" in note for note in dataset.notes)


def test_frames_and_other_things_are_left_to_other_sources():
    class Frame:
        columns = ("a",)
        shape = (1, 1)

        def __array__(self):
            return np.ones((1, 1))

    assert ArraySource.from_memory(Frame()) is None
    assert ArraySource.from_memory("data.csv") is None
    assert ArraySource.from_memory({"age": [1, 2]}) is None


def test_files_with_an_npy_for_each_part_are_read(rng, tmp_path):
    x = rng.normal(size=(6, 3)).astype("float32")
    np.save(tmp_path / "x.npy", x)
    np.save(tmp_path / "y.npy", np.arange(6))

    dataset = ArraySource(str(tmp_path / "x.npy"), str(tmp_path / "y.npy")).read()

    assert np.array_equal(dataset.features["x"], x)
    assert dataset.labels.tolist() == list(range(6))


def test_files_that_cannot_be_read_are_told(tmp_path):
    path = tmp_path / "x.npz"
    with pytest.raises(DataError, match=r"x\.npz: there is no such file"):
        ArraySource(str(path)).read()
    path.write_bytes(b"nonsense")
    with pytest.raises(DataError, match=r"x\.npz: the file is damaged"):
        ArraySource(str(path)).read()
    path.write_bytes(FASHION.read_bytes()[:5000])
    with pytest.raises(DataError, match=r"x\.npz: the file cannot be read"):
        ArraySource(str(path)).read()
    np.savez(path, x=np.array([{"a": 1}], object), y=[1])
    with pytest.raises(DataError, match="Python objects, which are not read from files"):
        ArraySource(str(path)).read()
    np.savez(path, z=np.ones((2, 2)))
    with pytest.raises(DataError, match="no array 'x'; there are z"):
        ArraySource(str(path)).read()


def test_further_rows_are_read_from_files_and_arrays(rng, tmp_path):
    training = ArraySource(str(FASHION)).read()
    source = ArraySource()

    labelled = source.read_new(FASHION, training.inputs, training.targets)
    assert labelled.labels.shape == (1500,)
    np.save(tmp_path / "new.npy", training.features["x"][:7])
    new = source.read_new(tmp_path / "new.npy", training.inputs, training.targets)
    assert new.labels is None
    assert np.array_equal(new.features["x"], training.features["x"][:7])
    passed = source.read_new(training.features["x"][:7], training.inputs, training.targets)
    assert np.array_equal(passed.features["x"], new.features["x"])
    with pytest.raises(DataError, match="not bytes; the training rows were numbers from 0 to 255"):
        source.read_new(training.features["x"] / 255.0, training.inputs, training.targets)
    with pytest.raises(DataError, match=r"shape \[28, 27\]; the training rows had \[28, 28\]"):
        source.read_new(training.features["x"][:, :, 1:], training.inputs, training.targets)


def test_rows_without_a_label_are_kept_apart(rng, tmp_path):
    x = rng.normal(size=(8, 3)).astype("float32")
    np.savez(tmp_path / "more.npz", x=x[6:], y=[0, 1])
    passed = {"x": x[:4], "y": np.arange(4) % 2, "x_unlabelled": x[4:6]}

    dataset = ArraySource(arrays=passed, unlabelled=str(tmp_path / "more.npz")).read()

    assert dataset.rows == 4
    assert np.array_equal(dataset.unlabelled.features["x"], x[4:])
    assert dataset.unlabelled.labels is None
    assert not any("not read" in note for note in dataset.notes)
    assert np.array_equal(read(x[:4], unlabelled=x[4:]).unlabelled.features["x"], x[4:])


def test_padded_sequences_without_a_label_have_lengths_of_their_own(rng):
    x = rng.normal(size=(6, 5, 2)).astype("float32")
    arrays = {
        "x": x[:4],
        "y": np.arange(20).reshape(4, 5) % 2,
        "lengths": [5, 4, 3, 2],
        "x_unlabelled": x[4:],
        "lengths_unlabelled": [1, 5],
    }

    labelled = {key: each for key, each in arrays.items() if "unlabelled" not in key}
    bare = {"x": x[4:], "lengths": [1, 5]}

    for source in (ArraySource(arrays=arrays), ArraySource.from_memory(labelled, unlabelled=bare)):
        assert source.read().unlabelled.steps.sum(axis=1).tolist() == [1, 5]


def test_rows_without_a_label_of_another_shape_are_told(rng):
    x = rng.normal(size=(4, 3))

    with pytest.raises(DataError, match=r"x_unlabelled: the rows have the shape \[2\]"):
        read(x, unlabelled=x[:, :2])
