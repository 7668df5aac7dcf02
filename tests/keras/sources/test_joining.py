from __future__ import annotations

import keras
import numpy as np
import pytest

from archivolt.errors import DataError
from archivolt.values.features import image, sequence, vector
from archivolt_keras.sources.arrays import ArraySource
from archivolt_keras.sources.joining import joined

RNG = np.random.default_rng(0)
LABELS = np.arange(12) % 2


def prepared(x, **arrays):
    """Return what the front end makes of several inputs, and what the features are."""
    source = ArraySource(arrays={"x": x, "y": LABELS, **arrays})
    dataset = source.read()
    front = source.front_end(dataset)
    return np.asarray(front.model(dataset.features)["features"]), front


@pytest.mark.parametrize(
    ("parts", "whole"),
    [
        ((vector(3), vector(4)), vector(7)),
        ((vector(3), sequence(5, 2)), sequence(5, 5)),
        ((sequence(5, 2, padded=True), sequence(5, 1)), sequence(5, 3, padded=True)),
        ((image(8, 6, 3), vector(2), image(8, 6, 1)), image(8, 6, 6)),
    ],
)
def test_inputs_are_joined_along_their_features(parts, whole):
    assert joined(parts) == whole


@pytest.mark.parametrize(
    "parts",
    [
        (sequence(5, 2), sequence(6, 2)),
        (image(8, 6, 3), image(6, 8, 3)),
        (image(8, 6, 3), sequence(8, 6)),
    ],
)
def test_what_has_no_places_in_common_is_told(parts):
    with pytest.raises(DataError, match="which cannot be joined"):
        joined(parts)


def test_each_input_is_standardised_by_itself():
    x = {"size": RNG.normal(100, 5, (12, 2)), "share": RNG.random((12, 1))}

    made, front = prepared(x)

    assert front.features == vector(3)
    np.testing.assert_allclose(made.mean(axis=0), 0, atol=1e-4)
    np.testing.assert_allclose(made.std(axis=0), 1, atol=1e-3)


def test_numbers_stand_at_each_pixel_of_a_picture():
    x = {
        "where": RNG.normal(size=(12, 2)),
        "picture": RNG.integers(0, 256, (12, 9, 10, 3)).astype(np.uint8),
    }

    made, front = prepared(x)

    assert front.features == image(9, 10, 5)
    assert made.shape == (12, 9, 10, 5)
    assert (made[..., 3:] == made[:, :1, :1, 3:]).all() or (
        made[..., :2] == made[:, :1, :1, :2]
    ).all()


def test_padded_steps_are_zeros_in_all_that_is_joined():
    lengths = np.array([5, 1, 2, 3, 4, 5] * 2)
    x = {"age": RNG.normal(size=(12, 1)) + 3, "steps": RNG.normal(size=(12, 5, 2))}

    made, front = prepared(x, lengths=lengths)

    real = np.arange(5) < lengths[:, None]
    assert front.features == sequence(5, 3, padded=True)
    assert (made[~real] == 0).all()
    assert (made[real] != 0).all()


def test_the_front_end_of_several_inputs_is_saved_whole(tmp_path):
    x = {"age": RNG.normal(size=(12, 1)), "steps": RNG.normal(size=(12, 5, 2))}
    made, front = prepared(x)

    front.model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)

    rows = {name: each.astype("float32") for name, each in x.items()}
    np.testing.assert_array_equal(again(rows)["features"], made)
