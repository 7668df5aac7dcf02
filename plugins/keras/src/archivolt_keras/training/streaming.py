"""Training data that do not fit into the memory of the device: the same graph, piece by piece."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf
from attrs import evolve, field, frozen
from numpy.typing import NDArray

from archivolt.errors import DataError
from archivolt_keras.training.data import (
    Piece,
    count_examples,
    epoch_order,
    examples_of,
    structure_of,
)

if TYPE_CHECKING:
    Dataset = Any

PIECE_BYTES = 64 << 20  # of features, on the device at once; one more piece is being read


@frozen(eq=False)
class Chained:
    """Two arrays of equal rows as one, each left where it lies."""

    first: NDArray[Any]
    second: NDArray[Any]

    @property
    def shape(self) -> tuple[int, ...]:
        return (len(self.first) + len(self.second), *self.first.shape[1:])

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.first.dtype

    def take(self, rows: NDArray[np.int32]) -> NDArray[Any]:
        """Return these rows; their numbers ascend."""
        cut = int(np.searchsorted(rows, len(self.first)))
        parts = (self.first, rows[:cut]), (self.second, rows[cut:] - len(self.first))
        return np.concatenate([np.take(array, each, axis=0) for array, each in parts])


@frozen(eq=False)
class MappedData:
    """Examples in arrays on the host, memory-mapped files as a rule.

    An epoch takes them in the same order as `TrainingData` does.
    """

    parts: Mapping[str, NDArray[Any] | Chained]
    labels: NDArray[Any]  # as `as_labels` gives them
    weights: NDArray[np.float32] | None = None
    teacher: NDArray[np.float32] | None = None  # logits of a teacher, `(examples, outputs)`
    prior: NDArray[np.float32] | None = None  # logits of a prior, the same shape
    piece_bytes: int = PIECE_BYTES
    known: NDArray[np.float32] | None = None  # 1 for a label that is there, `(examples, tasks)`
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

    @property
    def examples(self) -> int:
        return examples_of(self.rows, self.unlabelled)

    @property
    def weighted(self) -> bool:
        return self.weights is not None

    @property
    def structure(self) -> Hashable:
        return structure_of(self.parts)

    def taught(self, teacher: NDArray[np.float32]) -> MappedData:
        return evolve(self, teacher=teacher)

    def beside(self, prior: NDArray[np.float32]) -> MappedData:
        return evolve(self, prior=prior)

    def pieces(self, seed: int, epoch: int, batch: int) -> Iterator[Piece]:
        order = epoch_order(seed, epoch, self.rows, self.unlabelled)
        size = piece_size(self.parts, batch, self.piece_bytes)
        starts = range(0, self.examples, size)
        with ThreadPoolExecutor(1, thread_name_prefix="read-piece") as reader:
            ahead = reader.submit(self._read, order[:size])
            for start in starts:
                piece = ahead.result()
                if start + size < self.examples:
                    rows = order[start + size : start + 2 * size]
                    ahead = reader.submit(self._read, rows)
                yield piece

    def _read(self, rows: NDArray[np.int32]) -> Piece:
        # Read in the order of the file; the graph puts the rows into the order of the epoch.
        sorted_rows = np.sort(rows)
        place = np.searchsorted(sorted_rows, rows).astype(np.int32)

        def taken(array: NDArray[Any] | Chained) -> Any:
            if isinstance(array, Chained):
                return tf.convert_to_tensor(array.take(sorted_rows))
            return tf.convert_to_tensor(np.take(array, sorted_rows, axis=0))

        return Piece(
            {name: taken(part) for name, part in self.parts.items()},
            taken(self.labels),
            None if self.weights is None else taken(self.weights),
            place,
            None if self.teacher is None else taken(self.teacher),
            None if self.prior is None else taken(self.prior),
            None if self.known is None else taken(self.known),
        )


@frozen(eq=False)
class PipelineData:
    """Examples from a `tf.data` pipeline, which gives `(parts, label)` or `(parts, label, weight)`.

    `parts` is a mapping by feature part, and labels are as `as_labels` gives them. The pipeline
    shuffles within a buffer, by seed and epoch, unless the buffer is 0.
    """

    dataset: Dataset  # of single examples
    examples: int  # in one pass
    buffer: int = 16384  # examples among which the next is drawn
    piece_bytes: int = PIECE_BYTES

    @property
    def weighted(self) -> bool:
        return len(self.dataset.element_spec) == 3

    @property
    def unlabelled(self) -> int:
        return 0  # nobody could say of them what a teacher says

    @property
    def structure(self) -> Hashable:
        parts = self.dataset.element_spec[0]
        return tuple(
            (name, tuple(spec.shape), spec.dtype.name) for name, spec in sorted(parts.items())
        )

    def taught(self, teacher: NDArray[np.float32]) -> PipelineData:
        raise DataError(
            "examples from a pipeline cannot be taught: nothing says which row of the teacher's "
            "predictions is whose.",
            hint="Give the rows as arrays, in memory or memory-mapped.",
        )

    def beside(self, prior: NDArray[np.float32]) -> PipelineData:
        raise DataError(
            "on examples from a pipeline nothing can be trained on the loss of two networks: "
            "nothing says which row of the prior's logits is whose.",
            hint="Give the rows as arrays, in memory or memory-mapped.",
        )

    def pieces(self, seed: int, epoch: int, batch: int) -> Iterator[Piece]:
        parts = self.dataset.element_spec[0]
        each = sum(prod(spec.shape) * spec.dtype.size for spec in parts.values())
        size = max(1, self.piece_bytes // max(1, each) // batch) * batch
        dataset = self.dataset.take(self.examples)
        if self.buffer:
            draw = int(np.random.default_rng((seed, epoch)).integers(1 << 31))
            dataset = dataset.shuffle(self.buffer, seed=draw, reshuffle_each_iteration=False)
        for element in dataset.batch(size).prefetch(1):
            labels = element[1]
            order = np.arange(int(labels.shape[0]), dtype=np.int32)
            yield Piece(element[0], labels, element[2] if self.weighted else None, order)


def piece_size(parts: Mapping[str, NDArray[Any] | Chained], batch: int, limit: int) -> int:
    """Return how many examples make a piece: a multiple of the batch, near `limit` bytes."""
    each = sum(prod(part.shape[1:]) * part.dtype.itemsize for part in parts.values())
    return max(1, limit // max(1, each) // batch) * batch
