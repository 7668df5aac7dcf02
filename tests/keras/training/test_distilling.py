from __future__ import annotations

import math

import keras
import numpy as np
import pytest
import tensorflow as tf
from attrs import evolve

from archivolt.errors import DataError
from archivolt.values.problem import BINARY, MULTICLASS, MULTILABEL, REGRESSION, Part, Task
from archivolt.values.recipe import Recipe
from archivolt_keras.training.data import TrainingData, as_labels
from archivolt_keras.training.distilling import Lesson, teacher_loss
from archivolt_keras.training.initial import recorded
from archivolt_keras.training.streaming import MappedData, PipelineData
from archivolt_keras.training.trainer import Trainer

RNG = np.random.default_rng(0)
TEACHER = 3 * RNG.standard_normal((83, 3)).astype(np.float32)
RECIPE = Recipe(learning_rate=0.01, batch_size=16, epochs=3, label_smoothing=0.1)


def learned(task, form, teacher, logits, temperature=1.0, weight=1.0):
    """Return losses and slopes as tensors."""
    teacher, logits = (tf.convert_to_tensor(each, tf.float32) for each in (teacher, logits))
    loss = teacher_loss(task, form)
    wanted = loss.wanted(teacher, tf.constant(temperature))
    numbers = loss.numbers(tf.constant(weight), tf.constant(temperature), logits.shape[-1])
    return loss.compare(wanted, logits, numbers)


def test_the_cross_entropy_is_that_of_softened_classes_times_the_temperature_squared():
    likely = math.e / (1 + math.e)  # softmax of 2 / 2 and 0 / 2

    losses, slopes = learned(Task(MULTICLASS, outputs=2), "cross_entropy", [[2, 0]], [[0, 0]], 2.0)

    np.testing.assert_allclose(losses, [4 * math.log(2)], rtol=1e-6)
    np.testing.assert_allclose(slopes, [[2 * (0.5 - likely), 2 * (likely - 0.5)]], rtol=1e-6)


def test_the_cross_entropy_of_labels_is_their_mean():
    likely = 1 / (1 + math.exp(-1))

    losses, slopes = learned(Task(MULTILABEL, outputs=2), "cross_entropy", [[2, 0]], [[0, 0]], 2.0)

    np.testing.assert_allclose(losses, [4 * math.log(2)], rtol=1e-6)
    np.testing.assert_allclose(slopes, [[2 * (0.5 - likely) / 2, 0]], rtol=1e-6, atol=1e-7)


def test_the_squared_error_of_classes_takes_no_notice_of_what_is_added_to_all_of_them():
    task = Task(MULTICLASS, outputs=2)

    losses, slopes = learned(task, "mse", [[1, 3]], [[7, 7]])

    np.testing.assert_allclose(losses, [1.0])  # -1 and 1 about the mean, against 0 and 0
    np.testing.assert_allclose(slopes, [[1.0, -1.0]])


def test_the_squared_error_of_a_single_logit_is_its_own():
    losses, slopes = learned(Task(BINARY), "mse", [[1]], [[4]])

    np.testing.assert_allclose((losses[0], slopes[0][0]), (9.0, 6.0))


@pytest.mark.parametrize("form", ["cross_entropy", "mse"])
def test_a_regression_learns_by_the_squared_error_at_any_temperature(form):
    losses, slopes = learned(Task(REGRESSION, outputs=2), form, [[1, 0]], [[4, 0]], 5.0)

    np.testing.assert_allclose(losses, [4.5])
    np.testing.assert_allclose(slopes, [[3.0, 0.0]])


@pytest.mark.parametrize("form", ["cross_entropy", "mse"])
@pytest.mark.parametrize("kind", [MULTICLASS, MULTILABEL, REGRESSION])
def test_slopes_are_the_gradients_of_the_losses(kind, form):
    logits = tf.constant(RNG.standard_normal((83, 3)).astype(np.float32))
    with tf.GradientTape() as tape:
        tape.watch(logits)
        losses, slopes = learned(Task(kind, outputs=3), form, TEACHER, logits, 1.7, 0.6)
    np.testing.assert_allclose(tape.gradient(losses, logits), slopes, rtol=1e-4, atol=1e-6)


@pytest.fixture
def trainer(mlp, task):
    def trainer(data, recipe=RECIPE, rate=0.2):
        with recorded(0) as initial:
            model = mlp(rate=rate).model
        return Trainer(model, task, recipe, data, seed=4, initial=initial)

    return trainer


def outcome(trainer, epochs=3):
    losses = [trainer.run_epoch() for _ in range(epochs)]
    return losses, [each.numpy() for each in trainer.model.variables]


