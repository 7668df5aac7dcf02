from __future__ import annotations

import os

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pytest

from archivolt.values.problem import MULTICLASS, Task


@pytest.fixture
def task() -> Task:
    return Task(MULTICLASS, outputs=3)


@pytest.fixture
def table() -> tuple[np.ndarray, np.ndarray]:
    """83 rows of 5 features in 3 classes: no batch size divides them."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((83, 5)).astype(np.float32)
    y = (x[:, :3] + 0.3 * rng.standard_normal((83, 3))).argmax(1).astype(np.int32)
    return x, y


@pytest.fixture
def data(table, task):
    from archivolt_keras.training.data import TrainingData

    x, y = table
    return TrainingData.on_device({"x": x}, y, task)


@pytest.fixture
def in_file_order():
    """Turn training data into data whose rows come in the order of the arrays."""
    from archivolt_keras.training.data import Piece, TrainingData

    class InFileOrder(TrainingData):
        def pieces(self, seed, epoch, batch):
            order = np.arange(self.examples, dtype=np.int32)
            yield Piece(self.parts, self.labels, self.weights, order)

    def convert(data):
        return InFileOrder(data.parts, data.labels, data.weights)

    return convert


@pytest.fixture
def mlp():
    """Build an MLP with a dropout layer, on 5 features, with 3 outputs."""
    import keras
    from keras import layers

    from archivolt_keras.training.cache import Built

    def build(width: int = 8, rate: float = 0.0) -> Built:
        x = inputs = keras.Input((5,), name="x")
        x = layers.Dense(width, activation="relu")(x)
        x = layers.BatchNormalization()(x)
        if rate:
            x = layers.Dropout(rate)(x)
        return Built(keras.Model(inputs, layers.Dense(3)(x)))

    return build
