"""A delivered model of a run: predict and evaluate on further data."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import frozen
from numpy.typing import NDArray

from archivolt.components.source import Dataset, Source
from archivolt.errors import DataError
from archivolt.plugins.failures import attributed

if TYPE_CHECKING:
    from archivolt.components.evaluator import Delivered


Values = NDArray[Any] | Mapping[str, NDArray[Any]]  # a mapping by target of several tasks


@frozen(eq=False)
class Predictions:
    """What a model says of some rows."""

    # Classes by name or numbers, `(rows,)`; a column for each target; with `steps` an axis of time
    # after the rows. Of several tasks a mapping by target.
    values: Values
    probabilities: Values | None  # of each class, `(rows, classes)`; None for regression
    names: tuple[str, ...] = ()  # of the rows, where they have any: of files
    steps: NDArray[Any] | None = None  # which are real, `(rows, time)`, where labels are per step
    notes: tuple[str, ...] = ()  # what was left out, each a sentence


@frozen
class Evaluation:
    """How well a model does on some rows."""

    metrics: Mapping[str, float]  # every metric of the task
    rows: int
    notes: tuple[str, ...] = ()  # what was left out, each a sentence


class DeliveredModel:
    """A delivered model of a run, with its preprocessing.

    Args:
        folder: Where it was delivered.
        delivered: The loaded model.
        source: Reads further data of the kind that the run was started with.
    """

    def __init__(self, folder: Path, delivered: Delivered, source: Source) -> None:
        self.folder = folder
        self._delivered = delivered
        self._source = source

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes, in the order of the probabilities; () for regression."""
        return self._delivered.task.classes

    @property
    def classes_of(self) -> Mapping[str, tuple[str, ...]]:
        """Names of the classes of each of several tasks, by target; {} for a single task."""
        return {part.target: part.classes for part in self._delivered.task.parts}

    @property
    def targets(self) -> tuple[str, ...]:
        return self._delivered.task.targets

    @property
    def task(self) -> str:
        return self._delivered.task.kind

    def read(self, data: Any) -> Dataset:
        """Read further data: a path, or what the run was given in Python.

        Raises:
            DataError: a column is missing, or cannot be read.
        """
        with attributed("source", self._source):
            return self._source.read_new(data, self._delivered.inputs, self.targets)

    def predict(self, data: Any) -> Values:
        """Predict classes by name or numbers, in the order of the data.

        `(rows,)`, or `(rows, time)` where each step has a label: what stands there for padded steps
        means nothing. Of several tasks a mapping by target.
        """
        return self._delivered.predict(self.read(data))

    def predict_probabilities(self, data: Any) -> Values | None:
        """Return the probability of each class, `(rows, classes)`; None for regression.

        Where each step has a label, `(rows, time, classes)`. Of several tasks a mapping by target,
        of those that have classes.
        """
        return self._delivered.predict_probabilities(self.read(data))

    def predictions(self, data: Any) -> Predictions:
        """Predict, and tell what was read: for tables of predictions."""
        dataset = self.read(data)
        return Predictions(
            self._delivered.predict(dataset),
            self._delivered.predict_probabilities(dataset),
            dataset.row_names,
            dataset.steps if self._delivered.task.per_step else None,
            tuple(dataset.notes),
        )

    def evaluate(self, data: Any) -> Evaluation:
        """Score the model on labelled data."""
        dataset = self.read(data)
        if dataset.unread_labels:
            raise DataError(dataset.unread_labels)
        if dataset.labels is None:
            names = ", ".join(self.targets)
            raise DataError(
                f"there is no column {names}.",
                where=str(data) if isinstance(data, (str, Path)) else "",
                hint="Evaluating needs labels; to predict without them use `archivolt predict`.",
            )
        return Evaluation(self._delivered.evaluate(dataset), dataset.rows, tuple(dataset.notes))
