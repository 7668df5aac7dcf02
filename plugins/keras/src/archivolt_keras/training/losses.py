"""Losses of single examples, by task, with their slopes by the logits."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import tensorflow as tf

from archivolt.values.problem import BINARY, MULTICLASS, REGRESSION

if TYPE_CHECKING:
    from archivolt.values.problem import Task

    Tensor = Any

# (labels, logits, label smoothing or None, factors by task `(batch, tasks)` or None)
# -> losses `(batch,)`, slopes `(batch, outputs)`
ExampleLoss = Callable[
    ["Tensor", "Tensor", "Tensor | None", "Tensor | None"], "tuple[Tensor, Tensor]"
]
SingleLoss = Callable[["Tensor", "Tensor", "Tensor | None"], "tuple[Tensor, Tensor]"]


def example_loss(task: Task, soft: bool = False) -> ExampleLoss:
    """Return the loss of each example of a batch; the mean over the batch is the caller's.

    Soft labels are those of `soften`, or mixtures of them.

    Weights belong into that mean. Folded into the targets they would give wrong gradients, since
    the softmax kernel takes for granted that the targets of an example sum to 1. The slope comes
    with the loss, often from the same kernel: a graph that derives it is half as large again.

    Factors, where there are any, multiply the loss of each example in each task: 0 where it has no
    label, and what stands among the labels instead is any number.
    """
    if task.parts:
        return _weighted_sum(task, soft)
    single = _single(task, soft)

    def loss(
        labels: Tensor, logits: Tensor, smoothing: Tensor | None, factors: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        losses, slopes = single(labels, logits, smoothing)
        if factors is None:
            return losses, slopes
        return losses * factors[:, 0], slopes * factors[:, :1]

    return loss


def known_factors(known: Tensor, weights: Tensor | None, mass: Tensor) -> Tensor:
    """Return factors of the losses by which each task is a mean over its own labels of a batch.

    Args:
        known: 1 for a label that is there, otherwise 0, `(batch, tasks)`; of a mixed example the
            share of its labels that are there.
        weights: Of the examples, `(batch,)`; None: 1 each.
        mass: What the examples weigh together: the loss of a batch is divided by it.
    """
    weighed = known if weights is None else known * tf.expand_dims(weights, -1)
    return known * tf.math.divide_no_nan(mass, tf.reduce_sum(weighed, 0))


def _single(task: Task, soft: bool) -> SingleLoss:
    if task.kind == MULTICLASS:
        return _softmax_of_shares if soft else _softmax
    if task.kind == REGRESSION:
        return _squared
    return _sigmoid_single if task.kind == BINARY and not soft else _sigmoid_mean


def soften(labels: Tensor, task: Task) -> Tensor:
    """Give labels the shape of the logits: of a class its share, 1 or 0."""
    if task.parts:
        columns = [
            soften(_column(labels, number, part.kind), part.task)
            for number, part in enumerate(task.parts)
        ]
        return tf.concat(columns, -1)
    if task.kind == MULTICLASS:
        return tf.one_hot(labels, task.outputs)
    return tf.expand_dims(labels, -1) if task.kind == BINARY else labels


def owners(task: Task) -> list[int]:
    """Tell of each output whose it is: the number of its task, 0 where there is one."""
    if not task.parts:
        return [0] * task.outputs
    return [number for number, part in enumerate(task.parts) for _ in range(part.outputs)]


def _column(labels: Tensor, number: int, kind: str) -> Tensor:
    """Return the labels of one of several tasks as its own loss takes them."""
    label = labels[:, number]
    if kind == MULTICLASS:
        return tf.cast(label, tf.int32)
    return tf.expand_dims(label, -1) if kind == REGRESSION else label


def _weighted_sum(task: Task, soft: bool) -> ExampleLoss:
    """Add up the losses of several tasks by their weights; labels are a column for each."""
    parts = [(_single(part.task, soft), part, at) for part, at in task.columns]

    def loss(
        labels: Tensor, logits: Tensor, smoothing: Tensor | None, factors: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        losses, slopes = [], []
        for number, (own, part, at) in enumerate(parts):
            label = labels[:, at] if soft else _column(labels, number, part.kind)
            each, slope = own(label, logits[:, at], smoothing)
            if factors is not None:
                each *= factors[:, number]
                slope *= factors[:, number : number + 1]
            losses.append(part.weight * each)
            slopes.append(part.weight * slope)
        return tf.add_n(losses), tf.concat(slopes, -1)

    return loss


def _softmax(labels: Tensor, logits: Tensor, smoothing: Tensor | None) -> tuple[Tensor, Tensor]:
    # The kernels themselves: the functions around them reshape what has no static batch size.
    if smoothing is None:
        loss, slope = tf.raw_ops.SparseSoftmaxCrossEntropyWithLogits(features=logits, labels=labels)
        return loss, slope
    classes = logits.shape[-1]
    off = smoothing * (1.0 / classes)
    targets = tf.one_hot(labels, classes, on_value=1.0 - smoothing + off, off_value=off)
    loss, slope = tf.raw_ops.SoftmaxCrossEntropyWithLogits(features=logits, labels=targets)
    return loss, slope


def _softmax_of_shares(
    labels: Tensor, logits: Tensor, smoothing: Tensor | None
) -> tuple[Tensor, Tensor]:
    if smoothing is not None:
        labels = labels * (1.0 - smoothing) + smoothing / labels.shape[-1]
    loss, slope = tf.raw_ops.SoftmaxCrossEntropyWithLogits(features=logits, labels=labels)
    return loss, slope


def _sigmoid_single(
    labels: Tensor, logits: Tensor, smoothing: Tensor | None
) -> tuple[Tensor, Tensor]:
    return _sigmoid_mean(tf.expand_dims(labels, -1), logits, smoothing)


def _sigmoid_mean(
    labels: Tensor, logits: Tensor, smoothing: Tensor | None
) -> tuple[Tensor, Tensor]:
    if smoothing is not None:
        labels = labels * (1.0 - smoothing) + 0.5 * smoothing
    losses = tf.nn.sigmoid_cross_entropy_with_logits(labels, logits)
    return _mean(losses, tf.sigmoid(logits) - labels)


def _squared(labels: Tensor, logits: Tensor, _: Tensor | None) -> tuple[Tensor, Tensor]:
    error = logits - labels
    return _mean(tf.square(error), 2.0 * error)


def _mean(losses: Tensor, slopes: Tensor) -> tuple[Tensor, Tensor]:
    outputs = losses.shape[-1]
    if outputs == 1:
        return tf.squeeze(losses, -1), slopes
    return tf.reduce_mean(losses, -1), slopes * (1.0 / outputs)
