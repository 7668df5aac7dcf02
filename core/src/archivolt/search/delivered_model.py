"""A delivered model of a run: predict and evaluate on further data."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import frozen
from numpy.typing import NDArray

from archivolt.components.source import Dataset, Source
from archivolt.errors import DataError

if TYPE_CHECKING:
    from archivolt.components.evaluator import Delivered


@frozen(eq=False)
class Predictions:
    """What a model says of some rows."""

    values: NDArray[Any]  # classes by name or numbers, `(rows,)`; a column for each target
    probabilities: NDArray[Any] | None  # of each class, `(rows, classes)`; None for regression
    names: tuple[str, ...] = ()  # of the rows, where they have any: of files
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
        return self._source.read_new(data, self._delivered.inputs, self._delivered.task.targets)

    def predict(self, data: Any) -> NDArray[Any]:
        """Predict classes by name or numbers, `(rows,)`, in the order of the data."""
        return self._delivered.predict(self.read(data))

    def predict_probabilities(self, data: Any) -> NDArray[Any] | None:
        """Return the probability of each class, `(rows, classes)`; None for regression."""
        return self._delivered.predict_probabilities(self.read(data))

    def predictions(self, data: Any) -> Predictions:
        """Predict, and tell what was read: for tables of predictions."""
        dataset = self.read(data)
        return Predictions(
            self._delivered.predict(dataset),
            self._delivered.predict_probabilities(dataset),
            dataset.row_names,
            tuple(dataset.notes),
        )

    def evaluate(self, data: Any) -> Evaluation:
        """Score the model on labelled data."""
        dataset = self.read(data)
        if dataset.labels is None:
            names = ", ".join(self.targets)
            raise DataError(
                f"there is no column {names}.",
                where=str(data) if isinstance(data, (str, Path)) else "",
                hint="Evaluating needs labels; to predict without them use `archivolt predict`.",
            )
        return Evaluation(self._delivered.evaluate(dataset), dataset.rows, tuple(dataset.notes))
