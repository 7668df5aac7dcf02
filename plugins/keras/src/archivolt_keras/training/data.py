"""Training data on the device: what an epoch gathers its minibatches from."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import tensorflow as tf
from attrs import evolve, field, frozen
from numpy.typing import ArrayLike, NDArray

from archivolt.errors import DataError
from archivolt.values.problem import BINARY, MULTICLASS

if TYPE_CHECKING:
    from archivolt.values.problem import Task

    Tensor = Any


def as_labels(labels: ArrayLike, task: Task) -> NDArray[Any]:
    """Give labels the dtype and shape that the losses of a task take.

    Returns:
        Class indices `(examples,)` int32 for multiclass, `(examples,)` float32 for binary,
        `(examples, targets)` float32 for several tasks, `(examples, outputs)` float32 otherwise;
        for labels per step with an axis of time after the examples.
    """
    array = np.asarray(labels)
    before = array.shape[: 2 if task.per_step else 1]
    if task.kind == MULTICLASS:
        return np.ascontiguousarray(array.reshape(before), np.int32)
    if task.kind == BINARY:
        return np.ascontiguousarray(array.reshape(before), np.float32)
    columns = len(task.parts) or task.outputs
    return np.ascontiguousarray(array.reshape(*before, columns), np.float32)


@frozen(eq=False)
class Piece:
    """Examples on the device, and the order in which an epoch goes through them."""

    parts: Mapping[str, Tensor]
    labels: Tensor
    weights: Tensor | None
    order: NDArray[np.int32]
    teacher: Tensor | None = None  # logits of the teacher, `(examples, outputs)`
    prior: Tensor | None = None  # logits of the prior, the same shape

    @property
    def targets(self) -> tuple[Tensor, ...]:
        """What a step compares with, in the order in which it takes it."""
        all_of_them = (self.labels, self.weights, self.prior, self.teacher)
        return tuple(each for each in all_of_them if each is not None)


class Data(Protocol):
    """Examples to train on, wherever they lie."""

    @property
    def examples(self) -> int: ...

    @property
    def weighted(self) -> bool: ...

    @property
    def structure(self) -> Hashable:
        """Names, shapes and dtypes of the parts: equal for data that can share a graph."""

    def taught(self, teacher: NDArray[np.float32]) -> Data:
        """Return the same examples with the logits of a teacher, `(examples, outputs)`."""

    def beside(self, prior: NDArray[np.float32]) -> Data:
        """Return the same examples with the logits of a prior, `(examples, outputs)`."""

    def pieces(self, seed: int, epoch: int, batch: int) -> Iterator[Piece]:
        """Yield the examples of an epoch; each piece but the last is a multiple of `batch` long."""


@frozen(eq=False)
class TrainingData:
    """Examples as tensors on the device, the same for every trial of a process."""

    parts: Mapping[str, Tensor]  # by the name of the feature part, `(examples, …)` each
    labels: Tensor  # as `as_labels` gives them
    # `(examples,)`: sample weight times class weight. Of labels per step `(examples, time)`.
    weights: Tensor | None = None
    teacher: Tensor | None = None  # logits of a teacher, `(examples, outputs)`
    prior: Tensor | None = None  # logits of a prior, the same shape
    examples: int = field(init=False)

    @examples.default
    def _count(self) -> int:
        further = {"weights": self.weights, "teacher": self.teacher, "prior": self.prior}
        return count_examples(self.parts, self.labels, further)

    @classmethod
    def on_device(
        cls,
        parts: Mapping[str, ArrayLike],
        labels: ArrayLike,
        task: Task,
        weights: ArrayLike | None = None,
    ) -> TrainingData:
        """Copy arrays to the device, once a process."""
        return cls(
            {name: tf.convert_to_tensor(part) for name, part in parts.items()},
            tf.convert_to_tensor(as_labels(labels, task)),
            None if weights is None else tf.convert_to_tensor(np.asarray(weights, np.float32)),
        )

    @property
    def weighted(self) -> bool:
        return self.weights is not None

    @property
    def structure(self) -> Hashable:
        return structure_of(self.parts)

    def pieces(self, seed: int, epoch: int, batch: int) -> Iterator[Piece]:
        order = epoch_order(seed, epoch, self.examples)
        yield Piece(self.parts, self.labels, self.weights, order, self.teacher, self.prior)

    def taught(self, teacher: NDArray[np.float32]) -> TrainingData:
        return evolve(self, teacher=tf.convert_to_tensor(np.asarray(teacher, np.float32)))

    def beside(self, prior: NDArray[np.float32]) -> TrainingData:
        return evolve(self, prior=tf.convert_to_tensor(np.asarray(prior, np.float32)))


def epoch_order(seed: int, epoch: int, examples: int) -> NDArray[np.int32]:
    """Return the order of the rows in an epoch, a function of its arguments alone."""
    order = np.random.default_rng((seed, epoch)).permutation(examples)
    return np.asarray(order, np.int32)


def structure_of(parts: Mapping[str, Any]) -> Hashable:
    """Return names, shapes and dtypes of tensors or arrays, without the axis of examples."""
    return tuple(
        (name, tuple(part.shape[1:]), getattr(part.dtype, "name", str(part.dtype)))
        for name, part in sorted(parts.items())
    )


def count_examples(parts: Mapping[str, Any], labels: Any, further: Mapping[str, Any]) -> int:
    """Return the number of examples.

    Raises:
        DataError: the parts disagree about it, or there is none.
    """
    counts = {name: int(part.shape[0]) for name, part in parts.items()}
    counts["labels"] = int(labels.shape[0])
    counts |= {name: int(each.shape[0]) for name, each in further.items() if each is not None}
    if len(set(counts.values())) != 1 or not counts["labels"]:
        raise DataError(
            "the parts of the training data do not have the same number of rows, above 0: "
            + ", ".join(f"{name} {count}" for name, count in counts.items())
        )
    return counts["labels"]
