"""The delivered model of a run: predict and evaluate on further data."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from archivolt.components.source import Dataset, Source
from archivolt.errors import DataError

if TYPE_CHECKING:
    from archivolt.components.evaluator import Delivered


class BestModel:
    """The best model of a run, with its preprocessing.

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

    def predict_both(self, data: Any) -> tuple[NDArray[Any], NDArray[Any] | None]:
        """Return predictions and probabilities from one reading of the data."""
        dataset = self.read(data)
        return self._delivered.predict(dataset), self._delivered.predict_probabilities(dataset)

    def evaluate(self, data: Any) -> tuple[Mapping[str, float], int]:
        """Return every metric of the task on labelled data, and the number of rows."""
        dataset = self.read(data)
        if dataset.labels is None:
            names = ", ".join(self.targets)
            raise DataError(
                f"there is no column {names}.",
                where=str(data) if isinstance(data, (str, Path)) else "",
                hint="Evaluating needs labels; to predict without them use `archivolt predict`.",
            )
        return self._delivered.evaluate(dataset), dataset.rows