def assert_same(one, other):
    np.testing.assert_array_equal(one[0], other[0])
    for ours, theirs in zip(one[1], other[1], strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_a_step_follows_the_gradient_of_both_losses_with_weights_and_smoothing(
    trainer, table, task
):
    x, y = table
    weights = np.linspace(0.0, 2.0, len(x), dtype=np.float32)
    recipe = evolve(RECIPE, optimizer="sgd", batch_size=len(x), epochs=1, learning_rate=0.1)
    ours = trainer(TrainingData.on_device({"x": x}, y, task, weights), recipe, rate=0.0)
    variables = ours.model.trainable_variables
    before = [each.numpy() for each in variables]
    with tf.GradientTape() as tape:
        logits = ours.model(x, training=True)
        smoothed = 0.9 * np.eye(3)[y] + 0.1 / 3
        labels = keras.losses.categorical_crossentropy(smoothed, logits, from_logits=True)
        soft = tf.nn.softmax(TEACHER / 3.0)
        taught = keras.losses.categorical_crossentropy(soft, logits / 3.0, from_logits=True)
        expected = tf.reduce_sum(weights * (labels + 0.7 * 9.0 * taught)) / weights.sum()
    gradients = tape.gradient(expected, [each.value for each in variables])
    ours.learn(Lesson("cross_entropy", 0.7, 3.0), TEACHER)

    loss = ours.run_epoch()

    np.testing.assert_allclose(loss, expected, rtol=1e-5)
    for variable, old, gradient in zip(variables, before, gradients, strict=True):
        np.testing.assert_allclose(variable.numpy(), old - 0.1 * gradient, rtol=1e-4, atol=1e-6)


def test_with_the_weight_0_a_teacher_changes_no_bit(trainer, data):
    taught = trainer(data)
    taught.learn(Lesson("cross_entropy", 0.0, 2.0), TEACHER)

    assert_same(outcome(taught), outcome(trainer(data)))


def test_another_weight_or_temperature_makes_no_new_graph(trainer, data):
    ours = trainer(data)
    results = []
    for weight, temperature in ((0.5, 1.0), (2.0, 1.0), (2.0, 4.0), (0.5, 1.0)):
        ours.data = data
        ours.reset(4, RECIPE)
        ours.learn(Lesson("cross_entropy", weight, temperature), TEACHER)
        results.append(outcome(ours))

    assert ours.traces == 1
    assert len({losses[-1] for losses, _ in results[:3]}) == 3
    assert_same(results[0], results[3])


def test_after_a_reset_nothing_is_left_of_the_teacher(trainer, data):
    ours = trainer(data)
    ours.learn(Lesson("mse", 1.0), TEACHER)
    ours.run_epoch()
    ours.data = data

    ours.reset(4, RECIPE)

    plain = trainer(data)
    plain.reset(4, RECIPE)
    assert_same(outcome(ours), outcome(plain))


@pytest.mark.parametrize("weighted", [False, True])
def test_mapped_files_teach_as_resident_data_do(trainer, table, task, tmp_path, weighted):
    x, y = table
    weights = np.linspace(0.5, 2.0, len(x), dtype=np.float32) if weighted else None
    np.save(tmp_path / "train.npy", TEACHER)
    mapped = MappedData({"x": x}, as_labels(y, task), weights, piece_bytes=2 * 16 * 5 * 4)
    results = []
    for data in (mapped, TrainingData.on_device({"x": x}, y, task, weights)):
        ours = trainer(data)
        ours.learn(Lesson("mse", 0.5), np.load(tmp_path / "train.npy", mmap_mode="r"))
        results.append(outcome(ours))

    np.testing.assert_allclose(results[0][0], results[1][0], rtol=1e-6)
    assert_same(([], results[0][1]), ([], results[1][1]))


def test_the_teacher_has_a_row_for_each_example(trainer, data):
    with pytest.raises(DataError, match="labels 83, teacher 82"):
        trainer(data).learn(Lesson("mse", 1.0), TEACHER[:-1])


def test_a_pipeline_cannot_be_taught(table):
    x, y = table
    data = PipelineData(tf.data.Dataset.from_tensor_slices(({"x": x}, y)), len(x))

    with pytest.raises(DataError, match="which row"):
        data.taught(TEACHER)


def test_a_graph_in_half_precision_learns_too(trainer, data):
    recipe = evolve(RECIPE, precision="mixed_float16")
    taught = trainer(data, recipe)
    taught.learn(Lesson("cross_entropy", 5.0, 2.0), TEACHER)

    losses, _ = outcome(taught)

    assert losses[-1] < losses[0]


@pytest.mark.parametrize("form", ["cross_entropy", "mse"])
def test_of_several_tasks_each_learns_from_its_own_by_its_weight(form):
    parts = (Part("a", MULTICLASS, ("p", "q"), 2, weight=0.5), Part("b", REGRESSION, weight=3.0))
    task = Task("several", (), ("a", "b"), 3, parts=parts)
    logits = RNG.standard_normal((83, 3))

    losses, slopes = learned(task, form, TEACHER, logits, 2.0, weight=0.7)

    expected = [
        learned(part.task, form, TEACHER[:, at], logits[:, at], 2.0, 0.7 * part.weight)
        for part, at in task.columns
    ]
    np.testing.assert_allclose(losses, sum(each.numpy() for each, _ in expected), rtol=1e-5)
    np.testing.assert_allclose(
        slopes, np.concatenate([each for _, each in expected], axis=1), rtol=1e-5, atol=1e-7
    )
