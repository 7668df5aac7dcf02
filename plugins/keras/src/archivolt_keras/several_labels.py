"""Labels of several tasks side by side: a column for each target."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from archivolt.errors import DataError
from archivolt.values.problem import Task
from archivolt.values.several import present_column
from archivolt_keras.labels import LabelEncoding


@frozen
class SeveralLabels(LabelEncoding):
    """How the labels of several tasks become one array, fitted on the training rows.

    Encoded labels are `(rows, targets)` float32: class indices, or standardised numbers; NaN where
    a row has no label of a target. `mean` and `scale` are of all outputs, 0 and 1 for those of
    classes.
    """

    parts: tuple[LabelEncoding, ...] = ()

    @classmethod
    def of(cls, task: Task, parts: tuple[LabelEncoding, ...]) -> SeveralLabels:
        """Put the encodings of the parts together."""
        mean: list[float] = []
        scale: list[float] = []
        for part, encoding in zip(task.parts, parts, strict=True):
            mean += encoding.mean or (0.0,) * part.outputs
            scale += encoding.scale or (1.0,) * part.outputs
        return cls(task, "parts", mean, scale, parts)

    @classmethod
    def fit(
        cls, task: Task, labels: NDArray[Any], weights: NDArray[Any] | None = None
    ) -> SeveralLabels:
        parts = []
        for at, part in enumerate(task.parts):
            column, present = present_column(labels, at)
            own = None if weights is None else weights[present]
            parts.append(LabelEncoding.fit(part.task, column, own))
        return cls.of(task, tuple(parts))

    def encode(self, labels: NDArray[Any]) -> NDArray[Any]:
        given = np.asarray(labels)
        if given.ndim != 2 or given.shape[1] != len(self.parts):
            raise DataError(
                f"labels of the shape {list(given.shape)}; a column is needed for each target.",
                ", ".join(self.task.targets),
            )
        encoded = np.full(given.shape, np.nan, np.float32)
        for at, part in enumerate(self.parts):
            column, present = present_column(given, at)
            if len(column):
                encoded[present, at] = part.encode(column).reshape(len(column))
        return encoded

    def decode(self, predictions: NDArray[Any]) -> dict[str, NDArray[Any]]:  # type: ignore[override]
        """Turn predictions into the labels of each target, by its name."""
        return {
            part.target: encoding.decode(predictions[..., at])
            for (part, at), encoding in zip(self.task.columns, self.parts, strict=True)
        }
