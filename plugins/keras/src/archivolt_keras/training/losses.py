"""Losses of single examples, by task, on logits."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import tensorflow as tf

from archivolt.values.problem import BINARY, MULTICLASS, REGRESSION

if TYPE_CHECKING:
    from archivolt.values.problem import Task

    Tensor = Any

# (labels, logits, label_smoothing) -> `(batch,)`
ExampleLoss = Callable[["Tensor", "Tensor", "Tensor"], "Tensor"]


def example_loss(task: Task) -> ExampleLoss:
    """Return the loss of each example of a batch; the mean over the batch is the caller's.

    Weights belong into that mean. Folded into the targets they would give wrong gradients, since
    the softmax kernel takes for granted that the targets of an example sum to 1.
    """
    if task.kind == MULTICLASS:
        return _softmax
    if task.kind == REGRESSION:
        return _squared
    return _sigmoid_single if task.kind == BINARY else _sigmoid_mean


def _softmax(labels: Tensor, logits: Tensor, smoothing: Tensor) -> Tensor:
    classes = logits.shape[-1]
    off = smoothing / classes
    targets = tf.raw_ops.OneHot(
        indices=labels, depth=classes, on_value=1.0 - smoothing + off, off_value=off, axis=-1
    )
    # The kernel itself: the function around it reshapes whatever has no static batch size.
    loss, _ = tf.raw_ops.SoftmaxCrossEntropyWithLogits(features=logits, labels=targets)
    return loss


def _sigmoid_single(labels: Tensor, logits: Tensor, smoothing: Tensor) -> Tensor:
    return _sigmoid(labels, tf.squeeze(logits, -1), smoothing)


def _sigmoid_mean(labels: Tensor, logits: Tensor, smoothing: Tensor) -> Tensor:
    return tf.reduce_mean(_sigmoid(labels, logits, smoothing), -1)


def _sigmoid(labels: Tensor, logits: Tensor, smoothing: Tensor) -> Tensor:
    targets = labels * (1.0 - smoothing) + 0.5 * smoothing
    return tf.nn.sigmoid_cross_entropy_with_logits(targets, logits)


def _squared(labels: Tensor, logits: Tensor, _: Tensor) -> Tensor:
    return tf.reduce_mean(tf.math.squared_difference(logits, labels), -1)
