"""The source `tf_data`: a `tf.data.Dataset`, read once into files on disk."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from attrs import evolve, field, frozen
from attrs.validators import ge, in_, optional
from numpy.typing import NDArray

from archivolt.components.source import Dataset, FrontEnd, Input, Source
from archivolt.errors import DataError
from archivolt.values.encoding import in_memory
from archivolt_keras.sources.arrays import read_new_arrays
from archivolt_keras.sources.checks import check_features, check_finite
from archivolt_keras.sources.labelling import Labelled
from archivolt_keras.sources.shapes import ARRAY_KINDS, INPUT, guess_kind, input_of, kind_of_input
from archivolt_keras.sources.spilled import SpillWriter
from archivolt_keras.sources.standardising import standardise
from archivolt_keras.sources.step_labels import are_per_step

CHUNK = 256  # rows of an unbatched dataset that are read in one go


@frozen
class StreamSource(Source):
    """A `tf.data.Dataset` of (x, y) or (x, y, weight), for what does not fit into memory.

    It is read through once, into temporary files that are gone when the search is prepared;
    memory holds one batch, the labels and the weights.
    """

    name = "tf_data"
    path_field = ""  # no file is one

    rows: int | None = field(default=None, validator=optional(ge(1)))  # read no more than these
    batched: bool | None = None  # whether an element is a batch; None: read off its shape
    kind: str | None = field(default=None, validator=optional(in_(ARRAY_KINDS)))  # None: guessed
    per_step: bool | None = None  # whether each step of a sequence has a label; None: guessed
    folder: str | None = None  # for the temporary files; None: the system's
    dataset: Any = in_memory()  # noqa: RUF009  it declares a field
    test: Any = in_memory()  # noqa: RUF009  another dataset, kept for the report
    unlabelled: Any = in_memory()  # noqa: RUF009  features alone: a dataset of x, or arrays

    @classmethod
    def from_memory(
        cls,
        x: Any,
        y: Any = None,
        weights: Any = None,
        test: tuple[Any, Any] | None = None,
        unlabelled: Any = None,
    ) -> StreamSource | None:
        # Nobody passes a dataset who has not imported TensorFlow.
        tensorflow = sys.modules.get("tensorflow")
        if tensorflow is None or not isinstance(x, tensorflow.data.Dataset):
            return None
        if y is not None or weights is not None:
            raise DataError(
                "a tf.data.Dataset holds its labels and weights itself.",
                "y" if y is not None else "weights",
                "Zip them: tf.data.Dataset.zip((features, labels, weights)).",
            )
        held = test[0] if isinstance(test, tuple) else test
        return cls(dataset=x, test=held, unlabelled=unlabelled)

    def read(self, group: str | None = None, time: str | None = None) -> Dataset:
        if group or time:
            raise DataError(f"a tf.data.Dataset has no column {group or time!r} to split by.")
        if self.dataset is None:
            raise DataError(
                "there is no dataset: it is not part of a configuration.",
                hint="Pass it again: archivolt.search(dataset).",
            )
        notes: list[str] = []
        x, y, weights = self._spill(self.dataset, "dataset", self.rows)
        kind = guess_kind(x.shape[1:], x.dtype, self.kind, notes)
        given = input_of(kind, x.shape[1:], x.dtype)
        given = evolve(given, per_step=are_per_step(x, y, kind, self.per_step, notes))
        labelled = Labelled.read(x, given, y, weights, ("dataset, x", "dataset, y"))
        one_hot = labelled.one_hot
        if one_hot:
            notes.append(
                f"y has a single 1 in each {'step' if given.per_step else 'row'}: read as "
                f"{labelled.of_one[0]} classes."
            )
            labelled = labelled.as_indices()
        notes.append(f"{len(x)} rows were read once, in the order of the dataset.")
        test = None
        if self.test is not None:
            test_x, test_y, test_weights = self._spill(self.test, "test", None)
            if test_x.shape[1:] != x.shape[1:] or test_x.dtype != x.dtype:
                raise DataError(
                    f"examples have the shape {list(test_x.shape[1:])} ({test_x.dtype}), "
                    f"in training {list(x.shape[1:])} ({x.dtype}).",
                    "test",
                )
            names = ("test, x", "test, y")
            test_labels = Labelled.read(test_x, given, test_y, test_weights, names)
            if one_hot and test_labels.one_hot:
                test_labels = test_labels.as_indices()
            test = _dataset(given, test_x, test_labels)
        dataset = _dataset(given, x, labelled)
        dataset.test, dataset.notes = test, notes
        if self.unlabelled is not None:
            bare = self._features_alone(x.ndim)
            dataset.unlabelled = read_new_arrays(bare, dataset.inputs, ()).without_labels()
        return dataset

    def read_new(self, path: Any, inputs: Sequence[Input], targets: Sequence[str]) -> Dataset:
        """Read a file of arrays, or arrays, as the source `arrays` does."""
        return read_new_arrays(path, inputs, targets)

    def front_end(self, training: Dataset) -> FrontEnd:
        given = training.inputs[0]
        return standardise(given, kind_of_input(given, self.kind), training.features[given.name])

    def _features_alone(self, rank: int) -> Any:
        """Return the rows without a label as an array; a dataset of them is read through once.

        Args:
            rank: Axes of the features of the other rows, that of the rows included.
        """
        import tensorflow as tf

        if not isinstance(self.unlabelled, tf.data.Dataset):
            return self.unlabelled
        spec = self.unlabelled.element_spec
        if not isinstance(spec, tf.TensorSpec):
            raise DataError(
                f"an element is {spec}. Expected are features alone, one tensor.",
                "unlabelled",
                "Leave out what is no feature with dataset.map(lambda x, …: x).",
            )
        batched = spec.shape.rank == rank
        paired = self.unlabelled.map(lambda x: (x, tf.zeros(tf.shape(x)[:1] if batched else ())))
        return evolve(self, batched=batched)._spill(paired, "unlabelled", None)[0]

    def _spill(
        self, dataset: Any, where: str, limit: int | None
    ) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any] | None]:
        _check_length(dataset, where, limit)
        batched = _is_batched(dataset.element_spec, where, self.batched, bool(self.per_step))
        keep = self._keeps_bytes(dataset.element_spec[0], batched)
        writer = SpillWriter(Path(self.folder) if self.folder else None)
        labels, weights = [], []
        for x, y, *weight in _chunks(dataset if batched else dataset.batch(CHUNK), limit):
            if len(y) != len(x):
                raise DataError(f"a batch has {len(x)} examples and {len(y)} labels.", where)
            check_finite(x, f"{where}, x", writer.rows)
            writer.append(x if keep else x.astype(np.float32, copy=False))
            labels.append(y)
            weights.extend(weight)
        if not writer.rows:
            raise DataError("the dataset is empty.", where)
        features = writer.finish()
        check_features(features[:1], f"{where}, x")
        y = _text(np.concatenate(labels))
        return features, y, np.concatenate(weights) if weights else None

    def _keeps_bytes(self, spec: Any, batched: bool) -> bool:
        shape = tuple(each or 1 for each in spec.shape[1 if batched else 0 :])
        dtype = np.dtype(spec.dtype.as_numpy_dtype)
        return dtype == np.uint8 and guess_kind(shape, dtype, self.kind, []) == "image"


def _dataset(given: Input, x: NDArray[Any], labelled: Labelled) -> Dataset:
    return Dataset(
        (given,),
        {INPUT: x},
        labelled.labels,
        labelled.targets,
        labelled.weights,
        steps=labelled.steps,
    )


def _chunks(batches: Any, limit: int | None) -> Iterator[tuple[NDArray[Any], ...]]:
    left = limit
    for parts in batches.as_numpy_iterator():
        if left is not None:
            parts = tuple(part[:left] for part in parts)
            left -= len(parts[0])
        yield parts
        if left == 0:
            return


def _check_length(dataset: Any, where: str, limit: int | None) -> None:
    import tensorflow as tf

    if limit is not None:
        return
    length = int(dataset.cardinality())
    if length == tf.data.INFINITE_CARDINALITY:
        raise DataError(
            "the dataset never ends.",
            where,
            "Leave out repeat(), or say how many rows to read: data.rows.",
        )
    if length == tf.data.UNKNOWN_CARDINALITY:
        raise DataError(
            "the dataset does not know its length, and may never end.",
            where,
            "Tell it: dataset.apply(tf.data.experimental.assert_cardinality(n)), or say how many "
            "rows to read: data.rows.",
        )


def _is_batched(spec: Any, where: str, asked: bool | None, per_step: bool) -> bool:
    import tensorflow as tf

    parts = spec if isinstance(spec, tuple) else (spec,)
    if len(parts) not in (2, 3) or not all(isinstance(each, tf.TensorSpec) for each in parts):
        raise DataError(
            f"an element of the dataset is {spec}. Expected is a tuple of tensors, (x, y) or "
            "(x, y, weight).",
            where,
            "Bring it there with dataset.map(lambda …: (x, y)).",
        )
    x, y = parts[0].shape, parts[1].shape
    if x.rank is None or y.rank is None:
        raise DataError(
            "the tensors of the dataset have no known rank.",
            where,
            "Give them one with tf.ensure_shape in dataset.map.",
        )
    if asked is not None:
        return asked
    if y.rank == 0 or x.rank == 1:
        return False
    if per_step:
        return bool(x.rank > 2)  # a sequence and its labels are as long as each other, too
    # An unknown length comes from batch(); a known one is that of both, or of an example.
    return x[0] is None or x[0] == y[0]


def _text(labels: NDArray[Any]) -> NDArray[Any]:
    """Return strings of TensorFlow, which are bytes, as text."""
    if labels.dtype == object or labels.dtype.kind == "S":
        flat = labels.reshape(-1)
        text = [each.decode() if isinstance(each, bytes) else each for each in flat]
        return np.array(text).reshape(labels.shape)
    return labels
