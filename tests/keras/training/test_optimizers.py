from __future__ import annotations

import keras
import numpy as np
import pytest
from keras import layers

from archivolt.values.problem import MULTICLASS, Task
from archivolt.values.recipe import OPTIMIZERS, Recipe
from archivolt_keras.training.data import TrainingData
from archivolt_keras.training.optimizers import FUSED
from archivolt_keras.training.trainer import Trainer

KERAS = {
    "sgd": lambda **options: keras.optimizers.SGD(**options),
    "momentum": lambda **options: keras.optimizers.SGD(momentum=0.9, **options),
    "nesterov": lambda **options: keras.optimizers.SGD(momentum=0.9, nesterov=True, **options),
    "adam": lambda **options: keras.optimizers.Adam(**options),
    "adamw": lambda **options: keras.optimizers.AdamW(**{"weight_decay": 0.0, **options}),
    "rmsprop": lambda **options: keras.optimizers.RMSprop(**options),
    "adagrad": lambda **options: keras.optimizers.Adagrad(**options),
}


def network():
    x = inputs = keras.Input((5,))
    x = layers.Dense(6, activation="tanh")(x)
    return keras.Model(inputs, layers.Dense(3)(x))


def train_both(recipe, optimizer, table, in_file_order, *, l2=0.0, decay_kernels_only=False):
    """Return the weights after three epochs by the trainer and by `Model.fit`."""
    x, y = table
    task = Task(MULTICLASS, outputs=3)
    model, twin = network(), network()
    twin.set_weights(model.get_weights())
    if l2:
        for layer in twin.layers[1:]:
            layer.kernel_regularizer = keras.regularizers.L2(l2)
            layer.kernel.regularizer = layer.kernel_regularizer
    if decay_kernels_only:
        optimizer.exclude_from_weight_decay(var_names=["bias"])
    trainer = Trainer(
        model, task, recipe, in_file_order(TrainingData.on_device({"x": x}, y, task)), seed=0
    )
    losses = [trainer.run_epoch() for _ in range(3)]
    twin.compile(optimizer, keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    fitted = twin.fit(x, y, batch_size=recipe.batch_size, epochs=3, shuffle=False, verbose=0)
    np.testing.assert_allclose(losses, fitted.history["loss"], rtol=1e-5)
    return model.get_weights(), twin.get_weights()


def test_every_optimizer_of_a_recipe_has_a_kernel():
    assert set(FUSED) == set(OPTIMIZERS)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_optimizer_moves_weights_as_that_of_keras_does(name, table, in_file_order):
    recipe = Recipe(optimizer=name, learning_rate=0.02, schedule="constant", batch_size=16)

    ours, theirs = train_both(recipe, KERAS[name](learning_rate=0.02), table, in_file_order)

    for mine, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(mine, other, atol=2e-6, rtol=1e-5)


@pytest.mark.parametrize("name", ["adamw", "nesterov"])
def test_weight_decay_is_decoupled_and_spares_biases(name, table, in_file_order):
    recipe = Recipe(
        optimizer=name, learning_rate=0.02, schedule="constant", batch_size=16, weight_decay=0.3
    )
    optimizer = KERAS[name](learning_rate=0.02, weight_decay=0.3)

    ours, theirs = train_both(recipe, optimizer, table, in_file_order, decay_kernels_only=True)

    for mine, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(mine, other, atol=2e-6, rtol=1e-5)


def test_clipping_is_by_global_norm(table, in_file_order):
    recipe = Recipe(
        optimizer="sgd", learning_rate=0.5, schedule="constant", batch_size=16, clip_norm=0.05
    )
    optimizer = KERAS["sgd"](learning_rate=0.5, global_clipnorm=0.05)

    ours, theirs = train_both(recipe, optimizer, table, in_file_order)

    for mine, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(mine, other, atol=2e-6, rtol=1e-5)


def test_l2_is_a_penalty_on_kernels_in_loss_and_gradient(table, in_file_order):
    recipe = Recipe(
        optimizer="momentum", learning_rate=0.02, schedule="constant", batch_size=16, l2=0.05
    )
    optimizer = KERAS["momentum"](learning_rate=0.02)

    ours, theirs = train_both(recipe, optimizer, table, in_file_order, l2=0.05)

    for mine, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(mine, other, atol=2e-6, rtol=1e-5)


def test_the_bias_of_a_recurrent_layer_is_no_kernel():
    from archivolt_keras.training.step import is_kernel

    layer = layers.GRU(4)
    layer.build((None, 3, 2))

    assert [is_kernel(each) for each in layer.trainable_weights] == [True, True, False]
