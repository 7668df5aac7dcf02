"""Losses of single examples on what a teacher says, by task, with their slopes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

import tensorflow as tf
from attrs import frozen

from archivolt.components.transfer import MSE
from archivolt.values.problem import MULTICLASS, REGRESSION

if TYPE_CHECKING:
    from archivolt.values.problem import Part, Task

    Tensor = Any

Numbers = tuple[Any, ...]  # tensors; of several tasks a tuple of them each


@frozen
class Lesson:
    """How a trial learns from a teacher; the form is part of the graph, numbers are its inputs."""

    form: str
    weight: float  # of this loss beside that on the labels
    temperature: float = 1.0


class TeacherLoss(Protocol):
    """The loss of examples on what a teacher says of them, `weight` included.

    What does not change from step to step is worked out before the first: in a graph of a small
    network each operation of a step is felt.
    """

    def wanted(self, teacher: Tensor, temperature: Tensor) -> Tensor:
        """Turn the teacher's logits, `(examples, outputs)`, into what is to be predicted."""

    def numbers(self, weight: Tensor, temperature: Tensor, outputs: int) -> Numbers:
        """Return the factors of a step."""

    def compare(self, wanted: Tensor, logits: Tensor, numbers: Numbers) -> tuple[Tensor, Tensor]:
        """Return the losses of a batch, `(batch,)`, and their slopes, `(batch, outputs)`."""


def teacher_loss(task: Task, form: str) -> TeacherLoss:
    """Return the loss on what the teacher says.

    The cross-entropy is that of Hinton et al. (2015), section 2, with the square of the
    temperature as a factor. Logits of classes mean the same when a number is added to all of them,
    so their squared difference is taken between logits about their mean. Of several tasks it is
    the sum by their weights.
    """
    if task.parts:
        return _Several([(part, at, teacher_loss(part.task, form)) for part, at in task.columns])
    if form == MSE or task.kind == REGRESSION:
        return _Squared(about_mean=task.kind == MULTICLASS)
    return _Softmax() if task.kind == MULTICLASS else _Sigmoid()


@frozen
class _Several:
    parts: Sequence[tuple[Part, slice, TeacherLoss]]

    def wanted(self, teacher: Tensor, temperature: Tensor) -> Tensor:
        return tf.concat(
            [own.wanted(teacher[..., at], temperature) for _, at, own in self.parts], -1
        )

    def numbers(self, weight: Tensor, temperature: Tensor, outputs: int) -> Numbers:
        return tuple(
            own.numbers(part.weight * weight, temperature, part.outputs)
            for part, _, own in self.parts
        )

    def compare(self, wanted: Tensor, logits: Tensor, numbers: Numbers) -> tuple[Tensor, Tensor]:
        found = [
            own.compare(wanted[:, at], logits[:, at], each)
            for (_, at, own), each in zip(self.parts, numbers, strict=True)
        ]
        losses, slopes = zip(*found, strict=True)
        return tf.add_n(losses), tf.concat(slopes, -1)


class _Softmax:
    def wanted(self, teacher: Tensor, temperature: Tensor) -> Tensor:
        return tf.nn.softmax(teacher / temperature)

    def numbers(self, weight: Tensor, temperature: Tensor, outputs: int) -> Numbers:
        # The slope by the softened logits holds one factor less than that by the logits.
        return 1.0 / temperature, weight * tf.square(temperature), weight * temperature

    def compare(self, wanted: Tensor, logits: Tensor, numbers: Numbers) -> tuple[Tensor, Tensor]:
        inverse, of_loss, of_slope = numbers
        losses, slopes = tf.raw_ops.SoftmaxCrossEntropyWithLogits(
            features=logits * inverse, labels=wanted
        )
        return losses * of_loss, slopes * of_slope


class _Sigmoid:
    def wanted(self, teacher: Tensor, temperature: Tensor) -> Tensor:
        return tf.sigmoid(teacher / temperature)

    def numbers(self, weight: Tensor, temperature: Tensor, outputs: int) -> Numbers:
        shared = weight * temperature
        return 1.0 / temperature, shared * temperature, shared / outputs

    def compare(self, wanted: Tensor, logits: Tensor, numbers: Numbers) -> tuple[Tensor, Tensor]:
        inverse, of_loss, of_slope = numbers
        softened = logits * inverse
        losses = tf.nn.sigmoid_cross_entropy_with_logits(wanted, softened)
        return tf.reduce_mean(losses, -1) * of_loss, (tf.sigmoid(softened) - wanted) * of_slope


@frozen
class _Squared:
    about_mean: bool

    def wanted(self, teacher: Tensor, _: Tensor) -> Tensor:
        return self._placed(teacher)

    def numbers(self, weight: Tensor, _: Tensor, outputs: int) -> Numbers:
        return weight, weight * (2.0 / outputs)

    def compare(self, wanted: Tensor, logits: Tensor, numbers: Numbers) -> tuple[Tensor, Tensor]:
        of_loss, of_slope = numbers
        # About the mean, the difference has the mean 0, and so has its slope: nothing is left over.
        error = self._placed(logits) - wanted
        return tf.reduce_mean(tf.square(error), -1) * of_loss, error * of_slope

    def _placed(self, logits: Tensor) -> Tensor:
        return logits - tf.reduce_mean(logits, -1, keepdims=True) if self.about_mean else logits
