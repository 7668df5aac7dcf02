"""Labels per step of a sequence: what stands for them where rows are split."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from archivolt.errors import DataError
from archivolt.values.guess import class_texts
from archivolt.values.problem import REGRESSION, Task

if TYPE_CHECKING:
    Array = NDArray[Any]


def labels_of_rows(labels: Array, weights: Array, task: Task) -> Array:
    """Return one label a row by which a split keeps rows in proportion, `(rows,)`.

    For classes it is the rarest one that a row holds, as labels that are rare in several are
    shared out first by Sechidis et al. (2011); for one number a step it is the mean of a row.

    Args:
        labels: `(rows, time)`, or `(rows, time, targets)`.
        weights: Of the steps, `(rows, time)`; a step of weight 0 has no label.
        task: What the labels mean.
    """
    counted = weights > 0
    rows = np.nonzero(counted)[0]
    if task.is_classification:
        return _rarest(labels, counted, rows)
    if task.kind != REGRESSION or task.outputs > 1:
        return np.zeros((len(labels), max(2, task.outputs)))
    sums = np.bincount(rows, labels[counted].astype(np.float64).reshape(-1), len(labels))
    return sums / np.maximum(1, counted.sum(axis=1))


def _rarest(labels: Array, counted: Array, rows: Array) -> Array:
    classes, found, counts = np.unique(
        class_texts(labels[counted].reshape(-1)), return_inverse=True, return_counts=True
    )
    rank = np.empty(len(classes), np.int64)
    rank[np.argsort(counts, kind="stable")] = np.arange(len(classes))
    # A row without any label goes with those that hold the commonest class alone.
    rarest = np.full(len(labels), len(classes) - 1)
    np.minimum.at(rarest, rows, rank[found.reshape(-1)])
    return rarest


def check_step_classes(training: Array | None, task: Task) -> None:
    """Check that each class of the task has a training step.

    Raises:
        DataError: some have none.
    """
    present = (
        set() if training is None else set(np.unique(class_texts(training.reshape(-1))).tolist())
    )
    missing = [each for each in task.classes if each not in present]
    if missing:
        named = ", ".join(repr(each) for each in missing[:5]) + (", …" if missing[5:] else "")
        raise DataError(
            f"no step of a training row is of class {named}.",
            "problem.split",
            "Give more rows, or leave the class out: weights of 0 leave steps out.",
        )
