from __future__ import annotations

import keras
import numpy as np
from keras import layers

from archivolt_keras.training.predict import default_limit, predict


def network():
    inputs = keras.Input((5,))
    x = layers.BatchNormalization()(layers.Dense(7)(inputs))
    return keras.Model(inputs, layers.Dense(3)(layers.Dropout(0.5)(x)))


def test_logits_are_those_of_inference_whatever_the_chunks(table):
    x, _ = table
    model = network()

    whole = predict(model, {"x": x})
    chunked = predict(model, {"x": x}, batch_limit=10)

    assert whole.dtype == np.float32
    np.testing.assert_allclose(whole, model.predict(x, verbose=0), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(whole, chunked, rtol=1e-5, atol=1e-6)


def test_no_example_gives_no_row():
    assert predict(network(), {"x": np.zeros((0, 5), np.float32)}).shape == (0, 3)


def test_a_wider_model_takes_fewer_examples_at_once():
    inputs = keras.Input((64, 64, 3))
    wide = keras.Model(inputs, layers.GlobalMaxPooling2D()(layers.Conv2D(64, 3)(inputs)))

    assert default_limit(wide) < 100 < default_limit(network())
