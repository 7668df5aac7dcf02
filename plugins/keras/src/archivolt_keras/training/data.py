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

SHARE = 8  # one of so many examples has a label, at least


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


def as_known_labels(
    labels: ArrayLike, task: Task
) -> tuple[NDArray[Any], NDArray[np.float32] | None]:
    """Give labels as `as_labels` does, and tell which are there, where some of a task's are not.

    Returns:
        The labels, 0 in place of NaN; 1 for those that are there, otherwise 0, `(examples, tasks)`,
        or None where all are.
    """
    encoded = as_labels(labels, task)
    if not task.parts:
        return encoded, None
    there = np.isfinite(encoded)
    return (encoded, None) if there.all() else (np.nan_to_num(encoded), there.astype(np.float32))


@frozen(eq=False)
class Piece:
    """Examples on the device, and the order in which an epoch goes through them."""

    parts: Mapping[str, Tensor]
    labels: Tensor
    weights: Tensor | None
    order: NDArray[np.int32]
    teacher: Tensor | None = None  # logits of the teacher, `(examples, outputs)`
    prior: Tensor | None = None  # logits of the prior, the same shape
    known: Tensor | None = None  # 1 for a label that is there, otherwise 0, `(examples, tasks)`

    @property
    def targets(self) -> tuple[Tensor, ...]:
        """What a step compares with, in the order in which it takes it."""
        all_of_them = (self.labels, self.weights, self.known, self.prior, self.teacher)
        return tuple(each for each in all_of_them if each is not None)


class Data(Protocol):
    """Examples to train on, wherever they lie."""

    @property
    def examples(self) -> int:
        """How many an epoch goes through."""

    @property
    def weighted(self) -> bool: ...

    @property
    def unlabelled(self) -> int:
        """How many rows, the last ones, have no label."""

    @property
    def structure(self) -> Hashable:
        """Names, shapes and dtypes of the parts: equal for data that can share a graph."""

    def taught(self, teacher: NDArray[np.float32]) -> Data:
        """Return the same examples with the logits of a teacher, `(rows, outputs)`."""

    def beside(self, prior: NDArray[np.float32]) -> Data:
        """Return the same examples with the logits of a prior, `(rows, outputs)`."""

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
    known: Tensor | None = None  # 1 for a label that is there, otherwise 0, `(examples, tasks)`
    unlabelled: int = 0  # so many examples at the end have no label
    rows: int = field(init=False)

    @rows.default
    def _count(self) -> int:
        further = {
            "weights": self.weights,
            "known": self.known,
            "teacher": self.teacher,
            "prior": self.prior,
        }
        return count_examples(self.parts, self.labels, further)

    @classmethod
    def on_device(
        cls,
        parts: Mapping[str, ArrayLike],
        labels: ArrayLike,
        task: Task,
        weights: ArrayLike | None = None,
    ) -> TrainingData:
        """Copy arrays to the device, once a process; labels of several tasks may be missing."""
        encoded, known = as_known_labels(labels, task)
        return cls(
            {name: tf.convert_to_tensor(part) for name, part in parts.items()},
            tf.convert_to_tensor(encoded),
            None if weights is None else tf.convert_to_tensor(np.asarray(weights, np.float32)),
            known=None if known is None else tf.convert_to_tensor(known),
        )

    @property
    def examples(self) -> int:
        return examples_of(self.rows, self.unlabelled)

    @property
    def weighted(self) -> bool:
        return self.weights is not None

    @property
    def structure(self) -> Hashable:
        return structure_of(self.parts)

    def pieces(self, seed: int, epoch: int, batch: int) -> Iterator[Piece]:
        order = epoch_order(seed, epoch, self.rows, self.unlabelled)
        yield Piece(
            self.parts, self.labels, self.weights, order, self.teacher, self.prior, self.known
        )

    def taught(self, teacher: NDArray[np.float32]) -> TrainingData:
        return evolve(self, teacher=tf.convert_to_tensor(np.asarray(teacher, np.float32)))

    def beside(self, prior: NDArray[np.float32]) -> TrainingData:
        return evolve(self, prior=tf.convert_to_tensor(np.asarray(prior, np.float32)))


def epoch_order(seed: int, epoch: int, rows: int, unlabelled: int = 0) -> NDArray[np.int32]:
    """Return the order of the rows in an epoch, a function of its arguments alone.

    Rows with a label are one of `SHARE` at least, as in FixMatch (Sohn et al., 2020, section 4):
    where they are fewer an epoch goes through all of them several times. Both kinds are spread
    evenly, so that a batch holds both in the same proportion.

    Args:
        seed: Of the trial.
        epoch: Trained before.
        rows: How many there are.
        unlabelled: So many of them, at the end, have no label.
    """
    rng = np.random.default_rng((seed, epoch))
    if not unlabelled:
        return np.asarray(rng.permutation(rows), np.int32)
    labelled = rows - unlabelled
    passes = [rng.permutation(labelled) for _ in range(_passes(labelled, unlabelled))]
    first, second = np.concatenate(passes), labelled + rng.permutation(unlabelled)
    places = np.concatenate([_spread(len(first), rng), _spread(len(second), rng)])
    order = np.concatenate([first, second])[np.argsort(places, kind="stable")]
    return np.asarray(order, np.int32)


def _spread(count: int, rng: np.random.Generator) -> NDArray[np.float64]:
    return np.asarray((np.arange(count) + rng.random(count)) / count)


def examples_of(rows: int, unlabelled: int) -> int:
    """Return how many examples an epoch goes through, by `epoch_order`."""
    labelled = rows - unlabelled
    return unlabelled + labelled * _passes(labelled, unlabelled)


def _passes(labelled: int, unlabelled: int) -> int:
    return max(1, -(-unlabelled // ((SHARE - 1) * labelled)))


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
