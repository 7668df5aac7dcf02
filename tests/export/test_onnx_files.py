"""ONNX files of any Keras model."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("tf2onnx")
pytest.importorskip("onnxruntime")

from archivolt_export.errors import ConversionError
from archivolt_export.onnx_files import run_onnx, write_onnx
from archivolt_export.ports import exportable
from archivolt_export.saved_model import all_rows


@pytest.fixture
def written(tmp_path):
    """Write a model, and return what its file says of rows."""

    def write(model, features):
        given = exportable(model)
        write_onnx(given, tmp_path / "model.onnx")
        return all_rows(given, run_onnx(tmp_path / "model.onnx"), features, 3)

    return write


def rows(*shape):
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)


@pytest.mark.parametrize("activation", ["gelu", "relu", "selu", "silu"])
def test_activations_convert(written, activation):
    import keras

    inputs = keras.Input((6,), name="x")
    x = keras.layers.Dense(8, activation=activation)(inputs)
    x = keras.layers.Dense(8, activation=activation)(x)
    model = keras.Model({"x": inputs}, keras.layers.Dense(2)(x))
    features = {"x": rows(7, 6)}

    np.testing.assert_allclose(written(model, features), np.asarray(model(features)), atol=1e-5)


def test_a_recurrent_network_converts(written):
    import keras

    inputs = keras.Input((7, 3), name="x")
    x = keras.layers.GRU(4)(keras.layers.Masking()(inputs))
    model = keras.Model({"x": inputs}, keras.layers.Dense(2)(x))
    features = {"x": rows(5, 7, 3)}

    np.testing.assert_allclose(written(model, features), np.asarray(model(features)), atol=1e-5)


def test_text_is_told(tmp_path):
    import keras

    inputs = keras.Input((1,), name="hue", dtype="string")
    places = keras.layers.StringLookup(vocabulary=["red", "blue"], name="words")(inputs)
    model = keras.Model({"hue": inputs}, places)

    with pytest.raises(ConversionError, match="words \\(StringLookup\\)"):
        write_onnx(exportable(model), tmp_path / "model.onnx")
