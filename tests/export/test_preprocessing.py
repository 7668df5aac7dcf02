"""A delivered model in two: what stands before its network, and the rest."""

from __future__ import annotations

import numpy as np
import pytest

from archivolt_export.preprocessing import parted


@pytest.fixture
def keras():
    import keras

    keras.utils.set_random_seed(0)
    return keras


def network(keras):
    """A network as it is searched on a table: numbers beside a category of three values."""
    numeric = keras.Input((2,), name="numeric")
    categories = keras.Input((1,), name="categories", dtype="int32")
    embedded = keras.layers.Flatten()(keras.layers.Embedding(3, 2)(categories))
    x = keras.layers.Concatenate()([numeric, embedded])
    logits = keras.layers.Dense(2, name="logits")(x)
    return keras.Model({"numeric": numeric, "categories": categories}, logits, name="network")


def delivered(keras):
    """Columns in units of their own, and a category that is a number already."""
    size, hue = keras.Input((2,), name="size"), keras.Input((1,), name="hue", dtype="int32")
    scaled = keras.layers.Normalization(mean=[5.0, 5e4], variance=[1.0, 1e8])(size)
    logits = network(keras)({"numeric": scaled, "categories": hue})
    output = keras.layers.Activation("softmax", name="prediction")(logits)
    return keras.Model({"size": size, "hue": hue}, output)


def rows(count):
    rng = np.random.default_rng(0)
    size = rng.normal(size=(count, 2)) * [1.0, 1e4] + [5.0, 5e4]
    return {"size": size.astype(np.float32), "hue": rng.integers(3, size=(count, 1))}


def test_the_parts_say_one_after_the_other_what_the_model_says(keras):
    model, features = delivered(keras), rows(700)

    halves = parted(model)
    prepared = halves.prepare(features)
    found = halves.network.model(dict(prepared))

    assert set(prepared) == {"numeric", "categories"}
    assert abs(prepared["numeric"].mean()) < 0.2
    np.testing.assert_array_equal(prepared["categories"], features["hue"])
    np.testing.assert_allclose(found, np.asarray(model(features)), atol=1e-6)


def test_a_model_that_was_saved_and_loaded_is_parted_alike(keras, tmp_path):
    model = delivered(keras)
    model.save(tmp_path / "model.keras")

    halves = parted(keras.saving.load_model(tmp_path / "model.keras"))

    prepared, expected = halves.prepare(rows(5)), parted(model).prepare(rows(5))
    for name in ("numeric", "categories"):
        np.testing.assert_allclose(prepared[name], expected[name], rtol=1e-6)


def test_the_model_says_the_same_after_it_was_parted_again_and_again(keras):
    model, features = delivered(keras), rows(5)
    before = np.asarray(model(features))

    for _ in range(3):
        parted(model)

    np.testing.assert_array_equal(np.asarray(model(features)), before)


def test_nothing_stands_before_a_network_that_reads_the_inputs_themselves(keras):
    inner = network(keras)
    inputs = {
        name: keras.Input(each.shape[1:], name=name, dtype=each.dtype)
        for name, each in inner.input.items()
    }

    assert parted(keras.Model(inputs, inner(inputs))) is None


def test_a_model_from_elsewhere_has_no_network_to_be_parted_at(keras):
    inputs = keras.Input((4,))
    x = keras.layers.Rescaling(0.5)(inputs)

    assert parted(keras.Model(inputs, keras.layers.Dense(2, name="network")(x))) is None
    assert parted(keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])) is None
