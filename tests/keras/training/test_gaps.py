"""Training where some rows lack a label: of one task, of all of them, of the only one."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf
from attrs import evolve

from archivolt.values.problem import Part, Task
from archivolt.values.recipe import Recipe
from archivolt_keras.training.data import (
    TrainingData,
    as_known_labels,
    as_labels,
    epoch_order,
    examples_of,
)
from archivolt_keras.training.distilling import Lesson
from archivolt_keras.training.initial import recorded
from archivolt_keras.training.streaming import Chained, MappedData
from archivolt_keras.training.trainer import Trainer

LABELLED = 20  # of the 83 rows, the first ones
RNG = np.random.default_rng(0)
TEACHER = 3 * RNG.standard_normal((83, 3)).astype(np.float32)
WEIGHTS = np.linspace(0.5, 2.0, 83, dtype=np.float32)
LESSON = Lesson("cross_entropy", 0.7, 3.0)
WHOLE = Recipe(optimizer="sgd", learning_rate=0.1, batch_size=1000, epochs=1)  # rows in one step
PARTS = (
    Part("kind", "binary", ("no", "yes"), 1, "accuracy", 2.0),
    Part("size", "regression", (), 1, "r2", 0.5),
)
SEVERAL = Task("several", (), ("kind", "size"), 2, parts=PARTS)


@pytest.fixture
def trainer(mlp):
    def trainer(data, task, recipe=WHOLE):
        with recorded(0) as initial:
            model = mlp(rate=0.0).model
        if task.outputs != 3:
            x = keras.Input((5,))
            keras.utils.set_random_seed(0)
            model = keras.Model(x, keras.layers.Dense(task.outputs)(x))
        return Trainer(model, task, recipe, data, seed=4, initial=initial)

    return trainer


def partly_labelled(table, task, dummies=0, weights=None):
    """The rows of which the first few have a label; the others have a dummy."""
    x, y = table
    y = np.where(np.arange(83) < LABELLED, y, dummies)
    known = (np.arange(83) < LABELLED).astype(np.float32)[:, None]
    data = TrainingData.on_device({"x": x}, y, task, weights)
    return evolve(data, known=tf.constant(known), unlabelled=83 - LABELLED)


def after(trainer, epochs=1):
    losses = [trainer.run_epoch() for _ in range(epochs)]
    return losses, [each.numpy() for each in trainer.model.trainable_variables]


def expected(trainer, x, loss_of_logits):
    """Return the loss, and what a step of gradient descent makes of the weights."""
    variables = trainer.model.trainable_variables
    with tf.GradientTape() as tape:
        loss = loss_of_logits(trainer.model(x, training=True))
    gradients = tape.gradient(loss, [each.value for each in variables])
    return loss, [
        each.numpy() - 0.1 * gradient for each, gradient in zip(variables, gradients, strict=True)
    ]


@pytest.mark.parametrize("weighted", [False, True])
def test_a_row_without_a_label_adds_what_a_teacher_says_alone(trainer, table, task, weighted):
    x, y = table
    weights = WEIGHTS if weighted else np.ones(83, np.float32)
    ours = trainer(partly_labelled(table, task, weights=WEIGHTS if weighted else None), task)
    ours.learn(LESSON, TEACHER)
    # An epoch goes through the labelled rows as often as they need to be one of eight.
    often = np.bincount(epoch_order(4, 0, 83, 83 - LABELLED), minlength=83) * weights

    def loss(logits):
        labels = keras.losses.sparse_categorical_crossentropy(y, logits, from_logits=True)
        soft = tf.nn.softmax(TEACHER / 3.0)
        taught = keras.losses.categorical_crossentropy(soft, logits / 3.0, from_logits=True)
        of_labels = np.where(np.arange(83) < LABELLED, often, 0)
        return (
            tf.reduce_sum(of_labels * labels) / of_labels.sum()
            + 0.7 * 9.0 * tf.reduce_sum(often * taught) / often.sum()
        )

    wanted_loss, wanted = expected(ours, x, loss)
    losses, found = after(ours)

    np.testing.assert_allclose(losses[0], wanted_loss, rtol=1e-5)
    for mine, other in zip(found, wanted, strict=True):
        np.testing.assert_allclose(mine, other, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_what_stands_in_place_of_a_label_changes_no_bit(trainer, table, task, smoothing):
    recipe = evolve(WHOLE, optimizer="adam", batch_size=16, label_smoothing=smoothing)
    found = []
    for dummies in (0, RNG.integers(0, 3, 83)):
        ours = trainer(partly_labelled(table, task, dummies), task, recipe)
        ours.learn(LESSON, TEACHER)
        found.append(after(ours, epochs=2))

    (losses, values), (others, theirs) = found
    assert losses == others
    for mine, other in zip(values, theirs, strict=True):
        np.testing.assert_array_equal(mine, other)


def test_a_label_that_is_there_does_change_something(trainer, table, task):
    x, y = table
    changed = x, np.where(np.arange(83) == 0, (y + 1) % 3, y)
    found = []
    for rows in (table, changed):
        ours = trainer(partly_labelled(rows, task), task)
        ours.learn(LESSON, TEACHER)
        found.append(after(ours)[1])

    assert any((mine != other).any() for mine, other in zip(*found, strict=True))


@pytest.mark.parametrize("weighted", [False, True])
def test_each_of_several_tasks_is_a_mean_over_its_own_labels(trainer, table, weighted):
    x, _ = table
    weights = WEIGHTS if weighted else np.ones(83, np.float32)
    labels = np.stack([(x[:, 0] > 0).astype(np.float32), x[:, 1]], axis=1)
    labels[10:50, 0] = np.nan
    labels[40:80, 1] = np.nan
    there = np.isfinite(labels) * weights[:, None]
    ours = trainer(
        TrainingData.on_device({"x": x}, labels, SEVERAL, WEIGHTS if weighted else None), SEVERAL
    )

    def loss(logits):
        given = np.nan_to_num(labels)
        kinds = tf.nn.sigmoid_cross_entropy_with_logits(given[:, 0], logits[:, 0])
        sizes = tf.square(given[:, 1] - logits[:, 1])
        return (
            2.0 * tf.reduce_sum(there[:, 0] * kinds) / there[:, 0].sum()
            + 0.5 * tf.reduce_sum(there[:, 1] * sizes) / there[:, 1].sum()
        )

    wanted_loss, wanted = expected(ours, x, loss)
    losses, found = after(ours)

    np.testing.assert_allclose(losses[0], wanted_loss, rtol=1e-5)
    for mine, other in zip(found, wanted, strict=True):
        np.testing.assert_allclose(mine, other, rtol=1e-4, atol=1e-6)


def test_a_batch_without_any_label_of_a_task_trains_the_others(trainer, table):
    x, _ = table
    labels = np.stack([(x[:, 0] > 0).astype(np.float32), np.full(83, np.nan, np.float32)], axis=1)
    labels[0, 1] = 1.0
    recipe = evolve(WHOLE, batch_size=4)

    losses, values = after(
        trainer(TrainingData.on_device({"x": x}, labels, SEVERAL), SEVERAL, recipe)
    )

    assert np.isfinite(losses).all()
    assert all(np.isfinite(each).all() for each in values)


def test_from_memory_maps_it_is_the_same(trainer, table, task):
    x, y = table
    recipe = evolve(WHOLE, batch_size=16)
    resident = trainer(partly_labelled(table, task), task, recipe)
    data = MappedData(
        {"x": Chained(x[:LABELLED], x[LABELLED:])},
        as_labels(np.where(np.arange(83) < LABELLED, y, 0), task),
        piece_bytes=2 * 16 * 5 * 4,
        known=(np.arange(83) < LABELLED).astype(np.float32)[:, None],
        unlabelled=83 - LABELLED,
    )
    mapped = trainer(data, task, recipe)
    for each in (resident, mapped):
        each.learn(LESSON, TEACHER)

    (losses, found), (others, wanted) = after(mapped, 2), after(resident, 2)

    np.testing.assert_allclose(losses, others, rtol=1e-5)
    for mine, other in zip(found, wanted, strict=True):
        np.testing.assert_allclose(mine, other, rtol=1e-5, atol=1e-6)


def test_labels_that_are_all_there_need_no_mask():
    labels = np.array([[1.0, 2.0], [0.0, 3.0]])

    assert as_known_labels(labels, SEVERAL)[1] is None
    encoded, known = as_known_labels(np.where(labels == 3.0, np.nan, labels), SEVERAL)
    assert encoded.tolist() == [[1, 2], [0, 0]]
    assert known.tolist() == [[1, 1], [1, 0]]


# The order of the rows


@pytest.mark.parametrize(("labelled", "unlabelled"), [(20, 1000), (100, 700), (100, 7), (1, 100)])
def test_an_epoch_goes_once_through_rows_without_a_label_and_evenly_through_the_others(
    labelled, unlabelled
):
    order = epoch_order(3, 1, labelled + unlabelled, unlabelled)

    assert len(order) == examples_of(labelled + unlabelled, unlabelled)
    often = np.bincount(order, minlength=labelled + unlabelled)
    assert (often[labelled:] == 1).all()
    assert len(set(often[:labelled])) == 1
    share = (order < labelled).mean()
    assert share >= 1 / 8
    if often[0] > 1:  # as few passes as it takes
        assert (often[0] - 1) * labelled / (unlabelled + (often[0] - 1) * labelled) < 1 / 8
    for batch in np.array_split(order, len(order) // 32 or 1):
        assert abs((batch < labelled).sum() - share * len(batch)) <= 2


def test_the_order_is_drawn_anew_each_epoch_and_the_same_again():
    again = epoch_order(3, 1, 120, 100)

    assert (epoch_order(3, 1, 120, 100) == again).all()
    assert (epoch_order(3, 2, 120, 100) != again).any()
    assert sorted(epoch_order(3, 1, 120)) == list(range(120))
