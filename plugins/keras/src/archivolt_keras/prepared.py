"""The prepared problem on disk: transformed features, labels and weights of every split.

front_end.keras          the preprocessing, as it stands before the network
problem.json             inputs, how labels are encoded, class weights
train/<part>.npy         feature parts, by `FrontEnd.part_names`
train/labels.npy         as `LabelEncoding` encodes them
train/weights.npy        of the examples, where there are any; of the steps, where these have labels
train/loss_weights.npy   class weights included, where there are any
validation/…  report/…   the same
unlabelled/<part>.npy    feature parts of rows without a label, where there are any
unlabelled/weights.npy   of their steps, where these would have labels: 0 for padding

Labels of several tasks are NaN where a row has none.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from archivolt.components.source import Input
from archivolt.errors import DataError
from archivolt.values.problem import UNLABELLED, Task
from archivolt_keras.labels import LabelEncoding
from archivolt_keras.model_files import load_model
from archivolt_keras.several_labels import SeveralLabels

Array = NDArray[Any]
FRONT_END = "front_end.keras"
FACTS = "problem.json"
LABELS = "labels"
WEIGHTS = "weights"
LOSS_WEIGHTS = "loss_weights"


@frozen(eq=False)
class Split:
    """The rows of one split, memory-mapped."""

    parts: Mapping[str, Array]  # features by part name, `(rows, …)`
    labels: Array
    weights: Array | None = None  # of the examples, `(rows,)`; of labelled steps, `(rows, time)`
    loss_weights: Array | None = None  # class weights included, alike

    @property
    def rows(self) -> int:
        return len(self.labels)

    def predictions_shape(self, task: Task) -> tuple[int, ...]:
        """Return the shape of what is predicted: `(rows, outputs)`, or `(rows, time, outputs)`."""
        return (*self.labels.shape[: 2 if task.per_step else 1], task.outputs)

    @property
    def for_training(self) -> Array | None:
        """What an example, or a labelled step, weighs in the loss."""
        return self.weights if self.loss_weights is None else self.loss_weights

    @property
    def bytes(self) -> int:
        """Size of the features in memory."""
        return sum(part.nbytes for part in self.parts.values())


@frozen(eq=False)
class Bare:
    """The rows without a label, memory-mapped."""

    parts: Mapping[str, Array]  # features by part name, `(rows, …)`
    steps: Array | None = None  # 1 for each real one, `(rows, time)`, where these have labels

    @property
    def rows(self) -> int:
        return len(next(iter(self.parts.values())))

    def predictions_shape(self, task: Task) -> tuple[int, ...]:
        """Return the shape of what is predicted: `(rows, outputs)`, or `(rows, time, outputs)`."""
        time = () if self.steps is None else self.steps.shape[1:]
        return (self.rows, *time, task.outputs)


@frozen(eq=False)
class Prepared:
    """A prepared problem, opened for reading."""

    folder: Path
    inputs: tuple[Input, ...]
    encoding: LabelEncoding
    class_weights: tuple[float, ...] = field(converter=tuple)  # () without

    @classmethod
    def open(cls, folder: Path, task: Task) -> Prepared:
        """Open what `prepare` wrote.

        Raises:
            DataError: it is gone, or damaged.
        """
        try:
            facts = json.loads((folder / FACTS).read_text(encoding="utf-8"))
        except (OSError, json.JSONDecodeError) as cause:
            raise DataError(f"the prepared data cannot be read: {cause}.", str(folder)) from cause
        return cls(
            folder=folder,
            inputs=inputs_from(facts["inputs"]),
            encoding=encoding_from(task, facts["labels"]),
            class_weights=facts["class_weights"],
        )

    def split(self, name: str) -> Split | None:
        """Return the arrays of a split, mapped into memory; None where it has no rows.

        Raises:
            DataError: a file is gone or damaged.
        """
        folder = self.folder / name
        if not folder.is_dir():
            return None
        arrays = {path.stem: _mapped(path) for path in sorted(folder.glob("*.npy"))}
        if LABELS not in arrays:
            raise DataError("the labels of the prepared data are gone.", str(folder))
        labels = arrays.pop(LABELS)
        weights, loss_weights = arrays.pop(WEIGHTS, None), arrays.pop(LOSS_WEIGHTS, None)
        return Split(arrays, labels, weights, loss_weights)

    def unlabelled(self) -> Bare | None:
        """Return the rows without a label, mapped into memory; None where there are none.

        Raises:
            DataError: a file is damaged.
        """
        paths = sorted((self.folder / UNLABELLED).glob("*.npy"))
        arrays = {path.stem: _mapped(path) for path in paths}
        steps = arrays.pop(WEIGHTS, None)
        return Bare(arrays, steps) if arrays else None

    def front_end(self) -> Any:
        """Load the preprocessing model."""
        return load_model(self.folder / FRONT_END)


def _mapped(path: Path) -> Array:
    try:
        array: Array = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError) as cause:
        raise DataError(f"the prepared data are damaged: {cause}.", str(path)) from cause
    return array


def inputs_from(data: Sequence[Mapping[str, Any]]) -> tuple[Input, ...]:
    return tuple(Input(**{**each, "shape": tuple(each["shape"])}) for each in data)


def encoding_from(task: Task, data: Mapping[str, Any]) -> LabelEncoding:
    if task.parts:
        parts = zip(task.parts, data["parts"], strict=True)
        return SeveralLabels.of(task, tuple(encoding_from(part.task, own) for part, own in parts))
    return LabelEncoding(task, data["form"], data["mean"], data["scale"])


def encoding_data(encoding: LabelEncoding) -> dict[str, Any]:
    data = {"form": encoding.form, "mean": list(encoding.mean), "scale": list(encoding.scale)}
    if isinstance(encoding, SeveralLabels):
        data["parts"] = [encoding_data(each) for each in encoding.parts]
    return data
