from __future__ import annotations

import numpy as np
import pytest

from archivolt.errors import DataError
from archivolt_keras.sources.arrays import ArraySource, read_new_arrays
from archivolt_keras.sources.step_labels import are_per_step, step_weights

STEPS = 5


@pytest.fixture
def x() -> np.ndarray:
    return np.random.default_rng(0).normal(2.0, 1.0, (6, STEPS, 2)).astype("float32")


@pytest.fixture
def y() -> np.ndarray:
    return np.random.default_rng(1).integers(0, 3, (6, STEPS))


LENGTHS = np.array([5, 1, 2, 3, 4, 5])


def test_labels_that_go_along_the_steps_are_labels_per_step(x, y):
    dataset = ArraySource(arrays={"x": x, "y": y}).read()

    assert dataset.inputs[0].per_step
    assert dataset.labels.tolist() == y.tolist()
    assert dataset.steps.all()
    assert dataset.weights.tolist() == np.ones((6, STEPS)).tolist()
    assert dataset.targets == ("y",)
    assert any("a label for each of the 5 steps" in note for note in dataset.notes)


def test_they_may_be_labels_of_the_whole_sequence(x, y):
    dataset = ArraySource(arrays={"x": x, "y": y}, per_step=False).read()

    assert dataset.steps is None
    assert dataset.targets == ("y0", "y1", "y2", "y3", "y4")


def test_labels_of_padded_steps_do_not_count(x, y):
    names = np.array(["a", "b", "c"], dtype=object)[y]
    names[np.arange(STEPS) >= LENGTHS[:, None]] = None

    dataset = ArraySource(arrays={"x": x, "y": names, "lengths": LENGTHS}).read()

    assert dataset.steps.sum(axis=1).tolist() == LENGTHS.tolist()
    assert (dataset.weights == dataset.steps).all()
    assert len(dataset.counted_labels) == LENGTHS.sum()
    assert None not in dataset.counted_labels


def test_weights_may_be_of_rows_or_of_steps(x, y):
    of_rows = np.arange(1.0, 7.0)
    of_steps = np.ones((6, STEPS))
    of_steps[2, 3] = 0
    labels = y.astype(float)
    labels[2, 3] = np.nan

    rows = ArraySource(arrays={"x": x, "y": y, "weights": of_rows}).read()
    steps = ArraySource(arrays={"x": x, "y": labels, "weights": of_steps}).read()

    assert rows.weights.tolist() == np.repeat(of_rows[:, None], STEPS, axis=1).tolist()
    assert steps.weights.tolist() == of_steps.tolist()
    assert steps.steps.all()  # a step without a label is real


def test_a_single_1_a_step_is_the_number_of_a_class(x, y):
    dataset = ArraySource(arrays={"x": x, "y": np.eye(3)[y]}).read()

    assert dataset.labels.tolist() == y.tolist()
    assert "y has a single 1 in each step: read as the number of one of 3 classes." in dataset.notes


def test_several_numbers_a_step_are_several_targets(x):
    dataset = ArraySource(arrays={"x": x, "y": x + 1}).read()

    assert dataset.targets == ("y0", "y1")
    assert dataset.labels.shape == (6, STEPS, 2)


def test_one_hot_labels_of_sequences_as_long_as_the_classes_stay_classes(x):
    dataset = ArraySource(arrays={"x": x, "y": np.eye(STEPS)[[0, 1, 2, 3, 4, 0]]}).read()

    assert dataset.steps is None
    assert dataset.labels.tolist() == [0, 1, 2, 3, 4, 0]


def test_test_rows_and_new_rows_have_labels_per_step_too(x, y):
    source = ArraySource(
        arrays={
            "x": x, "y": y, "lengths": LENGTHS,
            "x_test": x[:2], "y_test": y[:2], "lengths_test": [2, 4],
        }
    )  # fmt: skip
    dataset = source.read()
    new = read_new_arrays({"x": x, "y": y, "lengths": LENGTHS}, dataset.inputs, ("y",))
    without = read_new_arrays({"x": x, "lengths": LENGTHS}, dataset.inputs, ("y",))

    assert dataset.test.steps.sum(axis=1).tolist() == [2, 4]
    assert new.weights.sum(axis=1).tolist() == LENGTHS.tolist()
    assert without.labels is None
    assert without.steps.sum(axis=1).tolist() == LENGTHS.tolist()


def test_a_step_without_its_label_is_told_by_row_and_step(x, y):
    labels = y.astype(float)
    labels[3, 2] = np.nan

    with pytest.raises(DataError, match="label of step 2 in row 3 is missing") as told:
        ArraySource(arrays={"x": x, "y": labels}).read()

    assert "weights may be (rows, time)" in str(told.value)


def test_labels_per_step_that_do_not_fit_are_told(x, y):
    with pytest.raises(DataError, match=r"sequences of 5 steps .* y the shape \[6, 4\]"):
        ArraySource(arrays={"x": x, "y": y[:, :4]}, per_step=True).read()
    with pytest.raises(DataError, match="x has vector features"):
        ArraySource(arrays={"x": x[:, :, 0], "y": y}, per_step=True).read()


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (np.ones((6, 4)), "a weight a row or a step"),
        (np.full((6, STEPS), -1.0), "a weight of row 0 is negative"),
        (np.zeros((6, STEPS)), "every weight is 0"),
        (np.full((6, STEPS), "heavy"), "weights are numbers"),
    ],
)
def test_weights_of_steps_that_cannot_be_used_are_told(weights, message):
    with pytest.raises(DataError, match=message):
        step_weights(weights, np.ones((6, STEPS), bool))


def test_sequences_of_one_step_have_one_label_a_row():
    x = np.ones((6, 1, 2), "float32")

    assert not are_per_step(x, np.ones((6, 1)), "sequence", None, [])
