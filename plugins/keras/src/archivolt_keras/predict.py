"""Predicting with a delivered model: raw features in, labels out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from attrs import define
from numpy.typing import NDArray

from archivolt.components.source import Dataset, Input
from archivolt.errors import DataError
from archivolt.values.problem import REGRESSION, SEVERAL, Metric, Part, Task
from archivolt_keras.about import ABOUT, BEST
from archivolt_keras.labels import LabelEncoding
from archivolt_keras.model_files import load_model
from archivolt_keras.prepared import encoding_from, inputs_from
from archivolt_keras.raw import batches
from archivolt_keras.scoring import compute

Values = NDArray[Any] | Mapping[str, NDArray[Any]]  # a mapping by target of several tasks
# A data set, features by input name, a data frame, or the array of the only input.
Raw = Dataset | Mapping[str, NDArray[Any]] | NDArray[Any] | Any


@define(eq=False)
class Delivered:
    """A delivered model with what its folder says about it."""

    model: Any
    about: Mapping[str, Any]  # model.json
    inputs: tuple[Input, ...]
    task: Task
    metric: Metric
    encoding: LabelEncoding

    @property
    def targets(self) -> tuple[str, ...]:
        return self.task.targets

    @property
    def classes(self) -> NDArray[Any]:
        """The classes as the user wrote them, in the order of the probabilities' columns."""
        return self.encoding.classes

    def predict(self, data: Raw) -> Values:
        """Predict labels as the user wrote them: classes, 0 or 1 a label, or values.

        Of several tasks they are a mapping by target.
        """
        return self.encoding.decode(self.outputs(data))

    def predict_probabilities(self, data: Raw) -> Values | None:
        """Return the probability of each class or label, `(rows, classes)`; None for regression.

        Per step with an axis of time after the rows. Of several tasks a mapping by target, of those
        that have classes.
        """
        if self.task.kind == REGRESSION:
            return None
        outputs = self.outputs(data)
        if not self.task.parts:
            return two_columns(self.task, outputs)
        return {
            part.target: two_columns(part.task, outputs[..., at])
            for part, at in self.task.columns
            if part.task.is_classification
        }

    def evaluate(self, data: Dataset) -> dict[str, float]:
        """Return every metric of the task on labelled rows, weighted as the data say.

        Raises:
            DataError: the data have no labels, or such that do not fit the task.
        """
        if data.labels is None:
            targets = ", ".join(self.targets)
            raise DataError("the data have no labels to compare with.", where=targets)
        if not self.task.per_step:
            labels = self.encoding.encode(data.labels)
        elif data.weights is None:
            raise DataError("the data do not say which steps have labels.")
        else:
            labels = self.encoding.encode_steps(data.labels, data.weights)
        outputs = self.outputs(data)
        if self.task.kind in (REGRESSION, SEVERAL):
            outputs = (outputs - self.encoding.mean) / self.encoding.scale
        return compute(
            self.task,
            labels,
            outputs,
            data.weights,
            scale=self.encoding.scale,
            error_of=self.metric.name,
        )

    def outputs(self, data: Raw) -> NDArray[Any]:
        """Return what the model gives, `(rows, outputs)`; per step `(rows, time, outputs)`.

        What it gives for several tasks stands side by side.
        """
        features = self._features(data)
        found = [
            self._beside(self.model(batch, training=False))
            for batch in batches(features, self.inputs)
        ]
        if found:
            return np.concatenate(found)
        steps = next((each.shape[:1] for each in self.inputs if each.per_step), ())
        return np.zeros((0, *(length or 0 for length in steps), self.task.outputs), np.float32)

    def _beside(self, given: Any) -> NDArray[Any]:
        if not self.task.parts:
            return np.asarray(given)
        return np.concatenate([np.asarray(given[part.target]) for part in self.task.parts], -1)

    def _features(self, data: Raw) -> Mapping[str, NDArray[Any]]:
        if isinstance(data, Dataset):
            return data.features
        if isinstance(data, Mapping):
            return {name: np.asarray(values) for name, values in data.items()}
        if hasattr(data, "columns"):  # a frame of pandas or polars
            return {str(name): data[name].to_numpy() for name in data.columns}
        if len(self.inputs) != 1:
            names = ", ".join(each.name for each in self.inputs)
            raise DataError(
                f"one array, where the model reads {len(self.inputs)} inputs.",
                hint=f"Pass a mapping of {names}.",
            )
        return {self.inputs[0].name: np.asarray(data)}


def two_columns(task: Task, outputs: NDArray[Any]) -> NDArray[Any]:
    """Give a binary task a column for each class; leave others as they are."""
    if len(task.classes) == 2 and outputs.shape[-1] == 1:
        return np.concatenate([1 - outputs, outputs], axis=-1)
    return outputs


def load_delivered(folder: Path) -> Delivered:
    """Load what `deliver` wrote.

    Raises:
        DataError: the folder holds no delivered model, or a part of it is gone or damaged.
    """
    folder = Path(folder)
    _check_there(folder, ABOUT)
    try:
        about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
    except json.JSONDecodeError as cause:
        raise DataError(f"the file is damaged: {cause}.", str(folder / ABOUT)) from cause
    file = about.get("file", BEST)
    _check_there(folder, file)
    task = Task(
        about["task"],
        tuple(about["classes"]),
        tuple(about["targets"]),
        about["outputs"],
        about.get("per_step", False),
        tuple(
            Part(**{**each, "classes": tuple(each["classes"])}) for each in about.get("parts", ())
        ),
    )
    return Delivered(
        model=load_model(folder / file),
        about=about,
        inputs=inputs_from(about["inputs"]),
        task=task,
        metric=Metric(**about["metric"]),
        encoding=encoding_from(task, about["labels"]),
    )


def _check_there(folder: Path, name: str) -> None:
    if not (folder / name).exists():
        raise DataError(f"there is no {name}; a delivered model has one.", str(folder))
