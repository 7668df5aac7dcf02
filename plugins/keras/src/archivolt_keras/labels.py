"""Labels as arrays: what the head is trained on, and the way back to what the user wrote."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from archivolt.errors import DataError, nearest
from archivolt.values.problem import BINARY, MULTILABEL, REGRESSION, Task

BALANCED = "balanced"


def _floats(values: Iterable[float]) -> tuple[float, ...]:
    return tuple(values)


@frozen
class LabelEncoding:
    """How the labels of a task become arrays, fitted on the training rows.

    Encoded labels are class indices `(rows,)` int32 for classes, `(rows, outputs)` float32
    otherwise: 0 or 1 for several labels, standardised targets for regression. Where each step has
    a label, an axis of time stands after the rows. Of several tasks NaN is a missing label.
    """

    task: Task
    form: str = "str"  # of a class as the user wrote it: str, int, float or bool
    mean: tuple[float, ...] = field(default=(), converter=_floats)  # of each regression target
    scale: tuple[float, ...] = field(default=(), converter=_floats)  # its standard deviation

    @classmethod
    def fit(
        cls, task: Task, labels: NDArray[Any], weights: NDArray[Any] | None = None
    ) -> LabelEncoding:
        """Fit on raw labels of the training rows."""
        if task.kind != REGRESSION:
            return cls(task, _form(labels))
        values = _numbers(labels, task)
        mean = np.average(values, axis=0, weights=weights)
        scale = np.sqrt(np.average((values - mean) ** 2, axis=0, weights=weights))
        scale[scale == 0] = 1.0  # a constant target stays where it is
        return cls(task, "float", mean.tolist(), scale.tolist())

    def encode(self, labels: NDArray[Any]) -> NDArray[Any]:
        """Turn raw labels into an array.

        Raises:
            DataError: a label is missing, is no number, or is of a class unknown to the task.
        """
        if self.task.kind == REGRESSION:
            values = _numbers(labels, self.task)
            return ((values - self.mean) / self.scale).astype(np.float32)
        if self.task.kind == MULTILABEL:
            return self._matrix(labels)
        return self._indices(np.asarray(labels).reshape(-1))

    def encode_steps(self, labels: NDArray[Any], weights: NDArray[Any]) -> NDArray[Any]:
        """Turn raw labels of steps into an array; a step of weight 0 has none, and gives 0.

        Args:
            labels: `(rows, time)`, or `(rows, time, targets)`.
            weights: Of the steps, `(rows, time)`.
        """
        counted = np.asarray(weights) > 0
        if not counted.any():
            raise DataError("no step has a label.", ", ".join(self.task.targets))
        found = self.encode(labels[counted])
        encoded = np.zeros((*counted.shape, *found.shape[1:]), found.dtype)
        encoded[counted] = found
        return encoded

    def raw_targets(self, encoded: NDArray[Any]) -> NDArray[Any]:
        """Give regression targets their unit back, `(rows, targets)` float64."""
        return np.asarray(encoded, np.float64) * self.scale + self.mean

    def decode(self, predictions: NDArray[Any]) -> NDArray[Any]:
        """Turn predictions into labels as the user wrote them.

        Args:
            predictions: Probabilities `(rows, outputs)`; for regression values in their unit.

        Returns:
            Classes `(rows,)`; 0 or 1 a label, `(rows, outputs)`; values `(rows,)`, or
            `(rows, targets)` where there are several. An axis of time after the rows stays there.
        """
        if self.task.kind == REGRESSION:
            return predictions[..., 0] if self.task.outputs == 1 else predictions
        if self.task.kind == MULTILABEL:
            return np.asarray(predictions >= 0.5, np.int8)
        if self.task.kind == BINARY:
            indices = (predictions[..., 0] >= 0.5).astype(int)
        else:
            indices = predictions.argmax(axis=-1)
        return np.asarray(self.classes[indices])

    @property
    def classes(self) -> NDArray[Any]:
        """The classes as the user wrote them, in the order of the outputs."""
        if self.form == "bool":
            return np.array([name.lower() in ("true", "1", "1.0") for name in self.task.classes])
        if self.form == "int":
            return np.array([_whole(name) for name in self.task.classes])
        if self.form == "float":
            return np.array([float(name) for name in self.task.classes])
        return np.array(self.task.classes, dtype=object)

    def _indices(self, labels: NDArray[Any]) -> NDArray[Any]:
        values, inverse = np.unique(_comparable(labels), return_inverse=True)
        known = {name: index for index, name in enumerate(self.task.classes)}
        table = np.empty(len(values), np.int32)
        for position, value in enumerate(values):
            found = [known[name] for name in _spellings(value) if name in known]
            if not found:
                count = int((inverse == position).sum())
                raise DataError(
                    f"the class {str(value)!r} ({count} rows) is not one of the problem's.",
                    where=", ".join(self.task.targets),
                    hint=nearest(str(value), self.task.classes),
                )
            table[position] = found[0]
        return table[inverse.reshape(-1)]

    def _matrix(self, labels: NDArray[Any]) -> NDArray[Any]:
        array = np.asarray(labels)
        if array.ndim == 2:
            values = _numbers(array, self.task)
            if not np.isin(values, (0.0, 1.0)).all():
                odd = values[~np.isin(values, (0.0, 1.0))][0]
                raise DataError(
                    f"several labels are 0 or 1 each, not {odd:g}.", ", ".join(self.task.targets)
                )
            return values.astype(np.float32)
        known = {name: index for index, name in enumerate(self.task.classes)}
        matrix = np.zeros((len(array), len(known)), np.float32)
        for row, names in enumerate(array):
            for name in _each(names):
                if name not in known:
                    raise DataError(
                        f"the label {name!r} is not one of the problem's.",
                        where=f"{', '.join(self.task.targets)}, row {row}",
                        hint=nearest(name, self.task.classes),
                    )
                matrix[row, known[name]] = 1.0
        return matrix


def class_weights(
    encoding: LabelEncoding,
    encoded: NDArray[Any],
    weights: NDArray[Any] | None,
    asked: str | Mapping[str, float] | None,
) -> tuple[float, ...]:
    """Return a weight for each class, or () where none is asked for.

    Args:
        encoding: Of the labels.
        encoded: Class indices of the training rows, `(rows,)`; of steps, `(rows, time)`.
        weights: Of the training rows, or of their steps, alike.
        asked: `"balanced"` (each class counts as much as any other), or a weight a class.

    Raises:
        DataError: the task has no classes, or a class is not the problem's.
    """
    task = encoding.task
    if asked is None:
        return ()
    if not task.is_classification:
        hint = "Rows may have weights, and a task one for all its rows." if task.parts else ""
        raise DataError(f"class weights are for classes; the task is {task.kind}.", hint=hint)
    if asked == BALANCED:
        flat = None if weights is None else np.asarray(weights).reshape(-1)
        counts = np.bincount(encoded.reshape(-1), weights=flat, minlength=len(task.classes))
        present = counts > 0
        balanced = np.ones(len(counts))
        balanced[present] = counts.sum() / (present.sum() * counts[present])
        return tuple(balanced.tolist())
    if isinstance(asked, str):
        raise DataError(f"class weights are 'balanced' or a number a class, not {asked!r}.")
    named = {str(name): float(value) for name, value in asked.items()}
    for name in named:
        if name not in task.classes:
            raise DataError(
                f"class_weights names the class {name!r}.", hint=nearest(name, task.classes)
            )
    return tuple(named.get(name, 1.0) for name in task.classes)


def _form(labels: NDArray[Any]) -> str:
    array = np.asarray(labels)
    kinds = {"b": "bool", "i": "int", "u": "int", "f": "float"}
    if array.dtype.kind in kinds:
        return kinds[array.dtype.kind]
    if array.dtype == object and array.size:
        values = array.reshape(-1)
        if all(isinstance(each, (bool, np.bool_)) for each in values):
            return "bool"
        if all(isinstance(each, (int, np.integer)) for each in values):
            return "int"
    return "str"


def _comparable(labels: NDArray[Any]) -> NDArray[Any]:
    if labels.dtype == object:
        missing = np.array([_is_missing(each) for each in labels], bool)
        if missing.any():
            raise DataError(f"the label is missing in {int(missing.sum())} rows.")
        return labels.astype(str)
    if labels.dtype.kind == "f" and np.isnan(labels).any():
        raise DataError(f"the label is missing in {int(np.isnan(labels).sum())} rows.")
    return labels


def _is_missing(value: Any) -> bool:
    try:
        return value is None or bool(value != value)
    except (TypeError, ValueError):
        return True  # pandas.NA is neither equal to itself nor unequal


def _spellings(value: Any) -> Iterable[str]:
    yield str(value)
    try:
        number = float(value)
    except ValueError:
        return
    yield str(number)
    if number.is_integer():
        yield str(int(number))


def _numbers(labels: NDArray[Any], task: Task) -> NDArray[Any]:
    where = ", ".join(task.targets)
    try:
        values = np.asarray(labels).astype(np.float64)
    except (TypeError, ValueError) as cause:
        raise DataError(f"a target is no number: {cause}.", where) from cause
    values = values.reshape(len(values), -1)
    if values.shape[1] != task.outputs:
        raise DataError(f"{values.shape[1]} targets, where the problem has {task.outputs}.", where)
    if not np.isfinite(values).all():
        bad = int((~np.isfinite(values)).any(axis=1).sum())
        raise DataError(f"the target is missing or infinite in {bad} rows.", where)
    return values


def _each(names: Any) -> tuple[str, ...]:
    if names is None:
        return ()
    return (names,) if isinstance(names, str) else tuple(str(each) for each in names)


def _whole(name: str) -> int:
    try:
        return int(name)  # a float would round what lies beyond 2**53
    except ValueError:
        return int(float(name))
