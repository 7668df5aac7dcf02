"""Losses of single examples on a teacher's logits, by task, with their slopes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import tensorflow as tf
from attrs import frozen

from archivolt.components.transfer import MSE
from archivolt.values.problem import MULTICLASS, REGRESSION

if TYPE_CHECKING:
    from archivolt.values.problem import Task

    Tensor = Any

# (teacher's logits, logits, temperature) -> losses `(batch,)`, slopes `(batch, outputs)`
TeacherLoss = Callable[["Tensor", "Tensor", "Tensor"], "tuple[Tensor, Tensor]"]


@frozen
class Lesson:
    """How a trial learns from a teacher; the form is part of the graph, numbers are its inputs."""

    form: str
    weight: float  # of this loss beside that on the labels
    temperature: float = 1.0


def teacher_loss(task: Task, form: str) -> TeacherLoss:
    """Return the loss of each example of a batch on what the teacher says.

    The cross-entropy is that of Hinton et al. (2015), section 2, with the square of the
    temperature as a factor. Logits of classes mean the same when a number is added to all of them,
    so their squared difference is taken between logits about their mean.
    """
    if task.kind == REGRESSION:
        return _squared
    if form == MSE:
        return _squared_about_mean if task.kind == MULTICLASS else _squared
    return _softmax if task.kind == MULTICLASS else _sigmoid


def _softmax(teacher: Tensor, logits: Tensor, temperature: Tensor) -> tuple[Tensor, Tensor]:
    inverse = 1.0 / temperature
    losses, slopes = tf.raw_ops.SoftmaxCrossEntropyWithLogits(
        features=logits * inverse, labels=tf.nn.softmax(teacher * inverse)
    )
    # The slope by the softened logits holds one factor less than that by the logits.
    return losses * tf.square(temperature), slopes * temperature


def _sigmoid(teacher: Tensor, logits: Tensor, temperature: Tensor) -> tuple[Tensor, Tensor]:
    inverse = 1.0 / temperature
    softened, wanted = logits * inverse, tf.sigmoid(teacher * inverse)
    losses = tf.nn.sigmoid_cross_entropy_with_logits(wanted, softened)
    outputs = logits.shape[-1]
    return (
        tf.reduce_mean(losses, -1) * tf.square(temperature),
        (tf.sigmoid(softened) - wanted) * (temperature / outputs),
    )


def _squared(teacher: Tensor, logits: Tensor, _: Tensor) -> tuple[Tensor, Tensor]:
    error = logits - teacher
    return tf.reduce_mean(tf.square(error), -1), error * (2.0 / logits.shape[-1])


def _squared_about_mean(
    teacher: Tensor, logits: Tensor, temperature: Tensor
) -> tuple[Tensor, Tensor]:
    # The difference has the mean 0, and so has its slope: nothing is left to project out.
    difference = logits - teacher
    centred = difference - tf.reduce_mean(difference, -1, keepdims=True)
    return _squared(tf.zeros(()), centred, temperature)
