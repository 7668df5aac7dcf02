"""Preparing a problem: preprocessing fitted, every row transformed and written."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from attrs import evolve
from numpy.typing import NDArray

from archivolt.components.source import Dataset, FrontEnd, Source
from archivolt.errors import DataError
from archivolt.values.encoding import encode
from archivolt.values.features import Features
from archivolt.values.problem import REPORT, SPLITS, TRAIN, UNLABELLED, Problem, Task
from archivolt_keras.labels import LabelEncoding, class_weights
from archivolt_keras.prepared import (
    FACTS,
    FRONT_END,
    LABELS,
    LOSS_WEIGHTS,
    WEIGHTS,
    Array,
    encoding_data,
)
from archivolt_keras.raw import batches
from archivolt_keras.several_labels import SeveralLabels


def write_prepared(
    dataset: Dataset,
    source: Source,
    problem: Problem,
    splits: Mapping[str, Array],
    folder: Path,
) -> Problem:
    """Fit preprocessing and label encoding on the training rows; write every split transformed.

    Rows without a label are transformed, too; nothing is fitted on them.

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
    bare = dataset.unlabelled
    if bare is not None and bare.rows:
        counts[UNLABELLED] = bare.rows
        _write_features(front, bare, np.arange(bare.rows), folder / UNLABELLED, digest)
        if bare.steps is not None:
            np.save(folder / UNLABELLED / f"{WEIGHTS}.npy", bare.steps.astype(np.float32))
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
