from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from archivolt.values.problem import (
    BINARY,
    MULTICLASS,
    MULTILABEL,
    REGRESSION,
    SEVERAL,
    Part,
    Task,
)
from archivolt_keras.training.data import as_labels
from archivolt_keras.training.losses import example_loss


def losses_and_slopes(task, labels, logits, smoothing):
    """Return the losses, having checked the slopes against automatic differentiation."""
    logits = tf.constant(logits)
    smoothing = tf.constant(smoothing) if smoothing else None
    with tf.GradientTape() as tape:
        tape.watch(logits)
        losses, slopes = example_loss(task)(as_labels(labels, task), logits, smoothing)
    np.testing.assert_allclose(tape.gradient(losses, logits), slopes, rtol=1e-5, atol=1e-6)
    return losses


RNG = np.random.default_rng(0)
LOGITS = RNG.standard_normal((9, 4)).astype(np.float32)


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_multiclass_is_softmax_cross_entropy(smoothing):
    labels = RNG.integers(0, 4, 9)
    task = Task(MULTICLASS, outputs=4)
    expected = keras.losses.CategoricalCrossentropy(
        from_logits=True, label_smoothing=smoothing, reduction="none"
    )(np.eye(4)[labels], LOGITS)

    loss = losses_and_slopes(task, labels, LOGITS, smoothing)

    np.testing.assert_allclose(loss, expected, rtol=1e-5)


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_binary_is_sigmoid_cross_entropy_of_one_logit(smoothing):
    labels = RNG.integers(0, 2, 9)
    task = Task(BINARY)
    expected = keras.losses.BinaryCrossentropy(
        from_logits=True, label_smoothing=smoothing, reduction="none"
    )(labels[:, None], LOGITS[:, :1])

    loss = losses_and_slopes(task, labels, LOGITS[:, :1], smoothing)

    np.testing.assert_allclose(loss, expected, rtol=1e-5)


def test_multilabel_is_the_mean_over_labels():
    labels = RNG.integers(0, 2, (9, 4))
    task = Task(MULTILABEL, outputs=4)
    expected = keras.losses.BinaryCrossentropy(from_logits=True, reduction="none")(labels, LOGITS)

    loss = losses_and_slopes(task, labels, LOGITS, 0.0)

    np.testing.assert_allclose(loss, expected, rtol=1e-5)


def test_regression_is_the_squared_error_whatever_the_smoothing():
    targets = RNG.standard_normal((9, 4))
    task = Task(REGRESSION, outputs=4)

    loss = losses_and_slopes(task, targets, LOGITS, 0.5)

    np.testing.assert_allclose(loss, ((targets - LOGITS) ** 2).mean(1), rtol=1e-5)


def test_one_target_column_may_come_without_its_axis():
    task = Task(REGRESSION, outputs=1)

    assert as_labels([1.0, 2.0], task).shape == (2, 1)


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_several_tasks_are_the_sum_of_theirs_by_their_weights(smoothing):
    parts = (
        Part("a", MULTICLASS, ("p", "q"), 2, weight=0.5),
        Part("b", BINARY, ("no", "yes")),
        Part("c", REGRESSION, weight=3.0),
    )
    task = Task(SEVERAL, (), ("a", "b", "c"), 4, parts=parts)
    labels = np.stack(
        [RNG.integers(0, 2, 9), RNG.integers(0, 2, 9), RNG.standard_normal(9)], axis=1
    )
    expected = sum(
        part.weight
        * losses_and_slopes(part.task, labels[:, number], LOGITS[:, at], smoothing).numpy()
        for number, (part, at) in enumerate(task.columns)
    )

    loss = losses_and_slopes(task, labels, LOGITS, smoothing)

    np.testing.assert_allclose(loss, expected, rtol=1e-5)
