"""The trainer against `Model.fit`: equal weights to begin with, equal order of examples."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from keras import layers

from archivolt.values.problem import MULTICLASS, Task
from archivolt.values.recipe import Recipe
from archivolt_keras.training.data import TrainingData
from archivolt_keras.training.initial import recorded
from archivolt_keras.training.trainer import Trainer

BATCH = 32  # 150 examples: four whole batches, then one of 22
EPOCHS = 4


def mlp():
    x = inputs = keras.Input((12,))
    for _ in range(2):
        x = layers.Dense(16, activation="relu")(x)
    return keras.Model(inputs, layers.Dense(3)(x))


def convolution():
    x = inputs = keras.Input((8, 8, 2))
    for filters in (4, 8):
        x = layers.Conv2D(filters, 3, padding="same", use_bias=False)(x)
        x = layers.Activation("relu")(layers.BatchNormalization()(x))
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, layers.Dense(3)(x))


def recurrent():
    x = inputs = keras.Input((7, 4))
    x = layers.Masking()(x)
    x = layers.GRU(6, return_sequences=True)(x)
    x = layers.GRU(5)(x)
    return keras.Model(inputs, layers.Dense(3)(x))


def residual():
    x = inputs = keras.Input((12,))
    x = layers.Dense(16)(x)
    for _ in range(2):
        y = layers.Dense(16, activation="gelu", kernel_regularizer="l2")(
            layers.LayerNormalization()(x)
        )
        x = layers.Add()([x, y])
    return keras.Model(inputs, layers.Dense(3)(x))


def separable(policy):
    keras.config.set_dtype_policy(policy)
    try:
        x = inputs = keras.Input((8, 8, 2))
        x = layers.SeparableConv2D(8, 3, activation="relu")(x)
        x = layers.BatchNormalization()(x)
        x = layers.GlobalAveragePooling2D()(x)
        return keras.Model(inputs, layers.Dense(3, dtype="float32")(x))
    finally:
        keras.config.set_dtype_policy("float32")


def examples(shape):
    rng = np.random.default_rng(1)
    x = rng.standard_normal((150, *shape)).astype(np.float32)
    y = (x.reshape(150, -1)[:, :3] + 0.2 * rng.standard_normal((150, 3))).argmax(1)
    if len(shape) == 2:  # sequences that end early
        for row, length in enumerate(rng.integers(2, shape[0] + 1, 150)):
            x[row, length:] = 0.0
    return x, y.astype(np.int32)


# Tolerances, of losses (relative) and weights: the two graphs may add in another order, and in half
# precision a sum that rounds the other way is off by 1e-3. Behind a batch normalisation some
# gradients are 0 but for rounding; Adam would make whole steps of those, so it is not used there.
CASES = {
    "mlp": (mlp, "adam", "float32", 1e-5),
    "convolution with batch normalisation": (convolution, "momentum", "float32", 1e-5),
    "gru with masking": (recurrent, "adam", "float32", 2e-5),
    "residual mlp with layer normalisation": (residual, "adam", "float32", 2e-5),
    "separable convolution": (
        lambda: separable("mixed_float16"),
        "momentum",
        "mixed_float16",
        1e-3,
    ),
    "separable convolution, bfloat16": (
        lambda: separable("mixed_bfloat16"),
        "momentum",
        "mixed_bfloat16",
        1e-3,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_losses_and_weights_come_out_as_with_fit(case, in_file_order):
    build, optimizer, precision, tolerance = CASES[case]
    with recorded(seed=3):
        model = build()
    twin = build()
    x, y = examples(model.inputs[0].shape[1:])
    for variable, other in zip(twin.variables, model.variables, strict=True):
        variable.assign(other)
    start = [each.numpy() for each in model.trainable_weights]
    task = Task(MULTICLASS, outputs=3)
    recipe = Recipe(
        optimizer=optimizer,
        learning_rate=1e-2,
        schedule="constant",
        batch_size=BATCH,
        epochs=EPOCHS,
        precision=precision,
    )

    data = in_file_order(TrainingData.on_device({"x": x}, y, task))
    trainer = Trainer(model, task, recipe, data, seed=0)
    losses = [trainer.run_epoch() for _ in range(EPOCHS)]

    keras_optimizer = {
        "adam": keras.optimizers.Adam(1e-2),
        "momentum": keras.optimizers.SGD(1e-2, momentum=0.9),
    }[optimizer]
    twin.compile(keras_optimizer, keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    history = twin.fit(x, y, batch_size=BATCH, epochs=EPOCHS, shuffle=False, verbose=0)
    np.testing.assert_allclose(losses, history.history["loss"], rtol=tolerance)
    for ours, theirs in zip(model.weights, twin.weights, strict=True):
        np.testing.assert_allclose(
            ours.numpy(), theirs.numpy(), atol=tolerance, rtol=tolerance, err_msg=ours.path
        )
    pairs = zip(model.trainable_weights, start, strict=True)
    moved = [np.abs(weight.numpy() - first).max() for weight, first in pairs]
    assert np.median(moved) > 4 * tolerance  # else the comparison says nothing
    assert losses[-1] < losses[0]


def test_dropout_draws_the_same_masks_as_fit(in_file_order):
    def build():
        x = inputs = keras.Input((12,))
        x = layers.Dropout(0.4)(layers.Dense(16, activation="relu")(x))
        return keras.Model(inputs, layers.Dense(3)(x))

    model, twin = build(), build()
    for variable, other in zip(twin.variables, model.variables, strict=True):
        variable.assign(other)  # states of seed generators included
    x, y = examples((12,))
    task = Task(MULTICLASS, outputs=3)
    recipe = Recipe(optimizer="sgd", learning_rate=0.1, schedule="constant", batch_size=BATCH)

    data = in_file_order(TrainingData.on_device({"x": x}, y, task))
    trainer = Trainer(model, task, recipe, data, seed=0)
    losses = [trainer.run_epoch() for _ in range(2)]

    twin.compile(
        keras.optimizers.SGD(0.1), keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    )
    history = twin.fit(x, y, batch_size=BATCH, epochs=2, shuffle=False, verbose=0)
    np.testing.assert_allclose(losses, history.history["loss"], rtol=1e-5)


def test_a_float16_overflow_halves_the_loss_scale_and_moves_nothing(in_file_order):
    model = separable("mixed_float16")
    x, y = examples((8, 8, 2))
    x[:BATCH] *= 1e6  # infinite in float16: the first step of an epoch cannot be finite
    task = Task(MULTICLASS, outputs=3)
    recipe = Recipe(batch_size=BATCH, precision="mixed_float16")
    data = in_file_order(TrainingData.on_device({"x": x[:BATCH]}, y[:BATCH], task))
    trainer = Trainer(model, task, recipe, data, seed=0)
    before = [each.numpy() for each in model.trainable_weights]

    trainer.run_epoch()

    applied, scale, finite_steps = trainer.state()["progress"]
    assert (applied, scale, finite_steps) == (0.0, 2.0**14, 0.0)
    for weight, value in zip(model.trainable_weights, before, strict=True):
        np.testing.assert_array_equal(weight.numpy(), value)
