from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from archivolt.components.source import PICTURE, Input
from archivolt.errors import DataError
from archivolt.values.encoding import canonical_json
from archivolt_keras.sources.arrays import ArraySource
from archivolt_keras.sources.spilled import SpilledArray
from archivolt_keras.sources.stream import StreamSource

FASHION = Path(__file__).parents[2] / "data" / "fashion_mnist.npz"
slices = tf.data.Dataset.from_tensor_slices


@pytest.fixture(scope="module")
def fashion():
    file = np.load(FASHION)
    return file["x"][:400, ..., None], file["y"][:400].astype("int64")


@pytest.mark.parametrize(
    "prepare",
    [
        lambda dataset: dataset,
        lambda dataset: dataset.batch(64),
        lambda dataset: dataset.batch(50, drop_remainder=True),
    ],
    ids=["unbatched", "batched", "batches of one size"],
)
def test_a_dataset_is_read_into_files_whether_it_is_batched_or_not(fashion, prepare):
    x, y = fashion

    dataset = StreamSource.from_memory(prepare(slices((x, y)))).read()

    assert isinstance(dataset.features["x"], SpilledArray)
    assert dataset.inputs == (Input("x", PICTURE, (28, 28, 1), "uint8"),)
    assert np.array_equal(dataset.features["x"], x)
    assert np.array_equal(dataset.labels, y)


def test_the_front_end_is_that_of_the_same_arrays(fashion):
    x, y = fashion
    stream, arrays = StreamSource(dataset=slices((x, y))), ArraySource.from_memory(x, y)

    once, again = (
        each.front_end(each.read().take(np.arange(100))).model({"x": x[:50]})["features"]
        for each in (stream, arrays)
    )

    assert np.array_equal(once, again)


def test_weights_and_a_test_set_are_taken(fashion):
    x, y = fashion
    weights = np.linspace(0, 1, 400).astype("float32")
    source = StreamSource.from_memory(
        slices((x, y, weights)).batch(32), test=(slices((x[:30], y[:30])), None)
    )

    dataset = source.read()

    assert np.array_equal(dataset.weights, weights)
    assert dataset.test.rows == 30
    assert dataset.test.weights is None


def test_numbers_become_float32_and_text_labels_text():
    x = np.arange(12, dtype="float64").reshape(6, 2)
    y = np.array(["yes", "nö"] * 3)

    dataset = StreamSource(dataset=slices((x, y))).read()

    assert dataset.features["x"].dtype == np.float32
    assert dataset.labels.tolist() == y.tolist()


def test_a_dataset_that_never_ends_or_may_not_end_is_refused_unless_rows_are_said(fashion):
    endless = slices(fashion).batch(32).repeat()
    unknown = slices(fashion).filter(lambda x, y: y < 5)

    with pytest.raises(DataError, match=r"never ends\. Leave out repeat"):
        StreamSource(dataset=endless).read()
    with pytest.raises(DataError, match=r"does not know its length.*assert_cardinality"):
        StreamSource(dataset=unknown).read()
    assert StreamSource(dataset=endless, rows=500).read().rows == 500
    assert StreamSource(dataset=unknown, rows=50).read().rows == 50


def test_elements_of_another_form_are_told(fashion):
    x, y = fashion
    with pytest.raises(DataError, match=r"Expected is a tuple of tensors, \(x, y\)"):
        StreamSource(dataset=slices(x)).read()
    with pytest.raises(DataError, match=r"Expected is a tuple of tensors, \(x, y\)"):
        StreamSource(dataset=slices(({"a": x}, y))).read()
    with pytest.raises(DataError, match="holds its labels and weights itself"):
        StreamSource.from_memory(slices((x, y)), y)
    with pytest.raises(DataError, match="the dataset is empty"):
        StreamSource(dataset=slices((x[:0], y[:0]))).read()
    with pytest.raises(DataError, match="no column 'day'"):
        StreamSource(dataset=slices((x, y))).read(time="day")


def test_nan_is_told_with_its_row_in_the_whole_dataset():
    x = np.ones((300, 2), "float32")
    x[290, 1] = np.nan

    with pytest.raises(DataError, match=r"dataset, x: row 290 holds nan at \[1\]"):
        StreamSource(dataset=slices((x, np.arange(300) % 2)).batch(32)).read()


def test_examples_of_unequal_shapes_are_told():
    def rows():
        yield np.ones((4, 2), "float32"), 0
        yield np.ones((5, 2), "float32"), 1

    signature = (tf.TensorSpec((None, 2)), tf.TensorSpec((), tf.int32))
    dataset = tf.data.Dataset.from_generator(rows, output_signature=signature)
    counted = dataset.apply(tf.data.experimental.assert_cardinality(2)).batch(1)

    with pytest.raises(DataError, match=r"from row 1 on, examples have the shape \[5, 2\]"):
        StreamSource(dataset=counted).read()


def test_the_dataset_is_no_part_of_the_configuration(fashion):
    source = StreamSource(dataset=slices(fashion), kind="image")

    assert json.loads(canonical_json(source))["kind"] == "image"
    assert "dataset" not in json.loads(canonical_json(source))
    assert source == StreamSource(kind="image")
    with pytest.raises(DataError, match="not part of a configuration"):
        StreamSource().read()


def test_other_things_are_left_to_other_sources(fashion):
    assert StreamSource.from_memory(fashion[0]) is None


@pytest.mark.parametrize(
    "bare",
    [
        lambda x: slices(x),
        lambda x: slices(x).batch(16),
        lambda x: x,
    ],
    ids=["unbatched", "batched", "arrays"],
)
def test_rows_without_a_label_are_features_alone(fashion, bare):
    x, y = fashion

    dataset = StreamSource.from_memory(slices((x, y)), unlabelled=bare(x[:40])).read()

    assert np.array_equal(dataset.unlabelled.features["x"], x[:40])
    assert dataset.unlabelled.labels is None


def test_a_dataset_of_rows_without_a_label_that_has_labels_is_told(fashion):
    with pytest.raises(DataError, match="unlabelled: an element is .* Expected are features alone"):
        StreamSource.from_memory(slices(fashion), unlabelled=slices(fashion)).read()
