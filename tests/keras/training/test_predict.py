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


def test_a_recurrent_model_is_traced_once_and_its_graph_goes_with_it():
    import gc

    from archivolt_keras.training.predict import _graphs

    x = np.random.default_rng(0).standard_normal((20, 6, 4)).astype(np.float32)
    inputs = keras.Input((6, 4))
    model = keras.Model(inputs, layers.Dense(3)(layers.Bidirectional(layers.GRU(5))(inputs)))
    gc.collect()
    before = len(_graphs)

    first = predict(model, {"x": x})
    model.layers[-1].bias.assign([1.0, 2.0, 3.0])
    for rows in (7, 11, 20):
        found = predict(model, {"x": x[:rows]})
        shifted = first[:rows] + np.array([1.0, 2.0, 3.0])
        np.testing.assert_allclose(found, shifted, rtol=1e-4, atol=1e-5)

    assert _graphs[model].experimental_get_tracing_count() <= 2  # a number, then any number
    del model, inputs
    keras.backend.clear_session()
    gc.collect()
    assert len(_graphs) <= before
