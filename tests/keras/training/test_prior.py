"""Training on the loss of the sum with a frozen network's logits."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf
from attrs import evolve

from archivolt.errors import DataError
from archivolt.values.recipe import Recipe
from archivolt_keras.training.data import TrainingData, as_labels
from archivolt_keras.training.distilling import Lesson
from archivolt_keras.training.initial import recorded
from archivolt_keras.training.streaming import MappedData, PipelineData
from archivolt_keras.training.trainer import Trainer

RNG = np.random.default_rng(0)
PRIOR = 2 * RNG.standard_normal((83, 3)).astype(np.float32)
TEACHER = 3 * RNG.standard_normal((83, 3)).astype(np.float32)
WEIGHTS = np.linspace(0.0, 2.0, 83, dtype=np.float32)
WHOLE = Recipe(
    optimizer="sgd", learning_rate=0.1, batch_size=83, epochs=1, label_smoothing=0.1
)  # the rows in one step


@pytest.fixture
def trainer(mlp, task):
    def trainer(data, recipe=WHOLE):
        with recorded(0) as initial:
            model = mlp(rate=0.0).model
        return Trainer(model, task, recipe, data, seed=4, initial=initial)

    return trainer


def expected_after(trainer, x, loss_of_logits):
    """Return the loss, and what a step of gradient descent makes of the weights."""
    variables = trainer.model.trainable_variables
    with tf.GradientTape() as tape:
        loss = loss_of_logits(trainer.model(x, training=True))
    gradients = tape.gradient(loss, [each.value for each in variables])
    return loss, [
        each.numpy() - 0.1 * gradient for each, gradient in zip(variables, gradients, strict=True)
    ]


def assert_steps_to(trainer, loss, weights):
    np.testing.assert_allclose(trainer.run_epoch(), loss, rtol=1e-5)
    for variable, wanted in zip(trainer.model.trainable_variables, weights, strict=True):
        np.testing.assert_allclose(variable.numpy(), wanted, rtol=1e-4, atol=1e-6)


def smoothed(y):
    return 0.9 * np.eye(3)[y] + 0.1 / 3


@pytest.mark.parametrize("weighted", [False, True])
def test_a_step_follows_the_gradient_of_the_sum(trainer, table, task, weighted):
    x, y = table
    weights = WEIGHTS if weighted else None
    ours = trainer(TrainingData.on_device({"x": x}, y, task, weights))

    def loss(logits):
        each = keras.losses.categorical_crossentropy(smoothed(y), logits + PRIOR, from_logits=True)
        shares = WEIGHTS / WEIGHTS.sum() if weighted else np.full(83, 1 / 83, np.float32)
        return tf.reduce_sum(each * shares)

    wanted = expected_after(ours, x, loss)
    ours.stand_beside(PRIOR)

    assert_steps_to(ours, *wanted)


def test_a_teacher_is_compared_with_the_sum_too(trainer, table, task):
    x, y = table
    ours = trainer(TrainingData.on_device({"x": x}, y, task, WEIGHTS))

    def loss(logits):
        whole = logits + PRIOR
        labels = keras.losses.categorical_crossentropy(smoothed(y), whole, from_logits=True)
        soft = tf.nn.softmax(TEACHER / 3.0)
        taught = keras.losses.categorical_crossentropy(soft, whole / 3.0, from_logits=True)
        return tf.reduce_sum(WEIGHTS * (labels + 0.7 * 9.0 * taught)) / WEIGHTS.sum()

    wanted = expected_after(ours, x, loss)
    ours.learn(Lesson("cross_entropy", 0.7, 3.0), TEACHER)
    ours.stand_beside(PRIOR)

    assert_steps_to(ours, *wanted)


def weights_after(trainer, epochs=3):
    for _ in range(epochs):
        trainer.run_epoch()
    return [each.numpy() for each in trainer.model.variables]


def test_a_prior_of_zeros_changes_no_bit(trainer, table, task):
    x, y = table
    data = TrainingData.on_device({"x": x}, y, task)
    recipe = evolve(WHOLE, batch_size=16, epochs=3)
    beside = trainer(data, recipe)
    beside.stand_beside(np.zeros_like(PRIOR))

    for ours, theirs in zip(
        weights_after(beside), weights_after(trainer(data, recipe)), strict=True
    ):
        np.testing.assert_array_equal(ours, theirs)


def test_from_memory_maps_the_prior_goes_with_its_rows(trainer, table, task):
    x, y = table
    recipe = evolve(WHOLE, batch_size=16, epochs=3)
    resident = trainer(TrainingData.on_device({"x": x}, y, task, WEIGHTS), recipe)
    mapped = trainer(
        MappedData({"x": x}, as_labels(y, task), WEIGHTS, piece_bytes=4 * x[:40].nbytes // 5),
        recipe,
    )
    for each in (resident, mapped):
        each.stand_beside(PRIOR)

    for ours, theirs in zip(weights_after(mapped), weights_after(resident), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)


def test_a_prior_of_other_rows_is_refused(trainer, table, task):
    x, y = table

    with pytest.raises(DataError, match="prior 40"):
        trainer(TrainingData.on_device({"x": x}, y, task)).stand_beside(PRIOR[:40])


def test_a_pipeline_cannot_be_trained_on_the_sum():
    rows = tf.data.Dataset.from_tensor_slices(({"x": np.ones((4, 2), np.float32)}, np.ones(4)))

    with pytest.raises(DataError, match="which row of the prior's logits"):
        PipelineData(rows, 4).beside(PRIOR[:4])
