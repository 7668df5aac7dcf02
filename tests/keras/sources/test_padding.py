from __future__ import annotations

import keras
import numpy as np
import pytest

from archivolt.errors import DataError
from archivolt.values.features import sequence
from archivolt_keras.sources.arrays import ArraySource, read_new_arrays
from archivolt_keras.sources.padding import marked, real_steps


@pytest.fixture
def x() -> np.ndarray:
    return np.random.default_rng(0).normal(7.0, 2.0, (6, 5, 2)).astype("float32")


LENGTHS = np.array([5, 1, 2, 3, 4, 5])
LABELS = np.arange(6) % 2


def source_of(x, padding=None, **arrays) -> ArraySource:
    return ArraySource(arrays={"x": x, "y": LABELS, **arrays}, padding=padding)


def test_steps_beyond_the_lengths_become_padding(x):
    before = x.copy()
    steps, padding = marked(x, LENGTHS, None)

    assert padding == 0
    assert real_steps(steps, 0.0).sum(axis=1).tolist() == LENGTHS.tolist()
    assert (steps[1, 1:] == 0).all()
    assert (steps[0] == before[0]).all()
    assert (x == before).all()  # the user's array is left alone


def test_sequences_without_padding_stay_as_they_are(x):
    assert marked(x, None, None) == (x, None)


def test_real_steps_are_standardised_and_padded_ones_are_zeros(x):
    source = source_of(x, lengths=LENGTHS, padding=-1.0)
    dataset = source.read()
    front = source.front_end(dataset)

    y = np.asarray(front.model({"x": dataset.features["x"]})["features"])

    real = np.arange(5) < LENGTHS[:, None]
    assert front.features == sequence(5, 2, padded=True)
    assert (y[~real] == 0).all()
    np.testing.assert_allclose(y[real].mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(y[real].std(axis=0), 1, atol=1e-5)
    assert "33% of the steps are padding, -1 in every feature." in dataset.notes


def test_a_real_step_at_the_mean_is_not_taken_for_padding():
    x = np.array([[[1.0], [3.0], [2.0]], [[2.0], [0.0], [0.0]]], "float32")  # the mean is 2
    source = ArraySource(arrays={"x": x, "y": [0, 1]}, padding=0.0)
    front = source.front_end(source.read())

    y = np.asarray(front.model({"x": x})["features"])

    assert (y != 0).any(axis=-1).tolist() == [[True, True, True], [True, False, False]]
    assert abs(y[0, 2, 0]) < 1e-5


def test_the_front_end_of_padded_sequences_is_saved_whole(x, tmp_path):
    source = source_of(x, lengths=LENGTHS)
    dataset = source.read()
    model = source.front_end(dataset).model

    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)

    rows = dataset.features["x"]
    assert np.array_equal(again({"x": rows})["features"], model({"x": rows})["features"])


def test_test_rows_and_new_rows_have_lengths_of_their_own(x):
    dataset = source_of(
        x, lengths=LENGTHS, x_test=x[:2], y_test=LABELS[:2], lengths_test=[2, 4]
    ).read()
    new = read_new_arrays({"x": x[:2], "lengths": [1, 5]}, dataset.inputs, ("y",))

    assert dataset.test is not None
    assert real_steps(dataset.test.features["x"], 0.0).sum(axis=1).tolist() == [2, 4]
    assert real_steps(new.features["x"], 0.0).sum(axis=1).tolist() == [1, 5]


def test_lengths_of_new_rows_mean_nothing_to_a_model_without_padding(x):
    dataset = source_of(x).read()

    with pytest.raises(DataError, match="the training rows had neither lengths nor padding"):
        read_new_arrays({"x": x, "lengths": LENGTHS}, dataset.inputs, ("y",))


@pytest.mark.parametrize(
    ("lengths", "message"),
    [
        (LENGTHS[:3], r"6 sequences need as many lengths.* this is \[3\] of int64"),
        (LENGTHS / 2, "whole numbers of steps; this is .* float64"),
        ([5, 1, 2, 9, 4, 5], r"row 3 has the length 9; expected is 1 to 5, .* \(1 such rows\)"),
        ([5, 0, 2, 3, 4, 5], "row 1 has the length 0"),
    ],
)
def test_lengths_that_are_none_are_told(x, lengths, message):
    with pytest.raises(DataError, match=message):
        source_of(x, lengths=lengths).read()


def test_a_real_step_that_passes_for_padding_is_told(x):
    x[4, 2] = 0

    with pytest.raises(DataError, match=r"step 2 of row 4 .* holds 0 alone") as told:
        source_of(x, lengths=LENGTHS).read()
    assert "data.padding" in str(told.value)
    assert source_of(x, lengths=LENGTHS, padding=-1000.0).read().inputs[0].padding == -1000


def test_a_row_of_padding_alone_is_told(x):
    x[3] = -1

    with pytest.raises(DataError, match="row 3 is padding alone: every step holds -1"):
        source_of(x, padding=-1.0).read()


def test_only_sequences_have_lengths(x):
    with pytest.raises(DataError, match="only sequences have padded steps.* vector features"):
        source_of(x[:, 0], lengths=LENGTHS).read()
