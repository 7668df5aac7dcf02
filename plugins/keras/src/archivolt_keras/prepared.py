"""The prepared problem on disk: transformed features, labels and weights of every split.

front_end.keras          the preprocessing, as it stands before the network
problem.json             inputs, how labels are encoded, class weights
train/<part>.npy         feature parts, by `FrontEnd.part_names`
train/labels.npy         as `LabelEncoding` encodes them
train/weights.npy        of the examples, where there are any; of the steps, where these have labels
train/loss_weights.npy   class weights included, where there are any
validation/…  report/…   the same
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from attrs import evolve, field, frozen
from numpy.typing import NDArray

from archivolt.components.source import Dataset, FrontEnd, Input, Source
from archivolt.errors import DataError
from archivolt.values.encoding import encode
from archivolt.values.features import Features
from archivolt.values.problem import REPORT, SPLITS, TRAIN, Problem, Task
from archivolt_keras.labels import LabelEncoding, class_weights
from archivolt_keras.model_files import load_model
from archivolt_keras.raw import batches
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


def write_prepared(
    dataset: Dataset,
    source: Source,
    problem: Problem,
    splits: Mapping[str, Array],
    folder: Path,
) -> Problem:
    """Fit preprocessing and label encoding on the training rows; write every split transformed.

    `problem.details` may hold `class_weights`: `"balanced"`, or a weight a class.

    Raises:
        DataError: labels are missing or do not fit the task.
    """
    folder.mkdir(parents=True, exist_ok=True)
    train = np.asarray(splits[TRAIN])
    if dataset.labels is None:
        raise DataError("the data have no labels.")
    training = dataset.take(train)
    front = source.front_end(training)
    encoding = _fit(problem.task, training)
    encoded = _encode(encoding, dataset.labels[train], training.weights)
    asked = problem.details.get("class_weights")
    balance = class_weights(encoding, encoded, training.weights, asked)

    front.model.save(folder / FRONT_END)
    counts, digest = {}, sha256()
    for name, data, rows in _splits(dataset, splits):
        counts[name] = len(rows)
        _write_features(front, data, rows, folder / name, digest)
        _write_labels(encoding, balance, data, rows, folder / name, digest)
    facts = {
        "inputs": [encode(each) for each in dataset.inputs],
        "labels": encoding_data(encoding),
        "class_weights": list(balance),
    }
    (folder / FACTS).write_text(json.dumps(facts, indent=1), encoding="utf-8")
    return evolve(
        problem,
        features=front.features,
        rows=counts,
        folder=str(folder),
        digest=digest.hexdigest()[:16],
    )


def _fit(task: Task, training: Dataset) -> LabelEncoding:
    labels, weights = training.counted_labels, training.weights
    assert labels is not None  # looked for above
    if training.steps is not None and weights is not None:
        weights = weights[weights > 0]
    form = SeveralLabels if task.parts else LabelEncoding
    return form.fit(task, labels, weights)


def _encode(encoding: LabelEncoding, labels: Array, weights: Array | None) -> Array:
    if not encoding.task.per_step:
        return encoding.encode(labels)
    assert weights is not None  # whoever knows of steps says which of them count
    return encoding.encode_steps(labels, weights)


def _splits(
    dataset: Dataset, splits: Mapping[str, Array]
) -> Iterator[tuple[str, Dataset, NDArray[np.intp]]]:
    for name in SPLITS:
        if name == REPORT and dataset.test is not None:
            yield name, dataset.test, np.arange(dataset.test.rows)
        elif name in splits and len(splits[name]):
            yield name, dataset, np.asarray(splits[name], np.intp)


def _write_features(
    front: FrontEnd, data: Dataset, rows: NDArray[np.intp], folder: Path, digest: Any
) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    names = FrontEnd.part_names(front.features)
    arrays: dict[str, Array] = {}
    done = 0
    for batch in batches(data.features, data.inputs, rows):
        parts = front.model(batch, training=False)
        for name in names:
            part = np.asarray(parts[name])
            if name not in arrays:
                shape = (len(rows), *part.shape[1:])
                path = folder / f"{name}.npy"
                arrays[name] = np.lib.format.open_memmap(path, "w+", part.dtype, shape)
                digest.update(f"{folder.name}/{name} {part.dtype} {shape}".encode())
            arrays[name][done : done + len(part)] = part
            digest.update(np.ascontiguousarray(part).data)
            _check_finite(part, name, front.features, folder.name)
        done += len(part)
    for array in arrays.values():
        array.flush()  # type: ignore[attr-defined]  # a memmap


def _check_finite(part: Array, name: str, features: Features, split: str) -> None:
    if part.dtype.kind == "f" and not np.isfinite(part).all():
        where = f"{split} rows"
        if features.columns is not None and part.ndim == 2:
            bad = np.flatnonzero((~np.isfinite(part)).any(axis=0))
            where = ", ".join(features.columns.numeric[column] for column in bad)
        raise DataError("the prepared features hold NaN or infinity.", where or name)


def _write_labels(
    encoding: LabelEncoding,
    balance: tuple[float, ...],
    data: Dataset,
    rows: NDArray[np.intp],
    folder: Path,
    digest: Any,
) -> None:
    if data.labels is None:
        raise DataError(f"the {folder.name} rows have no labels.")
    given = None if data.weights is None else np.asarray(data.weights[rows], np.float32)
    labels = _encode(encoding, data.labels[rows], given)
    arrays = {LABELS: labels}
    if given is not None:
        arrays[WEIGHTS] = given
    if balance:
        weights = arrays.get(WEIGHTS, np.ones(labels.shape, np.float32))
        arrays[LOSS_WEIGHTS] = weights * np.asarray(balance, np.float32)[labels]
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array)
        digest.update(f"{folder.name}/{name} {array.dtype} {array.shape}".encode())
        digest.update(np.ascontiguousarray(array).data)
