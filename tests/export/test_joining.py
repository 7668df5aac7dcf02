"""Two LiteRT files as one."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("ai_edge_litert")

from archivolt_export.joining import ALIGNMENT, RUNTIME, joined, read
from archivolt_export.litert import litert, run_litert


@pytest.fixture(scope="module")
def files():
    """Two files: the first gives two tensors, and the second reads them in the other order."""
    import keras

    keras.utils.set_random_seed(0)
    layers = keras.layers
    x = keras.Input((5,), name="x")
    near, far = layers.Dense(3, name="a")(x), layers.Dense(4, activation="relu", name="b")(x)
    first = keras.Model({"x": x}, {"near": near, "far": far})
    read_far, read_near = keras.Input((4,), name="far"), keras.Input((3,), name="near")
    y = layers.Dense(6, activation="tanh")(layers.Concatenate()([read_far, read_near]))
    second = keras.Model({"far": read_far, "near": read_near}, layers.Dense(2)(y))
    return litert(first), litert(second)


@pytest.fixture
def row():
    return {"x": np.random.default_rng(0).normal(size=(1, 5)).astype(np.float32)}


def test_a_joined_file_says_what_both_say_one_after_the_other(files, row):
    first, second = files

    found = run_litert(joined(first, second))(row)

    expected = run_litert(second)(run_litert(first)(row))
    np.testing.assert_array_equal(found["prediction"], expected["prediction"])


def test_it_has_the_inputs_of_the_first_and_the_outputs_of_the_second(files):
    (signature,) = read(joined(*files)).signatureDefs

    assert [each.name for each in signature.inputs] == [b"x"]
    assert [each.name for each in signature.outputs] == [b"prediction"]


def test_every_buffer_lies_where_numbers_of_any_size_are_read(files):
    from tensorflow.lite.python import schema_py_generated as schema

    model = schema.Model.GetRootAsModel(joined(*files), 0)

    tables = (model.Buffers(place)._tab for place in range(model.BuffersLength()))
    held = [(table, table.Offset(4)) for table in tables]
    places = [table.Vector(offset) for table, offset in held if offset]
    assert len(places) > 4
    assert {place % ALIGNMENT for place in places} == {0}


@pytest.mark.parametrize("newer", [0, 1])
def test_it_asks_for_the_newer_runtime(files, newer):
    told = [b"2.9.0", b"2.9.0"]
    told[newer] = b"2.10.0"

    whole = read(joined(*(_asking(file, each) for file, each in zip(files, told, strict=True))))

    (asked,) = [each for each in whole.metadata if each.name == RUNTIME]
    assert bytes(whole.buffers[asked.buffer].data).strip(b"\0") == b"2.10.0"


def _asking(content, runtime):
    from tensorflow.lite.tools import flatbuffer_utils

    model = read(content)
    (asked,) = [each for each in model.metadata if each.name == RUNTIME]
    model.buffers[asked.buffer].data = np.frombuffer(runtime.ljust(16, b"\0"), np.uint8)
    return flatbuffer_utils.convert_object_to_bytearray(model)
