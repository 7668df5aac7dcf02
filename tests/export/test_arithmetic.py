"""In which numbers LiteRT files compute."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("ai_edge_litert")

from archivolt_export.arithmetic import Arithmetic, arithmetic
from archivolt_export.litert import litert


@pytest.fixture(scope="module")
def model():
    import keras

    keras.utils.set_random_seed(0)
    inputs = keras.Input((6,), name="x")
    drawn = keras.initializers.RandomNormal(seed=0)  # biases of zero are left out
    x = keras.layers.Dense(8, activation="relu", bias_initializer=drawn)(inputs)
    return keras.Model({"x": inputs}, keras.layers.Dense(4, bias_initializer=drawn)(x))


def test_a_file_in_float_computes_in_nothing_else(model):
    (found,) = arithmetic(litert(model), "network")

    weights = 4 * (6 * 8 + 8 + 8 * 4 + 4)
    assert found == Arithmetic("network", "float32", operations=2, bytes=weights)


def test_a_file_of_eight_bits_computes_in_them_but_for_its_ends(model):
    rows = np.random.default_rng(0).normal(size=(50, 6)).astype(np.float32)

    (found,) = arithmetic(litert(model, {"x": rows}, "int8"), "network")

    # Sums of products have 32 bits, and so have what is added to them.
    weights = (6 * 8 + 8 * 4) + 4 * (8 + 4)
    assert found == Arithmetic("network", "int8", operations=2, bytes=weights)
