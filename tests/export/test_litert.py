"""LiteRT files of any Keras model."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("ai_edge_litert")

from ai_edge_litert.interpreter import OpResolverType

from archivolt.components.columns import Columns
from archivolt.values.features import ColumnLayout
from archivolt_blocks.embed_columns import EmbedColumns
from archivolt_export import int8
from archivolt_export import litert as litert_files
from archivolt_export.blame import refused
from archivolt_export.errors import ConversionError, ExportError
from archivolt_export.litert import litert, row_by_row, run_litert
from archivolt_export.ports import exportable


@pytest.fixture
def keras():
    import keras

    keras.utils.set_random_seed(0)
    return keras


def rows(*shape):
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)


def said(content, model, features):
    return row_by_row(exportable(model), run_litert(content), features)


def test_a_recurrent_network_with_a_mask_converts(keras):
    inputs = keras.Input((7, 3), name="features")
    x = keras.layers.Masking()(inputs)
    x = keras.layers.Bidirectional(keras.layers.GRU(4, return_sequences=True))(x)
    model = keras.Model({"features": inputs}, keras.layers.Dense(2)(x))
    features = rows(5, 7, 3)
    features[:, 5:] = 0.0

    found = said(litert(model), model, {"features": features})

    np.testing.assert_allclose(found, np.asarray(model({"features": features})), atol=1e-5)


@pytest.mark.parametrize("activation", ["gelu", "silu"])
def test_activations_convert(keras, activation):
    inputs = keras.Input((6,), name="x")
    x = keras.layers.Dense(8, activation=activation)(inputs)
    model = keras.Model({"x": inputs}, keras.layers.Dense(2)(x))
    features = {"x": rows(7, 6)}

    found = said(litert(model), model, features)

    np.testing.assert_allclose(found, np.asarray(model(features)), atol=1e-5)


@pytest.mark.parametrize("numbers", ["piecewise_linear", "periodic", "linear", "plain"])
def test_columns_bent_to_a_normal_distribution_convert(keras, numbers):
    layout = ColumnLayout(numeric=("a", "b"), quantiles=((-2.0, 0.0, 0.5, 3.0), (-1.0, 0.0, 1.0)))
    inputs = keras.Input((2,), name="features")
    block = EmbedColumns(scaling="quantile", numbers=numbers)
    embedded = block.build(Columns(layout, inputs, None), ())
    model = keras.Model({"features": inputs}, keras.layers.Dense(3)(embedded))
    features = {"features": 3 * rows(20, 2)}

    found = said(litert(model), model, features)

    np.testing.assert_allclose(found, np.asarray(model(features)), atol=1e-5)


def test_eight_bits_in_a_loop_are_told_with_its_layer(keras):
    """TensorFlow would end the process."""
    inputs = keras.Input((7, 3), name="features")
    x = keras.layers.GRU(4, name="memory")(inputs)
    model = keras.Model({"features": inputs}, keras.layers.Dense(2)(x))

    with pytest.raises(ConversionError) as failure:
        int8(model, {"features": rows(5, 7, 3)})

    assert failure.value.layers == ("memory (GRU)",)
    assert "--dynamic" in str(failure.value)


def test_embeddings_with_offsets_convert(keras):
    """Keras writes a sum of whole numbers as `BiasAdd`, which LiteRT knows of floats alone."""
    inputs = keras.Input((3,), name="categories", dtype="int32")
    places = inputs + np.array([0, 2, 4], np.int32)
    x = keras.layers.Flatten()(keras.layers.Embedding(6, 2)(places))
    model = keras.Model({"categories": inputs}, keras.layers.Dense(1)(x))
    features = {"categories": np.array([[0, 1, 1], [1, 0, 0]], np.int32)}

    np.testing.assert_allclose(
        said(litert(model), model, features), np.asarray(model(features)), atol=1e-6
    )


def test_int8_takes_rows_as_a_model_of_one_tensor_does(keras):
    inputs = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(8, 3, activation="relu")(inputs)
    model = keras.Model(inputs, keras.layers.Dense(4)(keras.layers.GlobalAveragePooling2D()(x)))
    features = rows(50, 8, 8, 3)

    content = int8(model, features)

    found = said(content, model, {model.inputs[0].name: features})
    expected = np.asarray(model(features))
    assert 0 < np.abs(found - expected).max() < 0.1 * np.abs(expected).max()


def test_int8_takes_a_sequence_of_arrays_in_the_order_of_the_inputs(keras):
    first, second = keras.Input((4,), name="first"), keras.Input((2,), name="second")
    x = keras.layers.Concatenate()([first, second])
    model = keras.Model([first, second], keras.layers.Dense(3)(x))

    content = int8(model, [rows(20, 4), rows(20, 2)])

    found = said(content, model, {"first": rows(5, 4), "second": rows(5, 2)})
    expected = np.asarray(model([rows(5, 4), rows(5, 2)]))
    np.testing.assert_allclose(found, expected, atol=0.1 * np.abs(expected).max())


def delivered(keras, prepared=True):
    """A model as it is delivered: columns in their own units, standardised before its network."""
    scaled = keras.Input((3,), name="features")
    x = keras.layers.Dense(16, activation="relu", name="inner")(scaled)
    network = keras.Model({"features": scaled}, keras.layers.Dense(2)(x), name="network")
    raw = keras.Input((3,), name="features" if not prepared else "columns")
    x = raw
    if prepared:
        x = keras.layers.Normalization(mean=[0.0, 9.0, 5e5], variance=[1e-4, 1.0, 1e10])(raw)
    output = keras.layers.Activation("softmax", name="prediction")(network({"features": x}))
    return keras.Model({raw.name: raw}, output)


def columns(count):
    return {"columns": rows(count, 3) * np.float32([1e-2, 1.0, 1e5]) + np.float32([0.0, 9.0, 5e5])}


def test_int8_leaves_preprocessing_in_float(keras):
    model, features = delivered(keras), columns(100)

    content = int8(model, features)

    # In one scale of eight bits the first two columns would be nothing beside the third.
    expected = np.asarray(model(features))
    assert 0 < np.abs(said(content, model, features) - expected).max() < 0.05
    operations = computed(content)
    assert [dtypes for name, dtypes in operations if name in ("SUB", "ADD", "MUL", "DIV")] == [
        {"float32"}
    ] * 2
    # Biases of zero are left out; others would have 32 bits, as the sums that they are added to.
    assert [dtypes for name, dtypes in operations if name == "FULLY_CONNECTED"] == [{"int8"}] * 2
    assert [dtypes for name, dtypes in operations if name == "SOFTMAX"] == [{"int8"}]


def computed(content):
    """Return each operation with the types of its tensors, as the interpreter has them."""
    from ai_edge_litert.interpreter import Interpreter

    loaded = Interpreter(
        model_content=content,
        experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
    )
    dtypes = {each["index"]: each["dtype"].__name__ for each in loaded.get_tensor_details()}
    return [
        (each["op_name"], {dtypes[at] for at in (*each["inputs"], *each["outputs"]) if at >= 0})
        for each in loaded._get_ops_details()
    ]


def test_int8_of_a_model_without_preprocessing_is_all_of_eight_bits(keras):
    model = delivered(keras, prepared=False)

    content = int8(model, rows(100, 3))

    between = [name for name, dtypes in computed(content) if "float32" in dtypes]
    assert between == ["QUANTIZE", "DEQUANTIZE"]


def test_a_layer_with_no_form_in_eight_bits_may_stand_in_the_preprocessing(keras):
    inner = keras.Input((4,), name="features")
    network = keras.Model({"features": inner}, keras.layers.Dense(2)(inner), name="network")
    raw = keras.Input((6, 3), name="steps")
    x = keras.layers.GRU(4)(raw)
    model = keras.Model({"steps": raw}, network({"features": x}))
    features = {"steps": rows(30, 6, 3)}

    found = said(int8(model, features), model, features)

    np.testing.assert_allclose(found, np.asarray(model(features)), atol=0.05)


def test_a_model_is_as_it_was_afterwards(keras):
    inputs = keras.Input((4,), name="x")
    model = keras.Model({"x": inputs}, keras.layers.BatchNormalization()(inputs))
    before = [each.numpy() for each in model.weights]

    int8(model, {"x": rows(20, 4)})

    for now, then in zip(model.weights, before, strict=True):
        np.testing.assert_array_equal(now.numpy(), then)


def test_int8_without_rows_is_told(keras):
    inputs = keras.Input((4,))

    with pytest.raises(ExportError, match="representative rows"):
        litert(keras.Model(inputs, keras.layers.Dense(1)(inputs)), None, "int8")


def test_a_layer_that_does_not_convert_is_named(keras):
    import tensorflow as tf

    class Spectrum(keras.layers.Layer):
        def call(self, x):
            return tf.linalg.inv(tf.linalg.diag(x))[:, 0]

    inputs = keras.Input((4,), name="x")
    x = keras.layers.Dense(4)(inputs)
    model = keras.Model({"x": inputs}, keras.layers.Dense(2)(Spectrum(name="odd")(x)))

    with pytest.raises(ConversionError) as failure:
        litert(model)

    assert "MatrixInverse" in str(failure.value)
    assert refused(model, litert) == ("odd (Spectrum)",)


def test_nothing_is_printed(keras, capfd):
    inputs = keras.Input((4,))
    model = keras.Model(inputs, keras.layers.Dense(1)(inputs))
    capfd.readouterr()

    run_litert(int8(model, rows(20, 4)))

    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("looping", "kept"), [(False, ["dynamic", "float"]), (True, ["dynamic", "dynamic"])]
)
def test_dynamic_ends_at_the_preprocessing_where_the_network_has_no_loop(
    keras, monkeypatch, looping, kept
):
    asked = []
    original = litert_files._content

    def record(given, rows, quantization):
        asked.append(quantization)
        return original(given, rows, quantization)

    monkeypatch.setattr(litert_files, "_content", record)
    features = keras.Input((7, 3), name="features")
    read = keras.layers.GRU(4) if looping else keras.layers.Flatten()
    logits = keras.layers.Dense(2, name="logits")(read(features))
    network = keras.Model({"features": features}, logits, name="network")
    raw = keras.Input((7, 3), name="raw")
    scaled = keras.layers.Normalization(mean=5e4, variance=1e8)(raw)
    output = keras.layers.Activation("softmax")(network({"features": scaled}))
    model = keras.Model({"raw": raw}, output)
    given = {"raw": 5e4 + 1e4 * rows(9, 7, 3)}

    found = said(litert(model, quantization="dynamic"), model, given)

    assert asked == kept
    np.testing.assert_allclose(found, np.asarray(model(given)), atol=0.02)
