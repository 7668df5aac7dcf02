"""Training where each step of a sequence has a label."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from attrs import evolve
from keras import layers

from archivolt.values.problem import BINARY, MULTICLASS, MULTILABEL, REGRESSION, Task
from archivolt.values.recipe import Recipe
from archivolt_keras.training.data import TrainingData
from archivolt_keras.training.distilling import Lesson
from archivolt_keras.training.trainer import Trainer

ROWS, STEPS = 12, 5
RECIPE = Recipe(learning_rate=0.05, batch_size=ROWS * STEPS, optimizer="momentum", epochs=3)


def a_network(*shape: int, outputs: int) -> keras.Model:
    """A network that looks at each step by itself."""
    keras.utils.set_random_seed(0)
    x = inputs = keras.Input(shape)
    for layer in (layers.Dense(6, activation="tanh"), layers.Dense(outputs)):
        x = layer(x)
    return keras.Model(inputs, x)


@pytest.fixture
def sequences():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(ROWS, STEPS, 3)).astype("float32")
    weights = (np.arange(STEPS) < rng.integers(1, STEPS + 1, ROWS)[:, None]).astype("float32")
    weights[0] *= 2.0
    return x, weights


def labels_of(task, x):
    if task.kind == MULTICLASS:
        return x.argmax(axis=-1)
    if task.kind == BINARY:
        return (x[..., 0] > 0).astype(int)
    return (x[..., : task.outputs] > 0) if task.kind == MULTILABEL else x[..., : task.outputs]


@pytest.mark.parametrize(
    "task",
    [
        Task(MULTICLASS, outputs=3),
        Task(BINARY, outputs=1),
        Task(MULTILABEL, outputs=2),
        Task(REGRESSION, outputs=2),
    ],
    ids=lambda task: task.kind,
)
@pytest.mark.parametrize("teacher", ["", "cross_entropy", "mse"])
def test_a_network_of_steps_learns_as_one_of_rows_does(task, teacher, sequences):
    """Steps that count, taken for rows, give the same weights: each counts the same."""
    x, weights = sequences
    y, counted = labels_of(task, x), weights > 0
    said = np.random.default_rng(1).normal(size=(ROWS, STEPS, task.outputs)).astype("float32")
    trained = []
    for of, features, labels, weighed, logits in (
        (evolve(task, per_step=True), x, y, weights, said),
        (task, x[counted], y[counted], weights[counted], said[counted]),
    ):
        network = a_network(*features.shape[1:], outputs=task.outputs)
        data = TrainingData.on_device({"features": features}, labels, of, weighed)
        trainer = Trainer(network, of, RECIPE, data, 0)
        if teacher:
            trainer.learn(Lesson(teacher, 0.5, 2.0), logits)
        losses = [trainer.run_epoch() for _ in range(3)]
        trained.append((losses, network.get_weights()))

    assert trained[0][0] == pytest.approx(trained[1][0], rel=1e-4)
    for ours, theirs in zip(trained[0][1], trained[1][1], strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-5)


def test_what_stands_in_steps_that_do_not_count_makes_no_difference(sequences):
    x, weights = sequences
    task = Task(MULTICLASS, outputs=3, per_step=True)
    found = []
    for nonsense in (0, 2):
        y = np.where(weights > 0, x.argmax(axis=-1), nonsense)
        network = a_network(STEPS, 3, outputs=3)
        data = TrainingData.on_device({"features": x}, y, task, weights)
        recipe = evolve(RECIPE, batch_size=5, label_smoothing=0.1)
        Trainer(network, task, recipe, data, 0).run_epoch()
        found.append(network.get_weights())

    for ours, theirs in zip(*found, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_labels_of_steps_need_their_weights(sequences):
    x, _ = sequences
    task = Task(MULTICLASS, outputs=3, per_step=True)
    data = TrainingData.on_device({"features": x}, x.argmax(axis=-1), task)

    with pytest.raises(ValueError, match="weights of the steps"):
        Trainer(a_network(STEPS, 3, outputs=3), task, RECIPE, data, 0)
