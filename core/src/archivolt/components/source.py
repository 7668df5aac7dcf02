"""Sources: what reads data of one kind into raw features and labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from attrs import define, field, frozen
from numpy.typing import NDArray

from archivolt.components.base import Component
from archivolt.values.features import Features

if TYPE_CHECKING:
    KerasModel = Any

NUMERIC = "numeric"
CATEGORY = "category"
DATE = "date"
PICTURE = "picture"
RECORDING = "recording"
ARRAY = "array"


@frozen
class Input:
    """One raw input of the delivered model."""

    name: str  # of the feature, as the user's data have it
    role: str  # numeric, category, date, picture, recording, array
    shape: tuple[int | None, ...] = ()  # of one example; () for a column
    dtype: str = "float32"
    style: str = ""  # how it is read, in the source's own words: a format of dates, a sample rate
    padding: float | None = None  # a step of a sequence that holds this number alone is none
    per_step: bool = False  # whether each of its steps has a label, and not the whole sequence


@define
class Dataset:
    """Raw features and labels, nothing fitted yet."""

    inputs: tuple[Input, ...]
    features: Mapping[str, NDArray[Any]]  # by input name, `(rows, …)`
    # `(rows,)`; `(rows, targets)` for several, where some of a row may be missing (None, NaN); with
    # `steps` an axis of time after the rows. None when unknown.
    labels: NDArray[Any] | None
    targets: tuple[str, ...] = ("target",)
    weights: NDArray[Any] | None = None  # of the examples, `(rows,)`; with `steps` of each step
    groups: NDArray[Any] | None = None  # rows of one group stay in one split, `(rows,)`
    times: NDArray[Any] | None = None  # for a split by time, `(rows,)`
    test: Dataset | None = None  # rows that the user keeps for the report
    unlabelled: Dataset | None = None  # rows without a label, to be learned from by a teacher
    notes: list[str] = field(factory=list)  # what was guessed or left out, each a sentence
    several: bool = False  # whether each target is a task of its own
    class_names: tuple[str, ...] = ()  # where the source knows them (folders)
    row_names: tuple[str, ...] = ()  # what each row is called, where it has a name (files)
    # Where each step of a sequence has a label: which steps are real, `(rows, time)`. A step
    # without a label has the weight 0.
    steps: NDArray[Any] | None = None
    unread_labels: str = ""  # why labels that are there could not be read, as a message

    @property
    def rows(self) -> int:
        return len(next(iter(self.features.values())))

    @property
    def counted_labels(self) -> NDArray[Any] | None:
        """The labels that count, one after the other: of all rows, or of the steps that weigh."""
        if self.labels is None or self.steps is None:
            return self.labels
        assert self.weights is not None  # whoever knows of steps says which of them count
        return np.asarray(self.labels[self.weights > 0])

    def take(self, rows: NDArray[Any]) -> Dataset:
        """Return the dataset of these row numbers, in their order."""

        def pick(array: NDArray[Any] | None) -> NDArray[Any] | None:
            return None if array is None else array[rows]

        return Dataset(
            inputs=self.inputs,
            features={name: array[rows] for name, array in self.features.items()},
            labels=pick(self.labels),
            targets=self.targets,
            weights=pick(self.weights),
            groups=pick(self.groups),
            times=pick(self.times),
            several=self.several,
            class_names=self.class_names,
            row_names=tuple(self.row_names[row] for row in rows) if self.row_names else (),
            steps=pick(self.steps),
        )

    def without_labels(self) -> Dataset:
        """Return the features of the rows alone; with `steps`, which of these are real."""
        return Dataset(self.inputs, self.features, None, self.targets, steps=self.steps)

    def followed_by(self, more: Dataset) -> Dataset:
        """Return these rows without their labels, and `more` of the same inputs behind them."""
        steps = None
        if self.steps is not None and more.steps is not None:
            steps = np.concatenate([self.steps, more.steps])
        features = {
            name: np.concatenate([array, more.features[name]])
            for name, array in self.features.items()
        }
        return Dataset(self.inputs, features, None, self.targets, steps=steps)


@frozen(eq=False)
class FrontEnd:
    """Preprocessing: applied once for training, and the first part of the delivered model."""

    model: KerasModel  # from the raw inputs, a mapping by Input.name, to a mapping of tensors
    features: Features  # what the mapping means: its keys are those of `part_names`

    @staticmethod
    def part_names(features: Features) -> tuple[str, ...]:
        """Name the tensors that features consist of: `numeric`, `categories` or `features`."""
        if features.columns is None:
            return ("features",)
        parts = (
            ("numeric", features.columns.numeric),
            ("categories", features.columns.categorical),
        )
        return tuple(name for name, columns in parts if columns)


class Source(Component):
    """Reads data of one kind: a table, a folder of pictures, arrays."""

    __slots__ = ()

    path_field: ClassVar[str] = "path"  # the field that a bare path fills; "": none

    @classmethod
    def recognises(cls, path: Path) -> bool:
        """Tell whether `path` looks like data of this kind; reads no more than it must."""
        return False

    @classmethod
    def from_memory(
        cls,
        x: Any,
        y: Any = None,
        weights: Any = None,
        test: tuple[Any, Any] | None = None,
        unlabelled: Any = None,
    ) -> Source | None:
        """Make a source of data passed in Python; None where they are of another kind.

        Args:
            x: Features: arrays, a frame, a dataset.
            y: Labels; None where `x` holds them.
            weights: Of the examples.
            test: Features and labels that are kept for the report.
            unlabelled: Features of further rows, which have no label.

        Raises:
            DataError: they are of this kind, and cannot be used.
        """
        return None

    def read(self, group: str | None = None, time: str | None = None) -> Dataset:
        """Read everything; rows without any label are `Dataset.unlabelled`.

        Args:
            group: The column whose equal values stay in one split, kept out of the features.
            time: The column by which rows are ordered for a split by time; stays a feature.

        Raises:
            DataError: what is wrong, in which file, line or column.
        """
        raise NotImplementedError

    def read_new(self, path: Path, inputs: Sequence[Input], targets: Sequence[str]) -> Dataset:
        """Read further data of the same kind, to predict; labels where the data have them.

        Raises:
            DataError: an input is missing, or cannot be read.
        """
        raise NotImplementedError

    def front_end(self, training: Dataset) -> FrontEnd:
        """Build the preprocessing as plain Keras layers, adapted on the training rows alone."""
        raise NotImplementedError
