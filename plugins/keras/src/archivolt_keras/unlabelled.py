"""Training rows with a label and rows without one together, as a teacher's lesson takes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from archivolt_keras.training.data import Data, TrainingData
from archivolt_keras.training.streaming import Chained, MappedData

if TYPE_CHECKING:
    from archivolt.values.problem import Task
    from archivolt_keras.prepared import Bare

Array = NDArray[Any]


def with_unlabelled(training: Data, bare: Bare, task: Task) -> Data:
    """Put rows without a label behind those that have one, where these lie.

    A row without a label weighs as much as the others do on average, in what a teacher says; its
    loss on a label is masked.

    Args:
        training: Rows with a label, resident or mapped.
        bare: Rows without one.
        task: What is predicted.
    """
    if isinstance(training, TrainingData):
        labels, weights, known = _targets(training, bare, task)
        return TrainingData(
            {name: tf.concat([part, bare.parts[name]], 0) for name, part in training.parts.items()},
            tf.convert_to_tensor(labels),
            None if weights is None else tf.convert_to_tensor(weights),
            known=tf.convert_to_tensor(known),
            unlabelled=bare.rows,
        )
    assert isinstance(training, MappedData)
    labels, weights, known = _targets(training, bare, task)
    parts = {}
    for name, part in training.parts.items():
        assert isinstance(part, np.ndarray)  # rows without a label are added once
        parts[name] = Chained(part, bare.parts[name])
    return MappedData(parts, labels, weights, known=known, unlabelled=bare.rows)


def _targets(
    training: TrainingData | MappedData, bare: Bare, task: Task
) -> tuple[Array, Array | None, Array]:
    """Return labels, weights, and which labels are there, of all rows."""
    labels = np.asarray(training.labels)
    dummies = np.zeros((bare.rows, *labels.shape[1:]), labels.dtype)
    counted = labels.shape[: 2 if task.per_step else 1]
    tasks = max(1, len(task.parts))
    known = np.ones((*counted, tasks)) if training.known is None else np.asarray(training.known)
    unknown = np.zeros((bare.rows, *known.shape[1:]))
    weights = None
    if training.weights is not None:
        given = np.asarray(training.weights)
        filled = np.ones((bare.rows, *given.shape[1:])) if bare.steps is None else bare.steps
        usual = given[given > 0].mean() if task.per_step else given.mean()
        weights = np.concatenate([given, filled * usual]).astype(np.float32)
    return (
        np.concatenate([labels, dummies]),
        weights,
        np.concatenate([known, unknown]).astype(np.float32),
    )
